//! The Kubernetes Secrets of a simulated cluster, as `fromSecret` and `generate` read them.

use super::Sandbox;
use crate::secret::{Keeper, Keys, Secret};
use async_trait::async_trait;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::value::Value;
use evenkeel_world::kubernetes::ObjectKey;
use k8s_openapi::ByteString;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The Secrets of a simulated cluster that was made from what was seen of a real one: those that were seen are known
/// by their digests only, and their text is read where it really is.
struct Rehearsing {
    sandbox: Sandbox,
    real: Arc<dyn Keeper>,
}

#[async_trait]
impl Keeper for Sandbox {
    async fn keys(&self, namespace: &str, name: &str) -> Result<Option<Keys>, Why> {
        Ok(self.secret(namespace, name)?.map(|found| found.keys))
    }
}

#[async_trait]
impl Keeper for Rehearsing {
    async fn keys(&self, namespace: &str, name: &str) -> Result<Option<Keys>, Why> {
        let Some(Found { keys, digests }) = self.sandbox.secret(namespace, name)? else { return Ok(None) };
        if digests.is_empty() {
            return Ok(Some(keys));
        }
        let real = self.real.keys(namespace, name).await?.unwrap_or_default();
        let real = real.into_iter().filter(|(key, _)| digests.contains(key));
        Ok(Some(real.chain(keys).collect()))
    }
}

/// What a simulated cluster knows of a Secret.
struct Found {
    keys: Keys,
    digests: BTreeSet<String>,
}

impl Sandbox {
    /// Returns who keeps Secrets in a rehearsal.
    #[must_use]
    pub fn rehearsing(&self, real: &Arc<dyn Keeper>) -> impl Keeper + use<> {
        Rehearsing { sandbox: self.clone(), real: Arc::clone(real) }
    }

    fn secret(&self, namespace: &str, name: &str) -> Result<Option<Found>, Why> {
        let key = ObjectKey::new("Secret", Some(namespace), name);
        let Ok(object) = self.with(|world| world.kubernetes().get(&key)) else { return Ok(None) };
        let mut found = Found { keys: Keys::new(), digests: BTreeSet::new() };
        for (key, value) in object.get("data").and_then(Value::as_map).into_iter().flatten() {
            match value.as_text() {
                Some(text) => drop(found.keys.insert(key.clone(), decoded(text)?)),
                None => drop(found.digests.insert(key.clone())),
            }
        }
        Ok(Some(found))
    }
}

fn decoded(text: &str) -> Result<Secret, Why> {
    let bytes: ByteString = serde_json::from_value(text.into()).map_err(|_| Why {
        trouble: Trouble::Garbled,
        message: "a Secret of the simulated cluster holds no base64".to_owned(),
    })?;
    Ok(Secret::new(bytes.0))
}
