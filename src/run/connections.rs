//! From an environment's settings to open connections, and to the place where its state is kept.

use super::closed::Closed;
use super::protected::is_inside;
use super::session::SessionError;
use super::surroundings::Surroundings;
use crate::backend::kubernetes::{Connection, Credentials, Impersonation, connect};
use crate::source::Root;
use crate::state::Location;
use evenkeel_core::documents::Specs;
use evenkeel_core::documents::environment::{Kubeconfig, KubernetesConnection, State};
use evenkeel_core::engine::id::ConnectionName;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The namespace in which state is kept unless the environment names another.
const STATE_NAMESPACE: &str = "evenkeel";

/// The connections of an environment: what keeps one closed keeps nobody from the others.
pub(super) type Connections = BTreeMap<ConnectionName, Result<Connection, Closed>>;

/// Opens every connection of an environment; nothing is sent yet.
pub(super) async fn connections(specs: &Specs, root: &Root, surroundings: &Surroundings) -> Connections {
    let mut connections = BTreeMap::new();
    for (name, settings) in &specs.environment.spec.kubernetes {
        let connection = opened(settings, specs.desired.limits.request_timeout, root, surroundings).await;
        connections.insert(ConnectionName::new(name.as_str()), connection);
    }
    connections
}

/// Returns the connections that are open.
pub(super) fn open(connections: &Connections) -> impl Iterator<Item = (&ConnectionName, &Connection)> {
    connections.iter().filter_map(|(name, connection)| Some((name, connection.as_ref().ok()?)))
}

async fn opened(
    settings: &KubernetesConnection,
    deadline: Duration,
    root: &Root,
    surroundings: &Surroundings,
) -> Result<Connection, Closed> {
    let credentials = credentials(settings, root, surroundings)?;
    let acting = Impersonation { user: settings.acting_as.clone(), groups: settings.as_groups.clone() };
    connect(&credentials, &acting, deadline).await.map_err(|error| Closed::Connect(Arc::new(error)))
}

fn credentials(
    settings: &KubernetesConnection,
    root: &Root,
    surroundings: &Surroundings,
) -> Result<Credentials, Closed> {
    if settings.in_cluster {
        return Ok(Credentials::InCluster);
    }
    let missing = Closed::Credentials;
    let paths = match &settings.kubeconfig {
        Some(Kubeconfig::FromFile(path)) => vec![outside(root, path).map_err(missing)?],
        Some(Kubeconfig::FromEnv(variable)) => match surroundings.variable(variable) {
            Some(listed) if !listed.is_empty() => {
                std::env::split_paths(listed).filter(|path| !path.as_os_str().is_empty()).collect()
            }
            Some(_) | None => return Err(missing(format!("the environment variable {variable} is not set"))),
        },
        None => {
            return Err(missing(
                "give it `kubeconfig: {fromEnv: KUBECONFIG}` or `inCluster: true`".to_owned(),
            ));
        }
    };
    Ok(Credentials::Kubeconfig { paths, context: settings.context.clone() })
}

/// Refuses a kubeconfig that lies in the repository: it may name a program to run, and a pull request could bring it.
fn outside(root: &Root, path: &str) -> Result<PathBuf, String> {
    let is_own = root.work_tree().is_some_and(|tree| is_inside(&tree, root.path(), Path::new(path)));
    let path = root.path().join(path);
    if is_own {
        let path = path.display();
        return Err(format!(
            "{path} lies in the repository, where a pull request could make it run programs: keep it outside"
        ));
    }
    Ok(path)
}

/// Returns the connection that state is kept behind, unless it is in a directory.
pub(super) fn state_connection(specs: &Specs) -> ConnectionName {
    match &specs.environment.spec.state {
        Some(State::Kubernetes(place)) => ConnectionName::new(place.connection.as_str()),
        Some(State::Directory(_) | State::ObjectStore(_)) | None => ConnectionName::default(),
    }
}

/// Returns where the state of an environment with real systems is kept.
pub(super) fn location(
    specs: &Specs,
    root: &Root,
    connections: &Connections,
) -> Result<Location, SessionError> {
    let (connection, namespace) = match &specs.environment.spec.state {
        Some(State::Directory(path)) => return directory(path, root),
        Some(State::ObjectStore(store)) => {
            let message = format!(
                "state cannot be kept in an object store yet ({}). In a cluster it can: \
                 `state: {{kubernetes: {{namespace: evenkeel}}}}`; or, on one machine only: `state: {{directory: PATH}}`",
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
    let namespace = namespace.to_owned();
    Ok(match found {
        Ok(open) => Location::Cluster { client: open.client(), namespace },
        Err(closed) => Location::Closed { namespace, why: closed.why() },
    })
}

/// A relative directory means something only beside the specs: found from wherever somebody stands, the ledger would
/// be another one for each of them.
fn directory(path: &str, root: &Root) -> Result<Location, SessionError> {
    if *root == Root::Here && Path::new(path).is_relative() {
        let message = format!(
            "spec.state.directory is `{path}`, and specs from a URL are in no directory: write an absolute path, or \
             check the repository out and name it in --repo"
        );
        return Err(SessionError::Unsupported(message));
    }
    Ok(Location::Directory(root.path().join(path)))
}

#[cfg(test)]
mod tests {
    use super::{Root, outside};

    #[test]
    fn a_kubeconfig_of_the_repository_is_refused_wherever_in_it_the_specs_lie() {
        let directory = tempfile::TempDir::new().expect("a directory");
        let checkout = directory.path().join("checkout");
        std::fs::create_dir_all(checkout.join("platform/environments")).expect("directories");
        git2::Repository::init(&checkout).expect("a repository");
        std::fs::write(checkout.join("evil"), "").expect("a file");
        std::fs::write(directory.path().join("kubeconfig"), "").expect("a file");
        let specs = Root::Checkout(checkout.join("platform"));
        assert!(outside(&specs, "../evil").is_err());
        assert!(outside(&specs, "../../checkout/evil").is_err());
        assert!(outside(&specs, &checkout.join("evil").display().to_string()).is_err());
        assert!(outside(&specs, "../../kubeconfig").is_ok());
        assert!(outside(&Root::Checkout(checkout.join(".git")), "../evil").is_err());
    }

    #[test]
    fn specs_from_a_url_do_not_make_the_directory_that_we_run_in_theirs() {
        assert!(outside(&Root::Here, "Cargo.toml").is_ok());
    }
}
