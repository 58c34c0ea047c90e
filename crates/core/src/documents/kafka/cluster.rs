//! `kind: KafkaCluster`: brokers to talk to, and who we are to them.

use crate::documents::credential::{Credential, Tls};
use crate::documents::metadata::Envelope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A cluster as it is written.
pub type KafkaCluster = Envelope<KafkaClusterKind, KafkaClusterSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum KafkaClusterKind {
    /// A Kafka cluster.
    KafkaCluster,
}

/// How to reach a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KafkaClusterSpec {
    /// Brokers to ask for the others, as `HOST:PORT`.
    #[schemars(length(min = 1))]
    pub bootstrap: Vec<String>,
    /// Talks by TLS; in plain text if absent. `{}` trusts whom the system trusts.
    pub tls: Option<Tls>,
    /// Who we are; nobody in particular if absent.
    pub sasl: Option<Sasl>,
    /// The cluster's id, if it is to be this one from the first contact on; otherwise it is learned then.
    pub cluster_id: Option<String>,
    /// Whether others manage what is on it as well: another environment, or another tool. Then what is there and not in
    /// our ledger becomes ours only with an Approval `adopt`, also where it is as Git says. Default: `false`.
    #[serde(default)]
    pub shared: bool,
}

/// How we say who we are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Sasl {
    /// User name and password, sent as they are: by TLS only.
    Plain(Login),
    /// A password that is proved and not sent, by SHA-256.
    ScramSha256(Login),
    /// A password that is proved and not sent, by SHA-512.
    ScramSha512(Login),
    /// A token.
    OauthBearer(OauthBearer),
}

/// A user name and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    /// The user's name.
    pub username: String,
    /// Where the password comes from.
    pub password: Credential,
}

/// A token that somebody else gives out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OauthBearer {
    /// Where the token comes from; it is read anew whenever the brokers ask for one.
    pub token: Credential,
    /// The principal that the token is for, as librdkafka wants to be told.
    #[serde(default)]
    pub principal: String,
}

impl KafkaClusterSpec {
    /// Returns everything secret that it takes to talk to the cluster.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        let login = match &self.sasl {
            Some(Sasl::Plain(login) | Sasl::ScramSha256(login) | Sasl::ScramSha512(login)) => {
                Some(&login.password)
            }
            Some(Sasl::OauthBearer(bearer)) => Some(&bearer.token),
            None => None,
        };
        self.tls.iter().flat_map(Tls::credentials).chain(login)
    }
}
