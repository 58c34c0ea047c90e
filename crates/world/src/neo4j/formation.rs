//! How servers find each other: once enough are up together `system` comes to be; who comes later is free.
//!
//! `clustering/setup/deploy`; `dbms.cluster.minimum_initial_system_primaries_count` is read at the first start only.

use super::access::People;
use super::cluster::Cluster;
use super::cypher::TopologyCounts;
use super::pods::Edition;
use super::state::{
    Addresses, Allocation, AllocationState, Database, Defaults, Member, Mode, Process, SYSTEM, ServerOptions,
    ServerState, Sort, System,
};
use std::collections::{BTreeMap, BTreeSet};

impl Cluster {
    /// Lets the first servers find each other.
    pub(super) fn form(&mut self) {
        if self.system.is_some() {
            return;
        }
        let founders: Vec<Process> =
            self.processes.values().filter(|process| self.may_found(process)).cloned().collect();
        let founders = match founders.iter().find(|founder| founder.edition == Edition::Community) {
            Some(alone) => vec![alone.clone()],
            None => founders,
        };
        let needed = founders.iter().map(Process::founders_needed).max().unwrap_or(1);
        let Some(first) = founders.first() else { return };
        if founders.len() < needed {
            return;
        }
        let first = first.clone();
        self.found(&first, &founders);
    }

    fn may_found(&self, process: &Process) -> bool {
        let is_unbound = self.disks.get(&process.volume).is_some_and(|disk| disk.cluster.is_none());
        self.is_awake(process) && is_unbound && process.system_mode() == Mode::Primary
    }

    fn found(&mut self, first: &Process, founders: &[Process]) {
        let members = founders.iter().map(|founder| {
            let mut member = Member::of(founder);
            member.state = ServerState::Enabled;
            (founder.server_id.clone(), member)
        });
        let default = first.setting("initial.dbms.default_database").unwrap_or("neo4j").to_owned();
        let topology = TopologyCounts {
            primaries: first.number("initial.dbms.default_primaries_count").unwrap_or(1),
            secondaries: first.number("initial.dbms.default_secondaries_count").unwrap_or(0),
        };
        let count = i64::try_from(founders.len()).unwrap_or(i64::MAX);
        let system = self.new_database(Sort::System, TopologyCounts { primaries: count, secondaries: 0 });
        let standard = self.new_database(Sort::Standard, topology);
        let mut system = System {
            edition: first.edition,
            members: members.collect(),
            databases: BTreeMap::from([(SYSTEM.to_owned(), system), (default.clone(), standard)]),
            aliases: BTreeMap::new(),
            people: People::first(&first.password),
            defaults: Defaults {
                topology,
                database: default.clone(),
                enables_free_servers: first.is_set("initial.dbms.automatically_enable_free_servers"),
            },
            dropped: BTreeSet::new(),
            losses: Vec::new(),
        };
        for founder in founders {
            let founding = self.allocation(Mode::Primary);
            system.database(SYSTEM).allocations.insert(founder.server_id.clone(), founding);
            self.bind(founder, system.id());
        }
        // With fewer servers than it asks for, the default database has as many as there are.
        let topology = TopologyCounts { primaries: topology.primaries.min(count), ..topology };
        let topology =
            TopologyCounts { secondaries: topology.secondaries.min(count - topology.primaries), ..topology };
        system.database(&default).topology = topology;
        if let Ok(placed) = system.place(&default, topology, &BTreeSet::new()) {
            system.allot(&default, &placed, self.now);
        }
        self.system = Some(system);
    }

    fn bind(&mut self, process: &Process, cluster: &str) {
        if let Some(disk) = self.disks.get_mut(&process.volume) {
            disk.cluster = Some(cluster.to_owned());
        }
    }

    /// Lets servers that come later in.
    pub(super) fn join(&mut self) {
        let Some(system) = &self.system else { return };
        let cluster = system.id().to_owned();
        let strangers: Vec<Process> = self
            .processes
            .values()
            .filter(|process| self.is_awake(process) && !system.members.contains_key(&process.server_id))
            .cloned()
            .collect();
        for stranger in strangers {
            let is_bound = self.is_bound_to(&stranger, &cluster);
            let is_unbound = self.disks.get(&stranger.volume).is_some_and(|disk| disk.cluster.is_none());
            if is_bound {
                self.come_back_dropped(&stranger);
            } else if is_unbound && self.lets_in(&stranger) {
                self.bind(&stranger, &cluster);
                self.let_in(&stranger);
            }
        }
        self.see();
    }

    /// A server that was dropped is seen while it runs, and never let in again.
    fn come_back_dropped(&mut self, process: &Process) {
        let Some(system) = &mut self.system else { return };
        if system.dropped.contains(&process.server_id) {
            let member = Member { state: ServerState::Dropped, ..Member::of(process) };
            system.members.insert(process.server_id.clone(), member);
        }
    }

    fn lets_in(&self, process: &Process) -> bool {
        let Some(system) = &self.system else { return false };
        let fits = |member: &Member| process.version.joins(&member.version);
        system.edition == Edition::Enterprise
            && process.edition == Edition::Enterprise
            && system.members.values().all(fits)
            && self.finds_others(process)
            && self.leads(SYSTEM).is_ok()
    }

    /// A server of the calendar speaks the second discovery only: `clustering/setup/discovery`, branch 5.x.
    fn finds_others(&self, process: &Process) -> bool {
        let speaks_second = |other: &Process| {
            other.version.is_by_calendar()
                || other.setting("dbms.cluster.discovery.version").is_some_and(|version| version != "V1_ONLY")
        };
        let others = self.processes.values().filter(|other| other.server_id != process.server_id);
        let mut others = others.filter(|other| self.is_up(&other.server_id));
        if process.version.is_by_calendar() { others.all(speaks_second) } else { true }
    }

    fn let_in(&mut self, process: &Process) {
        let allocation = self.allocation(process.system_mode());
        let Some(system) = &mut self.system else { return };
        let mut member = Member::of(process);
        if system.defaults.enables_free_servers {
            member.state = ServerState::Enabled;
        }
        system.members.insert(process.server_id.clone(), member);
        system.database(SYSTEM).allocations.insert(process.server_id.clone(), allocation);
    }

    /// Members tell where they listen and what they run.
    fn see(&mut self) {
        let seen: Vec<(String, Member)> = self
            .processes
            .values()
            .filter(|process| self.is_up(&process.server_id))
            .map(|process| (process.server_id.clone(), Member::of(process)))
            .collect();
        let Some(system) = &mut self.system else { return };
        for (id, now) in seen {
            if let Some(member) = system.members.get_mut(&id) {
                member.address = now.address;
                member.version = now.version;
            }
        }
    }

    /// Returns a database of which nobody has anything yet.
    pub(super) fn new_database(&mut self, sort: Sort, topology: TopologyCounts) -> Database {
        let parts = [(); 4].map(|()| format!("{:016X}", self.random.next_number()));
        Database {
            id: parts.concat(),
            sort,
            topology,
            read_only: false,
            is_started: true,
            options: BTreeMap::new(),
            allocations: BTreeMap::new(),
            leader: None,
            term: 0,
            election: None,
            committed: 0,
            made_at: self.now,
            started_at: self.now,
            stopped_at: None,
            constraints: BTreeMap::new(),
            next_schema: 4,
        }
    }

    fn allocation(&self, mode: Mode) -> Allocation {
        Allocation { mode, wanted: Some(mode), state: AllocationState::Initial, due: self.now, joined: false }
    }
}

impl Process {
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.setting(name)?.parse().ok()
    }

    fn is_set(&self, name: &str) -> bool {
        self.setting(name) == Some("true")
    }

    /// A server that is to discover nobody is alone.
    fn founders_needed(&self) -> usize {
        let discovers = self
            .settings
            .keys()
            .any(|name| name.starts_with("dbms.cluster.") || name.starts_with("dbms.kubernetes."));
        if !discovers || self.edition == Edition::Community {
            return 1;
        }
        let needed = self.number("dbms.cluster.minimum_initial_system_primaries_count").unwrap_or(3);
        usize::try_from(needed).unwrap_or(1)
    }

    fn system_mode(&self) -> Mode {
        match self.setting("server.cluster.system_database_mode") {
            Some("SECONDARY") => Mode::Secondary,
            Some(_) | None => Mode::Primary,
        }
    }

    /// Where this server says that it listens. The chart's values are commands, which give the name of a service.
    pub(super) fn addresses(&self) -> Addresses {
        let said = |name: &str| {
            self.setting(name).filter(|value| !value.starts_with(['$', ':']) && !value.is_empty())
        };
        let host = said("server.default_advertised_address").unwrap_or(&self.server);
        let at = |name: &str, port: u16| match said(name) {
            Some(address) if address.contains(':') => address.to_owned(),
            Some(own) => format!("{own}:{port}"),
            None => format!("{host}:{port}"),
        };
        Addresses {
            bolt: at("server.bolt.advertised_address", 7687),
            http: at("server.http.advertised_address", 7474),
        }
    }

    /// The options that hold where `ENABLE SERVER` names none.
    pub(super) fn initial_options(&self) -> ServerOptions {
        let list = |name: &str| -> Vec<String> {
            let texts = self.setting(name).into_iter().flat_map(|texts| texts.split(','));
            texts.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
        };
        ServerOptions {
            mode: self
                .setting("initial.server.mode_constraint")
                .and_then(super::servers::mode)
                .unwrap_or_default(),
            allowed: list("initial.server.allowed_databases"),
            denied: list("initial.server.denied_databases"),
            tags: list("initial.server.tags"),
        }
    }
}

impl Member {
    /// A server as it is when it is first seen: free, and named by its id.
    fn of(process: &Process) -> Self {
        Self {
            name: process.server_id.clone(),
            state: ServerState::Free,
            // Shown before anybody lets it in: `clustering/setup/analytics-cluster`, branch 5.x.
            options: process.initial_options(),
            address: process.addresses(),
            version: process.version.clone(),
        }
    }
}
