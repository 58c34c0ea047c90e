//! A cluster full of small `ConfigMaps`, as answers: what was applied, what is live, what the ledger has.

use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::fingerprint::DigestedUnder;
use evenkeel_core::engine::id::{EnvironmentName, ResourceId, TreeHash, Uid};
use evenkeel_core::engine::ledger::{Generated, Ledger, Origin, Row};
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::{Doubts, History, Inputs};
use evenkeel_core::engine::plan::{Goal, Mechanisms, forms};
use evenkeel_core::engine::policy::Policies;
use evenkeel_core::engine::question::{Answer, ApiVersion, Body, Fact, FactId, Question, Seen, Served};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::engine::wanted::{Desired, Limits, Wanted};
use evenkeel_core::engine::windows::Windows;
use evenkeel_core::resources::kubernetes::MANAGER;
use evenkeel_core::resources::remember;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How much of each live object the answers carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bodies {
    /// All of it.
    Whole,
    /// Nothing: it is as the ledger remembers, as the shell finds while it reads.
    Remembered,
}

/// What is wanted, and what is live.
pub(crate) struct Platform {
    resources: BTreeMap<ResourceId, Wanted>,
    live: Vec<Seen>,
    history: History,
    steps_when_new: usize,
}

impl Platform {
    /// Returns one where nothing is live yet.
    pub(crate) fn empty(count: usize) -> Self {
        let resources = (0..count).map(config_map).map(|wanted| (wanted.id.clone(), wanted)).collect();
        Self { resources, live: Vec::new(), history: History::Never, steps_when_new: count }
    }

    /// Returns one where everything was applied.
    pub(crate) fn applied(count: usize, bodies: Bodies) -> Self {
        let mut platform = Self { steps_when_new: 0, ..Self::empty(count) };
        let mut ledger = Ledger::default();
        for (id, form) in forms(&platform.inputs(), &Live::default()).iter() {
            let mut seen = live(id, form.normal.value());
            ledger.rows.insert(id.clone(), row(&seen, remember(&form.normal, &seen)));
            if bodies == Bodies::Remembered {
                seen.body = Body::Remembered;
            }
            platform.live.push(seen);
        }
        platform.history = History::Kept(Arc::new(ledger));
        platform
    }

    /// Edits every n-th wanted resource (0: none), and returns how many steps that makes.
    pub(crate) fn edit(&mut self, every: usize) -> usize {
        let edited =
            self.resources.values_mut().enumerate().filter(|(number, _)| every > 0 && number % every == 0);
        let mut count = 0;
        for (_, wanted) in edited {
            wanted.config = Arc::new(manifest(&wanted.id, "edited"));
            count += 1;
        }
        count + self.steps_when_new
    }

    /// Returns what a plan is made from.
    pub(crate) fn inputs(&self) -> Inputs {
        Inputs {
            desired: Desired {
                environment: EnvironmentName::new("bench"),
                tree: TreeHash::new("tree"),
                resources: self.resources.clone(),
                approvals: Vec::new(),
                limits: Limits::default(),
                windows: Windows::default(),
                shared: BTreeSet::new(),
                unshown: BTreeSet::new(),
                documents: Vec::new(),
                clusters: BTreeMap::new(),
            },
            revision: None,
            history: self.history.clone(),
            doubts: Doubts::Leave,
            expected_deletes: None,
            policies: Policies::default(),
            pins: BTreeMap::new(),
            default_namespaces: BTreeMap::new(),
            blocked: BTreeMap::new(),
            base: None,
            goal: Goal::Converge,
            digested_under: DigestedUnder::KeptKey,
            mechanisms: Mechanisms::default(),
        }
    }

    /// Answers as a cluster would.
    pub(crate) fn answer(&self, live: &mut Live, questions: Vec<Question>) {
        for question in questions {
            let answer = match &question {
                Question::Inventory(_) | Question::Everything(_) => {
                    Answer::Inventory { rows: self.live.clone(), complete: Ok(()) }
                }
                Question::Fact(FactId::Identity(_)) => Answer::Fact(Fact::Identity(Arc::from("cluster"))),
                Question::Fact(FactId::ServedKinds(_)) => Answer::Fact(Fact::ServedKinds(Served::default())),
                Question::Object(_) | Question::Project(_, _) | Question::Fact(_) => Answer::NotFound,
            };
            live.insert(question, answer, Timestamp::UNIX_EPOCH);
        }
    }
}

fn config_map(number: usize) -> Wanted {
    let id = ResourceId::kubernetes("ConfigMap", Some("bench"), &format!("object-{number:06}"));
    Wanted {
        config: Arc::new(manifest(&id, "as it was")),
        id,
        api_version: ApiVersion::new("v1"),
        needs: BTreeSet::new(),
        ignored: Vec::new(),
        moved_from: Vec::new(),
        unread: BTreeSet::new(),
        document: None,
        at: Location::start_of("bench.yaml"),
    }
}

fn manifest(id: &ResourceId, text: &str) -> Value {
    let data = [("a", text), ("b", "4g"), ("c", "10g"), ("d", "0.0.0.0:7687"), ("e", "level=info")];
    let metadata = [("name", id.name.as_ref()), ("namespace", "bench")];
    map([
        ("apiVersion", Value::from("v1")),
        ("kind", Value::from("ConfigMap")),
        ("metadata", map(metadata.map(|(key, text)| (key, Value::from(text))))),
        ("data", map(data.map(|(key, text)| (key, Value::from(text))))),
    ])
}

/// The manifest as the server keeps it: with identity, and with our entry of field ownership.
fn live(id: &ResourceId, normal: &Value) -> Seen {
    let mut body = normal.clone();
    let fields = ["data", "metadata"].map(|part| (part, normal.get(part).map(owned).unwrap_or_default()));
    let entry = map([
        ("manager", Value::from(MANAGER)),
        ("operation", Value::from("Apply")),
        ("apiVersion", Value::from("v1")),
        ("time", Value::from("2026-01-01T00:00:00Z")),
        ("fieldsType", Value::from("FieldsV1")),
        ("fieldsV1", map(fields.map(|(part, fields)| (["f:", part].concat(), fields)))),
    ]);
    if let Some(metadata) =
        body.as_map_mut().and_then(|body| body.get_mut("metadata")).and_then(Value::as_map_mut)
    {
        metadata.insert("uid".to_owned(), Value::from(id.name.as_ref()));
        metadata.insert("resourceVersion".to_owned(), Value::from("1"));
        metadata.insert("managedFields".to_owned(), Value::List(vec![entry]));
    }
    let version = Arc::from("1");
    Seen { id: id.clone(), uid: Uid::new(id.name.as_ref()), version, body: Body::Whole(Arc::new(body)) }
}

/// The set of fields below a map; name and namespace are nobody's.
fn owned(value: &Value) -> Value {
    let Some(fields) = value.as_map() else { return Value::Map(Map::new()) };
    let fields = fields.iter().filter(|(key, _)| !["name", "namespace"].contains(&key.as_str()));
    map(fields.map(|(key, value)| (format!("f:{key}"), owned(value))))
}

fn row(seen: &Seen, remembered: evenkeel_core::engine::ledger::Remembered) -> Row {
    Row {
        uid: seen.uid.clone(),
        remembered,
        since: Timestamp::UNIX_EPOCH,
        revision: None,
        generated: Generated::Nothing,
        needs: Vec::new(),
        origin: Origin::default(),
    }
}

fn map(entries: impl IntoIterator<Item = (impl Into<String>, Value)>) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}
