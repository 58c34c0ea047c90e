//! One cluster as a value: what runs, what lies on disks, what is agreed, and how time changes it.

use super::pods::Edition;
use super::state::{Disk, Fate, Process, SYSTEM, System};
use super::truth::Loss;
use crate::random::Random;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A simulated cluster, or one Community server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    pub(super) now: Timestamp,
    pub(super) random: Random,
    pub(super) habits: Habits,
    /// By the server's name: that of its Helm release.
    pub(super) processes: BTreeMap<String, Process>,
    /// By what tells volumes apart.
    pub(super) disks: BTreeMap<String, Disk>,
    /// None until the first servers have found each other.
    pub(super) system: Option<System>,
    /// What went with clusters of which no disk is left.
    pub(super) buried: Vec<Loss>,
    /// Logins that failed one after the other, and when the last one did.
    pub(super) failed_logins: BTreeMap<String, (u32, Timestamp)>,
    /// How many requests came to no server in particular.
    pub(super) turns: usize,
}

/// Where the manual contradicts itself, the seed decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Habits {
    /// Databases on servers that are down have no row (`show-databases-monitoring`, the second note), or one whose
    /// address is null (the same page, the first note).
    pub(super) hides_unavailable: bool,
    /// The address of a server that is deallocating is null.
    pub(super) hides_deallocating: bool,
}

impl Cluster {
    /// Begins a cluster that has no server yet.
    #[must_use]
    pub fn new(seed: u64, now: Timestamp) -> Self {
        let mut random = Random::new(seed);
        let habits = Habits { hides_unavailable: random.happens(50), hides_deallocating: random.happens(50) };
        Self {
            now,
            random,
            habits,
            processes: BTreeMap::new(),
            disks: BTreeMap::new(),
            system: None,
            buried: Vec::new(),
            failed_logins: BTreeMap::new(),
            turns: 0,
        }
    }

    /// Lets time pass until `now`.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = now;
        self.bury();
        self.form();
        self.join();
        self.elect();
        self.converge();
        self.commit();
        self.forget_dropped();
    }

    /// Returns a moment between `least` and `most` seconds from now.
    pub(super) fn soon(&mut self, least: u64, most: u64) -> Timestamp {
        soon(self.now, &mut self.random, least, most)
    }

    /// Tells whether a server's process runs and belongs to the cluster.
    pub(super) fn is_up(&self, server_id: &str) -> bool {
        self.process(server_id).is_some()
    }

    /// Returns the process of a member.
    pub(super) fn process(&self, server_id: &str) -> Option<&Process> {
        let cluster = self.system.as_ref()?.id();
        self.processes.values().find(|process| {
            process.server_id == server_id && self.is_awake(process) && self.is_bound_to(process, cluster)
        })
    }

    /// Tells whether a process listens.
    pub(super) fn is_awake(&self, process: &Process) -> bool {
        process.fate == Fate::Runs && process.ready_at <= self.now
    }

    pub(super) fn is_bound_to(&self, process: &Process, cluster: &str) -> bool {
        self.disks.get(&process.volume).is_some_and(|disk| disk.cluster.as_deref() == Some(cluster))
    }

    /// Returns the ids of all members whose processes run.
    pub(super) fn up(&self) -> BTreeSet<String> {
        let members = self.system.iter().flat_map(|system| system.members.keys());
        members.filter(|id| self.is_up(id)).cloned().collect()
    }

    pub(super) fn edition(&self) -> Edition {
        self.system.as_ref().map_or(Edition::Enterprise, |system| system.edition)
    }

    /// When no disk of a cluster is left, servers that start anew find nobody.
    fn bury(&mut self) {
        let Some(system) = &self.system else { return };
        let is_ours = |disk: &Disk| disk.cluster.as_deref() == Some(system.id());
        if !self.disks.values().any(is_ours) {
            let lost = self.lost();
            self.buried = lost;
            self.system = None;
        }
    }

    /// A dropped server is shown until its process stops.
    fn forget_dropped(&mut self) {
        let up = self.up();
        let Some(system) = &mut self.system else { return };
        let dropped = &system.dropped;
        system.members.retain(|id, _| !dropped.contains(id) || up.contains(id));
    }
}

impl System {
    /// Returns what tells this cluster from others.
    pub(super) fn id(&self) -> &str {
        self.databases.get(SYSTEM).map_or("", |system| system.id.as_str())
    }
}

/// Returns a moment between `least` and `most` seconds from `now`.
pub(super) fn soon(now: Timestamp, random: &mut Random, least: u64, most: u64) -> Timestamp {
    let seconds = least + random.below(most - least + 1);
    let span = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0));
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}
