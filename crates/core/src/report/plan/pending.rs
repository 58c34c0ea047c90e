//! What a planned revision would change of what it is judged by: connections, limits, policies, approvals.

use crate::diagnostic::Location;
use crate::engine::plan::{Base, Pending, PendingChange, Plan};
use crate::report::fields::{self, Row};
use crate::report::plain;
use crate::report::style::{Role, Style};

/// Renders what is not in force, document by document; nothing if the plan is judged by its own specs.
pub(super) fn pending(plan: &Plan, style: Style) -> String {
    let Some(Base { revision, tree: _, targets: _, pending }) = &plan.base else { return String::new() };
    let documents = pending.chunk_by(|one, two| one.document == two.document);
    let told: String = documents.map(|document| self::document(document, style)).collect();
    if told.is_empty() {
        return told;
    }
    let title = style.paint(Role::Heading, "Not in force until merged");
    format!("{title}: this is planned with what {} has\n{told}", plain::line(revision.as_str()))
}

/// One document: that it comes or goes on a line of its own, what changes of it below its name.
fn document(pending: &[Pending], style: Style) -> String {
    let name = pending.first().map(|first| plain::line(&first.document)).unwrap_or_default();
    let whole = pending.iter().find_map(|pending| match &pending.change {
        PendingChange::Added => Some(("added", &pending.at)),
        PendingChange::Removed => Some(("removed", &pending.at)),
        PendingChange::Field { .. } => None,
    });
    let sign = style.paint(Role::Held, "!");
    if let Some((what, at)) = whole {
        return format!("  {sign} {name}   {what}   {}\n", place(at));
    }
    let rows: Vec<Row<'_>> = pending.iter().filter_map(row).collect();
    format!("  {sign} {name}\n{}", fields::rows(&rows, 6, style))
}

fn row(pending: &Pending) -> Option<Row<'_>> {
    let Pending { document: _, change, at } = pending;
    match change {
        PendingChange::Added | PendingChange::Removed => None,
        PendingChange::Field { path, base, merged } => Some(Row {
            path: plain::line(&path.to_string()),
            old: base.as_ref(),
            new: merged.as_ref(),
            note: place(at),
        }),
    }
}

fn place(at: &Location) -> String {
    format!("{}:{}", plain::line(&at.file), at.line)
}
