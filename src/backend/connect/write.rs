//! Steps as REST calls. Workers compare nothing with what was planned, so each connector is read right before it is
//! written; an identical configuration is never sent, as even that restarts a connector.

use super::Connect;
use super::link::{NoAnswer, is_the_workers_own, path, why, words};
use super::read::nonsense;
use crate::backend::http::Reply;
use evenkeel_core::engine::apply::{Precondition, Sending};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{Answer, Body, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Action, Operation, Outcome, Readiness, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::Verdict;
use evenkeel_core::resources;
use http::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// How long to wait before looking again whether a write shows, or whether a rebalance is over.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// How often to look whether a restart has begun, before what is told still is taken to be its end.
const LOOKS_FOR_A_RESTART: usize = 20;

/// One call of a step.
struct Call {
    method: Method,
    path: String,
    body: Option<Json>,
}

impl Call {
    fn plain(method: Method, name: &str, below: &str) -> Self {
        Self { method, path: path(name, below), body: None }
    }
}

impl Connect {
    /// Carries out one step.
    pub(super) async fn carry_out(&self, sending: &Sending) -> Outcome {
        let done = match &sending.action {
            Action::Write { mode: WriteMode::Create, config, wanted: _ } => {
                self.create(&sending.address, config).await
            }
            Action::Write { mode: _, config, wanted: _ } | Action::Confirm { config, wanted: _ } => {
                self.update(sending, config).await
            }
            Action::Delete { uid: _ } => self.delete(&sending.address).await,
            Action::Operation(operation) => Err(operate(operation, sending)),
        };
        done.unwrap_or_else(|outcome| outcome)
    }

    /// Refuses unless the workers are those that are meant, and reads what is there.
    async fn before(&self, address: &ResourceId) -> Result<Option<Seen>, Outcome> {
        let worker = self.worker().await.map_err(Outcome::Refused)?;
        match self.reading.ledger.pins.get(&address.connection_id()) {
            Some(pin) if *pin != worker.kafka_cluster => {
                let message = format!(
                    "the workers that answer are of cluster {}, and it was {pin} so far",
                    worker.kafka_cluster
                );
                return Err(Outcome::Refused(Why { trouble: Trouble::WrongIdentity, message }));
            }
            Some(_) | None => {}
        }
        match self.look(address).await {
            Answer::Seen(seen) => Ok(Some(seen)),
            Answer::NotFound => Ok(None),
            Answer::Unreadable(why) => Err(Outcome::Refused(why)),
            Answer::Inventory { .. } | Answer::Fact(_) | Answer::Rejected(_) => {
                Err(Outcome::Refused(nonsense("a connector was asked for and something else was answered")))
            }
        }
    }

    async fn create(&self, address: &ResourceId, config: &Value) -> Result<Outcome, Outcome> {
        if let Some(seen) = self.before(address).await? {
            return Err(Outcome::Stale(Some(seen)));
        }
        let mut body = json!({"name": &*address.name, "config": settings(config)});
        // Workers before 3.7 do not know the field, and do not need it for what runs.
        if let Some(state) = state(config).filter(|state| *state != "RUNNING") {
            body["initial_state"] = json!(state);
        }
        let call = Call { method: Method::POST, path: "/connectors".to_owned(), body: Some(body) };
        self.send_all((address, None), config, vec![call]).await?;
        self.until_shown(address, config).await
    }

    async fn update(&self, sending: &Sending, config: &Value) -> Result<Outcome, Outcome> {
        let address = &sending.address;
        let Some(seen) = self.before(address).await? else { return Err(Outcome::Stale(None)) };
        let live = whole(&seen);
        let patch = changed_settings(config, live);
        let change = match &patch {
            Json::Object(changes) if changes.is_empty() => None,
            patch => Some(self.setting(&address.name, patch, live).await?),
        };
        let wanted_state = state(config);
        let turn = wanted_state.filter(|wanted| state(live) != Some(wanted)).map(|wanted| {
            let below = match wanted {
                "PAUSED" => "/pause",
                "STOPPED" => "/stop",
                _ => "/resume",
            };
            Call::plain(Method::PUT, &address.name, below)
        });
        let failed = matches!(resources::readiness(&seen), Readiness::Failed(_));
        let restart = (failed || self.rotated(address, &seen))
            .then(|| Call::plain(Method::POST, &address.name, "/restart?includeTasks=true&onlyFailed=false"));
        // What is to stand still does not run with new settings first; what is to run has them first.
        let calls: Vec<Call> = match wanted_state {
            Some("RUNNING") | None => [change, turn, restart].into_iter().flatten().collect(),
            Some(_) => [turn, change].into_iter().flatten().collect(),
        };
        self.send_all((address, Some(&seen)), config, calls).await?;
        if failed {
            self.until_it_is_tried(address).await;
        }
        self.until_shown(address, config).await
    }

    /// Waits until the failure that was there before is no longer told. One that comes again is told by whoever waits
    /// for the connector to run.
    async fn until_it_is_tried(&self, address: &ResourceId) {
        for _look in 0..LOOKS_FOR_A_RESTART {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            match self.look(address).await {
                Answer::Seen(seen) if matches!(resources::readiness(&seen), Readiness::Failed(_)) => {}
                _ => return,
            }
        }
    }

    /// Returns the call that changes settings and leaves all others as they are.
    async fn setting(&self, name: &str, patch: &Json, live: &Value) -> Result<Call, Outcome> {
        let worker = self.worker().await.map_err(Outcome::Refused)?;
        let below = path(name, "/config");
        if merges(&worker.version) {
            return Ok(Call { method: Method::PATCH, path: below, body: Some(patch.clone()) });
        }
        let mut merged = settings(live);
        for (key, value) in patch.as_object().into_iter().flatten() {
            match (value, merged.as_object_mut()) {
                (Json::Null, Some(merged)) => drop(merged.remove(key)),
                (value, Some(merged)) => drop(merged.insert(key.clone(), value.clone())),
                (_, None) => {}
            }
        }
        Ok(Call { method: Method::PUT, path: below, body: Some(merged) })
    }

    /// Tells whether a secret that the workers' providers hold has another text than when it was applied last.
    fn rotated(&self, address: &ResourceId, seen: &Seen) -> bool {
        let (Some(form), Some(row)) =
            (self.reading.forms.get(address), self.reading.ledger.rows.get(address))
        else {
            return false;
        };
        match resources::compare(&form.normal, seen, Some(row)) {
            Verdict::Differs(difference) => {
                let secrets = Path::of(&["secrets"]);
                difference.fields.iter().any(|field| secrets.contains(&field.path))
            }
            Verdict::Same | Verdict::Own(_) | Verdict::Undecided(_) => false,
        }
    }

    async fn delete(&self, address: &ResourceId) -> Result<Outcome, Outcome> {
        let Some(seen) = self.before(address).await? else {
            return Ok(Outcome::Done(Receipt::default()));
        };
        let call = Call::plain(Method::DELETE, &address.name, "");
        self.send_all((address, Some(&seen)), &Value::Null, vec![call]).await?;
        self.until(address, |answer| *answer == Answer::NotFound).await?;
        Ok(Outcome::Done(Receipt::default()))
    }

    /// Tells whether a worker that answered 500 by itself has done nothing: it says so of an unknown class and of a secret
    /// that it cannot read as well. One that ran out of time may still do what it took on.
    async fn is_as_before(&self, address: &ResourceId, before: Option<&Seen>, reply: &Reply) -> bool {
        if !is_the_workers_own(reply, 500) || words(reply).to_lowercase().contains("timed out") {
            return false;
        }
        match (self.look(address).await, before) {
            (Answer::NotFound, None) => true,
            (Answer::Seen(now), Some(before)) => {
                let set =
                    |seen: &Seen| (whole(seen).get("config").cloned(), whole(seen).get("state").cloned());
                set(&now) == set(before)
            }
            (_, _) => false,
        }
    }

    /// Sends calls in turn. Once one of them was carried out, no later one can say that nothing was.
    async fn send_all(
        &self,
        (address, before): (&ResourceId, Option<&Seen>),
        config: &Value,
        calls: Vec<Call>,
    ) -> Result<(), Outcome> {
        let is_delete = |call: &Call| call.method == Method::DELETE;
        for (number, call) in calls.into_iter().enumerate() {
            let what = format!("{} {}", call.method, call.path);
            let refused = |why| if number == 0 { Outcome::Refused(why) } else { Outcome::Unknown(why) };
            match self.outside_rebalances(&call).await {
                Ok(Reply { code: 200..=299, body: _, date: _ }) => {}
                Ok(reply) if is_delete(&call) && is_the_workers_own(&reply, 404) => {}
                Ok(reply) if is_taken(&reply) => {
                    let Answer::Seen(seen) = self.look(address).await else {
                        return Err(Outcome::Stale(None));
                    };
                    return Err(Outcome::Stale(Some(seen)));
                }
                Ok(reply) => {
                    let Why { trouble, message } = why(&what, &reply);
                    let why = Why { trouble, message: discreet(message, config) };
                    let nothing_done = reply.code < 500 || self.is_as_before(address, before, &reply).await;
                    return Err(if nothing_done { refused(why) } else { Outcome::Unknown(why) });
                }
                Err(NoAnswer::NotSent(why)) => return Err(refused(why)),
                Err(NoAnswer::Silence(why)) => return Err(Outcome::Unknown(why)),
            }
        }
        Ok(())
    }

    /// Sends a call; while workers share out their work they refuse it, having done nothing, and it is sent again.
    async fn outside_rebalances(&self, call: &Call) -> Result<Reply, NoAnswer> {
        let Call { method, path, body } = call;
        let end = tokio::time::Instant::now() + self.connection.deadline();
        loop {
            let reply =
                self.connection.exchange(&self.sources, (method.clone(), path), body.as_ref()).await?;
            let again = reply.code == 409 && !is_taken(&reply);
            if !again || tokio::time::Instant::now() + BETWEEN_LOOKS >= end {
                return Ok(reply);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn until_shown(&self, address: &ResourceId, config: &Value) -> Result<Outcome, Outcome> {
        let shown = |answer: &Answer| match answer {
            Answer::Seen(seen) => self.shown(address, config, seen),
            _ => false,
        };
        let seen = self.until(address, shown).await?;
        let uid = seen.as_ref().map(|seen| seen.uid.clone());
        Ok(Outcome::Done(Receipt { uid, seen, ..Receipt::default() }))
    }

    /// Tells whether a connector shows all that can be seen of what was sent.
    fn shown(&self, address: &ResourceId, config: &Value, seen: &Seen) -> bool {
        let live = whole(seen);
        let same = self.reading.forms.get(address).is_none_or(|form| {
            match resources::compare(&form.normal, seen, None) {
                Verdict::Same | Verdict::Own(_) | Verdict::Undecided(_) => true,
                Verdict::Differs(difference) => {
                    difference.fields.iter().all(|field| matches!(field.wanted, Some(Value::Secret(_))))
                }
            }
        });
        let gone = |key: &String| live.at(&["config", key]).is_none();
        let nulls = config.get("config").and_then(Value::as_map).into_iter().flatten();
        same && nulls.filter(|(_, value)| **value == Value::Null).all(|(key, _)| gone(key))
    }

    /// Looks until the workers show what was sent: they take a call on, and carry it out a moment later.
    async fn until(
        &self,
        address: &ResourceId,
        is_so: impl Fn(&Answer) -> bool,
    ) -> Result<Option<Seen>, Outcome> {
        let looking = async {
            loop {
                let answer = self.look(address).await;
                if is_so(&answer) {
                    return if let Answer::Seen(seen) = answer { Some(seen) } else { None };
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        let deadline = self.connection.deadline();
        tokio::time::timeout(deadline, looking).await.map_err(|_late| {
            let seconds = deadline.as_secs_f32();
            let message = format!("the workers took the call, and do not show its effect after {seconds} s");
            Outcome::Unknown(Why { trouble: Trouble::TimedOut, message })
        })
    }
}

/// Tells a name that is taken from a rebalance: both are 409.
fn is_taken(reply: &Reply) -> bool {
    reply.code == 409 && words(reply).contains("already exists")
}

/// Tells whether workers of this version merge settings by themselves (`PATCH`, KIP-477, since 3.8).
fn merges(version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or_default());
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    (major, minor) >= (3, 8)
}

/// Workers quote values that they refuse, with what their providers filled in.
fn discreet(message: String, config: &Value) -> String {
    let settings = config.get("config").and_then(Value::as_map).into_iter().flatten();
    let mut texts = settings.filter_map(|(_, value)| value.as_text());
    if !texts.any(|text| text.contains("${")) {
        return message;
    }
    let mut parts = message.split("Invalid value ");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once(" for configuration ").map_or("", |(_, rest)| rest);
        told.push_str("Invalid value … for configuration ");
        told.push_str(rest.split(':').next().unwrap_or_default());
    }
    told
}

fn state(value: &Value) -> Option<&str> {
    value.get("state").and_then(Value::as_text)
}

fn settings(config: &Value) -> Json {
    let settings = config.get("config").and_then(Value::as_map).into_iter().flatten();
    settings.filter_map(|(key, value)| Some((key.clone(), json!(value.as_text()?)))).collect()
}

/// Returns the settings that differ, null where one goes.
fn changed_settings(config: &Value, live: &Value) -> Json {
    let settings = config.get("config").and_then(Value::as_map).into_iter().flatten();
    let changed = settings.filter_map(|(key, wanted)| {
        let live = live.at(&["config", key]).and_then(Value::as_text);
        match wanted.as_text() {
            wanted if wanted == live => None,
            wanted => Some((key.clone(), json!(wanted))),
        }
    });
    changed.collect()
}

/// What is read here is always read whole.
fn whole(seen: &Seen) -> &Value {
    static NOTHING: Value = Value::Null;
    match &seen.body {
        Body::Whole(value) => value,
        Body::Remembered => &NOTHING,
    }
}

fn operate(operation: &Operation, sending: &Sending) -> Outcome {
    match operation {
        Operation::MigrateManagers { managers: _, left: _ } => {
            Outcome::Refused(nonsense("Kafka Connect keeps no record of who manages what"))
        }
        // Nothing on the connector says whose it is, so there is nothing to take off.
        Operation::Release { environment: _, left: _ } => {
            let uid = match &sending.precondition {
                Precondition::Version(uid, _) => Some(uid.clone()),
                Precondition::Absent => None,
            };
            Outcome::Done(Receipt { uid, ..Receipt::default() })
        }
        // The journal records it; there is nothing to send.
        Operation::RecordGone
        | Operation::RecordUnseen
        | Operation::RecordOurs { .. }
        | Operation::RecordMovedFrom { from: _ }
        | Operation::RecordMovedTo { to: _ } => Outcome::Done(Receipt::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        serde_json::from_str(json).expect("reads")
    }

    #[test]
    fn only_settings_that_differ_are_sent_and_one_that_goes_is_null() {
        let wanted = value(r#"{"config": {"file": "/b", "topic": "t", "old": null, "gone": null}}"#);
        let live = value(r#"{"config": {"file": "/a", "topic": "t", "old": "1", "theirs": "2"}}"#);
        assert_eq!(changed_settings(&wanted, &live), json!({"file": "/b", "old": null}));
    }

    #[test]
    fn workers_merge_settings_by_themselves_since_3_8() {
        assert!(merges("3.8.0") && merges("3.9.2") && merges("4.3.1-ccs"));
        assert!(!merges("3.7.2") && !merges("2.8.0") && !merges("unknown"));
    }

    #[test]
    fn what_a_provider_filled_in_is_not_repeated() {
        let config = value(r#"{"config": {"port": "${file:/secrets:port}"}}"#);
        let message = "Invalid value hunter2 for configuration port: Not a number".to_owned();
        assert_eq!(discreet(message.clone(), &config), "Invalid value … for configuration port");
        let plain = value(r#"{"config": {"port": "x"}}"#);
        assert_eq!(discreet(message.clone(), &plain), message);
    }
}
