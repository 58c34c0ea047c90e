//! Scenes that are played twice: with a mechanism in place, where the law holds, and without it, where it breaks.

mod settling;
mod takeover;
mod time;

use super::apply_desk::{Applier, World, plan, step};
use evenkeel_core::engine::apply::Mechanism;

/// Whether the law of a scene held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    Held,
    Broken,
}

impl Law {
    fn holds_if(so: bool) -> Self {
        if so { Self::Held } else { Self::Broken }
    }
}

/// Plays a scene with and without a mechanism.
fn needs(mechanism: Mechanism, scene: impl Fn(Option<Mechanism>) -> Law) {
    assert_eq!(scene(None), Law::Held, "the law breaks though {mechanism:?} is in place");
    assert_eq!(scene(Some(mechanism)), Law::Broken, "nothing breaks without {mechanism:?}");
}

/// Breaks the lock and lets somebody else take it.
fn next_holder(
    nonce: &str,
    run: evenkeel_core::engine::apply::Run,
    world: &mut World,
    out: Option<Mechanism>,
) -> Applier {
    world.store.break_lock("a person");
    Applier::run_without(nonce, run, world, out)
}

/// The plan of most scenes: one thing goes from 0 to 1.
fn one_step() -> evenkeel_core::engine::apply::Run {
    plan("one", vec![step("a", 1, &[])])
}
