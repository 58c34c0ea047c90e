//! From an environment's settings to open connections, and to the place where its state is kept.

use super::session::SessionError;
use super::surroundings::Surroundings;
use crate::backend::kubernetes::{Connection, Credentials, Impersonation, connect};
use crate::state::Location;
use evenkeel_core::documents::Specs;
use evenkeel_core::documents::environment::{Kubeconfig, KubernetesConnection, State};
use evenkeel_core::engine::id::ConnectionName;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The namespace in which state is kept unless the environment names another.
const STATE_NAMESPACE: &str = "evenkeel";

/// The open connections of an environment.
pub(super) type Connections = BTreeMap<ConnectionName, Connection>;

/// Opens every connection of an environment; nothing is sent yet.
pub(super) async fn connections(
    specs: &Specs,
    root: &Path,
    surroundings: &Surroundings,
) -> Result<Connections, SessionError> {
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
        Some(Kubeconfig::FromFile(path)) => outside(root, &root.join(path)).map_err(missing)?,
        Some(Kubeconfig::FromEnv(variable)) => match surroundings.variable(variable) {
            Some(path) if !path.is_empty() => PathBuf::from(path),
            Some(_) | None => return Err(missing(format!("the environment variable {variable} is not set"))),
        },
        None => {
            return Err(missing(
                "give it `kubeconfig: {fromEnv: KUBECONFIG}` or `inCluster: true`".to_owned(),
            ));
        }
    };
    Ok(Credentials::Kubeconfig { path, context: settings.context.clone() })
}

/// Refuses a kubeconfig that lies in the repository: it may name a program to run, and a pull request could bring it.
fn outside(root: &Path, path: &Path) -> Result<PathBuf, String> {
    let inside = match (root.canonicalize(), path.canonicalize()) {
        (Ok(root), Ok(path)) => path.starts_with(root),
        // What is not there is named by the one who opens it.
        (Err(_), _) | (_, Err(_)) => false,
    };
    if inside {
        let path = path.display();
        return Err(format!(
            "{path} lies in the repository, where a pull request could make it run programs: keep it outside"
        ));
    }
    Ok(path.to_owned())
}

/// Returns where the state of an environment with real systems is kept.
pub(super) fn location(
    specs: &Specs,
    root: &Path,
    connections: &Connections,
) -> Result<Location, SessionError> {
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
    let Some(found) = connections.get(&ConnectionName::new(connection)) else {
        let message =
            "state is to be kept there, but environment.yaml has no such connection under `kubernetes`";
        return Err(SessionError::Credentials { name: connection.to_owned(), message: message.to_owned() });
    };
    Ok(Location::Cluster { client: found.client(), namespace: namespace.to_owned() })
}
