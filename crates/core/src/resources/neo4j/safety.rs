//! What may be done to a server right now: whether the cluster stands still, and what stopping one server would take away.
//!
//! Rules are those of the operations manual: each database has a Raft group of its own among its primaries, `system`
//! among them; a group of 2F + 1 survives F ("Clustering, introduction"), and a server is restarted only when every
//! server is available and nothing that was asked for is under way ("Upgrade a cluster", the two queries that must
//! come back empty).

use super::query::SYSTEM;
use super::topology::{Database, DatabaseKind, Health, Member, Replica, Role, ServerState, Topology};
use crate::engine::id::Uid;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Why a cluster does not stand still, in the words of a report; the first reason found is enough to wait for.
pub type Unsettled = String;

/// What stopping one server would take away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Databases whose other primaries are no majority: they stop taking writes.
    pub quorum: BTreeSet<Arc<str>>,
    /// Databases that have no other primary: nobody can write to them until the server is back.
    pub only_primary: BTreeSet<Arc<str>>,
}

/// Where a server stands in the order in which servers are restarted; each restart moves leaders, so this is asked anew
/// before every one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// It votes nowhere.
    Secondary,
    /// It votes, and takes writes for no database.
    Follower,
    /// It takes the writes of some database.
    Writer,
    /// It takes the writes of `system`.
    LeadsSystem,
}

impl Topology {
    /// Tells whether everything that was asked for is done, and everybody is there.
    ///
    /// # Errors
    ///
    /// Returns the first thing that is still under way, or that is broken.
    pub fn stands_still(&self) -> Result<(), Unsettled> {
        self.servers.values().try_for_each(|member| self.is_in_place(member))?;
        self.databases.iter().try_for_each(|(name, database)| database.is_in_place(name))
    }

    fn is_in_place(&self, member: &Member) -> Result<(), Unsettled> {
        let name = &member.name;
        match (member.state, member.health) {
            // It is out, and nobody waits for it.
            (ServerState::Dropped, _) => return Ok(()),
            (_, Health::Unavailable) => return Err(format!("server {name} is not available")),
            (ServerState::Deallocating, _) => return Err(format!("databases move away from server {name}")),
            (ServerState::Unknown, _) => {
                return Err(format!("server {name} is in a state that is not known here"));
            }
            (
                ServerState::Free | ServerState::Enabled | ServerState::Cordoned | ServerState::Deallocated,
                Health::Available,
            ) => {}
        }
        if let Some(coming) = member.requested_hosting.difference(&member.hosting).next() {
            return Err(format!("database {coming} is on its way to server {name}"));
        }
        let mut left = member.hosting.difference(&member.requested_hosting);
        match left.find(|database| self.is_requested_by_server(database)) {
            Some(leaving) => Err(format!("database {leaving} has not left server {name} yet")),
            None => Ok(()),
        }
    }

    /// `system` is everywhere, and nobody requests a composite database: both are hosted without having been asked for.
    fn is_requested_by_server(&self, database: &str) -> bool {
        self.databases.get(database).is_some_and(|found| found.kind == DatabaseKind::Standard)
    }

    /// Tells whether somebody takes the writes of `system`.
    #[must_use]
    pub fn is_led(&self) -> bool {
        let system = self.databases.get(SYSTEM);
        system.is_some_and(|system| system.replicas.iter().any(|replica| replica.writer))
    }

    /// Returns what stopping a server would take away.
    #[must_use]
    pub fn loss_without(&self, server: &Uid) -> Loss {
        let mut loss = Loss::default();
        for (name, database) in &self.databases {
            let is_here = |replica: &&Replica| replica.server.as_ref() == Some(server);
            if database.is_stopped() || !database.primaries().any(|replica| is_here(&replica)) {
                continue;
            }
            let others = database.primaries().filter(|replica| !is_here(replica));
            let online = others.filter(|replica| replica.is_online()).count();
            if database.voters() <= 1 {
                loss.only_primary.insert(Arc::clone(name));
            } else if online < database.majority() {
                loss.quorum.insert(Arc::clone(name));
            }
        }
        loss
    }

    /// Returns where a server stands in the order of restarts.
    #[must_use]
    pub fn rank(&self, server: &Uid) -> Rank {
        let mut rank = Rank::Secondary;
        for (name, database) in &self.databases {
            let here = database.replicas.iter().filter(|replica| replica.server.as_ref() == Some(server));
            for replica in here {
                rank = rank.max(match (replica.role, replica.writer) {
                    (_, true) if &**name == SYSTEM => Rank::LeadsSystem,
                    (_, true) => Rank::Writer,
                    (Role::Primary, false) => Rank::Follower,
                    (Role::Secondary | Role::Unknown, false) => Rank::Secondary,
                });
            }
        }
        rank
    }
}

impl Database {
    fn primaries(&self) -> impl Iterator<Item = &Replica> {
        self.replicas.iter().filter(|replica| replica.role == Role::Primary)
    }

    /// How many vote. Rows of servers that are down may be missing, so the larger of what is told and what is seen counts.
    fn voters(&self) -> usize {
        let told = usize::try_from(self.primaries).unwrap_or(usize::MAX);
        told.max(self.requested_primaries.map_or(0, |count| count as usize)).max(self.primaries().count())
    }

    /// How many of them must be there for a write.
    #[must_use]
    pub fn majority(&self) -> usize {
        self.voters() / 2 + 1
    }

    /// Tells whether a majority of its primaries is online.
    #[must_use]
    pub fn has_quorum(&self) -> bool {
        self.primaries().filter(|replica| replica.is_online()).count() >= self.majority()
    }

    /// Tells whether somebody stopped it: it has no primaries then, and nobody writes to it.
    fn is_stopped(&self) -> bool {
        !self.replicas.is_empty() && self.replicas.iter().all(|replica| &*replica.requested == "offline")
    }

    fn is_in_place(&self, name: &str) -> Result<(), Unsettled> {
        if let Some(replica) = self.replicas.iter().find(|replica| !replica.is_settled()) {
            let reason =
                if replica.message.is_empty() { String::new() } else { format!(": {}", replica.message) };
            return Err(format!(
                "database {name} is {} and shall be {}{reason}",
                replica.current, replica.requested
            ));
        }
        if self.is_stopped() {
            return Ok(());
        }
        // Nobody asks on how many `system` is to be: it follows the servers, also those that were dropped and still run.
        let wanted = self.requested_primaries.zip(self.requested_secondaries);
        match wanted.filter(|_| self.kind != DatabaseKind::System) {
            Some((primaries, _)) if self.primaries < primaries => {
                Err(format!("database {name} has {} of {primaries} primaries", self.primaries))
            }
            Some((_, secondaries)) if self.secondaries < secondaries => {
                Err(format!("database {name} has {} of {secondaries} secondaries", self.secondaries))
            }
            Some((primaries, secondaries)) if self.replicas.len() < (primaries + secondaries) as usize => {
                Err(format!("database {name} is not told of on every server that has it"))
            }
            Some(_) | None => Ok(()),
        }
    }
}
