//! The lease: how long this process may believe that it holds it, and how it is renewed.
//!
//! A holder starts things only while `now < S + 2/3 L`, where S is when it *sent* the last renewal that was answered.

use super::close::Closing;
use super::mechanism::Mechanism;
use super::protocol::{Elapsed, Head, StoreAnswer, StoreRequest, Tenure, Version};
use super::{Call, Machine, Notice, Phase, Stop};
use crate::engine::journal::Epoch;
use std::collections::BTreeMap;

/// What this process knows of its lease.
#[derive(Clone, Debug, Default)]
pub(super) struct Lease {
    pub(super) hold: Hold,
    pub(super) epoch: Epoch,
    /// S: when the last renewal was sent that is known to have landed.
    pub(super) sure: Elapsed,
    /// After a break nothing starts before this.
    pub(super) not_before: Elapsed,
    version: Option<Version>,
    renewal: u64,
    next: Elapsed,
    sent: BTreeMap<u64, Elapsed>,
    in_flight: InFlight,
}

/// Whether the lease is ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Hold {
    /// Not yet.
    #[default]
    Never,
    /// As far as we know.
    Held,
    /// Not any more.
    Lost,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum InFlight {
    #[default]
    Nothing,
    Renewal(u64),
    Check,
    /// The last renewal had no clear answer: the lock must be read.
    CheckDue,
}

impl Lease {
    /// Takes note that the lock was swapped to us by a request sent at `sent`.
    pub(super) fn take(&mut self, head: &Head, version: Option<Version>, sent: Elapsed) {
        self.hold = Hold::Held;
        self.epoch = head.epoch;
        self.renewal = head.renewal;
        self.version = version;
        self.sure = sent;
        self.next = sent;
        self.sent.clear();
        self.in_flight = InFlight::Nothing;
    }

    /// Returns the version that was read or written last.
    pub(super) fn version(&self) -> Option<Version> {
        self.version.clone()
    }

    fn landed(&mut self, renewal: u64, version: Option<Version>, sent: Elapsed) {
        self.renewal = self.renewal.max(renewal);
        self.version = version;
        self.sure = self.sure.max(sent);
    }
}

impl Machine {
    /// Tells whether steps may start: the lease is surely ours, for long enough, and any wait after a break is over.
    pub(super) fn may_start(&self) -> bool {
        self.lease.hold == Hold::Held
            && self.now >= self.lease.not_before
            && self.now < self.lease.sure + self.config.timing.tenure()
    }

    /// Renews the lease when that is due.
    pub(super) fn renew(&mut self) {
        let releasing = matches!(self.phase, Phase::Closing(Closing::Releasing(_)));
        if releasing || self.lease.hold != Hold::Held || self.now < self.lease.next {
            return;
        }
        match self.lease.in_flight {
            InFlight::Nothing => {
                let renewal = self.lease.sent.keys().next_back().copied().unwrap_or(self.lease.renewal) + 1;
                self.lease.sent.insert(renewal, self.now);
                self.lease.in_flight = InFlight::Renewal(renewal);
                self.lease.next = self.now + self.config.timing.renewal();
                let new = self.head(Tenure::Held, renewal);
                let request = StoreRequest::SwapLock { expected: self.lease.version(), new };
                self.store(Call::Lease, request);
            }
            InFlight::CheckDue => {
                self.lease.in_flight = InFlight::Check;
                self.store(Call::Lease, StoreRequest::ReadLock);
            }
            InFlight::Renewal(_) | InFlight::Check => {}
        }
    }

    /// Returns the lock as we write it.
    pub(super) fn head(&self, tenure: Tenure, renewal: u64) -> Head {
        let renewed = Some(self.config.timestamp(self.now));
        Head { epoch: self.lease.epoch, holder: self.config.holder.clone(), tenure, renewal, renewed }
    }

    /// Returns the lock as we give it back.
    pub(super) fn head_released(&self) -> Head {
        let last = self.lease.sent.keys().next_back().copied().unwrap_or(self.lease.renewal);
        self.head(Tenure::Released, last + 1)
    }

    /// Takes the answer to a renewal or to the look after one that was not answered.
    pub(super) fn lease_answered(&mut self, answer: StoreAnswer) {
        let was = std::mem::take(&mut self.lease.in_flight);
        match (answer, was) {
            (StoreAnswer::Done(version), InFlight::Renewal(renewal)) => {
                let sent = self.lease.sent.get(&renewal).copied().unwrap_or_default();
                let since = if self.has(Mechanism::LeaseFromSend) { sent } else { self.now };
                self.lease.landed(renewal, version, since);
                self.lease.sent.clear();
            }
            (StoreAnswer::Lock(Some((head, version))), _) if self.is_our_lease(&head) => {
                let sent = self.lease.sent.get(&head.renewal).copied().unwrap_or_default();
                self.lease.landed(head.renewal, Some(version), sent);
                self.lease.next = self.now;
            }
            (StoreAnswer::Lock(_), _) => self.lose_lock(),
            (StoreAnswer::NoAnswer(_) | StoreAnswer::Refused(_), _) => {
                self.lease.in_flight = InFlight::CheckDue;
                self.lease.next = self.now + self.config.timing.retry;
            }
            (StoreAnswer::Conflict, _) => {
                self.lease.in_flight = InFlight::CheckDue;
                self.lease.next = self.now;
            }
            (
                StoreAnswer::All(_)
                | StoreAnswer::Batch(_)
                | StoreAnswer::LedgerHead(_)
                | StoreAnswer::Suspended(_)
                | StoreAnswer::Exists(_)
                | StoreAnswer::Done(_),
                _,
            ) => {}
        }
    }

    /// Tells whether the lock is still ours; one that a person has broken is not taken back.
    fn is_our_lease(&self, head: &Head) -> bool {
        let ours = head.holder.nonce == self.config.holder.nonce && head.epoch == self.lease.epoch;
        ours && head.tenure == Tenure::Held
    }

    /// The lease is somebody else's: nothing new starts, what still comes is journaled if the epoch is not sealed.
    pub(super) fn lose_lock(&mut self) {
        if self.lease.hold == Hold::Held {
            self.lease.hold = Hold::Lost;
            self.tell(Notice::LockLost);
            self.stop(Stop::LockLost);
        }
    }

    /// Tells whether no renewal is under way.
    pub(super) fn lease_is_settled(&self) -> bool {
        self.lease.in_flight == InFlight::Nothing
    }

    /// Tells whether the lease is lost, or may be: the last renewal had no clear answer.
    pub(super) fn lease_is_unclear(&self) -> bool {
        self.lease.hold == Hold::Lost || self.lease.in_flight == InFlight::CheckDue
    }

    /// Returns when the lease needs attention next.
    pub(super) fn lease_wake(&self) -> Option<Elapsed> {
        let waiting = matches!(self.lease.in_flight, InFlight::Nothing | InFlight::CheckDue);
        (self.lease.hold == Hold::Held && waiting).then_some(self.lease.next)
    }
}
