//! What is done to connectors beside writing them: started again, stopped, and moved on to where another one stands.

use super::Connect;
use super::calls::Call;
use super::link::{NoAnswer, path, why};
use super::read::nonsense;
use super::settle::BETWEEN_LOOKS;
use super::write::Turn;
use crate::backend::unrecorded::whole;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::question::{Answer, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Outcome, OwnOffsets, Readiness, Receipt};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources;
use http::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait before each try to start something again; what keeps it from running may be gone by then.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

/// How often to look whether what was started again fails again: tasks that cannot begin say so within a second or two.
const LOOKS_FOR_A_RESTART: usize = 20;

/// Where a connector stands: what it calls the parts of its source, and how far it is in each.
type Offsets = Vec<(Json, Json)>;

impl Connect {
    /// Starts what failed again, each time after a longer pause. What fails still is told by whoever waits for it to run.
    pub(super) async fn restart(&self, turn: Turn<'_>) -> Result<Outcome, Outcome> {
        let seen = turn.before.ok_or(Outcome::Stale(None))?;
        for pause in PAUSES {
            if Instant::now() + pause >= turn.leaves_until || !self.has_failed(turn.address).await {
                break;
            }
            tokio::time::sleep(pause).await;
            self.send_all(&turn, vec![Call::restart(&turn.address.name)]).await?;
            self.until_it_fails_again(turn.address).await;
        }
        Ok(done(seen))
    }

    async fn has_failed(&self, address: &ResourceId) -> bool {
        matches!(self.look(address).await, Answer::Seen(seen)
            if matches!(resources::readiness(&seen), Readiness::Failed(_)))
    }

    /// Waits until the failure that was there before is no longer told, and then for one that comes again.
    async fn until_it_fails_again(&self, address: &ResourceId) {
        let mut is_of_before = true;
        for _look in 0..LOOKS_FOR_A_RESTART {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            match (self.has_failed(address).await, is_of_before) {
                (true, true) | (false, false) => {}
                (false, true) => is_of_before = false,
                (true, false) => return,
            }
        }
    }

    /// Has a connector stand still.
    pub(super) async fn stop(&self, turn: Turn<'_>) -> Result<Outcome, Outcome> {
        let seen = turn.before.ok_or(Outcome::Stale(None))?;
        if !resources::is_stopped(seen) {
            self.send_all(&turn, vec![Call::plain(Method::PUT, &turn.address.name, "/stop")]).await?;
        }
        let stopped = |answer: &Answer| matches!(answer, Answer::Seen(seen) if stands_still(seen));
        self.until(turn.address, stopped).await?;
        Ok(done(seen))
    }

    /// Moves a connector on to where another one stands, both standing still. Where it is there already, nothing is sent.
    pub(super) async fn carry_offsets(
        &self,
        turn: Turn<'_>,
        from: &ResourceId,
        own: OwnOffsets,
    ) -> Result<Outcome, Outcome> {
        let (to, seen) = (turn.address, turn.before.ok_or(Outcome::Stale(None))?);
        if !stands_still(seen) {
            return Err(Outcome::Stale(Some(seen.clone())));
        }
        match self.look(from).await {
            Answer::Seen(old) if stands_still(&old) => {}
            Answer::Unreadable(why) => return Err(Outcome::Refused(why)),
            _ => return Err(Outcome::Refused(held(format!("{from} does not stand still")))),
        }
        let wanted = self.offsets(from).await.map_err(Outcome::Refused)?;
        let there = self.offsets(to).await.map_err(Outcome::Refused)?;
        if same(&there, &wanted) {
            return Ok(done(seen));
        }
        if !there.is_empty() && own == OwnOffsets::Keep {
            return Err(Outcome::Refused(held(format!(
                "{} has offsets of an earlier connector of this name; an Approval `resetOffsets` for {to} replaces \
                 them by those of {}",
                to.name, from.name
            ))));
        }
        let call = Call {
            method: Method::PATCH,
            path: path(&to.name, "/offsets"),
            body: Some(patch(&there, &wanted)),
        };
        self.send_all(&turn, vec![call]).await?;
        self.until_it_stands_at(to, &wanted).await?;
        Ok(done(seen))
    }

    async fn until_it_stands_at(&self, address: &ResourceId, wanted: &Offsets) -> Result<(), Outcome> {
        let end = Instant::now() + self.connection.deadline();
        loop {
            match self.offsets(address).await {
                Ok(there) if same(&there, wanted) => return Ok(()),
                Err(why) => return Err(Outcome::Unknown(why)),
                Ok(_) if Instant::now() >= end => {
                    let message = "the workers took the offsets, and do not show them".to_owned();
                    return Err(Outcome::Unknown(Why { trouble: Trouble::TimedOut, message }));
                }
                Ok(_) => tokio::time::sleep(BETWEEN_LOOKS).await,
            }
        }
    }

    async fn offsets(&self, address: &ResourceId) -> Result<Offsets, Why> {
        let what = path(&address.name, "/offsets");
        let reply = self.connection.exchange(&self.sources, (Method::GET, &what), None).await;
        let reply = reply.map_err(NoAnswer::why)?;
        if reply.code != 200 {
            return Err(why(&format!("GET {what}"), &reply));
        }
        let told: Json =
            serde_json::from_slice(&reply.body).map_err(|error| nonsense(format!("GET {what}: {error}")))?;
        let parts = told.get("offsets").and_then(Json::as_array);
        let parts = parts.ok_or_else(|| nonsense(format!("GET {what}: no offsets in it")))?;
        let of = |part: &Json, key: &str| part.get(key).cloned().unwrap_or_default();
        Ok(parts.iter().map(|part| (of(part, "partition"), of(part, "offset"))).collect())
    }
}

fn done(seen: &Seen) -> Outcome {
    Outcome::Done(Receipt { uid: Some(seen.uid.clone()), ..Receipt::default() })
}

fn held(message: String) -> Why {
    Why { trouble: Trouble::Unavailable, message }
}

/// Tells whether a connector is stopped and none of its tasks is left.
fn stands_still(seen: &Seen) -> bool {
    let tasks = whole(seen).at(&["status", "tasks"]).and_then(Value::as_list);
    resources::is_stopped(seen) && tasks.is_none_or(<[Value]>::is_empty)
}

/// Their order says nothing.
fn same(one: &Offsets, other: &Offsets) -> bool {
    one.len() == other.len() && one.iter().all(|part| other.contains(part))
}

/// Returns what brings offsets to what is wanted: null where one goes.
fn patch(there: &Offsets, wanted: &Offsets) -> Json {
    let gone = there.iter().filter(|(partition, _)| wanted.iter().all(|(other, _)| other != partition));
    let gone = gone.map(|(partition, _)| json!({"partition": partition, "offset": null}));
    let set = wanted.iter().map(|(partition, offset)| json!({"partition": partition, "offset": offset}));
    json!({"offsets": set.chain(gone).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: &str, position: u32) -> (Json, Json) {
        (json!({"filename": file}), json!({"position": position}))
    }

    #[test]
    fn a_part_that_the_old_one_does_not_have_goes() {
        let patch = patch(&vec![at("/a", 1), at("/b", 2)], &vec![at("/a", 5)]);
        assert_eq!(
            patch,
            json!({"offsets": [
                {"partition": {"filename": "/a"}, "offset": {"position": 5}},
                {"partition": {"filename": "/b"}, "offset": null},
            ]})
        );
    }

    #[test]
    fn offsets_are_the_same_in_any_order() {
        assert!(same(&vec![at("/a", 1), at("/b", 2)], &vec![at("/b", 2), at("/a", 1)]));
        assert!(!same(&vec![at("/a", 1)], &vec![at("/a", 2)]));
    }
}
