//! `SHOW DATABASES`: a row for each database on each server, and what becomes of those on servers that are down.
//!
//! `clustering/monitoring/show-databases-monitoring`, `standard-databases/listing-databases`.

use super::cluster::Cluster;
use super::pods::Edition;
use super::raft::stored;
use super::show::Table;
use super::state::{Allocation, AllocationState, Database, Mode, Process, Sort, System};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Those without `YIELD`.
const BRIEF: [&str; 13] = [
    "name",
    "type",
    "aliases",
    "access",
    "address",
    "role",
    "writer",
    "requestedStatus",
    "currentStatus",
    "statusMessage",
    "default",
    "home",
    "constituents",
];

/// What a row is made from.
struct Row<'a> {
    cluster: &'a Cluster,
    system: &'a System,
    process: &'a Process,
    up: &'a BTreeSet<String>,
    name: &'a str,
    database: &'a Database,
    home: bool,
}

pub(super) fn table<'a>(
    cluster: &Cluster,
    system: &System,
    (names, user): (&[String], &str),
    process: &Process,
) -> Table<'a> {
    let mut columns = vec![
        "name",
        "type",
        "aliases",
        "access",
        "databaseID",
        "serverID",
        "address",
        "role",
        "writer",
        "requestedStatus",
        "currentStatus",
        "statusMessage",
        "default",
        "home",
        "currentPrimariesCount",
        "currentSecondariesCount",
        "requestedPrimariesCount",
        "requestedSecondariesCount",
        "creationTime",
        "lastStartTime",
        "lastStopTime",
        "store",
        "lastCommittedTxn",
        "replicationLag",
        "constituents",
    ];
    columns.extend(process.version.is_by_calendar().then_some("defaultLanguage"));
    columns.push("options");
    let up = cluster.up();
    let shown = system.databases.iter().filter(|(name, _)| names.is_empty() || names.contains(name));
    let home = system.people.users.get(user).and_then(|user| user.home.clone());
    let home = home.unwrap_or_else(|| system.defaults.database.clone());
    let rows = shown.flat_map(|(name, database)| {
        let home = *name == home;
        Row { cluster, system, process, up: &up, name, database, home }.rows()
    });
    Table { columns, brief: BRIEF.to_vec(), rows: rows.collect() }
}

impl Row<'_> {
    fn rows(&self) -> Vec<Vec<Json>> {
        if self.database.sort == Sort::Composite {
            return self.up.iter().map(|id| self.row(id, None)).collect();
        }
        let shown = self.database.allocations.iter().filter(|(id, _)| {
            let nobody_is_up = !self.database.allocations.keys().any(|id| self.up.contains(id));
            self.up.contains(*id) || !(self.cluster.habits.hides_unavailable || nobody_is_up)
        });
        shown.map(|(id, one)| self.row(id, Some(one))).collect()
    }

    fn row(&self, id: &str, one: Option<&Allocation>) -> Vec<Json> {
        let Self { database, system, .. } = self;
        let is_up = self.up.contains(id);
        let member = system.members.get(id);
        let is_on = one.is_none_or(|one| one.state == AllocationState::Online) && is_up;
        let running = |mode| database.running(mode, self.up).count();
        let is_clustered = system.edition == Edition::Enterprise && database.sort != Sort::Composite;
        let last = stored(&self.cluster.disks, id, &database.id);
        let lag = i64::try_from(database.committed.saturating_sub(last.unwrap_or(0))).unwrap_or(i64::MAX);
        let aliases: Vec<&String> = system
            .aliases
            .iter()
            .filter(|(_, target)| *target == self.name)
            .map(|(alias, _)| alias)
            .collect();
        let requested = |count: i64| is_clustered.then_some(count);
        let address = member.filter(|_| is_up).map(|member| member.address.bolt.clone());
        let server = member.map_or(id, |member| member.name.as_str());
        let mut row = vec![
            json!(self.name),
            json!(self.sort()),
            json!(aliases),
            json!(if database.read_only || database.sort == Sort::Composite {
                "read-only"
            } else {
                "read-write"
            }),
            json!(database.id),
            json!(if is_clustered { id } else { server }),
            json!(address),
            json!(Self::role(one, is_on)),
            json!(is_on && database.leader.as_deref() == Some(id)),
            json!(if database.is_started { "online" } else { "offline" }),
            json!(Self::status(one, is_up)),
            json!(if is_up { "" } else { "Server is unavailable" }),
            json!(system.defaults.database == self.name),
            json!(self.home),
            json!(running(Mode::Primary)),
            json!(running(Mode::Secondary)),
            json!(requested(database.topology.primaries)),
            json!(requested(database.topology.secondaries)),
            json!(database.made_at.to_string()),
            json!(database.started_at.to_string()),
            json!(database.stopped_at.map(|at| at.to_string())),
            json!(is_on.then_some("record-aligned-1.1")),
            json!(last.filter(|_| is_clustered && is_on)),
            json!(if is_on { -lag } else { 0 }),
            json!(Vec::<String>::new()),
        ];
        row.extend(self.process.version.is_by_calendar().then(|| json!("CYPHER 5")));
        row.push(json!(database.options));
        row
    }

    fn sort(&self) -> &'static str {
        match self.database.sort {
            Sort::System => "system",
            Sort::Standard => "standard",
            Sort::Composite => "composite",
        }
    }

    /// A database that does not run somewhere has no role there.
    fn role(one: Option<&Allocation>, is_on: bool) -> &'static str {
        match one {
            Some(one) if is_on => one.mode.as_str(),
            Some(_) => "unknown",
            None => "primary",
        }
    }

    fn status(one: Option<&Allocation>, is_up: bool) -> &'static str {
        if !is_up {
            return "unknown";
        }
        match one.map(|one| one.state) {
            None | Some(AllocationState::Online) => "online",
            Some(AllocationState::Initial) => "initial",
            Some(AllocationState::Starting) => "starting",
            Some(AllocationState::Copying) => "store copying",
            Some(AllocationState::Stopping) => "stopping",
            Some(AllocationState::Offline) => "offline",
            Some(AllocationState::Deallocating) => "deallocating",
        }
    }
}
