//! `kind: KafkaCluster`: brokers to talk to, and who we are to them.

use crate::documents::credential::{ClearText, Credential, Tls};
use crate::documents::metadata::Envelope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// Why a password or a token may go there without `tls`: what keeps it from others on the way. Otherwise it goes to this
    /// machine only.
    pub clear_text: Option<ClearText>,
    /// The cluster's id, if it is to be this one from the first contact on; otherwise it is learned then.
    pub cluster_id: Option<String>,
    /// Which tier of Azure Event Hubs it is, if it is a namespace there: what is on it is held against the tier's limits.
    pub event_hubs: Option<EventHubs>,
    /// Whether others manage what is on it as well: another environment, or another tool. Then what is there and not in
    /// our ledger becomes ours only with an Approval `adopt`, also where it is as Git says. Default: `false`.
    #[serde(default)]
    pub shared: bool,
}

/// A tier of Azure Event Hubs that speaks Kafka's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EventHubs {
    /// Standard.
    Standard,
    /// Premium.
    Premium,
    /// Dedicated.
    Dedicated,
}

impl EventHubs {
    /// Returns its name as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Premium => "premium",
            Self::Dedicated => "dedicated",
        }
    }
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
    OauthBearer(Box<OauthBearer>),
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

/// A token that somebody else gives out: either it lies somewhere, or we ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OauthBearer {
    /// Where the token comes from; it is read anew whenever the brokers ask for one.
    pub token: Option<Credential>,
    /// Who gives out tokens, if we ask for them ourselves; asked again before each one ends.
    pub token_endpoint: Option<TokenEndpoint>,
    /// The principal that the token is for, as librdkafka wants to be told. Default: the endpoint's `clientId`.
    #[serde(default)]
    pub principal: String,
    /// What brokers are told beside the token (SASL extensions), such as `logicalCluster`.
    #[serde(default)]
    pub extensions: BTreeMap<String, String>,
}

/// Who gives out tokens for an id and a secret: the grant `client_credentials` of OAuth 2.0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenEndpoint {
    /// Where it is (`sasl.oauthbearer.token.endpoint.url`); `https`, or this machine.
    pub url: String,
    /// The id that it knows us by.
    pub client_id: String,
    /// Where the secret comes from that goes with it.
    pub client_secret: Credential,
    /// What the tokens are to be good for, if the giver wants to be told.
    pub scope: Option<String>,
    /// Certificates for it; whom the system trusts if absent.
    pub tls: Option<Tls>,
}

impl KafkaClusterSpec {
    /// Returns everything secret that it takes to talk to the cluster.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        let (login, endpoint) = match &self.sasl {
            Some(Sasl::Plain(login) | Sasl::ScramSha256(login) | Sasl::ScramSha512(login)) => {
                (Some(&login.password), None)
            }
            Some(Sasl::OauthBearer(bearer)) => (bearer.token.as_ref(), bearer.token_endpoint.as_ref()),
            None => (None, None),
        };
        let at_endpoint = endpoint.into_iter().flat_map(|endpoint| {
            endpoint.tls.iter().flat_map(Tls::credentials).chain([&endpoint.client_secret])
        });
        self.tls.iter().flat_map(Tls::credentials).chain(login).chain(at_endpoint)
    }
}
