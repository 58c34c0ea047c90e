//! Which kinds an environment uses, and where: what Git wants of them, and what the ledger still has.

use super::inputs::Inputs;
use super::kinds::{Kinds, Service};
use crate::engine::id::{ConnectionName, Kind, ResourceId, System};
use crate::engine::live::Live;
use crate::engine::question::{ServedKind, Why};
use crate::engine::value::{SecretSource, Value};
use crate::engine::wanted::Wanted;
use crate::resources::kubernetes::builtin_kind;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The setting of a connector that names its class.
const CLASS: &str = "connector.class";

/// Everything that planning and applying have to do with live systems, state apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The kinds, where they are used, and for what: for both where some stay and others leave.
    pub kinds: BTreeSet<(Place, Part)>,
    /// The definitions of custom resources among them, by connection and name.
    pub definitions: BTreeSet<(ConnectionName, Arc<str>)>,
    /// The Secrets that others take their text from: connection, namespace and name.
    pub sources: BTreeSet<(ConnectionName, Arc<str>, Arc<str>)>,
    /// Every connection that anything is wanted of, or ours at.
    pub connections: BTreeSet<ConnectionName>,
    /// Those of them at which it is remembered who answered so far.
    pub pinned: BTreeSet<ConnectionName>,
    /// The namespaces that Git itself makes: connection and name.
    pub made: BTreeSet<(ConnectionName, Arc<str>)>,
    /// Kinds of which nobody knows how they are called in URLs, and why if that is known.
    pub unknown: BTreeMap<(ConnectionName, Kind), Option<Why>>,
    /// What is used of brokers and workers.
    pub platform: BTreeSet<(ResourceId, Part)>,
    /// The classes of the connectors that Git wants.
    pub classes: BTreeMap<ResourceId, Arc<str>>,
    /// The pods of database servers, which are looked at and restarted in turn.
    pub pods: BTreeSet<ResourceId>,
    /// The claims that their stores are on: one of a server that was dropped lets nobody in again.
    pub claims: BTreeSet<ResourceId>,
    /// Those of the pods whose load is asked for.
    pub measured: BTreeSet<ResourceId>,
}

/// One kind in one namespace, or one object at the top of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which connection.
    pub connection: ConnectionName,
    /// In which namespace; absent for what lives at the top.
    pub namespace: Option<Arc<str>>,
    /// The kind, as addresses have it.
    pub kind: Kind,
    /// The group that serves it; empty for the core group.
    pub group: Arc<str>,
    /// Its plural, as URLs and roles have it.
    pub plural: Arc<str>,
    /// Which one, at the top of a cluster; in a namespace, any of them.
    pub name: Option<Arc<str>>,
}

/// What an environment does with a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The ledger has some that Git has not: they are deleted.
    Leaving,
    /// Git wants some: they are made, changed and, one day, deleted.
    Wanted,
}

/// Returns what an environment uses, as far as the answers to discovery tell.
#[must_use]
pub fn uses(inputs: &Inputs, known: &Live) -> Uses {
    let kinds = Kinds::of(inputs, known);
    let pinned = inputs.pins.keys().filter(|id| id.system == System::Kubernetes);
    let pinned = pinned.map(|id| id.name.clone()).collect();
    let mut uses = Uses { pinned, ..Uses::default() };
    let mut stays = BTreeSet::new();
    for wanted in inputs.desired.resources.values() {
        stays.insert(kinds.resolve(&wanted.id, kinds.service(&wanted.id)));
        uses.add(&kinds, &wanted.id, Part::Wanted);
        uses.add_class(wanted);
        let sources = wanted.sources();
        uses.sources.extend(sources.difference(&wanted.unread).filter_map(kept_in_a_cluster));
    }
    for cluster in inputs.desired.clusters.values() {
        uses.pods.extend(cluster.servers.values().map(|server| server.pod.clone()));
        uses.claims.extend(cluster.servers.values().map(|server| server.volume.claim.clone()));
        uses.measured.extend(cluster.measured().cloned());
    }
    let ours = inputs.history.ledger().into_iter().flat_map(|ledger| ledger.rows.keys());
    for id in ours.filter(|id| !stays.contains(*id)) {
        uses.add(&kinds, id, Part::Leaving);
    }
    uses
}

impl Uses {
    /// Returns the namespaces in which Git wants something.
    #[must_use]
    pub fn namespaces(&self) -> BTreeSet<(ConnectionName, Arc<str>)> {
        let wanted = self.kinds.iter().filter(|(_, part)| *part == Part::Wanted);
        wanted.filter_map(|(place, _)| Some((place.connection.clone(), place.namespace.clone()?))).collect()
    }

    /// Tells whether anything in use is secret, so that planning needs the key for digests.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        let is_secret = |place: &Place| place.group.is_empty() && &*place.plural == "secrets";
        !self.sources.is_empty() || self.kinds.iter().map(|(place, _)| place).any(is_secret)
    }

    fn add(&mut self, kinds: &Kinds<'_>, id: &ResourceId, part: Part) {
        if id.system != System::Kubernetes {
            self.platform.insert((id.clone(), part));
            return;
        }
        self.connections.insert(id.connection.clone());
        let service = kinds.service(id);
        let (group, plural) = match service {
            Service::BuiltIn => match builtin_kind(&id.kind, None) {
                Some(served) => group_and_plural(served),
                None => return self.unknown(id, part, None),
            },
            Service::Live(served) => {
                let (group, plural) = group_and_plural(served);
                self.define(id, part, Arc::from(format!("{plural}.{group}")));
                (group, plural)
            }
            Service::Coming(definition) => {
                self.define(id, part, Arc::clone(&definition.name));
                // A definition is called PLURAL.GROUP: the server takes no other name.
                let (plural, group) = definition.name.split_once('.').unwrap_or((&definition.name, ""));
                (Arc::from(group), Arc::from(plural))
            }
            Service::Nobody => return self.unknown(id, part, None),
            Service::Unreadable(why) => return self.unknown(id, part, Some(why.clone())),
        };
        let ResourceId { system: _, connection, kind, namespace, name } = kinds.resolve(id, service);
        if part == Part::Wanted && kind.as_str() == "Namespace" {
            self.made.insert((connection.clone(), Arc::clone(&name)));
        }
        let name = namespace.is_none().then_some(name);
        self.kinds.insert((Place { connection, namespace, kind, group, plural, name }, part));
    }

    fn add_class(&mut self, wanted: &Wanted) {
        if wanted.id.system == System::Connect
            && let Some(class) = wanted.config.at(&["config", CLASS]).and_then(Value::as_text)
        {
            self.classes.insert(wanted.id.clone(), Arc::from(class));
        }
    }

    /// What is only deleted is compared with nothing.
    fn define(&mut self, id: &ResourceId, part: Part, definition: Arc<str>) {
        match part {
            Part::Wanted => drop(self.definitions.insert((id.connection.clone(), definition))),
            Part::Leaving => {}
        }
    }

    /// What has left Git and is served by nobody any more is gone with its kind: there is nothing to be done.
    fn unknown(&mut self, id: &ResourceId, part: Part, why: Option<Why>) {
        if part == Part::Wanted || why.is_some() {
            self.unknown.insert((id.connection.clone(), id.kind.clone()), why);
        }
    }
}

fn group_and_plural(served: &ServedKind) -> (Arc<str>, Arc<str>) {
    (Arc::from(served.api_version.group()), Arc::clone(&served.plural))
}

fn kept_in_a_cluster(source: &SecretSource) -> Option<(ConnectionName, Arc<str>, Arc<str>)> {
    match source {
        SecretSource::FromSecret { connection, namespace, name, key: _ } => Some((
            ConnectionName::from(connection.as_str()),
            Arc::from(namespace.as_str()),
            Arc::from(name.as_str()),
        )),
        SecretSource::FromEnv(_) | SecretSource::FromFile(_) | SecretSource::Generate { length: _ } => None,
    }
}
