//! One environment, opened for reading: its specs, its live systems, its state. It has no way to write anything.

use super::closed::{Closed, Silent};
use super::connections::{Connections, connections, location, state_connection};
use super::in_git::InGit;
use super::platform::Platform;
use super::protected::{OwnCredential, leave_own_files, refuse_own_credentials};
use super::sandbox::Sandbox;
use super::secrets::{Secrets, sources};
use super::specs::{Found, Opened, SpecsError};
use super::surroundings::Surroundings;
use super::systems::Readers;
use crate::backend::Read;
use crate::backend::kubernetes::{ConnectError, Connection, Kubernetes, Reading};
use crate::clock;
use crate::secret::Sources;
use crate::source::Root;
use crate::state::{self, Location, Reader, StateError};
use evenkeel_core::documents::Specs;
use evenkeel_core::engine::apply::Snapshot;
use evenkeel_core::engine::fingerprint::{DigestKey, DigestedUnder};
use evenkeel_core::engine::id::{
    ConnectionId, ConnectionName, EnvironmentName, ResourceId, Revision, System,
};
use evenkeel_core::engine::journal::Garbled;
use evenkeel_core::engine::ledger::{Book, Ledger, Lost, Remembered, Salvaged};
use evenkeel_core::engine::plan::Base;
use evenkeel_core::engine::plan::inputs::{History, Inputs, Recovering};
use evenkeel_core::engine::policy::Policies;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::report::lock::in_doubt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why an environment cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Its specs.
    #[error(transparent)]
    Specs(#[from] SpecsError),
    /// A connection.
    #[error("connection `{name}` cannot be opened")]
    Connect {
        /// Which.
        name: String,
        /// Why.
        #[source]
        source: Arc<ConnectError>,
    },
    /// A connection names no credentials that are there.
    #[error("connection `{name}`: {message}")]
    Credentials {
        /// Which.
        name: String,
        /// What is missing.
        message: String,
    },
    /// Another revision than the protected one says what a system is met with.
    #[error(transparent)]
    OwnCredential(#[from] OwnCredential),
    /// Its state cannot be read, so nobody knows what is ours.
    #[error("the state of the environment cannot be read from {at}")]
    State {
        /// Where it is kept.
        at: String,
        /// Why.
        #[source]
        source: StateError,
    },
    /// Its state is damaged: something of it is missing or cannot be read.
    #[error("the state of environment {environment} is damaged")]
    Garbled {
        /// Whose.
        environment: EnvironmentName,
        /// What is wrong with it.
        #[source]
        source: Garbled,
    },
    /// Its state is kept where we cannot look yet.
    #[error("{0}")]
    Unsupported(String),
    /// Its simulated world cannot be read.
    #[error("the simulated world cannot be read")]
    World(#[source] std::io::Error),
}

/// An open environment.
pub struct Session {
    /// Its name.
    pub name: EnvironmentName,
    /// Its specs.
    pub specs: Specs,
    /// Their revision.
    pub revision: Revision,
    /// What they are judged by, if not by themselves.
    pub base: Option<Base>,
    /// Its state.
    pub reader: Reader,
    /// What may not be done in it.
    pub(super) policies: Policies,
    pub(super) location: Location,
    pub(super) systems: Systems,
    /// Kafka clusters, Kafka Connect workers and Neo4j servers: none where the simulated world stands for them.
    pub(super) platform: Platform,
    pub(super) sources: Sources,
}

/// The live systems of an environment.
pub(super) enum Systems {
    /// Those of its connections.
    Real(Connections),
    /// A simulated one, behind every connection.
    Sandbox(Sandbox),
}

impl Systems {
    /// Returns the systems that have documents of their own; a simulated world stands for them itself.
    pub(super) fn platform(&self, specs: &Specs) -> Platform {
        match self {
            Self::Real(_) => Platform::of(specs),
            Self::Sandbox(_) => Platform::default(),
        }
    }
}

/// What was read of the state, once, at the start of a verb.
pub struct StateRead {
    /// Lock, journal and ledger.
    pub snapshot: Snapshot,
    /// The ledger with the journal folded in.
    pub book: Book,
    /// The rows of the book, as planner and readers share them.
    pub ledger: Arc<Ledger>,
    /// The key for digests.
    pub key: DigestKey,
    /// Where the key is from.
    pub key_from: KeyFrom,
}

impl StateRead {
    /// Tells whether nothing was ever written, or all of it is gone.
    ///
    /// The lock says nothing about what is ours: it outlives a ledger that was deleted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Snapshot { lock: _, batches, ledger, shards } = &self.snapshot;
        batches.is_empty() && ledger.is_none() && shards.is_empty()
    }

    /// Takes the key that is kept from now on in the place of one that was thrown away; nothing was digested under that.
    pub fn keep(&mut self, key: DigestKey) {
        (self.key, self.key_from) = (key, KeyFrom::State);
    }
}

/// Where a key for digests is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFrom {
    /// It is kept with the state.
    State,
    /// Nothing was applied yet, so nothing is remembered under any key: this one lasts as long as the process.
    ThrownAway,
}

impl KeyFrom {
    /// Returns what that means for digests.
    #[must_use]
    pub fn digested_under(self) -> DigestedUnder {
        match self {
            Self::State => DigestedUnder::KeptKey,
            Self::ThrownAway => DigestedUnder::ThrownAwayKey,
        }
    }
}

impl Session {
    /// Opens an environment. Connections are made ready; nothing is asked of live systems yet.
    pub async fn open(found: Found, root: &Root, surroundings: &Surroundings) -> Result<Self, SessionError> {
        Self::open_to_look(found, root, surroundings).await?.with_state()
    }

    /// Opens an environment as far as it goes, be it that its state is behind a connection that cannot be opened.
    pub async fn open_to_look(
        found: Found,
        root: &Root,
        surroundings: &Surroundings,
    ) -> Result<Self, SessionError> {
        let Found { mut specs, revision, base, policies } = found;
        if base.is_some() {
            leave_own_files(&mut specs, root);
            refuse_own_credentials(&specs.systems, root)?;
        }
        let session = Self::of(specs, revision, root, surroundings).await?;
        Ok(Self { base, policies, ..session })
    }

    /// Opens an environment by its own settings alone, whatever is wrong with its other specs: for looking at and
    /// stopping what goes on, never for planning.
    pub async fn open_settings(
        opened: &Opened,
        named: &str,
        root: &Root,
        surroundings: &Surroundings,
    ) -> Result<Self, SessionError> {
        Self::of(opened.settings(named)?, opened.revision(), root, surroundings).await?.with_state()
    }

    pub(super) async fn of(
        specs: Specs,
        revision: Revision,
        root: &Root,
        surroundings: &Surroundings,
    ) -> Result<Self, SessionError> {
        let name = specs.desired.environment.clone();
        let (systems, location) = if let Some(settings) = specs.environment.spec.sandbox {
            let directory = root.path().join(".evenkeel");
            let sandbox =
                Sandbox::open(&directory.join(name.as_str()), settings).map_err(SessionError::World)?;
            (Systems::Sandbox(sandbox), Location::Directory(directory))
        } else {
            let connections = connections(&specs, root, surroundings).await;
            let location = location(&specs, root, &connections)?;
            (Systems::Real(connections), location)
        };
        let reader = state::open_reader(location.clone(), &name, &specs.desired.limits, Arc::new(clock::now));
        let sources = sources(&specs, &systems, root, surroundings);
        let platform = systems.platform(&specs);
        let policies = Policies::default();
        Ok(Self { name, specs, revision, base: None, reader, policies, location, systems, platform, sources })
    }

    fn unread(&self, source: StateError) -> SessionError {
        SessionError::State { at: self.place_of_state(), source }
    }

    /// Reads lock, journal and ledger, whatever is wrong with them.
    pub async fn read_snapshot(&self) -> Result<Snapshot, SessionError> {
        self.reader.read_all().await.map_err(|source| self.unread(source))
    }

    /// Reads the state.
    pub async fn read_state(&self) -> Result<StateRead, SessionError> {
        let (snapshot, key) = tokio::join!(self.read_snapshot(), self.reader.read_key());
        let (snapshot, environment) = (snapshot?, self.name.clone());
        let book = Book::read(&snapshot).map_err(|source| SessionError::Garbled { environment, source })?;
        self.state_of(snapshot, book, key)
    }

    /// Reads what is left of a state that may be damaged, and what is not.
    pub async fn salvage_state(&self) -> Result<(StateRead, Vec<Lost>), SessionError> {
        let (snapshot, key) = tokio::join!(self.read_snapshot(), self.reader.read_key());
        let snapshot = snapshot?;
        let Salvaged { book, lost } = Salvaged::of(&snapshot);
        Ok((self.state_of(snapshot, book, key)?, lost))
    }

    fn state_of(
        &self,
        snapshot: Snapshot,
        book: Book,
        key: Result<Option<DigestKey>, StateError>,
    ) -> Result<StateRead, SessionError> {
        let (key, key_from) = match key {
            Ok(Some(key)) => (key, KeyFrom::State),
            // Who may not read the key may not read Secrets either: those are frozen, and the rest needs no key.
            Ok(None) | Err(StateError::Refused(Why { trouble: Trouble::Forbidden, .. })) => {
                let random = crate::random::key().map_err(SessionError::World)?;
                (DigestKey::new(random), KeyFrom::ThrownAway)
            }
            Err(error) => return Err(self.unread(error)),
        };
        let ledger = Arc::new(comparable(book.ledger(), key_from));
        Ok(StateRead { snapshot, book, ledger, key, key_from })
    }

    /// Returns the inputs of a plan.
    #[must_use]
    pub fn inputs(&self, state: &StateRead) -> Inputs {
        let never = state.is_empty();
        let in_git = InGit {
            specs: &self.specs,
            revision: &self.revision,
            policies: &self.policies,
            base: self.base.as_ref(),
        };
        Inputs {
            history: if never { History::Never } else { History::Kept(Arc::clone(&state.ledger)) },
            pins: state.ledger.pins.clone(),
            blocked: blocked(&state.book),
            digested_under: state.key_from.digested_under(),
            ..in_git.inputs()
        }
    }

    /// Returns the inputs of a plan that looks for what is ours, wherever it may be.
    #[must_use]
    pub fn recovering(&self, state: &StateRead) -> Inputs {
        let recovering =
            Recovering { ledger: state.book.ledger(), connections: self.connections().collect() };
        Inputs { history: History::Recovering(recovering), ..self.inputs(state) }
    }

    /// Returns hands that can only read, for these forms of what is wanted.
    #[must_use]
    pub fn readers(&self, reading: &Arc<Reading>) -> Readers {
        let mut connections: BTreeMap<ConnectionId, Arc<dyn Read>> = match &self.systems {
            Systems::Sandbox(sandbox) => {
                let hands: Arc<dyn Read> =
                    Arc::new(sandbox.hands(&reading.key, &reading.forms, &self.sources));
                self.simulated().map(|connection| (connection, Arc::clone(&hands))).collect()
            }
            Systems::Real(connections) => {
                let reader = |(name, connection): (&ConnectionName, &Result<Connection, Closed>)| {
                    let reader: Arc<dyn Read> = match connection {
                        Ok(connection) => Arc::new(self.kubernetes(connection, reading)),
                        Err(closed) => Arc::new(Silent(closed.why())),
                    };
                    (ConnectionId::kubernetes(name), reader)
                };
                connections.iter().map(reader).collect()
            }
        };
        connections.extend(self.platform.readers(reading, &self.sources));
        let secrets = Secrets { sources: self.sources.clone(), key: reading.key.clone() };
        Readers { connections, secrets: Arc::new(secrets) }
    }

    /// Tells whether the state is kept in this namespace.
    #[must_use]
    pub fn state_is_in(&self, namespace: &ResourceId) -> bool {
        match &self.location {
            Location::Cluster { client: _, namespace: kept }
            | Location::Closed { namespace: kept, why: _ } => {
                *kept == *namespace.name && namespace.connection == state_connection(&self.specs)
            }
            Location::Directory(_) => false,
        }
    }

    /// Returns how many live systems there are.
    #[must_use]
    pub fn systems(&self) -> usize {
        match &self.systems {
            Systems::Real(connections) => connections.len() + self.platform.len(),
            Systems::Sandbox(_) => 1 + self.documented().count(),
        }
    }

    /// The systems that have documents of their own.
    fn documented(&self) -> impl Iterator<Item = ConnectionId> {
        let systems = &self.specs.systems;
        let kafka = systems.kafka.keys().map(|name| (System::Kafka, name));
        let named = kafka
            .chain(systems.connect.keys().map(|name| (System::Connect, name)))
            .chain(systems.neo4j.keys().map(|name| (System::Neo4j, name)));
        named.map(|(system, name)| ConnectionId { system, name: name.clone() })
    }

    /// What the simulated world stands for.
    pub(super) fn simulated(&self) -> impl Iterator<Item = ConnectionId> {
        let clusters = self.connections().map(|name| ConnectionId::kubernetes(&name));
        clusters.chain(self.documented())
    }

    /// The connections that are named in the specs, and the one that is meant where none is.
    pub(super) fn connections(&self) -> impl Iterator<Item = ConnectionName> {
        connection_names(&self.specs)
    }

    pub(super) fn kubernetes(&self, connection: &Connection, reading: &Arc<Reading>) -> Kubernetes {
        let parallelism = self.specs.desired.limits.parallelism.max(1) as usize;
        Kubernetes::new(connection.clone(), Arc::clone(reading), self.sources.clone(), parallelism)
    }
}

/// What is remembered of secrets was digested under the environment's key: under another it says nothing.
fn comparable(mut ledger: Ledger, key: KeyFrom) -> Ledger {
    match key {
        KeyFrom::State => {}
        KeyFrom::ThrownAway => {
            let secrets = ledger.rows.iter_mut().filter(|(id, _)| id.kind.as_str() == "Secret");
            secrets.for_each(|(_, row)| row.remembered = Remembered::default());
        }
    }
    ledger
}

/// Addresses that earlier applies left in doubt.
pub(super) fn blocked(book: &Book) -> BTreeMap<ResourceId, String> {
    book.held().map(|(address, held)| (address.clone(), in_doubt(held))).collect()
}

/// The connections that are named in the specs, and the one that is meant where none is.
pub(super) fn connection_names(specs: &Specs) -> impl Iterator<Item = ConnectionName> {
    let named = specs.environment.spec.kubernetes.keys();
    named.map(|name| ConnectionName::new(name.as_str())).chain([ConnectionName::default()])
}
