//! A preflight for programs.

use super::text::name;
use super::verdict::{exit, lacks};
use crate::engine::preflight::{Contact, Lock, Preflight, State, Trust};
use crate::engine::rights::Purpose;
use crate::report::words;
use crate::resources::kubernetes::quota::{Fits, Room};
use serde_json::{Value as Json, json};

/// Renders it as JSON.
#[must_use]
pub fn json(preflight: &Preflight) -> Json {
    let contacts: Vec<Json> = preflight.contacts.iter().map(contact).collect();
    let kinds = preflight.unknown_kinds.iter().map(|((connection, kind), why)| {
        json!({"connection": connection, "kind": kind, "why": why.as_ref().map(words::why)})
    });
    json!({
        "environment": preflight.environment,
        "revision": preflight.revision,
        "ready": lacks(preflight).is_empty(),
        "exit": exit(preflight).code(),
        "connections": contacts,
        "rights": rights(preflight),
        "unknownKinds": kinds.collect::<Vec<_>>(),
        "state": state(&preflight.state),
        "quotas": preflight.quotas.rooms.iter().map(room).collect::<Vec<_>>(),
    })
}

fn contact(contact: &Contact) -> Json {
    let Contact { connection, server, credentials, trust, user, identity, pin, version, ahead } = contact;
    let trust = match trust {
        Trust::Verified => "verified",
        Trust::Unverified => "unverified",
        Trust::Plain => "plain",
    };
    json!({
        "connection": connection, "server": server, "credentials": credentials, "tls": trust,
        "user": user.as_ref().ok(), "identity": identity.as_ref().ok(), "pin": pin,
        "version": version.as_ref().ok(), "clockAheadSeconds": ahead.map(|ahead| ahead.as_secs()),
    })
}

fn rights(preflight: &Preflight) -> Vec<Json> {
    let right = |(right, (_, purpose)): (&crate::engine::rights::Right, &(_, Purpose))| {
        let granted = preflight.granted.get(right).and_then(|granted| granted.as_ref().ok());
        let purpose = match purpose {
            Purpose::Plan => "plan",
            Purpose::Apply => "apply",
        };
        json!({
            "connection": right.object.connection, "namespace": right.object.namespace, "resource": name(&right.object),
            "verb": right.verb.as_str(), "for": purpose, "granted": granted,
        })
    };
    preflight.needs.0.iter().map(right).collect()
}

fn state(state: &State) -> Json {
    let State { place, standing } = state;
    let lock = |lock: &Lock| match lock {
        Lock::Free => "free",
        Lock::Held(_) => "held",
        Lock::LeftBehind(_) => "left behind",
    };
    json!({
        "place": place,
        "readable": standing.is_ok(),
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
