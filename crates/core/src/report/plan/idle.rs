//! Approvals in force that this plan does not use: those that have ended, and those that lift nothing in it.

use super::PlanReport;
use crate::engine::wanted::Approval;
use crate::report::style::{Role, Style};
use crate::report::{humane, plain, words};
use std::collections::BTreeSet;

/// Renders the approvals that do nothing; silence would let somebody think that they do.
pub(super) fn idle(report: &PlanReport<'_>, style: Style) -> String {
    if !report.plan.goal.is_of_git() {
        return String::new();
    }
    let steps = report.plan.steps.iter().chain(&report.plan.waiting);
    let used: BTreeSet<_> = steps.flat_map(|step| &step.approvals).map(Approval::fingerprint).collect();
    let all = report.desired.map(|desired| desired.approvals.as_slice()).unwrap_or_default();
    let idle = all.iter().filter(|approval| !used.contains(&approval.fingerprint()));
    let lines: String = idle.map(|approval| line(report, approval, style)).collect();
    if lines.is_empty() {
        return lines;
    }
    format!("{}\n{lines}", style.paint(Role::Heading, "Approvals that do nothing here"))
}

fn line(report: &PlanReport<'_>, approval: &Approval, style: Style) -> String {
    let Approval { address, action, policy: _, uid: _, until, reason: _, at } = approval;
    let why = if *until <= report.now {
        format!("ended {}: remove it", humane::date_and_time(*until))
    } else {
        "was used, is for another incarnation, or nothing waits for it".to_owned()
    };
    let told = format!("{} ({}:{}) {why}", words::approved_action(*action), plain::line(&at.file), at.line);
    format!("  {} {address}\n{}", style.paint(Role::Held, "*"), plain::wrapped(&told, 6, style.width))
}
