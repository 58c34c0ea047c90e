//! A preflight for programs.

use super::rights::name;
use super::verdict::{Lack, exit, lacks};
use crate::engine::id::{ConnectionId, ConnectionName};
use crate::engine::preflight::{
    Answerer, Brokers, Contact, Lock, Pin, Plugin, Preflight, Presence, Quotas, State, Storage, Systems,
    Trust,
};
use crate::engine::question::Why;
use crate::engine::rights::{KafkaRight, Need, Purpose, Right, Target};
use crate::report::{plain, words};
use crate::resources::kubernetes::quota::{Fits, Room};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Renders it as JSON.
#[must_use]
pub fn json(preflight: &Preflight) -> Json {
    let contacts = preflight.contacts.iter().map(contact);
    let contacts: Vec<Json> = contacts.chain(preflight.closed.iter().map(closed)).collect();
    let kinds = preflight.unknown_kinds.iter().map(|((connection, kind), why)| {
        json!({"connection": connection, "kind": kind, "why": why.as_ref().map(words::why)})
    });
    json!({
        "environment": preflight.environment,
        "revision": preflight.revision,
        "simulated": preflight.systems == Systems::Simulated,
        "ready": lacks(preflight).is_empty(),
        "lacks": lacks(preflight).into_iter().map(Lack::as_str).collect::<Vec<_>>(),
        "exit": exit(preflight).code(),
        "connections": contacts,
        "platform": preflight.platform.iter().map(platform).collect::<Vec<_>>(),
        "plugins": preflight.plugins.iter().map(plugin).collect::<Vec<_>>(),
        "storage": preflight.storage.iter().map(storage).collect::<Vec<_>>(),
        "rights": rights(preflight),
        "unknownKinds": kinds.collect::<Vec<_>>(),
        "state": state(&preflight.state),
        "namespaces": namespaces(preflight),
        "quotas": quotas(&preflight.quotas),
    })
}

/// What is not known is null, and beside it stands why.
fn known<T>(answer: &Result<T, Why>) -> (Option<&T>, Option<String>) {
    (answer.as_ref().ok(), answer.as_ref().err().map(words::why))
}

fn namespaces(preflight: &Preflight) -> Vec<Json> {
    let namespace = |((connection, namespace), found): (&(_, _), &Result<Presence, Why>)| {
        let there = found.as_ref().map(|found| *found == Presence::There).map_err(Clone::clone);
        let (there, why) = known(&there);
        json!({"connection": connection, "namespace": namespace, "there": there, "why": why})
    };
    preflight.namespaces.iter().map(namespace).collect()
}

fn quotas(quotas: &Quotas) -> Json {
    let Quotas { rooms, unread, held } = quotas;
    let unread = unread.iter().map(|((connection, namespace), why)| {
        json!({"connection": connection, "namespace": namespace, "why": words::why(why)})
    });
    let held = held.iter().map(|((connection, namespace), number)| {
        json!({"connection": connection, "namespace": namespace, "resources": number})
    });
    json!({
        "rooms": rooms.iter().map(room).collect::<Vec<_>>(),
        "unread": unread.collect::<Vec<_>>(),
        "held": held.collect::<Vec<_>>(),
    })
}

fn contact(contact: &Contact) -> Json {
    let Contact { connection, server, credentials, trust, user, identity, pin, version, ahead } = contact;
    let trust = match trust {
        Trust::Verified => "verified",
        Trust::Unverified => "unverified",
        Trust::Plain => "plain",
    };
    let pin = pinned(pin);
    let ((user, no_user), (identity, no_identity)) = (known(user), known(identity));
    let (version, no_version) = known(version);
    json!({
        "connection": connection, "server": server, "credentials": credentials, "tls": trust,
        "user": user, "identity": identity, "pin": pin, "version": version,
        "why": {"opened": null, "user": no_user, "identity": no_identity, "version": no_version},
        "clockAheadSeconds": ahead.map(|ahead| ahead.as_secs()),
    })
}

/// Who answers for brokers or workers.
fn platform((id, Answerer { identity, pin }): (&ConnectionId, &Answerer)) -> Json {
    let (identity, why) = known(identity);
    json!({"connection": id.to_string(), "identity": identity, "pin": pinned(pin), "why": why})
}

fn pinned(pin: &Pin) -> Option<&Arc<str>> {
    match pin {
        Pin::Is(pin) => Some(pin),
        Pin::Never | Pin::Unread => None,
    }
}

/// Of a connection that cannot be opened only the reason is known.
fn closed((connection, why): (&ConnectionName, &Why)) -> Json {
    let why = words::why(why);
    json!({
        "connection": connection, "server": null, "credentials": null, "tls": null,
        "user": null, "identity": null, "pin": null, "version": null,
        "why": {"opened": why, "user": why, "identity": why, "version": why},
        "clockAheadSeconds": null,
    })
}

fn rights(preflight: &Preflight) -> Vec<Json> {
    let right = |(right, need): (&Right, &Need)| {
        let Need { sort: _, granted_to, needed_by } = need;
        let (granted, why) = preflight.granted.get(right).map_or((None, None), known);
        json!({
            "connection": right.object.connection, "namespace": right.object.namespace, "resource": name(&right.object),
            "verb": right.verb.as_str(), "for": granted_to.map(purpose), "neededTo": needed_by.map(purpose),
            "granted": granted, "why": why,
        })
    };
    preflight.needs.0.iter().map(right).chain(on_brokers(preflight)).collect()
}

fn on_brokers(preflight: &Preflight) -> impl Iterator<Item = Json> {
    let Brokers { needs, granted, grantees: _ } = &preflight.brokers;
    needs.0.iter().map(|(right, need)| {
        let Need { sort: _, granted_to, needed_by } = need;
        let KafkaRight { cluster, target, operation } = right;
        let (granted, why) = granted.get(right).map_or((None, None), known);
        let resource = match target {
            Target::Cluster => "cluster".to_owned(),
            Target::Topic(name) => format!("topic/{name}"),
        };
        json!({
            "connection": format!("kafka:{cluster}"), "namespace": null, "resource": resource,
            "verb": operation.as_str(), "for": granted_to.map(purpose), "neededTo": needed_by.map(purpose),
            "granted": granted, "why": why,
        })
    })
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Plan => "plan",
        Purpose::Apply => "apply",
    }
}

fn plugin(((workers, class), plugin): (&(ConnectionName, Arc<str>), &Plugin)) -> Json {
    let Plugin { connectors, versions } = plugin;
    let (versions, why) = known(versions);
    json!({
        "connection": format!("connect:{workers}"), "class": class, "versions": versions, "why": why,
        "connectors": connectors,
    })
}

fn storage(((workers, topic), told): (&(ConnectionName, Arc<str>), &Result<Storage, Why>)) -> Json {
    let (storage, why) = known(told);
    let policy = match storage {
        Some(Storage::There { policy }) => Some(policy),
        Some(Storage::Missing) | None => None,
    };
    json!({
        "connection": format!("connect:{workers}"), "topic": topic, "there": storage.map(|it| *it != Storage::Missing),
        "cleanupPolicy": policy, "forgets": storage.map(Storage::forgets), "why": why,
    })
}

fn state(state: &State) -> Json {
    let State { place, namespace, standing } = state;
    let lock = |lock: &Lock| match lock {
        Lock::Free => "free",
        Lock::Held(_) => "held",
        Lock::LeftBehind(_) => "left behind",
    };
    json!({
        "place": place,
        "namespaceIsThere": namespace.as_ref().and_then(|(_, found)| found.as_ref().ok().map(|found| *found == Presence::There)),
        "readable": standing.is_ok(),
        "why": standing.as_ref().err().map(|words| plain::line(words)),
        "lock": standing.as_ref().ok().map(|standing| lock(&standing.lock)),
        "suspendedUntil": standing.as_ref().ok().and_then(|standing| standing.suspension.as_ref().map(|it| it.until)),
    })
}

fn room(room: &Room) -> Json {
    let Room { connection, namespace, quota, what, hard, used, fits } = room;
    let fits = match fits {
        Fits::Yes(_) => Some(true),
        Fits::No(_) => Some(false),
        Fits::NotCounted => None,
    };
    json!({
        "connection": connection, "namespace": namespace, "quota": quota, "what": what, "hard": hard, "used": used,
        "fits": fits,
    })
}
