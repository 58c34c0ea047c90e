//! What is really so, for those who judge: nobody who asks over HTTP is told.

use super::cluster::Cluster;
use super::raft::stored;
use super::state::{AllocationState, Database, Fate, Process, ServerState, Sort};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something that was written and that no server has any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The database.
    pub database: String,
    /// Its id.
    pub id: String,
    /// The last transaction that was agreed on.
    pub committed: u64,
    /// The last one that is still on a disk.
    pub left: Option<u64>,
    /// How it went.
    pub lost: Lost,
}

/// How something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lost {
    /// Somebody dropped the database.
    Dropped,
    /// The disks went.
    WithDisks,
}

/// A database on a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The id of the server that the disk is of.
    pub server: String,
    /// The id of the database.
    pub database: String,
    /// The last transaction that it has.
    pub last: u64,
}

impl Cluster {
    /// Returns the names of all databases.
    pub fn databases(&self) -> impl Iterator<Item = &str> {
        let databases = self.system.iter().flat_map(|system| &system.databases);
        databases.filter(|(_, one)| one.sort != Sort::Composite).map(|(name, _)| name.as_str())
    }

    /// Tells whether a majority of a database's primaries runs: without, nobody can write to it.
    #[must_use]
    pub fn has_quorum(&self, database: &str) -> bool {
        let up = self.up();
        let found = self.system.as_ref().and_then(|system| system.databases.get(database));
        found.is_some_and(|database| database.voters().next().is_some() && database.has_majority(&up))
    }

    /// Returns the name of the server that leads a database, as `SHOW DATABASES` calls it a writer.
    #[must_use]
    pub fn writer(&self, database: &str) -> Option<&str> {
        let leader = self.system.as_ref()?.databases.get(database)?.leader.as_deref()?;
        self.process(leader).map(|process| process.server.as_str())
    }

    /// Tells whether somebody stopped a database.
    #[must_use]
    pub fn is_stopped(&self, database: &str) -> bool {
        let found = self.system.as_ref().and_then(|system| system.databases.get(database));
        found.is_some_and(|database| !database.is_started)
    }

    /// Tells whether the servers have found each other.
    #[must_use]
    pub fn is_formed(&self) -> bool {
        self.system.is_some()
    }

    /// Tells whether nothing that was asked for is left to do.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let Some(system) = &self.system else { return false };
        let is_there = |database: &Database| {
            database.allocations.values().all(|one| {
                let is_in_place = one.wanted == Some(one.mode) && one.joined;
                let rests = if database.is_started {
                    one.state == AllocationState::Online
                } else {
                    one.state == AllocationState::Offline
                };
                is_in_place && rests
            })
        };
        let leads = |database: &Database| {
            database.sort == Sort::Composite || !database.is_started || database.leader.is_some()
        };
        let goes = |state: ServerState| state == ServerState::Deallocating;
        let comes = |process: &Process| process.fate == Fate::Runs && !self.is_awake(process);
        system.databases.values().all(|database| is_there(database) && leads(database))
            && !system.members.values().any(|member| goes(member.state))
            && !self.processes.values().any(comes)
    }

    /// Returns all that is on disks.
    pub fn stores(&self) -> impl Iterator<Item = Store> {
        self.disks.values().flat_map(|disk| {
            disk.stores.iter().map(|(database, last)| Store {
                server: disk.server_id.clone(),
                database: database.clone(),
                last: *last,
            })
        })
    }

    /// Returns what was agreed on and is on no disk any more.
    #[must_use]
    pub fn lost(&self) -> Vec<Loss> {
        let mut losses = self.buried.clone();
        if let Some(system) = &self.system {
            losses.extend(system.losses.iter().cloned());
            losses.extend(system.databases.keys().filter_map(|name| self.loss(name, Lost::WithDisks)));
        }
        losses
    }

    /// Returns what goes with a database that is dropped, or what of it no disk has.
    pub(super) fn loss(&self, name: &str, lost: Lost) -> Option<Loss> {
        let database = self.system.as_ref()?.databases.get(name)?;
        let servers: BTreeSet<&String> = self.disks.values().map(|disk| &disk.server_id).collect();
        let left = servers.iter().filter_map(|server| stored(&self.disks, server, &database.id)).max();
        let is_lost = match lost {
            Lost::Dropped => database.committed > 0,
            Lost::WithDisks => database.committed > left.unwrap_or(0),
        };
        is_lost.then(|| Loss {
            database: name.to_owned(),
            id: database.id.clone(),
            committed: database.committed,
            left: left.filter(|_| lost == Lost::WithDisks),
            lost,
        })
    }
}
