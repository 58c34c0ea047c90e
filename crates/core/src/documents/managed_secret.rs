//! `kind: ManagedSecret`: a Kubernetes Secret that is built from references, so that its text is never in Git.

use super::metadata::Envelope;
use crate::engine::id::ConnectionName;
use crate::engine::value::{Map, SecretRef, SecretSource, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A secret as it is written.
pub type ManagedSecret = Envelope<ManagedSecretKind, ManagedSecretSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ManagedSecretKind {
    /// A managed secret.
    ManagedSecret,
}

/// Which Secret, and where its text comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedSecretSpec {
    /// The `type` of the Kubernetes Secret. Default: `Opaque`.
    #[serde(rename = "type")]
    pub secret_type: Option<String>,
    /// Where the Secret is kept.
    pub target: Target,
    /// Where each key's text comes from.
    pub data: BTreeMap<String, Source>,
}

/// Where the Secret is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// Through which connection; `default` if absent.
    pub connection: Option<String>,
    /// In which namespace; the connection's own if absent.
    pub namespace: Option<String>,
    /// How it is called.
    pub name: String,
}

/// Where a secret text comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Source {
    /// An environment variable of the process that plans or applies.
    FromEnv(String),
    /// A file, relative to the working directory unless absolute.
    FromFile(String),
    /// A key of another Kubernetes Secret.
    FromSecret(SecretKey),
    /// Made once at the first apply, kept in the Secret, never made again.
    Generate(Generate),
}

/// A key of a Kubernetes Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKey {
    /// Through which connection; that of what it is for if absent.
    pub connection: Option<String>,
    /// In which namespace; that of what it is for if absent.
    pub namespace: Option<String>,
    /// How the Secret is called.
    pub name: String,
    /// The key within its `data`.
    pub key: String,
}

/// How a text is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Generate {
    /// How many characters of `[A-Za-z0-9]`. Default: 32.
    #[serde(default = "default_length")]
    #[schemars(range(min = 8, max = 1024))]
    pub length: u32,
}

fn default_length() -> u32 {
    32
}

impl ManagedSecretSpec {
    /// Returns the connection of the target.
    #[must_use]
    pub fn connection(&self) -> ConnectionName {
        self.target.connection.as_deref().map_or_else(ConnectionName::default, ConnectionName::from)
    }

    /// Returns the Kubernetes Secret, its text by reference. `namespace` is where the target lives.
    #[must_use]
    pub fn manifest(&self, namespace: &str) -> Value {
        let data =
            self.data.iter().map(|(key, source)| (key.clone(), self.reference(source, namespace))).collect();
        let metadata = Map::from([
            ("name".to_owned(), Value::from(self.target.name.as_str())),
            ("namespace".to_owned(), Value::from(namespace)),
        ]);
        Value::Map(Map::from([
            ("apiVersion".to_owned(), Value::from("v1")),
            ("kind".to_owned(), Value::from("Secret")),
            ("metadata".to_owned(), Value::Map(metadata)),
            ("type".to_owned(), Value::from(self.secret_type.as_deref().unwrap_or("Opaque"))),
            ("data".to_owned(), Value::Map(data)),
        ]))
    }

    fn reference(&self, source: &Source, namespace: &str) -> Value {
        let source = match source {
            Source::FromEnv(name) => SecretSource::FromEnv(name.clone()),
            Source::FromFile(path) => SecretSource::FromFile(path.clone()),
            Source::FromSecret(SecretKey { connection, namespace: other, name, key }) => {
                SecretSource::FromSecret {
                    connection: connection.clone().unwrap_or_else(|| self.connection().to_string()),
                    namespace: other.clone().unwrap_or_else(|| namespace.to_owned()),
                    name: name.clone(),
                    key: key.clone(),
                }
            }
            Source::Generate(Generate { length }) => SecretSource::Generate { length: *length },
        };
        Value::from(SecretRef { source, digest: None })
    }
}
