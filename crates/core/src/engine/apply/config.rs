//! What one applier is told before it starts: who it is, what it is to do, and all its times.

use super::protocol::{Elapsed, Precondition};
use crate::engine::id::{ConnectionId, EnvironmentName, ResourceId, StepId, System, TreeHash};
use crate::engine::journal::{Cleared, Holder};
use crate::engine::ledger::Generated;
use crate::engine::plan::Plan;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What one applier is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whose environment.
    pub environment: EnvironmentName,
    /// Who applies; the nonce is new for each process.
    pub holder: Holder,
    /// Wall-clock time at the start; only for what people read.
    pub started: Timestamp,
    /// How long things take and may take.
    pub timing: Timing,
    /// How many steps run at once against one system.
    pub parallelism: u32,
    /// What to do.
    pub job: Job,
}

impl Config {
    /// Returns the wall-clock time for records that people read.
    pub(super) fn timestamp(&self, now: Elapsed) -> Timestamp {
        let since = SignedDuration::try_from(now).unwrap_or(SignedDuration::ZERO);
        self.started.saturating_add(since).unwrap_or(self.started)
    }
}

/// What an applier is to do once it holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Carry out a plan, or the rest of it.
    Run(Box<Run>),
    /// Find out what became of the steps that were left open, before these specs are planned; what was begun stays so.
    Settle(TreeHash),
    /// Close the apply that was left, without going on with it.
    Abandon,
    /// Clear held addresses: a person has looked.
    Clear(Vec<Cleared>),
}

impl Job {
    /// Returns the plan that is carried out, if one is.
    pub(super) fn run(&self) -> Option<&Run> {
        match self {
            Self::Run(run) => Some(run),
            Self::Settle(_) | Self::Abandon | Self::Clear(_) => None,
        }
    }
}

/// A plan to carry out, with what its steps do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The plan; a begun apply of the same tree is continued.
    pub plan: Plan,
    /// Beside the steps, by step.
    pub extras: BTreeMap<StepId, Extra>,
    /// Whom each connection talks to, as planning found it; recorded at first contact.
    pub pins: BTreeMap<ConnectionId, Arc<str>>,
}

/// What the ledger and the journal record of a step beside what the step says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// The resources it needs.
    pub needs: Vec<ResourceId>,
    /// Whether it makes a secret that exists nowhere else.
    pub generated: Generated,
    /// What the plan saw, where the target refuses to write to any other incarnation or version: its first send needs
    /// no reading of its own.
    pub seen: Option<Precondition>,
}

/// The times of design-apply.md, and how often things are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// L: how long the lease lasts without renewal.
    pub lease: Duration,
    /// D: the deadline of one request.
    pub request: Duration,
    /// Λ: how long after its deadline a request may still take effect, system by system.
    pub late: BTreeMap<System, Duration>,
    /// ε: clock rate difference over L + D + Λ, plus the longest pause between a check and the wire.
    pub drift: Duration,
    /// How long after it was asked for a reading counts for a send that waits for a slot.
    pub fresh: Duration,
    /// How often gates, accepted steps and a foreign lock are looked at.
    pub poll: Duration,
    /// How long after a failed store request or an unreadable answer it is tried again.
    pub retry: Duration,
    /// How long a lock that is alive is waited for.
    pub lock_patience: Duration,
    /// How long an unreadable resource, or a silent store, is tried again.
    pub patience: Duration,
    /// How long a system may say that something may not be read before that is believed: one that has just started
    /// denies everything until it has read its own rules.
    pub denial: Duration,
    /// After how many batches the ledger is written while an apply runs.
    pub checkpoint_batches: u32,
    /// How many rows a shard may have; it must stay well under the 1 MiB of a Kubernetes object.
    pub shard_rows: usize,
}

/// Why an applier may not run with these times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a lease of {lease:?} is too short: a third of it must cover {drift:?} of clock difference")]
pub struct LeaseTooShort {
    lease: Duration,
    drift: Duration,
}

impl Timing {
    /// Returns usual times for a lease and a request deadline.
    #[must_use]
    pub fn new(lease: Duration, request: Duration) -> Self {
        Self {
            lease,
            request,
            late: BTreeMap::new(),
            drift: lease / 10,
            fresh: Duration::from_secs(1).min(lease / 3),
            poll: Duration::from_secs(1).min(lease / 3),
            retry: Duration::from_millis(500).min(lease / 6),
            lock_patience: Duration::ZERO,
            patience: Duration::from_secs(120),
            denial: Duration::from_secs(10),
            checkpoint_batches: 64,
            shard_rows: 1000,
        }
    }

    /// Checks that a holder stops before others may take over.
    pub fn check(&self) -> Result<(), LeaseTooShort> {
        let fits = self.lease * 2 / 3 + self.drift <= self.lease;
        if fits { Ok(()) } else { Err(LeaseTooShort { lease: self.lease, drift: self.drift }) }
    }

    /// Returns for how long after the renewal was sent steps may start.
    pub(super) fn tenure(&self) -> Duration {
        self.lease * 2 / 3
    }

    /// Returns how often the lease is renewed: twice within the time it allows to start.
    pub(super) fn renewal(&self) -> Duration {
        self.lease / 3
    }

    /// Returns Λ of a system.
    pub(super) fn late(&self, system: System) -> Duration {
        self.late.get(&system).copied().unwrap_or(DEFAULT_LATE)
    }
}

/// Λ where the back end names none: an API server gives a request up after a minute, and it began before D ended.
const DEFAULT_LATE: Duration = Duration::from_secs(60);
