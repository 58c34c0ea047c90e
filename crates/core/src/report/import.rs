//! What `import` says: the text of its files, and a summary of what was taken, left out, unreadable or unsettled.

use super::humane::count;
use super::{plain, words as said};
use crate::documents::yaml::write::{WriteError, comment_line, to_manifest};
use crate::engine::id::{EnvironmentName, ResourceId};
use crate::engine::plan::{HeldResource, Plan};
use crate::engine::step::{Action, Operation, Step, WriteMode};
use crate::resources::import::{File, Import, LeftOut};
use crate::resources::platform_import::waits_for_a_password;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Returns the text of a file.
pub fn file_text(file: &File) -> Result<String, WriteError> {
    let header: Vec<String> = file.header.iter().map(|line| comment_line(line)).collect();
    let mut text: String = header.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    for document in &file.documents {
        text.push_str("---\n");
        text.push_str(&to_manifest(&document.value, &document.notes)?);
    }
    Ok(text)
}

/// An import as it is told at its end.
#[derive(Clone, Copy, Debug)]
pub struct ImportReport<'a> {
    /// What was imported.
    pub import: &'a Import,
    /// The plan that was made of it against the same answers.
    pub plan: &'a Plan,
    /// When.
    pub now: Timestamp,
    /// For which environment.
    pub environment: &'a EnvironmentName,
    /// Where the files went, as people write it; nothing if they were printed.
    pub directory: Option<&'a str>,
}

impl ImportReport<'_> {
    /// Returns what the next plan would do with imported objects other than to adopt them: address and field.
    #[must_use]
    pub fn differences(&self) -> BTreeMap<ResourceId, String> {
        let imported: BTreeSet<&ResourceId> = self.import.addresses().collect();
        let steps = self.plan.steps.iter().filter(|step| !is_adoption(step));
        let steps = steps.map(|step| (&step.address, fields(&step.fields)));
        let held = self.plan.held.iter().map(|held| (&held.address, why(held, self.now)));
        steps
            .chain(held)
            .filter(|(address, _)| imported.contains(address) && !waits_for_a_password(address))
            .map(|(address, words)| (address.clone(), words))
            .collect()
    }
}

/// Tells whether a step only records that something is ours.
fn is_adoption(step: &Step) -> bool {
    match &step.action {
        Action::Write { mode, config: _, wanted: _ } => matches!(mode, WriteMode::Adopt | WriteMode::Own),
        Action::Operation(
            Operation::MigrateManagers { managers: _, left: _ } | Operation::RecordOurs { .. },
        ) => true,
        Action::Operation(
            Operation::RecordGone
            | Operation::RecordUnseen
            | Operation::Release { .. }
            | Operation::Restart
            | Operation::Evict { uid: _ }
            | Operation::Cordon
            | Operation::Deallocate { moves: _ }
            | Operation::Stop { left: _ }
            | Operation::CarryOffsets { from: _, own: _ }
            | Operation::RecordMovedFrom { from: _ }
            | Operation::RecordMovedTo { to: _ },
        )
        | Action::Confirm { .. }
        | Action::Delete { .. } => false,
    }
}

fn fields(fields: &[crate::engine::verdict::FieldChange]) -> String {
    let paths: Vec<String> = fields.iter().map(|field| field.path.to_string()).collect();
    if paths.is_empty() { "as a whole".to_owned() } else { paths.join(", ") }
}

fn why(held: &HeldResource, now: Timestamp) -> String {
    match held.fields.as_slice() {
        [] => said::held(&held.held, now),
        changed => format!("{} ({})", fields(changed), said::held(&held.held, now)),
    }
}

/// Returns the summary.
#[must_use]
pub fn summary(report: &ImportReport<'_>) -> String {
    let Import { files, left_out, unreadable, unknown_kinds } = report.import;
    let objects: usize = files.iter().map(|file| file.documents.len()).sum();
    let users = report.import.addresses().filter(|id| waits_for_a_password(id)).count();
    let place = report.directory.map(|directory| format!(" in {directory}")).unwrap_or_default();
    let mut lines = vec![format!("{} into {}{place}.", count(objects, "object"), count(files.len(), "file"))];
    if !left_out.is_empty() {
        lines.push(format!("Left out: {}.", reasons(left_out)));
    }
    for (id, why) in left_out {
        match why {
            LeftOut::OtherEnvironment(other) => {
                lines.push(format!("  {id} carries the marker of environment {other}, so it is not taken"));
            }
            LeftOut::Refused(words) => {
                lines.push(format!("  {id} runs, and would not pass `validate`: {}", plain::line(words)));
            }
            LeftOut::Controlled(_) | LeftOut::Claim(_) | LeftOut::OfTheCluster | LeftOut::Token => {}
            LeftOut::HelmRecord | LeftOut::State | LeftOut::InGit | LeftOut::BeingDeleted => {}
            LeftOut::UnknownKind | LeftOut::Password | LeftOut::User => {}
        }
    }
    for kind in unknown_kinds {
        lines.push(format!("Nobody serves a kind `{}`.", plain::line(kind)));
    }
    for (scope, why) in unreadable {
        lines.push(format!("Not readable: {scope}: {}", said::why(why)));
    }
    let differences = report.differences();
    if !differences.is_empty() {
        lines.push("The next plan would do more than adopt these:".to_owned());
        lines.extend(differences.iter().map(|(id, words)| format!("  {id}: {}", plain::line(words))));
    } else if objects > users {
        lines.push(format!("Planned against the same answers: no changes, {} to adopt.", objects - users));
    }
    if users > 0 {
        lines.push(format!(
            "{}: nobody shows their passwords, and none is made up. Fill them in; then each becomes ours by an Approval \
             `adopt`, which the plan prints, and is given the password.",
            count(users, "user")
        ));
    }
    let plan = plain::command(&format!("evenkeel plan {}", report.environment));
    lines.push(format!("next: {plan}"));
    lines.join("\n")
}

fn reasons(left_out: &BTreeMap<ResourceId, LeftOut>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for why in left_out.values() {
        *counts.entry(words(why)).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
    counts.into_iter().map(|(why, count)| format!("{count} {why}")).collect::<Vec<_>>().join(", ")
}

fn words(why: &LeftOut) -> String {
    match why {
        LeftOut::Controlled(kind) => format!("kept by a {kind}"),
        LeftOut::Claim(_) => "claimed by a StatefulSet".to_owned(),
        LeftOut::OfTheCluster => "the cluster's own".to_owned(),
        LeftOut::Token => "tokens".to_owned(),
        LeftOut::HelmRecord => "records of Helm".to_owned(),
        LeftOut::State => "state of Evenkeel".to_owned(),
        LeftOut::InGit => "in Git already".to_owned(),
        LeftOut::OtherEnvironment(_) => "of other environments".to_owned(),
        LeftOut::BeingDeleted => "being deleted".to_owned(),
        LeftOut::Password => "with a password in it".to_owned(),
        LeftOut::User => "users (--users takes them)".to_owned(),
        LeftOut::Refused(_) => "that `validate` refuses".to_owned(),
        LeftOut::UnknownKind => "of kinds that are newer than Evenkeel".to_owned(),
    }
}
