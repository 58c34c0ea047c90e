//! Statements about servers: what they change, and what they refuse.
//!
//! `clustering/servers`, `clustering/server-syntax`.

use super::allocate::{Move, Placed};
use super::cluster::Cluster;
use super::cypher::{Options, Server};
use super::refusal::Refusal;
use super::state::{Mode, ModeConstraint, ServerOptions, ServerState, Sort, System};
use super::wire::Outcome;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Reads a mode constraint.
pub(super) fn mode(text: &str) -> Option<ModeConstraint> {
    match text.to_uppercase().as_str() {
        "PRIMARY" => Some(ModeConstraint::Primary),
        "SECONDARY" => Some(ModeConstraint::Secondary),
        "NONE" => Some(ModeConstraint::None),
        _ => None,
    }
}

impl ServerOptions {
    /// Reads the options of a statement; those that are not named are as if they were never set.
    fn read(options: &Options) -> Result<Self, String> {
        let mut read = Self::default();
        for (name, value) in options {
            match name.as_str() {
                "modeConstraint" => {
                    let text = value.as_str().and_then(mode);
                    read.mode =
                        text.ok_or("modeConstraint must be one of 'PRIMARY', 'SECONDARY' and 'NONE'.")?;
                }
                "allowedDatabases" => read.allowed = texts(name, value)?,
                "deniedDatabases" => read.denied = texts(name, value)?,
                "tags" => read.tags = texts(name, value)?,
                _ => {
                    return Err(format!(
                        "Unrecognised option '{name}', expected 'allowedDatabases', 'deniedDatabases', 'modeConstraint' and 'tags'."
                    ));
                }
            }
        }
        if !read.allowed.is_empty() && !read.denied.is_empty() {
            return Err("Options 'allowedDatabases' and 'deniedDatabases' cannot both be given.".to_owned());
        }
        let distinct: BTreeSet<&String> = read.tags.iter().collect();
        if distinct.len() < read.tags.len() || read.tags.iter().any(|tag| tag.contains(',')) {
            return Err("Tags may not be given twice and may not have a comma.".to_owned());
        }
        Ok(read)
    }
}

fn texts(name: &str, value: &Json) -> Result<Vec<String>, String> {
    let items = value.as_array().ok_or_else(|| format!("Option '{name}' must be a list of strings."))?;
    let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    texts.ok_or_else(|| format!("Option '{name}' must be a list of strings."))
}

impl System {
    /// Finds a server by its id or its name.
    pub(super) fn server(&self, called: &str) -> Result<String, String> {
        let found = self.members.iter().find(|(id, member)| *id == called || member.name == called);
        found.map(|(id, _)| id.clone()).ok_or_else(|| format!("Server '{called}' not found."))
    }

    fn state(&self, id: &str) -> ServerState {
        self.members.get(id).map_or(ServerState::Dropped, |member| member.state)
    }
}

impl Cluster {
    /// Carries out a statement about servers.
    pub(super) fn of_servers(&mut self, command: &Server) -> Result<Outcome, Refusal> {
        match command {
            Server::Enable { server, options } => self.enable(server, options.as_ref()),
            Server::Alter { server, options } => self.alter_server(server, options),
            Server::Rename { server, to } => self.rename_server(server, to),
            Server::Drop { server } => self.drop_server(server),
            Server::Deallocate { servers, only_tried } => self.deallocate(servers, *only_tried),
            Server::Reallocate { only_tried } => self.reallocate(*only_tried),
        }
    }

    fn enable(&mut self, called: &str, options: Option<&Options>) -> Result<Outcome, Refusal> {
        let refused = |why: &str| Refusal::topology(&format!("enable server '{called}'"), why);
        let system = self.keeps()?;
        let id = system.server(called).map_err(|why| refused(&why))?;
        let options = options.map(ServerOptions::read).transpose().map_err(|why| refused(&why))?;
        let state = system.state(&id);
        let before = system.members.get(&id).map(|member| member.options.clone()).unwrap_or_default();
        let after = match state {
            ServerState::Free => {
                options.or_else(|| self.process(&id).map(super::state::Process::initial_options))
            }
            ServerState::Cordoned => Some(options.unwrap_or(before)),
            ServerState::Enabled if options.as_ref().is_none_or(|options| *options == before) => {
                return Ok(Outcome::default());
            }
            ServerState::Enabled => return Err(refused("Server is already enabled.")),
            ServerState::Deallocating | ServerState::Deallocated | ServerState::Dropped => {
                return Err(refused(&format!("Server is in state '{}'.", state.as_str())));
            }
        };
        self.change_server(&id, |member| {
            member.state = ServerState::Enabled;
            member.options = after.unwrap_or_default();
        });
        Ok(Outcome::changed())
    }

    fn change_server(&mut self, id: &str, change: impl FnOnce(&mut super::state::Member)) {
        let member = self.system.as_mut().and_then(|system| system.members.get_mut(id));
        if let Some(member) = member {
            change(member);
        }
        self.agree();
    }

    fn alter_server(&mut self, called: &str, options: &Options) -> Result<Outcome, Refusal> {
        let refused = |why: &str| Refusal::topology(&format!("alter server '{called}'"), why);
        let system = self.keeps()?;
        let id = system.server(called).map_err(|why| refused(&why))?;
        let options = ServerOptions::read(options).map_err(|why| refused(&why))?;
        if !matches!(system.state(&id), ServerState::Enabled | ServerState::Cordoned) {
            return Err(refused(&format!("Server is in state '{}'.", system.state(&id).as_str())));
        }
        let mut altered = system.clone();
        if let Some(member) = altered.members.get_mut(&id) {
            member.options = options.clone();
        }
        let hosted = altered.databases.iter().filter(|(_, database)| {
            database.sort == Sort::Standard && database.allocations.contains_key(&id)
        });
        let placed: Result<BTreeMap<String, Placed>, String> = hosted
            .map(|(name, database)| {
                Ok((name.clone(), altered.place(name, database.topology, &BTreeSet::new())?))
            })
            .collect();
        let placed = placed.map_err(|why| refused(&why))?;
        self.change_server(&id, |member| member.options = options);
        self.allot_all(&placed);
        Ok(Outcome::changed())
    }

    fn allot_all(&mut self, placed: &BTreeMap<String, Placed>) {
        let now = self.now;
        let Some(system) = &mut self.system else { return };
        for (name, placed) in placed {
            system.allot(name, placed, now);
        }
    }

    fn rename_server(&mut self, called: &str, to: &str) -> Result<Outcome, Refusal> {
        let refused = |why: &str| Refusal::topology(&format!("rename server '{called}'"), why);
        let system = self.keeps()?;
        let id = system.server(called).map_err(|why| refused(&why))?;
        if system.state(&id) != ServerState::Enabled {
            return Err(refused(&format!("Server is in state '{}'.", system.state(&id).as_str())));
        }
        if system.server(to).is_ok_and(|other| other != id) {
            return Err(refused(&format!("Server name '{to}' is in use.")));
        }
        self.change_server(&id, |member| to.clone_into(&mut member.name));
        Ok(Outcome::changed())
    }

    /// Cordons a server, or takes that back.
    pub(super) fn cordon(&mut self, called: &str, is_on: bool) -> Result<Outcome, Refusal> {
        let refused = |why: &str| Refusal::topology(&format!("cordon server '{called}'"), why);
        let system = self.keeps()?;
        let id = system.server(called).map_err(|why| refused(&why))?;
        let (from, to) = if is_on {
            (ServerState::Enabled, ServerState::Cordoned)
        } else {
            (ServerState::Cordoned, ServerState::Enabled)
        };
        let state = system.state(&id);
        if state != from && state != to {
            return Err(refused(&format!("Server is in state '{}'.", state.as_str())));
        }
        self.change_server(&id, |member| member.state = to);
        Ok(Outcome::changed())
    }

    fn drop_server(&mut self, called: &str) -> Result<Outcome, Refusal> {
        let refused = |why: &str| Refusal::topology(&format!("drop server '{called}'"), why);
        let system = self.keeps()?;
        let id = system.server(called).map_err(|why| refused(&why))?;
        if system.state(&id) != ServerState::Deallocated {
            return Err(refused(&format!("Server is in state '{}'.", system.state(&id).as_str())));
        }
        self.change_server(&id, |member| member.state = ServerState::Dropped);
        if let Some(system) = &mut self.system {
            for database in system.databases.values_mut() {
                database.allocations.remove(&id);
                let leads = database.leader.as_deref() == Some(id.as_str());
                database.leader = database.leader.take().filter(|_| !leads);
            }
            system.dropped.insert(id);
        }
        Ok(Outcome::changed())
    }

    fn deallocate(&mut self, called: &[String], only_tried: bool) -> Result<Outcome, Refusal> {
        let names: Vec<String> = called.iter().map(|name| format!("'{name}'")).collect();
        let what = format!("deallocate server(s) {}", names.join(","));
        let refused = |why: &str| Refusal::topology(&what, why);
        let system = self.keeps()?;
        let servers: Result<BTreeSet<String>, String> =
            called.iter().map(|name| system.server(name)).collect();
        let servers = servers.map_err(|why| refused(&why))?;
        for id in &servers {
            let state = system.state(id);
            if matches!(state, ServerState::Free | ServerState::Dropped) {
                return Err(refused(&format!("Server is in state '{}'.", state.as_str())));
            }
        }
        system.may_deallocate(&servers).map_err(|why| refused(&why))?;
        let placed = system.place_elsewhere(&servers).map_err(|why| refused(&why))?;
        let rows = self.rows_of(&system.moves(&placed));
        if only_tried {
            return Ok(rows);
        }
        for id in &servers {
            self.change_server(id, |member| {
                if matches!(member.state, ServerState::Enabled | ServerState::Cordoned) {
                    member.state = ServerState::Deallocating;
                }
            });
        }
        self.allot_all(&placed);
        Ok(Outcome { changes: Outcome::changed().changes, ..rows })
    }

    fn reallocate(&mut self, only_tried: bool) -> Result<Outcome, Refusal> {
        let system = self.keeps()?;
        let placed = system.balance();
        let rows = self.rows_of(&system.moves(&placed));
        if !only_tried {
            self.agree();
            self.allot_all(&placed);
        }
        Ok(rows)
    }

    fn rows_of(&self, moves: &[Move]) -> Outcome {
        let name = |id: &String| {
            let member = self.system.as_ref().and_then(|system| system.members.get(id));
            member.map_or_else(|| id.clone(), |member| member.name.clone())
        };
        let rows = moves.iter().map(|Move { database, from, to, mode }| {
            vec![
                json!(database),
                json!(name(from)),
                json!(from),
                json!(name(to)),
                json!(to),
                json!(mode.as_str()),
            ]
        });
        let fields = ["database", "fromServerName", "fromServerId", "toServerName", "toServerId", "mode"];
        Outcome::rows(&fields, rows.collect())
    }
}

impl System {
    /// The three things that keep databases where they are: `clustering/servers`, the note on deallocation.
    fn may_deallocate(&self, servers: &BTreeSet<String>) -> Result<(), String> {
        for (name, database) in self.databases.iter().filter(|(_, one)| one.sort == Sort::Standard) {
            let here = |id: &&String| servers.contains(*id);
            let primaries: Vec<&String> = database
                .allocations
                .iter()
                .filter(|(_, one)| one.mode == Mode::Primary)
                .map(|(id, _)| id)
                .collect();
            if !database.allocations.keys().any(|id| servers.contains(id)) {
                continue;
            }
            if !database.is_started {
                return Err(format!("Database '{name}' is offline."));
            }
            if database.topology.primaries == 1 && primaries.iter().any(here) {
                return Err(format!("Database '{name}' has a single primary."));
            }
            let cordoned = primaries.iter().filter(|id| self.state(id) == ServerState::Cordoned && !here(id));
            if cordoned.count() * 2 > primaries.len() {
                return Err(format!("A quorum of the servers that host database '{name}' are cordoned."));
            }
        }
        Ok(())
    }
}

impl ServerState {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Enabled => "Enabled",
            Self::Cordoned => "Cordoned",
            Self::Deallocating => "Deallocating",
            Self::Deallocated => "Deallocated",
            Self::Dropped => "Dropped",
        }
    }
}

impl ModeConstraint {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "PRIMARY",
            Self::Secondary => "SECONDARY",
            Self::None => "NONE",
        }
    }
}
