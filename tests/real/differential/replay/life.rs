//! One object's life: made, edited in Git and by hand, kept by finalizers, deleted and made again, on both servers.

use super::super::coins::Coins;
use super::super::edits::{self, Edit, Force};
use super::super::manifests::{Drawn, KINDS};
use super::super::server::{APPLY, MERGE, Reply, Server};
use super::on_purpose::{Judgement, judge};
use super::{NAMESPACE, Report, setup, twin};
use crate::support::chance::Chance;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::question::ApiVersion;
use evenkeel_world::World;
use serde_json::{Value, json};

/// How many edits an object sees.
pub(super) const EDITS: u64 = 14;

/// The kinds that the world models, of those that are drawn.
const MODELLED: [&str; 9] = [
    "ConfigMap",
    "Secret",
    "Service",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Typed",
    "Loose",
];

/// An object on both servers.
pub(super) struct Life<'a> {
    server: &'a Server,
    world: World,
    drawn: &'static Drawn,
    coins: Coins,
    chance: Chance,
    name: String,
    seed: u64,
    /// What the real server last showed; nothing while there is no object.
    live: Option<Value>,
}

/// How the two servers stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twins {
    Alike,
    Apart,
}

impl<'a> Life<'a> {
    pub(super) fn begin(server: &'a Server, seed: u64) -> Self {
        let kind = MODELLED[usize::try_from(seed).expect("small") % MODELLED.len()];
        let drawn = KINDS.iter().find(|drawn| drawn.kind == kind).expect("drawn");
        let (coins, chance) = (Coins::new(seed ^ 0xabcd), Chance::new(seed));
        let world = twin::begin(&setup());
        Self { server, world, drawn, coins, chance, name: format!("o{seed}"), seed, live: None }
    }

    /// Makes its edits. Once the two servers have different objects, the world is asked no more.
    pub(super) async fn play(mut self, report: &mut Report) {
        let mut twins = Twins::Alike;
        for _ in 0..EDITS {
            let mut line = json!({"namespace": NAMESPACE, "request": self.draw()});
            let reply = self.send(&line["request"]).await;
            line["code"] = json!(reply.code);
            line["answer"] = reply.body;
            if twins == Twins::Alike {
                twins = self.compare(&line, report);
            }
            self.live = twin::shows(&line, self.live.take());
            report.lines.push(line);
        }
    }

    fn compare(&mut self, line: &Value, report: &mut Report) -> Twins {
        let theirs = twin::recorded(line);
        let ours = twin::answer(&mut self.world, line, self.live.as_ref());
        report.edits += 1;
        report.done += usize::from(theirs.0 < 300);
        *report.verbs.entry(line["request"]["verb"].to_string()).or_default() += 1;
        match judge(&ours, &theirs) {
            Judgement::Alike => Twins::Alike,
            Judgement::OnPurpose(class) => {
                *report.on_purpose.entry(class).or_default() += 1;
                if class.leaves_alike() { Twins::Alike } else { Twins::Apart }
            }
            Judgement::Apart => {
                let detail = twin::disagreement(line, &ours, &theirs);
                report.differing.push(format!("seed {}: {detail}", self.seed));
                Twins::Apart
            }
        }
    }

    fn draw(&mut self) -> Value {
        let mut request = match self.live.clone() {
            None => self.making(),
            Some(live) => match self.chance.below(12) {
                0..=3 => self.git(),
                4..=8 => self.by_hand(&live),
                9 => self.finalizer(),
                10 => self.deletion(),
                _ => self.out_of_turn(&live),
            },
        };
        let group = ApiVersion::new(self.drawn.api_version);
        request["kind"] = json!(Kind::kubernetes(group.group(), self.drawn.kind).as_str());
        request["name"] = json!(self.name);
        request
    }

    /// Another manifest of the same object.
    fn manifest(&mut self) -> Value {
        let coins = self.coins.clone();
        if self.chance.once_in(4) {
            self.coins.rewind();
        } else {
            self.coins.rethrow(&mut self.chance);
        }
        let manifest = self.drawn.manifest(&self.name, NAMESPACE, &self.coins);
        if self.chance.once_in(2) {
            self.coins = coins;
        }
        manifest
    }

    fn making(&mut self) -> Value {
        let object = self.manifest();
        match self.chance.below(8) {
            0 | 1 => json!({"verb": "create", "manager": "kubectl-create", "object": object}),
            2 => json!({"verb": "replace", "manager": "kubectl-replace", "object": object}),
            3 => {
                json!({"verb": "merge", "manager": "kubectl-patch", "patch": {"metadata": {"labels": {"a": "b"}}}})
            }
            _ => json!({"verb": "apply", "manager": "evenkeel", "force": true, "object": object}),
        }
    }

    /// An edit in Git, as our apply sends it; now and then only tried.
    fn git(&mut self) -> Value {
        let mut object = self.manifest();
        if self.chance.once_in(3) {
            object = edits::oddly(&object, &mut self.chance);
        }
        let force = !self.chance.once_in(3);
        let dry_run = self.chance.once_in(6);
        json!({"verb": "apply", "manager": "evenkeel", "force": force, "object": object, "dryRun": dry_run})
    }

    fn by_hand(&mut self, live: &Value) -> Value {
        let other = self.manifest();
        match edits::draw(live, &other, self.drawn.scales, &mut self.chance) {
            Edit::Merge(manager, patch) => json!({"verb": "merge", "manager": manager, "patch": patch}),
            Edit::Put(manager, object) => json!({"verb": "replace", "manager": manager, "object": object}),
            Edit::Apply(manager, part, force) => {
                json!({"verb": "apply", "manager": manager, "force": force == Force::Yes, "object": part})
            }
            Edit::Scale(replicas) => json!({"verb": "scale", "manager": "kubectl", "replicas": replicas}),
        }
    }

    /// Somebody keeps the object from going, or lets it go.
    fn finalizer(&mut self) -> Value {
        let finalizers = if self.chance.once_in(2) { json!(["example.com/wait"]) } else { Value::Null };
        json!({"verb": "merge", "manager": "operator", "patch": {"metadata": {"finalizers": finalizers}}})
    }

    fn deletion(&mut self) -> Value {
        let propagation = *self.chance.pick(&["Background", "Background", "Foreground", "Orphan"]);
        json!({"verb": "delete", "propagation": propagation})
    }

    /// Requests that come too late or to the wrong object.
    fn out_of_turn(&mut self, live: &Value) -> Value {
        let mut object = self.manifest();
        let uid = &live["metadata"]["uid"];
        match self.chance.below(4) {
            0 => json!({"verb": "create", "manager": "kubectl-create", "object": object}),
            1 => {
                object["metadata"]["resourceVersion"] = json!("1");
                json!({"verb": "replace", "manager": "kubectl-replace", "object": object})
            }
            2 => {
                object["metadata"]["uid"] = json!("00000000-0000-4000-8000-000000000000");
                json!({"verb": "apply", "manager": "evenkeel", "force": true, "object": object})
            }
            _ => {
                object["metadata"]["uid"] = uid.clone();
                object["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
                json!({"verb": "apply", "manager": "evenkeel", "force": false, "object": object})
            }
        }
    }

    /// Asks the real server. Scaling and deletion answer with something else, so the object is read again.
    async fn send(&self, request: &Value) -> Reply {
        let url = self.drawn.url(NAMESPACE, &self.name);
        let manager = request["manager"].as_str().unwrap_or_default();
        let dry_run = if request["dryRun"] == json!(true) { "&dryRun=All" } else { "" };
        let reply = match request["verb"].as_str().expect("a verb") {
            "apply" => {
                let to = format!("{url}?fieldManager={manager}&force={}{dry_run}", request["force"]);
                return self.server.patch(&to, APPLY, &request["object"]).await;
            }
            "create" => {
                let (collection, _) = url.rsplit_once('/').expect("a path");
                return self
                    .server
                    .post(&format!("{collection}?fieldManager={manager}"), &request["object"])
                    .await;
            }
            "replace" => return self.server.put(&url, manager, &request["object"]).await,
            "merge" => {
                let to = format!("{url}?fieldManager={manager}");
                return self.server.patch(&to, MERGE, &request["patch"]).await;
            }
            "scale" => {
                let patch = json!({"spec": {"replicas": request["replicas"]}});
                self.server.patch(&format!("{url}/scale?fieldManager={manager}"), MERGE, &patch).await
            }
            "delete" => {
                let policy = request["propagation"].as_str().expect("a policy");
                self.server.delete_with(&url, policy).await
            }
            verb => panic!("nobody knows how to {verb}"),
        };
        if !reply.is_ok() {
            return reply;
        }
        let after = self.server.get(&url).await;
        Reply { code: 200, body: if after.is_ok() { after.body } else { Value::Null } }
    }
}
