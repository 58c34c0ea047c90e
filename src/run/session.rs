//! One environment, opened: its specs, its live systems, its state. Everything that a verb needs before it asks.

use super::sandbox;
use super::secrets::Secrets;
use super::specs::{Opened, SpecsError};
use super::surroundings::Surroundings;
use super::systems::{Readers, Writers};
use crate::backend::kubernetes::{
    ConnectError, Connection, Credentials, Impersonation, Kubernetes, Reading, connect,
};
use crate::backend::{Read, Write};
use crate::clock;
use crate::secret::Sources;
use crate::state::{self, Location, StateError, Store};
use evenkeel_core::documents::Specs;
use evenkeel_core::documents::environment::{Kubeconfig, KubernetesConnection, State};
use evenkeel_core::engine::apply::Snapshot;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::{ConnectionName, EnvironmentName, ResourceId, Revision};
use evenkeel_core::engine::journal::Garbled;
use evenkeel_core::engine::ledger::{Book, Ledger};
use evenkeel_core::engine::plan::inputs::{Doubts, History, Inputs};
use evenkeel_core::report::lock::in_doubt;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The namespace in which state is kept unless the environment names another.
const STATE_NAMESPACE: &str = "evenkeel";

/// How long after its deadline a request may still take effect on a Kubernetes API server.
///
/// Every write carries `timeout=D`, so the server gives it up with us; what is left is what etcd does after that, and
/// its own request timeout is 7 s.
const LATE_KUBERNETES: Duration = Duration::from_secs(7);

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
        source: ConnectError,
    },
    /// A connection names no credentials that are there.
    #[error("connection `{name}`: {message}")]
    Credentials {
        /// Which.
        name: String,
        /// What is missing.
        message: String,
    },
    /// Its state cannot be read, so nobody knows what is ours.
    #[error("the state of the environment cannot be read")]
    State(#[source] StateError),
    /// Its state makes no sense.
    #[error("the state of the environment makes no sense")]
    Garbled(#[source] Garbled),
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
    /// Where its state is kept.
    pub store: Store,
    systems: Systems,
    sources: Sources,
}

/// The live systems of an environment.
enum Systems {
    Real(BTreeMap<ConnectionName, Connection>),
    Sandbox(sandbox::Sandbox),
}

/// What was read of the state, once, at the start of a verb.
pub struct StateRead {
    /// Lock, journal and ledger.
    pub snapshot: Snapshot,
    /// The ledger with the journal folded in.
    pub book: Book,
    /// The key for digests.
    pub key: DigestKey,
}

impl Session {
    /// Opens an environment. Connections are made ready; nothing is asked of live systems yet.
    pub async fn open(
        opened: &Opened,
        named: &str,
        root: &Path,
        surroundings: &Surroundings,
    ) -> Result<Self, SessionError> {
        let (_, specs) = opened.environment(named)?;
        let name = specs.desired.environment.clone();
        let systems = match specs.environment.spec.sandbox {
            Some(settings) => Systems::Sandbox(
                sandbox::Sandbox::open(&root.join(".evenkeel").join(name.as_str()), settings.seed)
                    .map_err(SessionError::World)?,
            ),
            None => Systems::Real(connections(&specs, root, surroundings).await?),
        };
        let location = location(&specs, root, &systems)?;
        let store = state::open(location, &name, &specs.desired.limits, Arc::new(clock::now));
        let sources = sources(&systems, root, surroundings, specs.desired.limits.request_timeout);
        Ok(Self { name, revision: opened.revision(), specs, store, systems, sources })
    }

    /// Reads the state. Before the first apply there is none, and any key will do.
    pub async fn read_state(&self) -> Result<StateRead, SessionError> {
        let reader = self.store.reader();
        let snapshot = reader.read_all().await.map_err(SessionError::State)?;
        let key = match reader.read_key().await.map_err(SessionError::State)? {
            Some(key) => key,
            None => ephemeral_key()?,
        };
        let book = Book::read(&snapshot).map_err(SessionError::Garbled)?;
        Ok(StateRead { snapshot, book, key })
    }

    /// Returns the inputs of a plan.
    #[must_use]
    pub fn inputs(&self, state: &StateRead) -> Inputs {
        let ledger = state.book.ledger();
        let Snapshot { lock, batches, ledger: head, shards } = &state.snapshot;
        let never = lock.is_none() && batches.is_empty() && head.is_none() && shards.is_empty();
        let pins = ledger.pins.clone();
        Inputs {
            desired: self.specs.desired.clone(),
            revision: Some(self.revision.clone()),
            history: if never { History::Never } else { History::Kept(ledger) },
            doubts: Doubts::Settle,
            expected_deletes: None,
            pins,
            default_namespaces: self.specs.default_namespaces.clone(),
            blocked: blocked(&state.book),
        }
    }

    /// Returns hands that can only read, for these forms of what is wanted.
    #[must_use]
    pub fn readers(&self, reading: &Arc<Reading>) -> Readers {
        let connections = match &self.systems {
            Systems::Sandbox(sandbox) => {
                let hands: Arc<dyn Read> =
                    Arc::new(sandbox.hands(&reading.key, &reading.forms, &self.sources));
                self.connections().map(|name| (name, Arc::clone(&hands))).collect()
            }
            Systems::Real(connections) => connections
                .iter()
                .map(|(name, connection)| {
                    let reader: Arc<dyn Read> = Arc::new(self.kubernetes(connection, reading));
                    (name.clone(), reader)
                })
                .collect(),
        };
        let secrets = Secrets { sources: self.sources.clone(), key: reading.key.clone() };
        Readers { connections, secrets: Arc::new(secrets) }
    }

    /// Returns hands that can write.
    #[must_use]
    pub fn writers(&self, reading: &Arc<Reading>) -> Writers {
        let connections = match &self.systems {
            Systems::Sandbox(sandbox) => {
                let hands: Arc<dyn Write> =
                    Arc::new(sandbox.hands(&reading.key, &reading.forms, &self.sources));
                self.connections().map(|name| (name, Arc::clone(&hands))).collect()
            }
            Systems::Real(connections) => connections
                .iter()
                .map(|(name, connection)| {
                    let writer: Arc<dyn Write> = Arc::new(self.kubernetes(connection, reading));
                    (name.clone(), writer)
                })
                .collect(),
        };
        Writers { connections }
    }

    /// Returns how many live systems there are.
    #[must_use]
    pub fn systems(&self) -> usize {
        match &self.systems {
            Systems::Real(connections) => connections.len(),
            Systems::Sandbox(_) => 1,
        }
    }

    /// Returns the same environment before a simulated world, with state of its own: nothing real can be touched.
    #[must_use]
    pub fn rehearsing(self, sandbox: sandbox::Sandbox, store: Store) -> Self {
        Self { systems: Systems::Sandbox(sandbox), store, ..self }
    }

    /// Returns how long a request may still take effect after its deadline (Λ in design-apply.md).
    #[must_use]
    pub fn lateness(&self) -> Duration {
        match &self.systems {
            Systems::Real(_) => LATE_KUBERNETES,
            // The simulated world has done a request before it answers it.
            Systems::Sandbox(_) => Duration::ZERO,
        }
    }

    /// The connections that are named in the specs, and the one that is meant where none is.
    fn connections(&self) -> impl Iterator<Item = ConnectionName> {
        let named =
            self.specs.environment.spec.kubernetes.keys().map(|name| ConnectionName::new(name.as_str()));
        named.chain([ConnectionName::default()])
    }

    fn kubernetes(&self, connection: &Connection, reading: &Arc<Reading>) -> Kubernetes {
        let parallelism = self.specs.desired.limits.parallelism.max(1) as usize;
        Kubernetes::new(connection.clone(), Arc::clone(reading), self.sources.clone(), parallelism)
    }
}

/// Addresses that earlier applies left in doubt.
fn blocked(book: &Book) -> BTreeMap<ResourceId, String> {
    book.held().map(|(address, held)| (address.clone(), in_doubt(held))).collect()
}

fn ephemeral_key() -> Result<DigestKey, SessionError> {
    let random = crate::random::key().map_err(SessionError::World)?;
    Ok(DigestKey::new(random))
}

fn sources(systems: &Systems, root: &Path, surroundings: &Surroundings, deadline: Duration) -> Sources {
    let clients = match systems {
        Systems::Sandbox(_) => BTreeMap::new(),
        Systems::Real(connections) => {
            connections.iter().map(|(name, connection)| (name.clone(), connection.client())).collect()
        }
    };
    Sources::new(Arc::clone(&surroundings.variables), root.to_owned(), clients, deadline)
}

/// Where an environment's state is kept.
fn location(specs: &Specs, root: &Path, systems: &Systems) -> Result<Location, SessionError> {
    let connections = match systems {
        Systems::Sandbox(_) => return Ok(Location::Directory(root.join(".evenkeel"))),
        Systems::Real(connections) => connections,
    };
    let (connection, namespace) = match &specs.environment.spec.state {
        Some(State::Directory(path)) => return Ok(Location::Directory(root.join(path))),
        Some(State::ObjectStore(store)) => {
            let message = format!(
                "state in an object store ({}) is not supported yet: use kubernetes or directory",
                store.url
            );
            return Err(SessionError::Unsupported(message));
        }
        Some(State::Kubernetes(place)) => (place.connection.as_str(), place.namespace.as_str()),
        None => (ConnectionName::DEFAULT, STATE_NAMESPACE),
    };
    match connections.get(&ConnectionName::new(connection)) {
        Some(found) => Ok(Location::Cluster { client: found.client(), namespace: namespace.to_owned() }),
        None => Err(SessionError::Credentials {
            name: connection.to_owned(),
            message:
                "state is to be kept there, but environment.yaml has no such connection under `kubernetes`"
                    .to_owned(),
        }),
    }
}

async fn connections(
    specs: &Specs,
    root: &Path,
    surroundings: &Surroundings,
) -> Result<BTreeMap<ConnectionName, Connection>, SessionError> {
    let mut connections = BTreeMap::new();
    for (name, settings) in &specs.environment.spec.kubernetes {
        let credentials = credentials(name, settings, root, surroundings)?;
        let acting = Impersonation { user: settings.acting_as.clone(), groups: settings.as_groups.clone() };
        let connection = connect(&credentials, &acting, specs.desired.limits.request_timeout)
            .await
            .map_err(|source| SessionError::Connect { name: name.clone(), source })?;
        connections.insert(ConnectionName::new(name.as_str()), connection);
    }
    Ok(connections)
}

fn credentials(
    name: &str,
    settings: &KubernetesConnection,
    root: &Path,
    surroundings: &Surroundings,
) -> Result<Credentials, SessionError> {
    if settings.in_cluster {
        return Ok(Credentials::InCluster);
    }
    let missing = |message: String| SessionError::Credentials { name: name.to_owned(), message };
    let path = match &settings.kubeconfig {
        Some(Kubeconfig::FromFile(path)) => root.join(path),
        Some(Kubeconfig::FromEnv(variable)) => match surroundings.variable(variable) {
            Some(path) => PathBuf::from(path),
            None => return Err(missing(format!("the environment variable {variable} is not set"))),
        },
        None => {
            return Err(missing(
                "give it `kubeconfig: {fromEnv: KUBECONFIG}` or `inCluster: true`".to_owned(),
            ));
        }
    };
    Ok(Credentials::Kubeconfig { path, context: settings.context.clone() })
}

/// Returns what is needed to read answers for an apply.
#[must_use]
pub fn reading(
    name: &EnvironmentName,
    state: &StateRead,
    forms: BTreeMap<ResourceId, evenkeel_core::engine::plan::Form>,
) -> Arc<Reading> {
    let ledger: Ledger = state.book.ledger();
    Arc::new(Reading { environment: name.clone(), key: state.key.clone(), forms, ledger })
}
