//! What a plan adds to each namespace, as quotas count it.

use super::{HeldChange, Plan, Uses};
use crate::engine::id::{ConnectionName, Kind, ResourceId};
use crate::engine::step::{Action, WriteMode};
use crate::resources::kubernetes::quota::Added;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Counts what would be created, by connection and namespace; what is held is counted as such.
#[must_use]
pub fn added(plan: &Plan, uses: &Uses) -> BTreeMap<(ConnectionName, Arc<str>), Added> {
    let name =
        |(place, _): &(super::Place, _)| ((place.connection.clone(), place.kind.clone()), place.clone());
    let places: BTreeMap<(ConnectionName, Kind), super::Place> = uses.kinds.iter().map(name).collect();
    let mut added: BTreeMap<_, Added> = BTreeMap::new();
    for step in plan.steps.iter().chain(&plan.waiting) {
        let Action::Write { mode: WriteMode::Create, config, wanted: _ } = &step.action else { continue };
        let id = &step.address;
        let Some(served) = places.get(&(id.connection.clone(), id.kind.clone())) else { continue };
        if let Some(place) = place(id) {
            added.entry(place).or_default().count(id, (&served.plural, &served.group), config);
        }
    }
    let may_be_created = |change| match change {
        HeldChange::Create | HeldChange::Replace | HeldChange::Unknown => true,
        HeldChange::Update | HeldChange::Delete | HeldChange::Forget => false,
    };
    let held = plan.held.iter().filter(|held| may_be_created(held.change));
    for place in held.filter_map(|held| place(&held.address)) {
        added.entry(place).or_default().hold();
    }
    added
}

fn place(id: &ResourceId) -> Option<(ConnectionName, Arc<str>)> {
    Some((id.connection.clone(), Arc::clone(id.namespace.as_ref()?)))
}
