//! One object's life: applied, edited in Git and by hand, compared, judged, applied again.

use super::chance::Chance;
use super::coins::Coins;
use super::edits::{self, Edit, Force};
use super::manifests::{Drawn, KINDS, definitions};
use super::server::{APPLY, MERGE, Reply, Server};
use super::tally::{Judgement, Tally};
use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::{ConnectionName, EnvironmentName, Kind, ResourceId, System};
use evenkeel_core::engine::ledger::{Generated, Origin, Row};
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{ApiVersion, HasStatus, Reach, Seen, ServedKind};
use evenkeel_core::engine::value::Value as CoreValue;
use evenkeel_core::engine::verdict::{Cause, Verdict};
use evenkeel_core::engine::wanted::{Wanted, Wave};
use evenkeel_core::resources::kubernetes::{
    Lens, Normal, Shape, builtin, compare, compare_projected, normalise, observe, remember, takes_over_from,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub(super) what: &'static str,
    pub(super) seed: u64,
    pub(super) kind: &'static str,
    pub(super) detail: String,
}

/// What all rounds found.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) remembered: Tally,
    pub(super) first_contact: Tally,
    pub(super) findings: Vec<Finding>,
    pub(super) rejected: u32,
    pub(super) undrawn: u32,
    pub(super) named: u32,
    pub(super) unreal: u32,
    pub(super) conflicts: u32,
    pub(super) misnamed: u32,
}

impl Report {
    pub(super) fn merge(mut self, other: Self) -> Self {
        for (mine, theirs) in
            [(&mut self.remembered, other.remembered), (&mut self.first_contact, other.first_contact)]
        {
            mine.add(theirs);
        }
        self.findings.extend(other.findings);
        self.rejected += other.rejected;
        self.undrawn += other.undrawn;
        self.named += other.named;
        self.unreal += other.unreal;
        self.conflicts += other.conflicts;
        self.misnamed += other.misnamed;
        self
    }

    pub(super) fn serious(&self) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| !matches!(finding.what, "unreal path" | "take-over")).collect()
    }

    #[expect(clippy::print_stdout, reason = "the numbers are what this test is run for")]
    pub(super) fn print(&self) {
        println!(
            "with what the ledger remembers, {} objects:\n{}",
            self.remembered.total(),
            self.remembered.lines()
        );
        println!("at first contact, {} objects:\n{}", self.first_contact.total(), self.first_contact.lines());
        println!("rejected by the server {}, never created {}", self.rejected, self.undrawn);
        println!("differing {}, with a path that is not real {}", self.named, self.unreal);
        println!("conflicts {}, with other managers than named {}", self.conflicts, self.misnamed);
        let limit = usize::try_from(super::setting("DIFFERENTIAL_SHOW", 40)).expect("small");
        for finding in self.findings.iter().take(limit) {
            println!("--- {} {} seed {}\n{}", finding.what, finding.kind, finding.seed, finding.detail);
        }
    }
}

/// What does not change in a round.
struct Scene<'a> {
    server: &'a Server,
    drawn: &'static Drawn,
    shape: Shape,
    namespace: &'static str,
    seed: u64,
}

/// Plays one round.
pub(super) async fn play(server: &Server, seed: u64, report: &mut Report) {
    let mut chance = Chance::new(seed);
    let drawn = &KINDS[usize::try_from(seed).expect("small") % KINDS.len()];
    let namespace = match drawn.kind {
        "LimitRange" => super::NAMESPACES[1],
        "ResourceQuota" => super::NAMESPACES[2],
        _ => super::NAMESPACES[0],
    };
    let scene = Scene { server, drawn, shape: shape(drawn), namespace, seed };
    let coins = Coins::new(seed ^ 0xabcd);
    let before = drawn.manifest(&format!("o{seed}"), namespace, &coins);
    let name = before["metadata"]["name"].as_str().expect("named").to_owned();
    let url = drawn.url(namespace, &name);
    scene.round(&url, before, &coins, &mut chance, report).await;
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

fn core(value: &Value) -> CoreValue {
    serde_json::from_value(value.clone()).expect("JSON is a value")
}

impl Scene<'_> {
    fn normal(&self, manifest: &Value) -> Option<Normal> {
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
            wave: Wave::default(),
            ignored: Vec::new(),
            document: None,
            at: Location::start_of("manifest.yaml"),
        };
        normalise(&wanted, &EnvironmentName::new("test"), &self.shape).ok()
    }

    /// Reads what a reply shows; secrets in the clear where the manifest has them.
    fn seen(&self, body: &Value, wanted: &Normal) -> Seen {
        let key = DigestKey::new([7; 32]);
        let connection = ConnectionName::default();
        let expected =
            evenkeel_core::resources::kubernetes::Expected { wanted, row: None, shape: &self.shape };
        let lens = Lens { connection: &connection, key: &key, expected: Some(expected) };
        observe(&serde_json::to_vec(body).expect("JSON"), &lens).expect("an object")
    }

    async fn apply(&self, url: &str, wanted: &Normal, options: &str) -> Reply {
        let body = serde_json::to_value(&*wanted.value).expect("JSON");
        self.server.patch(&format!("{url}?fieldManager=evenkeel&{options}"), APPLY, &body).await
    }

    async fn round(&self, url: &str, before: Value, coins: &Coins, chance: &mut Chance, report: &mut Report) {
        let Some(first) = self.normal(&before) else { return report.undrawn += 1 };
        let created = self.apply(url, &first, "force=true").await;
        if !created.is_ok() {
            report.undrawn += 1;
            if created.code >= 500 || super::setting("DIFFERENTIAL_VERBOSE", 0) > 0 {
                report.findings.push(self.finding("take-over", created.message().to_owned()));
            }
            return;
        }
        let row = self.row(&first, &created.body);
        let seen = self.seen(&created.body, &first);
        match compare(&first, &seen, Some(&row), &self.shape) {
            Verdict::Same => {}
            verdict => report.findings.push(self.finding("not the same after apply", format!("{verdict:?}"))),
        }
        for _ in 0..chance.below(4) {
            self.edit(url, &before, coins, chance).await;
        }
        let after = self.edited(&before, coins, chance);
        let Some(wanted) = self.normal(&after) else { return };
        self.judge(url, &wanted, &row, report).await;
    }

    fn row(&self, wanted: &Normal, body: &Value) -> Row {
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

    fn finding(&self, what: &'static str, detail: String) -> Finding {
        Finding { what, seed: self.seed, kind: self.drawn.kind, detail }
    }

    /// The manifest after an edit in Git, or without one.
    fn edited(&self, before: &Value, coins: &Coins, chance: &mut Chance) -> Value {
        let name = before["metadata"]["name"].as_str().expect("named");
        let coins = coins.clone();
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
    async fn edit(&self, url: &str, before: &Value, coins: &Coins, chance: &mut Chance) {
        let live = self.server.get(url).await;
        if !live.is_ok() {
            return;
        }
        let other = coins.clone();
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

    async fn judge(&self, url: &str, wanted: &Normal, row: &Row, report: &mut Report) {
        let live = self.server.get(url).await;
        if !live.is_ok() {
            return report.undrawn += 1;
        }
        let oracle = self.apply(url, wanted, "force=true&dryRun=All").await;
        if !oracle.is_ok() {
            report.rejected += 1;
            // What a hand edit broke, nobody can apply over; what we send must never make the server fail.
            if oracle.code >= 500 && !oracle.message().contains("existing fields") {
                report.findings.push(self.finding("the server fails", oracle.message().to_owned()));
            }
            return;
        }
        let (seen, projected) = (self.seen(&live.body, wanted), self.seen(&oracle.body, wanted));
        let truth = changed_paths(&compare_projected(wanted, &seen, &projected, Some(row), &self.shape));
        let with = compare(wanted, &seen, Some(row), &self.shape);
        let without = compare(wanted, &seen, None, &self.shape);
        for (verdict, first_contact) in [(&with, false), (&without, true)] {
            let judgement = judge(verdict, !truth.is_empty());
            if matches!(judgement, Judgement::Missed | Judgement::False) {
                let what = if first_contact { "wrong at first contact" } else { "wrong" };
                let detail = format!(
                    "{judgement:?}\n  verdict {verdict:?}\n  truth {}\n  live {}\n  wanted {}",
                    show(&truth),
                    live.body,
                    serde_json::to_string(&*wanted.value).expect("JSON")
                );
                report.findings.push(self.finding(what, detail));
            }
            if first_contact {
                report.first_contact.count(judgement)
            } else {
                report.remembered.count(judgement)
            }
        }
        self.judge_paths(&with, &truth, report);
        self.judge_conflicts(url, wanted, &seen, report).await;
        self.settle(url, wanted, report).await;
    }

    fn judge_paths(&self, verdict: &Verdict, truth: &[Path], report: &mut Report) {
        let Verdict::Differs(difference) = verdict else { return };
        report.named += 1;
        let named =
            difference.fields.iter().filter(|field| field.cause != Cause::EntryLost).map(|field| &field.path);
        let unreal: Vec<Path> = named
            .filter(|path| !truth.iter().any(|real| real.contains(path) || path.contains(real)))
            .cloned()
            .collect();
        if !unreal.is_empty() {
            report.unreal += 1;
            report
                .findings
                .push(self.finding("unreal path", format!("{} of {}", show(&unreal), show(truth))));
        }
    }

    /// An unforced dry run must conflict with the managers that the verdict names.
    async fn judge_conflicts(&self, url: &str, wanted: &Normal, seen: &Seen, report: &mut Report) {
        let over = takes_over_from(wanted, seen, &self.shape);
        let named: BTreeSet<String> = over.iter().map(|over| over.manager.to_string()).collect();
        let reply = self.apply(url, wanted, "force=false&dryRun=All").await;
        let real: BTreeSet<String> = match reply.code {
            409 => {
                let causes = reply.body["details"]["causes"].as_array().cloned().unwrap_or_default();
                causes
                    .iter()
                    .filter_map(|cause| Some(cause["message"].as_str()?.split('"').nth(1)?.to_owned()))
                    .collect()
            }
            _ => BTreeSet::new(),
        };
        if !real.is_empty() || !named.is_empty() {
            report.conflicts += 1;
        }
        if real != named && reply.code < 500 {
            report.misnamed += 1;
            report.findings.push(self.finding(
                "take-over",
                format!(
                        "named {}, real {real:?}: {}",
                        over.iter()
                            .map(|over| format!("{} {}", over.manager, over.path))
                            .collect::<Vec<_>>()
                            .join(", "),
                        reply.message()
                    ),
            ));
        }
    }

    fn detail(&self, wanted: &Normal, seen: &Seen) -> String {
        let evenkeel_core::engine::question::Body::Whole(live) = &seen.body else { return String::new() };
        let json = |value: &CoreValue| serde_json::to_string(value).expect("JSON");
        format!("\n  live {}\n  wanted {}", json(live), json(&wanted.value))
    }

    /// Applied and remembered, the object must be the same: nothing is left to do.
    async fn settle(&self, url: &str, wanted: &Normal, report: &mut Report) {
        let applied = self.apply(url, wanted, "force=true").await;
        if !applied.is_ok() {
            return;
        }
        let row = self.row(wanted, &applied.body);
        let read = self.server.get(url).await;
        let seen = self.seen(&read.body, wanted);
        match compare(wanted, &seen, Some(&row), &self.shape) {
            Verdict::Same => {}
            verdict => report.findings.push(self.finding("not the same after apply", format!("{verdict:?}"))),
        }
    }
}

fn changed_paths(verdict: &Verdict) -> Vec<Path> {
    let Verdict::Differs(difference) = verdict else { return Vec::new() };
    difference
        .fields
        .iter()
        .filter(|field| field.cause != Cause::EntryLost)
        .map(|field| field.path.clone())
        .collect()
}

fn judge(verdict: &Verdict, changes: bool) -> Judgement {
    match (verdict, changes) {
        (Verdict::Same | Verdict::Own(_), false) => Judgement::Same,
        (Verdict::Same | Verdict::Own(_), true) => Judgement::Missed,
        (Verdict::Differs(difference), false) => {
            let lost = difference.fields.iter().all(|field| field.cause == Cause::EntryLost);
            if lost { Judgement::HeldAsLost } else { Judgement::False }
        }
        (Verdict::Differs(_), true) => Judgement::Differs,
        (Verdict::Undecided(doubts), _) => {
            let classes: BTreeSet<String> = doubts.iter().map(|doubt| format!("{:?}", doubt.class)).collect();
            Judgement::Undecided(classes.into_iter().collect::<Vec<_>>().join("+"))
        }
    }
}

fn show(paths: &[Path]) -> String {
    paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
