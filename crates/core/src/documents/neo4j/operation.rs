//! How a cluster is run: memory, probes, Services, who it runs as, what is measured, and how it grows.

use super::access::yes;
use crate::documents::duration::Duration;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How the memory of a server is divided: heap and page cache, and one GiB for the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Memory {
    /// The heap: `4g`. Default: half of what the limit leaves beside one GiB, at most 31 GiB.
    pub heap: Option<String>,
    /// The page cache: `8g`. Default: four tenths of it.
    pub page_cache: Option<String>,
    /// Writes nothing where nothing is written here, so that Neo4j decides by the memory it finds, as it does under the
    /// chart. Default: `false`.
    #[serde(default)]
    pub automatic: bool,
}

/// Arguments of the Java machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Jvm {
    /// Those that Neo4j's own configuration has. Default: `true`.
    #[serde(default = "yes")]
    pub defaults: bool,
    /// Further ones, one text each.
    #[serde(default)]
    pub arguments: Vec<String>,
}

impl Default for Jvm {
    fn default() -> Self {
        Self { defaults: true, arguments: Vec::new() }
    }
}

/// How the servers' logs are written, in Log4j's XML.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Logging {
    /// The server's own logs. Default: `debug.log`, `http.log`, `query.log` and `security.log`, each in files of 20 MB.
    pub server: Option<String>,
    /// What users are told. Default: `neo4j.log` and the pod's output.
    pub user: Option<String>,
    /// Whether this is ours to say; a chart's release that is adopted may keep its own. Default: `true`.
    #[serde(default = "yes")]
    pub manage: bool,
}

impl Default for Logging {
    fn default() -> Self {
        Self { server: None, user: None, manage: true }
    }
}

/// When Kubernetes takes a server for started, ready and alive: each asks the Bolt port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probes {
    /// How long a start may take. Default: 1000 times, every 5 seconds.
    pub startup: Option<Probe>,
    /// When it gets no further connections. Default: after 20 times, every 5 seconds.
    pub readiness: Option<Probe>,
    /// When it is started anew. Default: after 40 times, every 5 seconds.
    pub liveness: Option<Probe>,
}

/// How often the port is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probe {
    /// After how many failures in a row.
    #[schemars(range(min = 1))]
    pub failures: u32,
    /// How often.
    pub every: Duration,
    /// How long one may take.
    pub timeout: Option<Duration>,
}

/// As whom the servers run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceAccount {
    /// The account of all servers. Default: one for each, called like it.
    pub name: Option<String>,
    /// Annotations, such as the identity at a cloud provider.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// Whether we make the account and its rights. Default: `true`.
    #[serde(default = "yes")]
    pub create: bool,
}

/// Services beside those that each server needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Services {
    /// The Services by which servers find each other.
    #[serde(default)]
    pub internals: Internals,
    /// One Service without an address of its own before all servers: `NAME-headless`. Default: `false`.
    #[serde(default)]
    pub headless: bool,
    /// A load balancer before all servers: `NAME-lb-neo4j`. None if absent.
    pub load_balancer: Option<LoadBalancer>,
    /// Annotations of each server's own Service.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// The Services by which servers find each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Internals {
    /// Also for a single server. Default: `false`.
    #[serde(default)]
    pub enabled: bool,
    /// Without addresses of their own, as charts up to 5.26 made them; what is live stays as it is where this is not
    /// written. Default: `false`.
    #[serde(default)]
    pub headless: bool,
    /// Their annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// A load balancer before all servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadBalancer {
    /// How it is reached. Default: `LoadBalancer`.
    #[serde(default, rename = "type")]
    pub service_type: ServiceType,
    /// Its annotations: most providers are told by them that it is internal.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// From which addresses it may be reached; any if empty.
    #[serde(default)]
    pub source_ranges: Vec<String>,
}

/// How a Service is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ServiceType {
    /// By an address of the provider.
    #[default]
    LoadBalancer,
    /// By a port of each node.
    NodePort,
    /// From within only.
    ClusterIP,
}

/// What is measured, and by whom it is collected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Monitoring {
    /// An endpoint for Prometheus on port 2004 of each server. Default: `false`.
    #[serde(default)]
    pub prometheus: bool,
    /// A `ServiceMonitor`, which the Prometheus operator reads.
    pub service_monitor: Option<ServiceMonitor>,
    /// A `PrometheusRule` with alerts. Default: `false`.
    #[serde(default)]
    pub alert_rules: bool,
}

/// A `ServiceMonitor`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceMonitor {
    /// How often. Default: what Prometheus does.
    pub interval: Option<Duration>,
    /// Labels by which the operator finds it.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// How many secondaries the load asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Autoscaling {
    /// Of the pool of secondaries; primaries are never scaled by load.
    pub secondaries: Scaling,
}

/// The bounds within which a number follows the load.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scaling {
    /// No fewer than these.
    pub min: u32,
    /// No more than these.
    #[schemars(range(max = 20))]
    pub max: u32,
    /// The use of processors that is aimed at, in percent of what was requested. Default: 60.
    #[serde(default = "default_target")]
    #[schemars(range(min = 10, max = 95))]
    pub target_cpu_percent: u32,
    /// How long the load must ask for fewer before there are fewer. Default: `30m`.
    #[serde(default = "default_stabilization")]
    pub stabilization: Duration,
    /// What becomes of it. Default: `recommend`, and there is no other way yet.
    #[serde(default)]
    pub mode: ScalingMode,
}

/// What becomes of a number that the load asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ScalingMode {
    /// Every plan tells it; `servers.secondaries.count` is written by whoever reads that.
    #[default]
    Recommend,
}

fn default_target() -> u32 {
    60
}

fn default_stabilization() -> Duration {
    Duration(std::time::Duration::from_secs(1800))
}

/// How many servers Kubernetes may take away at once, of all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisruptionBudget {
    /// Whether there is a bound. Default: `true`, where there are several servers.
    #[serde(default = "yes")]
    pub enabled: bool,
}

impl Default for DisruptionBudget {
    fn default() -> Self {
        Self { enabled: true }
    }
}
