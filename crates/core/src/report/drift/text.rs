//! Drift for people: per resource and field, from what we left there to what it became, by whom and when.

use super::{DriftReport, Drifted, How, drifted};
use crate::engine::verdict::{Cause, FieldChange};
use crate::report::fields::{self, Row};
use crate::report::markdown::{code, escaped, fenced};
use crate::report::style::{Role, Style};
use crate::report::{humane, plain, plan, words};
use crate::resources::{self, HoldsData};
use jiff::Timestamp;

/// Renders drift as text.
#[must_use]
pub fn text(report: &DriftReport<'_>, style: Style) -> String {
    let all = drifted(report.plan);
    let header =
        format!("{}. {}\n", style.paint(Role::Heading, &headline(report, all.len())), checked(report));
    let resources: String = all.iter().map(|drifted| resource(drifted, report.now, style)).collect();
    let next = report.next.as_ref().map_or_else(String::new, |next| format!("next: {next}\n"));
    let parts = [header, resources, plan::not_compared(report.plan, style), next];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Renders drift as Markdown; nothing of it is folded, as all of it wants a decision.
#[must_use]
pub fn markdown(report: &DriftReport<'_>) -> String {
    let all = drifted(report.plan);
    let style = Style::plain();
    let resources: String = all.iter().map(|drifted| resource(drifted, report.now, style)).collect();
    let body = [resources, plan::not_compared(report.plan, style)];
    let body = body.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let body = if body.is_empty() { body } else { format!("\n{}", fenced("", &body)) };
    let next = report.next.as_ref().map_or_else(String::new, |next| format!("\nnext: {}\n", code(next)));
    format!("{}. {}\n{body}{next}", escaped(&headline(report, all.len())), escaped(&checked(report)))
}

fn headline(report: &DriftReport<'_>, number: usize) -> String {
    let name = plain::line(report.plan.environment.as_str());
    let number = if number == 0 { "none".to_owned() } else { number.to_string() };
    format!("{name}, {number} of {} drifted", humane::count(report.plan.tally.wanted as usize, "resource"))
}

fn checked(report: &DriftReport<'_>) -> String {
    match report.plan.seen {
        Some(seen) => format!("Checked {}.", humane::ago(report.now, seen)),
        None => "Nothing was contacted.".to_owned(),
    }
}

fn resource(drifted: &Drifted<'_>, now: Timestamp, style: Style) -> String {
    let mut out = format!("{}\n", drifted.address);
    let gone = match drifted.how {
        How::Edited => None,
        How::Deleted => Some("deleted by hand; the system keeps no author of deletions".to_owned()),
        How::Recreated(was) => {
            let was = plain::line(was.as_str());
            let held = match resources::holds_data(drifted.address, None) {
                HoldsData::No => "",
                HoldsData::ByKind | HoldsData::UnknownKind | HoldsData::GeneratedSecret => {
                    ", and what it held went with it"
                }
            };
            Some(format!("deleted by hand and made again; {was} was ours{held}"))
        }
    };
    if let Some(gone) = gone {
        out.push_str(&plain::wrapped(&gone, 4, style.width));
    }
    let rows: Vec<Row<'_>> =
        drifted.fields.iter().map(|field| fields::drifted(field, author(field, now))).collect();
    out.push_str(&fields::rows(&rows, 4, style));
    if let Some(held) = drifted.held {
        out.push_str(&plain::wrapped(&format!("held: {}", words::held(held, now)), 4, style.width));
    }
    out
}

fn author(field: &FieldChange, now: Timestamp) -> String {
    match &field.cause {
        Cause::Drifted(by) => words::writer_and_time(by, now),
        Cause::EditedOverDrift(by) => format!("{}; edited in Git, too", words::writer_and_time(by, now)),
        Cause::SpecEdited | Cause::Contested(_) | Cause::NeverOurs(_) | Cause::EntryLost => {
            words::cause(&field.cause, now)
        }
    }
}
