//! `kind: KafkaUser`: a user who logs in by SCRAM, whose password is never in Git.

use super::default_cluster;
use crate::documents::credential::{Credential, Namespaces};
use crate::documents::metadata::Envelope;
use crate::engine::value::{Map, Value};
use schemars::JsonSchema;
use serde::Deserialize;

/// A user as it is written.
pub type KafkaUser = Envelope<KafkaUserKind, KafkaUserSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum KafkaUserKind {
    /// A user.
    KafkaUser,
}

/// How a user logs in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KafkaUserSpec {
    /// On which `KafkaCluster`. Default: `main`.
    #[serde(default = "default_cluster")]
    pub cluster: String,
    /// The user's name, if it is not that of the document.
    pub name: Option<String>,
    /// The mechanism. Default: `SCRAM-SHA-512`.
    #[serde(default)]
    pub mechanism: Mechanism,
    /// How often the password is hashed. Kafka refuses fewer than 4096. Default: 8192.
    #[serde(default = "default_iterations")]
    #[schemars(range(min = 4096, max = 16384))]
    pub iterations: u32,
    /// Where the password comes from. Kafka never shows it, so it is compared with what was sent last.
    pub password: Credential,
}

/// The mechanisms for which Kafka keeps credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Mechanism {
    /// By SHA-256.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// By SHA-512.
    #[default]
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

fn default_iterations() -> u32 {
    8192
}

impl Mechanism {
    /// Returns Kafka's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl KafkaUserSpec {
    /// Returns the user as it is compared and sent: credentials by mechanism, the password by reference.
    #[must_use]
    pub fn value(&self, namespaces: &Namespaces) -> Value {
        let credential = Map::from([
            ("iterations".to_owned(), Value::from(i64::from(self.iterations))),
            ("password".to_owned(), self.password.reference(namespaces)),
        ]);
        let scram = Map::from([(self.mechanism.as_str().to_owned(), Value::Map(credential))]);
        Value::Map(Map::from([("scram".to_owned(), Value::Map(scram))]))
    }
}
