//! A small cluster as answers: what is wanted, what is live, what the ledger has, and what cannot be read.

use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::fingerprint::{DigestKey, DigestedUnder};
use evenkeel_core::engine::id::{ConnectionName, EnvironmentName, Kind, ResourceId, System, TreeHash, Uid};
use evenkeel_core::engine::ledger::{Generated, Ledger, Origin, Row};
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::{Doubts, History, Inputs, Recovering};
use evenkeel_core::engine::plan::{Forms, Goal, Held, HeldResource, Mechanisms, Next, Plan, Planner, plan};
use evenkeel_core::engine::policy::Policies;
use evenkeel_core::engine::question::{
    Answer, ApiVersion, Body, Fact, FactId, HasStatus, Question, Reach, Rejection, Scope, Seen, Served,
    ServedKind, Trouble, Why,
};
use evenkeel_core::engine::step::{Action, Step};
use evenkeel_core::engine::value::{Map, SecretSource, Value};
use evenkeel_core::engine::wanted::{Approval, ApprovedAction, Desired, Limits, Wanted};
use evenkeel_core::engine::windows::{Window, Windows};
use evenkeel_core::resources::kubernetes::{MANAGER, MARKER, builtin_kinds};
use evenkeel_core::resources::remember;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

pub(crate) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A window that opens two hours from now.
pub(crate) fn closed() -> Windows {
    let hour = Duration::from_secs(3600);
    Windows::of(vec![Window::new("0 2 * * *", hour, None).expect("a window")])
}

/// Reads an address; `ConfigMap/graph/a` is short for the whole of it.
pub(crate) fn id(text: &str) -> ResourceId {
    format!("kubernetes:{text}").parse().expect(text)
}

pub(crate) fn config_map(name: &str, text: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "graph"},
           "data": {"text": text}})
}

pub(crate) fn claim(name: &str, class: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "graph"},
           "spec": {"storageClassName": class}})
}

pub(crate) fn secret(name: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "graph"},
           "data": {"key": "dmFsdWU="}})
}

pub(crate) fn storage_class(name: &str, provisioner: &str) -> Json {
    json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name},
           "provisioner": provisioner})
}

pub(crate) fn why(trouble: Trouble) -> Why {
    Why { trouble, message: "as the test has it".to_owned() }
}

/// A custom resource of a group that is not Kubernetes' own.
pub(crate) fn graph(name: &str) -> Json {
    json!({"apiVersion": "example.org/v1", "kind": "Graph",
           "metadata": {"name": name, "namespace": "graph"}, "spec": {"size": 1}})
}

/// How its kind is served.
pub(crate) fn graphs() -> ServedKind {
    ServedKind {
        api_version: ApiVersion::new("example.org/v1"),
        kind: "Graph".into(),
        plural: "graphs".into(),
        reach: Reach::Namespaced,
        status: HasStatus::No,
    }
}

/// An environment and its cluster.
pub(crate) struct Platform {
    pub inputs: Inputs,
    pub live: BTreeMap<ResourceId, Seen>,
    /// What is answered to an inventory in place of the truth.
    pub unreadable: BTreeMap<Scope, Why>,
    /// Inventories that bring what they can and say that it is not all.
    pub incomplete: BTreeMap<Scope, Why>,
    /// Who answers; empty if that may not be read.
    pub identity: &'static str,
    pub served: Served,
    /// Under which key secrets are digested.
    pub key: DigestKey,
    /// The sources of secrets that nobody can read.
    pub unset: BTreeSet<SecretSource>,
    /// What systems would refuse, and how they say so when they are asked ahead.
    pub refused: BTreeMap<ResourceId, &'static str>,
}

impl Platform {
    pub(crate) fn new() -> Self {
        let desired = Desired {
            environment: EnvironmentName::new("prod"),
            tree: TreeHash::new("tree"),
            resources: BTreeMap::new(),
            approvals: Vec::new(),
            limits: Limits::default(),
            windows: Windows::default(),
            shared: BTreeSet::new(),
            unshown: BTreeSet::new(),
            documents: Vec::new(),
            clusters: BTreeMap::new(),
        };
        let inputs = Inputs {
            desired,
            revision: None,
            history: History::Kept(Arc::default()),
            doubts: Doubts::Settle,
            expected_deletes: None,
            policies: Policies::default(),
            pins: BTreeMap::new(),
            default_namespaces: BTreeMap::new(),
            blocked: BTreeMap::new(),
            base: None,
            goal: Goal::Converge,
            digested_under: DigestedUnder::KeptKey,
            mechanisms: Mechanisms::default(),
        };
        let (live, unreadable, incomplete) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (identity, served) = ("this cluster", Served::default());
        let key = DigestKey::new([1; 32]);
        let (unset, refused) = (BTreeSet::new(), BTreeMap::new());
        Self { inputs, live, unreadable, incomplete, identity, served, key, unset, refused }
    }

    /// Returns the same platform, for another plan.
    pub(crate) fn clone_inputs(&self) -> Self {
        let Self { inputs, live, unreadable, incomplete, identity, served, key, unset, refused } = self;
        Self {
            inputs: inputs.clone(),
            live: live.clone(),
            unreadable: unreadable.clone(),
            incomplete: incomplete.clone(),
            identity,
            served: served.clone(),
            key: key.clone(),
            unset: unset.clone(),
            refused: refused.clone(),
        }
    }

    /// Git says that a resource had this address before.
    pub(crate) fn moved(&mut self, to: &ResourceId, from: &ResourceId) {
        let wanted = self.inputs.desired.resources.get_mut(to).expect("it is wanted");
        wanted.moved_from.push(from.clone());
    }

    /// Git wants this, and it needs those.
    pub(crate) fn want(&mut self, manifest: &Json, needs: &[&str]) -> ResourceId {
        let wanted = wanted(manifest, needs);
        let id = wanted.id.clone();
        self.inputs.desired.resources.insert(id.clone(), wanted);
        id
    }

    /// Git no longer wants this.
    pub(crate) fn unwant(&mut self, id: &ResourceId) {
        self.inputs.desired.resources.remove(id).expect("it was wanted");
    }

    /// Everything that is wanted is there, and in the ledger.
    pub(crate) fn apply(&mut self) {
        let mut ledger = self.inputs.history.ledger().cloned().unwrap_or_default();
        for (id, form) in self.forms().iter() {
            let seen = seen(id, form.normal.value());
            let remembered = remember(&form.normal, &seen);
            ledger.rows.insert(id.clone(), row(&seen, remembered, &form.needs));
            self.live.insert(id.clone(), seen);
        }
        self.inputs.history = History::Kept(Arc::new(ledger));
    }

    /// What is wanted and there is in the ledger as well.
    pub(crate) fn adopt(&mut self, id: &ResourceId) {
        let forms = self.forms();
        let (seen, form) = (&self.live[id], &forms[id]);
        let row = row(seen, remember(&form.normal, seen), &form.needs);
        self.ledger().rows.insert(id.clone(), row);
    }

    fn forms(&self) -> Forms {
        let (mut planner, mut live) = (Planner::new(&self.inputs), Live::default());
        while let Next::Ask(questions) = planner.plan(&live, NOW) {
            for question in questions {
                let answer = self.answer(&question);
                live.insert(question, answer, NOW);
            }
        }
        planner.forms()
    }

    pub(crate) fn ledger(&mut self) -> &mut Ledger {
        let History::Kept(ledger) = &mut self.inputs.history else { panic!("there is a ledger") };
        Arc::make_mut(ledger)
    }

    /// Somebody deleted it and made it anew.
    pub(crate) fn recreate(&mut self, id: &ResourceId) {
        self.live.get_mut(id).expect("it is there").uid = Uid::new("another");
    }

    /// It carries the marker of another environment.
    pub(crate) fn mark(&mut self, id: &ResourceId, environment: &str) {
        self.edit(id, |body| body["metadata"]["labels"][MARKER] = json!(environment));
    }

    /// It carries our label, but none of its fields was ever applied by us.
    pub(crate) fn forget_who_applied(&mut self, id: &ResourceId) {
        self.edit(id, |body| body["metadata"]["managedFields"] = json!([]));
    }

    /// Somebody who writes through `operation` under `manager` set the text of a ConfigMap.
    pub(crate) fn write(&mut self, id: &ResourceId, manager: &str, text: &str) {
        self.edit(id, |body| {
            body["data"]["text"] = json!(text);
            let entries = body["metadata"]["managedFields"].as_array_mut().expect("there are entries");
            entries[0]["fieldsV1"]["f:data"] = json!({});
            entries.push(json!({"manager": manager, "operation": "Update", "apiVersion": "v1",
                "time": "2026-01-02T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:text": {}}}}));
        });
    }

    pub(crate) fn edit(&mut self, id: &ResourceId, how: impl FnOnce(&mut Json)) {
        let seen = self.live.get_mut(id).expect("it is there");
        let Body::Whole(body) = &seen.body else { panic!("bodies are whole") };
        let mut body: Json = serde_json::to_value(body).expect("a value is JSON");
        how(&mut body);
        seen.body = Body::Whole(Arc::new(serde_json::from_value(body).expect("JSON is a value")));
    }

    pub(crate) fn approve(&mut self, address: &ResourceId, action: ApprovedAction) -> &mut Approval {
        let approval = Approval {
            address: address.clone(),
            action,
            policy: None,
            uid: None,
            until: "2026-12-01T00:00:00Z".parse().expect("a time"),
            reason: "reviewed".to_owned(),
            at: Location::start_of("approvals.yaml"),
        };
        self.inputs.desired.approvals.push(approval);
        self.inputs.desired.approvals.last_mut().expect("just pushed")
    }

    /// Asks and plans in turns, and checks on the way what holds of every plan.
    pub(crate) fn plan(&self) -> Plan {
        self.complete(self.planned())
    }

    /// The ledger was lost but for what is given; plans what is ours again.
    pub(crate) fn recover(&mut self, ledger: Ledger) -> Plan {
        let connections = BTreeSet::from([ConnectionName::default()]);
        self.inputs.history = History::Recovering(Recovering { ledger, connections });
        self.served.kinds = builtin_kinds().map(|table| table.served.clone()).collect();
        self.planned()
    }

    fn planned(&self) -> Plan {
        let (mut planner, mut live) = (Planner::new(&self.inputs), Live::default());
        for _round in 0..=4 {
            let next = planner.plan(&live, NOW);
            assert_eq!(
                next,
                plan(&self.inputs, &live, NOW),
                "what a planner keeps is not seen in its answers"
            );
            match next {
                Next::Ready(plan) => return *plan,
                Next::Ask(questions) => {
                    for question in questions {
                        let answer = self.answer(&question);
                        live.insert(question, answer, NOW);
                    }
                }
            }
        }
        panic!("a plan takes at most four rounds of questions");
    }

    /// Law 9: whatever is wanted is kept, done or held.
    fn complete(&self, plan: Plan) -> Plan {
        let done = plan.steps.iter().map(|step| &step.address);
        let named: BTreeSet<&ResourceId> = done.chain(plan.held.iter().map(|held| &held.address)).collect();
        let wanted = self.inputs.desired.resources.keys().filter(|id| named.contains(id)).count();
        let kept = plan.tally.wanted as usize - wanted;
        assert_eq!(plan.tally.same as usize, kept, "nothing disappears on the way");
        self.keep_what_is_wanted(&plan);
        plan
    }

    /// Nothing goes under one address that is wanted under another.
    fn keep_what_is_wanted(&self, plan: &Plan) {
        for step in &plan.steps {
            let Action::Delete { uid } = &step.action else { continue };
            // That of a connector is its name, and groups of workers may each have one of that name.
            let is_other = |id: &&ResourceId| **id != step.address && id.system != System::Connect;
            let others = self.inputs.desired.resources.keys().filter(is_other);
            let found = others.filter_map(|id| self.live.get(id)).find(|seen| seen.uid == *uid);
            assert!(found.is_none(), "{} is deleted as {}", found.expect("found").id, step.address);
        }
    }

    pub(crate) fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::Inventory(scope) | Question::Everything(scope) => self.inventory(scope),
            Question::Object(id) => self.live.get(id).cloned().map_or(Answer::NotFound, Answer::Seen),
            Question::Project(id, _) if self.refused.contains_key(id) => {
                let message = self.refused[id].to_owned();
                Answer::Rejected(Rejection::Invalid { message, immutable: Vec::new() })
            }
            Question::Project(id, _) => self.live.get(id).cloned().map_or(Answer::NotFound, Answer::Seen),
            Question::Fact(FactId::Identity(_)) if self.identity.is_empty() => {
                Answer::Unreadable(why(Trouble::Forbidden))
            }
            Question::Fact(FactId::Identity(_)) => Answer::Fact(Fact::Identity(Arc::from(self.identity))),
            Question::Fact(FactId::ServedKinds(_)) => Answer::Fact(Fact::ServedKinds(self.served.clone())),
            Question::Fact(FactId::CustomResourceSchema(..)) => Answer::NotFound,
            Question::Fact(FactId::Neo4jTopology(_) | FactId::Neo4jMoves(..)) => {
                Answer::Unreadable(why(Trouble::Unavailable))
            }
            Question::Fact(FactId::SecretDigest(source)) if self.unset.contains(source) => {
                let message = format!("{source} is not set");
                Answer::Unreadable(Why { trouble: Trouble::NoSource, message })
            }
            Question::Fact(FactId::SecretDigest(source)) => {
                Answer::Fact(Fact::SecretDigest(self.key.digest(source.to_string().as_bytes())))
            }
        }
    }

    fn inventory(&self, scope: &Scope) -> Answer {
        if let Some(why) = self.unreadable.get(scope) {
            return Answer::Unreadable(why.clone());
        }
        let is_inside = |id: &ResourceId| {
            Scope { namespace: scope.namespace.clone(), ..Scope::of(id) } == *scope
                && scope.namespace.as_ref().is_none_or(|_| id.namespace == scope.namespace)
        };
        let inside = self.live.values().filter(|seen| is_inside(&seen.id) && is_marked(seen));
        let complete = self.incomplete.get(scope).map_or(Ok(()), |why| Err(why.clone()));
        Answer::Inventory { rows: inside.cloned().collect(), complete }
    }
}

fn is_marked(seen: &Seen) -> bool {
    let Body::Whole(body) = &seen.body else { return true };
    body.at(&["metadata", "labels", MARKER]).is_some()
}

pub(crate) fn wanted(manifest: &Json, needs: &[&str]) -> Wanted {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let api_version = ApiVersion::new(text(&manifest["apiVersion"]).expect("an apiVersion"));
    let kind = Kind::kubernetes(api_version.group(), manifest["kind"].as_str().expect("a kind"));
    let metadata = &manifest["metadata"];
    let name = text(&metadata["name"]).expect("a name");
    Wanted {
        id: ResourceId::kubernetes(kind.as_str(), text(&metadata["namespace"]).as_deref(), &name),
        api_version,
        config: Arc::new(serde_json::from_value(manifest.clone()).expect("JSON is a value")),
        needs: needs.iter().map(|need| id(need)).collect(),
        ignored: Vec::new(),
        moved_from: Vec::new(),
        unread: BTreeSet::new(),
        document: None,
        at: Location::start_of("test.yaml"),
    }
}

fn row(seen: &Seen, remembered: evenkeel_core::engine::ledger::Remembered, needs: &[ResourceId]) -> Row {
    let (generated, origin) = (Generated::Nothing, Origin::Known);
    let uid = seen.uid.clone();
    Row { uid, remembered, since: NOW, revision: None, generated, needs: needs.to_vec(), origin }
}

/// A manifest as the server keeps it: with identity, and with our entry of field ownership.
pub(crate) fn seen(id: &ResourceId, normal: &Value) -> Seen {
    let mut body: Json = serde_json::to_value(digested(normal)).expect("a value is JSON");
    let mut fields = owned(normal);
    for place in ["f:apiVersion", "f:kind"] {
        fields.as_map_mut().expect("a map").remove(place);
    }
    let api_version = body["apiVersion"].clone();
    body["metadata"]["uid"] = json!(format!("uid of {}", id.name));
    body["metadata"]["resourceVersion"] = json!("1");
    body["metadata"]["managedFields"] = json!([{"manager": MANAGER, "operation": "Apply", "apiVersion": api_version,
        "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields}]);
    let body: Value = serde_json::from_value(body).expect("JSON is a value");
    let uid = Uid::new(format!("uid of {}", id.name));
    Seen { id: id.clone(), uid, version: Arc::from("1"), body: Body::Whole(Arc::new(body)) }
}

/// What is read of secrets: their digests.
fn digested(value: &Value) -> Value {
    match value {
        Value::Secret(secret) => secret.digest.clone().map_or(Value::Null, Value::Opaque),
        Value::List(items) => Value::List(items.iter().map(digested).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.clone(), digested(value))).collect())
        }
        other => other.clone(),
    }
}

/// The set of fields below a map; name and namespace are nobody's.
fn owned(value: &Value) -> Value {
    let Some(fields) = value.as_map() else { return Value::Map(Map::new()) };
    let fields = fields.iter().filter(|(key, _)| !["name", "namespace"].contains(&key.as_str()));
    Value::Map(fields.map(|(key, value)| (format!("f:{key}"), owned(value))).collect())
}

/// Returns what holds a resource; it must be held.
pub(crate) fn held<'p>(plan: &'p Plan, id: &ResourceId) -> &'p Held {
    &held_resource(plan, id).held
}

pub(crate) fn held_resource<'p>(plan: &'p Plan, id: &ResourceId) -> &'p HeldResource {
    let found = plan.held.iter().find(|held| held.address == *id);
    found.unwrap_or_else(|| panic!("{id} is held: {:?}", plan.held))
}

/// Returns what is done to a resource, in order.
pub(crate) fn steps<'p>(plan: &'p Plan, id: &ResourceId) -> Vec<&'p Step> {
    plan.steps.iter().filter(|step| step.address == *id).collect()
}

pub(crate) fn is_deletion(step: &Step) -> bool {
    matches!(step.action, Action::Delete { .. })
}

pub(crate) fn is_empty(plan: &Plan) -> bool {
    plan.steps.is_empty() && plan.held.is_empty() && plan.unknown.is_empty()
}
