//! What the planner may ask and what the shell may answer.
//!
//! The shell answers from a live system, a snapshot file or the simulated world, and the planner cannot tell the
//! difference. *Absence needs proof*: only [`Answer::NotFound`], or an inventory known to be complete, says that
//! something is not there.

use super::fingerprint::{Digest, Fingerprint};
use super::id::{ConnectionId, ConnectionName, Kind, ResourceId, System, Uid};
use super::value::{SecretSource, Value};
use crate::resources::neo4j::{Move, Topology};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// One question to one live system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Question {
    /// Everything in the scope that carries our environment's marker.
    Inventory(Scope),
    /// Everything in the scope, whoever made it: for import and coverage; no plan needs it.
    Everything(Scope),
    /// One resource by name.
    Object(ResourceId),
    /// What the system says it would make of the wanted resource with this fingerprint; changes nothing.
    Project(ResourceId, Fingerprint),
    /// Something that is no resource.
    Fact(FactId),
}

/// What can be unreadable as a whole: one kind in one namespace, or in all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// Which family of systems.
    pub system: System,
    /// Which connection.
    pub connection: ConnectionName,
    /// Which kind.
    pub kind: Kind,
    /// Which namespace; absent for kinds that live at the top.
    pub namespace: Option<Arc<str>>,
}

impl Scope {
    /// Returns the scope that a resource belongs to.
    #[must_use]
    pub fn of(id: &ResourceId) -> Self {
        Self {
            system: id.system,
            connection: id.connection.clone(),
            kind: id.kind.clone(),
            namespace: id.namespace.clone(),
        }
    }

    /// Returns the live system that it is part of.
    #[must_use]
    pub fn connection_id(&self) -> ConnectionId {
        ConnectionId { system: self.system, name: self.connection.clone() }
    }

    /// Tells whether a resource belongs to this scope.
    #[must_use]
    pub fn has(&self, id: &ResourceId) -> bool {
        let Self { system, connection, kind, namespace } = self;
        *system == id.system && *connection == id.connection && *kind == id.kind && *namespace == id.namespace
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = ResourceId {
            system: self.system,
            connection: self.connection.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: Arc::from("*"),
        };
        of.fmt(out)
    }
}

/// Facts that are no resources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FactId {
    /// Who answers at this connection: the uid of the namespace kube-system, the id of a Kafka cluster. Pinned at first
    /// contact.
    Identity(ConnectionId),
    /// The kinds that a Kubernetes API server serves.
    ServedKinds(ConnectionName),
    /// The `openAPIV3Schema` of a custom resource, as its CRD has it.
    CustomResourceSchema(ConnectionName, Kind, ApiVersion),
    /// The keyed digest of a secret.
    SecretDigest(SecretSource),
    /// Who is in a Neo4j cluster and who holds what.
    Neo4jTopology(ConnectionName),
    /// Where the databases of these servers would go, says a dry run.
    Neo4jMoves(ConnectionName, BTreeSet<Arc<str>>),
}

/// `GROUP/VERSION`, or `VERSION` alone for the core group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiVersion(Arc<str>);

impl ApiVersion {
    /// Wraps the text of an `apiVersion`.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the group; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.0.split_once('/').map_or("", |(group, _)| group)
    }

    /// Returns the version within the group.
    #[must_use]
    pub fn version(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(_, version)| version)
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What an API server says that it serves.
///
/// *The rule of absence*: a kind of a group that is not stale, and that is not among these, has no objects. The planner
/// and every back end go by [`Served::of`], so that what one calls absent the other does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Served {
    /// The kinds, the preferred version of each group first.
    pub kinds: Vec<ServedKind>,
    /// Groups of which not everything is known: somebody else serves them, and does not answer.
    pub stale: BTreeMap<Arc<str>, Why>,
}

/// What discovery says of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// It is served like this.
    Served(&'a ServedKind),
    /// Nobody serves it, so there are no objects of it.
    Nobody,
    /// Whoever serves its group does not answer.
    Unreadable(&'a Why),
}

impl Served {
    /// Returns what is known of a kind; the preferred one of its versions stands for all.
    #[must_use]
    pub fn of(&self, kind: &Kind) -> Lookup<'_> {
        match self.kinds.iter().find(|served| served.kind() == *kind) {
            Some(served) => Lookup::Served(served),
            None => self.without(kind),
        }
    }

    /// Returns what is known of a kind that is not among those that are served.
    #[must_use]
    pub fn without(&self, kind: &Kind) -> Lookup<'_> {
        let stale = kind.group().and_then(|group| self.stale.get(group));
        stale.map_or(Lookup::Nobody, Lookup::Unreadable)
    }
}

impl From<Vec<ServedKind>> for Served {
    /// Everybody who serves something has answered.
    fn from(kinds: Vec<ServedKind>) -> Self {
        Self { kinds, stale: BTreeMap::new() }
    }
}

/// A kind that an API server serves in its preferred or any other version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServedKind {
    /// Group and version.
    pub api_version: ApiVersion,
    /// The kind without its group.
    pub kind: Arc<str>,
    /// The plural in URLs.
    pub plural: Arc<str>,
    /// Where its objects live.
    pub reach: Reach,
    /// Whether it has a `status` subresource, so that `status` in a manifest is ignored.
    pub status: HasStatus,
}

impl ServedKind {
    /// Returns the kind, as addresses have it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::kubernetes(self.api_version.group(), &self.kind)
    }
}

/// Where the objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// In namespaces.
    Namespaced,
    /// At the top of the cluster.
    Cluster,
}

/// Whether a kind keeps its status apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HasStatus {
    /// Status is a subresource: written through another address.
    Subresource,
    /// Status, if any, is a field like others.
    No,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// The resource is there (or, to `Project`, would be like this).
    Seen(Seen),
    /// The system says that there is none of this name.
    NotFound,
    /// What carries our marker in a scope.
    Inventory {
        /// What was seen.
        rows: Vec<Seen>,
        /// Whether that is all of it.
        complete: Result<(), Why>,
    },
    /// A fact.
    Fact(Fact),
    /// No usable answer; what it was about is unknown, not absent.
    Unreadable(Why),
    /// To `Project` only: the system would refuse the wanted resource, for this reason.
    Rejected(Rejection),
}

/// What is known of one resource that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// Its address.
    pub id: ResourceId,
    /// Which incarnation it is.
    pub uid: Uid,
    /// The precondition to send with the next write (a resourceVersion); says nothing about what is compared.
    pub version: Arc<str>,
    /// What it looks like.
    pub body: Body,
}

/// How much of a seen resource was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Body {
    /// Every compared hash is what the ledger remembers: nothing else needs to be known.
    Remembered,
    /// All of it, secrets digested.
    Whole(Arc<Value>),
}

/// The answer to a fact question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fact {
    /// Who answers.
    Identity(Arc<str>),
    /// What is served.
    ServedKinds(Served),
    /// A schema; null where the CRD has none.
    Schema(Arc<Value>),
    /// A secret's digest.
    SecretDigest(Digest),
    /// Servers and databases.
    Neo4jTopology(Topology),
    /// What would move.
    Neo4jMoves(Vec<Move>),
}

/// Why there is no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// What sort of trouble, for what to do next.
    pub trouble: Trouble,
    /// In the system's own words (`GET /api/v1/secrets: 403 …`), secrets taken out.
    pub message: String,
}

/// The sorts of trouble that lead to different next steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trouble {
    /// The credentials may not look.
    Forbidden,
    /// The credentials are not accepted at all.
    Unauthorized,
    /// A rule about what is written, or what stands before the system, does not let it through; rights do not change that.
    RuledOut,
    /// Nobody answers, or answers 5xx.
    Unavailable,
    /// No answer within the deadline.
    TimedOut,
    /// Somebody answers who is not the one that was pinned.
    WrongIdentity,
    /// Whoever answers has nothing of what was there, and may be somebody else who cannot be told apart.
    Deserted,
    /// An answer that makes no sense.
    Garbled,
    /// The system has no way to do what it is asked: it is too old, or of another make.
    Unsupported,
    /// The specs do not say (any more) whom to ask.
    NotConfigured,
    /// The source of a secret is not there.
    NoSource,
    /// A secret's source is named by the planned revision and not by the protected one.
    NotInForce,
    /// Objects carry our marker, but there is no ledger.
    LedgerLost,
    /// A snapshot stands for the system, and does not have the answer.
    NotInSnapshot,
}

impl Trouble {
    /// Tells whether the system itself says that these credentials may not: asking again does not change that.
    #[must_use]
    pub fn is_denial(self) -> bool {
        match self {
            Self::Forbidden | Self::Unauthorized => true,
            Self::Unavailable
            | Self::TimedOut
            | Self::WrongIdentity
            | Self::Deserted
            | Self::Garbled
            | Self::Unsupported
            | Self::NotConfigured
            | Self::NoSource
            | Self::NotInForce
            | Self::LedgerLost
            | Self::RuledOut
            | Self::NotInSnapshot => false,
        }
    }

    /// Returns what an HTTP status that is no success says.
    #[must_use]
    pub fn of_status(code: u16) -> Self {
        match code {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            408 | 504 => Self::TimedOut,
            429 | 500.. => Self::Unavailable,
            _ => Self::Garbled,
        }
    }
}

/// Why a system would not take a wanted resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rejection {
    /// It is not valid, in the system's words; `immutable` paths may not change on what is there.
    Invalid {
        /// The system's words.
        message: String,
        /// Fields that may not change, if that is the trouble.
        immutable: Vec<String>,
    },
    /// We may not dry-run.
    Forbidden(String),
    /// Its kind is not served.
    NotServed,
}
