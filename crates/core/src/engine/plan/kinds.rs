//! Which kinds are in use, whether anybody serves them, and where their objects live.
//!
//! Built-in kinds are known from the table; custom resources from discovery, or from a CRD that is wanted in the
//! same specs and will be there before them.

use super::inputs::Inputs;
use crate::engine::id::{ConnectionName, Kind, ResourceId, System};
use crate::engine::live::Live;
use crate::engine::question::{Answer, Fact, FactId, Lookup, Question, Reach, Served, ServedKind, Why};
use crate::engine::value::Value;
use crate::engine::wanted::Wanted;
use crate::resources::kubernetes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who serves a kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Service<'a> {
    /// Kubernetes itself.
    BuiltIn,
    /// A CRD that is there.
    Live(&'a ServedKind),
    /// A CRD that is wanted and not there yet.
    Coming(&'a ResourceId),
    /// Nobody, and no CRD for it is wanted.
    Nobody,
    /// Discovery could not be read, or whoever serves its group does not answer.
    Unreadable(&'a Why),
}

/// The kinds in use.
pub(super) struct Kinds<'a> {
    served: BTreeMap<&'a ConnectionName, Discovery<'a>>,
    coming: BTreeMap<(ConnectionName, Kind), (&'a ResourceId, Reach)>,
    inputs: &'a Inputs,
}

enum Discovery<'a> {
    Read(BTreeMap<Kind, &'a ServedKind>, &'a Served),
    Unreadable(&'a Why),
}

impl<'a> Discovery<'a> {
    fn of(&self, kind: &Kind) -> Lookup<'a> {
        match self {
            Self::Unreadable(why) => Lookup::Unreadable(why),
            Self::Read(kinds, served) => {
                kinds.get(kind).copied().map_or_else(|| served.without(kind), Lookup::Served)
            }
        }
    }
}

impl<'a> Kinds<'a> {
    /// Reads what discovery answered; connections that were not asked yet serve nothing but built-in kinds.
    pub(super) fn of(inputs: &'a Inputs, known: &'a Live) -> Self {
        let served = known.iter().filter_map(|(question, answered)| match (question, &answered.answer) {
            (Question::Fact(FactId::ServedKinds(connection)), Answer::Fact(Fact::ServedKinds(served))) => {
                Some((connection, Discovery::Read(first_of_each(&served.kinds), served)))
            }
            (Question::Fact(FactId::ServedKinds(connection)), Answer::Unreadable(why)) => {
                Some((connection, Discovery::Unreadable(why)))
            }
            _ => None,
        });
        let coming = inputs.desired.resources.values().filter_map(coming);
        Self { served: served.collect(), coming: coming.collect(), inputs }
    }

    /// Returns who serves the kind of an address.
    pub(super) fn service(&self, id: &ResourceId) -> Service<'a> {
        if id.system != System::Kubernetes {
            return Service::BuiltIn;
        }
        if id.kind.group().is_none() {
            return if kubernetes::reach(&id.kind).is_some() { Service::BuiltIn } else { Service::Nobody };
        }
        let found =
            self.served.get(&id.connection).map_or(Lookup::Nobody, |discovery| discovery.of(&id.kind));
        match (found, self.coming_of(id)) {
            (Lookup::Served(kind), _) => Service::Live(kind),
            (Lookup::Unreadable(why), _) => Service::Unreadable(why),
            (Lookup::Nobody, Some((crd, _))) => Service::Coming(crd),
            (Lookup::Nobody, None) => Service::Nobody,
        }
    }

    /// Tells whether discovery was answered, one way or another.
    pub(super) fn is_known(&self, connection: &ConnectionName) -> bool {
        self.served.contains_key(connection)
    }

    /// Returns every kind that a connection is known to serve.
    pub(super) fn served_by(&self, connection: &ConnectionName) -> impl Iterator<Item = &Kind> {
        let read = self.served.get(connection).and_then(|discovery| match discovery {
            Discovery::Read(kinds, _) => Some(kinds.keys()),
            Discovery::Unreadable(_) => None,
        });
        read.into_iter().flatten()
    }

    /// Returns what a resource needs, by the addresses that systems know.
    pub(super) fn needs(&self, wanted: &Wanted) -> impl Iterator<Item = ResourceId> {
        wanted.needs.iter().map(|need| self.resolve(need, self.service(need)))
    }

    /// Returns the address as the system knows it: the default namespace where a namespaced object names none.
    pub(super) fn resolve(&self, id: &ResourceId, service: Service<'_>) -> ResourceId {
        if id.system != System::Kubernetes {
            return id.clone();
        }
        let reach = match service {
            Service::BuiltIn => kubernetes::reach(&id.kind),
            Service::Live(kind) => Some(kind.reach),
            Service::Coming(_) => self.coming_of(id).map(|(_, reach)| reach),
            Service::Nobody | Service::Unreadable(_) => None,
        };
        let namespace = match (reach, &id.namespace) {
            (Some(Reach::Namespaced), None) => Some(self.inputs.default_namespace(&id.connection)),
            (Some(Reach::Cluster), _) => None,
            (Some(Reach::Namespaced), Some(namespace)) => Some(Arc::clone(namespace)),
            (None, namespace) => namespace.clone(),
        };
        ResourceId { namespace, ..id.clone() }
    }

    fn coming_of(&self, id: &ResourceId) -> Option<(&'a ResourceId, Reach)> {
        self.coming.get(&(id.connection.clone(), id.kind.clone())).copied()
    }
}

/// Discovery lists the preferred version first; an address has no version, so the first one stands for all.
fn first_of_each(kinds: &[ServedKind]) -> BTreeMap<Kind, &ServedKind> {
    let mut first = BTreeMap::new();
    for served in kinds {
        first.entry(served.kind()).or_insert(served);
    }
    first
}

/// A kind on a connection, and the CRD that will serve it.
type Coming<'a> = ((ConnectionName, Kind), (&'a ResourceId, Reach));

fn coming(wanted: &Wanted) -> Option<Coming<'_>> {
    if wanted.id.kind.as_str() != "CustomResourceDefinition" {
        return None;
    }
    let text = |path: &[&str]| wanted.config.at(path).and_then(Value::as_text);
    let kind = Kind::kubernetes(text(&["spec", "group"])?, text(&["spec", "names", "kind"])?);
    let reach = if text(&["spec", "scope"])? == "Cluster" { Reach::Cluster } else { Reach::Namespaced };
    Some(((wanted.id.connection.clone(), kind), (&wanted.id, reach)))
}
