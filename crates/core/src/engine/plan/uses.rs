//! Which kinds an environment uses, and where: what Git wants of them, and what the ledger still has.

use super::inputs::Inputs;
use super::kinds::{Kinds, Service};
use crate::engine::id::{ConnectionName, Kind, ResourceId, System};
use crate::engine::live::Live;
use crate::engine::question::{ServedKind, Why};
use crate::engine::value::SecretSource;
use crate::resources::kubernetes::builtin_kind;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that planning and applying have to do with API servers, state apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The kinds, where they are used, and for what.
    pub kinds: BTreeMap<Place, Part>,
    /// The definitions of custom resources among them, by connection and name.
    pub definitions: BTreeSet<(ConnectionName, Arc<str>)>,
    /// The Secrets that others take their text from: connection, namespace and name.
    pub sources: BTreeSet<(ConnectionName, Arc<str>, Arc<str>)>,
    /// Every connection that anything is wanted of, or ours at.
    pub connections: BTreeSet<ConnectionName>,
    /// Kinds of which nobody knows how they are called in URLs, and why if that is known.
    pub unknown: BTreeMap<(ConnectionName, Kind), Option<Why>>,
}

/// One kind in one namespace, or at the top of a cluster.
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
}

/// What an environment does with a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Only the ledger has some: they are deleted.
    Leaving,
    /// Git wants some: they are made, changed and, one day, deleted.
    Wanted,
}

/// Returns what an environment uses, as far as the answers to discovery tell.
#[must_use]
pub fn uses(inputs: &Inputs, known: &Live) -> Uses {
    let kinds = Kinds::of(inputs, known);
    let mut uses = Uses::default();
    let ours = inputs.history.ledger().into_iter().flat_map(|ledger| ledger.rows.keys());
    for id in ours {
        uses.add(&kinds, id, Part::Leaving);
    }
    for wanted in inputs.desired.resources.values() {
        uses.add(&kinds, &wanted.id, Part::Wanted);
        let sources = wanted.sources();
        uses.sources.extend(sources.difference(&wanted.unread).filter_map(kept_in_a_cluster));
    }
    uses
}

impl Uses {
    /// Only API servers tell what is allowed before it is tried.
    fn add(&mut self, kinds: &Kinds<'_>, id: &ResourceId, part: Part) {
        if id.system != System::Kubernetes {
            return;
        }
        self.connections.insert(id.connection.clone());
        let service = kinds.service(id);
        let (group, plural) = match service {
            Service::BuiltIn => match builtin_kind(&id.kind, None) {
                Some(served) => group_and_plural(served),
                None => return self.unknown(id, None),
            },
            Service::Live(served) => {
                let (group, plural) = group_and_plural(served);
                self.definitions.insert((id.connection.clone(), Arc::from(format!("{plural}.{group}"))));
                (group, plural)
            }
            Service::Coming(definition) => {
                self.definitions.insert((id.connection.clone(), Arc::clone(&definition.name)));
                // A definition is called PLURAL.GROUP: the server takes no other name.
                let (plural, group) = definition.name.split_once('.').unwrap_or((&definition.name, ""));
                (Arc::from(group), Arc::from(plural))
            }
            Service::Nobody => return self.unknown(id, None),
            Service::Unreadable(why) => return self.unknown(id, Some(why.clone())),
        };
        let ResourceId { system: _, connection, kind, namespace, name: _ } = kinds.resolve(id, service);
        let known = self.kinds.entry(Place { connection, namespace, kind, group, plural }).or_insert(part);
        *known = part.max(*known);
    }

    fn unknown(&mut self, id: &ResourceId, why: Option<Why>) {
        self.unknown.insert((id.connection.clone(), id.kind.clone()), why);
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
