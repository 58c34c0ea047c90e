//! Puts secrets into what is sent, at the last moment: the only form in which they stand beside other values.

use super::Secret;
use super::sources::Sources;
use crate::random;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::value::{SecretRef, SecretSource, Value};
use k8s_openapi::ByteString;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroize;

/// A body with its secrets filled in. It cannot be printed, and its texts are wiped when it is dropped.
pub struct Wire(Json);

impl Wire {
    /// Returns the body, for the request.
    #[must_use]
    pub fn expose(&self) -> &Json {
        &self.0
    }

    /// Returns the body, for adding preconditions.
    pub fn expose_mut(&mut self) -> &mut Json {
        &mut self.0
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Wire(…)")
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(json: &mut Json) {
    match json {
        Json::String(text) => text.zeroize(),
        Json::Array(items) => items.iter_mut().for_each(wipe),
        Json::Object(entries) => entries.values_mut().for_each(wipe),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

impl Sources {
    /// Fills the secrets of `config` in. What is to be generated is taken from the live Secret at `address` where that
    /// has it: it is made once, and never again.
    pub async fn fill_in(&self, address: &ResourceId, config: &Value) -> Result<Wire, Why> {
        let mut secrets = Secrets { of: BTreeMap::new(), base64: is_kubernetes_secret(config) };
        secrets.read(self, address, config).await?;
        let mut path = Vec::new();
        Ok(Wire(secrets.put_into(config, &mut path)?))
    }

    /// As [`Self::fill_in`], if every source still holds what its digest in the plan says.
    pub async fn fill_in_as_planned(
        &self,
        address: &ResourceId,
        config: &Value,
        key: &DigestKey,
    ) -> Result<Wire, Unsent> {
        let mut secrets = Secrets { of: BTreeMap::new(), base64: is_kubernetes_secret(config) };
        secrets.read(self, address, config).await.map_err(Unsent::Unread)?;
        let mut places = Vec::new();
        collect(config, &mut Vec::new(), &mut places);
        let is_as_planned = |(place, secret): &(Vec<String>, &SecretRef)| {
            let now = || secrets.of.get(place).map(|text| key.digest(text.expose()));
            secret.digest.is_none() || secret.digest == now()
        };
        if !places.iter().all(is_as_planned) {
            return Err(Unsent::Rotated);
        }
        secrets.put_into(config, &mut Vec::new()).map(Wire).map_err(Unsent::Unread)
    }
}

/// Why a body is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// A secret cannot be read.
    Unread(Why),
    /// A source holds something else than when the plan was made: what was agreed to is not there any more.
    Rotated,
}

/// The secrets of one body, by where they stand in it.
struct Secrets {
    of: BTreeMap<Vec<String>, Secret>,
    base64: bool,
}

fn is_kubernetes_secret(config: &Value) -> bool {
    let text = |key| config.get(key).and_then(Value::as_text);
    text("kind") == Some("Secret") && text("apiVersion") == Some("v1")
}

impl Secrets {
    async fn read(&mut self, sources: &Sources, address: &ResourceId, config: &Value) -> Result<(), Why> {
        let mut places = Vec::new();
        collect(config, &mut Vec::new(), &mut places);
        let generates =
            places.iter().any(|(_, secret)| matches!(secret.source, SecretSource::Generate { length: _ }));
        let live = if generates { read_live(sources, address).await? } else { BTreeMap::new() };
        for (place, secret) in places {
            let secret = match &secret.source {
                SecretSource::Generate { length } => match place.last().and_then(|key| live.get(key)) {
                    Some(made_before) => made_before.clone(),
                    None => random::password(*length).map_err(|error| garbled(error.to_string()))?,
                },
                source => sources.read(source).await?,
            };
            self.of.insert(place, secret);
        }
        Ok(())
    }

    fn put_into(&self, value: &Value, path: &mut Vec<String>) -> Result<Json, Why> {
        Ok(match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => {
                serde_json::to_value(number).map_err(|error| garbled(error.to_string()))?
            }
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => {
                let items = items.iter().enumerate().map(|(at, item)| self.below(at.to_string(), item, path));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Map(map) => {
                let entries =
                    map.iter().map(|(key, item)| Ok((key.clone(), self.below(key.clone(), item, path)?)));
                Json::Object(entries.collect::<Result<_, Why>>()?)
            }
            Value::Secret(_) => self.spell(path)?,
            Value::Output(output) => {
                return Err(garbled(format!("{} of {} is not known yet", output.name, output.of)));
            }
            Value::Opaque(_) => {
                return Err(garbled(format!("only the digest of {} is known", path.join("."))));
            }
        })
    }

    fn below(&self, key: String, item: &Value, path: &mut Vec<String>) -> Result<Json, Why> {
        path.push(key);
        let json = self.put_into(item, path);
        path.pop();
        json
    }

    /// Kubernetes keeps every byte of `data`, in base64; everywhere else a secret is a password.
    fn spell(&self, path: &[String]) -> Result<Json, Why> {
        let secret = self.of.get(path).ok_or_else(|| garbled(format!("{} was not read", path.join("."))))?;
        if self.base64 && path.first().is_some_and(|key| key == "data") {
            let bytes = ByteString(secret.expose().to_vec());
            return serde_json::to_value(bytes).map_err(|error| garbled(error.to_string()));
        }
        let text = secret.expose_line().ok_or_else(|| garbled(format!("{} is not UTF-8", path.join("."))))?;
        Ok(Json::String(text.to_owned()))
    }
}

fn collect<'v>(value: &'v Value, path: &mut Vec<String>, places: &mut Vec<(Vec<String>, &'v SecretRef)>) {
    let mut below = |key: String, item: &'v Value| {
        path.push(key);
        collect(item, path, places);
        path.pop();
    };
    match value {
        Value::List(items) => items.iter().enumerate().for_each(|(at, item)| below(at.to_string(), item)),
        Value::Map(map) => map.iter().for_each(|(key, item)| below(key.clone(), item)),
        Value::Secret(secret) => places.push((path.clone(), secret)),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Output(_)
        | Value::Opaque(_) => {}
    }
}

async fn read_live(sources: &Sources, address: &ResourceId) -> Result<BTreeMap<String, Secret>, Why> {
    let namespace = address.namespace.as_deref().unwrap_or_default();
    Ok(sources.read_keys(&address.connection, namespace, &address.name).await?.unwrap_or_default())
}

fn garbled(message: String) -> Why {
    Why { trouble: Trouble::Garbled, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Variables;
    use evenkeel_core::engine::value::Map;
    use std::sync::Arc;
    use std::time::Duration;

    fn sources() -> Sources {
        let variables = Variables::of([("PASSWORD".into(), "canary".into()), ("EMPTY".into(), "".into())]);
        Sources::new(Arc::new(variables), ".".into(), BTreeMap::new(), Duration::from_secs(1))
    }

    fn from_env(name: &str) -> Value {
        Value::from(SecretRef { source: SecretSource::FromEnv(name.to_owned()), digest: None })
    }

    fn object(kind: &str, data: Value) -> Value {
        let entries = [("apiVersion", Value::from("v1")), ("kind", Value::from(kind)), ("data", data)];
        Value::Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
    }

    async fn fill_in(config: &Value) -> Result<Wire, Why> {
        sources().fill_in(&ResourceId::kubernetes("Secret", Some("graph"), "auth"), config).await
    }

    #[tokio::test]
    async fn a_secret_is_base64_in_the_data_of_a_secret_and_text_elsewhere() {
        let data = Value::Map(Map::from([("password".to_owned(), from_env("PASSWORD"))]));
        let wire = fill_in(&object("Secret", data.clone())).await.expect("fills in");
        assert_eq!(wire.expose()["data"]["password"], "Y2FuYXJ5");
        let wire = fill_in(&object("Connector", Value::List(vec![data]))).await.expect("fills in");
        assert_eq!(wire.expose()["data"][0]["password"], "canary");
    }

    #[tokio::test]
    async fn neither_a_body_nor_what_it_is_made_of_can_be_printed() {
        let wire = fill_in(&from_env("PASSWORD")).await.expect("fills in");
        let shown = format!("{wire:?} {:?}", Variables::of([("PASSWORD".into(), "canary".into())]));
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[tokio::test]
    async fn a_source_that_was_rotated_after_the_plan_was_made_is_not_sent() {
        let (key, address) =
            (DigestKey::new([7; 32]), ResourceId::kubernetes("Secret", Some("graph"), "auth"));
        let planned = |text: &[u8]| {
            let source = SecretSource::FromEnv("PASSWORD".to_owned());
            Value::from(SecretRef { source, digest: Some(key.digest(text)) })
        };
        let same = sources().fill_in_as_planned(&address, &planned(b"canary"), &key).await;
        assert_eq!(same.expect("as planned").expose(), "canary");
        let rotated = sources().fill_in_as_planned(&address, &planned(b"before"), &key).await;
        assert_eq!(rotated.expect_err("rotated"), Unsent::Rotated);
    }

    #[tokio::test]
    async fn a_source_that_is_not_there_is_named() {
        for (name, message) in [
            ("MISSING", "environment variable MISSING is not set"),
            ("EMPTY", "environment variable EMPTY is empty"),
        ] {
            let why = fill_in(&from_env(name)).await.expect_err("is not there");
            assert_eq!((why.trouble, why.message.as_str()), (Trouble::NoSource, message));
        }
    }
}
