//! `kind: Connector`: what a connector does, and whether it is to do it now.

use super::default_cluster;
use crate::documents::credential::{Credential, Namespaces};
use crate::documents::metadata::Envelope;
use crate::documents::setting::Setting;
use crate::engine::value::{Map, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A connector as it is written.
pub type Connector = Envelope<ConnectorKind, ConnectorSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ConnectorKind {
    /// A connector.
    Connector,
}

/// What a connector is to be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectorSpec {
    /// On which `ConnectCluster`. Default: `main`.
    #[serde(default = "default_cluster")]
    pub cluster: String,
    /// The connector's name, if it is not that of the document.
    pub name: Option<String>,
    /// The Java class, with its package.
    pub class: String,
    /// The plugin's version, such as `5.5.2`: settings that it does not have yet, or no longer, are errors then.
    pub version: Option<String>,
    /// At most so many tasks. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    pub tasks_max: u32,
    /// Whether it is to run. Default: `running`.
    #[serde(default)]
    pub state: TargetState,
    /// Its settings, by the names of its class. Secrets stand as `${PROVIDER:…}`, which the workers fill in.
    #[serde(default)]
    pub config: BTreeMap<String, Setting>,
    /// What the workers' providers hold, by any name: when one of these texts changes, the connector is restarted.
    #[serde(default)]
    pub secrets: BTreeMap<String, Credential>,
}

/// Whether a connector is to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TargetState {
    /// It runs.
    #[default]
    Running,
    /// It stands still and keeps its tasks.
    Paused,
    /// It stands still and has no tasks: its offsets can be changed.
    Stopped,
}

fn one() -> u32 {
    1
}

impl TargetState {
    /// Returns Connect's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
        }
    }
}

impl ConnectorSpec {
    /// Returns the connector as it is compared and sent.
    #[must_use]
    pub fn value(&self, namespaces: &Namespaces) -> Value {
        let mut config: Map =
            self.config.iter().map(|(key, setting)| (key.clone(), Value::from(setting.text()))).collect();
        config.insert("connector.class".to_owned(), Value::from(self.class.as_str()));
        config.insert("tasks.max".to_owned(), Value::from(self.tasks_max.to_string()));
        let secrets = self.secrets.iter().map(|(name, secret)| (name.clone(), secret.reference(namespaces)));
        let secrets = Value::Map(secrets.collect());
        Value::Map(Map::from([
            ("config".to_owned(), Value::Map(config)),
            ("state".to_owned(), Value::from(self.state.as_str())),
            ("secrets".to_owned(), secrets),
        ]))
    }
}
