//! A plan for a pull request: a subject, a row per environment, what needs a decision, and the rest in folds.

use super::idle::idle;
use super::offers::to_lift;
use super::outline::{Entry, entries};
use super::pending::pending;
use super::{Counts, Doing, PlanReport, text};
use crate::engine::step::Risk;
use crate::report::markdown::{code, escaped, fenced, fold, signs_first};
use crate::report::plain;
use crate::report::snapshot::planned_from;
use crate::report::style::Style;

/// What fits into one comment of the strictest forge (65,536 characters), less a margin for the table and the marks.
const ROOM: usize = 60_000;

/// Renders one plan as Markdown.
#[must_use]
pub fn markdown(report: &PlanReport<'_>) -> String {
    markdown_of(std::slice::from_ref(report))
}

/// Renders the plans of several environments as one comment.
///
/// Held and unreadable things stand in the open, in full; only what will simply be done is folded, and is what is cut
/// if all of it would not fit.
#[must_use]
pub fn markdown_of(reports: &[PlanReport<'_>]) -> String {
    let mut out = format!("{}\n\n{}{}", subject(reports), table(reports), offline(reports));
    for report in reports {
        out.push_str(&decisions(report, reports.len()));
    }
    for report in reports {
        let room = ROOM.saturating_sub(out.len());
        out.push_str(&whole(report, room));
    }
    let next = reports.iter().filter_map(|report| report.next.as_ref());
    next.fold(out, |out, next| format!("{out}\nnext: {}\n", code(next)))
}

/// The first line, as it will stand in the subject of an e-mail.
fn subject(reports: &[PlanReport<'_>]) -> String {
    let told = |report: &PlanReport<'_>| {
        let counts = Counts::of(report.plan);
        let name = escaped(report.plan.environment.as_str());
        let changes = if counts.matches() { "no changes".to_owned() } else { changes_in_words(counts) };
        let parts = std::iter::once(format!("{name}: {changes}")).chain(counts.extras());
        let plan =
            (!report.plan.steps.is_empty()).then(|| format!("plan {}", escaped(report.plan.id.as_str())));
        parts.chain(plan).collect::<Vec<_>>().join(" · ")
    };
    reports.iter().map(told).collect::<Vec<_>>().join(" · ")
}

fn changes_in_words(counts: Counts) -> String {
    let some = [(counts.add, "to add"), (counts.change, "to change"), (counts.destroy, "to destroy")];
    let told: Vec<String> = some
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    if told.is_empty() { "nothing to change".to_owned() } else { told.join(", ") }
}

fn table(reports: &[PlanReport<'_>]) -> String {
    let head = "| environment | add | change | destroy | held | not compared |\n|---|--:|--:|--:|--:|--:|\n";
    reports.iter().fold(head.to_owned(), |out, report| {
        let counts = Counts::of(report.plan);
        let Counts { add, change, destroy, held, unknown, .. } = counts;
        let at =
            report.plan.revision.as_ref().map_or_else(String::new, |at| format!(" at {}", code(at.as_str())));
        let name = code(report.plan.environment.as_str());
        out + &format!("| {name}{at} | {add} | {change} | {destroy} | {held} | {unknown} |\n")
    })
}

/// What is planned from a snapshot is as old as that.
fn offline(reports: &[PlanReport<'_>]) -> String {
    let told = |report: &PlanReport<'_>| {
        let from = planned_from(report.offline.as_ref()?, "a snapshot", report.now);
        Some(format!("\n{}: {}\n", code(report.plan.environment.as_str()), escaped(&from)))
    };
    reports.iter().filter_map(told).collect()
}

/// What a person has to look at: what goes or costs something, what is held, what could not be read. Never folded.
fn decisions(report: &PlanReport<'_>, environments: usize) -> String {
    let style = Style::plain();
    let entries = entries(report.plan);
    let costly = entries.iter().filter(|entry| is_costly(entry));
    let costly: String = costly.map(|entry| text::head(report, entry, style)).collect();
    let costly = if costly.is_empty() { costly } else { format!("Goes, or costs something\n{costly}") };
    let parts = [
        costly,
        text::held(report, style),
        text::remarks(report.plan, style),
        text::unwell(report.plan, style),
        text::load(report.plan, style),
        text::not_compared(report.plan, style),
        pending(report.plan, style),
        to_lift(report, style),
        idle(report, style),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return String::new();
    }
    let of = if environments > 1 {
        format!(" in {}", escaped(report.plan.environment.as_str()))
    } else {
        String::new()
    };
    format!("\n**To decide{of}**\n\n{}", fenced("diff", &signs_first(&parts.join("\n"))))
}

fn is_costly(entry: &Entry<'_>) -> bool {
    let goes = match entry.doing {
        Doing::Delete | Doing::Replace | Doing::Rename => true,
        Doing::Create
        | Doing::Update
        | Doing::Adopt
        | Doing::Own
        | Doing::Confirm
        | Doing::Migrate
        | Doing::RecordGone
        | Doing::RecordOurs
        | Doing::Move
        | Doing::Restart
        | Doing::Cordon
        | Doing::Drain
        | Doing::Stop
        | Doing::Carry
        | Doing::Forget => false,
    };
    goes || entry.risk() != Risk::None
}

/// The whole of what will be done, folded.
fn whole(report: &PlanReport<'_>, room: usize) -> String {
    let style = Style::plain();
    let parts = [text::changes(report, style), text::records(report, style)];
    let body = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    if body.is_empty() {
        return String::new();
    }
    let title = format!("{}: {}", report.plan.environment, changes_in_words(Counts::of(report.plan)));
    format!("\n{}", fold(&plain::line(&title), &fenced("diff", &signs_first(&cut(&body, room)))))
}

/// Cuts text between lines, and says so.
fn cut(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        if kept.len() + line.len() + 1 > room {
            return format!("{kept}… {} more lines: the job's output has them all\n", lines.len() - index);
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}
