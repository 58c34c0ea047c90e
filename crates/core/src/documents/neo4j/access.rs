//! Who may do what: the first password, users, roles, how we log in, and certificates.

use crate::documents::credential::{Credential, Tls};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the first password comes to the servers. It counts at the first start only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Auth {
    /// Whether anybody has to log in. Default: `true`.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// A Secret that somebody else keeps, with the key `NEO4J_AUTH`: `neo4j/PASSWORD`. Default: `NAME-auth`.
    pub secret: Option<String>,
    /// Where the text `neo4j/PASSWORD` comes from; the Secret `NAME-auth` is then ours.
    pub initial: Option<Credential>,
}

impl Default for Auth {
    fn default() -> Self {
        Self { enabled: true, secret: None, initial: None }
    }
}

pub(super) fn yes() -> bool {
    true
}

/// How we log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cypher {
    /// Where the servers answer over HTTP; `{server}` stands for a server's name. Default: each server's own Service
    /// in the cluster.
    pub url: Option<String>,
    /// Who we are; `neo4j` if absent.
    pub username: Option<String>,
    /// Where the password comes from.
    pub password: Option<Credential>,
    /// Where the password comes from that takes its place: while ours is changed, either may be the one that opens.
    pub next: Option<Credential>,
    /// Certificates, for `https`.
    pub tls: Option<Tls>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// The user's name.
    pub name: String,
    /// Where the password comes from. Neo4j never shows it, so it is compared with what was sent last.
    pub password: Credential,
    /// Roles, `PUBLIC` apart.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Whether the user is shut out. Default: `false`.
    #[serde(default)]
    pub suspended: bool,
    /// The database that is meant where the user names none; the cluster's default if absent.
    pub home: Option<String>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it may do: these and no others, each as `SHOW ROLE … PRIVILEGES AS COMMANDS` writes it, without
    /// `TO` and the role: `GRANT ACCESS ON DATABASE orders`.
    pub privileges: Vec<String>,
}

/// Certificates, by what they protect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TlsPolicies {
    /// Bolt: drivers must use TLS.
    pub bolt: Option<TlsPolicy>,
    /// HTTPS, which is then open.
    pub https: Option<TlsPolicy>,
    /// Between the servers.
    pub cluster: Option<TlsPolicy>,
    /// Backups while the servers run.
    pub backup: Option<TlsPolicy>,
}

/// A certificate that is kept in a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TlsPolicy {
    /// The Secret with the certificate and its key.
    pub secret: String,
    /// The certificate in it. Default: `public.crt`.
    #[serde(default = "public_certificate")]
    pub certificate: String,
    /// The key in it. Default: `private.key`.
    #[serde(default = "private_key")]
    pub key: String,
    /// Secrets whose certificates are trusted.
    #[serde(default)]
    pub trusted: Vec<String>,
    /// Secrets whose certificates are revoked.
    #[serde(default)]
    pub revoked: Vec<String>,
}

fn public_certificate() -> String {
    "public.crt".to_owned()
}

fn private_key() -> String {
    "private.key".to_owned()
}

impl TlsPolicies {
    /// Returns those that there are, by the names of their scopes.
    pub fn scopes(&self) -> impl Iterator<Item = (&'static str, &TlsPolicy)> {
        let Self { bolt, https, cluster, backup } = self;
        let all = [("bolt", bolt), ("https", https), ("cluster", cluster), ("backup", backup)];
        all.into_iter().filter_map(|(scope, policy)| Some((scope, policy.as_ref()?)))
    }
}
