//! Holds what carries our marker while there is no state of any sort: the ledger was lost, or it is elsewhere.

use super::decide::{Decision, hold};
use super::freeze::Decisions;
use super::inputs::{History, Inputs};
use super::survey::Survey;
use super::{Held, HeldChange};
use crate::engine::id::ResourceId;
use crate::engine::question::{Trouble, Why};
use crate::engine::step::Reason;

/// Holds everything if the ledger was lost. Where an environment is taken down, that is what carries our marker and what
/// could not be read: the rest of what Git names was looked at only to find these.
pub(super) fn hold_what_is_lost<'a>(decisions: &mut Decisions<'a>, inputs: &Inputs, survey: &'a Survey<'_>) {
    if inputs.history != History::Never {
        return;
    }
    let takes_down = !inputs.goal.is_of_git();
    if takes_down {
        decisions.values_mut().filter(|decision| !is_unread(decision)).for_each(|it| *it = Decision::Keep);
    }
    if survey.marked.is_empty() {
        return;
    }
    let why = lost_ledger(inputs, survey.marked.len());
    let lost: Vec<&'a ResourceId> =
        if takes_down { survey.marked.clone() } else { decisions.keys().copied().collect() };
    for id in lost {
        let unreadable = Held::Unreadable(why.clone());
        decisions.insert(id, hold(id, HeldChange::Unknown, Reason::Doubtful, unreadable, Vec::new()));
    }
}

fn is_unread(decision: &Decision) -> bool {
    matches!(decision, Decision::Hold(held) if matches!(held.held, Held::Unreadable(_)))
}

fn lost_ledger(inputs: &Inputs, marked: usize) -> Why {
    let carry = match marked {
        1 => "1 object carries".to_owned(),
        many => format!("{many} objects carry"),
    };
    let environment = &inputs.desired.environment;
    let message = format!("{carry} the marker of environment {environment}, but there is no ledger");
    Why { trouble: Trouble::LedgerLost, message }
}
