//! Documents that are about an environment and not about one resource in it, as they are written: what policies judge
//! beside resources.

use super::value::Value;
use jiff::Timestamp;
use std::sync::Arc;

/// One such document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Of which kind.
    pub kind: StatedKind,
    /// How it is called.
    pub name: Arc<str>,
    /// What it says, secrets by reference.
    pub body: Arc<Value>,
    /// Whether it counts.
    pub standing: Standing,
}

/// The kinds of such documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatedKind {
    /// A permission.
    Approval,
    /// Kafka Connect workers to talk to.
    ConnectCluster,
    /// The environment itself.
    Environment,
    /// Brokers to talk to.
    KafkaCluster,
    /// A Neo4j cluster, or a single server.
    Neo4jCluster,
}

/// Whether a document counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It does.
    InForce,
    /// A protected revision says otherwise: it would count once it is merged.
    Proposed,
}

impl StatedKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Approval, Self::ConnectCluster, Self::Environment, Self::KafkaCluster, Self::Neo4jCluster];

    /// Returns the word in `kind`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approval => "Approval",
            Self::ConnectCluster => "ConnectCluster",
            Self::Environment => "Environment",
            Self::KafkaCluster => "KafkaCluster",
            Self::Neo4jCluster => "Neo4jCluster",
        }
    }

    /// Returns the kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Tells whether it is a protected revision that says what counts of this kind, where there is one.
    #[must_use]
    pub fn is_protected(self) -> bool {
        match self {
            Self::Approval | Self::ConnectCluster | Self::Environment | Self::KafkaCluster => true,
            // Only how it is reached is; what it consists of is what is planned.
            Self::Neo4jCluster => false,
        }
    }
}

impl Stated {
    /// Returns how users call it: `KafkaCluster/main`.
    #[must_use]
    pub fn called(&self) -> String {
        format!("{}/{}", self.kind.as_str(), self.name)
    }

    /// Returns in how many whole hours it ends, if it does.
    #[must_use]
    pub fn hours_left(&self, now: Timestamp) -> Option<i64> {
        match self.kind {
            StatedKind::Approval => {
                let until: Timestamp = self.body.at(&["spec", "until"])?.as_text()?.parse().ok()?;
                Some(until.duration_since(now).as_hours())
            }
            StatedKind::ConnectCluster
            | StatedKind::Environment
            | StatedKind::KafkaCluster
            | StatedKind::Neo4jCluster => None,
        }
    }
}

/// Returns what counts where a protected revision has a say: what it says of the kinds that are its, and of those what is
/// proposed instead.
#[must_use]
pub fn under(protected: &[Stated], own: Vec<Stated>) -> Vec<Stated> {
    let ruled = protected.iter().filter(|stated| stated.kind.is_protected());
    let own = own.into_iter().filter_map(|stated| match stated.kind.is_protected() {
        true if protected.contains(&stated) => None,
        true => Some(Stated { standing: Standing::Proposed, ..stated }),
        false => Some(stated),
    });
    ruled.cloned().chain(own).collect()
}
