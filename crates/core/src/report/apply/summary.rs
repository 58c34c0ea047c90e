//! What came of an apply: what was done, what is left, and because of what.

use super::{ApplyReport, Lines, lines, told};
use crate::engine::apply::{EndReason, Ended, NotStarted, StepEnd};
use crate::engine::id::{ResourceId, StepId};
use crate::engine::plan::Goal;
use crate::engine::step::Step;
use crate::report::exit;
use crate::report::markdown::{code, fenced};
use crate::report::plan::Doing;
use crate::report::style::{Role, Style};
use crate::report::{humane, plain, words};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// What was done, as Terraform counts it, and what was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Created.
    pub added: usize,
    /// Changed in place.
    pub changed: usize,
    /// Deleted.
    pub destroyed: usize,
    /// Done without changing a value: adopted, confirmed, recorded.
    pub recorded: usize,
    /// Not done.
    pub left: usize,
    /// Those of them that were carried out and are not seen to be ready, or gone.
    pub unready: usize,
    /// Those of them of which a part was carried out.
    pub in_part: usize,
}

impl Tally {
    /// Counts the steps that are done, earlier runs of the same apply included.
    #[must_use]
    pub fn of(report: &ApplyReport<'_>) -> Self {
        let steps: BTreeMap<&StepId, &Step> = report.plan.steps.iter().map(|step| (&step.id, step)).collect();
        let mut tally = Self::default();
        let created: BTreeSet<&ResourceId> = steps
            .values()
            .filter(|step| Doing::of(step) == Doing::Create)
            .map(|step| &step.address)
            .collect();
        for StepEnd { step, address, how } in &report.end.steps {
            match steps.get(step).map(|step| Doing::of(step)) {
                _ if !how.is_done() => {
                    tally.left += 1;
                    tally.unready += usize::from(is_carried_out(how, steps.get(step).copied()));
                    tally.in_part += usize::from(matches!(how, Ended::InPart(_)));
                }
                Some(Doing::Create) => tally.added += 1,
                // Parts of a move, which is counted where it begins and ends.
                Some(Doing::Stop | Doing::Carry) => {}
                Some(Doing::Update) if created.contains(address) => {}
                Some(Doing::Update | Doing::Restart | Doing::Cordon | Doing::Drain) => tally.changed += 1,
                Some(Doing::Delete) => tally.destroyed += 1,
                Some(
                    Doing::Replace
                    | Doing::Adopt
                    | Doing::Own
                    | Doing::Confirm
                    | Doing::Migrate
                    | Doing::RecordGone
                    | Doing::RecordOurs
                    | Doing::Move
                    | Doing::Rename
                    | Doing::Forget,
                )
                | None => tally.recorded += 1,
            }
        }
        tally
    }

    fn sentence(self, complete: bool, goal: &Goal) -> String {
        let Self { added, changed, destroyed, recorded, left, unready, in_part } = self;
        let told = format!("{added} added, {changed} changed, {destroyed} destroyed.");
        let told = match (complete, added + changed + destroyed + recorded + unready + in_part) {
            (true, _) => match goal {
                Goal::Converge => format!("Apply complete: {told}"),
                Goal::Destroy { data: _ } => format!("Destroy complete: {destroyed} destroyed."),
                Goal::Forget { addresses: _ } => "Forgotten: it stays as it is.".to_owned(),
            },
            (false, 0) => "Nothing was applied.".to_owned(),
            (false, _) => format!("Applied in part: {told}"),
        };
        let recorded = (recorded > 0 && goal.is_of_git()).then(|| format!("{recorded} recorded."));
        let seen = match (unready, left - unready) {
            (0, _) => String::new(),
            (_, 0) => ", carried out and not seen to be done".to_owned(),
            (some, _) => format!(", {some} of them carried out and not seen to be done"),
        };
        let left = (left > 0).then(|| format!("{} left{seen}.", humane::count(left, "step")));
        [Some(told), recorded, left].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// What waits for a gate before it starts is not carried out yet; what waits after it is.
fn is_carried_out(how: &Ended, step: Option<&Step>) -> bool {
    match how {
        Ended::StoppedWaiting(_) | Ended::Unseen(_) => true,
        Ended::Failed(_) | Ended::OutOfPatience(_) => step.is_some_and(|step| step.gates.is_empty()),
        Ended::Done(_)
        | Ended::DoneBefore
        | Ended::Refused(_)
        | Ended::Stale(..)
        | Ended::InVain(..)
        | Ended::Held
        | Ended::Ambiguous(_)
        | Ended::NotDone
        | Ended::InPart(_)
        | Ended::Unreadable(_)
        | Ended::LeftOpen(_)
        | Ended::NotStarted(_) => false,
    }
}

/// Renders the end of an apply as text.
#[must_use]
pub fn text(report: &ApplyReport<'_>, style: Style) -> String {
    let sentence =
        style.paint(Role::Heading, &Tally::of(report).sentence(is_complete(report), &report.plan.goal));
    let because = told::reason(&report.end.reason);
    let because = because.map(|because| plain::wrapped(&because, 0, style.width)).unwrap_or_default();
    let held = match report.plan.held.len() {
        0 => String::new(),
        1 => "1 resource is held, as the plan said.\n".to_owned(),
        many => format!("{many} resources are held, as the plan said.\n"),
    };
    let held = match report.plan.goal {
        Goal::Destroy { data: _ } if !held.is_empty() => kept(report, style),
        Goal::Converge | Goal::Destroy { data: _ } | Goal::Forget { addresses: _ } => held,
    };
    let next = report.next.as_ref().map_or_else(String::new, |next| format!("next: {next}\n"));
    let parts = [left(report, style), earlier(report, style), format!("{sentence}\n{because}{held}{next}")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What an environment that is taken down leaves.
fn kept(report: &ApplyReport<'_>, style: Style) -> String {
    let kept = words::compact(report.plan.held.iter().map(|held| &held.address));
    plain::wrapped(&format!("Kept, and still ours: {kept}"), 0, style.width)
}

/// Renders the end of an apply as Markdown.
#[must_use]
pub fn markdown(report: &ApplyReport<'_>) -> String {
    let sentence = Tally::of(report).sentence(is_complete(report), &report.plan.goal);
    let name = code(report.plan.environment.as_str());
    format!("{name}: {sentence}\n\n{}", fenced("", &text(report, Style::plain())))
}

/// Renders the end of an apply as JSON.
#[must_use]
pub fn json(report: &ApplyReport<'_>) -> Json {
    let Tally { added, changed, destroyed, recorded, left, unready, in_part } = Tally::of(report);
    let step = |StepEnd { step, address, how }: &StepEnd| {
        let blocked_by = culprit(how).and_then(|culprit| address_of(report, culprit));
        json!({"step": step, "address": address, "done": how.is_done(), "told": told::ended(how), "blocked_by": blocked_by})
    };
    json!({
        "evenkeel_version": env!("CARGO_PKG_VERSION"),
        "environment": report.plan.environment,
        "plan": report.plan.id,
        "complete": is_complete(report),
        "exit": exit::of_apply(report.end, report.plan).code(),
        "reason": told::reason(&report.end.reason),
        "counts": {"added": added, "changed": changed, "destroyed": destroyed, "recorded": recorded, "left": left, "unready": unready, "in_part": in_part},
        "steps": report.end.steps.iter().map(step).collect::<Vec<_>>(),
        "held": report.plan.held.iter().map(|held| &held.address).collect::<Vec<_>>(),
    })
}

fn is_complete(report: &ApplyReport<'_>) -> bool {
    report.end.reason == EndReason::Finished && report.end.steps.iter().all(|step| step.how.is_done())
}

/// What is left, each culprit once with what it keeps from starting.
fn left(report: &ApplyReport<'_>, style: Style) -> String {
    let lines = Lines::new(report.plan, style);
    let mut blocked: BTreeMap<&StepId, Vec<ResourceId>> = BTreeMap::new();
    for step in &report.end.steps {
        if let Some(culprit) = culprit(&step.how) {
            blocked.entry(culprit).or_default().push(step.address.clone());
        }
    }
    let stopped = |step: &StepEnd| step.how == Ended::NotStarted(NotStarted::Stopped);
    let own = |step: &&StepEnd| !step.how.is_done() && culprit(&step.how).is_none() && !stopped(step);
    let left = report.end.steps.iter().filter(own).fold(String::new(), |out, step| {
        let waiting = blocked.get(&step.step).map_or_else(String::new, |waiting| {
            let told = format!("not started because of it: {}", words::addresses(waiting));
            plain::wrapped(&told, 6, style.width)
        });
        format!("{out}{}\n{waiting}", lines.ended(&step.step, &step.how, None))
    });
    let stopped = match report.end.steps.iter().filter(|step| stopped(step)).count() {
        0 => String::new(),
        number => format!(" · {} not started, as the apply stopped first\n", humane::count(number, "step")),
    };
    if left.is_empty() && stopped.is_empty() {
        return String::new();
    }
    format!("{}\n{left}{stopped}", style.paint(Role::Heading, "Left"))
}

/// What earlier applies left and is not done either.
fn earlier(report: &ApplyReport<'_>, style: Style) -> String {
    let undone = report.end.earlier.iter().filter(|(_, how)| !how.is_done() && *how != Ended::NotDone);
    undone.map(|(address, how)| plain::wrapped(&lines::earlier(address, how), 0, style.width)).collect()
}

fn culprit(how: &Ended) -> Option<&StepId> {
    if let Ended::NotStarted(NotStarted::Blocked { culprit }) = how { Some(culprit) } else { None }
}

fn address_of<'a>(report: &ApplyReport<'a>, step: &StepId) -> Option<&'a ResourceId> {
    report.end.steps.iter().find(|end| end.step == *step).map(|end| &end.address)
}
