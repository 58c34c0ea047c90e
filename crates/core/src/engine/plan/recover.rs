//! Rebuilds a lost ledger: what carries our marker and our hand is ours again, whether Git still wants it or not.
//!
//! The plan only records; nothing live is written by it. A label can be copied (an `EndpointSlice` has those of its
//! Service), so the marker alone proves nothing: the object must have an entry of our own applies as well.

use super::build::named;
use super::draft::Draft;
use super::goal::Goal;
use super::inputs::{Inputs, Recovering};
use super::kinds::Kinds;
use super::moves::Moves;
use super::order::{Needs, order};
use super::round::Round;
use super::survey::{State, Subject, Survey};
use super::{Plan, Tally, Unknown};
use crate::engine::id::{EnvironmentName, Kind, PlanId, ResourceId, System, TreeHash};
use crate::engine::ledger::Generated;
use crate::engine::live::Live;
use crate::engine::question::{Answer, Fact, FactId, Question, Scope, Seen, Why};
use crate::engine::sketch::Sketch;
use crate::engine::step::{Action, Expects, Operation, Reason, Remember};
use crate::engine::value::{SecretRef, SecretSource};
use crate::engine::verdict::Verdict;
use crate::resources;
use std::collections::BTreeMap;

/// Asks for everything with our marker, in every kind that is served anywhere.
pub(super) fn search(recovering: &Recovering, kinds: &Kinds<'_>, round: &mut Round<'_>) {
    for connection in &recovering.connections {
        for kind in kinds.served_by(connection) {
            let (system, connection) = (System::Kubernetes, connection.clone());
            let scope = Scope { system, connection, kind: kind.clone(), namespace: None };
            let _inventory = round.ask(Question::Inventory(scope));
        }
    }
}

/// Makes the plan that writes down what is ours and not in what is left of the ledger.
pub(super) fn recover(inputs: &Inputs, recovering: &Recovering, survey: &Survey<'_>, known: &Live) -> Plan {
    let environment = &inputs.desired.environment;
    let ours = marked(known).filter(|seen| resources::is_marked(seen, environment.as_str()));
    let is_known = |seen: &&Seen| recovering.ledger.rows.get(&seen.id).is_some_and(|row| row.uid == seen.uid);
    let lost: BTreeMap<&ResourceId, &Seen> =
        ours.filter(|seen| !is_known(seen)).map(|seen| (&seen.id, seen)).collect();
    let drafts = lost.into_values().map(|seen| record(seen, survey.wanted.get(&seen.id)));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let steps = order(drafts.collect(), &Needs::new(), (&Moves::default(), None));
    let steps = inputs.mechanisms.sort(steps, known);
    named(Plan {
        id: PlanId::new(""),
        environment: environment.clone(),
        // No apply of these specs is continued by this, and this is continued by none.
        tree: TreeHash::new(format!("recovery-{}", inputs.desired.tree)),
        revision: inputs.revision.clone(),
        seen: known.oldest(),
        steps,
        waiting: Vec::new(),
        held: Vec::new(),
        unknown: unread(recovering, known),
        tally: Tally { wanted: count(survey.wanted.len()), ..Tally::default() },
        expected_deletes: None,
        remarks: Vec::new(),
        unwell: Vec::new(),
        advice: Vec::new(),
        base: inputs.base.clone(),
        goal: Goal::Converge,
        digested_under: inputs.digested_under,
    })
}

/// Counts what carries the marker of an environment and was never applied by us: controllers copy labels.
#[must_use]
pub fn copies(known: &Live, environment: &EnvironmentName) -> usize {
    let copied = marked(known)
        .filter(|seen| resources::claimed_by_another(seen, environment.as_str()).is_none())
        .filter(|seen| !resources::is_marked(seen, environment.as_str()));
    copied.map(|seen| &seen.id).collect::<std::collections::BTreeSet<_>>().len()
}

/// Returns everything that was listed by its marker.
pub(super) fn marked(known: &Live) -> impl Iterator<Item = &Seen> {
    known.iter().flat_map(|(_, answered)| match &answered.answer {
        Answer::Inventory { rows, complete: _ } => rows.as_slice(),
        Answer::Seen(_) | Answer::NotFound | Answer::Fact(_) => &[],
        Answer::Unreadable(_) | Answer::Rejected(_) => &[],
    })
}

fn record(seen: &Seen, wanted: Option<&Subject<'_>>) -> Draft {
    let compared = wanted.and_then(|subject| match &subject.state {
        State::Compared { form, seen: _, verdict } => Some((*form, verdict)),
        State::Refused(_) | State::Unreadable(_) | State::Absent(_) => None,
    });
    let (remember, expects) = match compared {
        Some((form, Verdict::Same)) => (Remember::Looks, resources::sketch_seen(&form.normal, seen)),
        Some((_, Verdict::Own(_) | Verdict::Differs(_) | Verdict::Undecided(_))) | None => {
            (Remember::Nothing, Sketch { uid: Some(seen.uid.clone()), places: Vec::new() })
        }
    };
    let generated = match compared {
        Some((form, _)) if form.normal.value().has_secret(&is_generated) => Generated::Secret,
        Some(_) => Generated::Nothing,
        // Nobody knows any more whether we made what is in it, so it is taken to be all there is.
        None if seen.id.kind.as_str() == "Secret" => Generated::Secret,
        None => Generated::Nothing,
    };
    let operation = Operation::RecordOurs { uid: seen.uid.clone(), remember, generated };
    Draft::new(&seen.id, Action::Operation(operation), Expects::Seen(expects), Reason::Regained)
}

/// A secret that is made here exists nowhere else.
fn is_generated(secret: &SecretRef) -> bool {
    matches!(secret.source, SecretSource::Generate { .. })
}

/// Returns the kinds that could not be searched: what is ours among them stays out of the ledger.
fn unread(recovering: &Recovering, known: &Live) -> Vec<Unknown> {
    let mut unread: BTreeMap<Scope, Why> = BTreeMap::new();
    for (question, answered) in known.iter() {
        match (question, &answered.answer) {
            (
                Question::Inventory(scope),
                Answer::Unreadable(why) | Answer::Inventory { rows: _, complete: Err(why) },
            ) if scope.namespace.is_none() => {
                unread.insert(scope.clone(), why.clone());
            }
            (Question::Fact(FactId::ServedKinds(connection)), Answer::Unreadable(why))
                if recovering.connections.contains(connection) =>
            {
                let (system, connection) = (System::Kubernetes, connection.clone());
                unread
                    .insert(Scope { system, connection, kind: Kind::new("*"), namespace: None }, why.clone());
            }
            (Question::Fact(FactId::ServedKinds(connection)), Answer::Fact(Fact::ServedKinds(served)))
                if recovering.connections.contains(connection) =>
            {
                for (group, why) in &served.stale {
                    let (system, connection) = (System::Kubernetes, connection.clone());
                    let kind = Kind::kubernetes(group, "*");
                    unread.insert(Scope { system, connection, kind, namespace: None }, why.clone());
                }
            }
            _ => {}
        }
    }
    unread.into_iter().map(|(scope, why)| Unknown { scope, why, resources: 0 }).collect()
}
