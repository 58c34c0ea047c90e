//! What a schema cannot say of a cluster: what its parts mean to each other, and to Kubernetes.

use super::layout::Layout;
use super::memory;
use crate::documents::codes;
use crate::documents::expand::manifest::Context;
use crate::documents::metadata::IGNORE;
use crate::documents::neo4j::cluster::Edition;
use crate::documents::neo4j::servers::{Dynamic, Selector, Storage};
use crate::documents::repository::overlay::Merged;
use crate::documents::source::Span;
use crate::documents::yaml::tree::Node;
use crate::engine::id::Kind;
use crate::resources::kubernetes;
use crate::resources::neo4j::Part;
use crate::resources::neo4j::settings::bytes;
use std::collections::BTreeSet;
use std::time::Duration;

/// Returns the place of a field, or of what is nearest around it; numbers go into lists.
pub(super) fn spot(merged: &Merged, path: &[&str]) -> Span {
    let (mut node, mut at) = (&merged.document.node, merged.document.at);
    for step in ["spec"].iter().chain(path) {
        let found = match step.parse::<usize>() {
            Ok(index) => node.items().and_then(|items| items.get(index)).map(|item| (item, item.span)),
            Err(_) => node.entry(step).map(|entry| (&entry.value, pointed(entry.key_span, &entry.value))),
        };
        let Some((inner, span)) = found else { break };
        (node, at) = (inner, span);
    }
    at
}

fn pointed(key: Span, value: &Node) -> Span {
    if value.items().is_some() || value.entries().is_some() { key } else { value.span }
}

/// The longest name of a server: Kubernetes appends eleven letters to it, and takes 63.
const LONGEST: usize = 52;

impl Context<'_> {
    /// Tells everything that is wrong with a cluster by itself.
    pub(super) fn check_neo4j(&mut self, layout: &Layout<'_>, merged: &Merged) {
        self.check_pools(layout, merged);
        self.check_names(layout, merged);
        self.check_memory(layout, merged);
        self.check_storage(layout, merged);
        self.check_operation(layout, merged);
        self.check_login(layout, merged);
        self.check_contents(layout, merged);
        self.check_config(layout, merged);
        if layout.spec.edition == Edition::Community {
            self.check_community(layout, merged);
        }
    }

    fn check_names(&mut self, layout: &Layout<'_>, merged: &Merged) {
        let mut seen = BTreeSet::new();
        for server in &layout.servers {
            let field = server.part.field();
            let at = spot(merged, &["servers", field, "names"]);
            let kind = Kind::new("Service");
            let name = &server.name;
            if name.len() > LONGEST {
                let message = format!("`{name}` is too long a name for a server");
                self.error(codes::NAME, at, message).hint = Some(format!(
                    "at most {LONGEST} letters, as Kubernetes appends to it: give a shorter name, or `names`"
                ));
            } else if let Some(trouble) = kubernetes::name_trouble(&kind, name) {
                self.error(codes::NAME, at, format!("`{name}` cannot be the name of a server")).hint =
                    Some(trouble.to_owned());
            }
            if !seen.insert(name.clone()) {
                self.error(codes::NAME, at, format!("two servers are called `{name}`")).hint =
                    Some("give each a name of its own".to_owned());
            }
        }
    }

    fn check_memory(&mut self, layout: &Layout<'_>, merged: &Merged) {
        let written = &layout.spec.memory;
        for (field, text) in [("heap", &written.heap), ("pageCache", &written.page_cache)] {
            if let Some(text) = text.as_deref().filter(|text| bytes(text).is_none()) {
                let message = format!("`{text}` is no number of bytes");
                self.error(codes::UNKNOWN_VALUE, spot(merged, &["memory", field]), message).hint =
                    Some("for example 4g, or 512m".to_owned());
            }
        }
        let mut told = BTreeSet::new();
        for server in &layout.servers {
            let path = match server.pool.resources {
                Some(_) => vec!["servers", server.part.field(), "resources"],
                None => vec!["resources"],
            };
            if told.insert(path.clone()) {
                self.check_resources(layout, server, &path, merged);
            }
        }
    }

    fn check_resources(
        &mut self,
        layout: &Layout<'_>,
        server: &super::layout::Server<'_>,
        path: &[&str],
        merged: &Merged,
    ) {
        let resources = server.resources(layout.spec);
        let at = |field| spot(merged, &[path, &[field]].concat());
        match kubernetes::thousandths(&resources.cpu) {
            None => self.no_quantity(&resources.cpu, at("cpu")),
            Some(cpu) if cpu < 500 => {
                let message = format!("{} of a processor is too little for a server", resources.cpu);
                self.error(codes::MEMORY, at("cpu"), message).hint = Some("at least 500m".to_owned());
            }
            Some(_) => {}
        }
        let Some(limit) = memory::limit(layout, server) else {
            return self.no_quantity(&resources.memory, at("memory"));
        };
        if limit < SMALLEST {
            let message = format!("{} of memory is too little for a server", resources.memory);
            self.error(codes::MEMORY, at("memory"), message).hint = Some("at least 2Gi".to_owned());
            return;
        }
        let settings = memory::settings(layout, server);
        let size = |key: &str| settings.get(key).and_then(|text| bytes(text));
        let heap = size("server.memory.heap.max_size").unwrap_or_default();
        let page_cache = size("server.memory.pagecache.size").unwrap_or_default();
        if heap.saturating_add(page_cache).saturating_add(memory::REST) >= limit {
            let mebibytes = |bytes: u64| bytes >> 20;
            let message = format!(
                "heap {} MiB, page cache {} MiB and 1024 MiB for the rest are not below the limit of {} MiB",
                mebibytes(heap),
                mebibytes(page_cache),
                mebibytes(limit)
            );
            let field = if layout.spec.memory.heap.is_some() { "heap" } else { "pageCache" };
            self.error(codes::MEMORY, spot(merged, &["memory", field]), message).hint = Some(
                "the server would be killed under load: raise `resources.memory`, or lower these".to_owned(),
            );
        }
    }

    pub(super) fn no_quantity(&mut self, text: &str, at: Span) {
        self.error(codes::UNKNOWN_VALUE, at, format!("`{text}` is no quantity")).hint =
            Some("as Kubernetes writes it: 500m, 2, 8Gi".to_owned());
    }

    fn check_storage(&mut self, layout: &Layout<'_>, merged: &Merged) {
        let pools = super::layout::pools(layout.spec);
        let of_pools = pools.filter_map(|(part, pool)| Some((Some(part), pool.storage.as_ref()?)));
        let all: Vec<(Option<Part>, &Storage)> =
            [(None, &layout.spec.storage)].into_iter().chain(of_pools).collect();
        for (part, storage) in all {
            let (mode, size, class) = match storage {
                Storage::Dynamic(Dynamic { size, class }) => ("dynamic", size, class),
                Storage::Selector(Selector { size, class, match_labels: _ }) => ("selector", size, class),
                Storage::Claim(_) => continue,
            };
            let within: Vec<&str> = part.map(|part| vec!["servers", part.field()]).unwrap_or_default();
            let at = |field| spot(merged, &[within.as_slice(), &["storage", mode, field]].concat());
            if kubernetes::thousandths(size).is_none() {
                self.no_quantity(size, at("size"));
            }
            let shared = ["azurefile", "nfs", "efs", "cephfs", "smb", "glusterfs"];
            let class = class.as_deref().unwrap_or_default();
            if shared.iter().any(|name| class.to_ascii_lowercase().contains(name)) {
                let message = format!("`{class}` sounds like files over a network");
                self.warn(codes::DEADLY_SETTING, at("class"), message).hint = Some(
                    "stores need block storage: on shared files they are slow, and locks do not hold"
                        .to_owned(),
                );
            }
        }
    }

    fn check_operation(&mut self, layout: &Layout<'_>, merged: &Merged) {
        let spec = layout.spec;
        if layout.is_several() && spec.termination_grace_period.0 < LONG {
            let message = "a server of a cluster may need an hour to stop".to_owned();
            self.error(codes::DEADLY_SETTING, spot(merged, &["terminationGracePeriod"]), message).hint = Some(
                "one that is killed recovers for longer at its next start: write 1h, or leave it out"
                    .to_owned(),
            );
        }
        if spec.servers.discovery.is_some() && layout.discovery().is_none() {
            let at = spot(merged, &["servers", "discovery"]);
            let message = format!("there is no choice of discovery in {}", layout.version);
            self.error(codes::CONTRADICTION, at, message).hint =
                Some("it is for clusters from 5.23 to 5.26: remove it".to_owned());
        }
        if !layout.has_http() && !layout.has_https() {
            let message =
                "the servers would answer neither HTTP nor HTTPS, and nothing of Cypher could be asked"
                    .to_owned();
            let at = spot(merged, &["config", "server.http.enabled"]);
            self.error(codes::CONTRADICTION, at, message).hint =
                Some("add tls.https, or leave HTTP on".to_owned());
        }
        if spec.accept_license.is_none() && spec.edition == Edition::Enterprise {
            let message = "Enterprise does not start before its licence is accepted".to_owned();
            self.error(codes::MISSING_FIELD, spot(merged, &["edition"]), message).hint =
                Some("write `acceptLicense: \"yes\"` if you have one, or `eval`".to_owned());
        }
        if let Some(scaling) = spec.autoscaling.as_ref().map(|scaling| &scaling.secondaries) {
            let at = spot(merged, &["autoscaling", "secondaries"]);
            if spec.servers.secondaries.is_none() {
                let message = "there is no pool of secondaries to scale".to_owned();
                self.error(codes::CONTRADICTION, at, message).hint =
                    Some("add servers.secondaries".to_owned());
            }
            if scaling.min > scaling.max {
                let message = format!("no fewer than {} and no more than {}", scaling.min, scaling.max);
                self.error(codes::CONTRADICTION, at, message).hint =
                    Some("`min` is at most `max`".to_owned());
            }
        }
        let ignore = merged.document.node.at(&["metadata", "annotations", IGNORE]);
        if let Some(written) = ignore {
            let message = "nothing of a Neo4jCluster can be left to others by a path".to_owned();
            self.error(codes::IGNORE_PATH, written.span, message).hint =
                Some("leave the field out of the document: what it does not say is not compared".to_owned());
        }
    }

    fn check_login(&mut self, layout: &Layout<'_>, merged: &Merged) {
        let spec = layout.spec;
        let auth = &spec.auth;
        if !auth.enabled && (auth.secret.is_some() || auth.initial.is_some()) {
            let message = "nobody has to log in, so there is no first password".to_owned();
            self.error(codes::CONTRADICTION, spot(merged, &["auth"]), message).hint =
                Some("remove `enabled: false`, or the rest".to_owned());
        }
        let needs = layout.is_several() || has_contents(layout);
        if auth.enabled && needs && spec.cypher.password.is_none() {
            let message = "nothing says how we log in to the servers".to_owned();
            let at = spot(merged, &["cypher"]);
            self.error(codes::MISSING_FIELD, at, message).hint = Some(format!(
                "write `cypher: {{password: {{fromSecret: {{name: {}-cypher, key: password}}}}}}`",
                layout.name
            ));
        }
    }
}

/// Tells whether the document says anything that only Cypher can do.
fn has_contents(layout: &Layout<'_>) -> bool {
    let spec = layout.spec;
    let (databases, aliases, users) = (&spec.databases, &spec.aliases, &spec.users);
    let (roles, constraints) = (&spec.roles, &spec.constraints);
    !(databases.is_empty()
        && aliases.is_empty()
        && users.is_empty()
        && roles.is_empty()
        && constraints.is_empty())
}

/// Tells whether there is somebody to ask by Cypher.
pub(super) fn is_asked(layout: &Layout<'_>) -> bool {
    layout.spec.cypher.password.is_some() || !layout.spec.auth.enabled
}

/// The least memory that a server starts with.
const SMALLEST: u64 = 2_000_000_000;
/// How long a server of a cluster may take to stop.
const LONG: Duration = Duration::from_secs(3600);
