//! From what was asked for to what is: databases start, are copied, stop and go, each in its own time.
//!
//! A copy in primary mode goes only when all that was asked for is there (`show-servers-monitoring`, `Deallocating`).

use super::cluster::{Cluster, soon};
use super::raft::{store, stored};
use super::state::{Allocation, AllocationState, Database, Disk, Mode, SYSTEM, ServerState, Sort};
use crate::random::Random;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a step sees around it.
struct Around<'a> {
    up: &'a BTreeSet<String>,
    disks: &'a mut BTreeMap<String, Disk>,
    random: &'a mut Random,
    now: Timestamp,
}

impl Cluster {
    /// Lets every database come closer to what was asked for.
    pub(super) fn converge(&mut self) {
        let up = self.up();
        let Self { system: Some(system), disks, random, now, .. } = self else { return };
        for database in system.databases.values_mut().filter(|one| one.sort != Sort::Composite) {
            let mut around = Around { up: &up, disks, random, now: *now };
            let servers: Vec<String> = database.allocations.keys().cloned().collect();
            for server in servers {
                around.step(database, &server);
            }
        }
        for (id, member) in &mut system.members {
            let hosts = |(name, database): (&String, &Database)| {
                name != SYSTEM && database.allocations.contains_key(id)
            };
            if member.state == ServerState::Deallocating && !system.databases.iter().any(hosts) {
                member.state = ServerState::Deallocated;
            }
        }
    }

    /// A server that begins again opens its stores again.
    pub(super) fn recover(&mut self, server: &str) {
        let databases = self.system.iter_mut().flat_map(|system| system.databases.values_mut());
        for database in databases {
            if let Some(allocation) = database.allocations.get_mut(server)
                && allocation.state != AllocationState::Offline
            {
                allocation.state = AllocationState::Initial;
            }
        }
    }
}

impl Around<'_> {
    fn step(&mut self, database: &mut Database, server: &str) {
        let Some(mut one) = database.allocations.get(server).cloned() else { return };
        let gone = if self.up.contains(server) {
            self.step_on_server(database, server, &mut one)
        } else {
            if one.state == AllocationState::Copying {
                one.state = AllocationState::Initial;
            }
            one.wanted.is_none() && self.may_leave(database, server)
        };
        if gone {
            database.allocations.remove(server);
            let was_leader = database.leader.as_deref() == Some(server);
            database.leader = database.leader.take().filter(|_| !was_leader);
        } else {
            database.allocations.insert(server.to_owned(), one);
        }
    }

    /// Tells whether the allocation is gone.
    fn step_on_server(&mut self, database: &Database, server: &str, one: &mut Allocation) -> bool {
        let is_due = one.due <= self.now;
        match one.state {
            AllocationState::Initial if one.wanted.is_none() && !one.joined => return true,
            AllocationState::Initial if !database.is_started => one.state = AllocationState::Offline,
            AllocationState::Initial => self.begin(database, server, one),
            AllocationState::Starting | AllocationState::Copying if is_due => {
                self.get_up(database, server, one);
            }
            AllocationState::Online if !database.is_started => {
                self.after(one, AllocationState::Stopping, (1, 2));
            }
            AllocationState::Online => self.change(database, server, one),
            AllocationState::Stopping if is_due => one.state = AllocationState::Offline,
            AllocationState::Offline if database.is_started => one.state = AllocationState::Initial,
            AllocationState::Deallocating if is_due && self.may_leave(database, server) => {
                self.erase(database, server);
                return true;
            }
            AllocationState::Starting
            | AllocationState::Copying
            | AllocationState::Stopping
            | AllocationState::Offline
            | AllocationState::Deallocating => {}
        }
        false
    }

    fn after(&mut self, one: &mut Allocation, state: AllocationState, (least, most): (u64, u64)) {
        one.state = state;
        one.due = soon(self.now, self.random, least, most);
    }

    /// Opens the store that is there, begins a new one, or copies that of another server.
    fn begin(&mut self, database: &Database, server: &str, one: &mut Allocation) {
        let has_store = stored(self.disks, server, &database.id).is_some();
        let has_source = [Mode::Primary, Mode::Secondary]
            .into_iter()
            .any(|mode| database.running(mode, self.up).next().is_some());
        if has_store && one.joined {
            self.after(one, AllocationState::Starting, (1, 4));
        } else if database.voters().next().is_none() {
            self.after(one, AllocationState::Starting, (1, 3));
        } else if has_source {
            self.after(one, AllocationState::Copying, (4, 12));
        }
    }

    /// Who is new to a group is let in by its leader.
    fn get_up(&mut self, database: &Database, server: &str, one: &mut Allocation) {
        let is_new = !one.joined && database.voters().next().is_some();
        let is_first = database.committed == 0;
        if is_new && one.mode == Mode::Primary && database.leader.is_none() && !is_first {
            return;
        }
        if !one.joined || stored(self.disks, server, &database.id).is_none() {
            store(self.disks, server, &database.id, database.committed);
        }
        one.joined = true;
        one.state = AllocationState::Online;
    }

    /// Goes, or turns to the other mode, if that was asked for and may be.
    fn change(&mut self, database: &Database, server: &str, one: &mut Allocation) {
        match one.wanted {
            None if self.may_leave(database, server) => {
                self.after(one, AllocationState::Deallocating, (1, 3));
            }
            Some(Mode::Primary) if one.mode == Mode::Secondary && database.leader.is_some() => {
                one.mode = Mode::Primary;
            }
            Some(Mode::Secondary) if one.mode == Mode::Primary && self.may_leave(database, server) => {
                one.mode = Mode::Secondary;
            }
            None | Some(_) => {}
        }
    }

    /// Tells whether all that was asked for elsewhere is there, and nobody else goes right now.
    fn may_leave(&self, database: &Database, server: &str) -> bool {
        let others = || database.allocations.iter().filter(|(other, _)| *other != server);
        let is_there = |(other, one): (&String, &Allocation)| match one.wanted {
            None => true,
            Some(mode) => {
                one.mode == mode
                    && one.joined
                    && one.state == AllocationState::Online
                    && self.up.contains(other)
            }
        };
        let nobody_goes = !others().any(|(_, one)| one.state == AllocationState::Deallocating);
        database.leader.is_some() && others().all(is_there) && nobody_goes
    }

    fn erase(&mut self, database: &Database, server: &str) {
        for disk in self.disks.values_mut().filter(|disk| disk.server_id == server) {
            disk.stores.remove(&database.id);
        }
    }
}
