//! Questions: what a client with a read-only credential would learn.

use super::connect::checked;
use super::{Sandbox, why};
use crate::faults::{Request, Verb};
use crate::kubernetes::{ApiError, Apply, DryRun, Force, ObjectKey, Selector};
use evenkeel_core::engine::fingerprint::Digest;
use evenkeel_core::engine::id::{ConnectionId, ResourceId, System};
use evenkeel_core::engine::question::{
    Answer, Body, Fact, FactId, Question, Rejection, Scope, Seen, Trouble, Why,
};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::resources::kubernetes::{Expected, Lens, observe_value};
use std::sync::Arc;

/// The label that marks what is ours; its value is the environment.
const MARKER: &str = "evenkeel.dev/environment";

impl Sandbox {
    /// Answers a question about the platform; what secrets digest to is for the shell to say.
    pub fn answer(&mut self, question: &Question) -> Answer {
        match question {
            Question::Everything(scope) if matches!(scope.system, System::Kafka | System::Connect) => {
                self.everything(scope)
            }
            Question::Inventory(scope) | Question::Everything(scope)
                if scope.system != System::Kubernetes =>
            {
                let message = format!("{scope}: nothing there says whose it is, so it is asked for by name");
                Answer::Unreadable(Why { trouble: Trouble::Garbled, message })
            }
            Question::Inventory(scope) => {
                self.inventory(scope, |object| object.at(&["metadata", "labels", MARKER]).is_some())
            }
            Question::Everything(scope) => self.inventory(scope, |_| true),
            Question::Object(id) => self.object(id),
            Question::Project(id, _) => self.project(id),
            Question::Fact(fact) => self.fact(fact),
        }
    }

    fn inventory(&mut self, scope: &Scope, is_meant: impl Fn(&Value) -> bool) -> Answer {
        let request = Request {
            verb: Verb::List,
            kind: Some(&scope.kind),
            namespace: scope.namespace.as_deref(),
            name: None,
        };
        match self.read(request, &format!("list {scope}")) {
            Ok(()) => {}
            Err(why) => return Answer::Inventory { rows: Vec::new(), complete: Err(why) },
        }
        let listed = self.server().list(&scope.kind, scope.namespace.as_deref(), &Selector::default());
        match listed {
            Ok(objects) => {
                let meant = objects.into_iter().filter(|object| is_meant(object));
                let rows = meant.filter_map(|object| {
                    let id = ResourceId {
                        system: scope.system,
                        connection: scope.connection.clone(),
                        kind: scope.kind.clone(),
                        namespace: ObjectKey::of(&object)?.namespace,
                        name: ObjectKey::of(&object)?.name,
                    };
                    Some(self.seen(id, object))
                });
                Answer::Inventory { rows: rows.collect(), complete: Ok(()) }
            }
            // A kind that is not served has no objects, and the server said so itself.
            Err(ApiError { code: 404, .. }) => Answer::Inventory { rows: Vec::new(), complete: Ok(()) },
            Err(error) => {
                let complete = Err(Why { trouble: Trouble::Garbled, message: error.message });
                Answer::Inventory { rows: Vec::new(), complete }
            }
        }
    }

    pub(super) fn object(&mut self, id: &ResourceId) -> Answer {
        if let Err(why) = self.read(request(id, Verb::Get), &format!("get {id}")) {
            return Answer::Unreadable(why);
        }
        match id.system {
            System::Kafka => return self.kafka_object(id),
            System::Connect => return self.connector(id),
            System::Neo4j => return self.neo4j_object(id),
            System::Kubernetes => {}
        }
        match self.server().get(&ObjectKey::from(id)) {
            Ok(object) => Answer::Seen(self.seen(id.clone(), object)),
            Err(_not_found) => Answer::NotFound,
        }
    }

    /// Dry-runs a forced apply: what the server would make of it, whoever owns what.
    fn project(&mut self, id: &ResourceId) -> Answer {
        let what = format!("dry-run {id}");
        if let Err(why) = self.read(request(id, Verb::DryRun), &what) {
            return match why.trouble {
                Trouble::Forbidden => Answer::Rejected(Rejection::Forbidden(why.message)),
                _ => Answer::Unreadable(why),
            };
        }
        let intended = self.intended.get(id);
        let expected = self.expected.get(id).map(|(form, _)| form.normal.value().as_ref());
        let Some(object) = intended.or(expected).map(without_references) else {
            let message = format!("{what}: nothing is known of the wanted object");
            return Answer::Unreadable(Why { trouble: Trouble::Garbled, message });
        };
        if id.system == System::Connect {
            return checked(self.world.workers(&id.connection), &object);
        }
        let apply = Apply {
            object,
            manager: Arc::from(super::sending::MANAGER),
            force: Force::Yes,
            dry_run: DryRun::On,
        };
        match self.server().apply(apply) {
            Ok(written) => Answer::Seen(self.seen(id.clone(), written.object)),
            Err(ApiError { code: 404, message, .. }) if message.contains("requested resource") => {
                Answer::Rejected(Rejection::NotServed)
            }
            Err(ApiError { message, causes, .. }) => {
                let immutable = causes.iter().filter(|cause| cause.message.contains("immutable"));
                let immutable = immutable.map(|cause| cause.field.clone()).collect();
                Answer::Rejected(Rejection::Invalid { message, immutable })
            }
        }
    }

    fn fact(&mut self, fact: &FactId) -> Answer {
        let anything = Request { verb: Verb::Get, kind: None, namespace: None, name: None };
        if let Err(why) = self.read(anything, "read the cluster") {
            return Answer::Unreadable(why);
        }
        match fact {
            FactId::Identity(connection) => self.identity(connection),
            FactId::ServedKinds(_) => {
                let kinds: Vec<_> = self.server().kinds().map(|kind| kind.served.clone()).collect();
                Answer::Fact(Fact::ServedKinds(kinds.into()))
            }
            FactId::CustomResourceSchema(_, kind, version) => {
                match self.server().custom_schema(kind, version) {
                    Some(schema) => Answer::Fact(Fact::Schema(Arc::new(schema))),
                    None => Answer::NotFound,
                }
            }
            FactId::Neo4jTopology(cluster) => self.neo4j_topology(cluster),
            FactId::Neo4jMoves(cluster, servers) => self.neo4j_moves(cluster, servers),
            FactId::SecretDigest(source) => {
                let message = format!("{source}: read by the shell, not by the sandbox");
                Answer::Unreadable(Why { trouble: Trouble::NoSource, message })
            }
        }
    }

    fn identity(&mut self, ConnectionId { system, name }: &ConnectionId) -> Answer {
        let identity = match system {
            System::Kafka => self.world.brokers(name).id().to_owned(),
            System::Connect => self.world.workers(name).kafka_cluster().to_owned(),
            System::Neo4j => return self.neo4j_identity(name),
            System::Kubernetes => {
                let home = self.server().get(&ObjectKey::new("Namespace", None, "kube-system"));
                let Ok(home) = home else { return Answer::NotFound };
                text(&home, "uid").to_owned()
            }
        };
        Answer::Fact(Fact::Identity(Arc::from(identity)))
    }

    /// A read either reaches the server or does not: an answer that was lost taught nothing.
    pub(super) fn read(&mut self, request: Request<'_>, what: &str) -> Result<(), Why> {
        match self.strike(request, what) {
            Ok(None) => Ok(()),
            Ok(Some(fault)) => Err(why(fault, what)),
            Err((_, why)) => Err(why),
        }
    }

    pub(super) fn seen(&self, id: ResourceId, object: Value) -> Seen {
        let expected = self.expected.get(&id);
        let expected = expected.and_then(|(form, row)| {
            let (wanted, shape) = form.normal.kubernetes()?;
            Some(Expected { wanted, row: row.as_ref(), shape })
        });
        let digested = digests(&object);
        let lens = Lens { connection: &id.connection, key: &self.key, expected };
        let seen = observe_value(object, &lens).expect("what is stored is an object");
        Seen { body: with_digests(seen.body, &digested), id, ..seen }
    }
}

/// Returns the secrets of which the world itself knows the digest only: it was made from a snapshot.
fn digests(object: &Value) -> Map {
    let data = object.get("data").and_then(Value::as_map).into_iter().flatten();
    data.filter(|(_, value)| matches!(value, Value::Opaque(_)))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A digest is not digested again.
fn with_digests(body: Body, digests: &Map) -> Body {
    let Body::Whole(whole) = &body else { return body };
    if digests.is_empty() {
        return body;
    }
    let mut whole = Value::clone(whole);
    if let Some(data) = whole.as_map_mut().and_then(|map| map.get_mut("data")).and_then(Value::as_map_mut) {
        data.extend(digests.clone());
    }
    Body::Whole(Arc::new(whole))
}

/// Returns an object with the digests of its secrets where they are only referred to.
///
/// A rehearsal knows no more of them, and neither does a dry run with a read-only credential.
pub(super) fn without_references(object: &Value) -> Value {
    match object {
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.clone(), without_references(value))).collect())
        }
        Value::List(items) => Value::List(items.iter().map(without_references).collect()),
        Value::Secret(secret) => {
            let unread = || Digest::of([secret.source.to_string().as_bytes()]);
            Value::Opaque(secret.digest.clone().unwrap_or_else(unread))
        }
        other => other.clone(),
    }
}

pub(super) fn request(id: &ResourceId, verb: Verb) -> Request<'_> {
    Request { verb, kind: Some(&id.kind), namespace: id.namespace.as_deref(), name: Some(&id.name) }
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.at(&["metadata", field]).and_then(Value::as_text).unwrap_or_default()
}
