//! `kind: Environment`: what an environment extends, whom it talks to, and the bounds of what may be done to it.

use super::duration::Duration;
use super::metadata::Envelope;
use crate::engine::fingerprint::Digest;
use crate::engine::wanted;
use crate::engine::windows::{self, NoWindow};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// An environment as it is written in `environment.yaml`.
pub type Environment = Envelope<EnvironmentKind, EnvironmentSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum EnvironmentKind {
    /// An environment.
    Environment,
}

/// What an environment is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvironmentSpec {
    /// Directories whose documents this environment shares, relative to its own; later ones win over earlier ones.
    #[serde(default)]
    pub extends: Vec<String>,
    /// Where lock, journal and ledger are kept. Default: in the cluster of the connection `default`.
    pub state: Option<State>,
    /// Kubernetes API servers by connection name; `default` is meant where none is named.
    #[serde(default)]
    pub kubernetes: BTreeMap<String, KubernetesConnection>,
    /// A simulated environment instead of real systems.
    pub sandbox: Option<Sandbox>,
    /// The bounds of one apply.
    #[serde(default)]
    pub limits: Limits,
    /// When changes may start; at any time if there is none.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// What the agent may do by itself.
    #[serde(default)]
    pub agent: Agent,
}

impl EnvironmentSpec {
    /// Returns the digest of whom the environment talks to and where its state is, as whomever it does so.
    #[must_use]
    pub fn targets(&self) -> Digest {
        let kubernetes = self.kubernetes.iter().flat_map(|(name, connection)| {
            let KubernetesConnection {
                kubeconfig,
                context,
                in_cluster,
                namespace: _,
                acting_as: _,
                as_groups: _,
            } = connection;
            let kubeconfig = match kubeconfig {
                Some(Kubeconfig::FromEnv(variable)) => format!("variable {variable}"),
                Some(Kubeconfig::FromFile(path)) => format!("file {path}"),
                None => format!("in cluster: {in_cluster}"),
            };
            [name.clone(), kubeconfig, context.clone().unwrap_or_default()]
        });
        let state = match &self.state {
            Some(State::Kubernetes(KubernetesState { connection, namespace })) => {
                format!("kubernetes {connection} {namespace}")
            }
            Some(State::Directory(path)) => format!("directory {path}"),
            Some(State::ObjectStore(ObjectStore { url })) => format!("object store {url}"),
            None => String::new(),
        };
        // However fast time passes in it: it is the same world.
        let sandbox = self.sandbox.map(|Sandbox { seed, speed: _ }| format!("sandbox {seed}"));
        let parts: Vec<String> = kubernetes.chain([state, sandbox.unwrap_or_default()]).collect();
        Digest::of(parts.iter().map(String::as_bytes))
    }
}

/// Where lock, journal and ledger are kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum State {
    /// In a namespace of a cluster.
    Kubernetes(KubernetesState),
    /// In a directory of this machine, relative to the repository.
    Directory(String),
    /// In an object store with conditional writes.
    ObjectStore(ObjectStore),
}

/// A place in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KubernetesState {
    /// Through which connection; `default` if absent.
    #[serde(default = "default_connection")]
    pub connection: String,
    /// In which namespace.
    pub namespace: String,
}

/// A place in an object store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectStore {
    /// For example `s3://bucket/prefix`.
    pub url: String,
}

fn default_connection() -> String {
    crate::engine::id::ConnectionName::DEFAULT.to_owned()
}

/// How to reach one Kubernetes API server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KubernetesConnection {
    /// Where to find the kubeconfig; this, or `inCluster`.
    pub kubeconfig: Option<Kubeconfig>,
    /// Which context of the kubeconfig; its current one if absent.
    pub context: Option<String>,
    /// Uses the service account of the pod that Evenkeel runs in.
    #[serde(default)]
    pub in_cluster: bool,
    /// The namespace of manifests that name none.
    pub namespace: Option<String>,
    /// The user to act as.
    #[serde(rename = "as")]
    pub acting_as: Option<String>,
    /// The groups to act as.
    #[serde(default)]
    pub as_groups: Vec<String>,
}

/// Where a kubeconfig is found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Kubeconfig {
    /// The environment variable that holds its path, or several as kubectl takes them.
    FromEnv(String),
    /// Its path.
    FromFile(String),
}

/// A simulated environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sandbox {
    /// Decides everything that would be chance; the same seed gives the same world.
    pub seed: u64,
    /// How many times as fast as outside time passes in it. Default: 1.
    #[schemars(range(min = 1))]
    pub speed: Option<u32>,
}

/// The bounds of one apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// How many deletions go without `--expect-deletes`. Default: 3.
    pub max_deletes: Option<u32>,
    /// How many steps run at once against one back end. Default: 8.
    #[schemars(range(min = 1))]
    pub parallelism: Option<u32>,
    /// The deadline of one request. Default: 30s.
    pub request_timeout: Option<Duration>,
    /// How long a lock lasts without renewal. Default: 15s.
    pub lease: Option<Duration>,
}

impl Limits {
    /// Returns the limits with the defaults filled in.
    #[must_use]
    pub fn settled(self) -> wanted::Limits {
        let default = wanted::Limits::default();
        wanted::Limits {
            max_deletes: self.max_deletes.unwrap_or(default.max_deletes),
            parallelism: self.parallelism.unwrap_or(default.parallelism),
            request_timeout: self.request_timeout.map_or(default.request_timeout, |duration| duration.0),
            lease: self.lease.map_or(default.lease, |duration| duration.0),
        }
    }
}

/// A time in which changes may start.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// When it opens, as a cron schedule of five fields.
    #[schemars(extend("format" = "cron"))]
    pub allow: String,
    /// How long it stays open.
    #[serde(rename = "for")]
    pub lasts: Duration,
    /// The time zone of the schedule, for example `Europe/Berlin`. Default: UTC.
    pub time_zone: Option<String>,
}

impl Window {
    /// Returns the window as it is evaluated.
    pub fn settled(&self) -> Result<windows::Window, NoWindow> {
        windows::Window::new(&self.allow, self.lasts.0, self.time_zone.as_deref())
    }
}

/// What the agent may do by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Agent {
    /// What follows a new commit.
    #[serde(default)]
    pub on_commit: OnCommit,
    /// What follows drift.
    #[serde(default)]
    pub on_drift: OnDrift,
    /// The riskiest step that it starts by itself.
    #[serde(default)]
    pub max_risk: MaxRisk,
}

/// What follows a new commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnCommit {
    /// The plan is reported.
    #[default]
    Report,
    /// The plan is carried out.
    Apply,
}

/// What follows drift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnDrift {
    /// It is reported.
    #[default]
    Report,
    /// It is taken back.
    Heal,
}

/// The riskiest step that the agent starts by itself. Loss of data is never among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MaxRisk {
    /// Nothing is interrupted.
    #[default]
    None,
    /// Something restarts, one at a time.
    Restart,
    /// Something is away for a while.
    Downtime,
}
