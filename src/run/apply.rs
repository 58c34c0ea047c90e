//! Carries a plan out: makes the machine and gives it hands.

use super::driver::{Observer, Stuck, drive};
use super::hands::Hands;
use super::interrupts::Interrupts;
use super::planning::Planned;
use super::session::StateRead;
use super::writable::Writable;
use crate::backend::kubernetes::Reading;
use crate::clock;
use evenkeel_core::engine::apply::{
    Config, End, Extra, Job, LeaseTooShort, Machine, Precondition, Run, Timing,
};
use evenkeel_core::engine::id::{ConnectionId, ResourceId, System};
use evenkeel_core::engine::journal::{Holder, Nonce};
use evenkeel_core::engine::ledger::Generated;
use evenkeel_core::engine::plan::Goal;
use evenkeel_core::engine::question::{Answer, Fact, FactId, Question, Seen};
use evenkeel_core::engine::step::{Action, Expects, Step};
use evenkeel_core::engine::value::{SecretRef, SecretSource};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why an apply cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The environment's times do not fit together.
    #[error("limits.lease in environment.yaml")]
    Lease(#[from] LeaseTooShort),
    /// The state cannot be written.
    #[error("the state of the environment cannot be written")]
    State(#[source] crate::state::StateError),
    /// The machine gives us no randomness.
    #[error("no random numbers are to be had")]
    Random(#[source] std::io::Error),
    /// Our bug.
    #[error(transparent)]
    Stuck(#[from] Stuck),
}

/// What an apply is made of.
pub struct Applying<'a> {
    /// The environment.
    pub environment: &'a Writable,
    /// Its state, as it was read when the plan was made.
    pub state: &'a StateRead,
    /// The plan, and the forms that it was made with.
    pub planned: &'a Planned,
    /// Who applies, for people.
    pub user: &'a str,
}

impl Applying<'_> {
    /// Carries the plan out to its end.
    pub async fn carry_out(
        &self,
        interrupts: Interrupts,
        observer: &mut dyn Observer,
    ) -> Result<End, ApplyError> {
        let windows = self.environment.session.specs.desired.windows.clone();
        let machine = self.machine(self.run())?.within(windows);
        let machine = match self.planned.plan.goal {
            // What was deleted and is not gone yet is still there.
            Goal::Destroy { data: _ } => machine.awaiting_what_goes(),
            Goal::Converge | Goal::Forget { addresses: _ } => machine,
        };
        Ok(drive(machine, self.hands(), interrupts, observer).await?)
    }

    /// Carries a plan out that records what is ours, and takes over a ledger that is damaged.
    pub async fn rebuild(
        &self,
        interrupts: Interrupts,
        observer: &mut dyn Observer,
    ) -> Result<End, ApplyError> {
        let machine = self.machine(self.run())?.rebuilding();
        Ok(drive(machine, self.hands(), interrupts, observer).await?)
    }

    fn run(&self) -> Job {
        let seen: BTreeMap<&ResourceId, &Seen> =
            self.planned.live.objects().map(|seen| (&seen.id, seen)).collect();
        let extra =
            |step: &Step| (step.id.clone(), extra(step, self.planned, seen.get(&step.address).copied()));
        let extras = self.planned.plan.steps.iter().map(extra);
        let run = Run { plan: self.planned.plan.clone(), extras: extras.collect(), pins: pins(self.planned) };
        Job::Run(Box::new(run))
    }

    /// Finds out what became of the steps that were left open, so that what is left can be planned.
    pub async fn settle(
        &self,
        interrupts: Interrupts,
        observer: &mut dyn Observer,
    ) -> Result<End, ApplyError> {
        let machine = self.machine(Job::Settle(self.planned.plan.tree.clone()))?;
        Ok(drive(machine, self.hands(), interrupts, observer).await?)
    }

    /// Closes the apply that was left, without going on with it.
    pub async fn abandon(
        &self,
        interrupts: Interrupts,
        observer: &mut dyn Observer,
    ) -> Result<End, ApplyError> {
        let machine = self.machine(Job::Abandon)?;
        Ok(drive(machine, self.hands(), interrupts, observer).await?)
    }

    fn machine(&self, job: Job) -> Result<Machine, ApplyError> {
        let config = config(self.environment, self.user, job)?;
        Ok(Machine::new(config).planned_at(self.state.book.position()))
    }

    fn hands(&self) -> Hands {
        let Self { environment, state, planned, user: _ } = self;
        let forms = Arc::new(Reading {
            environment: environment.session.name.clone(),
            key: state.key.clone(),
            forms: planned.forms.clone(),
            ledger: Arc::clone(&state.ledger),
        });
        Hands {
            store: environment.store.clone(),
            readers: environment.session.readers(&forms),
            writers: environment.writers(&forms),
            forms,
        }
    }
}

/// Returns what one process is told that takes the lock of an environment.
pub(super) fn config(environment: &Writable, user: &str, job: Job) -> Result<Config, ApplyError> {
    let limits = environment.session.specs.desired.limits;
    let mut timing = Timing::new(limits.lease, limits.request_timeout);
    timing.late = environment.lateness();
    timing.check()?;
    let nonce = crate::random::name().map_err(ApplyError::Random)?;
    Ok(Config {
        environment: environment.session.name.clone(),
        holder: Holder { name: Arc::from(user), nonce: Nonce::new(nonce) },
        started: clock::now(),
        timing,
        parallelism: limits.parallelism.max(1),
        job,
    })
}

/// Whom each connection talked to while the plan was made; kept from the first contact on.
fn pins(planned: &Planned) -> BTreeMap<ConnectionId, Arc<str>> {
    let pins = planned.live.iter().filter_map(|(question, answered)| match (question, &answered.answer) {
        (Question::Fact(FactId::Identity(connection)), Answer::Fact(Fact::Identity(identity))) => {
            Some((connection.clone(), Arc::clone(identity)))
        }
        _ => None,
    });
    pins.collect()
}

fn extra(step: &Step, planned: &Planned, seen: Option<&Seen>) -> Extra {
    let needs = planned.forms.get(&step.address).map(|form| form.needs.clone()).unwrap_or_default();
    let generated = match &step.action {
        Action::Write { mode: _, config, wanted: _ } if config.has_secret(&is_generated) => Generated::Secret,
        Action::Write { .. } | Action::Delete { .. } | Action::Confirm { .. } | Action::Operation(_) => {
            Generated::Nothing
        }
    };
    Extra { needs, generated, seen: seen.and_then(|seen| as_seen(step, seen)) }
}

/// What Kubernetes compares with each write, if the plan's expectation was made from this very object.
fn as_seen(step: &Step, seen: &Seen) -> Option<Precondition> {
    let Action::Write { mode: _, config: _, wanted: _ } = &step.action else { return None };
    let Expects::Seen(sketch) = &step.expects else { return None };
    let same = sketch.uid.as_ref() == Some(&seen.uid) && !seen.version.is_empty();
    match step.address.system {
        System::Kubernetes if same => {
            Some(Precondition::Version(seen.uid.clone(), Arc::clone(&seen.version)))
        }
        System::Kubernetes => None,
        // They compare no versions.
        System::Kafka | System::Connect | System::Neo4j => None,
    }
}

/// A secret that is made here exists nowhere else.
fn is_generated(secret: &SecretRef) -> bool {
    matches!(secret.source, SecretSource::Generate { .. })
}
