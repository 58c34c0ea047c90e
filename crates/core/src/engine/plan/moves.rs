//! What has another address by now: known by it from now on, or made there before the old one goes.
//!
//! Kubernetes renames nothing. Where the same object answers at both addresses, only the ledger changes; where it does
//! not, the new one is made first, and what holds data is never moved by deleting it.

use super::decide::{Decision, hold};
use super::draft::Draft;
use super::freeze::Decisions;
use super::round::Sight;
use super::survey::{State, Subject, Survey};
use super::{Held, HeldChange, Immovable};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::step::{Action, Reason, WriteMode};
use std::collections::BTreeMap;

/// Old addresses, and what takes their place.
#[derive(Default)]
pub(super) struct Moves<'a> {
    to: BTreeMap<&'a ResourceId, Move<'a>>,
    /// What is to move although Git still wants the old address as well.
    torn: Vec<(&'a ResourceId, &'a ResourceId)>,
}

struct Move<'a> {
    to: &'a ResourceId,
    how: How<'a>,
}

/// What is at the new address.
#[derive(Clone, Copy)]
enum How<'a> {
    /// The very thing that the ledger has under the old one.
    Same(&'a Uid),
    /// The same, and the ledger says so already.
    Known,
    /// Nothing, or another one.
    Anew,
}

impl<'a> Moves<'a> {
    /// Returns the moves that the ledger knows the old address of.
    pub(super) fn of(survey: &'a Survey<'_>) -> Self {
        let mut moves = Self::default();
        for (to, subject) in &survey.wanted {
            let Some((from, _)) = subject.moved else { continue };
            if survey.wanted.contains_key(from) {
                moves.torn.push((from, to));
            } else {
                moves.to.insert(from, Move { to, how: How::of(subject) });
            }
        }
        moves
    }

    /// Returns what takes the place of what has this address.
    pub(super) fn successor(&self, from: &ResourceId) -> Option<&'a ResourceId> {
        self.to.get(from).map(|it| it.to)
    }
}

impl<'a> How<'a> {
    fn of(subject: &Subject<'a>) -> Self {
        let (Some((_, old)), State::Compared { form: _, seen, verdict: _ }) = (subject.moved, &subject.state)
        else {
            return Self::Anew;
        };
        match subject.row {
            _ if old.uid != seen.uid => Self::Anew,
            Some(row) if row.uid == old.uid => Self::Known,
            Some(_) | None => Self::Same(&seen.uid),
        }
    }
}

/// Turns what was decided of both addresses of each move into one move.
pub(super) fn tell_moves(decisions: &mut Decisions<'_>, moves: &Moves<'_>, survey: &Survey<'_>) {
    for (from, it) in &moves.to {
        match it.how {
            How::Same(uid) => record(decisions, (from, it.to), Some(uid)),
            How::Known => record(decisions, (from, it.to), None),
            How::Anew => make_anew(decisions, (from, it.to), survey),
        }
    }
    for (from, to) in &moves.torn {
        keep_from_moving(decisions, (from, to), Immovable::StillWanted);
    }
}

/// From old to new.
type Pair<'a> = (&'a ResourceId, &'a ResourceId);

fn record(decisions: &mut Decisions<'_>, (from, to): Pair<'_>, moved: Option<&Uid>) {
    if let (Some(uid), Some(decision)) = (moved, decisions.get_mut(to)) {
        let draft = Draft::moved_from(to, from, uid);
        match decision {
            Decision::Keep => *decision = Decision::Do(vec![draft]),
            Decision::Do(drafts) => drafts.insert(0, draft),
            Decision::Hold(_) => {}
        }
    }
    if let Some(decision) = decisions.get_mut(from) {
        *decision = Decision::Do(vec![Draft::moved_to(from, to)]);
    }
}

fn make_anew(decisions: &mut Decisions<'_>, (from, to): Pair<'_>, survey: &Survey<'_>) {
    let is_there = !matches!(survey.leaving.get(from).map(|leaving| &leaving.sight), Some(Sight::Absent));
    match decisions.get_mut(from) {
        Some(Decision::Do(drafts)) if drafts.iter().any(is_deletion) => {
            give(drafts, &Reason::MovedTo(to.clone()));
            if let Some(Decision::Do(drafts)) = decisions.get_mut(to) {
                give(drafts, &Reason::MovedFrom(from.clone()));
            }
        }
        Some(Decision::Hold(held)) if held.held == Held::HoldsData => {
            keep_from_moving(decisions, (from, to), Immovable::HoldsData);
        }
        _ if !is_there => keep_from_moving(decisions, (from, to), Immovable::Gone),
        _ => {}
    }
}

fn give(drafts: &mut [Draft], because: &Reason) {
    for draft in drafts {
        draft.because = because.clone();
    }
}

fn is_deletion(draft: &Draft) -> bool {
    matches!(draft.action, Action::Delete { uid: _ })
}

/// Holds what is not there yet under its new address; what is there is none the worse for it.
fn keep_from_moving(decisions: &mut Decisions<'_>, (from, to): Pair<'_>, why: Immovable) {
    let Some(decision) = decisions.get_mut(to) else { return };
    let is_creation = |draft: &Draft| {
        matches!(draft.action, Action::Write { mode: WriteMode::Create, config: _, wanted: _ })
    };
    let makes_anew = match decision {
        Decision::Do(drafts) => drafts.iter().any(is_creation),
        Decision::Keep | Decision::Hold(_) => false,
    };
    if makes_anew {
        let held = Held::CannotMove { from: from.clone(), why };
        *decision = hold(to, HeldChange::Create, Reason::MovedFrom(from.clone()), held, Vec::new());
    }
}
