//! A Neo4j cluster, or a single server, as it is written.

use super::access::{Auth, Cypher, Role, TlsPolicies, User};
use super::content::{Alias, Constraint, Database};
use super::operation::{
    Autoscaling, DisruptionBudget, Jvm, Logging, Memory, Monitoring, Probes, ServiceAccount, Services,
};
use super::servers::{Placement, Resources, Servers, Storage};
use crate::documents::duration::Duration;
use crate::documents::metadata::Envelope;
use crate::documents::setting::Setting;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A cluster as it is written.
pub type Neo4jCluster = Envelope<Neo4jClusterKind, Neo4jClusterSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Neo4jClusterKind {
    /// A Neo4j cluster, or a single server.
    Neo4jCluster,
}

/// What the cluster is to be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Neo4jClusterSpec {
    /// Community is one server with one database; everything else needs Enterprise and a licence.
    pub edition: Edition,
    /// Which version, in full: `5.26.0`, `2026.02.1`.
    #[schemars(length(min = 1))]
    pub version: String,
    /// The image. Default: `neo4j:VERSION-enterprise` or `neo4j:VERSION`.
    pub image: Option<String>,
    /// When the image is pulled. Default: `IfNotPresent`.
    #[serde(default)]
    pub image_pull_policy: PullPolicy,
    /// Secrets of registries.
    #[serde(default)]
    pub image_pull_secrets: Vec<String>,
    /// That you have a licence (`"yes"`), or try Enterprise out (`eval`); Enterprise does not start without.
    pub accept_license: Option<License>,
    /// Through which connection to Kubernetes. Default: `default`.
    pub connection: Option<String>,
    /// In which namespace. Default: that of the connection.
    pub namespace: Option<String>,
    /// The domain of the Kubernetes cluster. Default: `cluster.local`.
    #[serde(default = "default_cluster_domain")]
    pub cluster_domain: String,
    /// How many servers, by what they do.
    pub servers: Servers,
    /// What each server gets, unless its pool says otherwise. Default: one processor and 2 GiB.
    #[serde(default)]
    pub resources: Resources,
    /// Where each server keeps its data, unless its pool says otherwise.
    pub storage: Storage,
    /// On which nodes servers run.
    #[serde(default)]
    pub placement: Placement,
    /// How the memory of a server is divided. Default: derived from its limit.
    #[serde(default)]
    pub memory: Memory,
    /// Settings of Neo4j by their names, as in `neo4j.conf`; those of which a document has fields are not written here.
    #[serde(default)]
    pub config: BTreeMap<String, Setting>,
    /// Arguments of the Java machine.
    #[serde(default)]
    pub jvm: Jvm,
    /// Environment variables for the servers beside those that the layout needs.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Plugins that the image fetches when a server starts (`apoc`, `graph-data-science`). Those that an image has
    /// already need not be named.
    #[serde(default)]
    pub plugins: Vec<String>,
    /// Certificates, by what they protect.
    #[serde(default)]
    pub tls: TlsPolicies,
    /// How the servers' logs are written.
    #[serde(default)]
    pub logging: Logging,
    /// When Kubernetes takes a server for started, ready and alive.
    #[serde(default)]
    pub probes: Probes,
    /// How long a server may take to stop. Default: `1h`.
    #[serde(default = "default_grace")]
    pub termination_grace_period: Duration,
    /// As whom the servers run. Default: an account for each server, as the chart makes it.
    pub service_account: Option<ServiceAccount>,
    /// Which Services there are beside those that each server needs.
    #[serde(default)]
    pub services: Services,
    /// How the first password comes to the servers.
    #[serde(default)]
    pub auth: Auth,
    /// How we log in: without it, nothing that only Cypher tells is managed.
    #[serde(default)]
    pub cypher: Cypher,
    /// The databases; those not named here are left alone.
    #[serde(default)]
    pub databases: Vec<Database>,
    /// Other names of databases.
    #[serde(default)]
    pub aliases: Vec<Alias>,
    /// Users beside the first.
    #[serde(default)]
    pub users: Vec<User>,
    /// Roles with their privileges.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Constraints of the databases.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    /// What is measured, and by whom it is collected.
    #[serde(default)]
    pub monitoring: Monitoring,
    /// How many secondaries the load asks for.
    pub autoscaling: Option<Autoscaling>,
    /// How many servers Kubernetes may take away at once.
    #[serde(default)]
    pub disruption_budget: DisruptionBudget,
    /// Labels for every object, beside those of the layout.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the pods, beside those that are live.
    #[serde(default)]
    pub pod_annotations: BTreeMap<String, String>,
    /// Whether others manage what Cypher tells as well. Then what is there and not in our ledger becomes ours only with
    /// an Approval `adopt`, also where it is as Git says. Default: `false`.
    #[serde(default)]
    pub shared: bool,
}

/// The editions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Edition {
    /// One server, one database, no roles.
    Community,
    /// Clusters, databases, roles, backups while it runs.
    Enterprise,
}

/// That there is a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum License {
    /// There is one.
    Yes,
    /// It is being tried out.
    Eval,
}

/// When an image is pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PullPolicy {
    /// Whenever a pod starts.
    Always,
    /// When the node does not have it.
    #[default]
    IfNotPresent,
    /// Never.
    Never,
}

impl PullPolicy {
    /// Returns the word of Kubernetes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}

fn default_cluster_domain() -> String {
    "cluster.local".to_owned()
}

fn default_grace() -> Duration {
    Duration(std::time::Duration::from_secs(3600))
}
