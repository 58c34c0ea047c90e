//! Where the text of a credential comes from; never the text itself.

use super::managed_secret::SecretKey;
use crate::engine::id::ConnectionName;
use crate::engine::value::{SecretRef, SecretSource, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the text of a credential comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Credential {
    /// An environment variable of the process that plans or applies.
    FromEnv(String),
    /// A file, relative to the working directory unless absolute.
    FromFile(String),
    /// A key of a Kubernetes Secret.
    FromSecret(SecretKey),
}

/// The namespaces of connections that name one: where a Secret is looked for that says no other.
pub type Namespaces = BTreeMap<ConnectionName, Arc<str>>;

impl Credential {
    /// Returns the source; a Secret without a namespace is in its connection's own, or in `default`.
    #[must_use]
    pub fn source(&self, namespaces: &Namespaces) -> SecretSource {
        match self {
            Self::FromEnv(name) => SecretSource::FromEnv(name.clone()),
            Self::FromFile(path) => SecretSource::FromFile(path.clone()),
            Self::FromSecret(SecretKey { connection, namespace, name, key }) => {
                let connection = connection.as_deref().unwrap_or(ConnectionName::DEFAULT);
                let own = || namespaces.get(&ConnectionName::new(connection)).map(ToString::to_string);
                let namespace = namespace.clone().or_else(own).unwrap_or_else(|| "default".to_owned());
                let (connection, name, key) = (connection.to_owned(), name.clone(), key.clone());
                SecretSource::FromSecret { connection, namespace, name, key }
            }
        }
    }

    /// Returns the reference that stands for the text in a configuration.
    #[must_use]
    pub fn reference(&self, namespaces: &Namespaces) -> Value {
        Value::from(SecretRef { source: self.source(namespaces), digest: None })
    }
}

/// Certificates and keys in PEM, for a connection by TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tls {
    /// Who may have signed the server's certificate; those that the system trusts if absent.
    pub ca: Option<Credential>,
    /// The client's certificate, where the server asks for one.
    pub certificate: Option<Credential>,
    /// The private key of that certificate.
    pub key: Option<Credential>,
}

/// Leave to send a password or a token without TLS of our own: something else on the way keeps it from others, such as a
/// mesh, a sidecar or a tunnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClearText {
    /// What keeps it from others, for whoever reads this.
    #[schemars(length(min = 1))]
    pub because: String,
}

impl Tls {
    /// Returns everything that it takes.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        [&self.ca, &self.certificate, &self.key].into_iter().flatten()
    }
}
