//! `CALL …`: the procedures that administration needs.
//!
//! `procedures/built-in-procedures`, `clustering/monitoring/status-check`.

use super::cluster::Cluster;
use super::cypher::{Call, Language, TopologyCounts};
use super::pods::Edition;
use super::refusal::Refusal;
use super::show::Table;
use super::state::{Mode, Process, SYSTEM, Sort, System};
use super::wire::Outcome;
use serde_json::{Value as Json, json};

impl Cluster {
    /// Carries out a procedure that was called on this server.
    pub(super) fn call(
        &mut self,
        call: &Call,
        process: &Process,
        (database, language): (&str, Language),
    ) -> Result<Outcome, Refusal> {
        let Call { procedure, arguments, columns } = call;
        let is_enterprise = self.edition() == Edition::Enterprise;
        let table = match procedure.as_str() {
            "dbms.components" => components(process),
            "db.info" => self.info(database),
            "dbms.info" => self.info(SYSTEM),
            _ if !is_enterprise => return Err(Refusal::no_procedure(procedure)),
            "dbms.cluster.statusCheck" => self.status_check(arguments, process)?,
            "dbms.showTopologyGraphConfig" => self.topology_config(process)?,
            "dbms.cluster.cordonServer" => return self.cordon(text(procedure, arguments, 0)?, true),
            "dbms.cluster.uncordonServer" if language != Language::Cypher25 => {
                return self.cordon(text(procedure, arguments, 0)?, false);
            }
            "dbms.setDefaultDatabase" => return self.default_database(text(procedure, arguments, 0)?),
            "dbms.setDefaultAllocationNumbers" => return self.default_topology(procedure, arguments),
            "dbms.cluster.setAutomaticallyEnableFreeServers" => {
                return self.enable_free_servers(procedure, arguments);
            }
            _ => return Err(Refusal::no_procedure(procedure)),
        };
        table.choose(columns)
    }

    fn info<'a>(&self, name: &str) -> Table<'a> {
        let found = self.system.as_ref().and_then(|system| system.databases.get(name));
        let row = found.map(|one| vec![json!(one.id), json!(name), json!(one.made_at.to_string())]);
        let columns = vec!["id", "name", "creationDate"];
        Table { brief: columns.clone(), columns, rows: row.into_iter().collect() }
    }

    /// Only databases of which this server is a primary among others, each with a row for each primary.
    fn status_check<'a>(&self, arguments: &[Json], process: &Process) -> Result<Table<'a>, Refusal> {
        let Some(system) = &self.system else { return Err(Refusal::unavailable()) };
        let named =
            arguments.first().and_then(Json::as_array).ok_or_else(|| wrong("dbms.cluster.statusCheck"))?;
        let named: Vec<&str> = named.iter().filter_map(Json::as_str).collect();
        let asked = &process.server_id;
        let rows = system.databases.iter().filter(|(name, database)| {
            let is_named = named.is_empty() || named.contains(&name.as_str());
            let voters: Vec<&String> = database.voters().collect();
            is_named && database.sort != Sort::Composite && voters.len() > 1 && voters.contains(&asked)
        });
        let rows = rows.flat_map(|(name, _)| self.status_rows(system, name, asked)).collect();
        let columns = vec![
            "database",
            "serverId",
            "serverName",
            "address",
            "replicationSuccessful",
            "memberStatus",
            "recognisedLeader",
            "recognisedLeaderTerm",
            "requester",
            "error",
        ];
        Ok(Table { brief: columns.clone(), columns, rows })
    }

    fn status_rows(&self, system: &System, name: &str, asked: &str) -> Vec<Vec<Json>> {
        let up = self.up();
        let Some(database) = system.databases.get(name) else { return Vec::new() };
        let runs = |id: &String| database.running(Mode::Primary, &up).any(|one| one == id);
        let replicates = self.leads(name).is_ok() && runs(&asked.to_owned());
        let row = |id: &String| {
            let member = system.members.get(id);
            let address = member.filter(|_| up.contains(id)).map(|member| member.address.bolt.clone());
            let leader = database.leader.as_ref().filter(|_| runs(id));
            vec![
                json!(name),
                json!(id),
                json!(member.map(|member| member.name.clone())),
                json!(address),
                json!(replicates),
                json!(if runs(id) { "APPLYING" } else { "UNAVAILABLE" }),
                json!(leader),
                json!(leader.map(|_| database.term)),
                json!(id == asked),
                Json::Null,
            ]
        };
        database.voters().map(row).collect()
    }

    fn topology_config<'a>(&self, process: &Process) -> Result<Table<'a>, Refusal> {
        let Some(system) = &self.system else { return Err(Refusal::unavailable()) };
        let defaults = &system.defaults;
        let mut columns = vec![
            "allocator",
            "defaultPrimariesCount",
            "defaultSecondariesCount",
            "defaultDatabase",
            "autoEnableFreeServers",
        ];
        let mut row = vec![
            json!("EQUAL_NUMBERS"),
            json!(defaults.topology.primaries),
            json!(defaults.topology.secondaries),
            json!(defaults.database),
            json!(defaults.enables_free_servers),
        ];
        if process.version.is_by_calendar() {
            columns.push("propertyShardReplicas");
            row.push(json!(1));
        }
        Ok(Table { brief: columns.clone(), columns, rows: vec![row] })
    }

    /// The old default database has to be stopped before: `clustering/databases`, "Change the default database".
    fn default_database(&mut self, name: &str) -> Result<Outcome, Refusal> {
        let system = self.keeps()?;
        if name == SYSTEM {
            return Err(failed("System database cannot be set as default."));
        }
        if !system.databases.contains_key(name) && !system.aliases.contains_key(name) {
            return Err(failed(&format!("New default database '{name}' does not exist.")));
        }
        let old = &system.defaults.database;
        if old == name {
            return Ok(result("Default database already set, no change required"));
        }
        if system.databases.get(old).is_some_and(|database| database.is_started) {
            return Err(failed(&format!("The old default database '{old}' is still running.")));
        }
        let told = format!("Default database set to {name}");
        self.set_defaults(|defaults| name.clone_into(&mut defaults.database));
        Ok(result(&told))
    }

    fn default_topology(&mut self, procedure: &str, arguments: &[Json]) -> Result<Outcome, Refusal> {
        self.keeps()?;
        let number = |at: usize| arguments.get(at).and_then(Json::as_i64).ok_or_else(|| wrong(procedure));
        let topology = TopologyCounts { primaries: number(0)?, secondaries: number(1)? };
        if topology.primaries < 1 || topology.secondaries < 0 {
            return Err(wrong(procedure));
        }
        self.set_defaults(|defaults| defaults.topology = topology);
        Ok(Outcome::changed())
    }

    fn enable_free_servers(&mut self, procedure: &str, arguments: &[Json]) -> Result<Outcome, Refusal> {
        self.keeps()?;
        let is_on = arguments.first().and_then(Json::as_bool).ok_or_else(|| wrong(procedure))?;
        self.set_defaults(|defaults| defaults.enables_free_servers = is_on);
        Ok(Outcome::changed())
    }

    fn set_defaults(&mut self, change: impl FnOnce(&mut super::state::Defaults)) {
        if let Some(system) = &mut self.system {
            change(&mut system.defaults);
        }
        self.agree();
    }
}

fn components<'a>(process: &Process) -> Table<'a> {
    let edition = match process.edition {
        Edition::Community => "community",
        Edition::Enterprise => "enterprise",
    };
    let columns = vec!["name", "versions", "edition"];
    let mut rows = vec![vec![json!("Neo4j Kernel"), json!([process.version.to_string()]), json!(edition)]];
    if process.version.is_by_calendar() {
        rows.push(vec![json!("Cypher"), json!(["5", "25"]), json!("")]);
    }
    Table { brief: columns.clone(), columns, rows }
}

fn result(told: &str) -> Outcome {
    Outcome { changes: Outcome::changed().changes, ..Outcome::rows(&["result"], vec![vec![json!(told)]]) }
}

fn text<'a>(procedure: &str, arguments: &'a [Json], at: usize) -> Result<&'a str, Refusal> {
    arguments.get(at).and_then(Json::as_str).ok_or_else(|| wrong(procedure))
}

fn failed(message: &str) -> Refusal {
    Refusal::new("Neo.ClientError.Procedure.ProcedureCallFailed", message)
}

/// A call with arguments of another number or type.
fn wrong(procedure: &str) -> Refusal {
    Refusal::new(
        "Neo.ClientError.Statement.SyntaxError",
        format!("Procedure call does not provide the required arguments: {procedure}"),
    )
}
