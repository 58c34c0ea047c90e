//! Steps as statements. Servers compare nothing with what was planned, so each row is read right before it is written;
//! and what is asked for is reached later, so it is read after it until it shows.

use super::Neo4j;
use super::link::Failed;
use super::read::{identity, nonsense};
use crate::backend::unrecorded::{operate, take_over, too_late};
use crate::secret::Unsent;
use evenkeel_core::engine::apply::{Precondition, Sending};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Action, Operation, Outcome, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::Verdict;
use evenkeel_core::resources;
use evenkeel_core::resources::neo4j::query::{self, Refusal, Told};
use evenkeel_core::resources::neo4j::statements::{self, Statement};
use evenkeel_core::resources::neo4j::{SERVER, answers, waits_for_a_restart};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait before looking again whether a write shows.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// A step under way: what it is about, what was there before, and when its last statement may leave.
struct Turn<'a> {
    address: &'a ResourceId,
    before: Option<&'a Seen>,
    told: &'a Told,
    leaves_until: Instant,
}

impl Neo4j {
    /// Carries out one step.
    pub(super) async fn carry_out(&self, sending: &Sending) -> Outcome {
        let leaves_until = Instant::now() + self.connection.deadline();
        let address = &sending.address;
        let (mode, config) = match &sending.action {
            Action::Write { mode, config, wanted: _ } => (*mode, config),
            Action::Confirm { config, wanted: _ } => (WriteMode::Update, config),
            Action::Delete { uid } => {
                return self.delete(address, uid, leaves_until).await.unwrap_or_else(|outcome| outcome);
            }
            Action::Operation(operation @ (Operation::Cordon | Operation::Deallocate { moves: _ })) => {
                let outcome = self.take_out(operation, sending, leaves_until).await;
                return outcome.unwrap_or_else(|outcome| outcome);
            }
            Action::Operation(operation) => return operate(operation, sending),
        };
        let told = match self.before(address).await {
            Ok(told) => told,
            Err(outcome) => return outcome,
        };
        let live = match answers::look(address, &told) {
            Ok(live) => live,
            Err(unanswered) => return Outcome::Refused(unanswered.why(&address.to_string())),
        };
        match (mode, &live) {
            (WriteMode::Create, None) => {}
            // A server is not made by a statement: it comes with its pod, and is let in once it runs.
            (WriteMode::Create, Some(_)) if address.kind.as_str() == SERVER => {}
            (WriteMode::Create, Some(_)) => return Outcome::Stale(live),
            (WriteMode::Update | WriteMode::Adopt | WriteMode::Own, Some(seen))
                if is_another(sending, seen) =>
            {
                return Outcome::Stale(live);
            }
            (WriteMode::Adopt | WriteMode::Own, _) => return take_over(&self.reading, address, live),
            (WriteMode::Update, Some(_)) => {}
            (WriteMode::Update, None) => return Outcome::Stale(None),
        }
        let turn = Turn { address, before: live.as_ref(), told: &told, leaves_until };
        self.write(&turn, config).await.unwrap_or_else(|outcome| outcome)
    }

    /// Refuses unless the cluster is the one that is meant, and reads what is there.
    async fn before(&self, address: &ResourceId) -> Result<Told, Outcome> {
        let identity = identity(&self.connection, &self.sources).await.map_err(Outcome::Refused)?;
        match self.reading.ledger.pins.get(&address.connection_id()) {
            Some(pin) if **pin != *identity => {
                let message = format!("the cluster that answers is {identity}, and it was {pin} so far");
                return Err(Outcome::Refused(Why { trouble: Trouble::WrongIdentity, message }));
            }
            Some(_) | None => {}
        }
        Ok(self.connection.hear(&self.sources, query::of_row(address)).await.told)
    }

    async fn write(&self, turn: &Turn<'_>, config: &Arc<Value>) -> Result<Outcome, Outcome> {
        let Turn { address, before, told, leaves_until: _ } = *turn;
        if before.is_none() && address.kind.as_str() == SERVER {
            return Err(Outcome::Refused(nonsense("a server comes with its pod")));
        }
        let wire = self.sources.fill_in_as_planned(address, config, &self.reading.key).await;
        let wire = wire.map_err(|unsent| match unsent {
            Unsent::Unread(why) => Outcome::Refused(why),
            Unsent::Rotated => Outcome::Stale(None),
        })?;
        let wanted: Value = serde_json::from_value(wire.expose().clone())
            .map_err(|_quoting_secrets| Outcome::Refused(nonsense("it cannot be written down")))?;
        self.send_all(turn, &statements::to_write(address, before, &wanted, told)).await?;
        let shown = |answer: &Answer| matches!(answer, Answer::Seen(seen) if self.is_shown(seen));
        let seen = self.until(address, shown).await?;
        let uid = seen.as_ref().map(|seen| seen.uid.clone());
        Ok(Outcome::Done(Receipt { uid, seen, ..Receipt::default() }))
    }

    /// Gives a server no further databases, or takes those away that it has.
    async fn take_out(
        &self,
        operation: &Operation,
        sending: &Sending,
        leaves_until: Instant,
    ) -> Result<Outcome, Outcome> {
        let address = &sending.address;
        let told = self.before(address).await?;
        let live = answers::look(address, &told);
        let live = live.map_err(|unanswered| Outcome::Refused(unanswered.why(&address.to_string())))?;
        let Some(live) = live.filter(|live| !is_another(sending, live)) else {
            return Err(Outcome::Stale(None));
        };
        let turn = Turn { address, before: Some(&live), told: &told, leaves_until };
        let statements: Vec<Statement> = statements::to_operate(&live, operation).into_iter().collect();
        self.send_all(&turn, &statements).await?;
        Ok(Outcome::Done(Receipt { uid: Some(live.uid), ..Receipt::default() }))
    }

    async fn delete(
        &self,
        address: &ResourceId,
        uid: &Uid,
        leaves_until: Instant,
    ) -> Result<Outcome, Outcome> {
        let told = self.before(address).await?;
        let live = answers::look(address, &told);
        let live = live.map_err(|unanswered| Outcome::Refused(unanswered.why(&address.to_string())))?;
        let Some(live) = live else { return Ok(Outcome::Done(Receipt::default())) };
        if live.uid != *uid {
            return Err(Outcome::Stale(Some(live)));
        }
        let turn = Turn { address, before: Some(&live), told: &told, leaves_until };
        self.send_all(&turn, &[statements::to_delete(&live)]).await?;
        // Another one of the name may be there already.
        let gone = |answer: &Answer| match answer {
            Answer::NotFound => true,
            Answer::Seen(seen) => seen.uid != *uid,
            _ => false,
        };
        self.until(address, gone).await?;
        Ok(Outcome::Done(Receipt::default()))
    }

    /// Sends statements in turn. Once one of them was carried out, no later one can say that nothing was.
    async fn send_all(&self, turn: &Turn<'_>, statements: &[Statement]) -> Result<(), Outcome> {
        for (number, statement) in statements.iter().enumerate() {
            let refused = |why| if number == 0 { Outcome::Refused(why) } else { Outcome::Unknown(why) };
            if Instant::now() >= turn.leaves_until {
                return Err(refused(too_late(self.connection.deadline())));
            }
            match self.connection.change(&self.sources, statement).await {
                Ok(_rows) => {}
                Err(Failed::Refused(refusal)) if statement.is_done_already(&refusal) => {}
                Err(Failed::NotSent(why)) => return Err(refused(why)),
                Err(Failed::Silence(why)) => return Err(Outcome::Unknown(why)),
                Err(Failed::Refused(refusal)) => {
                    let why = Why { trouble: refusal.trouble(), message: refusal.to_string() };
                    return Err(if did_nothing(&refusal) { refused(why) } else { Outcome::Unknown(why) });
                }
            }
        }
        Ok(())
    }

    /// Looks until the servers show what was written; returns it.
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
            let message =
                format!("the servers took the statement, and do not show its effect after {seconds} s");
            Outcome::Unknown(Why { trouble: Trouble::TimedOut, message })
        })
    }

    /// Tells whether a row shows all that can be seen of what was sent: passwords it never shows, and what a server reads
    /// when it starts it shows after that.
    fn is_shown(&self, seen: &Seen) -> bool {
        let Some(form) = self.reading.forms.get(&seen.id) else { return true };
        match resources::compare(&form.normal, seen, None) {
            Verdict::Same | Verdict::Own(_) | Verdict::Undecided(_) => true,
            Verdict::Differs(difference) => difference.fields.iter().all(|field| {
                let is_secret = matches!(field.wanted, Some(Value::Secret(_)));
                is_secret || waits_for_a_restart(&seen.id, &field.path)
            }),
        }
    }
}

/// Tells whether it is another incarnation than the one that was planned.
fn is_another(sending: &Sending, seen: &Seen) -> bool {
    matches!(&sending.precondition, Precondition::Version(uid, _) if *uid != seen.uid)
}

/// Tells whether a refusal says that nothing was done. A replication that failed may still come to be, and after an error
/// of the database itself nobody knows; a constraint that its data or its edition does not allow was not made.
fn did_nothing(refusal: &Refusal) -> bool {
    let Refusal { code, message: _ } = refusal;
    let is_of_constraint = code.starts_with("Neo.DatabaseError.Schema.ConstraintCreationFailed");
    let may_come =
        code.starts_with("Neo.DatabaseError.") || code == "Neo.TransientError.Cluster.ReplicationFailure";
    is_of_constraint || !may_come
}
