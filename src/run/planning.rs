//! The question loop: asks what the planner wants to know until it has a plan.

use super::clock;
use super::systems::Readers;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::Inputs;
use evenkeel_core::engine::plan::{Next, Plan, plan};
use futures::StreamExt;

/// A plan and the answers that it rests on.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The answers.
    pub live: Live,
}

/// Asks and plans in turns. Each round asks only what no round asked before, so this ends.
pub async fn make(inputs: &Inputs, readers: &Readers) -> Planned {
    let mut live = Live::default();
    loop {
        match plan(inputs, &live, clock::now()) {
            Next::Ready(plan) => return Planned { plan: *plan, live },
            Next::Ask(questions) => answer(&mut live, readers, questions).await,
        }
    }
}

/// Asks, and keeps every answer.
async fn answer(live: &mut Live, readers: &Readers, questions: Vec<evenkeel_core::engine::question::Question>) {
    let mut answers = readers.ask(questions);
    while let Some((question, answer, as_of)) = answers.next().await {
        live.insert(question, answer, as_of);
    }
}
