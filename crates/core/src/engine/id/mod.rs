//! Names of things: newtypes for ids, and the addresses by which users and plans name resources.

mod address;

pub use address::{AddressError, ConnectionId, ResourceId, System};

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// Compares shared text. The same piece of memory is not read: most comparisons are of a name with its own copy.
fn in_order(one: &Arc<str>, other: &Arc<str>) -> Ordering {
    if Arc::ptr_eq(one, other) { Ordering::Equal } else { one.cmp(other) }
}

/// Declares a newtype over shared text: cheap to clone, ordered, written as plain text.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                in_order(&self.0, &other.0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

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
    /// Returns the default connection; all of them share one text, as nearly every address has it.
    fn default() -> Self {
        static SHARED: LazyLock<ConnectionName> =
            LazyLock::new(|| ConnectionName::new(ConnectionName::DEFAULT));
        SHARED.clone()
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
