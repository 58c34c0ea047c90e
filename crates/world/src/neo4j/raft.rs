//! Who leads each database, whether a majority follows, and which transactions everybody has.
//!
//! Each database is a group of its own, `system` too; secondaries have no vote: `clustering/introduction`.

use super::cluster::{Cluster, soon};
use super::refusal::Refusal;
use super::state::{AllocationState, Database, Disk, Mode, SYSTEM, Sort};
use std::collections::{BTreeMap, BTreeSet};

impl Database {
    /// Returns the servers that have a vote.
    pub(super) fn voters(&self) -> impl Iterator<Item = &String> {
        let has_vote = self.allocations.iter().filter(|(_, one)| one.joined && one.mode == Mode::Primary);
        has_vote.map(|(server, _)| server)
    }

    /// Returns the servers on which it runs, in this mode.
    pub(super) fn running<'a>(
        &'a self,
        mode: Mode,
        up: &'a BTreeSet<String>,
    ) -> impl Iterator<Item = &'a String> {
        let runs = self.allocations.iter().filter(move |(server, one)| {
            let is_on = matches!(one.state, AllocationState::Online | AllocationState::Deallocating);
            one.joined && one.mode == mode && is_on && up.contains(*server)
        });
        runs.map(|(server, _)| server)
    }

    /// Tells whether a majority of those with a vote runs.
    pub(super) fn has_majority(&self, up: &BTreeSet<String>) -> bool {
        self.running(Mode::Primary, up).count() * 2 > self.voters().count()
    }
}

/// Returns the last transaction of a database that is on the disk of a server.
pub(super) fn stored(disks: &BTreeMap<String, Disk>, server: &str, database: &str) -> Option<u64> {
    let mut disks = disks.values().filter(|disk| disk.server_id == server);
    disks.find_map(|disk| disk.stores.get(database).copied())
}

/// Writes to the disk of a server.
pub(super) fn store(disks: &mut BTreeMap<String, Disk>, server: &str, database: &str, last: u64) {
    let disk = disks.values_mut().find(|disk| disk.server_id == server);
    if let Some(disk) = disk {
        disk.stores.insert(database.to_owned(), last);
    }
}

impl Cluster {
    /// Lets groups that have no leader choose one, a moment after they noticed.
    pub(super) fn elect(&mut self) {
        let up = self.up();
        let Self { system: Some(system), disks, random, now, .. } = self else { return };
        for database in system.databases.values_mut().filter(|one| one.sort != Sort::Composite) {
            let can_lead: Vec<String> = database
                .running(Mode::Primary, &up)
                .filter(|server| stored(disks, server, &database.id) >= Some(database.committed))
                .cloned()
                .collect();
            let has_majority = database.is_started && database.has_majority(&up);
            let leader = database.leader.take();
            let runs = |leader: &String| database.running(Mode::Primary, &up).any(|one| one == leader);
            database.leader = leader.filter(|leader| has_majority && runs(leader));
            if !has_majority || database.leader.is_some() || can_lead.is_empty() {
                database.election = None;
                continue;
            }
            match database.election {
                None => database.election = Some(soon(*now, random, 1, 3)),
                Some(due) if due <= *now => {
                    let at = random.below(u64::try_from(can_lead.len()).unwrap_or(1));
                    database.leader = can_lead.get(usize::try_from(at).unwrap_or(0)).cloned();
                    database.term += 1;
                    database.election = None;
                }
                Some(_) => {}
            }
        }
    }

    /// Clients write all the time: each database that can be written to is.
    pub(super) fn commit(&mut self) {
        let up = self.up();
        let Self { system: Some(system), disks, .. } = self else { return };
        for database in system.databases.values_mut() {
            if database.leader.is_none() || !database.has_majority(&up) {
                continue;
            }
            for secondary in database.running(Mode::Secondary, &up) {
                store(disks, secondary, &database.id, database.committed);
            }
            database.committed += u64::from(database.sort == Sort::Standard && !database.read_only);
            for primary in database.running(Mode::Primary, &up) {
                store(disks, primary, &database.id, database.committed);
            }
        }
    }

    /// Refuses where nobody could write to a database.
    pub(super) fn leads(&self, database: &str) -> Result<(), Refusal> {
        let up = self.up();
        let found = self.system.as_ref().and_then(|system| system.databases.get(database));
        let Some(found) = found else { return Err(Refusal::no_leader(database)) };
        match &found.leader {
            None => Err(Refusal::no_leader(database)),
            Some(leader) if !up.contains(leader) => Err(Refusal::no_leader(database)),
            Some(_) if !found.has_majority(&up) => Err(Refusal::not_replicated()),
            Some(_) => Ok(()),
        }
    }

    /// Notes that `system` was written to.
    pub(super) fn agree(&mut self) {
        let up = self.up();
        let Self { system: Some(system), disks, .. } = self else { return };
        let database = system.database(SYSTEM);
        database.committed += 1;
        for primary in database.running(Mode::Primary, &up) {
            store(disks, primary, &database.id, database.committed);
        }
    }
}
