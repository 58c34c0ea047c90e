//! Lets choreographies claim rows: what they hold is held like anything else, and their steps take the place of those
//! that were decided one by one.

use super::choreography::{Does, Fragment, Part, Row, Scene};
use super::decide::{Decision, hold};
use super::draft::{Draft, PartOf};
use super::freeze::{Decisions, freeze};
use super::goal::Goal;
use super::inputs::Inputs;
use super::moves::Moves;
use super::order::Needs;
use super::survey::{State, Survey};
use super::{Held, HeldChange};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::live::Live;
use crate::engine::question::Question;
use crate::engine::sketch::Sketch;
use crate::engine::step::{Action, Expects, Operation, Reason, Risk, WriteMode};
use crate::resources::neo4j::{self, Overdue};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of everything while a plan is made.
pub(super) struct Stage<'s, 'a> {
    pub(super) inputs: &'s Inputs,
    pub(super) survey: &'s Survey<'a>,
    pub(super) known: &'s Live,
    pub(super) needs: &'s Needs<'s>,
    pub(super) moves: &'s Moves<'s>,
}

/// Asks every choreography what becomes of its rows, again after each refusal, as a refusal may freeze more; returns the
/// steps that are none of any row, or what must be asked first.
pub(super) fn claim<'s>(
    decisions: &mut Decisions<'s>,
    stage: &Stage<'s, '_>,
) -> Result<Vec<Draft>, Vec<Question>> {
    if stage.inputs.goal != Goal::Converge {
        return Ok(Vec::new());
    }
    let ledger = stage.inputs.history.ledger();
    loop {
        let fragments = stage.fragments(decisions)?;
        let mut refused = false;
        for (id, held) in fragments.iter().flat_map(|fragment| &fragment.held) {
            refused |= refuse(decisions, id, held);
        }
        if !refused {
            let extra = fragments.into_iter().enumerate();
            let extra = extra.flat_map(|(number, it)| put(decisions, number, it)).collect();
            drop_unclaimed(decisions);
            return Ok(extra);
        }
        freeze(decisions, stage.needs, (stage.moves, ledger), stage.inputs.mechanisms);
    }
}

/// Lets go what holds data, where a choreography says how it is emptied before; it may still refuse to. Of what stays it may
/// know better why.
pub(super) fn lift<'s>(decisions: &mut Decisions<'s>, stage: &Stage<'s, '_>) {
    if stage.inputs.goal != Goal::Converge {
        return;
    }
    let scene = stage.scene(decisions);
    let clusters = stage.inputs.desired.clusters.values();
    let emptied: Vec<ResourceId> = clusters.flat_map(|it| neo4j::may_be_emptied(it, &scene)).collect();
    let clusters = stage.inputs.desired.clusters.values();
    let explained: Vec<_> = clusters.flat_map(|it| neo4j::held_workloads(it, &scene)).collect();
    let clusters = stage.inputs.desired.clusters.values();
    let discovered: Vec<ResourceId> = clusters.flat_map(|it| neo4j::discovered(it, &scene)).collect();
    drop(scene);
    for id in discovered {
        if let (Some(decision), Some(draft)) = (decisions.get_mut(&id), stage.entry(&id)) {
            *decision = Decision::Do(vec![draft]);
        }
    }
    for (id, why) in explained {
        if let Some(Decision::Hold(held)) = decisions.get_mut(&id) {
            held.held = Held::Impossible(why);
        }
    }
    for id in emptied {
        if let Some(decision @ Decision::Hold(_)) = decisions.get_mut(&id)
            && is_for_its_data(decision)
            && let Some(draft) = stage.deletion(&id)
        {
            *decision = Decision::Do(vec![draft]);
        }
    }
}

/// Says what restarts cost before anybody judges what is done.
pub(super) fn weigh<'s>(decisions: &mut Decisions<'s>, stage: &Stage<'s, '_>) {
    let scene = stage.scene(decisions);
    let clusters = stage.inputs.desired.clusters.values();
    let risks: Vec<(ResourceId, Risk)> = clusters.flat_map(|it| neo4j::risks(it, &scene)).collect();
    drop(scene);
    for (id, risk) in risks {
        if let Some(Decision::Do(drafts)) = decisions.get_mut(&id) {
            for draft in drafts {
                draft.risk = draft.risk.max(risk);
            }
        }
    }
}

/// Decides about what was written for and not restarted, so that it is judged before it is done.
pub(super) fn catch_up<'s>(decisions: &mut Decisions<'s>, stage: &Stage<'s, '_>) {
    if stage.inputs.goal != Goal::Converge {
        return;
    }
    let scene = stage.scene(decisions);
    let clusters = stage.inputs.desired.clusters.values();
    let overdue: Vec<Overdue<'s>> = clusters.flat_map(|it| neo4j::overdue(it, &scene)).collect();
    drop(scene);
    for Overdue { pod, uid, risk } in overdue {
        let draft = Draft {
            risk,
            ..operation(pod, Operation::Evict { uid: uid.clone() }, (uid, Reason::SpecEdited))
        };
        decisions.insert(pod, Decision::Do(vec![draft]));
    }
}

fn operation(address: &ResourceId, operation: Operation, (uid, because): (Uid, Reason)) -> Draft {
    let sketch = Sketch { uid: Some(uid), places: Vec::new() };
    Draft::new(address, Action::Operation(operation), Expects::Seen(sketch), because)
}

fn is_for_its_data(decision: &Decision) -> bool {
    matches!(decision, Decision::Hold(held) if held.held == Held::HoldsData)
}

/// Returns what a deletion counts as: all that belongs to one server is one.
pub(super) fn counted<'a>(leaving: &'a [&'a ResourceId], inputs: &Inputs) -> BTreeSet<&'a ResourceId> {
    let clusters = inputs.desired.clusters.values();
    let servers = clusters.flat_map(|cluster| {
        let each = leaving.iter().map(|row| (*row, neo4j::belongings(cluster, row)));
        each.filter(|(_, belongings)| !belongings.is_empty()).collect::<Vec<_>>()
    });
    let servers: Vec<(&ResourceId, BTreeSet<ResourceId>)> = servers.collect();
    let unit = |id: &&'a ResourceId| {
        let server = servers.iter().find(|(_, belongings)| belongings.contains(*id));
        server.map_or(*id, |(row, _)| *row)
    };
    leaving.iter().map(unit).collect()
}

/// Holds what was to be done; tells whether it was not held before.
fn refuse(decisions: &mut Decisions<'_>, id: &ResourceId, held: &Held) -> bool {
    let Some(decision @ Decision::Do(_)) = decisions.get_mut(id) else { return false };
    let Some((change, because, fields)) = due(decision) else { return false };
    let fields = fields.into_iter().cloned().collect();
    *decision = hold(id, change, because.clone(), held.clone(), fields);
    true
}

/// Says what is to be done to a resource, if anything is.
fn due(decision: &Decision) -> Option<(HeldChange, &Reason, Vec<&crate::engine::verdict::FieldChange>)> {
    let Decision::Do(drafts) = decision else { return None };
    let (first, last) = (drafts.first()?, drafts.last()?);
    let change = match (&first.action, &last.action) {
        (Action::Delete { .. }, Action::Write { .. }) => HeldChange::Replace,
        (_, Action::Delete { .. }) => HeldChange::Delete,
        (_, Action::Write { mode: WriteMode::Create, config: _, wanted: _ }) => HeldChange::Create,
        (_, Action::Operation(Operation::Release { .. } | Operation::RecordUnseen)) => HeldChange::Forget,
        (_, Action::Write { .. } | Action::Confirm { .. } | Action::Operation(_)) => HeldChange::Update,
    };
    Some((change, &last.because, drafts.iter().flat_map(|draft| &draft.fields).collect()))
}

impl<'s> Stage<'s, '_> {
    fn fragments(&self, decisions: &Decisions<'s>) -> Result<Vec<Fragment>, Vec<Question>> {
        let scene = self.scene(decisions);
        let clusters = self.inputs.desired.clusters.values();
        let fragments = clusters.map(|cluster| neo4j::choreograph(cluster, &scene)).collect();
        let missing: Vec<Question> = scene.missing.into_inner().into_iter().collect();
        if missing.is_empty() { Ok(fragments) } else { Err(missing) }
    }

    pub(super) fn scene<'d>(&'d self, decisions: &'d Decisions<'s>) -> Scene<'d> {
        let row = |(id, decision): (&&'d ResourceId, &'d Decision)| {
            let row = match decision {
                Decision::Keep => return None,
                Decision::Hold(held) => {
                    Row::Held { change: held.change, by: &held.held, fields: held.fields.iter().collect() }
                }
                Decision::Do(_) => {
                    let (change, because, fields) = due(decision)?;
                    Row::Due { change, because, fields }
                }
            };
            Some((*id, row))
        };
        let wanted = self.survey.wanted.iter().filter_map(|(id, subject)| match &subject.state {
            State::Absent(form) | State::Compared { form, .. } => Some((id, form.normal.value().as_ref())),
            State::Refused(_) | State::Unreadable(_) => None,
        });
        let ids = self.survey.wanted.keys().chain(self.survey.leaving.keys().copied());
        Scene {
            rows: decisions.iter().filter_map(row).collect(),
            wanted: wanted.collect(),
            seen: ids.filter_map(|id| Some((id, self.survey.seen(id)?))).collect(),
            known: self.known,
            missing: RefCell::default(),
        }
    }

    /// What was discovered is made ours by letting it in.
    fn entry(&self, id: &ResourceId) -> Option<Draft> {
        match &self.survey.wanted.get(id)?.state {
            State::Compared { form, .. } => Some(Draft::create(id, form, Reason::NotYetThere)),
            State::Absent(_) | State::Refused(_) | State::Unreadable(_) => None,
        }
    }

    fn deletion(&self, id: &ResourceId) -> Option<Draft> {
        let leaving = self.survey.leaving.get(id)?;
        let seen = self.survey.seen(id)?;
        Some(Draft::delete(id, seen, Some(leaving.row), Reason::NoLongerWanted))
    }
}

/// Puts the parts into the places of their rows; returns those that have no row.
fn put(decisions: &mut Decisions<'_>, choreography: usize, fragment: Fragment) -> Vec<Draft> {
    let mut extra = Vec::new();
    let mut emptied: BTreeMap<ResourceId, Vec<Draft>> = BTreeMap::new();
    for (number, part) in fragment.parts.into_iter().enumerate() {
        let place = PartOf { choreography, number };
        match &part.does {
            Does::AsPlanned => take(decisions, &part, place, |_| {}),
            Does::Enter => take(decisions, &part, place, enter),
            Does::InTurn => take(decisions, &part, place, |draft| draft.risk = Risk::None),
            Does::AfterChanges => take(decisions, &part, place, loosen),
            Does::Operation { operation, uid, because } => {
                if is_decided(decisions, &part.address, operation) {
                    take(decisions, &part, place, |_| {});
                    continue;
                }
                let draft = self::operation(&part.address, operation.clone(), (uid.clone(), because.clone()));
                let draft = marked(draft, &part, place);
                if decisions.contains_key(&part.address) {
                    emptied.entry(part.address.clone()).or_default().push(draft);
                } else {
                    extra.push(draft);
                }
            }
            Does::DeleteEmptied => {
                let Some(Decision::Do(drafts)) = decisions.get_mut(&part.address) else { continue };
                let emptied = emptied.entry(part.address.clone()).or_default();
                emptied.extend(drafts.drain(..).map(|draft| marked(unrisky(draft), &part, place)));
            }
        }
    }
    for (id, drafts) in emptied {
        if let Some(decision) = decisions.get_mut(&id) {
            *decision = Decision::Do(drafts);
        }
    }
    extra
}

/// Tells whether an operation is what was decided, and judged, already.
fn is_decided(decisions: &Decisions<'_>, id: &ResourceId, operation: &Operation) -> bool {
    let Some(Decision::Do(drafts)) = decisions.get(id) else { return false };
    matches!(drafts.as_slice(), [Draft { action: Action::Operation(decided), .. }] if decided == operation)
}

/// Nobody is restarted but in turn: what no choreography claimed waits for a plan that does.
fn drop_unclaimed(decisions: &mut Decisions<'_>) {
    let is_unclaimed = |draft: &Draft| {
        draft.part.is_none() && matches!(draft.action, Action::Operation(Operation::Evict { uid: _ }))
    };
    decisions
        .retain(|_, decision| !matches!(decision, Decision::Do(drafts) if drafts.iter().any(is_unclaimed)));
}

/// What it held is elsewhere by then, or stays.
fn unrisky(draft: Draft) -> Draft {
    Draft { risk: Risk::None, ..draft }
}

/// What comes by itself is not there yet when the plan is made, and is when its step starts.
fn enter(draft: &mut Draft) {
    draft.expects = Expects::Seen(Sketch::default());
}

/// The incarnation is the one that was seen; what it looks like by then is another part's doing.
fn loosen(draft: &mut Draft) {
    draft.risk = Risk::None;
    if let Expects::Seen(sketch) = &mut draft.expects {
        sketch.places.clear();
    }
}

fn take(decisions: &mut Decisions<'_>, part: &Part, place: PartOf, change: impl FnOnce(&mut Draft)) {
    let Some(Decision::Do(drafts)) = decisions.get_mut(&part.address) else { return };
    let several = drafts.len() > 1;
    if let Some(first) = drafts.first_mut().filter(|_| several) {
        first.gates.clone_from(&part.gates);
        first.after_parts = part.after.iter().map(|number| PartOf { number: *number, ..place }).collect();
    }
    if let Some(last) = drafts.pop() {
        let mut last = marked(last, part, place);
        change(&mut last);
        drafts.push(last);
    }
}

fn marked(draft: Draft, part: &Part, place: PartOf) -> Draft {
    Draft {
        gates: part.gates.clone(),
        after_parts: part.after.iter().map(|number| PartOf { number: *number, ..place }).collect(),
        done_when: part.done_when.clone().or(draft.done_when),
        risk: draft.risk.max(part.risk),
        part: Some(place),
        ..draft
    }
}
