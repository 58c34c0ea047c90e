//! Carries a plan out: makes the machine, gives it hands, and makes the plan anew where an earlier apply was in the way.

use super::driver::{Hands, Observer, drive};
use super::planning::Planned;
use super::session::{Session, StateRead, reading};
use crate::backend::kubernetes::Reading;
use crate::clock;
use evenkeel_core::engine::apply::{Config, End, Extra, Job, LeaseTooShort, Machine, Run, Timing};
use evenkeel_core::engine::id::{ConnectionName, StepId, System};
use evenkeel_core::engine::journal::{Holder, Nonce};
use evenkeel_core::engine::ledger::Generated;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::question::{Answer, Fact, FactId, Question};
use evenkeel_core::engine::step::{Action, Step};
use evenkeel_core::engine::value::{SecretSource, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Why an apply cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The environment's times do not fit together.
    #[error("limits.lease in environment.yaml")]
    Lease(#[from] LeaseTooShort),
    /// There is no key to digest secrets with, and none can be made.
    #[error("the state of the environment cannot be written")]
    State(#[source] crate::state::StateError),
    /// The machine gives us no randomness.
    #[error("no random numbers are to be had")]
    Random(#[source] std::io::Error),
}

/// What an apply is made of.
pub struct Applying<'a> {
    /// The environment.
    pub session: &'a Session,
    /// Its state, as it was read when the plan was made.
    pub state: &'a StateRead,
    /// The plan, and the forms that it was made with.
    pub planned: &'a Planned,
    /// Who applies, for people.
    pub user: &'a str,
}

/// Carries a plan out to its end.
pub async fn carry_out(
    applying: &Applying<'_>,
    interrupts: mpsc::Receiver<()>,
    observer: &mut dyn Observer,
) -> Result<End, ApplyError> {
    let Applying { session, state, planned, user: _ } = applying;
    let machine = Machine::new(config(applying, Job::Run(Box::new(run(planned))))?);
    let state_key = session.store.key().await.map_err(ApplyError::State)?;
    // The first apply makes the key; digests of the plan before it were under a throw-away one.
    let state = StateRead { key: state_key, snapshot: state.snapshot.clone(), book: state.book.clone() };
    let forms = reading(&session.name, &state, planned.forms.clone());
    Ok(drive(machine, hands(session, forms), interrupts, observer).await)
}

/// Closes the apply that was left, without going on with it.
pub async fn abandon(
    applying: &Applying<'_>,
    interrupts: mpsc::Receiver<()>,
    observer: &mut dyn Observer,
) -> Result<End, ApplyError> {
    let Applying { session, state, planned, user: _ } = applying;
    let machine = Machine::new(config(applying, Job::Abandon)?);
    let forms = reading(&session.name, state, planned.forms.clone());
    Ok(drive(machine, hands(session, forms), interrupts, observer).await)
}

fn hands(session: &Session, forms: Arc<Reading>) -> Hands {
    Hands {
        store: session.store.clone(),
        readers: session.readers(&forms),
        writers: session.writers(&forms),
        forms,
    }
}

fn config(applying: &Applying<'_>, job: Job) -> Result<Config, ApplyError> {
    let Applying { session, state: _, planned: _, user } = applying;
    let limits = session.specs.desired.limits;
    let mut timing = Timing::new(limits.lease, limits.request_timeout);
    timing.late = BTreeMap::from([(System::Kubernetes, session.lateness())]);
    timing.check()?;
    let nonce = crate::random::name().map_err(ApplyError::Random)?;
    Ok(Config {
        environment: session.name.clone(),
        holder: Holder { name: Arc::from(*user), nonce: Nonce::new(nonce) },
        started: clock::now(),
        timing,
        parallelism: limits.parallelism.max(1),
        job,
    })
}

/// Whom each connection talked to while the plan was made; kept from the first contact on.
fn pins(planned: &Planned) -> BTreeMap<ConnectionName, Arc<str>> {
    let pins = planned.live.iter().filter_map(|(question, answered)| match (question, &answered.answer) {
        (Question::Fact(FactId::Identity(connection)), Answer::Fact(Fact::Identity(identity))) => {
            Some((connection.clone(), Arc::clone(identity)))
        }
        _ => None,
    });
    pins.collect()
}

fn run(planned: &Planned) -> Run {
    let extras = planned.plan.steps.iter().map(|step| (step.id.clone(), extra(step, planned)));
    let extras: BTreeMap<StepId, Extra> = extras.collect();
    let plan: Plan = planned.plan.clone();
    Run { plan, extras, pins: pins(planned) }
}

fn extra(step: &Step, planned: &Planned) -> Extra {
    let needs = planned.forms.get(&step.address).map(|form| form.needs.clone()).unwrap_or_default();
    let generated = match &step.action {
        Action::Write { mode: _, config, wanted: _ } if generates(config) => Generated::Secret,
        Action::Write { .. } | Action::Delete { .. } | Action::Confirm { .. } | Action::Operation(_) => {
            Generated::Nothing
        }
    };
    Extra { needs, generated }
}

/// Tells whether a configuration holds a secret that is made here and exists nowhere else.
fn generates(value: &Value) -> bool {
    match value {
        Value::Secret(secret) => matches!(secret.source, SecretSource::Generate { .. }),
        Value::List(items) => items.iter().any(generates),
        Value::Map(map) => map.values().any(generates),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => false,
        Value::Output(_) | Value::Opaque(_) => false,
    }
}
