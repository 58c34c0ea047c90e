//! One simulated process: a machine, its clock, and what may happen to it.

use evenkeel_core::engine::apply::{Config, Elapsed, Job, Machine, Mechanism, Run, Timing};
use evenkeel_core::engine::id::{ResourceId, System};
use evenkeel_core::engine::journal::{Epoch, Holder, Nonce, Position};
use evenkeel_core::engine::step::Step;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// A process, alive or not.
pub(super) struct Client {
    pub(super) machine: Machine,
    pub(super) run: Option<Run>,
    pub(super) tree: i64,
    pub(super) life: Life,
    pub(super) born: Duration,
    /// Nothing reaches it before this: it hangs.
    pub(super) frozen: Duration,
    /// Once it has the lock.
    pub(super) epoch: Option<Epoch>,
    pub(super) wake: Option<Duration>,
    rate: u64,
}

/// Whether a process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Alive,
    Killed,
    Finished,
}

/// What a process is started with.
pub(super) struct Birth {
    pub(super) nonce: String,
    pub(super) tree: i64,
    pub(super) job: Job,
    pub(super) planned_at: Position,
    pub(super) timing: Timing,
    #[cfg_attr(not(feature = "mutations"), expect(dead_code, reason = "only tests take mechanisms out"))]
    pub(super) without: Option<Mechanism>,
    /// How fast its clock runs, in thousandths of the true one.
    pub(super) rate: u64,
}

impl Client {
    pub(super) fn new(birth: Birth, now: Duration) -> Self {
        let run = match &birth.job {
            Job::Run(run) => Some((**run).clone()),
            Job::Settle(_) | Job::Abandon | Job::Clear(_) => None,
        };
        let config = Config {
            environment: "simulated".into(),
            holder: Holder { name: "somebody".into(), nonce: Nonce::new(birth.nonce) },
            started: Timestamp::UNIX_EPOCH,
            timing: birth.timing,
            parallelism: 4,
            job: birth.job,
        };
        let machine = Machine::new(config).planned_at(birth.planned_at);
        #[cfg(feature = "mutations")]
        let machine = match birth.without {
            Some(mechanism) => machine.without(mechanism),
            None => machine,
        };
        Self {
            machine,
            run,
            tree: birth.tree,
            life: Life::Alive,
            born: now,
            frozen: Duration::ZERO,
            epoch: None,
            wake: None,
            rate: birth.rate,
        }
    }

    /// Returns the time on its own clock.
    pub(super) fn local(&self, now: Duration) -> Elapsed {
        let micros = u64::try_from((now.saturating_sub(self.born)).as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(micros * self.rate / 1000)
    }

    /// Returns when its own clock shows this.
    pub(super) fn global(&self, local: Elapsed) -> Duration {
        let micros = u64::try_from(local.as_micros()).unwrap_or(u64::MAX);
        self.born + Duration::from_micros(micros * 1000 / self.rate + 2)
    }

    pub(super) fn step(&self, id: &evenkeel_core::engine::id::StepId) -> Option<&Step> {
        self.run.as_ref()?.plan.steps.iter().find(|step| step.id == *id)
    }
}

/// Returns the times of simulated processes: a second each, so that a run is short.
pub(super) fn timing(landing: Duration, drift: Duration) -> Timing {
    let second = Duration::from_secs(1);
    Timing {
        late: BTreeMap::from([(System::Kubernetes, landing)]),
        drift,
        fresh: Duration::from_millis(60),
        poll: Duration::from_millis(100),
        retry: Duration::from_millis(50),
        lock_patience: Duration::from_secs(15),
        patience: Duration::from_secs(30),
        ..Timing::new(second, second)
    }
}

/// Returns the address of a simulated resource.
pub(super) fn address(kind: &str, name: &str) -> ResourceId {
    ResourceId::kubernetes(kind, None, name)
}
