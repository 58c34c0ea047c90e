//! What becomes of the rows of a cluster together: who is let in, who is restarted when, and who leaves how.

mod advise;
mod belongings;
mod dead_ends;
mod enter;
mod leave;
mod overdue;
mod refuse;
mod remains;
mod restart;
mod unshown;

pub use advise::advise;
pub use belongings::belongings;
pub use dead_ends::held_workloads;
pub use enter::discovered;
pub use leave::may_be_emptied;
pub use overdue::{Overdue, overdue};
pub use restart::risks;

use super::{Cluster, Watch};
use crate::engine::id::ConnectionName;
use crate::engine::plan::choreography::{Fragment, Scene};
use crate::engine::step::{Condition, Gate};
use std::time::Duration;

/// How long a cluster may take to choose who leads it.
const ELECTION: Duration = Duration::from_secs(600);

fn led(cluster: &ConnectionName) -> Gate {
    gate(Watch::Led(cluster.clone()), ELECTION)
}

fn gate(watch: Watch, patience: Duration) -> Gate {
    Gate { condition: Condition::Neo4j(Box::new(watch)), patience, stable_for: Duration::ZERO }
}

/// Says what becomes of a cluster's rows.
///
/// What it has to ask first is noted in the scene; what it returns then is not the last word.
#[must_use]
pub fn choreograph(cluster: &Cluster, scene: &Scene<'_>) -> Fragment {
    let mut fragment = Fragment::default();
    refuse::refuse(cluster, scene, &mut fragment);
    dead_ends::refuse(cluster, scene, &mut fragment);
    enter::enter(cluster, scene, &mut fragment);
    leave::leave(cluster, scene, &mut fragment);
    restart::restart(cluster, scene, &mut fragment);
    fragment
}
