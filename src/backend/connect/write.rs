//! Steps as REST calls. Workers compare nothing with what was planned, so each connector is read right before it is
//! written; an identical configuration is never sent, as even that restarts a connector.

use super::Connect;
use super::calls::{Call, all_settings, begins_as_told, changes, merged, merges, state};
use super::link::{NoAnswer, is_the_workers_own, path, why_in, words};
use super::read::nonsense;
use crate::backend::http::Reply;
use crate::backend::unrecorded::{differing, operate, setting_at, take_over, too_late, whole};
use evenkeel_core::engine::apply::Sending;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{Answer, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Action, Operation, Outcome, Readiness, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::{self, connect};
use http::Method;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait before a rebalance may be over.
const BETWEEN_CALLS: Duration = Duration::from_millis(100);

/// What a worker says with a 500 that it answered before it did anything: it has no such class, or one of its providers
/// cannot fill something in. After any other 500 nobody knows.
///
/// Source: 3.9.2 and 4.3.1, asked for both.
const NOTHING_DONE: [&str; 3] =
    ["Failed to find any class", "Could not read properties from file", "Could not read"];

/// A step under way: what it is about, what was there before, and when its last call may leave.
pub(super) struct Turn<'a> {
    pub(super) address: &'a ResourceId,
    config: &'a Value,
    pub(super) before: Option<&'a Seen>,
    pub(super) leaves_until: Instant,
}

impl Connect {
    /// Carries out one step.
    pub(super) async fn carry_out(&self, sending: &Sending) -> Outcome {
        let leaves_until = Instant::now() + self.connection.deadline();
        let address = &sending.address;
        let before = match &sending.action {
            Action::Write { .. }
            | Action::Confirm { .. }
            | Action::Delete { .. }
            | Action::Operation(
                Operation::Restart
                | Operation::Stop { left: _ }
                | Operation::CarryOffsets { from: _, own: _ },
            ) => self.before(address).await,
            Action::Operation(operation) => return operate(operation, sending),
        };
        let before = match before {
            Ok(before) => before,
            Err(outcome) => return outcome,
        };
        let turn = |config| Turn { address, config, before: before.as_ref(), leaves_until };
        let done = match &sending.action {
            Action::Write { mode: WriteMode::Create, config, wanted: _ } => self.create(turn(config)).await,
            Action::Write { mode: WriteMode::Adopt | WriteMode::Own, config: _, wanted: _ } => {
                return take_over(&self.reading, address, before);
            }
            Action::Write { mode: WriteMode::Update, config, wanted: _ }
            | Action::Confirm { config, wanted: _ } => self.update(turn(config)).await,
            Action::Delete { uid: _ } => self.delete(turn(&Value::Null)).await,
            Action::Operation(Operation::Restart) => self.restart(turn(&Value::Null)).await,
            Action::Operation(Operation::Stop { left: _ }) => self.stop(turn(&Value::Null)).await,
            Action::Operation(Operation::CarryOffsets { from, own }) => {
                self.carry_offsets(turn(&Value::Null), from, *own).await
            }
            Action::Operation(operation) => Ok(operate(operation, sending)),
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

    async fn create(&self, turn: Turn<'_>) -> Result<Outcome, Outcome> {
        if let Some(seen) = turn.before {
            return Err(Outcome::Stale(Some(seen.clone())));
        }
        if state(turn.config).is_some_and(|state| state != "RUNNING") {
            self.can_begin_otherwise().await?;
        }
        self.send_all(&turn, vec![Call::create(&turn.address.name, turn.config)]).await?;
        self.until_shown(turn.address, turn.config).await
    }

    /// Workers of old do not know the field, and would begin at once.
    async fn can_begin_otherwise(&self) -> Result<(), Outcome> {
        let worker = self.worker().await.map_err(Outcome::Refused)?;
        if begins_as_told(&worker.version) {
            return Ok(());
        }
        let message = format!(
            "workers {} cannot make a connector that does not run: 3.7 and newer can",
            worker.version
        );
        Err(Outcome::Refused(Why { trouble: Trouble::Unavailable, message }))
    }

    async fn update(&self, turn: Turn<'_>) -> Result<Outcome, Outcome> {
        let Turn { address, config, before, leaves_until: _ } = turn;
        let seen = before.ok_or(Outcome::Stale(None))?;
        let (name, live, differing) = (&*address.name, whole(seen), differing(&self.reading, address, seen));
        let keys: BTreeSet<&str> = differing.iter().filter_map(|field| setting_at(&field.path)).collect();
        let changes = changes(config, live, &keys);
        let change = if changes.is_empty() { None } else { Some(self.setting(name, changes).await?) };
        let move_to = Call::turn(name, state(config), state(live));
        let failed = matches!(resources::readiness(seen), Readiness::Failed(_));
        let secrets = Path::of(&["secrets"]);
        let rotated = differing.iter().any(|field| secrets.contains(&field.path));
        let restart = || Some(Call::restart(name));
        // What is to stand still does not run with new settings first; what is to run has them first. One that failed
        // stays so until it is started anew, whatever it is to do; a stopped one reads its secrets when it starts.
        let calls = match state(config) {
            Some("RUNNING") | None => [change, move_to, restart().filter(|_| failed || rotated)],
            Some("STOPPED") => [move_to, change, restart().filter(|_| failed)],
            Some(_) => [move_to, change, restart().filter(|_| failed || rotated)],
        };
        self.send_all(&turn, calls.into_iter().flatten().collect()).await?;
        if failed {
            self.until_it_is_tried(address).await;
        }
        self.until_shown(address, config).await
    }

    async fn delete(&self, turn: Turn<'_>) -> Result<Outcome, Outcome> {
        if turn.before.is_some() {
            self.send_all(&turn, vec![Call::plain(Method::DELETE, &turn.address.name, "")]).await?;
            self.until(turn.address, |answer| *answer == Answer::NotFound).await?;
        }
        Ok(Outcome::Done(Receipt::default()))
    }

    /// Returns the call that changes settings and leaves all others as they are.
    async fn setting(&self, name: &str, changes: serde_json::Map<String, Json>) -> Result<Call, Outcome> {
        let worker = self.worker().await.map_err(Outcome::Refused)?;
        let path = path(name, "/config");
        if merges(&worker.version) {
            return Ok(Call { method: Method::PATCH, path, body: Some(Json::Object(changes)) });
        }
        let kept = self.connection.get(&self.sources, &path).await.map_err(Outcome::Refused)?;
        let Some(Json::Object(kept)) = kept else { return Err(Outcome::Stale(None)) };
        let body = merged(kept, changes).map_err(|key| {
            let version = &worker.version;
            let message = format!(
                "workers {version} take a configuration only whole and show `{key}` masked: write it into Git as well"
            );
            Outcome::Refused(Why { trouble: Trouble::Garbled, message })
        })?;
        Ok(Call { method: Method::PUT, path, body: Some(body) })
    }

    /// Sends calls in turn. Once one of them was carried out, no later one can say that nothing was.
    pub(super) async fn send_all(&self, turn: &Turn<'_>, calls: Vec<Call>) -> Result<(), Outcome> {
        let is_delete = |call: &Call| call.method == Method::DELETE;
        for (number, call) in calls.into_iter().enumerate() {
            let refused = |why| if number == 0 { Outcome::Refused(why) } else { Outcome::Unknown(why) };
            match self.outside_rebalances(&call, turn.leaves_until).await {
                Ok(Reply { code: 200..=299, body: _, date: _ }) => {}
                Ok(reply) if is_delete(&call) && is_the_workers_own(&reply, 404) => {}
                Ok(reply) if is_taken(&reply) => {
                    let Answer::Seen(seen) = self.look(turn.address).await else {
                        return Err(Outcome::Stale(None));
                    };
                    return Err(Outcome::Stale(Some(seen)));
                }
                Ok(reply) => {
                    let settings = all_settings([turn.config, turn.before.map_or(&Value::Null, whole)]);
                    let told = connect::discreet(&words(&reply), &settings);
                    let why = why_in(&format!("{} {}", call.method, call.path), &reply, &told);
                    // Workers know no rights: whoever stands before them says no.
                    let why = if reply.code == 403 { Why { trouble: Trouble::RuledOut, ..why } } else { why };
                    let is_refusal = reply.code < 500 || self.is_as_before(turn, &reply).await;
                    return Err(if is_refusal { refused(why) } else { Outcome::Unknown(why) });
                }
                Err(NoAnswer::NotSent(why)) => return Err(refused(why)),
                Err(NoAnswer::Silence(why)) => return Err(Outcome::Unknown(why)),
            }
        }
        Ok(())
    }

    /// Tells whether a worker that answered 500 by itself has done nothing.
    async fn is_as_before(&self, turn: &Turn<'_>, reply: &Reply) -> bool {
        says_that_nothing_was_done(reply) && shows_as_before(&self.look(turn.address).await, turn.before)
    }

    /// Sends a call; while workers share out their work they refuse it, having done nothing, and it is sent again.
    async fn outside_rebalances(&self, call: &Call, leaves_until: Instant) -> Result<Reply, NoAnswer> {
        let Call { method, path, body } = call;
        loop {
            if Instant::now() >= leaves_until {
                return Err(NoAnswer::NotSent(too_late(self.connection.deadline())));
            }
            let reply =
                self.connection.exchange(&self.sources, (method.clone(), path), body.as_ref()).await?;
            let is_rebalance = reply.code == 409 && !is_taken(&reply);
            if !is_rebalance || Instant::now() + BETWEEN_CALLS >= leaves_until {
                return Ok(reply);
            }
            tokio::time::sleep(BETWEEN_CALLS).await;
        }
    }
}

fn says_that_nothing_was_done(reply: &Reply) -> bool {
    let words = words(reply);
    is_the_workers_own(reply, 500) && NOTHING_DONE.iter().any(|said| words.contains(said))
}

/// Words alone do not prove it: a worker may have handed the request on before it said so.
fn shows_as_before(now: &Answer, before: Option<&Seen>) -> bool {
    match (now, before) {
        (Answer::NotFound, None) => true,
        (Answer::Seen(now), Some(before)) => {
            let set = |seen: &Seen| [whole(seen).get("config").cloned(), whole(seen).get("state").cloned()];
            set(now) == set(before)
        }
        (_, _) => false,
    }
}

/// Tells a name that is taken from a rebalance: both are 409.
fn is_taken(reply: &Reply) -> bool {
    reply.code == 409 && words(reply).contains("already exists")
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenkeel_core::engine::id::{System, Uid};
    use evenkeel_core::engine::question::Body;
    use serde_json::json;
    use std::sync::Arc;

    fn seen(file: &str, state: &str) -> Seen {
        let id = ResourceId::of(System::Connect, "Connector", "main", "read");
        let body = json!({"config": {"file": file}, "state": state, "status": {"tasks": []}});
        let body = Body::Whole(Arc::new(serde_json::from_value(body).expect("JSON is a value")));
        Seen { id, uid: Uid::new("read"), version: Arc::from(""), body }
    }

    fn reply(code: u16, body: &Json) -> Reply {
        Reply { code, body: body.to_string().into(), date: None }
    }

    #[test]
    fn a_500_is_a_refusal_only_in_the_workers_own_words_for_what_it_says_before_it_does_anything() {
        let no_class = "Failed to find any class that implements Connector and which name matches a.B";
        let own = |code, message: &str| reply(code, &json!({"error_code": code, "message": message}));
        assert!(says_that_nothing_was_done(&own(500, no_class)));
        assert!(!says_that_nothing_was_done(&own(500, "Request timed out")));
        assert!(!says_that_nothing_was_done(&own(503, no_class)));
        assert!(!says_that_nothing_was_done(&reply(500, &json!({"message": no_class}))), "a proxy's page");
    }

    #[test]
    fn a_500_after_which_a_connector_does_not_show_as_before_may_have_been_carried_out() {
        let before = seen("/a", "RUNNING");
        let shows = |now: &Seen| shows_as_before(&Answer::Seen(now.clone()), Some(&before));
        assert!(shows(&before));
        assert!(!shows(&seen("/b", "RUNNING")), "its settings are others");
        assert!(!shows(&seen("/a", "PAUSED")), "it stands still");
        assert!(shows_as_before(&Answer::NotFound, None));
        assert!(!shows_as_before(&Answer::NotFound, Some(&before)), "it is gone");
        assert!(!shows_as_before(&Answer::Seen(before.clone()), None), "it was made");
        let silence = Why { trouble: Trouble::TimedOut, message: "no answer".to_owned() };
        assert!(!shows_as_before(&Answer::Unreadable(silence), Some(&before)), "nobody can tell");
    }
}
