//! Users who log in by SCRAM: brokers show mechanisms and iterations, and never a password.

use super::read::Found;
use crate::secret::Wire;
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Body, Seen};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_kafka_admin::{Client, Code, Error, Password, ScramChange, ScramMechanism};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

const MECHANISMS: [ScramMechanism; 2] = [ScramMechanism::Sha256, ScramMechanism::Sha512];

/// Looks users up, all by one request.
pub(super) fn look_up(client: &Client, ids: &[ResourceId]) -> Result<Found, Error> {
    let names: Vec<&str> = ids.iter().map(|id| &*id.name).collect();
    let mut described = client.describe_scram_users(&names)?;
    let one = |id: &ResourceId| {
        let found = match described.remove(&*id.name)? {
            Ok(mechanisms) if mechanisms.is_empty() => Ok(None),
            Ok(mechanisms) => Ok(Some(seen(id, &mechanisms))),
            Err(error) if error.code() == Some(Code::RESOURCE_NOT_FOUND) => Ok(None),
            Err(error) => Err(error),
        };
        Some((id.clone(), found))
    };
    Ok(ids.iter().filter_map(one).collect())
}

fn seen(id: &ResourceId, mechanisms: &BTreeMap<ScramMechanism, i32>) -> Seen {
    let one = |(mechanism, iterations): (&ScramMechanism, &i32)| {
        let iterations = Map::from([("iterations".to_owned(), Value::from(i64::from(*iterations)))]);
        (mechanism.name().to_owned(), Value::Map(iterations))
    };
    let scram = Value::Map(mechanisms.iter().map(one).collect());
    let body = Value::Map(Map::from([("scram".to_owned(), scram)]));
    let uid = Uid::new(Arc::clone(&id.name));
    Seen { id: id.clone(), uid, version: Arc::from(""), body: Body::Whole(Arc::new(body)) }
}

/// Returns what brings a user to what is wanted. A password cannot be compared, so it is always sent.
pub(super) fn changes(user: &str, wanted: &Wire) -> Vec<ScramChange> {
    let one = |mechanism: ScramMechanism| {
        let credential = wanted.expose().get("scram")?.get(mechanism.name())?;
        let user = user.to_owned();
        let password = credential.get("password").and_then(Json::as_str);
        let iterations = credential.get("iterations").and_then(Json::as_i64);
        Some(match (password, iterations.and_then(|number| i32::try_from(number).ok())) {
            (Some(password), Some(iterations)) => {
                let password = Password::new(password.to_owned());
                ScramChange::Upsert { user, mechanism, iterations, password, salt: None }
            }
            (None, _) | (_, None) => ScramChange::Delete { user, mechanism },
        })
    };
    MECHANISMS.into_iter().filter_map(one).collect()
}

/// Returns what takes every way to log in from a user.
pub(super) fn deletions(user: &str, live: &Value) -> Vec<ScramChange> {
    let has = |mechanism: &ScramMechanism| live.at(&["scram", mechanism.name()]).is_some();
    let delete = |mechanism| ScramChange::Delete { user: user.to_owned(), mechanism };
    MECHANISMS.into_iter().filter(has).map(delete).collect()
}

/// Sends changes of one user.
pub(super) fn send(client: &Client, user: &str, changes: &[ScramChange]) -> Result<(), Error> {
    client.alter_scram_users(changes)?.remove(user).unwrap_or_else(|| {
        Err(Error::NoAnswer { cause: "the brokers left the user out of their answer".to_owned() })
    })
}
