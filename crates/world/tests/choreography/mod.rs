//! Documents, applied to the simulated platform by the machine with its journal, and watched while it goes.

mod law;
mod leaving;
mod load;
mod restarts;
mod upgrades;

use crate::laws::machine::{Kill, Platform};
use evenkeel_core::diagnostic::{Location, Severity};
use evenkeel_core::documents::{Repository, SourceFile};
use evenkeel_core::engine::apply::{End, Ended};
use evenkeel_core::engine::id::{ConnectionName, TreeHash};
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::policy::cel::Expression;
use evenkeel_core::engine::policy::{self, Match, Message, Over, Policies, Policy};
use evenkeel_core::engine::step::Step;
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::wanted::Desired;
use evenkeel_core::report::Style;
use evenkeel_core::report::plan::{self as report, PlanReport};
use evenkeel_world::kubernetes::{Delete, DryRun, MergePatch, ObjectKey, Propagation, Through};
use evenkeel_world::neo4j::Cluster;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Returns a policy that denies changes.
pub(crate) fn denying(name: &str, deny: &str, message: &str) -> Policies {
    let known = policy::names(Over::Changes);
    Policies::of(vec![Policy {
        name: Arc::from(name),
        over: Over::Changes,
        matching: Match::default(),
        deny: Expression::compile(deny, known).expect("an expression"),
        message: Message::compile(message, known).expect("a message"),
        severity: policy::Severity::Deny,
        at: Location::start_of("policies/databases.yaml"),
    }])
}

const ENVIRONMENT: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  kubernetes: {default: {inCluster: true, namespace: default}}
";

/// A cluster in words: what the tests change of it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) primaries: u32,
    pub(crate) secondaries: u32,
    pub(crate) version: String,
    pub(crate) timeout: String,
    pub(crate) cpu: u32,
    /// Further settings, as they stand in a map.
    pub(crate) settings: &'static str,
    /// What follows the load, as it stands in the document.
    pub(crate) autoscaling: &'static str,
    /// How servers discover each other, where the version knows two ways.
    pub(crate) discovery: Option<&'static str>,
    /// How large volumes are.
    pub(crate) size: String,
    /// Whether a disruption budget guards the servers as well.
    pub(crate) budget: bool,
    /// Whether it is Community Edition, to which nobody logs in.
    pub(crate) community: bool,
    /// Name, primaries and secondaries of each database.
    pub(crate) databases: Vec<(String, u32, u32)>,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            primaries: 3,
            secondaries: 2,
            version: "5.26.0".to_owned(),
            timeout: "10m".to_owned(),
            cpu: 2,
            settings: "",
            autoscaling: "",
            discovery: None,
            size: "100Gi".to_owned(),
            budget: true,
            community: false,
            databases: vec![("sales".to_owned(), 3, 2)],
        }
    }
}

impl Document {
    fn text(&self) -> String {
        let Self {
            primaries,
            secondaries,
            version,
            timeout,
            cpu,
            settings,
            autoscaling,
            discovery,
            size,
            budget,
            databases,
            ..
        } = self;
        let secondaries = match secondaries {
            0 => String::new(),
            count => format!("    secondaries: {{count: {count}}}\n"),
        };
        let discovery = discovery.map_or_else(String::new, |way| format!("    discovery: {way}\n"));
        let database = |(name, primaries, secondaries): &(String, u32, u32)| {
            format!(
                "    - {{name: {name}, topology: {{primaries: {primaries}, secondaries: {secondaries}}}}}\n"
            )
        };
        let databases = match databases.as_slice() {
            [] => String::new(),
            some => format!("  databases:\n{}", some.iter().map(database).collect::<String>()),
        };
        format!(
            "\
apiVersion: evenkeel.dev/v1alpha1
kind: Neo4jCluster
metadata: {{name: orders}}
spec:
  edition: enterprise
  version: {version}
  acceptLicense: \"yes\"
  servers:
    primaries: {{count: {primaries}}}
{secondaries}{discovery}  resources: {{cpu: \"{cpu}\", memory: 8Gi}}
  storage: {{dynamic: {{size: {size}}}}}
  config: {{db.transaction.timeout: {timeout}{settings}}}
  disruptionBudget: {{enabled: {budget}}}
  cypher: {{password: {{fromSecret: {{name: orders-cypher, key: password}}}}}}
{databases}{autoscaling}"
        )
    }

    /// As Community Edition has it, and without anybody who logs in.
    fn of_community(&self) -> String {
        let text = self.text().replace("enterprise", "community");
        let lines = text.lines().filter(|line| !line.contains("acceptLicense") && !line.contains("cypher"));
        lines.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn desired(&self) -> Desired {
        let file = |path: &str, text: &str| SourceFile { path: path.into(), bytes: text.as_bytes().to_vec() };
        let text = if self.community { self.of_community() } else { self.text() };
        let files = [file("prod/environment.yaml", ENVIRONMENT), file("prod/neo4j.yaml", &text)];
        let (repository, findings) = Repository::read(&files);
        assert!(findings.iter().all(|finding| finding.severity == Severity::Warning), "{findings:#?}");
        let environment = repository.find("prod").expect("prod is there");
        let specs = repository.specs(&environment).unwrap_or_else(|findings| panic!("{findings:#?}"));
        Desired { tree: TreeHash::new(text), ..specs.desired }
    }
}

/// A platform with a cluster on it.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) platform: Platform,
}

impl Desk {
    pub(crate) fn new(seed: u64) -> Self {
        Self { platform: Platform::new(seed) }
    }

    /// A cluster that was formed and has settled.
    pub(crate) fn formed(seed: u64, document: &Document) -> Self {
        let mut desk = Self::new(seed);
        desk.apply_whole(document);
        desk.advance(120);
        desk
    }

    pub(crate) fn plan(&mut self, document: &Document) -> Plan {
        self.platform.plan(&document.desired()).0
    }

    /// What a person reads of a plan.
    pub(crate) fn told(&mut self, document: &Document) -> String {
        let desired = document.desired();
        let (plan, _known) = self.platform.plan(&desired);
        let now = self.platform.bench.sandbox.world.now();
        let (desired, next) = (Some(&desired), Some("evenkeel apply prod".to_owned()));
        let report = PlanReport { plan: &plan, desired, now, systems: 2, next, offline: None };
        report::text(&report, Style::plain())
    }

    pub(crate) fn apply(&mut self, document: &Document, kill: Option<Kill>) -> Option<End> {
        self.platform.apply(&document.desired(), kill)
    }

    /// Applies, and every step has to be carried out.
    pub(crate) fn apply_whole(&mut self, document: &Document) -> End {
        let end = self.apply(document, None).expect("nobody kills it");
        let undone = failed(&end);
        assert_eq!(undone, Vec::<String>::new(), "{:?}", end.reason);
        end
    }

    pub(crate) fn advance(&mut self, seconds: u64) {
        self.platform.bench.sandbox.world.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn cluster(&mut self) -> &mut Cluster {
        self.platform.bench.sandbox.world.neo4j(&ConnectionName::new("orders"))
    }

    /// Tells whether Kubernetes has something.
    pub(crate) fn has(&self, kind: &str, name: &str) -> bool {
        let key = ObjectKey::new(kind, Some("default"), name);
        self.platform.bench.sandbox.world.cluster().get(&key).is_ok()
    }

    /// What Kubernetes has in a place, as a number.
    pub(crate) fn number(&self, kind: &str, name: &str, place: &[&str]) -> i64 {
        let key = ObjectKey::new(kind, Some("default"), name);
        let found = self.platform.bench.sandbox.world.cluster().get(&key).expect("it is there");
        found.at(place).and_then(Value::as_integer).expect("a number")
    }

    /// Takes something away by hand.
    pub(crate) fn delete(&mut self, kind: &str, name: &str) {
        let key = ObjectKey::new(kind, Some("default"), name);
        let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
        self.platform.bench.sandbox.world.kubernetes().delete(&request).expect("it was there");
        self.advance(1);
    }

    /// Notes on a server's workload, as whoever makes backups does, that there is one of this moment.
    pub(crate) fn note_backup(&mut self, server: &str) {
        let world = &mut self.platform.bench.sandbox.world;
        let noted =
            json!({"metadata": {"annotations": {"evenkeel.dev/backed-up-at": world.now().to_string()}}});
        let request = MergePatch {
            key: ObjectKey::new("StatefulSet", Some("default"), server),
            patch: serde_json::from_value(noted).expect("a value"),
            manager: "backups".into(),
            through: Through::Object,
            dry_run: DryRun::Off,
        };
        world.kubernetes().merge_patch(request).expect("it is there");
    }

    /// Takes a server's process away, as if its node were gone.
    pub(crate) fn suspend_pod(&mut self, server: &str) {
        self.delete("Pod", &format!("{server}-0"));
    }

    /// What was sent since, in order, as addresses.
    pub(crate) fn sent(&self, since: usize) -> Vec<String> {
        self.platform.effects[since..].iter().map(|effect| effect.address.to_string()).collect()
    }
}

/// Compares with the golden text of this name; `INSTA_UPDATE=always cargo test` writes them anew.
macro_rules! story {
    ($name:literal, $text:expr) => {
        insta::with_settings!({
            snapshot_path => "../../../../tests/stories/neo4j",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, evenkeel_core::report::plain::completed(&$text, "")) })
    };
}
pub(crate) use story;

/// The steps that were not carried out, and why.
pub(crate) fn failed(end: &End) -> Vec<String> {
    let undone = end.steps.iter().filter(|step| !matches!(step.how, Ended::Done(_) | Ended::DoneBefore));
    undone.map(|step| format!("{}: {:?}", step.address, step.how)).collect()
}

/// The steps of a plan that concern what is called so.
pub(crate) fn steps(plan: &Plan) -> Vec<String> {
    let fields = |step: &Step| {
        let each =
            step.fields.iter().map(|field| format!("{}: {:?} -> {:?}", field.path, field.live, field.wanted));
        each.collect::<Vec<_>>().join(", ")
    };
    plan.steps.iter().map(|step| format!("{} {}", step.address, fields(step)).trim_end().to_owned()).collect()
}

/// What a person reads of a plan, and what was sent when it was carried out, in this order.
pub(crate) fn story_of(told: &str, sent: &[String]) -> String {
    format!("{told}\n\nSent, in this order:\n\n  {}\n", sent.join("\n  "))
}

pub(crate) fn held(plan: &Plan) -> Vec<String> {
    plan.held.iter().map(|held| format!("{}: {:?}", held.address, held.held)).collect()
}
