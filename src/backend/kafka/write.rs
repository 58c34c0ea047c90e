//! Steps as admin requests. Brokers compare nothing with what was planned, so each resource is read right before it is
//! written; and what they show follows a write by milliseconds, so it is read after it until it shows.

use super::connect::Failed;
use super::read::{self, Sort};
use super::topics::Change;
use super::words::{failed, nonsense};
use super::{Kafka, acls, topics, users};
use crate::backend::unrecorded::{differing, operate, setting_at, take_over, too_late, whole};
use crate::secret::Unsent;
use evenkeel_core::engine::apply::{Precondition, Sending};
use evenkeel_core::engine::id::{ConnectionId, ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Action, Outcome, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::Verdict;
use evenkeel_core::resources;
use evenkeel_kafka_admin::{Acl, Client, Code, Error, ScramChange};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait before looking again whether a write shows.
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

/// A step under way: what it is about, and when its last request may leave.
#[derive(Clone, Copy)]
struct Turn<'a> {
    sort: Sort,
    address: &'a ResourceId,
    leaves_until: Instant,
}

/// One request of a step.
enum Request {
    CreateTopic(Arc<Value>),
    ChangeTopic(Change),
    DeleteTopic,
    CreateAcls(Vec<Acl>),
    DeleteAcls(Vec<Acl>),
    Scram(Vec<ScramChange>),
}

impl Request {
    fn send(self, client: &Client, name: &str) -> Result<(), Error> {
        match self {
            Self::CreateTopic(config) => topics::create(client, name, &config),
            Self::ChangeTopic(change) => topics::change(client, name, change),
            Self::DeleteTopic => topics::delete(client, name),
            Self::CreateAcls(entries) => acls::create(client, &entries),
            Self::DeleteAcls(entries) => acls::delete(client, &entries),
            Self::Scram(changes) => users::send(client, name, &changes),
        }
    }
}

impl Kafka {
    /// Carries out one step.
    pub(super) async fn carry_out(&self, sending: &Sending) -> Outcome {
        let address = &sending.address;
        let Some(sort) = Sort::of(address) else {
            return Outcome::Refused(nonsense(format!("Kafka has no {}", address.kind)));
        };
        let turn = Turn { sort, address, leaves_until: Instant::now() + self.connection.deadline() };
        let done = match &sending.action {
            Action::Write { mode, config, wanted: _ } => self.write(turn, sending, *mode, config).await,
            Action::Confirm { config, wanted: _ } => {
                self.write(turn, sending, WriteMode::Update, config).await
            }
            Action::Delete { uid } => self.delete(turn, uid).await,
            Action::Operation(operation) => Err(operate(operation, sending)),
        };
        done.unwrap_or_else(|outcome| outcome)
    }

    /// Refuses unless the cluster is the one that is meant, and reads what is there.
    async fn before(&self, sort: Sort, address: &ResourceId) -> Result<Option<Seen>, Outcome> {
        let identity = self.connection.identity(&self.sources).await.map_err(Outcome::Refused)?;
        self.is_pinned(&address.connection_id(), &identity).map_err(Outcome::Refused)?;
        match self.look(sort, address).await {
            Answer::Seen(seen) => Ok(Some(seen)),
            Answer::NotFound => Ok(None),
            Answer::Unreadable(why) => Err(Outcome::Refused(why)),
            Answer::Inventory { .. } | Answer::Fact(_) | Answer::Rejected(_) => {
                Err(Outcome::Refused(nonsense("a resource was asked for and something else was answered")))
            }
        }
    }

    fn is_pinned(&self, connection: &ConnectionId, identity: &str) -> Result<(), Why> {
        match self.reading.ledger.pins.get(connection) {
            Some(pin) if **pin != *identity => {
                let message = format!("the cluster that answers is {identity}, and it was {pin} so far");
                Err(Why { trouble: Trouble::WrongIdentity, message })
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn look(&self, sort: Sort, address: &ResourceId) -> Answer {
        let asked = [address.clone()];
        let found = self.connection.with(&self.sources, move |client| sort.look_up(client, &asked)).await;
        match found {
            Ok(mut found) => match found.remove(address) {
                Some(found) => read::answer(found),
                None => Answer::Unreadable(nonsense("the brokers left it out of their answer")),
            },
            Err(failed) => Answer::Unreadable(failed.why()),
        }
    }

    async fn write(
        &self,
        turn: Turn<'_>,
        sending: &Sending,
        mode: WriteMode,
        config: &Arc<Value>,
    ) -> Result<Outcome, Outcome> {
        let Turn { sort, address, leaves_until: _ } = turn;
        let live = self.before(sort, address).await?;
        match (mode, &live) {
            (WriteMode::Create, None) => {}
            (WriteMode::Create, Some(_)) => return Err(Outcome::Stale(live)),
            (WriteMode::Update | WriteMode::Adopt | WriteMode::Own, Some(seen))
                if is_another(sending, seen) =>
            {
                return Err(Outcome::Stale(live));
            }
            (WriteMode::Adopt | WriteMode::Own, _) => return Ok(take_over(&self.reading, address, live)),
            (WriteMode::Update, Some(_)) => {}
            (WriteMode::Update, None) => return Err(Outcome::Stale(None)),
        }
        let requests = self.requests(sort, address, config, live.as_ref()).await?;
        self.send_all(turn, requests).await?;
        let seen = self.until(sort, address, |answer| self.shown(address, config, answer)).await?;
        let uid = seen.as_ref().map(|seen| seen.uid.clone());
        Ok(Outcome::Done(Receipt { uid, seen, ..Receipt::default() }))
    }

    async fn delete(&self, turn: Turn<'_>, uid: &Uid) -> Result<Outcome, Outcome> {
        let Turn { sort, address, leaves_until: _ } = turn;
        let Some(live) = self.before(sort, address).await? else {
            return Ok(Outcome::Done(Receipt::default()));
        };
        if live.uid != *uid {
            return Err(Outcome::Stale(Some(live)));
        }
        let request = match sort {
            Sort::Topic => Request::DeleteTopic,
            Sort::Acl => {
                Request::DeleteAcls(entries(address, None, Some(&live)).map_err(Outcome::Refused)?.surplus)
            }
            Sort::User => Request::Scram(users::deletions(&address.name, whole(&live))),
        };
        self.send_all(turn, vec![request]).await?;
        let gone = |answer: &Answer| match answer {
            Answer::NotFound => true,
            // Somebody has made another one already.
            Answer::Seen(seen) => sort == Sort::Topic && seen.uid != *uid,
            _ => false,
        };
        self.until(sort, address, gone).await?;
        Ok(Outcome::Done(Receipt::default()))
    }

    /// Returns the requests that bring what is live to what is wanted; none if it is so already.
    async fn requests(
        &self,
        sort: Sort,
        address: &ResourceId,
        config: &Arc<Value>,
        live: Option<&Seen>,
    ) -> Result<Vec<Request>, Outcome> {
        Ok(match (sort, live) {
            (Sort::Topic, None) => vec![Request::CreateTopic(Arc::clone(config))],
            (Sort::Topic, Some(live)) => {
                let fields = differing(&self.reading, address, live);
                let keys = fields.iter().filter_map(|field| setting_at(&field.path)).collect();
                let changes = topics::changes(config, whole(live), &keys);
                changes.into_iter().map(Request::ChangeTopic).collect()
            }
            (Sort::Acl, live) => {
                let acls::Difference { missing, surplus } =
                    entries(address, Some(config), live).map_err(Outcome::Refused)?;
                let create = (!missing.is_empty()).then_some(Request::CreateAcls(missing));
                let delete = (!surplus.is_empty()).then_some(Request::DeleteAcls(surplus));
                create.into_iter().chain(delete).collect()
            }
            (Sort::User, _) => {
                let key = &self.reading.key;
                let wire = self.sources.fill_in_as_planned(address, config, key).await;
                let wire = wire.map_err(|unsent| match unsent {
                    Unsent::Unread(why) => Outcome::Refused(why),
                    Unsent::Rotated => Outcome::Stale(None),
                })?;
                vec![Request::Scram(users::changes(&address.name, &wire))]
            }
        })
    }

    /// Sends requests in turn. Once one of them was carried out, no later one can say that nothing was.
    async fn send_all(&self, turn: Turn<'_>, requests: Vec<Request>) -> Result<(), Outcome> {
        let Turn { sort, address, leaves_until } = turn;
        for (number, request) in requests.into_iter().enumerate() {
            if Instant::now() >= leaves_until {
                let why = too_late(self.connection.deadline());
                return Err(if number == 0 { Outcome::Refused(why) } else { Outcome::Unknown(why) });
            }
            let name = Arc::clone(&address.name);
            let sent = self.connection.with(&self.sources, move |client| request.send(client, &name)).await;
            match sent {
                Ok(()) => {}
                Err(Failed::Request(error)) if error.code() == Some(Code::TOPIC_ALREADY_EXISTS) => {
                    let seen = match self.look(sort, address).await {
                        Answer::Seen(seen) => Some(seen),
                        _ => None,
                    };
                    return Err(Outcome::Stale(seen));
                }
                Err(error) if number == 0 => return Err(failed(error)),
                Err(error) => return Err(Outcome::Unknown(error.why())),
            }
        }
        Ok(())
    }

    /// Looks until the brokers show what was written; returns it.
    async fn until(
        &self,
        sort: Sort,
        address: &ResourceId,
        is_so: impl Fn(&Answer) -> bool,
    ) -> Result<Option<Seen>, Outcome> {
        let looking = async {
            loop {
                let answer = self.look(sort, address).await;
                if is_so(&answer) {
                    return Ok(if let Answer::Seen(seen) = answer { Some(seen) } else { None });
                }
                if let Answer::Unreadable(why) = answer
                    && why.trouble.is_denial()
                {
                    // Whoever may not look any more sees it at no later time either.
                    return Err(why);
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        let deadline = self.connection.deadline();
        let shown = tokio::time::timeout(deadline, looking).await.unwrap_or_else(|_late| {
            let seconds = deadline.as_secs_f32();
            let message =
                format!("the brokers took the request, and do not show its effect after {seconds} s");
            Err(Why { trouble: Trouble::TimedOut, message })
        });
        shown.map_err(Outcome::Unknown)
    }

    /// Tells whether a resource shows all that can be seen of what was sent.
    fn shown(&self, address: &ResourceId, config: &Value, answer: &Answer) -> bool {
        let Answer::Seen(seen) = answer else { return false };
        let same = self.reading.forms.get(address).is_none_or(|form| {
            match resources::compare(&form.normal, seen, None) {
                Verdict::Same | Verdict::Own(_) | Verdict::Undecided(_) => true,
                Verdict::Differs(difference) => {
                    difference.fields.iter().all(|field| matches!(field.wanted, Some(Value::Secret(_))))
                }
            }
        });
        same && is_gone(config, whole(seen))
    }
}

/// Tells whether it is another incarnation than the one that was planned.
fn is_another(sending: &Sending, seen: &Seen) -> bool {
    matches!(&sending.precondition, Precondition::Version(uid, _) if *uid != seen.uid)
}

/// Tells whether all that is sent as null is no longer there.
fn is_gone(sent: &Value, live: &Value) -> bool {
    match (sent, live) {
        (Value::Null, _) => false,
        (Value::Map(sent), Value::Map(live)) => {
            sent.iter().all(|(key, sent)| live.get(key).is_none_or(|live| is_gone(sent, live)))
        }
        (_, _) => true,
    }
}

fn entries(
    address: &ResourceId,
    wanted: Option<&Value>,
    live: Option<&Seen>,
) -> Result<acls::Difference, Why> {
    acls::difference(&address.name, wanted, live.map(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_was_taken_away_is_shown_once_it_is_no_longer_there() {
        let value = |json| serde_json::from_str::<Value>(json).expect("reads");
        let sent = value(r#"{"config": {"retention.ms": null, "segment.ms": "5"}}"#);
        assert!(!is_gone(&sent, &value(r#"{"config": {"retention.ms": "1"}}"#)));
        assert!(is_gone(&sent, &value(r#"{"config": {"segment.ms": "5"}}"#)));
    }
}
