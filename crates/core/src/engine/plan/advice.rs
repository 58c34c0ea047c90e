//! What is told beside a plan, as nobody's step does it: what the load of databases asks for.

use super::claim::Stage;
use super::freeze::Decisions;
use super::goal::Goal;
use crate::engine::question::{Question, Why};
use crate::resources::neo4j::autoscaling::Recommendation;
use crate::resources::neo4j::{self, Autoscaling};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the load of the secondaries of a cluster asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Advice {
    /// The document of the cluster, as users call it.
    pub document: Arc<str>,
    /// How many secondaries there are.
    pub secondaries: u32,
    /// Between what the number is to be.
    pub bounds: Autoscaling,
    /// How many there should be.
    pub said: Said,
}

/// What can be said of a load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Said {
    /// How many there should be.
    Recommended(Recommendation),
    /// Nothing, as nobody measured it, or as that could not be read.
    Unknown(Option<Why>),
}

/// Says what the load of each cluster asks for, or what must be asked first.
pub(super) fn advise<'s>(
    decisions: &Decisions<'s>,
    stage: &Stage<'s, '_>,
    now: Timestamp,
) -> Result<Vec<Advice>, Vec<Question>> {
    if stage.inputs.goal != Goal::Converge {
        return Ok(Vec::new());
    }
    let scene = stage.scene(decisions);
    let clusters = stage.inputs.desired.clusters.values();
    let advice = clusters.filter_map(|cluster| neo4j::advise(cluster, &scene, now)).collect();
    let missing: Vec<Question> = scene.missing.into_inner().into_iter().collect();
    if missing.is_empty() { Ok(advice) } else { Err(missing) }
}
