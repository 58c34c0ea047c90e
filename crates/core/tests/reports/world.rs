//! The small world of these stories: one environment `prod`, its resources, and who did what to them.

use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::fingerprint::{Digest, DigestKey, DigestedUnder};
use evenkeel_core::engine::id::{
    ConnectionName, EnvironmentName, Kind, PlanId, ResourceId, Revision, StepId, System, TreeHash, Uid,
};
use evenkeel_core::engine::ledger::{Generated, Origin, Remembered, Row};
use evenkeel_core::engine::path::{Path, Segment};
use evenkeel_core::engine::plan::{Denial, Goal, Held, HeldChange, HeldResource, Plan, Tally, Unknown};
use evenkeel_core::engine::question::{ApiVersion, Scope, Trouble, Why};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{Action, Condition, Expects, Gate, Reason, Repeat, Risk, Step, WriteMode};
use evenkeel_core::engine::value::{Map, SecretRef, SecretSource, Value};
use evenkeel_core::engine::verdict::{Cause, FieldChange, Manager, Operation, Writer};
use evenkeel_core::engine::wanted::{Approval, ApprovedAction, Desired, Limits, Wanted};
use evenkeel_core::engine::windows::Windows;
use evenkeel_core::report::PlanReport;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Text that no rendering may contain.
pub(crate) const CANARY: &str = "canary-7f3a";

pub(crate) fn now() -> Timestamp {
    time("2026-11-21T02:30:00Z")
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) fn plan(steps: Vec<Step>, held: Vec<HeldResource>, unknown: Vec<Unknown>) -> Plan {
    Plan {
        id: PlanId::new("4f1c9a2be07d"),
        environment: EnvironmentName::new("prod"),
        tree: TreeHash::new("9d2e"),
        revision: Some(Revision::new("1a2b3c4")),
        seen: Some(time("2026-11-21T02:29:59.6Z")),
        steps,
        waiting: Vec::new(),
        held,
        unknown,
        tally: Tally { wanted: 214, same: 210, ..Tally::default() },
        expected_deletes: None,
        remarks: Vec::new(),
        unwell: Vec::new(),
        advice: Vec::new(),
        base: None,
        goal: Goal::Converge,
        digested_under: DigestedUnder::KeptKey,
    }
}

pub(crate) fn report(plan: &Plan) -> PlanReport<'_> {
    let next = Some("evenkeel apply plan.json".to_owned()).filter(|_| !plan.steps.is_empty());
    PlanReport { plan, desired: None, now: now(), systems: 1, next, offline: None }
}

pub(crate) fn address(text: &str) -> ResourceId {
    text.parse().expect("an address")
}

pub(crate) fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect::<Map>())
}

pub(crate) fn kubectl_edit() -> Writer {
    Writer::Manager(Manager {
        name: "kubectl-edit".into(),
        operation: Operation::Update,
        subresource: None,
        at: Some(time("2026-11-20T23:14:00Z")),
    })
}

pub(crate) fn flux() -> Manager {
    Manager {
        name: "flux".into(),
        operation: Operation::Apply,
        subresource: None,
        at: Some(time("2026-11-21T02:26:00Z")),
    }
}

pub(crate) fn field(path: &[&str], live: Option<Value>, wanted: Option<Value>, cause: Cause) -> FieldChange {
    FieldChange { path: Path::of(path), live, wanted, cause }
}

pub(crate) fn digest(text: &str) -> Digest {
    DigestKey::new([7; 32]).digest(text.as_bytes())
}

pub(crate) fn secret_from_env(variable: &str) -> Value {
    let source = SecretSource::FromEnv(variable.to_owned());
    Value::from(SecretRef { source, digest: Some(digest(CANARY)) })
}

fn step(text: &str, action: Action, because: Reason) -> Step {
    Step {
        id: StepId::new(format!("step of {text}")),
        address: address(text),
        action,
        after: BTreeSet::new(),
        wave: 0,
        expects: Expects::Absent,
        takes_over: Vec::new(),
        gates: Vec::new(),
        done_when: Some(Gate {
            condition: Condition::Ready(address(text)),
            patience: Duration::from_secs(600),
            stable_for: Duration::ZERO,
        }),
        repeat: Repeat::Idempotent,
        because,
        risk: Risk::None,
        fields: Vec::new(),
        approvals: Vec::new(),
    }
}

pub(crate) fn write(text: &str, mode: WriteMode, config: Value, because: Reason) -> Step {
    let wanted = Sketch::of(None, &config, [Path::of(&["data"])]);
    step(text, Action::Write { mode, config: Arc::new(config), wanted }, because)
}

pub(crate) fn create(text: &str) -> Step {
    write(text, WriteMode::Create, map(&[("data", map(&[("mode", "fast".into())]))]), Reason::NotYetThere)
}

pub(crate) fn update(text: &str, fields: Vec<FieldChange>) -> Step {
    let config = map(&[("data", map(&[("mode", "fast".into())]))]);
    Step { fields, ..write(text, WriteMode::Update, config, Reason::SpecEdited) }
}

pub(crate) fn adopt(text: &str) -> Step {
    let mut step = write(text, WriteMode::Adopt, map(&[]), Reason::Adopted);
    step.expects = Expects::Seen(Sketch { uid: Some(Uid::new("uid-1")), places: Vec::new() });
    step
}

pub(crate) fn delete(text: &str) -> Step {
    step(text, Action::Delete { uid: Uid::new("uid-1") }, Reason::NoLongerWanted)
}

pub(crate) fn with_action(text: &str, action: Action, because: Reason) -> Step {
    step(text, action, because)
}

pub(crate) fn held(text: &str, change: HeldChange, held: Held) -> HeldResource {
    let because = if change == HeldChange::Delete { Reason::NoLongerWanted } else { Reason::SpecEdited };
    let uid = Some(Uid::new("uid-1"));
    HeldResource { address: address(text), change, because, held, fields: Vec::new(), uid }
}

/// A policy that denies something.
pub(crate) fn denial(policy: &str, message: &str) -> Denial {
    let at = Location::start_of("policies/exposure.yaml");
    Denial { policy: policy.into(), message: message.to_owned(), at }
}

pub(crate) fn approval() -> Approval {
    Approval {
        address: address("kubernetes:ConfigMap/graph/old"),
        action: ApprovedAction::Delete,
        policy: None,
        uid: None,
        until: time("2026-12-01T00:00:00Z"),
        reason: "moved to the new chart".to_owned(),
        at: Location::start_of("environments/prod/approvals.yaml"),
    }
}

/// What Git wants: these resources, each after the one before it.
pub(crate) fn desired(addresses: &[&str]) -> Desired {
    let mut before: Option<ResourceId> = None;
    let resources = addresses.iter().zip(10..).map(|(text, line)| {
        let id = address(text);
        let wanted = Wanted {
            id: id.clone(),
            api_version: ApiVersion::new("v1"),
            config: Arc::new(map(&[])),
            needs: before.replace(id.clone()).into_iter().collect(),
            ignored: Vec::new(),
            moved_from: Vec::new(),
            unread: BTreeSet::new(),
            document: None,
            at: Location { line, ..Location::start_of("environments/prod/graph.yaml") },
        };
        (id, wanted)
    });
    Desired {
        environment: EnvironmentName::new("prod"),
        tree: TreeHash::new("9d2e"),
        resources: resources.collect(),
        approvals: Vec::new(),
        limits: Limits::default(),
        windows: Windows::default(),
        shared: BTreeSet::new(),
        unshown: BTreeSet::new(),
        documents: Vec::new(),
        clusters: std::collections::BTreeMap::new(),
    }
}

pub(crate) fn row() -> Row {
    Row {
        uid: Uid::new("uid-1"),
        remembered: Remembered::default(),
        since: time("2026-11-02T08:00:00Z"),
        revision: Some("9f8e7d6".into()),
        generated: Generated::Nothing,
        needs: vec![address("kubernetes:Namespace/graph")],
        origin: Origin::Known,
    }
}

/// A plan with a bit of everything, secrets in every place that can hold one.
pub(crate) fn everything() -> Plan {
    let auth = |value: Value| {
        map(&[("data", map(&[("password", value.clone()), ("all", Value::List(vec![value]))]))])
    };
    let opaque = || Value::Opaque(digest(CANARY));
    let secret = || secret_from_env("ORDERS_PASSWORD");
    let fields = vec![
        field(&["data", "password"], Some(opaque()), Some(secret()), Cause::SpecEdited),
        field(
            &["data", "all"],
            Some(Value::List(vec![opaque()])),
            Some(secret()),
            Cause::Drifted(kubectl_edit()),
        ),
        field(&["data", "gone"], Some(opaque()), None, Cause::SpecEdited),
        field(&["data", "new"], None, Some(auth(secret())), Cause::Contested(Writer::Manager(flux()))),
        FieldChange {
            path: Path(vec![Segment::Field("set".into()), Segment::Member(opaque())]),
            live: Some(opaque()),
            wanted: Some(opaque()),
            cause: Cause::EntryLost,
        },
    ];
    let sketch =
        Sketch::of(Some(Uid::new("uid-1")), &auth(opaque()), fields.iter().map(|field| field.path.clone()));
    let update = Step {
        fields: fields.clone(),
        expects: Expects::Seen(sketch),
        repeat: Repeat::CreateOnce { find_by: auth(opaque()), visible_after: Duration::from_millis(1500) },
        ..write(
            "kubernetes:Secret/graph/auth",
            WriteMode::Update,
            auth(secret()),
            Reason::Drifted(kubectl_edit()),
        )
    };
    let gone = write(
        "kubernetes:Secret/graph/again",
        WriteMode::Create,
        auth(secret()),
        Reason::Drifted(Writer::Unknown),
    );
    let confirm = Action::Confirm { config: Arc::new(auth(secret())), wanted: Sketch::default() };
    let confirm = with_action("kubernetes:Secret/graph/doubt", confirm, Reason::Doubtful);
    let steps = vec![
        create("kubernetes:Namespace/graph"),
        update,
        gone,
        confirm,
        adopt("kubernetes:ConfigMap/graph/found"),
        delete("kubernetes:ConfigMap/graph/old"),
    ];
    let mut not_owned = held("kubernetes:Secret/graph/theirs", HeldChange::Update, Held::NotOwned);
    not_owned.fields = fields;
    plan(steps, vec![not_owned], vec![secrets_forbidden()])
}

pub(crate) fn secrets_forbidden() -> Unknown {
    Unknown {
        scope: Scope {
            system: System::Kubernetes,
            connection: ConnectionName::default(),
            kind: Kind::new("Secret"),
            namespace: Some("graph".into()),
        },
        why: Why {
            trouble: Trouble::Forbidden,
            message: "GET /api/v1/namespaces/graph/secrets: 403 secrets is forbidden".to_owned(),
        },
        resources: 4,
    }
}
