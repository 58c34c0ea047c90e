//! Which servers host a database: those that have it first, then the least loaded that may.
//!
//! `clustering/databases`, `clustering/servers`: mode constraints, allowed and denied databases, cordoned servers.

use super::cypher::TopologyCounts;
use super::state::{
    Allocation, AllocationState, Database, Member, Mode, ModeConstraint, SYSTEM, ServerOptions, ServerState,
    Sort, System,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Which server hosts a database, and how.
pub(super) type Placed = BTreeMap<String, Mode>;

/// A database that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) database: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) mode: Mode,
}

impl ServerOptions {
    fn allow(&self, database: &str, mode: Mode) -> bool {
        let mode_fits = match self.mode {
            ModeConstraint::None => true,
            ModeConstraint::Primary => mode == Mode::Primary,
            ModeConstraint::Secondary => mode == Mode::Secondary,
        };
        let is_of = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, database));
        mode_fits && (self.allowed.is_empty() || is_of(&self.allowed)) && !is_of(&self.denied)
    }

    fn is_for(&self, mode: Mode) -> bool {
        matches!(
            (self.mode, mode),
            (ModeConstraint::Primary, Mode::Primary) | (ModeConstraint::Secondary, Mode::Secondary)
        )
    }
}

/// Stars stand for anything, question marks for one character.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.chars().next() {
        None => name.is_empty(),
        Some('*') => {
            (0..=name.len()).any(|at| name.is_char_boundary(at) && matches(&pattern[1..], &name[at..]))
        }
        Some(first) => {
            let next = name.chars().next();
            let fits = next.is_some_and(|next| first == '?' || first == next);
            fits && matches(&pattern[first.len_utf8()..], &name[next.map_or(0, char::len_utf8)..])
        }
    }
}

impl System {
    /// Returns a database for changing it.
    pub(super) fn database(&mut self, name: &str) -> &mut Database {
        self.databases.get_mut(name).expect("its name was looked up before")
    }

    /// Chooses servers for a database, none of `without`; says why that cannot be.
    pub(super) fn place(
        &self,
        name: &str,
        topology: TopologyCounts,
        without: &BTreeSet<String>,
    ) -> Result<Placed, String> {
        let placed = self.choose(name, topology, without, Prefer::WhatIs);
        placed.or_else(|_| self.choose(name, topology, without, Prefer::WhatFits))
    }

    fn choose(
        &self,
        name: &str,
        topology: TopologyCounts,
        without: &BTreeSet<String>,
        prefer: Prefer,
    ) -> Result<Placed, String> {
        let mut placed = Placed::new();
        for (mode, count) in [(Mode::Primary, topology.primaries), (Mode::Secondary, topology.secondaries)] {
            let mut found: Vec<(Rank, &String)> = self
                .members
                .iter()
                .filter(|(id, member)| {
                    !without.contains(*id)
                        && !placed.contains_key(*id)
                        && self.may_host(id, member, name, mode)
                })
                .map(|(id, member)| (self.rank(id, member, name, (mode, prefer)), id))
                .collect();
            found.sort();
            let count = usize::try_from(count).unwrap_or(0);
            if found.len() < count {
                return Err(format!(
                    "Desired number of {} allocations is '{count}', but only '{}' possible servers found - some \
                     servers may be constrained.",
                    mode.as_str(),
                    found.len()
                ));
            }
            placed.extend(found.into_iter().take(count).map(|(_, id)| (id.clone(), mode)));
        }
        Ok(placed)
    }

    /// A cordoned server keeps what it has and gets nothing.
    fn may_host(&self, id: &str, member: &Member, name: &str, mode: Mode) -> bool {
        let hosts = self.wanted_mode(id, name).is_some();
        let takes = match member.state {
            ServerState::Enabled => true,
            ServerState::Cordoned => hosts,
            ServerState::Free
            | ServerState::Deallocating
            | ServerState::Deallocated
            | ServerState::Dropped => false,
        };
        takes && member.options.allow(name, mode)
    }

    fn wanted_mode(&self, id: &str, name: &str) -> Option<Mode> {
        self.databases.get(name)?.allocations.get(id)?.wanted
    }

    fn rank(&self, id: &str, member: &Member, name: &str, (mode, prefer): (Mode, Prefer)) -> Rank {
        let has = self.wanted_mode(id, name) == Some(mode);
        let is_cordoned = member.state == ServerState::Cordoned;
        let what_is = match (has, is_cordoned) {
            (true, false) => 0,
            (true, true) => 1,
            (false, _) => 2,
        };
        let what_fits = u8::from(!member.options.is_for(mode));
        let (first, second) = match prefer {
            Prefer::WhatIs => (what_is, what_fits),
            Prefer::WhatFits => (what_fits, what_is),
        };
        (first, second, self.load(id))
    }

    /// Returns how many databases a server is to host, `system` aside.
    pub(super) fn load(&self, id: &str) -> usize {
        let hosted = self.databases.iter().filter(|(name, database)| {
            *name != SYSTEM && database.allocations.get(id).is_some_and(|one| one.wanted.is_some())
        });
        hosted.count()
    }

    /// Asks for a database where it was placed, and nowhere else.
    pub(super) fn allot(&mut self, name: &str, placed: &Placed, now: Timestamp) {
        let database = self.database(name);
        for (id, one) in &mut database.allocations {
            one.wanted = placed.get(id).copied();
        }
        for (id, mode) in placed {
            let new = || Allocation {
                mode: *mode,
                wanted: Some(*mode),
                state: AllocationState::Initial,
                due: now,
                joined: false,
            };
            let one = database.allocations.entry(id.clone()).or_insert_with(new);
            if !one.joined {
                one.mode = *mode;
            }
        }
    }

    /// Places all databases that these servers may not host any longer elsewhere.
    pub(super) fn place_elsewhere(
        &self,
        servers: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Placed>, String> {
        let moved = self.databases.iter().filter(|(_, database)| {
            database.sort == Sort::Standard && database.allocations.keys().any(|id| servers.contains(id))
        });
        moved
            .map(|(name, database)| Ok((name.clone(), self.place(name, database.topology, servers)?)))
            .collect()
    }

    /// Returns what would move.
    pub(super) fn moves(&self, placed: &BTreeMap<String, Placed>) -> Vec<Move> {
        let mut moves = Vec::new();
        for (name, placed) in placed {
            let Some(database) = self.databases.get(name) else { continue };
            for mode in [Mode::Primary, Mode::Secondary] {
                let is = |one: &Allocation| one.wanted == Some(mode);
                let stays = |id: &String| placed.get(id) == Some(&mode);
                let from =
                    database.allocations.iter().filter(|(id, one)| is(one) && !stays(id)).map(|(id, _)| id);
                let to = placed
                    .iter()
                    .filter(|(id, new)| **new == mode && !database.allocations.get(*id).is_some_and(is));
                let to = to.map(|(id, _)| id);
                moves.extend(from.zip(to).map(|(from, to)| Move {
                    database: name.clone(),
                    from: from.clone(),
                    to: to.clone(),
                    mode,
                }));
            }
        }
        moves
    }

    /// Returns where databases go if all servers are to have about as many.
    pub(super) fn balance(&self) -> BTreeMap<String, Placed> {
        let mut balanced = self.clone();
        let mut placed = BTreeMap::new();
        while let Some((name, from, to)) = balanced.next_move() {
            let database = balanced.database(&name);
            let Some(moved) = database.allocations.remove(&from) else { break };
            let now = moved.due;
            let mut next: Placed =
                database.allocations.iter().filter_map(|(id, one)| Some((id.clone(), one.wanted?))).collect();
            next.insert(to, moved.wanted.unwrap_or(moved.mode));
            balanced.allot(&name, &next, now);
            placed.insert(name, next);
        }
        placed
    }

    fn next_move(&self) -> Option<(String, String, String)> {
        let enabled = || self.members.iter().filter(|(_, member)| member.state == ServerState::Enabled);
        let (to, least) = enabled().map(|(id, _)| (id, self.load(id))).min_by_key(|(_, load)| *load)?;
        let (from, _) = enabled()
            .map(|(id, _)| (id, self.load(id)))
            .filter(|(_, load)| *load > least + 1)
            .max_by_key(|(_, load)| *load)?;
        let target = self.members.get(to)?;
        let movable = self.databases.iter().find(|(name, database)| {
            let mode = database.allocations.get(from).and_then(|one| one.wanted);
            database.sort == Sort::Standard
                && database.topology.primaries > 1
                && !database.allocations.contains_key(to)
                && mode.is_some_and(|mode| self.may_host(to, target, name, mode))
        });
        movable.map(|(name, _)| (name.clone(), from.clone(), to.clone()))
    }
}

type Rank = (u8, u8, usize);

/// What comes first when servers are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prefer {
    WhatIs,
    WhatFits,
}

impl Mode {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }
}
