//! Simulated brokers as a back end: questions about topics, ACLs and users, and the requests of steps.

use super::Sandbox;
use super::sending::Send;
use super::settled::{refused, rejected, texts, whole, why_refused};
use crate::kafka::{Binding, Brokers, Change, Credential, NewTopic, Refusal, Source};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Body, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Outcome, Receipt, WriteMode};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::resources::kafka::{ACL, TOPIC, USER};
use evenkeel_core::resources::settings::DEFAULTS;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How long to let pass before brokers are looked at again.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

impl Sandbox {
    /// Looks a topic, ACL or user up.
    pub(super) fn kafka_object(&mut self, id: &ResourceId) -> Answer {
        match look(self.world.brokers(&id.connection), id) {
            Ok(Some(seen)) => Answer::Seen(seen),
            Ok(None) => Answer::NotFound,
            Err(refusal) => Answer::Unreadable(why(id, &refusal)),
        }
    }

    /// Writes a topic, ACL or user: only what differs is sent.
    pub(super) fn kafka_write(&mut self, send: &Send<'_>, mode: WriteMode, config: &Value) -> Outcome {
        let id = send.address;
        let live = match look(self.world.brokers(&id.connection), id) {
            Ok(live) => live,
            Err(refusal) => return Outcome::Refused(why(id, &refusal)),
        };
        if let Some(stale) = refused(send, mode, live.as_ref()) {
            return stale;
        }
        let brokers = self.world.brokers(&id.connection);
        let answered = match (id.kind.as_str(), &live) {
            (TOPIC, None) => brokers.create_topic(&id.name, &new_topic(config)).map(|()| Sent::AtOnce),
            (TOPIC, Some(live)) => change_topic(brokers, &id.name, config, whole(live)),
            (ACL, live) => change_acl(brokers, &id.name, config, live.as_ref()).map(|()| Sent::AtOnce),
            (_, _) => brokers
                .alter_user(&id.name, &credentials(send.revealed.unwrap_or(config)))
                .map(|()| Sent::AtOnce),
        };
        match answered {
            Ok(Sent::AtOnce) => self.kafka_shown(id),
            Ok(Sent::InPart(refusal)) => Outcome::Unknown(why(id, &refusal)),
            Err(Refusal::TopicExists(_)) => Outcome::Stale(None),
            Err(refusal) => Outcome::Refused(why(id, &refusal)),
        }
    }

    /// Deletes a topic, ACL or user, if it is this incarnation.
    pub(super) fn kafka_delete(&mut self, id: &ResourceId, uid: &Uid) -> Outcome {
        let brokers = self.world.brokers(&id.connection);
        let live = match look(brokers, id) {
            Ok(Some(live)) => live,
            Ok(None) => return Outcome::Done(Receipt::default()),
            Err(refusal) => return Outcome::Refused(why(id, &refusal)),
        };
        if live.uid != *uid {
            return Outcome::Stale(Some(live));
        }
        let sent = match id.kind.as_str() {
            TOPIC => brokers.delete_topic(&id.name),
            ACL => brokers.delete_acls(&bindings(&id.name, operations(whole(&live)))),
            _ => {
                let ways = whole(&live).get("scram").and_then(Value::as_map).into_iter().flatten();
                let gone = ways.map(|(way, _)| Credential { mechanism: way.clone(), iterations: None });
                brokers.alter_user(&id.name, &gone.collect::<Vec<_>>())
            }
        };
        if let Err(refusal) = sent {
            return Outcome::Refused(why(id, &refusal));
        }
        self.until_brokers_show(id);
        Outcome::Done(Receipt::default())
    }

    fn kafka_shown(&mut self, id: &ResourceId) -> Outcome {
        self.until_brokers_show(id);
        match look(self.world.brokers(&id.connection), id) {
            Ok(seen) => {
                let uid = seen.as_ref().map(|seen| seen.uid.clone());
                Outcome::Done(Receipt { uid, seen, ..Receipt::default() })
            }
            Err(refusal) => Outcome::Unknown(why(id, &refusal)),
        }
    }

    /// A look right after a write may show what was before it.
    fn until_brokers_show(&mut self, id: &ResourceId) {
        while self.world.brokers(&id.connection).is_behind() {
            self.world.advance(BETWEEN_LOOKS);
        }
    }
}

/// How far a step with several requests got.
enum Sent {
    /// All of it was done.
    AtOnce,
    /// A later request was refused after an earlier one was carried out.
    InPart(Refusal),
}

fn look(brokers: &Brokers, id: &ResourceId) -> Result<Option<Seen>, Refusal> {
    let body = match id.kind.as_str() {
        TOPIC => return look_at_topic(brokers, id),
        ACL => {
            let operations = brokers.describe_acls(&id.name)?;
            let operations: Vec<Value> = operations.into_iter().map(Value::from).collect();
            (!operations.is_empty()).then(|| map([("operations", Value::List(operations))]))
        }
        USER => match brokers.describe_user(&id.name) {
            Ok(ways) => Some(map([("scram", scram(ways))])),
            Err(Refusal::UnknownUser(_)) => None,
            Err(refusal) => return Err(refusal),
        },
        _ => return Err(Refusal::Unsupported("that kind")),
    };
    // Nothing tells one incarnation of these from the next.
    Ok(body.map(|body| seen(id, Uid::new(Arc::clone(&id.name)), body)))
}

fn look_at_topic(brokers: &Brokers, id: &ResourceId) -> Result<Option<Seen>, Refusal> {
    // Brokers without this request could not say afterwards what became of a write, so a missing topic is not made.
    let settings = brokers.describe_configs(&id.name);
    if let Err(refusal @ Refusal::Unsupported(_)) = settings {
        return Err(refusal);
    }
    let topic = match brokers.describe_topic(&id.name) {
        Ok(topic) => topic,
        Err(Refusal::UnknownTopic) => return Ok(None),
        Err(refusal) => return Err(refusal),
    };
    let (mut set, mut defaults) = (Map::new(), Map::new());
    for (key, setting) in settings? {
        let place = match setting.source {
            Source::DynamicTopic => &mut set,
            Source::DynamicDefaultBroker | Source::Default => &mut defaults,
        };
        place.insert(key, Value::from(setting.value));
    }
    let body = map([
        ("partitions", Value::from(topic.partitions)),
        ("replicationFactor", Value::from(topic.replication_factor)),
        ("config", Value::Map(set)),
        (DEFAULTS, map([("config", Value::Map(defaults))])),
        ("status", map([("leaderless", Value::from(0))])),
    ]);
    Ok(Some(seen(id, Uid::new(topic.id), body)))
}

fn seen(id: &ResourceId, uid: Uid, body: Value) -> Seen {
    Seen { id: id.clone(), uid, version: Arc::from(""), body: Body::Whole(Arc::new(body)) }
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
}

fn scram(ways: BTreeMap<String, i64>) -> Value {
    let way = |(mechanism, iterations)| (mechanism, map([("iterations", Value::from(iterations))]));
    Value::Map(ways.into_iter().map(way).collect())
}

fn new_topic(config: &Value) -> NewTopic {
    let number = |key: &str| config.get(key).and_then(Value::as_integer);
    let settings =
        texts(config, "config").filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())));
    NewTopic {
        partitions: number("partitions"),
        replication_factor: number("replicationFactor"),
        settings: settings.collect(),
    }
}

/// Settings come first: brokers check them, and partitions never go again.
fn change_topic(brokers: &mut Brokers, name: &str, config: &Value, live: &Value) -> Result<Sent, Refusal> {
    let is = |place: &[&str]| live.at(place).and_then(Value::as_text);
    let changes = texts(config, "config").filter_map(|(key, wanted)| {
        let set = is(&["config", key]);
        let change = match wanted {
            Some(wanted) if set == Some(wanted) => return None,
            Some(wanted) if set.is_none() && is(&[DEFAULTS, "config", key]) == Some(wanted) => return None,
            Some(wanted) => Change::Set(wanted.to_owned()),
            None if set.is_none() => return None,
            None => Change::Delete,
        };
        Some((key.to_owned(), change))
    });
    let changes: BTreeMap<String, Change> = changes.collect();
    if !changes.is_empty() {
        brokers.incremental_alter_configs(name, &changes)?;
    }
    let partitions = |of: &Value| of.get("partitions").and_then(Value::as_integer);
    match partitions(config).filter(|wanted| partitions(live) != Some(*wanted)) {
        None => Ok(Sent::AtOnce),
        Some(total) => match brokers.create_partitions(name, total) {
            Ok(()) => Ok(Sent::AtOnce),
            Err(refusal) if changes.is_empty() => Err(refusal),
            Err(refusal) => Ok(Sent::InPart(refusal)),
        },
    }
}

fn change_acl(
    brokers: &mut Brokers,
    subject: &str,
    config: &Value,
    live: Option<&Seen>,
) -> Result<(), Refusal> {
    let wanted = bindings(subject, operations(config));
    let live = live.map(|live| bindings(subject, operations(whole(live)))).unwrap_or_default();
    brokers.create_acls(wanted.difference(&live).cloned())?;
    brokers.delete_acls(&live.difference(&wanted).cloned().collect())
}

fn operations(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.get("operations").and_then(Value::as_list);
    list.into_iter().flatten().filter_map(Value::as_text)
}

fn bindings<'a>(subject: &str, operations: impl Iterator<Item = &'a str>) -> BTreeSet<Binding> {
    let binding = |operation: &str| Binding { subject: subject.to_owned(), operation: operation.to_owned() };
    operations.map(binding).collect()
}

fn credentials(config: &Value) -> Vec<Credential> {
    let ways = config.get("scram").and_then(Value::as_map).into_iter().flatten();
    let credential = |(mechanism, way): (&String, &Value)| {
        let iterations = way.get("iterations").and_then(Value::as_integer);
        Credential { mechanism: mechanism.clone(), iterations }
    };
    ways.map(credential).collect()
}

pub(super) fn why(id: &ResourceId, refusal: &Refusal) -> Why {
    match refusal {
        Refusal::TopicAuthorization | Refusal::ClusterAuthorization => {
            why_refused(id, Trouble::Forbidden, refusal)
        }
        Refusal::Unsupported(_) => why_refused(id, Trouble::Unsupported, refusal),
        Refusal::TopicExists(_)
        | Refusal::UnknownTopic
        | Refusal::InvalidTopic(_)
        | Refusal::InvalidPartitions(_)
        | Refusal::InvalidReplicationFactor { .. }
        | Refusal::InvalidConfiguration(_)
        | Refusal::UnknownUser(_)
        | Refusal::TooFewIterations
        | Refusal::PolicyViolation(_) => rejected(id, refusal),
    }
}
