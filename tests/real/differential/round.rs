//! One object's life: applied, edited in Git and by hand, compared, judged, applied again.

use super::coins::Coins;
use super::edits::{self, Edit, Force};
use super::manifests::{Drawn, definitions};
use super::report::{Finding, Report, What};
use super::server::{APPLY, MERGE, Reply, Server};
use crate::support::chance::Chance;
use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::{ConnectionName, EnvironmentName, Kind, ResourceId, System};
use evenkeel_core::engine::ledger::{Generated, Origin, Row};
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{ApiVersion, HasStatus, Reach, Seen, ServedKind};
use evenkeel_core::engine::value::Value as CoreValue;
use evenkeel_core::engine::verdict::Verdict;
use evenkeel_core::engine::wanted::Wanted;
use evenkeel_core::resources::kubernetes::{
    Expected, Lens, Normal, Shape, builtin, compare, normalise, observe, remember,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The environment that every object is of.
pub(super) const ENVIRONMENT: &str = "test";

/// What does not change in a round.
pub(super) struct Scene<'a> {
    pub(super) server: &'a Server,
    drawn: &'static Drawn,
    pub(super) shape: Shape,
    namespace: &'static str,
    seed: u64,
    /// What the object is drawn with at first.
    coins: Coins,
}

/// Plays one round with an object of this kind in this namespace.
pub(super) async fn play(
    server: &Server,
    (seed, drawn, namespace): (u64, &'static Drawn, &'static str),
    report: &mut Report,
) {
    let (mut chance, coins) = (Chance::new(seed), Coins::new(seed ^ 0xabcd));
    let before = drawn.manifest(&format!("o{seed}"), namespace, &coins);
    let name = before["metadata"]["name"].as_str().expect("named").to_owned();
    let url = drawn.url(namespace, &name);
    let scene = Scene { server, drawn, shape: shape(drawn), namespace, seed, coins };
    scene.round(&url, before, &mut chance, report).await;
    if drawn.kind != "CustomResourceDefinition" || !name.contains("differential.example") {
        server.delete(&url).await;
    }
}

fn shape(drawn: &Drawn) -> Shape {
    if let Some(kind) = builtin(&ApiVersion::new(drawn.api_version), drawn.kind) {
        return Shape::of_builtin(kind);
    }
    let definitions = definitions();
    let schema = definitions
        .iter()
        .find(|definition| definition.pointer("/spec/names/kind").and_then(Value::as_str) == Some(drawn.kind))
        .and_then(|definition| definition.pointer("/spec/versions/0/schema/openAPIV3Schema"))
        .expect("defined");
    let served = ServedKind {
        api_version: ApiVersion::new(drawn.api_version),
        kind: Arc::from(drawn.kind),
        plural: Arc::from(drawn.plural),
        reach: Reach::Namespaced,
        status: HasStatus::Subresource,
    };
    Shape::of_custom_resource(&core(schema), &served)
}

pub(super) fn core(value: &Value) -> CoreValue {
    serde_json::from_value(value.clone()).expect("JSON is a value")
}

impl Scene<'_> {
    fn normal(&self, manifest: &Value, ignored: Vec<Path>) -> Option<Normal> {
        let api_version = ApiVersion::new(self.drawn.api_version);
        let namespace = self.drawn.namespaced.then(|| Arc::from(self.namespace));
        let id = ResourceId {
            system: System::Kubernetes,
            connection: ConnectionName::default(),
            kind: Kind::kubernetes(api_version.group(), self.drawn.kind),
            namespace,
            name: Arc::from(manifest["metadata"]["name"].as_str().expect("named")),
        };
        let wanted = Wanted {
            id,
            api_version,
            config: Arc::new(core(manifest)),
            needs: BTreeSet::new(),
            ignored,
            moved_from: Vec::new(),
            unread: BTreeSet::new(),
            document: None,
            at: Location::start_of("manifest.yaml"),
        };
        normalise(&wanted, &EnvironmentName::new(ENVIRONMENT), &self.shape).ok()
    }

    /// Reads what a reply shows; secrets in the clear where the manifest has them.
    pub(super) fn seen(&self, body: &Value, wanted: &Normal) -> Seen {
        let key = DigestKey::new([7; 32]);
        let connection = ConnectionName::default();
        let expected = Expected { wanted, row: None, shape: &self.shape };
        let lens = Lens { connection: &connection, key: &key, expected: Some(expected) };
        observe(&serde_json::to_vec(body).expect("JSON"), &lens).expect("an object")
    }

    pub(super) async fn apply(&self, url: &str, wanted: &Normal, options: &str) -> Reply {
        let body = serde_json::to_value(&*wanted.value).expect("JSON");
        self.server.patch(&format!("{url}?fieldManager=evenkeel&{options}"), APPLY, &body).await
    }

    async fn round(&self, url: &str, before: Value, chance: &mut Chance, report: &mut Report) {
        let Some(first) = self.normal(&before, Vec::new()) else { return report.undrawn += 1 };
        let created = self.apply(url, &first, "force=true").await;
        if !created.is_ok() {
            report.undrawn += 1;
            if created.code >= 500 {
                report.findings.push(self.finding(What::ServerFails, created.message().to_owned()));
            }
            return;
        }
        let row = self.row(&first, &created.body);
        let seen = self.seen(&created.body, &first);
        match compare(&first, &seen, Some(&row), &self.shape) {
            Verdict::Same => {}
            verdict => report.findings.push(self.finding(What::NotSettled, format!("{verdict:?}"))),
        }
        for _ in 0..chance.below(4) {
            self.edit(url, &before, chance).await;
        }
        let after = self.edited(&before, chance);
        let ignored = if chance.once_in(5) { vec![edits::place(&after, chance)] } else { Vec::new() };
        let Some(wanted) = self.normal(&after, ignored) else { return };
        self.judge(url, &wanted, &row, report).await;
    }

    pub(super) fn row(&self, wanted: &Normal, body: &Value) -> Row {
        let seen = self.seen(body, wanted);
        Row {
            uid: seen.uid.clone(),
            remembered: remember(wanted, &seen, &self.shape),
            since: jiff::Timestamp::UNIX_EPOCH,
            revision: None,
            generated: Generated::Nothing,
            needs: Vec::new(),
            origin: Origin::default(),
        }
    }

    pub(super) fn finding(&self, what: What, detail: String) -> Finding {
        Finding { what, seed: self.seed, kind: self.drawn.kind, detail, named: Vec::new() }
    }

    /// The manifest after an edit in Git, or without one.
    fn edited(&self, before: &Value, chance: &mut Chance) -> Value {
        let name = before["metadata"]["name"].as_str().expect("named");
        let coins = self.coins.clone();
        let mut after = match chance.below(5) {
            0 | 1 => before.clone(),
            _ => {
                coins.rethrow(chance);
                self.drawn.manifest(name, self.namespace, &coins)
            }
        };
        if chance.once_in(3) {
            after = edits::oddly(&after, chance);
        }
        after["metadata"]["name"] = before["metadata"]["name"].clone();
        after
    }

    /// Somebody edits the live object; what the server refuses did not happen.
    async fn edit(&self, url: &str, before: &Value, chance: &mut Chance) {
        let live = self.server.get(url).await;
        if !live.is_ok() {
            return;
        }
        let other = self.coins.clone();
        other.rethrow(chance);
        let name = before["metadata"]["name"].as_str().expect("named");
        let other = self.drawn.manifest(name, self.namespace, &other);
        match edits::draw(&live.body, &other, self.drawn.scales, chance) {
            Edit::Merge(manager, patch) => {
                self.server.patch(&format!("{url}?fieldManager={manager}"), MERGE, &patch).await;
            }
            Edit::Put(manager, object) => {
                self.server.put(url, manager, &object).await;
            }
            Edit::Apply(manager, part, force) => {
                let force = force == Force::Yes;
                self.server.patch(&format!("{url}?fieldManager={manager}&force={force}"), APPLY, &part).await;
            }
            Edit::Scale(replicas) => {
                let patch = serde_json::json!({"spec": {"replicas": replicas}});
                self.server.patch(&format!("{url}/scale?fieldManager=kubectl"), MERGE, &patch).await;
            }
        }
    }
}
