//! The documents of an environment that are about it and whom it talks to, as policies judge them.

use super::Home;
use super::identify::Written;
use super::overlay::Merged;
use crate::documents::OwnKind;
use crate::engine::stated::{Standing, Stated, StatedKind};
use std::sync::Arc;

/// Returns them: the environment's own document, and those of its layers as they are merged.
pub(super) fn of(home: &Home, documents: &[Merged]) -> Vec<Stated> {
    let written = home.written.iter().chain(documents.iter().map(|merged| &merged.document));
    written.filter_map(|written| stated(written)).collect()
}

fn stated(written: &Written) -> Option<Stated> {
    let kind = kind(written.own?)?;
    let (name, body) = (Arc::clone(&written.key.name), Arc::new(written.node.to_value()));
    Some(Stated { kind, name, body, standing: Standing::InForce })
}

/// What becomes a resource is judged as that.
fn kind(own: OwnKind) -> Option<StatedKind> {
    match own {
        OwnKind::Approval => Some(StatedKind::Approval),
        OwnKind::ConnectCluster => Some(StatedKind::ConnectCluster),
        OwnKind::Environment => Some(StatedKind::Environment),
        OwnKind::KafkaCluster => Some(StatedKind::KafkaCluster),
        OwnKind::Neo4jCluster => Some(StatedKind::Neo4jCluster),
        OwnKind::Connector
        | OwnKind::KafkaAcl
        | OwnKind::KafkaTopic
        | OwnKind::KafkaUser
        | OwnKind::ManagedSecret
        | OwnKind::Policy => None,
    }
}
