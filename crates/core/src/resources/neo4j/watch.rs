//! What a step on a Neo4j cluster waits for: questions, and what their answers say together.

use super::query::SYSTEM;
use super::topology::{ServerState, Topology};
use super::turn::{Pod, Turn};
use crate::engine::id::{ConnectionName, ResourceId, Uid};
use crate::engine::question::{Answer, Fact, FactId, Question};
use crate::engine::step::Readiness;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Finds the answer to a question among those that are at hand.
pub type Answers<'a> = dyn Fn(&Question) -> Option<&'a Answer> + 'a;

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Watch {
    /// A server's turn to be restarted.
    Turn(Turn),
    /// A server that was restarted is back, and everything is in its place.
    Back {
        /// Of which cluster.
        cluster: ConnectionName,
        /// Which server, by name.
        server: Arc<str>,
        /// The pod that went.
        pod: Pod,
    },
    /// A server of which only Kubernetes tells is back.
    Replaced {
        /// Which server, by name.
        server: Arc<str>,
        /// The pod that went.
        pod: Pod,
    },
    /// Everything that was asked for is done, and everybody is there.
    StandsStill(ConnectionName),
    /// `system` can be written to: right after a restart, or a formation, nobody leads it.
    Led(ConnectionName),
    /// A server has nothing left but `system`.
    Drained {
        /// Of which cluster.
        cluster: ConnectionName,
        /// Which server, by name.
        server: Arc<str>,
        /// Its `serverId`.
        id: Uid,
    },
    /// A server was dropped: no other counts on it.
    Out {
        /// Of which cluster.
        cluster: ConnectionName,
        /// Which server, by name.
        server: Arc<str>,
        /// Its `serverId`.
        id: Uid,
    },
    /// Everything is in its place, and no database loses its majority without a server.
    Spared {
        /// Of which cluster.
        cluster: ConnectionName,
        /// Which server, by name.
        server: Arc<str>,
        /// Its `serverId`.
        id: Uid,
    },
}

impl Watch {
    /// Returns what is asked to know.
    #[must_use]
    pub fn asks(&self) -> Vec<Question> {
        match self {
            Self::Turn(turn) => turn.asks(),
            Self::Back { .. } | Self::Replaced { .. } | Self::StandsStill(_) | Self::Led(_) => self.needs(),
            Self::Drained { .. } | Self::Out { .. } | Self::Spared { .. } => self.needs(),
        }
    }

    /// Returns what has to be answered: without that it never holds.
    #[must_use]
    pub fn needs(&self) -> Vec<Question> {
        match self {
            Self::Turn(turn) => turn.needs(),
            Self::Back { cluster, server: _, pod } => vec![object(&pod.id), topology(cluster)],
            Self::Replaced { server: _, pod } => vec![object(&pod.id)],
            Self::StandsStill(cluster)
            | Self::Led(cluster)
            | Self::Drained { cluster, .. }
            | Self::Out { cluster, .. }
            | Self::Spared { cluster, .. } => vec![topology(cluster)],
        }
    }

    /// Tells whether it holds.
    #[must_use]
    pub fn judge(&self, answers: &Answers<'_>) -> Readiness {
        let found = |cluster| read(cluster, answers);
        let held = match self {
            Self::Turn(turn) => return turn.judge(answers),
            Self::Back { cluster, server: _, pod } => match pod.is_replaced(answers(&object(&pod.id))) {
                Readiness::Ready => found(cluster).and_then(Topology::stands_still),
                other @ (Readiness::Waiting(_) | Readiness::Failed(_)) => return other,
            },
            Self::Replaced { server: _, pod } => return pod.is_replaced(answers(&object(&pod.id))),
            Self::StandsStill(cluster) => found(cluster).and_then(Topology::stands_still),
            Self::Led(cluster) => found(cluster).and_then(is_led),
            Self::Drained { cluster, server, id } => found(cluster).and_then(|it| is_drained(it, server, id)),
            Self::Out { cluster, server, id } => found(cluster).and_then(|it| is_out(it, server, id)),
            Self::Spared { cluster, server, id } => found(cluster).and_then(|it| is_spared(it, server, id)),
        };
        held.map_or_else(Readiness::Waiting, |()| Readiness::Ready)
    }

    /// Says what is waited for.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Turn(turn) => format!("the turn of {}", turn.server),
            Self::Back { cluster, server, pod: _ } => format!("{server} back and {cluster} settled"),
            Self::Replaced { server, pod: _ } => format!("{server} back"),
            Self::StandsStill(cluster) => format!("{cluster} settled"),
            Self::Led(cluster) => format!("a leader of system in {cluster}"),
            Self::Drained { cluster: _, server, id: _ } => format!("{server} empty"),
            Self::Out { cluster: _, server, id: _ } => format!("{server} dropped"),
            Self::Spared { cluster: _, server, id: _ } => format!("every majority kept without {server}"),
        }
    }

    /// Says by which rule servers go one after the other, where that is what it waits for.
    #[must_use]
    pub fn rule(&self) -> Option<String> {
        match self {
            Self::Turn(turn) => Some(turn.rule()),
            Self::Back { .. } | Self::Replaced { .. } | Self::StandsStill(_) | Self::Led(_) => None,
            Self::Drained { .. } | Self::Out { .. } | Self::Spared { .. } => None,
        }
    }

    /// Returns the cluster whose servers go one after the other by it: where one of them fails, none goes after it.
    #[must_use]
    pub fn round(&self) -> Option<&ConnectionName> {
        match self {
            Self::Turn(turn) => Some(&turn.cluster),
            Self::Back { cluster, .. } => Some(cluster),
            Self::Replaced { .. } | Self::StandsStill(_) | Self::Led(_) => None,
            Self::Drained { .. } | Self::Out { .. } | Self::Spared { .. } => None,
        }
    }
}

/// Returns the question for one resource.
pub(super) fn object(id: &ResourceId) -> Question {
    Question::Object(id.clone())
}

/// Returns the question for who is in a cluster and who holds what.
#[must_use]
pub(super) fn topology(cluster: &ConnectionName) -> Question {
    Question::Fact(FactId::Neo4jTopology(cluster.clone()))
}

/// Reads a cluster out of the answers, or says why nobody knows.
pub(super) fn read<'a>(cluster: &ConnectionName, answers: &Answers<'a>) -> Result<&'a Topology, String> {
    match answers(&topology(cluster)) {
        Some(Answer::Fact(Fact::Neo4jTopology(found))) => Ok(found),
        Some(Answer::Unreadable(why)) => Err(why.message.clone()),
        Some(_) | None => Err(format!("{cluster}: no answer")),
    }
}

fn is_led(found: &Topology) -> Result<(), String> {
    if found.is_led() { Ok(()) } else { Err("nobody leads system".to_owned()) }
}

/// Tells whether a server has nothing left but `system`, so that it can be dropped.
fn is_drained(found: &Topology, server: &str, id: &Uid) -> Result<(), String> {
    let Some(member) = found.servers.get(id) else { return Ok(()) };
    match member.state {
        ServerState::Deallocated | ServerState::Dropped => Ok(()),
        ServerState::Free
        | ServerState::Enabled
        | ServerState::Cordoned
        | ServerState::Deallocating
        | ServerState::Unknown => {
            let left = member.hosting.iter().map(|name| &**name).filter(|name| *name != SYSTEM);
            let left: Vec<&str> = left.collect();
            let left = if left.is_empty() { "something".to_owned() } else { left.join(", ") };
            Err(format!("{server} still has {left}"))
        }
    }
}

/// Tells whether no other server counts on it any more; it is told of as long as its process runs.
fn is_out(found: &Topology, server: &str, id: &Uid) -> Result<(), String> {
    match found.servers.get(id).map(|member| member.state) {
        None | Some(ServerState::Dropped) => Ok(()),
        Some(_) => Err(format!("{server} is not dropped yet")),
    }
}

fn is_spared(found: &Topology, server: &str, id: &Uid) -> Result<(), String> {
    found.stands_still()?;
    match found.loss_without(id).quorum.first() {
        Some(database) => Err(format!("without {server} database {database} has no majority")),
        None => Ok(()),
    }
}
