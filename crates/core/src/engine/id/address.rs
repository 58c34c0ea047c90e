//! The address by which users and plans name a resource, and the connection behind which it lives.

use super::{ConnectionName, Kind, in_order};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A family of live systems that one back end talks to; a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// A Kubernetes API server.
    Kubernetes,
    /// The brokers of a Kafka cluster.
    Kafka,
    /// The workers of a Kafka Connect cluster.
    Connect,
    /// What a Neo4j cluster, or a single server, says of itself in Cypher.
    Neo4j,
}

impl System {
    /// Every family, in the order of their names in an address.
    pub const ALL: [Self; 4] = [Self::Kubernetes, Self::Kafka, Self::Connect, Self::Neo4j];

    /// Returns the prefix of addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Kafka => "kafka",
            Self::Connect => "connect",
            Self::Neo4j => "neo4j",
        }
    }

    fn of(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.as_str() == prefix)
    }
}

impl fmt::Display for System {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One live system of an environment: connections to different families may have the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    /// Which family.
    pub system: System,
    /// Its name in the environment: of a connection to Kubernetes, of a document for all others.
    pub name: ConnectionName,
}

impl ConnectionId {
    /// Returns a connection to Kubernetes.
    #[must_use]
    pub fn kubernetes(name: &ConnectionName) -> Self {
        Self { system: System::Kubernetes, name: name.clone() }
    }
}

impl fmt::Display for ConnectionId {
    /// Connections to Kubernetes were there first, and go by their name alone.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.system {
            System::Kubernetes => self.name.fmt(out),
            System::Kafka | System::Connect | System::Neo4j => write!(out, "{}:{}", self.system, self.name),
        }
    }
}

impl FromStr for ConnectionId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (system, name) = match text.split_once(':') {
            Some((prefix, name)) => (System::of(prefix).ok_or_else(|| unknown_system(text))?, name),
            None => (System::Kubernetes, text),
        };
        Ok(Self { system, name: ConnectionName::new(name) })
    }
}

/// The address of a resource: `kubernetes:[CONNECTION@]KIND[.GROUP]/[NAMESPACE/]NAME`, and for every other family
/// `SYSTEM:KIND/CONNECTION/NAME` (`kafka:Topic/main/orders-cdc`).
///
/// It identifies a resource whatever version of its kind it was read in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceId {
    /// Which family of systems.
    pub system: System,
    /// Which of the environment's connections.
    pub connection: ConnectionName,
    /// What the system calls this kind.
    pub kind: Kind,
    /// The Kubernetes namespace it lives in; absent for what lives at the top.
    pub namespace: Option<Arc<str>>,
    /// Its own name.
    pub name: Arc<str>,
}

impl ResourceId {
    /// Returns the address of a Kubernetes object on the default connection.
    #[must_use]
    pub fn kubernetes(kind: &str, namespace: Option<&str>, name: &str) -> Self {
        Self {
            system: System::Kubernetes,
            connection: ConnectionName::default(),
            kind: Kind::new(kind),
            namespace: namespace.map(Arc::from),
            name: Arc::from(name),
        }
    }

    /// Returns the address of something in another family, where a connection is all that is between kind and name.
    #[must_use]
    pub fn of(system: System, kind: &str, connection: &str, name: &str) -> Self {
        Self {
            system,
            connection: ConnectionName::new(connection),
            kind: Kind::new(kind),
            namespace: None,
            name: Arc::from(name),
        }
    }

    /// Returns the live system behind which it lives.
    #[must_use]
    pub fn connection_id(&self) -> ConnectionId {
        ConnectionId { system: self.system, name: self.connection.clone() }
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> Ordering {
        let Self { system, connection, kind, namespace, name } = self;
        let namespaces = || match (namespace, &other.namespace) {
            (Some(one), Some(other)) => in_order(one, other),
            (one, other) => one.cmp(other),
        };
        system
            .cmp(&other.system)
            .then_with(|| connection.cmp(&other.connection))
            .then_with(|| kind.cmp(&other.kind))
            .then_with(namespaces)
            .then_with(|| in_order(name, &other.name))
    }
}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.system)?;
        match self.system {
            System::Kubernetes => {
                if !self.connection.is_default() {
                    write!(out, "{}@", self.connection)?;
                }
                write!(out, "{}/", self.kind)?;
                if let Some(namespace) = &self.namespace {
                    write!(out, "{namespace}/")?;
                }
            }
            System::Kafka | System::Connect | System::Neo4j => {
                write!(out, "{}/{}/", self.kind, self.connection)?;
            }
        }
        out.write_str(&self.name)
    }
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no address: {expected}")]
pub struct AddressError {
    text: String,
    expected: &'static str,
}

fn unknown_system(text: &str) -> AddressError {
    AddressError {
        text: text.to_owned(),
        expected: "it begins with `kubernetes:`, `kafka:`, `connect:` or `neo4j:`",
    }
}

impl FromStr for ResourceId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = |expected| AddressError { text: text.to_owned(), expected };
        let mut listed = text.split(',').skip(1).map(str::trim_start);
        if listed.any(|next| next.split_once(':').is_some_and(|(prefix, _)| System::of(prefix).is_some())) {
            return Err(refuse("these are several, and one is needed"));
        }
        let (prefix, rest) = text.split_once(':').ok_or_else(|| unknown_system(text))?;
        match System::of(prefix).ok_or_else(|| unknown_system(text))? {
            System::Kubernetes => in_kubernetes(rest)
                .ok_or_else(|| refuse("write KIND/NAME or KIND/NAMESPACE/NAME after the colon")),
            system @ (System::Kafka | System::Connect | System::Neo4j) => {
                elsewhere(system, rest).ok_or_else(|| refuse("write KIND/CONNECTION/NAME after the colon"))
            }
        }
    }
}

fn in_kubernetes(rest: &str) -> Option<ResourceId> {
    let (connection, rest) = match rest.split_once('@') {
        Some((connection, rest)) if !connection.contains('/') => (ConnectionName::new(connection), rest),
        _ => (ConnectionName::default(), rest),
    };
    let mut parts = rest.splitn(3, '/').filter(|part| !part.is_empty());
    let (kind, second) = (parts.next()?, parts.next()?);
    let (namespace, name) = match parts.next() {
        Some(name) if name.contains('/') => return None,
        Some(name) => (Some(Arc::from(second)), Arc::from(name)),
        None => (None, Arc::from(second)),
    };
    Some(ResourceId { system: System::Kubernetes, connection, kind: Kind::new(kind), namespace, name })
}

fn elsewhere(system: System, rest: &str) -> Option<ResourceId> {
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let (kind, connection, name) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then(|| ResourceId::of(system, kind, connection, name))
}

impl Serialize for ConnectionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConnectionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_back_as_it_was_written() {
        for text in [
            "kubernetes:StatefulSet/graph/orders-1",
            "kubernetes:eu@HorizontalPodAutoscaler/graph/orders",
            "kubernetes:Namespace/graph",
            "kubernetes:KafkaTopic.kafka.strimzi.io/graph/orders-cdc",
            "kubernetes:RoleBinding/graph/alice@example.com",
            "kafka:Topic/main/orders-cdc",
            "connect:Connector/main/orders-source",
        ] {
            assert_eq!(text.parse::<ResourceId>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_says_what_is_expected() {
        for text in [
            "",
            "ConfigMap/a",
            "kubernetes:ConfigMap",
            "kubernetes:A/b/c/d",
            "oracle:Table/a",
            "kafka:Topic/orders-cdc",
            "kafka:Topic/main/orders/cdc",
            "kubernetes:A/b,kubernetes:A/c",
            "kubernetes:A/b, kafka:Topic/main/c",
        ] {
            assert!(text.parse::<ResourceId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_connection_to_kubernetes_goes_by_its_name_alone() {
        for text in ["default", "eu", "kafka:main", "connect:main"] {
            assert_eq!(text.parse::<ConnectionId>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn addresses_are_in_the_order_of_their_parts_whatever_memory_they_share() {
        let order = ["ConfigMap/b", "ConfigMap/a/a", "ConfigMap/a/b", "ConfigMap/b/a", "Secret/a/a"];
        let ids: Vec<ResourceId> =
            order.iter().map(|text| format!("kubernetes:{text}").parse().unwrap()).collect();
        let mut shared: Vec<ResourceId> = ids.iter().rev().cloned().chain(ids.clone()).collect();
        shared.sort();
        let twice: Vec<ResourceId> = ids.into_iter().flat_map(|id| [id.clone(), id]).collect();
        assert_eq!(shared, twice);
    }
}
