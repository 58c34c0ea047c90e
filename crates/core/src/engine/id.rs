//! Names of things: newtypes for ids, and the address by which users and plans name a resource.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Declares a newtype over shared text: cheap to clone, ordered, written as plain text.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps the text.
            #[must_use]
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

name!(
    /// The `metadata.name` of an Environment: its identity, whatever its directory is called.
    EnvironmentName
);
name!(
    /// The name of a connection within an environment.
    ConnectionName
);
name!(
    /// What a system calls a kind: `StatefulSet`, `HorizontalPodAutoscaler.autoscaling`, `Topic`.
    Kind
);
name!(
    /// An id that a live system gave to one incarnation of a resource (a Kubernetes uid, a Kafka topic id).
    Uid
);
name!(
    /// Digest over environment, bases and policies: which specs a plan was made from (design-apply.md).
    TreeHash
);
name!(
    /// Names a plan: digest over everything in it.
    PlanId
);
name!(
    /// Names a step within one apply: digest of address, action, wanted, and how many equal ones came before.
    StepId
);
name!(
    /// A short digest or name of a Git revision, as shown to people.
    Revision
);

impl ConnectionName {
    /// The connection that is meant when none is named.
    pub const DEFAULT: &'static str = "default";

    /// Tells whether this is the connection that addresses leave out.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.as_str() == Self::DEFAULT
    }
}

impl Default for ConnectionName {
    fn default() -> Self {
        Self::new(Self::DEFAULT)
    }
}

impl Kind {
    /// Returns the kind of a Kubernetes group: no suffix for built-in kinds, as in design.md section 2.
    #[must_use]
    pub fn kubernetes(group: &str, kind: &str) -> Self {
        if is_builtin_group(group) { Self::new(kind) } else { Self::new(format!("{kind}.{group}")) }
    }

    /// Returns the name without its group.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }

    /// Returns the group of a kind that is not built in.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.0.split_once('.').map(|(_, group)| group)
    }
}

/// Tells whether Kubernetes itself serves `group`: the core group, the four old short ones, and most of `*.k8s.io`.
///
/// Custom resources may live under `k8s.io` as well (`snapshot.storage.k8s.io`), hence a list and no suffix rule.
#[must_use]
pub fn is_builtin_group(group: &str) -> bool {
    const BUILTIN: &[&str] = &[
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    ];
    BUILTIN.contains(&group)
}

/// A family of live systems that one back end talks to; a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// A Kubernetes API server.
    Kubernetes,
}

impl System {
    /// Returns the prefix of addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The address of a resource: `kubernetes:[CONNECTION@]KIND[.GROUP]/[NAMESPACE/]NAME`.
///
/// It identifies a resource whatever version of its kind it was read in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    /// Which family of systems.
    pub system: System,
    /// Which of the environment's connections.
    pub connection: ConnectionName,
    /// What the system calls this kind.
    pub kind: Kind,
    /// Namespace, cluster or server it lives in; absent for what lives at the top.
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
}

impl fmt::Display for ResourceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.system)?;
        if !self.connection.is_default() {
            write!(out, "{}@", self.connection)?;
        }
        write!(out, "{}/", self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(out, "{namespace}/")?;
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

impl FromStr for ResourceId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = |expected| AddressError { text: text.to_owned(), expected };
        let mut listed = text.split(',').skip(1).map(str::trim_start);
        if listed.any(|next| next.starts_with("kubernetes:")) {
            return Err(refuse("these are several, and one is needed"));
        }
        let (system, rest) = text.split_once(':').ok_or_else(|| refuse("it begins with `kubernetes:`"))?;
        let system = match system {
            "kubernetes" => System::Kubernetes,
            _ => return Err(refuse("the only system so far is `kubernetes`")),
        };
        let (connection, rest) = match rest.split_once('@') {
            Some((connection, rest)) if !connection.contains('/') => (ConnectionName::new(connection), rest),
            _ => (ConnectionName::default(), rest),
        };
        let mut parts = rest.splitn(3, '/').filter(|part| !part.is_empty());
        let expected = "write KIND/NAME or KIND/NAMESPACE/NAME after the colon";
        let (Some(kind), Some(second)) = (parts.next(), parts.next()) else { return Err(refuse(expected)) };
        let (namespace, name) = match parts.next() {
            Some(name) if name.contains('/') => return Err(refuse(expected)),
            Some(name) => (Some(Arc::from(second)), Arc::from(name)),
            None => (None, Arc::from(second)),
        };
        Ok(Self { system, connection, kind: Kind::new(kind), namespace, name })
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
            "kubernetes:A/b,kubernetes:A/c",
        ] {
            assert!(text.parse::<ResourceId>().is_err(), "{text}");
        }
    }
}
