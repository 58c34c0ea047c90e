//! The report on a rehearsal: how carrying the plan out went in the simulated world, and what would be left to do there.

use super::apply::{self, ApplyReport};
use super::exit::of_apply;
use super::plan::{self, Counts, PlanReport};
use super::style::Style;
use crate::engine::plan::Plan;
use serde_json::{Value as Json, json};

/// Said of every rehearsal.
const NOTHING_REAL: &str = "Rehearsed in a simulated world; nothing real was touched.";

/// Everything that is told about a rehearsal.
#[derive(Clone, Debug)]
pub struct RehearsalReport<'a> {
    /// The plan that was rehearsed.
    pub plan: PlanReport<'a>,
    /// How carrying it out ended.
    pub apply: ApplyReport<'a>,
    /// What would be left to do afterwards.
    pub after: &'a Plan,
}

/// Renders the end of a rehearsal as text; the plan was shown before it.
#[must_use]
pub fn text(report: &RehearsalReport<'_>, style: Style) -> String {
    format!("{}\n{}", apply::text(&report.apply, style).trim_end(), ending(report))
}

/// Renders a rehearsal as Markdown, its plan before it.
#[must_use]
pub fn markdown(report: &RehearsalReport<'_>) -> String {
    let (plan, apply) = (plan::markdown(&report.plan), apply::markdown(&report.apply));
    format!("{plan}\n**Rehearsed**\n\n{apply}\n{}", ending(report))
}

/// Renders a rehearsal as JSON: the plan in Terraform's shape, and what came of it.
#[must_use]
pub fn json(report: &RehearsalReport<'_>) -> Json {
    let Counts { add, change, destroy, held, unknown, .. } = Counts::of(report.after);
    json!({
        "environment": report.plan.plan.environment,
        "exit": of_apply(report.apply.end, report.apply.plan).code(),
        "plan": plan::json(&report.plan),
        "rehearsed": apply::json(&report.apply),
        "left": {"add": add, "change": change, "destroy": destroy, "held": held, "unknown": unknown},
    })
}

fn ending(report: &RehearsalReport<'_>) -> String {
    format!(
        "{NOTHING_REAL} Left to do there: {}\n",
        Counts::of(report.after).sentence_for(&report.after.goal)
    )
}
