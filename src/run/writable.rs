//! One environment, opened for writing: what `apply` holds, and `plan` and `drift` never see.

use super::connections::open;
use super::platform::{LATE_CONNECT, LATE_KAFKA, LATE_NEO4J, Platform};
use super::sandbox::Sandbox;
use super::session::{Session, Systems};
use super::systems::Writers;
use crate::backend::Write;
use crate::backend::kubernetes::{Connection, Reading};
use crate::clock;
use crate::state::{self, Location, Store};
use evenkeel_core::engine::id::{ConnectionId, ConnectionName, System};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long after its deadline a request may still take effect on a Kubernetes API server (Λ in design-apply.md).
///
/// Every write carries `timeout=D`, so the server gives it up with us; what is left is what etcd does after that, and
/// its own request timeout is 7 s.
const LATE_KUBERNETES: Duration = Duration::from_secs(7);

/// An environment that may be changed.
pub struct Writable {
    /// The environment.
    pub session: Session,
    /// Where its state is kept.
    pub store: Store,
}

impl Writable {
    /// Opens the state for writing; nothing is written yet.
    #[must_use]
    pub fn of(session: Session) -> Self {
        let limits = session.specs.desired.limits;
        let store = state::open(session.location.clone(), &session.name, &limits, Arc::new(clock::now));
        Self { session, store }
    }

    /// Puts a simulated world in the place of every system, and state of its own in a directory: nothing real can be
    /// touched through what is returned.
    #[must_use]
    pub fn rehearsing(session: Session, sandbox: Sandbox, state: PathBuf) -> Self {
        let location = Location::Directory(state);
        let limits = session.specs.desired.limits;
        let reader = state::open_reader(location.clone(), &session.name, &limits, Arc::new(clock::now));
        let sources = session.sources.kept_by(|real| Arc::new(sandbox.rehearsing(real)));
        Self::of(Session {
            systems: Systems::Sandbox(sandbox),
            platform: Platform::default(),
            location,
            reader,
            sources,
            ..session
        })
    }

    /// Returns hands that can write.
    #[must_use]
    pub fn writers(&self, reading: &Arc<Reading>) -> Writers {
        let session = &self.session;
        let mut connections: BTreeMap<ConnectionId, Arc<dyn Write>> = match &session.systems {
            Systems::Sandbox(sandbox) => {
                let hands: Arc<dyn Write> =
                    Arc::new(sandbox.hands(&reading.key, &reading.forms, &session.sources));
                session.simulated().map(|connection| (connection, Arc::clone(&hands))).collect()
            }
            Systems::Real(connections) => {
                let writer = |(name, connection): (&ConnectionName, &Connection)| {
                    let writer: Arc<dyn Write> = Arc::new(session.kubernetes(connection, reading));
                    (ConnectionId::kubernetes(name), writer)
                };
                open(connections).map(writer).collect()
            }
        };
        connections.extend(session.platform.writers(reading, &session.sources));
        Writers { connections }
    }

    /// Returns how long a request may still take effect after its deadline, by the system that it goes to.
    #[must_use]
    pub fn lateness(&self) -> BTreeMap<System, Duration> {
        match &self.session.systems {
            Systems::Real(_) => {
                // A step of theirs is several requests: the last may leave a whole deadline after the first.
                let deadline = self.session.specs.desired.limits.request_timeout;
                BTreeMap::from([
                    (System::Kubernetes, LATE_KUBERNETES),
                    (System::Kafka, deadline + LATE_KAFKA),
                    (System::Connect, deadline + LATE_CONNECT),
                    (System::Neo4j, deadline + LATE_NEO4J),
                ])
            }
            // The simulated world has done a request before it answers it.
            Systems::Sandbox(_) => System::ALL.map(|system| (system, Duration::ZERO)).into(),
        }
    }
}
