//! Which changes and objects a policy looks at, before any expression is evaluated.

use super::ChangeAction;
use crate::engine::id::{EnvironmentName, ResourceId};
use crate::engine::stated::StatedKind;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a policy is limited to; an empty list limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Environments by name; one that ends in `*` stands for all that begin so.
    pub environments: Vec<Arc<str>>,
    /// Kinds as addresses have them: `StatefulSet`, `KafkaTopic.kafka.strimzi.io`.
    pub kinds: Vec<Arc<str>>,
    /// Namespaces by name; one that ends in `*` stands for all that begin so.
    pub namespaces: Vec<Arc<str>>,
    /// Actions; those that change values if empty.
    pub actions: BTreeSet<ChangeAction>,
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A change.
    Change(&'a ResourceId, ChangeAction),
    /// An object.
    Object(&'a ResourceId),
    /// A document.
    Document(StatedKind),
    /// The environment.
    Environment,
}

impl Match {
    /// Tells whether a policy with these limits looks at this.
    #[must_use]
    pub fn takes(&self, environment: &EnvironmentName, target: Target<'_>) -> bool {
        let Self { environments, kinds, namespaces, actions } = self;
        let here = environments.is_empty() || any(environments, environment.as_str());
        here && match target {
            Target::Environment => true,
            Target::Document(kind) => {
                (kinds.is_empty() || kinds.iter().any(|name| **name == *kind.as_str()))
                    && namespaces.is_empty()
            }
            Target::Object(id) => self.takes_address(id),
            Target::Change(id, action) => {
                let acts =
                    if actions.is_empty() { action.changes_values() } else { actions.contains(&action) };
                acts && self.takes_address(id)
            }
        }
    }

    fn takes_address(&self, id: &ResourceId) -> bool {
        let Self { environments: _, kinds, namespaces, actions: _ } = self;
        let kind = kinds.is_empty() || kinds.iter().any(|kind| **kind == *id.kind.as_str());
        kind && (namespaces.is_empty() || id.namespace.as_deref().is_some_and(|name| any(namespaces, name)))
    }
}

fn any(patterns: &[Arc<str>], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => **pattern == *name,
    })
}
