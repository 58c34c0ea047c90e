//! Statements about databases and their aliases.
//!
//! `clustering/databases`, `database-administration/standard-databases/*`, `database-administration/aliases/*`.

use super::cluster::Cluster;
use super::cypher::{AliasCommand, Database as Command, IfThere, TopologyCounts};
use super::refusal::Refusal;
use super::state::{AllocationState, Database, SYSTEM, Sort, System};
use super::truth::Lost;
use super::wire::Outcome;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// More are refused: `clustering/databases`.
const MOST_PRIMARIES: i64 = 11;
const MOST_SECONDARIES: i64 = 20;

/// The option that says how much of each change is kept for those who follow it.
pub(super) const ENRICHMENT: &str = "txLogEnrichment";

impl Cluster {
    /// Carries out a statement about a database.
    pub(super) fn of_database(
        &mut self,
        name: &str,
        if_there: IfThere,
        command: &Command,
    ) -> Result<Outcome, Refusal> {
        let system = self.keeps()?;
        let exists = system.databases.contains_key(name);
        match command {
            Command::Create { .. } | Command::CreateComposite
                if exists || system.aliases.contains_key(name) =>
            {
                return if_there.or(Refusal::new(
                    "Neo.ClientError.Database.ExistingDatabaseFound",
                    format!("Failed to create the specified database '{name}': Database name or alias already exists."),
                ));
            }
            Command::Create { .. } | Command::CreateComposite => {}
            _ if !exists => {
                return if_there.or(Refusal::no_database(format!(
                    "Failed to change the specified database '{name}': Database does not exist."
                )));
            }
            _ if name == SYSTEM => {
                return Err(Refusal::argument("Not allowed to change the system database."));
            }
            _ => {}
        }
        match command {
            Command::Create { topology, options } => self.create(name, *topology, options),
            Command::CreateComposite => {
                let new = self.new_database(Sort::Composite, TopologyCounts { primaries: 0, secondaries: 0 });
                self.insert(name, new);
                Ok(Outcome::changed())
            }
            Command::Alter { topology, read_only, set } => self.alter(name, *topology, *read_only, set),
            Command::RemoveOptions(removed) => {
                self.change_database(name, |database| {
                    database.options.retain(|option, _| !removed.contains(option));
                });
                Ok(Outcome::changed())
            }
            Command::Drop => self.drop_database(name),
            Command::Start | Command::Stop => {
                let now = self.now;
                self.change_database(name, |database| {
                    database.is_started = *command == Command::Start;
                    if database.is_started {
                        database.started_at = now;
                    } else {
                        database.stopped_at = Some(now);
                    }
                });
                Ok(Outcome::changed())
            }
        }
    }

    fn insert(&mut self, name: &str, new: Database) {
        if let Some(system) = &mut self.system {
            system.databases.insert(name.to_owned(), new);
        }
        self.agree();
    }

    fn change_database(&mut self, name: &str, change: impl FnOnce(&mut Database)) {
        if let Some(database) = self.system.as_mut().and_then(|system| system.databases.get_mut(name)) {
            change(database);
        }
        self.agree();
    }

    fn create(
        &mut self,
        name: &str,
        topology: Option<TopologyCounts>,
        options: &super::cypher::Options,
    ) -> Result<Outcome, Refusal> {
        let what = format!("create database '{name}'");
        let system = self.keeps()?;
        let topology = topology.unwrap_or(system.defaults.topology);
        in_range(topology, "CREATE")?;
        for (option, value) in options {
            check_option(option, value)?;
        }
        let placed =
            system.place(name, topology, &BTreeSet::new()).map_err(|why| Refusal::topology(&what, &why))?;
        let mut new = self.new_database(Sort::Standard, topology);
        new.options = options
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect();
        self.insert(name, new);
        let now = self.now;
        if let Some(system) = &mut self.system {
            system.allot(name, &placed, now);
        }
        Ok(Outcome::changed())
    }

    fn alter(
        &mut self,
        name: &str,
        topology: Option<TopologyCounts>,
        read_only: Option<bool>,
        set: &[(String, Json)],
    ) -> Result<Outcome, Refusal> {
        for (option, value) in set {
            check_option(option, value)?;
        }
        if let Some(topology) = topology {
            self.alter_topology(name, topology)?;
        }
        self.change_database(name, |database| {
            database.read_only = read_only.unwrap_or(database.read_only);
            let set =
                set.iter().filter_map(|(option, value)| Some((option.clone(), value.as_str()?.to_owned())));
            database.options.extend(set);
        });
        Ok(Outcome::changed())
    }

    /// From several primaries to one no database goes by itself; from one to several it does, and waits a moment.
    fn alter_topology(&mut self, name: &str, topology: TopologyCounts) -> Result<(), Refusal> {
        let refused = |why: &str| Refusal::topology(&format!("alter database '{name}'"), why);
        in_range(topology, "ALTER")?;
        let system = self.keeps()?;
        let before = system.databases.get(name).map_or(topology, |database| database.topology);
        if topology.primaries == 1 && before.primaries > 1 {
            return Err(refused(
                "It is not possible to automatically transition to a topology with a single primary.",
            ));
        }
        let placed = system.place(name, topology, &BTreeSet::new()).map_err(|why| refused(&why))?;
        let now = self.now;
        let Some(system) = &mut self.system else { return Ok(()) };
        system.allot(name, &placed, now);
        let database = system.database(name);
        database.topology = topology;
        if before.primaries == 1 && topology.primaries > 1 {
            database.leader = None;
        }
        Ok(())
    }

    fn drop_database(&mut self, name: &str) -> Result<Outcome, Refusal> {
        let system = self.keeps()?;
        if let Some((alias, _)) = system.aliases.iter().find(|(_, target)| *target == name) {
            return Err(Refusal::new(
                "Neo.ClientError.Database.ExistingAliasFound",
                format!(
                    "Failed to delete the specified database '{name}': Database has one or more aliases. Drop the aliases '{alias}' before dropping the database."
                ),
            ));
        }
        let loss = self.loss(name, Lost::Dropped);
        let dropped = self.system.as_mut().and_then(|system| {
            system.losses.extend(loss);
            system.databases.remove(name)
        });
        if let Some(dropped) = dropped {
            let up = self.up();
            for disk in self.disks.values_mut().filter(|disk| up.contains(&disk.server_id)) {
                disk.stores.remove(&dropped.id);
            }
        }
        self.agree();
        Ok(Outcome::changed())
    }

    /// What `WAIT` tells: how far each server is by now. Time does not pass while a statement runs.
    pub(super) fn waited(&self, name: &str) -> Outcome {
        let Some(system) = &self.system else { return Outcome::default() };
        let rows = system.databases.get(name).into_iter().flat_map(|database| &database.allocations);
        let rows = rows.map(|(id, one)| {
            let is_there = matches!(one.state, AllocationState::Online | AllocationState::Offline);
            let (state, message) = if is_there {
                ("CaughtUp", "caught up")
            } else {
                ("Incomplete", "server is still catching up")
            };
            let address = system.members.get(id).map(|member| member.address.bolt.clone());
            vec![json!(address), json!(state), json!(message), json!(is_there)]
        });
        Outcome::rows(&["address", "state", "message", "success"], rows.collect())
    }

    /// Carries out a statement about aliases.
    pub(super) fn of_aliases(&mut self, command: &AliasCommand) -> Result<Outcome, Refusal> {
        let system = self.keeps()?;
        let (name, target) = match command {
            AliasCommand::Create { name, target, if_there } => {
                if system.databases.contains_key(name) || system.aliases.contains_key(name) {
                    return if_there.or(Refusal::new(
                        "Neo.ClientError.Database.ExistingAliasFound",
                        format!("Failed to create the specified database alias '{name}': Database or database alias already exists."),
                    ));
                }
                (name, Some(target))
            }
            AliasCommand::Alter { name, target, if_there } => {
                if !system.aliases.contains_key(name) {
                    return if_there.or(no_alias("alter", name));
                }
                (name, Some(target))
            }
            AliasCommand::Drop { name, if_there } => {
                if !system.aliases.contains_key(name) {
                    return if_there.or(no_alias("delete", name));
                }
                (name, None)
            }
        };
        if let Some(target) = target.filter(|target| !system.databases.contains_key(*target)) {
            return Err(Refusal::no_database(format!(
                "Failed to create the specified database alias '{name}': Database '{target}' does not exist."
            )));
        }
        if let Some(system) = &mut self.system {
            match target {
                Some(target) => drop(system.aliases.insert(name.clone(), target.clone())),
                None => drop(system.aliases.remove(name)),
            }
        }
        self.agree();
        Ok(Outcome::changed())
    }

    /// Returns what `system` keeps, if it may be written to now.
    pub(super) fn keeps(&self) -> Result<&System, Refusal> {
        self.leads(SYSTEM)?;
        self.system.as_ref().ok_or_else(Refusal::unavailable)
    }
}

impl IfThere {
    /// Does nothing, or refuses.
    pub(super) fn or(self, refusal: Refusal) -> Result<Outcome, Refusal> {
        match self {
            Self::Nothing => Ok(Outcome::default()),
            Self::Fails => Err(refusal),
        }
    }
}

fn no_alias(what: &str, name: &str) -> Refusal {
    Refusal::no_database(format!(
        "Failed to {what} the specified database alias '{name}': Database alias does not exist."
    ))
}

fn in_range(topology: TopologyCounts, action: &str) -> Result<(), Refusal> {
    let TopologyCounts { primaries, secondaries } = topology;
    if !(1..=MOST_PRIMARIES).contains(&primaries) {
        return Err(Refusal::argument(format!(
            "Cannot {action} database topology. Number of primaries '{primaries}' needs to be at least 1 and may not exceed {MOST_PRIMARIES}."
        )));
    }
    if !(0..=MOST_SECONDARIES).contains(&secondaries) {
        return Err(Refusal::argument(format!(
            "Cannot {action} database topology. Number of secondaries '{secondaries}' needs to be at least 0 and may not exceed {MOST_SECONDARIES}."
        )));
    }
    Ok(())
}

fn check_option(option: &str, value: &Json) -> Result<(), Refusal> {
    let text = value.as_str().unwrap_or_default();
    match option {
        ENRICHMENT if ["FULL", "DIFF", "OFF"].contains(&text) => Ok(()),
        ENRICHMENT => Err(Refusal::argument(format!(
            "The specified {ENRICHMENT} '{text}' is not one of FULL, DIFF and OFF."
        ))),
        "existingData"
        | "seedURI"
        | "existingDataSeedInstance"
        | "existingDataSeedServer"
        | "storeFormat" => Ok(()),
        _ => Err(Refusal::argument(format!("Unrecognized option '{option}'."))),
    }
}
