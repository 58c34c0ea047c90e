//! `kind: ConnectCluster`: Kafka Connect workers to talk to, and what one has to know of them.

use crate::documents::credential::{ClearText, Credential, Tls};
use crate::documents::metadata::Envelope;
use crate::documents::setting::Setting;
use crate::resources::connect::STORAGE_TOPICS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Workers as they are written.
pub type ConnectCluster = Envelope<ConnectClusterKind, ConnectClusterSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ConnectClusterKind {
    /// Kafka Connect workers.
    ConnectCluster,
}

/// How to reach the workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectClusterSpec {
    /// The REST interface of one of them, or of what stands before them: `http://connect:8083`.
    pub url: String,
    /// Who we are.
    pub basic_auth: Option<BasicAuth>,
    /// Certificates, for `https`.
    pub tls: Option<Tls>,
    /// Why the password may go there by `http`: what keeps it from others on the way. Otherwise it goes to this machine only.
    pub clear_text: Option<ClearText>,
    /// The `KafkaCluster` whose topics its connectors read and write. Default: `main`.
    #[serde(default = "super::super::kafka::default_cluster")]
    pub kafka_cluster: String,
    /// The workers' own `consumer.group.id`, which every sink on them has then instead of `connect-NAME`.
    pub group_id_override: Option<String>,
    /// The topics in which the workers keep connectors, offsets and statuses (`config.storage.topic`,
    /// `offset.storage.topic`, `status.storage.topic`): nobody else may change them. Default: `connect-configs`,
    /// `connect-offsets` and `connect-status`.
    #[serde(default = "storage_topics")]
    pub storage_topics: Vec<String>,
    /// Settings of the workers themselves that checks have to know, as far as somebody says: on Azure Event Hubs
    /// `connections.max.idle.ms` and `metadata.max.age.ms`, by themselves and with `producer.` and `consumer.` before them.
    #[serde(default)]
    pub worker_settings: BTreeMap<String, Setting>,
    /// The names of the workers' `config.providers`, so that a slip in `${file:…}` is found before it is sent.
    pub secret_providers: Option<Vec<String>>,
    /// Whether others manage what is on it as well: another environment, or another tool. Then what is there and not in
    /// our ledger becomes ours only with an Approval `adopt`, also where it is as Git says. Default: `false`.
    #[serde(default)]
    pub shared: bool,
}

/// A user name and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BasicAuth {
    /// The user's name.
    pub username: String,
    /// Where the password comes from.
    pub password: Credential,
}

fn storage_topics() -> Vec<String> {
    STORAGE_TOPICS.map(str::to_owned).to_vec()
}

impl ConnectClusterSpec {
    /// Returns everything secret that it takes to talk to the workers.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        let login = self.basic_auth.as_ref().map(|login| &login.password);
        self.tls.iter().flat_map(Tls::credentials).chain(login)
    }
}
