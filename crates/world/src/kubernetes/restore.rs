//! A cluster made from what a snapshot saw of a real one, so that a plan can be rehearsed.

use super::custom;
use super::kinds::{Habit, HasScale, KindInfo, built_in};
use super::managers::Managers;
use super::object::{ObjectKey, metadata_mut, set_meta};
use super::request::{DryRun, Whole};
use super::server::ApiServer;
use evenkeel_core::engine::id::System;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::question::{Answer, Body, Fact, FactId, Question, Seen, ServedKind};
use evenkeel_core::engine::value::{Map, Value};
use std::sync::Arc;

impl ApiServer {
    /// Takes over every object, kind and identity that was seen.
    pub(crate) fn restore(&mut self, live: &Live) {
        let served = live.iter().filter_map(|(_, answered)| match &answered.answer {
            Answer::Fact(Fact::ServedKinds(served)) => Some(&served.kinds),
            _ => None,
        });
        for kind in served.flatten() {
            self.restore_kind(kind, live);
        }
        for (_, answered) in live.iter().filter(|(question, _)| is_about_kubernetes(question)) {
            match &answered.answer {
                Answer::Seen(seen) => self.restore_object(seen),
                Answer::Inventory { rows, complete: _ } => {
                    for seen in rows {
                        self.restore_object(seen);
                    }
                }
                Answer::Fact(Fact::Identity(uid)) => self.restore_identity(uid),
                Answer::Fact(_) | Answer::NotFound | Answer::Unreadable(_) | Answer::Rejected(_) => {}
            }
        }
    }

    /// Serves a kind that is not built in, by its schema where that was read.
    fn restore_kind(&mut self, served: &ServedKind, live: &Live) {
        let kind = served.kind();
        if built_in().iter().any(|known| known.kind() == kind) {
            return;
        }
        let schema = live.iter().find_map(|(question, answered)| match (question, &answered.answer) {
            (
                Question::Fact(FactId::CustomResourceSchema(_, of, version)),
                Answer::Fact(Fact::Schema(schema)),
            ) if *of == kind && *version == served.api_version => Some(schema),
            _ => None,
        });
        let schema = schema.map_or(Value::Null, |schema| Value::clone(schema));
        let shape = custom::root(&schema);
        let info =
            KindInfo { served: served.clone(), shape, habit: Habit::Custom, schema, scale: HasScale::No };
        self.customs.entry(kind).or_default().push(info);
    }

    fn restore_object(&mut self, seen: &Seen) {
        let Body::Whole(body) = &seen.body else { return };
        let mut body = Value::clone(body);
        let listed = metadata_mut(&mut body).and_then(|metadata| metadata.remove("managedFields"));
        let managers = listed.as_ref().and_then(Managers::from_value).unwrap_or_default();
        let key = ObjectKey::from(&seen.id);
        if let Some(namespace) = &key.namespace {
            self.ensure_namespace(namespace);
        }
        // Versions go on from the highest that was seen, so that none is given twice.
        self.revision = self.revision.max(seen.version.parse().unwrap_or(0));
        self.store(&key, body, managers);
        if let Some(stored) = self.objects.get_mut(&key) {
            set_meta(&mut stored.body, "resourceVersion", Value::from(&*seen.version));
        }
    }

    fn ensure_namespace(&mut self, name: &str) {
        if self.objects.contains_key(&ObjectKey::new("Namespace", None, name)) {
            return;
        }
        let mut object = Value::Map(Map::from([
            ("apiVersion".to_owned(), Value::from("v1")),
            ("kind".to_owned(), Value::from("Namespace")),
        ]));
        set_meta(&mut object, "name", Value::from(name));
        let request = Whole { object, manager: Arc::from("snapshot"), dry_run: DryRun::Off };
        // A name that no namespace may have is no reason to fail: its objects are stored all the same.
        let _refused = self.create(request);
    }

    fn restore_identity(&mut self, uid: &str) {
        let home = ObjectKey::new("Namespace", None, "kube-system");
        if let Some(stored) = self.objects.get_mut(&home) {
            set_meta(&mut stored.body, "uid", Value::from(uid));
        }
    }
}

fn is_about_kubernetes(question: &Question) -> bool {
    let system = match question {
        Question::Inventory(scope) | Question::Everything(scope) => scope.system,
        Question::Object(id) | Question::Project(id, _) => id.system,
        Question::Fact(FactId::Identity(connection)) => connection.system,
        Question::Fact(FactId::Neo4jTopology(_) | FactId::Neo4jMoves(..)) => System::Neo4j,
        Question::Fact(
            FactId::ServedKinds(_) | FactId::CustomResourceSchema(..) | FactId::SecretDigest(_),
        ) => System::Kubernetes,
    };
    system == System::Kubernetes
}
