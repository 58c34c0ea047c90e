//! What has another address by now: known by it from now on, or made there before the old one goes.
//!
//! Kubernetes renames nothing. Where the same object answers at both addresses, only the ledger changes; where it does
//! not, the new one is made first, and what holds data is never moved by deleting it.

use super::decide::{Decision, hold};
use super::draft::Draft;
use super::freeze::Decisions;
use super::survey::{State, Subject, Survey};
use super::twins::{Likeness, Twin, twins};
use super::{Held, HeldChange, Immovable};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::step::{Action, Reason, WriteMode};
use std::collections::BTreeMap;

/// Old addresses, and what takes their place.
#[derive(Default)]
pub(super) struct Moves<'a> {
    to: BTreeMap<&'a ResourceId, Move<'a>>,
    /// What is made anew, and from which address it has moved.
    from: BTreeMap<&'a ResourceId, &'a ResourceId>,
    /// What cannot move, and why.
    torn: Vec<(Pair<'a>, Immovable)>,
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
    /// Nobody can look.
    Unread,
}

/// From old to new.
type Pair<'a> = (&'a ResourceId, &'a ResourceId);

impl<'a> Moves<'a> {
    /// Returns the moves that the ledger knows the old address of, and those that nobody wrote down.
    pub(super) fn of(survey: &'a Survey<'_>) -> Self {
        let mut moves = Self::default();
        for (to, subject) in &survey.wanted {
            moves.torn.extend(subject.torn.iter().map(|from| ((*from, to), Immovable::Several)));
            let Some(from) = subject.moved.map(|moved| moved.from) else { continue };
            if survey.wanted.contains_key(from) {
                moves.torn.push(((from, to), Immovable::StillWanted));
            } else {
                moves.add((from, to), How::of(subject));
            }
        }
        for (from, Twin { to, likeness }) in twins(survey) {
            let is_made_anew = |it: &Move<'_>| matches!(it.how, How::Anew);
            let how = match likeness {
                Likeness::Known => How::Known,
                Likeness::Seen(uid) => How::Same(uid),
                Likeness::Unread if moves.to.contains_key(from) => continue,
                Likeness::Unread => How::Unread,
            };
            if moves.to.get(from).is_none_or(is_made_anew) {
                moves.to.insert(from, Move { to, how });
            }
        }
        moves.from = moves.made_anew().map(|(from, to)| (to, from)).collect();
        moves
    }

    /// Two things that have moved from one address: nobody can tell which of them takes its place.
    fn add(&mut self, (from, to): Pair<'a>, how: How<'a>) {
        match self.to.get(from) {
            Some(first) => {
                self.torn.push(((from, first.to), Immovable::Disputed));
                self.torn.push(((from, to), Immovable::Disputed));
            }
            None => {
                self.to.insert(from, Move { to, how });
            }
        }
    }

    /// Returns what takes the place of what has this address.
    pub(super) fn successor(&self, from: &ResourceId) -> Option<&'a ResourceId> {
        self.to.get(from).map(|it| it.to)
    }

    /// Returns what cannot be renamed and is to be made under a new address, from old to new.
    pub(super) fn made_anew(&self) -> impl Iterator<Item = Pair<'a>> {
        let anew = self.to.iter().filter(|(_, it)| matches!(it.how, How::Anew));
        anew.map(|(from, it)| (*from, it.to))
    }

    /// Returns the address that something has moved from which is made anew.
    pub(super) fn predecessor(&self, to: &ResourceId) -> Option<&'a ResourceId> {
        self.from.get(to).copied()
    }
}

impl<'a> How<'a> {
    fn of(subject: &Subject<'a>) -> Self {
        let (Some(moved), State::Compared { form: _, seen, verdict: _ }) = (subject.moved, &subject.state)
        else {
            return Self::Anew;
        };
        match subject.row {
            _ if !moved.is(seen) => Self::Anew,
            Some(row) if row.uid == moved.row.uid => Self::Known,
            Some(_) | None => Self::Same(&seen.uid),
        }
    }
}

/// Turns what was decided of both addresses of each move into one move.
pub(super) fn tell_moves(decisions: &mut Decisions<'_>, moves: &Moves<'_>) {
    for (from, it) in &moves.to {
        match it.how {
            How::Same(uid) => record(decisions, (from, it.to), Some(uid)),
            How::Known => record(decisions, (from, it.to), None),
            How::Anew => make_anew(decisions, (from, it.to)),
            // The old one waits for whoever can look.
            How::Unread => {}
        }
    }
    for ((from, to), why) in &moves.torn {
        keep_from_moving(decisions, (from, to), *why);
    }
    hold_torn(decisions, moves);
}

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

/// What is held under the old address holds the new one as well, once it is known that it is held.
fn make_anew(decisions: &mut Decisions<'_>, (from, to): Pair<'_>) {
    match decisions.get(from) {
        Some(Decision::Do(drafts)) if drafts.iter().any(is_deletion) => tell_move(decisions, (from, to)),
        // It is not there, or another one is: what the ledger has is gone.
        Some(Decision::Do(_)) => keep_from_moving(decisions, (from, to), Immovable::Gone),
        Some(Decision::Hold(held)) if held.held == Held::HoldsData => {
            keep_from_moving(decisions, (from, to), Immovable::HoldsData);
        }
        Some(Decision::Hold(_) | Decision::Keep) | None => {}
    }
}

/// Only what is made by this plan makes a deletion a move: where the new one is there already, one thing goes.
fn tell_move(decisions: &mut Decisions<'_>, (from, to): Pair<'_>) {
    let Some(Decision::Do(made)) = decisions.get_mut(to).filter(|it| makes_anew(it)) else { return };
    give(made, &Reason::MovedFrom(from.clone()));
    if let Some(Decision::Do(drafts)) = decisions.get_mut(from) {
        give(drafts, &Reason::MovedTo(to.clone()));
    }
}

fn give(drafts: &mut [Draft], because: &Reason) {
    for draft in drafts {
        draft.because = because.clone();
    }
}

pub(super) fn is_deletion(draft: &Draft) -> bool {
    matches!(draft.action, Action::Delete { uid: _ })
}

/// Tells whether something is to be made that is not there.
pub(super) fn makes_anew(decision: &Decision) -> bool {
    let is_creation = |draft: &Draft| {
        matches!(draft.action, Action::Write { mode: WriteMode::Create, config: _, wanted: _ })
    };
    match decision {
        Decision::Do(drafts) => drafts.iter().any(is_creation),
        Decision::Keep | Decision::Hold(_) => false,
    }
}

/// Holds what is not there yet under its new address; what is there is none the worse for it.
pub(super) fn keep_from_moving(decisions: &mut Decisions<'_>, (from, to): Pair<'_>, why: Immovable) {
    if let Some(decision) = decisions.get_mut(to).filter(|it| makes_anew(it)) {
        let held = Held::CannotMove { from: from.clone(), why };
        *decision = hold(to, HeldChange::Create, Reason::MovedFrom(from.clone()), held, Vec::new());
    }
}

/// What nobody can tell the new address of stays while what may be there is held for it.
fn hold_torn(decisions: &mut Decisions<'_>, moves: &Moves<'_>) {
    for ((from, to), why) in &moves.torn {
        let is_held = matches!(decisions.get(*to), Some(Decision::Hold(_)));
        let decision = decisions.get_mut(*from).filter(|it| matches!(it, Decision::Do(_)));
        if let (Immovable::Disputed | Immovable::Several, true, Some(decision)) = (why, is_held, decision) {
            let held = Held::WaitsFor(vec![(*to).clone()]);
            *decision = hold(from, HeldChange::Delete, Reason::MovedTo((*to).clone()), held, Vec::new());
        }
    }
}
