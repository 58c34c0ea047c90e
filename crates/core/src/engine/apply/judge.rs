//! Decides from a reading what became of a step; pure, and without the step's specs.

use super::protocol::Reading;
use super::track::object;
use crate::engine::fingerprint::LeafHash;
use crate::engine::id::Uid;
use crate::engine::journal::{Doing, Expected, Moved, What};
use crate::engine::path::Path;
use crate::engine::question::{Answer, Body, Question, Scope, Seen, Trouble, Why};
use crate::engine::sketch::{self, Sketch};
use crate::engine::step::{Condition, Gate, Operation, Readiness, Repeat};
use crate::engine::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a resource is as a step expects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Same,
    Moved(Moved),
}

/// What a reading says about a step that nobody answered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It was carried out, and left this incarnation.
    Reached(Option<Uid>),
    /// Everything is as before it.
    Untouched,
    /// Each place is as before it or as wanted: a part of it was carried out, and nobody else's work is in the way.
    Begun,
    /// Neither.
    Neither(Moved),
    /// Several objects may be the one that it created.
    Several(Vec<Uid>),
    /// An operation still runs on the resource.
    Running,
    /// Nobody can tell now.
    Unreadable(Why),
}

/// Compares an answer with what a step expects.
pub(super) fn expected(expects: &Expected, answer: &Answer) -> Match {
    match (expects, answer) {
        (Expected::Absent, Answer::Seen(seen)) => Match::Moved(Moved::Appeared(seen.uid.clone())),
        (Expected::Absent, _) => Match::Same,
        (Expected::Seen(sketch), Answer::Seen(seen)) => match sketch.matches(seen) {
            sketch::Match::Same => Match::Same,
            sketch::Match::OtherUid(uid) => Match::Moved(Moved::OtherIncarnation(uid)),
            sketch::Match::Moved(places) => Match::Moved(Moved::Places(places)),
        },
        (Expected::Seen(_), _) => Match::Moved(Moved::Vanished),
    }
}

/// Returns what must be asked to find out what became of a step.
pub(super) fn questions(what: &What) -> Vec<Question> {
    let object = Question::Object(what.address.clone());
    match &what.repeat {
        Repeat::CreateOnce { .. } => vec![Question::Inventory(Scope::of(&what.address))],
        Repeat::IfNot(gate) => [object].into_iter().chain(asked(&gate.condition)).collect(),
        Repeat::Idempotent | Repeat::AtMostOnce => vec![object],
    }
}

/// Returns what a condition asks.
pub(super) fn asked(condition: &Condition) -> Vec<Question> {
    match condition {
        Condition::Ready(id) | Condition::Gone(id, _) => vec![Question::Object(id.clone())],
        Condition::Neo4j(watch) => watch.asks(),
    }
}

/// Decides what became of a step; `known` are the incarnations that the ledger has.
pub(super) fn judge(what: &What, readings: &[Reading], known: &BTreeSet<Uid>) -> Judgement {
    if readings.iter().any(|reading| reading.running.is_some()) {
        return Judgement::Running;
    }
    match &what.repeat {
        Repeat::CreateOnce { find_by, visible_after: _ } => created(find_by, readings, known),
        Repeat::IfNot(gate) if met(gate, readings) == Readiness::Ready => {
            Judgement::Reached(what.wanted.as_ref().and_then(|wanted| wanted.uid.clone()))
        }
        Repeat::IfNot(_) | Repeat::Idempotent | Repeat::AtMostOnce => {
            match object(readings, &what.address).map(|reading| &reading.answer) {
                Some(Answer::Unreadable(why)) => Judgement::Unreadable(why.clone()),
                Some(answer) => named(what, answer),
                None => Judgement::Unreadable(no_answer()),
            }
        }
    }
}

/// Judges by the resource itself, which has its name from us.
fn named(what: &What, answer: &Answer) -> Judgement {
    if let Answer::Seen(seen) = answer
        && what.wanted.as_ref().is_some_and(|wanted| shows(what, wanted) && reached(what, wanted, seen))
    {
        return Judgement::Reached(Some(seen.uid.clone()));
    }
    if let Doing::Delete(uid) | Doing::Operation(Operation::Evict { uid }) = &what.doing
        && !matches!(answer, Answer::Seen(seen) if seen.uid == *uid)
    {
        return Judgement::Reached(None);
    }
    match expected(&what.expects, answer) {
        Match::Same => Judgement::Untouched,
        Match::Moved(_) if is_begun(what, answer) => Judgement::Begun,
        Match::Moved(moved) => Judgement::Neither(moved),
    }
}

/// Compares what is read before a later attempt with what the step expects; an earlier one may have done a part.
pub(super) fn expected_again(what: &What, answer: &Answer) -> Match {
    match expected(&what.expects, answer) {
        Match::Moved(_) if is_begun(what, answer) => Match::Same,
        found => found,
    }
}

/// Tells whether a write was carried out in part: some systems take the settings of a resource and its size, or its
/// state, by requests of their own. What the system shows at no place it keeps as before.
fn is_begun(what: &What, answer: &Answer) -> bool {
    let (Doing::Write(_), Repeat::Idempotent, Expected::Seen(before), Some(after), Answer::Seen(seen)) =
        (&what.doing, &what.repeat, &what.expects, &what.wanted, answer)
    else {
        return false;
    };
    let Body::Whole(body) = &seen.body else { return false };
    let after: BTreeMap<_, _> = after.places.iter().map(|(path, hash)| (path, hash)).collect();
    before.uid.as_ref().is_none_or(|uid| *uid == seen.uid)
        && before.places.iter().all(|(path, was)| {
            let is = path.find(body).map(LeafHash::of);
            is == *was || after.get(path).is_some_and(|wanted| is == **wanted)
        })
}

/// Tells whether a write is to be seen at all: one that only sends another password, or starts something again, leaves
/// everything as it was, so what is as wanted does not prove that it was sent.
fn shows(what: &What, wanted: &Sketch) -> bool {
    match (&what.doing, &what.expects) {
        (Doing::Write(_) | Doing::Confirm, Expected::Seen(before)) => {
            let before: BTreeSet<_> = before.places.iter().collect();
            !wanted.places.iter().all(|place| before.contains(place) || what.alike.contains(&place.0))
        }
        (Doing::Write(_) | Doing::Confirm, Expected::Absent)
        | (Doing::Delete(_) | Doing::Operation(_), _) => true,
    }
}

fn reached(what: &What, wanted: &Sketch, seen: &Seen) -> bool {
    let same_incarnation = match &what.expects {
        Expected::Absent => true,
        Expected::Seen(sketch) => sketch.uid.as_ref().is_none_or(|uid| *uid == seen.uid),
    };
    same_incarnation
        && match wanted.matches(seen) {
            sketch::Match::Same => true,
            sketch::Match::Moved(places) => places.iter().all(|place| is_alike(what, place, seen)),
            sketch::Match::OtherUid(_) => false,
        }
}

/// Tells whether a place is as it was before, and was as good as wanted then: systems are sent only what differs.
fn is_alike(what: &What, place: &Path, seen: &Seen) -> bool {
    let (Expected::Seen(before), Body::Whole(body)) = (&what.expects, &seen.body) else { return false };
    let is = place.find(body).map(LeafHash::of);
    what.alike.contains(place) && before.places.iter().any(|(path, was)| path == place && *was == is)
}

/// Looks for what was created under a name that the target chose.
fn created(find_by: &Value, readings: &[Reading], known: &BTreeSet<Uid>) -> Judgement {
    let rows = readings.iter().find_map(|reading| match &reading.answer {
        Answer::Inventory { rows, complete: Ok(()) } => Some(Ok(rows)),
        Answer::Inventory { rows: _, complete: Err(why) } | Answer::Unreadable(why) => Some(Err(why)),
        Answer::Seen(_) | Answer::NotFound | Answer::Fact(_) | Answer::Rejected(_) => None,
    });
    let rows = match rows {
        Some(Ok(rows)) => rows,
        Some(Err(why)) => return Judgement::Unreadable(why.clone()),
        None => return Judgement::Unreadable(no_answer()),
    };
    let ours = |seen: &&Seen| {
        !known.contains(&seen.uid) && matches!(&seen.body, Body::Whole(body) if has(body, find_by))
    };
    let found: Vec<Uid> = rows.iter().filter(ours).map(|seen| seen.uid.clone()).collect();
    match found.as_slice() {
        [] => Judgement::Untouched,
        [one] => Judgement::Reached(Some(one.clone())),
        [_, _, ..] => Judgement::Several(found),
    }
}

/// Tells whether everything in `part` stands in `whole` as well.
fn has(whole: &Value, part: &Value) -> bool {
    match part {
        Value::Map(map) => map.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| has(whole, part))),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Output(_)
        | Value::Secret(_)
        | Value::Opaque(_) => whole == part,
    }
}

/// Tells whether a gate is met right now.
pub(super) fn met(gate: &Gate, readings: &[Reading]) -> Readiness {
    match &gate.condition {
        Condition::Ready(id) => is_ready(object(readings, id)),
        Condition::Gone(id, uid) => is_gone(object(readings, id), uid),
        Condition::Neo4j(watch) => watch.judge(&|question| {
            readings.iter().find(|reading| reading.question == *question).map(|reading| &reading.answer)
        }),
    }
}

/// Returns what has to be read for a condition ever to hold.
pub(super) fn needed(condition: &Condition) -> Vec<Question> {
    match condition {
        Condition::Ready(_) | Condition::Gone(..) => asked(condition),
        Condition::Neo4j(watch) => watch.needs(),
    }
}

fn is_ready(reading: Option<&Reading>) -> Readiness {
    let Some(reading) = reading else { return Readiness::Waiting(no_answer().message) };
    match &reading.answer {
        Answer::Unreadable(why) => Readiness::Waiting(why.message.clone()),
        Answer::NotFound => Readiness::Waiting("it is not there yet".to_owned()),
        _ => reading.readiness.clone().unwrap_or_else(|| Readiness::Waiting("nobody judged it".to_owned())),
    }
}

fn is_gone(reading: Option<&Reading>, uid: &Uid) -> Readiness {
    let Some(reading) = reading else { return Readiness::Waiting(no_answer().message) };
    match &reading.answer {
        Answer::Unreadable(why) => Readiness::Waiting(why.message.clone()),
        Answer::Seen(seen) if seen.uid == *uid => Readiness::Waiting(lingers(reading)),
        _ => Readiness::Ready,
    }
}

/// Says why something that was deleted is still there: a running operation, or the finalizers it waits for.
fn lingers(reading: &Reading) -> String {
    match (&reading.running, &reading.readiness) {
        (Some(running), _) => running.clone(),
        (None, Some(Readiness::Waiting(words))) => words.clone(),
        (None, Some(Readiness::Ready | Readiness::Failed(_)) | None) => "it is still there".to_owned(),
    }
}

fn no_answer() -> Why {
    Why { trouble: Trouble::Garbled, message: "the question was not answered".to_owned() }
}
