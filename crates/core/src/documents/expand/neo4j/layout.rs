//! What of a cluster's document all its objects are made from: names, servers and how they belong together.

use crate::documents::neo4j::cluster::{Edition, Neo4jClusterSpec};
use crate::documents::neo4j::servers::{
    Discovery as Way, ModeConstraint, Placement, Pool, Resources, Storage,
};
use crate::engine::id::ConnectionName;
use crate::resources::neo4j::{self, Discovery, Mode, Part, Shape, Version};
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

/// One server: the chart's release.
pub(super) struct Server<'a> {
    pub name: String,
    pub part: Part,
    pub place: u32,
    pub pool: &'a Pool,
}

/// Returns how the servers belong together, which decides on labels and on how they find each other.
pub(super) fn shape(spec: &Neo4jClusterSpec) -> Shape {
    let servers = &spec.servers;
    let count = |pool: &Option<Pool>| pool.as_ref().map_or(0, |pool| pool.count);
    match (servers.primaries.count, count(&servers.secondaries), count(&servers.analytics)) {
        (_, _, 1..) => Shape::Analytics,
        (0 | 1, 0, 0) => Shape::Single,
        _ => Shape::Cluster,
    }
}

fn infix(part: Part) -> &'static str {
    match part {
        Part::Primary => "",
        Part::Secondary => "-secondary",
        Part::Analytics => "-analytics",
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
            let name = given.unwrap_or_else(|| format!("{name}{}-{}", infix(part), index + 1));
            Server { name, part, place: index, pool }
        })
    });
    each.collect()
}

/// Returns the servers without which the cluster does not form; those that come later are let in.
pub(super) fn founders<'l, 'a>(layout: &'l Layout<'a>) -> impl Iterator<Item = &'l Server<'a>> {
    let primaries = layout.servers.iter().filter(|server| server.part == Part::Primary);
    primaries.take(layout.initial_primaries() as usize)
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

    /// Which copies it takes: any if it votes, so that it can replace every other one.
    pub(super) fn mode(&self) -> Mode {
        match (self.pool.mode_constraint, self.part) {
            (Some(ModeConstraint::None), _) | (None, Part::Primary) => Mode::Any,
            (Some(ModeConstraint::Primary), _) => Mode::Primary,
            (Some(ModeConstraint::Secondary), _) | (None, Part::Secondary | Part::Analytics) => {
                Mode::Secondary
            }
        }
    }

    /// Tells whether it only follows what is said of `system`, so that it has no part in forming the cluster.
    pub(super) fn follows_system(&self) -> bool {
        self.part == Part::Secondary && self.mode() == Mode::Secondary
    }

    pub(super) fn placement<'s>(&'s self, spec: &'s Neo4jClusterSpec) -> &'s Placement {
        self.pool.placement.as_ref().unwrap_or(&spec.placement)
    }
}

impl Layout<'_> {
    pub(super) fn is_enterprise(&self) -> bool {
        self.spec.edition == Edition::Enterprise
    }

    pub(super) fn edition(&self) -> neo4j::Edition {
        match self.spec.edition {
            Edition::Community => neo4j::Edition::Community,
            Edition::Enterprise => neo4j::Edition::Enterprise,
        }
    }

    /// How many primaries must be there before the cluster forms: three stand one failure, more need not be waited for.
    pub(super) fn initial_primaries(&self) -> u32 {
        let servers = &self.spec.servers;
        servers.initial_primaries.unwrap_or_else(|| servers.primaries.count.min(3))
    }

    /// Tells whether the servers talk to each other.
    pub(super) fn is_several(&self) -> bool {
        self.shape != Shape::Single
    }

    /// What the label that the chart selects by says.
    pub(super) fn clustering(&self) -> &'static str {
        match self.shape {
            Shape::Cluster => "true",
            Shape::Single | Shape::Analytics => "false",
        }
    }

    /// How servers discover each other, where the version knows two ways; the old one is Neo4j's own default.
    pub(super) fn discovery(&self) -> Option<Discovery> {
        let knows_two = self.is_several() && (TWO_WAYS..ONE_WAY).contains(&self.version);
        let way = match self.spec.servers.discovery {
            Some(Way::V1Only) | None => Discovery::V1Only,
            Some(Way::V1OverV2) => Discovery::V1OverV2,
            Some(Way::V2OverV1) => Discovery::V2OverV1,
            Some(Way::V2Only) => Discovery::V2Only,
        };
        knows_two.then_some(way)
    }

    pub(super) fn image(&self) -> String {
        let usual = || match self.spec.edition {
            Edition::Enterprise => format!("neo4j:{}-enterprise", self.version),
            Edition::Community => format!("neo4j:{}", self.version),
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

    /// Tells whether each server has a Service by which the others find it.
    pub(super) fn has_internals(&self) -> bool {
        self.is_several() || self.spec.services.internals.enabled
    }

    /// Tells whether there is a bound on how many servers may be taken away at once.
    pub(super) fn has_budget(&self) -> bool {
        self.spec.disruption_budget.enabled && self.servers.len() > 1
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

/// From here on there are two ways of discovery.
const TWO_WAYS: Version = Version::new(5, 23, 0);
/// From here on there is one again.
const ONE_WAY: Version = Version::new(2025, 0, 0);

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
