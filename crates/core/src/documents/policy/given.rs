//! What a test gives to its policy: little is written, and the rest is as it would be in a plan.

use crate::documents;
use crate::documents::environment::Limits;
use crate::documents::metadata::API_VERSION;
use crate::engine::id::{ConnectionName, EnvironmentName, Kind, ResourceId, System, Uid};
use crate::engine::path::Path;
use crate::engine::policy::{Change, ChangeAction, Finding, Judge, Over, Policies, Surroundings};
use crate::engine::stated::{Standing, Stated, StatedKind};
use crate::engine::step::{Reason, Risk};
use crate::engine::value::Value;
use crate::engine::verdict::{Cause, FieldChange, Writer};
use crate::resources::{self, HoldsData, connect, kafka};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A manifest, as it stands in a test.
pub type Manifest = BTreeMap<String, Json>;

/// What a policy is held against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Given {
    /// The environment; one called `test` if absent.
    pub environment: Option<GivenEnvironment>,
    /// The change; the creation of `object` if absent.
    pub change: Option<GivenChange>,
    /// The object.
    pub object: Option<Manifest>,
    /// The other objects of the environment.
    #[serde(default)]
    pub objects: Vec<Manifest>,
    /// The document.
    pub document: Option<Manifest>,
    /// The other documents of the environment that are about it and what it talks to.
    #[serde(default)]
    pub documents: Vec<Manifest>,
    /// In how many whole hours the document ends. Default: it does not.
    pub hours_left: Option<i64>,
}

/// An environment in a test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GivenEnvironment {
    /// Its name.
    pub name: Option<String>,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// Whether it is simulated.
    #[serde(default)]
    pub sandbox: bool,
    /// Its limits. Default: those of an environment that names none.
    #[serde(default)]
    pub limits: Limits,
}

/// A change in a test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GivenChange {
    /// What is done. Default: `create`.
    #[serde(default)]
    pub action: ChangeAction,
    /// Why. Default: as befits the action.
    pub reason: Option<GivenReason>,
    /// On which connection. Default: the one that is meant where none is named.
    pub connection: Option<String>,
    /// What it may cost. Default: `none`.
    pub risk: Option<GivenRisk>,
    /// Whether what is changed holds data. Default: by its kind.
    pub holds_data: Option<bool>,
    /// How many whole hours ago its data was backed up. Default: nobody says.
    pub hours_since_backup: Option<i64>,
    /// What is there.
    pub before: Option<Manifest>,
    /// What will be there. Default: `object`.
    pub after: Option<Manifest>,
    /// The fields that change, each as dotted path with what is live and what is wanted.
    #[serde(default)]
    pub fields: BTreeMap<String, GivenField>,
}

/// A field that changes, in a test.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GivenField {
    /// What is live.
    #[serde(default)]
    pub live: Json,
    /// What is wanted.
    #[serde(default)]
    pub wanted: Json,
}

/// Why a change is made, in a test; what else a reason carries is no matter of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GivenReason {
    /// It is not there yet.
    NotYetThere,
    /// Git changed.
    SpecEdited,
    /// Somebody changed it by hand.
    Drifted,
    /// It was there already, as it is wanted.
    Adopted,
    /// Somebody deleted it and made it again.
    Recreated,
    /// It is as it is wanted, and our record of it is not complete.
    OwnershipIncomplete,
    /// Reading alone cannot tell whether it differs.
    Doubtful,
    /// It cannot be changed in place.
    MustReplace,
    /// It is no longer in Git.
    NoLongerWanted,
    /// It takes the place of another one, or another one takes its place.
    Moved,
    /// The environment is taken down.
    TakenDown,
    /// It is let go of.
    Forgotten,
    /// It carries our hand, and the ledger that said so was lost.
    Regained,
    /// It is ours by its name, and has an id since.
    Identified,
    /// It is as it is wanted, and does not do its work.
    Degraded,
}

/// What a change may cost, in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GivenRisk {
    /// Nothing that users notice.
    None,
    /// Processes restart.
    Restart,
    /// Something is not served for a while.
    Downtime,
    /// Data may be lost.
    DataLoss,
}

impl Given {
    /// Holds the policies against what is given. What is missing is told in one line.
    pub(super) fn judged(&self, policies: &Policies, over: Over) -> Result<Vec<Finding>, String> {
        let Self { environment, change, object, objects, document, documents, hours_left } = self;
        let environment = environment.clone().unwrap_or_default();
        let GivenEnvironment { name, labels, annotations, sandbox, limits } = environment;
        let policies = policies.in_environment(Surroundings { labels, annotations, sandbox });
        let name = EnvironmentName::new(name.as_deref().unwrap_or("test"));
        let object = object.as_ref().map(value).transpose()?;
        let others = objects.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        let document = document.as_ref().map(stated).transpose()?;
        let stated = documents.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        let objects = others.iter().chain(object.as_ref());
        let documents = stated.iter().chain(document.as_ref().map(|stated| &*stated.body));
        let judge = Judge::among(&policies, (&name, limits.settled()), objects, documents);
        match over {
            Over::Environment => Ok(judge.environment()),
            Over::Objects => {
                let object = object.as_ref().ok_or("`given.object` is missing")?;
                Ok(judge.object(&address(object)?, object))
            }
            Over::Documents => {
                let document = document.as_ref().ok_or("`given.document` is missing")?;
                Ok(judge.document(document, *hours_left))
            }
            Over::Changes => judge_change(&judge, change.as_ref(), object.as_ref()),
        }
    }
}

fn judge_change(
    judge: &Judge<'_>,
    change: Option<&GivenChange>,
    object: Option<&Value>,
) -> Result<Vec<Finding>, String> {
    let change = change.cloned().unwrap_or_default();
    let GivenChange {
        action,
        reason,
        connection,
        risk,
        holds_data,
        hours_since_backup,
        before,
        after,
        fields,
    } = change;
    let before = before.as_ref().map(value).transpose()?;
    let after = after.as_ref().map(value).transpose()?.or_else(|| object.cloned());
    let goes = matches!(action, ChangeAction::Delete | ChangeAction::Forget);
    let (before, after) = if goes { (before.or(after), None) } else { (before, after) };
    let any = after.as_ref().or(before.as_ref());
    let address = address(any.ok_or("`given.object` is missing")?)?;
    let address = match connection {
        Some(name) => ResourceId { connection: ConnectionName::new(name), ..address },
        None => address,
    };
    let reason = reason.map_or_else(|| befitting(action), |reason| reason.settled(&address));
    let fields = fields.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Ok(judge.change(&Change {
        address: &address,
        action,
        reason: &reason,
        risk: risk.map_or(Risk::None, GivenRisk::settled),
        holds_data: holds_data.unwrap_or_else(|| resources::holds_data(&address, None) != HoldsData::No),
        hours_since_backup,
        before: before.as_ref(),
        after: after.as_ref(),
        fields: &fields,
    }))
}

fn befitting(action: ChangeAction) -> Reason {
    match action {
        ChangeAction::Create => Reason::NotYetThere,
        ChangeAction::Update => Reason::SpecEdited,
        ChangeAction::Delete => Reason::NoLongerWanted,
        ChangeAction::Replace => Reason::MustReplace(Path::default()),
        ChangeAction::Adopt => Reason::Adopted,
        ChangeAction::Own => Reason::OwnershipIncomplete,
        ChangeAction::Forget => Reason::Forgotten,
    }
}

impl GivenReason {
    fn settled(self, address: &ResourceId) -> Reason {
        match self {
            Self::NotYetThere => Reason::NotYetThere,
            Self::SpecEdited => Reason::SpecEdited,
            Self::Drifted => Reason::Drifted(Writer::Unknown),
            Self::Adopted => Reason::Adopted,
            Self::Recreated => Reason::Recreated { was: Uid::new("test") },
            Self::OwnershipIncomplete => Reason::OwnershipIncomplete,
            Self::Doubtful => Reason::Doubtful,
            Self::MustReplace => Reason::MustReplace(Path::default()),
            Self::NoLongerWanted => Reason::NoLongerWanted,
            Self::Moved => Reason::MovedFrom(address.clone()),
            Self::TakenDown => Reason::TakenDown,
            Self::Forgotten => Reason::Forgotten,
            Self::Regained => Reason::Regained,
            Self::Identified => Reason::Identified,
            Self::Degraded => Reason::Degraded(String::new()),
        }
    }
}

impl GivenRisk {
    fn settled(self) -> Risk {
        match self {
            Self::None => Risk::None,
            Self::Restart => Risk::Restart,
            Self::Downtime => Risk::Downtime,
            Self::DataLoss => Risk::DataLoss,
        }
    }
}

fn field((path, field): (&String, &GivenField)) -> Result<FieldChange, String> {
    let GivenField { live, wanted } = field;
    let of = |json: &Json| (!json.is_null()).then(|| of_json(json)).transpose();
    let path = Path::of(&path.split('.').collect::<Vec<_>>());
    Ok(FieldChange { path, live: of(live)?, wanted: of(wanted)?, cause: Cause::SpecEdited })
}

fn stated(manifest: &Manifest) -> Result<Stated, String> {
    let body = value(manifest)?;
    let text = |path: &[&str]| body.at(path).and_then(Value::as_text);
    let kind = text(&["kind"]).and_then(StatedKind::named).ok_or_else(|| {
        let kinds = StatedKind::ALL.map(StatedKind::as_str).join(", ");
        format!("`given.document` is of none of these kinds: {kinds}")
    })?;
    let name = Arc::from(text(&["metadata", "name"]).unwrap_or("test"));
    Ok(Stated { kind, name, body: Arc::new(body), standing: Standing::InForce })
}

fn value(manifest: &Manifest) -> Result<Value, String> {
    of_json(&Json::Object(manifest.clone().into_iter().collect()))
}

fn of_json(json: &Json) -> Result<Value, String> {
    Value::deserialize(json).map_err(|error| error.to_string())
}

fn address(object: &Value) -> Result<ResourceId, String> {
    let text = |path: &[&str]| object.at(path).and_then(Value::as_text);
    let (Some(version), Some(kind)) = (text(&["apiVersion"]), text(&["kind"])) else {
        return Err("an object in `given` has no `apiVersion` or no `kind`".to_owned());
    };
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let name = text(&["metadata", "name"]).unwrap_or("test");
    // What our own documents make is called as in addresses.
    match kind {
        kafka::TOPIC | kafka::ACL | kafka::USER if version == API_VERSION => {
            return Ok(ResourceId::of(System::Kafka, kind, documents::kafka::DEFAULT_CLUSTER, name));
        }
        connect::CONNECTOR if version == API_VERSION => {
            return Ok(ResourceId::of(System::Connect, kind, documents::connect::DEFAULT_CLUSTER, name));
        }
        _ => {}
    }
    let kind = Kind::kubernetes(group, kind);
    Ok(ResourceId::kubernetes(kind.as_str(), text(&["metadata", "namespace"]), name))
}
