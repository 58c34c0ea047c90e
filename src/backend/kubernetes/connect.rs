//! Opens a connection: a kubeconfig (exec plugins and client certificates included) or the pod's own account.

use super::kinds::Discovered;
use crate::backend::transport;
use evenkeel_core::engine::preflight::Trust;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Where credentials and address come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Kubeconfig files, merged as kubectl does, and the context in them if not their current one.
    Kubeconfig {
        /// The files; the first one to say something wins.
        paths: Vec<PathBuf>,
        /// The context.
        context: Option<String>,
    },
    /// The service account of the pod that we run in.
    InCluster,
}

/// On whose behalf requests are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impersonation {
    /// User name.
    pub user: Option<String>,
    /// Groups.
    pub groups: Vec<String>,
}

/// An open connection. Opening sends nothing: the first request does.
#[derive(Clone)]
pub struct Connection {
    pub(super) client: Client,
    pub(super) deadline: Duration,
    pub(super) kinds: Kinds,
    server: String,
    credentials: Credentials,
    trust: Trust,
}

/// The kinds that are served, once somebody asked; shared by all who use the connection.
pub(super) type Kinds = Arc<Mutex<Option<Discovered>>>;

impl Connection {
    /// Returns the client, for the state store.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Returns the address of the API server.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Returns where address and credentials are from; the context is the one in use.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Returns how sure it is that the server is the one that is meant.
    #[must_use]
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// Returns the deadline of one request.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        self.deadline
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig cannot be used. What a parser quotes of it may be a token, so only the sort of trouble is told.
    #[error("kubeconfig `{path}` cannot be used: {trouble}")]
    Kubeconfig {
        /// The file, or all of them as `KUBECONFIG` lists them.
        path: String,
        /// What is wrong with it.
        trouble: String,
    },
    /// There is no service account here.
    #[error("no service account found: `inCluster: true` works only in a pod")]
    InCluster(#[source] kube::config::InClusterError),
    /// The program that the kubeconfig names for credentials gave none.
    #[error("the exec plugin `{0}` of the kubeconfig gives no credentials")]
    Plugin(String, #[source] Box<kube::Error>),
    /// The client cannot be made (certificates, proxy).
    #[error("the Kubernetes client cannot be made")]
    Client(#[source] Box<kube::Error>),
}

/// Opens a connection whose requests end after `deadline` at the latest.
pub async fn connect(
    credentials: &Credentials,
    impersonation: &Impersonation,
    deadline: Duration,
) -> Result<Connection, ConnectError> {
    let (mut config, credentials) = match credentials {
        Credentials::Kubeconfig { paths, context } => from_files(paths, context.clone()).await?,
        Credentials::InCluster => {
            (Config::incluster().map_err(ConnectError::InCluster)?, Credentials::InCluster)
        }
    };
    // A retry below us would send a step twice behind the journal's back.
    config.default_retry = false;
    config.connect_timeout = Some(deadline);
    if impersonation.user.is_some() {
        config.auth_info.impersonate.clone_from(&impersonation.user);
        config.auth_info.impersonate_groups = Some(impersonation.groups.clone());
    }
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let trust = trust(&config);
    let plugin = config.auth_info.exec.as_ref().and_then(|exec| exec.command.clone());
    let client = transport::client(config).map_err(|error| match (plugin, error) {
        (Some(plugin), error @ kube::Error::Auth(_)) => ConnectError::Plugin(plugin, Box::new(error)),
        (Some(_) | None, error) => ConnectError::Client(Box::new(error)),
    })?;
    Ok(Connection { client, deadline, kinds: Kinds::default(), server, credentials, trust })
}

fn trust(config: &Config) -> Trust {
    match (config.cluster_url.scheme_str(), config.accept_invalid_certs) {
        (Some("https"), false) => Trust::Verified,
        (Some("https"), true) => Trust::Unverified,
        (Some(_) | None, _) => Trust::Plain,
    }
}

/// Returns what these files say, and which of them, in which context, said it.
async fn from_files(
    paths: &[PathBuf],
    context: Option<String>,
) -> Result<(Config, Credentials), ConnectError> {
    let listed = || paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(":");
    let unusable = |error| ConnectError::Kubeconfig { path: listed(), trouble: trouble(&error) };
    let mut merged = Kubeconfig::default();
    for path in there(paths) {
        let kubeconfig = Kubeconfig::read_from(path).map_err(|error| ConnectError::Kubeconfig {
            path: path.display().to_string(),
            trouble: trouble(&error),
        })?;
        merged = merged.merge(kubeconfig).map_err(unusable)?;
    }
    let context = context.or_else(|| merged.current_context.clone());
    let used = there(paths).into_iter().cloned().collect();
    let credentials = Credentials::Kubeconfig { paths: used, context: context.clone() };
    let options = KubeConfigOptions { context, ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(merged, &options).await.map_err(unusable)?;
    Ok((config, credentials))
}

/// Leaves out the files of a list that are not there, as kubectl does; if none is, all are kept, to be named.
fn there(paths: &[PathBuf]) -> Vec<&PathBuf> {
    let there: Vec<&PathBuf> = paths.iter().filter(|path| path.exists()).collect();
    if there.is_empty() { paths.iter().collect() } else { there }
}

/// Says what is wrong with a kubeconfig without quoting it.
fn trouble(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::CurrentContextNotSet => "it names no current context".to_owned(),
        KubeconfigError::LoadContext(name) => format!("it has no context `{name}`"),
        KubeconfigError::LoadClusterOfContext(name) => format!("it has no cluster `{name}`"),
        KubeconfigError::ReadConfig(error, _) => error.to_string(),
        KubeconfigError::Parse(_) => "it is no kubeconfig in YAML".to_owned(),
        KubeconfigError::MissingClusterUrl => "its cluster has no server".to_owned(),
        KubeconfigError::LoadCertificateAuthority(_) => "its certificate authority cannot be read".to_owned(),
        KubeconfigError::LoadClientCertificate(_) => "its client certificate cannot be read".to_owned(),
        KubeconfigError::LoadClientKey(_) => "its client key cannot be read".to_owned(),
        _ => "kubectl would not take it either".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const CLUSTER: &str = "clusters: [{name: here, cluster: {server: \"http://127.0.0.1:1\"}}]\nusers: [{name: me, user: {}}]\n";
    const CONTEXT: &str = "contexts: [{name: here, context: {cluster: here, user: me, namespace: first}}]\ncurrent-context: here\n";

    fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
        let path = directory.join(name);
        std::fs::write(&path, format!("apiVersion: v1\nkind: Config\n{text}")).expect("writes");
        path
    }

    #[tokio::test]
    async fn several_kubeconfigs_are_one_and_the_first_to_say_something_wins() {
        let directory = tempfile::tempdir().expect("a directory");
        let context = write(directory.path(), "context", CONTEXT);
        let cluster =
            write(directory.path(), "cluster", &format!("{CLUSTER}{}", CONTEXT.replace("first", "second")));
        let missing = directory.path().join("missing");
        let three = [missing.clone(), context.clone(), cluster.clone()];
        let (config, credentials) = from_files(&three, None).await.expect("merges");
        assert_eq!(
            (config.cluster_url.to_string().as_str(), config.default_namespace.as_str()),
            ("http://127.0.0.1:1/", "first")
        );
        let (paths, named) = (vec![context.clone(), cluster], Some("here".to_owned()));
        assert_eq!(credentials, Credentials::Kubeconfig { paths, context: named }, "what was used is told");
        let alone = from_files(&[context], None).await.expect_err("its cluster is not in it");
        assert!(alone.to_string().ends_with("context` cannot be used: it has no cluster `here`"), "{alone}");
        let nothing = from_files(&[missing], None).await.expect_err("is not there");
        assert!(nothing.to_string().contains("missing` cannot be used: "), "{nothing}");
    }
}
