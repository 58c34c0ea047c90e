//! The comparison on objects that are written down here; the real server has its say in `tests/real/differential`.

mod ignored;
mod import;
mod kinds;
mod ownership;
mod secrets;
mod traps;

use super::{Expected, Lens, Normal, Refusal, Shape, builtin, compare, normalise, observe, remember};
use crate::diagnostic::Location;
use crate::engine::fingerprint::DigestKey;
use crate::engine::id::{ConnectionName, EnvironmentName, Kind, ResourceId, System, Uid};
use crate::engine::ledger::{Generated, Origin, Row};
use crate::engine::question::{ApiVersion, Seen};
use crate::engine::value::Value;
use crate::engine::verdict::Verdict;
use crate::engine::wanted::Wanted;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One object as Git wants it and as it is live.
struct Case {
    shape: Shape,
    wanted: Normal,
}

fn value(json: &Json) -> Value {
    serde_json::from_value(json.clone()).expect("JSON is a value")
}

fn wanted(manifest: &Json) -> Wanted {
    wanted_value(value(manifest))
}

fn wanted_value(config: Value) -> Wanted {
    let text = |path: &[&str]| config.at(path).and_then(Value::as_text).map(str::to_owned);
    let api_version = ApiVersion::new(text(&["apiVersion"]).expect("an apiVersion"));
    let id = ResourceId {
        system: System::Kubernetes,
        connection: ConnectionName::default(),
        kind: Kind::kubernetes(api_version.group(), &text(&["kind"]).expect("a kind")),
        namespace: Some(Arc::from("graph")),
        name: Arc::from("it"),
    };
    Wanted {
        id,
        api_version,
        config: Arc::new(config),
        needs: BTreeSet::new(),
        ignored: Vec::new(),
        moved_from: Vec::new(),
        unread: BTreeSet::new(),
        document: None,
        at: Location::start_of("it.yaml"),
    }
}

impl Case {
    fn new(manifest: &Json) -> Self {
        Self::of(&wanted(manifest), None).expect("nothing to refuse")
    }

    /// A custom resource, with or without a schema.
    fn custom(manifest: &Json, schema: &Json) -> Self {
        Self::of(&wanted(manifest), Some(&value(schema))).expect("nothing to refuse")
    }

    fn of(wanted: &Wanted, schema: Option<&Value>) -> Result<Self, Vec<Refusal>> {
        let kind = wanted.id.kind.as_str();
        let shape = match (builtin(&wanted.api_version, kind), schema) {
            (Some(kind), _) => Shape::of_builtin(kind),
            (None, schema) => {
                let served = crate::engine::question::ServedKind {
                    api_version: wanted.api_version.clone(),
                    kind: Arc::from(kind),
                    plural: Arc::from("customs"),
                    reach: crate::engine::question::Reach::Namespaced,
                    status: crate::engine::question::HasStatus::Subresource,
                };
                Shape::of_custom_resource(schema.unwrap_or(&Value::Null), &served)
            }
        };
        let wanted = normalise(wanted, &EnvironmentName::new("prod"), &shape)?;
        Ok(Self { shape, wanted })
    }

    /// The object as an apply leaves it, changed by `changes` (a JSON merge patch); our entry owns what Git has.
    fn live(&self, changes: &Json) -> Json {
        let mut live = serde_json::to_value(&*self.wanted.value).expect("JSON");
        merge(&mut live, changes);
        live["metadata"]["uid"] = json!("one");
        live["metadata"]["resourceVersion"] = json!("1");
        if live["metadata"].get("managedFields").is_none() {
            live["metadata"]["managedFields"] = json!([self.entry()]);
        }
        live
    }

    fn entry(&self) -> Json {
        entry("evenkeel", "Apply", self.wanted.api_version.as_str(), fields_v1(self.wanted.set(&self.shape)))
    }

    fn seen(&self, live: &Json) -> Seen {
        let expected = Expected { wanted: &self.wanted, row: None, shape: &self.shape };
        let lens = Lens {
            connection: &ConnectionName::default(),
            key: &DigestKey::new([1; 32]),
            expected: Some(expected),
        };
        observe(live.to_string().as_bytes(), &lens).expect("an object")
    }

    /// The verdict at first contact.
    fn verdict(&self, live: &Json) -> Verdict {
        compare(&self.wanted, &self.seen(live), None, &self.shape)
    }

    /// The verdict where the ledger remembers that `before` left `then` behind.
    fn verdict_after(&self, before: &Self, then: &Json, live: &Json) -> Verdict {
        compare(&self.wanted, &self.seen(live), Some(&before.row(then)), &self.shape)
    }

    fn row(&self, live: &Json) -> Row {
        Row {
            uid: Uid::new("one"),
            remembered: remember(&self.wanted, &self.seen(live), &self.shape),
            since: jiff::Timestamp::UNIX_EPOCH,
            revision: None,
            generated: Generated::Nothing,
            needs: Vec::new(),
            origin: Origin::default(),
        }
    }
}

/// One entry of `managedFields`.
#[expect(clippy::needless_pass_by_value, reason = "tests write the value where they use it")]
fn entry(manager: &str, operation: &str, api_version: &str, fields: Json) -> Json {
    json!({
        "manager": manager, "operation": operation, "apiVersion": api_version,
        "fieldsType": "FieldsV1", "fieldsV1": fields, "time": "2026-11-20T23:14:00Z",
    })
}

fn fields_v1(set: &super::fields::FieldSet) -> Json {
    use crate::engine::path::Segment;
    let mut fields = serde_json::Map::new();
    if set.member && !set.children.is_empty() {
        fields.insert(".".to_owned(), json!({}));
    }
    for (segment, child) in &set.children {
        let name = match segment {
            Segment::Field(name) => format!("f:{name}"),
            Segment::Keyed(keys) => format!("k:{}", serde_json::to_string(keys).expect("JSON")),
            Segment::Member(member) => format!("v:{}", serde_json::to_string(member).expect("JSON")),
            Segment::Index(index) => format!("i:{index}"),
        };
        fields.insert(name, fields_v1(child));
    }
    Json::Object(fields)
}

fn merge(into: &mut Json, changes: &Json) {
    let Json::Object(changes) = changes else { return *into = changes.clone() };
    if !into.is_object() {
        *into = json!({});
    }
    for (name, change) in changes {
        match change {
            Json::Null => drop(into.as_object_mut().expect("made so").remove(name)),
            change => merge(&mut into[name], change),
        }
    }
}

/// The paths that a verdict names, as people read them.
fn named(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Same => Vec::new(),
        Verdict::Own(paths) => paths.iter().map(|path| format!("own {path}")).collect(),
        Verdict::Undecided(doubts) => doubts.iter().map(|doubt| format!("doubt {}", doubt.path)).collect(),
        Verdict::Differs(difference) => {
            difference.fields.iter().map(|field| field.path.to_string()).collect()
        }
    }
}
