//! How a Neo4j cluster is talked to: what its document says, settled for every server.

use super::access::Cypher;
use crate::documents::credential::{Credential, Tls};
use crate::resources::neo4j::Edition;
use serde::Serialize;
use std::collections::BTreeMap;

/// A cluster, or a single server, to talk to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Neo4jConnection {
    /// What it can do.
    pub edition: Edition,
    /// Where each server answers over HTTP, by its name.
    pub servers: BTreeMap<String, String>,
    /// What each server says that drivers find it by, without the port: so that its id is known by its name.
    pub addresses: BTreeMap<String, String>,
    /// Who we are; nobody where nobody has to log in.
    pub login: Option<Login>,
    /// Certificates, for `https`.
    pub tls: Option<Tls>,
    /// Whether others manage what is in it as well.
    pub shared: bool,
}

/// A user name and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// The user's name.
    pub username: String,
    /// Where the password comes from.
    pub password: Credential,
    /// Where the one comes from that takes its place, while it is changed.
    pub next: Option<Credential>,
}

impl Login {
    /// Returns what the document says, if it says where the password comes from.
    #[must_use]
    pub fn of(cypher: &Cypher) -> Option<Self> {
        let username = cypher.username.clone().unwrap_or_else(|| "neo4j".to_owned());
        let next = cypher.next.clone();
        cypher.password.clone().map(|password| Self { username, password, next })
    }
}

impl Neo4jConnection {
    /// Returns everything secret that it takes to talk to the servers.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        let passwords = self.login.iter().flat_map(|login| [&login.password].into_iter().chain(&login.next));
        self.tls.iter().flat_map(Tls::credentials).chain(passwords)
    }
}
