//! What surrounds the resources of an environment: whether their namespaces are there, and what quotas leave room for.

use super::{Needed, connections};
use crate::backend::kubernetes::{Access, Connection};
use crate::run::planning::{self, Keep};
use crate::run::session::Session;
use evenkeel_core::engine::id::ConnectionName;
use evenkeel_core::engine::plan::added;
use evenkeel_core::engine::plan::inputs::{Doubts, Inputs};
use evenkeel_core::engine::preflight::{Presence, Quotas};
use evenkeel_core::engine::question::Why;
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::kubernetes::quota::{Added, rooms};
use std::collections::BTreeMap;
use std::sync::Arc;

type At = (ConnectionName, Arc<str>);
type AddedAt = BTreeMap<At, Added>;

/// Asks whether the namespaces are there that Git uses and does not make.
pub(super) async fn namespaces(session: &Session, needed: &Needed) -> BTreeMap<At, Result<Presence, Why>> {
    let known = accesses(session);
    let used = needed.uses.namespaces();
    let asked = used.difference(&needed.uses.made).filter_map(|(name, namespace)| {
        let access = known.get(name)?;
        Some(async move { ((name.clone(), Arc::clone(namespace)), access.namespace(namespace).await) })
    });
    futures::future::join_all(asked).await.into_iter().collect()
}

fn accesses(session: &Session) -> BTreeMap<&ConnectionName, Access> {
    connections(session)
        .map(|(name, connection): (_, &Connection)| (name, Access::over(connection)))
        .collect()
}

/// Reads the quotas of the namespaces that Git uses; only where there are some is a plan made, to be counted.
pub(super) async fn quotas(session: &Session, needed: &Needed) -> Quotas {
    let mut found = Quotas::default();
    let mut there: BTreeMap<At, Vec<Value>> = BTreeMap::new();
    for (place, answer) in asked_quotas(session, needed).await {
        match answer {
            Ok(quotas) if quotas.is_empty() => {}
            Ok(quotas) => drop(there.insert(place, quotas)),
            Err(why) => drop(found.unread.insert(place, why)),
        }
    }
    if there.is_empty() {
        return found;
    }
    let mut added = planned(session, needed).await;
    for (place, quotas) in there {
        // Without state nobody knows what would be created.
        let added = added.as_mut().map(|added| added.remove(&place).unwrap_or_default());
        found.rooms.extend(rooms((&place.0, &place.1), &quotas, added.as_ref()));
        let held = added.as_ref().map_or(0, Added::held);
        if held > 0 {
            found.held.insert(place, held);
        }
    }
    found
}

async fn planned(session: &Session, needed: &Needed) -> Option<AddedAt> {
    let state = needed.state.as_ref().ok()?;
    let inputs = Inputs { doubts: Doubts::Leave, ..session.inputs(state) };
    let plan = planning::make(session, state, &inputs, Keep::WhatDiffers).await.plan;
    Some(added(&plan, &needed.uses))
}

async fn asked_quotas(session: &Session, needed: &Needed) -> Vec<(At, Result<Vec<Value>, Why>)> {
    let known = accesses(session);
    let asked = needed.uses.namespaces().into_iter().filter_map(|(name, namespace)| {
        let access = known.get(&name)?.clone();
        Some(async move {
            let answer = access.quotas(&namespace).await;
            ((name, namespace), answer)
        })
    });
    futures::future::join_all(asked).await
}
