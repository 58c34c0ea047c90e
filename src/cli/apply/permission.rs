//! What a plan file may do: what Git says. Whoever lets it take an environment down says so again, and of which data.

use super::errand::Approval;
use super::leave::deletions;
use crate::cli::args::Apply;
use crate::cli::destroy::data_named;
use crate::cli::error::Failure;
use evenkeel_core::engine::plan::{Goal, Plan};

/// What somebody permits a plan file to do.
pub(super) struct Permission {
    /// What it may lead to; which data goes is what was said now, never what the file says.
    pub(super) goal: Goal,
    pub(super) approval: Approval,
    /// The command that carries on.
    pub(super) again: String,
}

/// Returns what is permitted, or says what is missing: a file by itself is no permission to take anything down.
pub(super) fn permission(plan: &Plan, options: &Apply) -> Result<Permission, Failure> {
    let again = format!("evenkeel apply {}", options.target);
    match (&plan.goal, &options.destroy, options.expect_deletes) {
        (Goal::Converge, None, None) => {
            Ok(Permission { goal: Goal::Converge, approval: Approval::Given, again })
        }
        (Goal::Converge, None, Some(number)) => {
            let again = format!("{again} --expect-deletes {number}");
            Ok(Permission { goal: Goal::Converge, approval: Approval::GivenFor(number), again })
        }
        (Goal::Converge, Some(_), _) => {
            Err(Failure::usage(format!("{} takes nothing down", options.target)).hint(again))
        }
        (Goal::Forget { addresses: _ }, _, _) => {
            let message = "nothing is let go of by a plan file";
            Err(Failure::usage(message).hint(format!("evenkeel forget ADDRESS {}", plan.environment)))
        }
        (Goal::Destroy { data: _ }, Some(named), Some(number)) if *named == plan.environment.as_str() => {
            let again = format!("{again} --destroy {named} --expect-deletes {number}");
            let again = options.data.iter().fold(again, |typed, address| format!("{typed} --data {address}"));
            let goal = Goal::Destroy { data: data_named(&options.data)? };
            Ok(Permission { goal, approval: Approval::GivenFor(number), again })
        }
        (Goal::Destroy { data: _ }, Some(named), Some(_)) => {
            let message = format!("{} takes {} down, not {named}", options.target, plan.environment);
            Err(Failure::usage(message))
        }
        (Goal::Destroy { data }, _, _) => {
            let message = format!(
                "{} takes {} down: the file alone is no permission, and none for data",
                options.target, plan.environment
            );
            let (name, number) = (&plan.environment, deletions(plan));
            let named = if data.is_empty() { "" } else { " --data …" };
            let hint = format!("{again} --destroy {name} --expect-deletes {number}{named}");
            Err(Failure::usage(message).hint(hint))
        }
    }
}
