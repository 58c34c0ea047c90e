//! Where journal, ledger, lock, suspension and digest key are kept: in a cluster, or in a named directory.
//!
//! [`Store`] carries out the requests of core's apply machine; [`Reader`] is the half for verbs that must not write.

mod closed;
mod cluster;
mod directory;
mod name;
mod objects;
mod retire;
mod store;

pub use objects::StateError;
pub use retire::{Emptied, Rest};
pub use store::{Reader, Store};

use closed::Closed;
use cluster::{Cluster, Place};
use directory::Directory;
use evenkeel_core::engine::id::EnvironmentName;
use evenkeel_core::engine::question::Why;
use evenkeel_core::engine::wanted::Limits;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// Tells the time of day, for people's eyes and for suspensions; leases never depend on it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where state is kept.
#[derive(Clone)]
pub enum Location {
    /// In a namespace, which the first apply creates if it is not there.
    Cluster {
        /// A client that repeats nothing by itself.
        client: kube::Client,
        /// Which namespace.
        namespace: String,
    },
    /// In a namespace behind a connection that cannot be opened.
    Closed {
        /// Which namespace.
        namespace: String,
        /// Why not.
        why: Why,
    },
    /// In a directory; each environment has one of its own in it.
    Directory(PathBuf),
}

/// Opens state for reading and writing. Nothing is touched before the first request.
#[must_use]
pub fn open(location: Location, environment: &EnvironmentName, limits: &Limits, clock: Clock) -> Store {
    match location {
        Location::Cluster { client, namespace } => {
            let place = Place { client, namespace, deadline: limits.request_timeout, lease: limits.lease };
            Store::new(Arc::new(Cluster::new(place, environment.clone(), clock.clone())), clock)
        }
        Location::Closed { namespace: _, why } => Store::new(Arc::new(Closed(why)), clock),
        Location::Directory(root) => {
            let path = root.join(environment.as_str());
            Store::new(Arc::new(Directory::new(path, limits.request_timeout)), clock)
        }
    }
}

/// Opens state for reading only.
#[must_use]
pub fn open_reader(
    location: Location,
    environment: &EnvironmentName,
    limits: &Limits,
    clock: Clock,
) -> Reader {
    open(location, environment, limits, clock).into_reader()
}
