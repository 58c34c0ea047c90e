//! Decides, once the lock is held and everything is read, what is continued, what is closed and what begins.

use super::defect::unknown_need;
use super::mechanism::Mechanism;
use super::setup::Damage;
use super::track::{At, From, Poll, Track, TrackId, Watch};
use super::{Ended, Job, Machine, Notice, Phase, Run, Stop};
use crate::engine::id::{ResourceId, StepId, TreeHash};
use crate::engine::journal::{Begin, EndedWhy, Position, Record, Settled, StepKey};
use crate::engine::ledger::{Book, OpenApply, OpenStep, SettledStep};
use crate::engine::step::{Repeat, Step};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What this process does with the lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Course {
    /// It runs the steps of its plan.
    #[default]
    Plan,
    /// It settles what was left, and leaves the rest to whoever plans next.
    Settle,
    /// It settles what another apply left and ends that one.
    CloseEarlier(Arc<str>, EndedWhy),
    /// It only clears addresses.
    Clear,
}

/// Whether the ledger is the one that the plan was made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Basis {
    /// It is.
    #[default]
    Same,
    /// It moved, or nobody said: steps are checked before their intents.
    Moved,
}

impl Machine {
    /// Begins with what was read after `Open`.
    pub(super) fn begin(&mut self, book: Book) {
        self.book = book;
        self.journal.continue_at(Position::first(self.lease.epoch).next());
        self.phase = Phase::Running;
        if self.damage == Damage::TakenOver {
            self.checkpointing.demand();
        }
        self.tell(Notice::Acquired(self.lease.epoch));
        let open: BTreeMap<StepKey, OpenStep> =
            self.book.open().map(|(key, open)| (key.clone(), open.clone())).collect();
        let begun = self.book.apply().cloned();
        if let Job::Run(run) = &self.config.job
            && let Some(defect) = unknown_need(run)
        {
            return self.stop(Stop::Defect(defect));
        }
        match (self.config.job.clone(), begun) {
            (Job::Run(run), Some(begun)) if begun.tree == run.plan.tree => {
                self.continue_apply(&run, &begun, open);
            }
            (Job::Run(run), Some(begun)) if open.is_empty() => {
                self.end_apply(begun.apply, EndedWhy::Superseded);
                self.begin_apply(&run, open);
            }
            (Job::Run(_), Some(begun)) => self.close_earlier(begun, EndedWhy::Superseded, open),
            (Job::Run(run), None) => self.begin_apply(&run, open),
            (Job::Settle(tree), begun) => self.settle_open(&tree, begun, open),
            (Job::Abandon, begun) => {
                self.close_earlier(begun.unwrap_or_else(none_begun), EndedWhy::Abandoned, open);
            }
            (Job::Clear(addresses), _) => self.begin_clearing(addresses),
        }
    }

    fn settle_open(&mut self, tree: &TreeHash, begun: Option<OpenApply>, open: BTreeMap<StepKey, OpenStep>) {
        self.course = Course::Settle;
        match begun {
            Some(begun) if begun.tree == *tree => self.tell_continuing(&begun, open.len()),
            Some(begun) => self.tell(Notice::ClosingEarlier(begun.plan)),
            None => {}
        }
        for (key, open) in open {
            self.add_found(key, open);
        }
    }

    fn tell_continuing(&mut self, begun: &OpenApply, open: usize) {
        let (done, open) = (self.book.done_in(&begun.apply), u32::try_from(open).unwrap_or(u32::MAX));
        self.tell(Notice::Continuing { plan: begun.plan.clone(), done, of: begun.steps, open });
    }

    fn close_earlier(&mut self, begun: OpenApply, why: EndedWhy, open: BTreeMap<StepKey, OpenStep>) {
        self.tell(Notice::ClosingEarlier(begun.plan));
        self.course = Course::CloseEarlier(begun.apply, why);
        for (key, open) in open {
            self.add_found(key, open);
        }
    }

    /// Puts the end of an apply into the journal; one without a name never began.
    pub(super) fn end_apply(&mut self, apply: Arc<str>, why: EndedWhy) {
        if !apply.is_empty() {
            self.journal.push(Record::End { apply, why });
        }
    }

    fn begin_apply(&mut self, run: &Run, open: BTreeMap<StepKey, OpenStep>) {
        let apply: Arc<str> = if self.has(Mechanism::StepsWithinApply) {
            format!("{}-{}", self.lease.epoch, self.config.holder.nonce.as_str()).into()
        } else {
            "always".into()
        };
        if !run.plan.steps.is_empty() {
            self.journal.push(Record::Begin(Begin {
                apply: apply.clone(),
                tree: run.plan.tree.clone(),
                plan: run.plan.id.clone(),
                steps: u32::try_from(run.plan.steps.len()).unwrap_or(u32::MAX),
                agreed: run.plan.steps.iter().map(Step::agreement).collect(),
            }));
            self.tracks.apply = Some(apply.clone());
        }
        self.pin_connections(run);
        self.add_plan(run, &apply);
        self.await_again(run, None);
        for (key, open) in open {
            self.add_found(key, open);
        }
        self.release_ready();
    }

    fn continue_apply(&mut self, run: &Run, begun: &OpenApply, open: BTreeMap<StepKey, OpenStep>) {
        self.tracks.apply = Some(begun.apply.clone());
        self.pin_connections(run);
        self.add_plan(run, &begun.apply);
        self.await_again(run, Some(&begun.apply));
        self.tell_continuing(begun, open.len());
        for (key, open) in open {
            match self.tracks.of_step(&key.step).filter(|id| self.tracks.get(*id).key == key) {
                Some(id) => self.found(id, open),
                None => self.add_found(key, open),
            }
        }
        self.take_settled();
        self.release_ready();
    }

    /// Records whom a connection talks to when it is used for the first time.
    fn pin_connections(&mut self, run: &Run) {
        for (connection, identity) in &run.pins {
            if !self.book.pins().contains_key(connection) {
                let (connection, identity) = (connection.clone(), identity.clone());
                self.journal.push(Record::Pinned { connection, identity });
            }
        }
    }

    pub(super) fn add_plan(&mut self, run: &Run, apply: &Arc<str>) {
        let same = self.planned_at == Some(self.book.position());
        self.tracks.basis = if same { Basis::Same } else { Basis::Moved };
        let mut ids: BTreeMap<StepId, TrackId> = BTreeMap::new();
        for step in &run.plan.steps {
            let key = StepKey { apply: apply.clone(), step: step.id.clone() };
            let track = Track::new(key, step.address.clone(), Some(Arc::new(step.clone())));
            ids.insert(step.id.clone(), self.tracks.add(track));
        }
        for step in &run.plan.steps {
            self.link(step, &ids);
        }
        self.tracks.raise_waves();
    }

    fn link(&mut self, step: &Step, ids: &BTreeMap<StepId, TrackId>) {
        let id = ids[&step.id];
        for needed in step.after.iter().filter_map(|needed| ids.get(needed)) {
            self.tracks.get_mut(*needed).dependants.push(id);
            self.tracks.get_mut(id).unmet += 1;
        }
    }

    /// Takes over what this apply has settled before, unless it was begun anew since, or what comes before it on the
    /// same resource was: what another deletion took away is not there because it had been created.
    fn take_settled(&mut self) {
        let ids: Vec<TrackId> = self.tracks.iter().map(|(id, _)| id).collect();
        let mut done: BTreeMap<ResourceId, Option<Position>> = BTreeMap::new();
        for id in ids {
            let track = self.tracks.get(id);
            let before = done.get(&track.address).copied();
            let settled = self.settled_before(track).filter(|settled| {
                !repeats(track) || before.is_none_or(|before| before.is_some_and(|it| it <= settled.at))
            });
            let (at, left) = settled.map(|settled| (settled.at, settled.left())).unzip();
            done.insert(track.address.clone(), at);
            if let Some(left) = left {
                self.tracks.get_mut(id).left = Some(left);
                self.follow(id, Ended::DoneBefore);
            }
        }
    }

    fn settled_before(&self, track: &Track) -> Option<&SettledStep> {
        let settled = self.book.settled(&track.key, &track.address)?;
        let again = track.origin == From::Earlier || self.is_planned_again(track);
        (!again && matches!(settled.how, Settled::Done { .. })).then_some(settled)
    }

    /// Tells whether a plan that knows the step to be done has it again: somebody changed its resource since.
    fn is_planned_again(&self, track: &Track) -> bool {
        self.tracks.basis == Basis::Same && repeats(track)
    }

    /// Adds a step that is not of the plan: it is settled, never sent.
    fn add_found(&mut self, key: StepKey, open: OpenStep) {
        let id = self.tracks.add(Track::new(key, open.intent.what.address.clone(), None));
        self.found(id, open);
    }

    /// Takes over a step that was found open: what was sent may still take effect for a while.
    fn found(&mut self, id: TrackId, open: OpenStep) {
        let what = open.intent.what;
        let shows = self.shows_after(&what.repeat);
        let from = self.watched.sealed.max(self.lease.not_before);
        let quiet = if self.has(Mechanism::QuietTakeover) {
            from + self.in_flight_time(&what.address) + shows
        } else {
            self.now
        };
        let track = self.tracks.get_mut(id);
        track.origin = From::Earlier;
        track.attempt = open.intent.attempt;
        track.quiet = quiet;
        track.what = Some(Arc::new(what));
        let receipt = open.receipt.filter(|_| self.has(Mechanism::ReceiptFirst));
        let at = match receipt {
            Some(receipt) => At::Accepted(receipt, Poll::Due(self.now), "found after a restart".to_owned()),
            None => At::Unknown(quiet),
        };
        self.move_to(id, at);
    }

    /// Returns V: how long what was created once may take to show.
    pub(super) fn shows_after(&self, repeat: &Repeat) -> Duration {
        match repeat {
            Repeat::CreateOnce { find_by: _, visible_after } if self.has(Mechanism::VisibleAfter) => {
                *visible_after
            }
            Repeat::CreateOnce { .. } | Repeat::Idempotent | Repeat::IfNot(_) | Repeat::AtMostOnce => {
                Duration::ZERO
            }
        }
    }

    /// Moves every step on that waits for nothing more.
    fn release_ready(&mut self) {
        let ids: Vec<TrackId> = self.tracks.iter().map(|(id, _)| id).collect();
        for id in ids {
            self.release(id);
        }
    }

    /// Moves a waiting step on if everything it needs is done.
    pub(super) fn release(&mut self, id: TrackId) {
        let track = self.tracks.get(id);
        if track.unmet > 0 || !matches!(track.at, At::Waiting) {
            return;
        }
        let gated = track.step.as_ref().is_some_and(|step| !step.gates.is_empty());
        let at = if gated { At::Gated(Watch::new(self.now)) } else { At::Ready };
        self.move_to(id, at);
    }
}

/// Tells whether a step may be carried out again after it was done.
fn repeats(track: &Track) -> bool {
    track.step.as_ref().is_some_and(|step| match step.repeat {
        Repeat::Idempotent | Repeat::IfNot(_) => true,
        Repeat::CreateOnce { .. } | Repeat::AtMostOnce => false,
    })
}

/// Stands for the apply of steps that are open though none has begun; it has no name.
fn none_begun() -> OpenApply {
    OpenApply { apply: "".into(), tree: "".into(), plan: "".into(), steps: 0, agreed: Vec::new() }
}
