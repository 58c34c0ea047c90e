//! What of a cluster's document all its objects are made from: names, servers and how they belong together.

use crate::documents::neo4j::cluster::{Edition, Neo4jClusterSpec};
use crate::documents::neo4j::servers::{Placement, Pool, Resources, Storage};
use crate::engine::id::ConnectionName;
use crate::resources::neo4j::Version;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A cluster whose document was read.
pub(super) struct Layout<'a> {
    pub name: &'a str,
    pub spec: &'a Neo4jClusterSpec,
    pub version: Version,
    pub connection: ConnectionName,
    pub namespace: Arc<str>,
    pub servers: Vec<Server<'a>>,
    pub shape: Shape,
}

/// How the servers belong together, which decides on labels and on how they find each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// There is one.
    Single,
    /// Several, of which those that vote form the cluster.
    Cluster,
    /// One that is written to, and others that only read it.
    Analytics,
}

/// What a server is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Primary,
    Secondary,
    Analytics,
}

/// One server: the chart's release.
pub(super) struct Server<'a> {
    pub name: String,
    pub part: Part,
    pub pool: &'a Pool,
}

impl Part {
    /// The field of its pool.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Primary => "primaries",
            Self::Secondary => "secondaries",
            Self::Analytics => "analytics",
        }
    }

    fn infix(self) -> &'static str {
        match self {
            Self::Primary => "",
            Self::Secondary => "-secondary",
            Self::Analytics => "-analytics",
        }
    }
}

impl Shape {
    pub(super) fn of(spec: &Neo4jClusterSpec) -> Self {
        let servers = &spec.servers;
        let count = |pool: &Option<Pool>| pool.as_ref().map_or(0, |pool| pool.count);
        match (servers.primaries.count, count(&servers.secondaries), count(&servers.analytics)) {
            (_, _, 1..) => Self::Analytics,
            (0 | 1, 0, 0) => Self::Single,
            _ => Self::Cluster,
        }
    }

    /// What the label that the chart selects by says.
    pub(super) fn clustering(self) -> &'static str {
        match self {
            Self::Cluster => "true",
            Self::Single | Self::Analytics => "false",
        }
    }
}

/// Returns the pools that there are.
pub(super) fn pools(spec: &Neo4jClusterSpec) -> impl Iterator<Item = (Part, &Pool)> {
    let servers = &spec.servers;
    let others = [(Part::Secondary, &servers.secondaries), (Part::Analytics, &servers.analytics)];
    let others = others.into_iter().filter_map(|(part, pool)| Some((part, pool.as_ref()?)));
    [(Part::Primary, &servers.primaries)].into_iter().chain(others)
}

/// Returns the servers, those with names of their own under these.
pub(super) fn servers<'a>(name: &str, spec: &'a Neo4jClusterSpec) -> Vec<Server<'a>> {
    let each = pools(spec).flat_map(|(part, pool)| {
        // Absurd counts are told elsewhere; nobody wants as many objects.
        (0..pool.count.min(MOST_SERVERS)).map(move |index| {
            let given = pool.names.get(index as usize).cloned();
            let name = given.unwrap_or_else(|| format!("{name}{}-{}", part.infix(), index + 1));
            Server { name, part, pool }
        })
    });
    each.collect()
}

/// More than a database can be on.
const MOST_SERVERS: u32 = 64;

impl Server<'_> {
    pub(super) fn resources<'s>(&'s self, spec: &'s Neo4jClusterSpec) -> &'s Resources {
        self.pool.resources.as_ref().unwrap_or(&spec.resources)
    }

    pub(super) fn storage<'s>(&'s self, spec: &'s Neo4jClusterSpec) -> &'s Storage {
        self.pool.storage.as_ref().unwrap_or(&spec.storage)
    }

    pub(super) fn placement<'s>(&'s self, spec: &'s Neo4jClusterSpec) -> &'s Placement {
        self.pool.placement.as_ref().unwrap_or(&spec.placement)
    }
}

impl Layout<'_> {
    pub(super) fn is_enterprise(&self) -> bool {
        self.spec.edition == Edition::Enterprise
    }

    /// Tells whether the servers talk to each other.
    pub(super) fn is_several(&self) -> bool {
        self.shape != Shape::Single
    }

    pub(super) fn image(&self) -> String {
        let usual = || match self.spec.edition {
            Edition::Enterprise => format!("neo4j:{}-enterprise", self.spec.version),
            Edition::Community => format!("neo4j:{}", self.spec.version),
        };
        self.spec.image.clone().unwrap_or_else(usual)
    }

    /// The Secret with the first password.
    pub(super) fn auth_secret(&self) -> String {
        self.spec.auth.secret.clone().unwrap_or_else(|| format!("{}-auth", self.name))
    }

    /// The account that a server runs as, where it needs one.
    pub(super) fn account(&self, server: &Server<'_>) -> Option<String> {
        let written = self.spec.service_account.as_ref();
        let named = written.and_then(|account| account.name.clone());
        named.or_else(|| (written.is_some() || self.is_several()).then(|| server.name.clone()))
    }

    /// The name of one of a server's Services within the Kubernetes cluster.
    pub(super) fn host(&self, server: &Server<'_>, suffix: &str) -> String {
        let Self { namespace, spec, .. } = self;
        format!("{}{suffix}.{namespace}.svc.{}", server.name, spec.cluster_domain)
    }

    /// The labels of an object, the document's own among them.
    pub(super) fn labels(&self, more: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut labels = self.spec.labels.clone();
        labels.insert("app".to_owned(), self.name.to_owned());
        labels.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        labels
    }

    /// The setting, if the document writes it in full.
    pub(super) fn written(&self, key: &str) -> Option<String> {
        self.spec.config.get(key).map(crate::documents::setting::Setting::text)
    }

    /// Tells whether a setting is on; `usual` where it is not written.
    pub(super) fn is_on(&self, key: &str, usual: bool) -> bool {
        self.written(key).map_or(usual, |text| text.eq_ignore_ascii_case("true"))
    }

    pub(super) fn has_https(&self) -> bool {
        self.is_on("server.https.enabled", false) || self.spec.tls.https.is_some()
    }

    pub(super) fn has_http(&self) -> bool {
        self.is_on("server.http.enabled", true)
    }

    pub(super) fn has_backup(&self) -> bool {
        self.is_enterprise() && self.is_on("server.backup.enabled", true)
    }
}

/// The label of the cluster.
pub(super) const NAME: &str = "helm.neo4j.com/neo4j.name";
/// The label of the server.
pub(super) const INSTANCE: &str = "helm.neo4j.com/instance";
/// The label that tells clusters from single servers.
pub(super) const CLUSTERING: &str = "helm.neo4j.com/clustering";
/// The label that tells Services apart.
pub(super) const SERVICE: &str = "helm.neo4j.com/service";
/// The label by which servers keep away from each other.
pub(super) const CATEGORY: (&str, &str) = ("helm.neo4j.com/pod_category", "neo4j-instance");
/// The label by which the load balancer finds servers.
pub(super) const BALANCED: &str = "helm.neo4j.com/neo4j.loadbalancer";
