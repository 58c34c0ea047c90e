//! TEMPORARY until report::apply.
use evenkeel_core::engine::apply::*;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::step::Step;
use evenkeel_core::report::{Exit, Style};
use std::time::Duration;
pub(super) struct Line(String);
impl Line {
    pub(super) fn of(step: &Step) -> Self {
        Self(step.address.to_string())
    }
}
pub(super) fn line(line: &Line, how: &Ended, took: Duration, _: Style) -> String {
    format!(" {} {how:?} {took:?}", line.0)
}
pub(super) fn notice(n: &Notice) -> Option<String> {
    Some(format!("{n:?}"))
}
pub(super) fn status(_: &Progress, r: &[&StepProgress], _: Duration) -> String {
    format!("{} running", r.len())
}
pub(super) fn summary(_: &Plan, end: &End, _: Style) -> String {
    format!("Apply ended: {:?}\n{:#?}\n", end.reason, end.steps)
}
pub(super) fn exit(end: &End) -> Exit {
    match end.exit_code() {
        0 => Exit::Done,
        1 => Exit::Failed,
        3 => Exit::Stale,
        4 => Exit::Denied,
        5 => Exit::Partial,
        6 => Exit::Locked,
        _ => Exit::Unreadable,
    }
}
pub(super) fn refused(step: &Step) -> String {
    format!("! {}   not derived again", step.address)
}
