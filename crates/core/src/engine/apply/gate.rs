//! Polls gates: those before a step starts, and what makes a step done.

use super::judge::{asked, met, needed};
use super::protocol::{Elapsed, Purpose, Reading};
use super::track::{At, Poll, TrackId, Watch};
use super::unread::Unread;
use super::{Ended, Machine};
use crate::engine::journal::Record;
use crate::engine::question::{Answer, Question, Why};
use crate::engine::step::{Gate, Readiness};
use std::collections::BTreeSet;
use std::time::Duration;

/// What all gates of a step together say.
enum Verdict {
    Holds,
    NotYet(String),
    Never(String),
}

impl Machine {
    /// Polls the gates that are due, and gives up those out of patience.
    pub(super) fn look_at_gates(&mut self) {
        if self.stop.is_some() {
            return self.stop_following();
        }
        for id in self.tracks.due(self.now) {
            if let At::Gated(watch) | At::Following(watch) = self.tracks.get(id).at.clone() {
                self.look_at_gate(id, &watch);
            }
        }
    }

    /// Ends what is carried out and only waited for.
    fn stop_following(&mut self) {
        for id in self.tracks.active() {
            if let At::Following(watch) = &self.tracks.get(id).at {
                let why = watch.why.clone();
                self.end(id, Ended::StoppedWaiting(why));
            }
        }
    }

    fn look_at_gate(&mut self, id: TrackId, watch: &Watch) {
        let gates = self.gates(id);
        let patience = gates.iter().map(|gate| gate.patience).max().unwrap_or(Duration::ZERO);
        if watch.holds.is_none() && self.now > watch.since + patience && self.now > watch.since {
            return self.end(id, Ended::OutOfPatience(watch.why.clone()));
        }
        let questions: BTreeSet<Question> = gates.iter().flat_map(|gate| asked(&gate.condition)).collect();
        let questions = questions.into_iter().collect();
        let purpose = Purpose::Gate(self.tracks.get(id).key.step.clone());
        self.set_watch(id, Watch { poll: Poll::Asked, ..watch.clone() });
        self.ask(id, purpose, questions);
    }

    fn gates(&self, id: TrackId) -> Vec<Gate> {
        let track = self.tracks.get(id);
        if matches!(track.at, At::Following(_)) {
            track.done_when.iter().cloned().collect()
        } else {
            track.step.iter().flat_map(|step| step.gates.iter().cloned()).collect()
        }
    }

    fn set_watch(&mut self, id: TrackId, new: Watch) {
        let at = if matches!(self.tracks.get(id).at, At::Following(_)) { At::Following } else { At::Gated };
        self.tracks.put(id, at(new));
    }

    /// Takes the answers to a poll.
    pub(super) fn gate_answered(&mut self, id: TrackId, readings: &[Reading]) {
        let gates = self.gates(id);
        let (At::Gated(watch) | At::Following(watch)) = self.tracks.get(id).at.clone() else { return };
        match verdict(&gates, readings) {
            Verdict::Never(why) => self.end(id, Ended::Failed(why)),
            Verdict::NotYet(why) => match unread(&gates, readings) {
                Some(unread) => self.gate_unread(id, unread, watch),
                None => self.look_again(id, why, &Watch { unread: Unread::default(), ..watch }),
            },
            Verdict::Holds => self.gate_holds(id, &gates, &watch),
        }
    }

    fn look_again(&mut self, id: TrackId, why: String, watch: &Watch) {
        let poll = Poll::Due(self.now + self.config.timing.poll);
        self.set_watch(id, Watch { holds: None, poll, why, since: watch.since, unread: watch.unread });
    }

    /// What may not be read is not waited for until the gate's patience ends: it may hold by now, and nobody here would see.
    fn gate_unread(&mut self, id: TrackId, why: &Why, mut watch: Watch) {
        watch.unread.note(why, self.now);
        if !watch.unread.is_denied(self.now, &self.config.timing) {
            return self.look_again(id, why.message.clone(), &watch);
        }
        let is_carried_out = matches!(self.tracks.get(id).at, At::Following(_));
        let ended = if is_carried_out { Ended::Unseen } else { Ended::Unreadable };
        self.end(id, ended(why.clone()));
    }

    fn gate_holds(&mut self, id: TrackId, gates: &[Gate], watch: &Watch) {
        let stable = gates.iter().map(|gate| gate.stable_for).max().unwrap_or(Duration::ZERO);
        let since: Elapsed = watch.holds.unwrap_or(self.now);
        if self.now < since + stable {
            let poll = Poll::Due((self.now + self.config.timing.poll).min(since + stable));
            let why = format!("holds, and must for {} s", stable.as_secs());
            return self.set_watch(id, Watch { holds: Some(since), poll, why, ..Watch::new(watch.since) });
        }
        if matches!(self.tracks.get(id).at, At::Following(_)) {
            self.journal_met(id);
            self.end(id, self.tracks.get(id).done.clone());
        } else {
            self.move_to(id, At::Ready);
        }
    }
}

impl Machine {
    /// Puts into the journal that nobody needs to wait for a step any more.
    fn journal_met(&mut self, id: TrackId) {
        let track = self.tracks.get(id);
        let met = Record::Met { by: track.key.clone(), address: track.address.clone() };
        self.journal.push_patiently(met, self.now + self.config.timing.poll / 4);
    }
}

/// Returns why the first of what the gates ask about could not be read.
fn unread<'a>(gates: &[Gate], readings: &'a [Reading]) -> Option<&'a Why> {
    let needed = gates.iter().flat_map(|gate| needed(&gate.condition));
    needed.into_iter().find_map(|question| {
        let reading = readings.iter().find(|reading| reading.question == question)?;
        match &reading.answer {
            Answer::Unreadable(why) => Some(why),
            Answer::Seen(_)
            | Answer::NotFound
            | Answer::Inventory { .. }
            | Answer::Fact(_)
            | Answer::Rejected(_) => None,
        }
    })
}

fn verdict(gates: &[Gate], readings: &[Reading]) -> Verdict {
    let mut waiting = None;
    for gate in gates {
        match met(gate, readings) {
            Readiness::Ready => {}
            Readiness::Waiting(why) => waiting = waiting.or(Some(why)),
            Readiness::Failed(why) => return Verdict::Never(why),
        }
    }
    waiting.map_or(Verdict::Holds, Verdict::NotYet)
}
