//! The servers of a cluster: how many of which sort, what they get, where they keep their data and where they run.

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Servers by what they do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Servers {
    /// Those that vote; a single server is one of these.
    pub primaries: Pool,
    /// Those that only read.
    pub secondaries: Option<Pool>,
    /// Those that only read, for graph data science: beside exactly one primary.
    pub analytics: Option<Pool>,
    /// How many primaries must be there before the cluster forms. It counts at the very first start only.
    /// Default: all primaries, but no more than 3.
    #[schemars(range(min = 1, max = 11))]
    pub initial_primaries: Option<u32>,
    /// How servers find each other, for 5.23 to 5.26; later versions have only one way. Default: `v1Only`, as Neo4j has it.
    pub discovery: Option<Discovery>,
}

/// How servers find each other, while there are two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Discovery {
    /// The old way.
    V1Only,
    /// Both, and the old one counts.
    V1OverV2,
    /// Both, and the new one counts.
    V2OverV1,
    /// The new way; needed before 2025.01.
    V2Only,
}

/// Servers of one sort.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pool {
    /// How many.
    pub count: u32,
    /// Their names, in order: those of Helm releases where these are adopted. Default: `NAME-1` and so on for primaries,
    /// `NAME-secondary-1` and `NAME-analytics-1` for the others.
    #[serde(default)]
    pub names: Vec<String>,
    /// What each gets, if it is not what the others get.
    pub resources: Option<Resources>,
    /// Where each keeps its data, if it is not as the others do.
    pub storage: Option<Storage>,
    /// On which nodes these run, if not where the others do.
    pub placement: Option<Placement>,
    /// Which sort of database copies they take. Default: any for primaries, `secondary` for the others.
    pub mode_constraint: Option<ModeConstraint>,
    /// Whether the load balancer leads to them. Default: `true`.
    #[serde(default = "super::access::yes")]
    pub load_balanced: bool,
    /// Tags of the servers.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Databases that may be on them, and no others.
    #[serde(default)]
    pub allowed_databases: Vec<String>,
    /// Databases that may not be on them.
    #[serde(default)]
    pub denied_databases: Vec<String>,
}

/// Which sort of database copies a server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ModeConstraint {
    /// Any.
    None,
    /// Those that vote.
    Primary,
    /// Those that only read.
    Secondary,
}

/// What a server gets: the same as request and as limit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resources {
    /// Processors, as Kubernetes writes them. Default: `1000m`.
    #[serde(default = "default_cpu")]
    pub cpu: String,
    /// Memory, as Kubernetes writes it; no less than 2 GiB. Default: `2Gi`.
    #[serde(default = "default_memory")]
    pub memory: String,
}

impl Default for Resources {
    fn default() -> Self {
        Self { cpu: default_cpu(), memory: default_memory() }
    }
}

fn default_cpu() -> String {
    "1000m".to_owned()
}

fn default_memory() -> String {
    "2Gi".to_owned()
}

/// Where a server keeps its data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Storage {
    /// On a volume that a storage class makes.
    Dynamic(Dynamic),
    /// On the volumes of claims that are there; `{server}` stands for the server's name.
    Claim(String),
    /// On volumes that carry these labels.
    Selector(Selector),
}

/// A volume that a storage class makes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dynamic {
    /// How large: `100Gi`. It can grow, and never shrink.
    pub size: String,
    /// By which storage class: block storage. The cluster's own default if absent.
    pub class: Option<String>,
}

/// A volume that is found by its labels.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Selector {
    /// How large it must be at least.
    pub size: String,
    /// Of which storage class. Default: `manual`.
    pub class: Option<String>,
    /// The labels. Default: those that the chart looks for.
    #[serde(default)]
    pub match_labels: BTreeMap<String, String>,
}

/// On which nodes servers run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Placement {
    /// Availability zones over which servers are spread.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Whether two servers of the cluster may share a node. Default: `required`, so they may not.
    #[serde(default)]
    pub anti_affinity: AntiAffinity,
    /// Labels that a node must have.
    #[serde(default)]
    pub node_selector: BTreeMap<String, String>,
    /// Taints that do not matter.
    #[serde(default)]
    pub tolerations: Vec<Toleration>,
    /// The class of priority of the pods.
    pub priority_class: Option<String>,
}

/// Whether servers keep away from each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AntiAffinity {
    /// Never two on one node.
    #[default]
    Required,
    /// Two on one node only where there is no other.
    Preferred,
    /// It does not matter.
    None,
}

/// A taint that does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Toleration {
    /// The taint's key; any if absent.
    pub key: Option<String>,
    /// How the value is compared. Default: `Equal`.
    pub operator: Option<Operator>,
    /// The taint's value.
    pub value: Option<String>,
    /// The taint's effect; any if absent.
    pub effect: Option<TaintEffect>,
    /// For how many seconds, where the taint evicts.
    pub toleration_seconds: Option<u32>,
}

/// How the value of a taint is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Operator {
    /// It is the same.
    Equal,
    /// There is one.
    Exists,
}

/// What a taint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// Nothing new comes.
    NoSchedule,
    /// Nothing new comes if it can go elsewhere.
    PreferNoSchedule,
    /// What is there goes.
    NoExecute,
}
