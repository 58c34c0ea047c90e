//! `make bench`, the part without servers: the planner alone, on answers that are in memory.
//!
//! Only the planner is timed: all rounds of questions, and the forms that the shell reads live systems through. The objects are small `ConfigMaps`, so that the
//! figures say what the engine costs for each resource, and not what walking large manifests costs.

// Its table is its output.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it found")]

mod platform;

use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::Inputs;
use evenkeel_core::engine::plan::{Next, Plan, Planner};
use jiff::Timestamp;
use platform::{Bodies, Platform};
use std::time::Duration;

/// How many resources, and what is asked of them.
const SIZES: [usize; 2] = [10_000, 100_000];

/// The promise: 100,000 resources within a second, and cost that grows no faster than the number to the power of 1.1.
const LONGEST: Duration = Duration::from_secs(1);
const STEEPEST: f64 = 1.1;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return; // `cargo test --all-targets` runs it as a test, and it is none
    }
    println!(
        "| engine alone, processor time | 10,000 | 100,000 | grows as n to the power of | goal: 1 s for 100,000, at most 1.1 |"
    );
    println!("|---|---|---|---|---|");
    row("first plan, everything is new", Platform::empty, 0);
    row("no-op, bodies in memory", |count| Platform::applied(count, Bodies::Whole), 0);
    row("no-op, bodies as the ledger remembers", |count| Platform::applied(count, Bodies::Remembered), 0);
    row("one in a hundred edited", |count| Platform::applied(count, Bodies::Whole), 100);
}

fn row(work: &str, platform: impl Fn(usize) -> Platform, edit_every: usize) {
    let [small, large] = SIZES.map(|count| {
        let mut platform = platform(count);
        let edited = platform.edit(edit_every);
        let runs = (0..3).map(|_| time(&platform, &platform.inputs(), edited));
        runs.min().unwrap_or_default()
    });
    let power = (large.as_secs_f64() / small.as_secs_f64()).log10();
    let reached = if large <= LONGEST && power <= STEEPEST { "reached" } else { "missed" };
    println!("| {work} | {} ms | {} ms | {power:.2} | {reached} |", small.as_millis(), large.as_millis());
}

/// Returns the processor time that all rounds of planning took together.
fn time(platform: &Platform, inputs: &Inputs, expected_steps: usize) -> Duration {
    let mut live = Live::default();
    let mut spent = Duration::ZERO;
    let mut planner = Planner::new(inputs);
    loop {
        let started = processor_time();
        let next = planner.plan(&live, Timestamp::UNIX_EPOCH);
        let _forms = planner.forms();
        spent += processor_time().saturating_sub(started);
        match next {
            Next::Ask(questions) => platform.answer(&mut live, questions),
            Next::Ready(plan) => {
                check(&plan, expected_steps);
                return spent;
            }
        }
    }
}

/// Returns how long this thread has been running, whatever else the machine does meanwhile.
fn processor_time() -> Duration {
    let text =
        std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux keeps scheduler statistics");
    let nanoseconds = text.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.expect("the first field is a number"))
}

/// A benchmark of the wrong plan would be worth nothing.
fn check(plan: &Plan, expected_steps: usize) {
    assert_eq!(plan.steps.len(), expected_steps, "{:?}", plan.steps.first());
    assert!(plan.held.is_empty(), "{:?}", plan.held.first());
}
