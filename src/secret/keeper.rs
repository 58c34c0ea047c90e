//! Who keeps Kubernetes Secrets: a cluster, or whatever stands in for it.

use super::Secret;
use async_trait::async_trait;
use evenkeel_core::engine::question::{Trouble, Why};
use k8s_openapi::api::core::v1;
use kube::{Api, Client};
use std::collections::BTreeMap;
use std::time::Duration;

/// The keys of one Kubernetes Secret.
pub type Keys = BTreeMap<String, Secret>;

/// Reads Kubernetes Secrets.
///
/// Callers may take nothing for proof that there is no such Secret.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Reads all keys of a Secret, or nothing if it is not there.
    async fn keys(&self, namespace: &str, name: &str) -> Result<Option<Keys>, Why>;
}

/// A real cluster.
pub struct Cluster {
    /// Who asks it.
    pub client: Client,
    /// How long it may take.
    pub deadline: Duration,
}

#[async_trait]
impl Keeper for Cluster {
    async fn keys(&self, namespace: &str, name: &str) -> Result<Option<Keys>, Why> {
        let api = Api::<v1::Secret>::namespaced(self.client.clone(), namespace);
        let what = format!("GET Secret {namespace}/{name}");
        match tokio::time::timeout(self.deadline, api.get(name)).await {
            Ok(Ok(found)) => {
                let keys = found.data.unwrap_or_default().into_iter();
                Ok(Some(keys.map(|(key, bytes)| (key, Secret::new(bytes.0))).collect()))
            }
            Ok(Err(kube::Error::Api(status))) if status.code == 404 => Ok(None),
            Ok(Err(error)) => Err(unreadable(&what, &error)),
            Err(late) => Err(Why { trouble: Trouble::TimedOut, message: format!("{what}: {late}") }),
        }
    }
}

/// Nobody: there is no way to where the Secrets are, and this is why.
pub struct Unreachable(pub Why);

#[async_trait]
impl Keeper for Unreachable {
    async fn keys(&self, _namespace: &str, _name: &str) -> Result<Option<Keys>, Why> {
        Err(self.0.clone())
    }
}

fn unreadable(what: &str, error: &kube::Error) -> Why {
    let kube::Error::Api(status) = error else {
        // The error of a reply that cannot be parsed may quote it.
        let garbled = matches!(error, kube::Error::SerdeError(_) | kube::Error::FromUtf8(_));
        let (trouble, message) = if garbled {
            (Trouble::Garbled, format!("{what}: the answer is no Secret"))
        } else {
            (Trouble::Unavailable, format!("{what}: {error}"))
        };
        return Why { trouble, message };
    };
    let trouble = Trouble::of_status(status.code);
    Why { trouble, message: format!("{what}: {} {}", status.code, status.message) }
}
