//! Simulated workers as a back end: questions about connectors, and the calls of steps.

use super::Sandbox;
use super::sending::Send;
use super::settled::{refused, texts, whole, why_refused};
use crate::connect::{Part, Refusal, Status, Target, Workers};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Body, Rejection, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Outcome, Readiness, Receipt, WriteMode};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::resources::readiness;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long to let pass before workers are looked at again.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// So often a call that a rebalance refuses is sent again.
const ATTEMPTS: usize = 100;

/// Says whether workers would take a connector.
///
/// Real ones answer with what they would make of each setting; nobody looks at more than whether they refuse it.
pub(super) fn checked(workers: &Workers, wanted: &Value) -> Answer {
    let settings = texts(wanted, "config");
    let settings = settings.filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect();
    match workers.validate(&settings) {
        Ok(()) => Answer::NotFound,
        Err(refusal) => {
            let message = refusal.to_string();
            Answer::Rejected(Rejection::Invalid { message, immutable: Vec::new() })
        }
    }
}

/// One call of a step.
enum Call {
    Patch(BTreeMap<String, Option<String>>),
    Turn(Target),
    Restart,
}

impl Sandbox {
    /// Looks a connector up.
    pub(super) fn connector(&mut self, id: &ResourceId) -> Answer {
        match self.looked_up(id) {
            Ok(Some(seen)) => Answer::Seen(seen),
            Ok(None) => Answer::NotFound,
            Err(why) => Answer::Unreadable(why),
        }
    }

    /// Looks, again while workers share out their work.
    fn looked_up(&mut self, id: &ResourceId) -> Result<Option<Seen>, Why> {
        for _attempt in 1..ATTEMPTS {
            match look(self.world.workers(&id.connection), id) {
                Err(Refusal::RebalanceExpected) => self.world.advance(BETWEEN_LOOKS),
                Ok(seen) => return Ok(Some(seen)),
                Err(Refusal::NotFound(_)) => return Ok(None),
                Err(refusal) => return Err(why_refused(id, Trouble::Unavailable, &refusal)),
            }
        }
        Err(why_refused(id, Trouble::Unavailable, &Refusal::RebalanceExpected))
    }

    /// Writes a connector: only what differs is sent, as even the same settings would start it again.
    pub(super) fn connect_write(&mut self, send: &Send<'_>, mode: WriteMode, config: &Value) -> Outcome {
        let id = send.address;
        let live = match self.looked_up(id) {
            Ok(live) => live,
            Err(why) => return Outcome::Refused(why),
        };
        if let Some(stale) = refused(send, mode, live.as_ref()) {
            return stale;
        }
        let target = target(config);
        let Some(live) = live else {
            let settings: BTreeMap<String, String> = texts(config, "config")
                .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
                .collect();
            let answered =
                self.outside_rebalances(id, |workers| workers.create(&id.name, settings.clone(), target));
            return match answered {
                Ok(()) => self.connector_shown(id),
                Err(refusal) => self.not_done(id, None, &refusal),
            };
        };
        for (number, call) in calls(config, &live).into_iter().enumerate() {
            let answered = self.outside_rebalances(id, |workers| call.send(workers, &id.name));
            if let Err(refusal) = answered {
                return match self.not_done(id, Some(&live), &refusal) {
                    Outcome::Refused(why) if number > 0 => Outcome::Unknown(why),
                    outcome => outcome,
                };
            }
        }
        self.connector_shown(id)
    }

    /// Deletes a connector.
    pub(super) fn connect_delete(&mut self, id: &ResourceId) -> Outcome {
        let before = match self.looked_up(id) {
            Ok(before) => before,
            Err(why) => return Outcome::Refused(why),
        };
        match self.outside_rebalances(id, |workers| workers.delete(&id.name)) {
            Ok(()) | Err(Refusal::NotFound(_)) => Outcome::Done(Receipt::default()),
            Err(refusal) => self.not_done(id, before.as_ref(), &refusal),
        }
    }

    /// While workers share out their work they refuse a call, having done nothing, and it is sent again.
    pub(super) fn outside_rebalances(
        &mut self,
        id: &ResourceId,
        call: impl Fn(&mut Workers) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        for _attempt in 1..ATTEMPTS {
            match call(self.world.workers(&id.connection)) {
                Err(Refusal::Rebalance) => self.world.advance(BETWEEN_LOOKS),
                answer => return answer,
            }
        }
        call(self.world.workers(&id.connection))
    }

    /// Says what a refusal means: what is there is read again, as a 500 may have had its effect.
    pub(super) fn not_done(&mut self, id: &ResourceId, before: Option<&Seen>, refusal: &Refusal) -> Outcome {
        let unavailable = why_refused(id, Trouble::Unavailable, refusal);
        match refusal {
            Refusal::Exists(_) => Outcome::Stale(self.looked_up(id).ok().flatten()),
            Refusal::TimedOut => Outcome::Unknown(unavailable),
            Refusal::Internal(_) => {
                let Ok(now) = self.looked_up(id) else { return Outcome::Unknown(unavailable) };
                let settings = |seen: &Seen| whole(seen).get("config").cloned();
                let is_as_before = now.as_ref().map(settings) == before.map(settings);
                if is_as_before { Outcome::Refused(unavailable) } else { Outcome::Unknown(unavailable) }
            }
            Refusal::Rebalance | Refusal::RebalanceExpected => Outcome::Refused(unavailable),
            Refusal::NotFound(_) | Refusal::NoStatus(_) | Refusal::Invalid(_) | Refusal::NotStopped => {
                Outcome::Refused(why_refused(id, Trouble::Garbled, refusal))
            }
        }
    }

    /// Looks until everything that was taken on is done.
    pub(super) fn connector_shown(&mut self, id: &ResourceId) -> Outcome {
        while !self.world.workers(&id.connection).is_settled(&id.name) {
            self.world.advance(BETWEEN_LOOKS);
        }
        let seen = match self.looked_up(id) {
            Ok(seen) => seen,
            Err(why) => return Outcome::Unknown(why),
        };
        let uid = seen.as_ref().map(|seen| seen.uid.clone());
        Outcome::Done(Receipt { uid, seen, ..Receipt::default() })
    }
}

impl Call {
    fn send(&self, workers: &mut Workers, name: &str) -> Result<(), Refusal> {
        match self {
            Self::Patch(patch) => workers.patch_config(name, patch.clone()),
            Self::Turn(target) => workers.turn(name, *target),
            Self::Restart => workers.restart(name),
        }
    }
}

/// Returns the calls that bring a connector to what is wanted. What is to stand still does not run with new settings
/// first; what is to run has them first.
fn calls(config: &Value, live: &Seen) -> Vec<Call> {
    let patch: BTreeMap<String, Option<String>> = texts(config, "config")
        .filter(|(key, wanted)| whole(live).at(&["config", key]).and_then(Value::as_text) != *wanted)
        .map(|(key, wanted)| (key.to_owned(), wanted.map(str::to_owned)))
        .collect();
    let patch = (!patch.is_empty()).then_some(Call::Patch(patch));
    let wanted = target(config);
    let turn = (wanted != target(whole(live))).then_some(Call::Turn(wanted));
    let failed = matches!(readiness(live), Readiness::Failed(_));
    // A step that changes nothing that can be seen is there for what cannot: a secret that the workers read themselves.
    let unseen = patch.is_none() && turn.is_none();
    match wanted {
        Target::Started => {
            let restart = (failed || unseen).then_some(Call::Restart);
            [patch, turn, restart].into_iter().flatten().collect()
        }
        Target::Paused | Target::Stopped => [turn, patch].into_iter().flatten().collect(),
    }
}

/// What it is to do: only standing still is ever asked for by name, everything else is a way of running.
fn target(value: &Value) -> Target {
    match value.get("state").and_then(Value::as_text) {
        Some("PAUSED") => Target::Paused,
        Some("STOPPED") => Target::Stopped,
        Some(_) | None => Target::Started,
    }
}

fn look(workers: &Workers, id: &ResourceId) -> Result<Seen, Refusal> {
    let mut config = workers.config(&id.name)?;
    config.remove("name");
    let status = workers.status(&id.name).ok();
    let state = match status.map(|status| status.connector.state.as_str()) {
        Some(state @ ("PAUSED" | "STOPPED")) => state,
        Some(_) | None => "RUNNING",
    };
    let config = config.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
    let mut body =
        Map::from([("config".to_owned(), Value::Map(config)), ("state".to_owned(), Value::from(state))]);
    if let Some(status) = status {
        body.insert("status".to_owned(), told(status));
    }
    let (uid, body) = (Uid::new(Arc::clone(&id.name)), Body::Whole(Arc::new(Value::Map(body))));
    Ok(Seen { id: id.clone(), uid, version: Arc::from(""), body })
}

fn told(status: &Status) -> Value {
    let Status { connector, tasks } = status;
    let mut all = part(connector);
    all.insert("tasks".to_owned(), Value::List(tasks.iter().map(|task| Value::Map(part(task))).collect()));
    Value::Map(all)
}

/// Of a trace the innermost cause is told, in one line.
fn part(part: &Part) -> Map {
    let Part { state, trace } = part;
    let caused = |trace: &String| {
        let caused = trace.lines().filter_map(|line| line.strip_prefix("Caused by: ")).next_back();
        caused.or_else(|| trace.lines().next()).unwrap_or_default().to_owned()
    };
    let cause = trace.as_ref().map(|trace| ("cause".to_owned(), Value::from(caused(trace))));
    [("state".to_owned(), Value::from(state.as_str()))].into_iter().chain(cause).collect()
}
