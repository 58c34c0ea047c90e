//! Puts drafts in order: what a resource needs comes first, and what is deleted goes after everything that used it.

use super::draft::{Draft, PartOf};
use super::moves::Moves;
use crate::engine::fingerprint::Digest;
use crate::engine::id::{ResourceId, StepId};
use crate::engine::ledger::Ledger;
use crate::engine::step::{Action, Operation, Repeat, Step, WriteMode};
use crate::resources;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Deletions come after every write, the last wave first.
const DELETIONS: u8 = 100;

/// Who needs whom, by address.
pub(super) type Needs<'a> = BTreeMap<&'a ResourceId, &'a BTreeSet<ResourceId>>;

/// Turns drafts into steps with names, predecessors and waves; they are not sorted yet.
///
/// What takes the place of something is there, and ready, before that goes.
pub(super) fn order(
    drafts: Vec<Draft>,
    needs: &Needs<'_>,
    (moves, ledger): (&Moves<'_>, Option<&Ledger>),
) -> Vec<Step> {
    let ids = name(&drafts);
    // Of several steps on one resource the last counts.
    let last: BTreeMap<&ResourceId, &StepId> = drafts.iter().map(|draft| &draft.address).zip(&ids).collect();
    let first: BTreeMap<&ResourceId, &StepId> =
        drafts.iter().map(|draft| &draft.address).zip(&ids).rev().collect();
    let creations: BTreeSet<&StepId> =
        drafts.iter().zip(&ids).filter(|(draft, _)| is_creation(draft)).map(|(_, id)| id).collect();
    let parts: BTreeMap<PartOf, &StepId> =
        drafts.iter().zip(&ids).filter_map(|(draft, id)| Some((draft.part?, id))).collect();
    let users = users(ledger);
    let mut anchors = Anchors { needs, last: &last, found: BTreeMap::new() };
    let mut after: Vec<BTreeSet<StepId>> = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.iter().enumerate() {
        let mut before = match &draft.action {
            Action::Delete { uid: _ } => used_by(&draft.address, &users, &last),
            Action::Write { .. } | Action::Confirm { .. } | Action::Operation(_) => {
                anchors.of_needs(&draft.address)
            }
        };
        let other = match &draft.action {
            // What takes its place can be made, and waits for where this one stands.
            Action::Operation(Operation::Stop { left: _ }) => moves
                .successor(&draft.address)
                .and_then(|to| first.get(to))
                .filter(|id| creations.contains(*id)),
            Action::Operation(Operation::CarryOffsets { from, own: _ }) => first.get(from),
            Action::Write { .. } | Action::Confirm { .. } | Action::Delete { .. } | Action::Operation(_) => {
                moves.successor(&draft.address).and_then(|to| last.get(to))
            }
        };
        before.extend(other.map(|id| (*id).clone()));
        before.extend(draft.after_parts.iter().filter_map(|part| parts.get(part)).map(|id| (*id).clone()));
        if index > 0 && drafts[index - 1].address == draft.address {
            before.insert(ids[index - 1].clone());
        }
        after.push(before);
    }
    let mut steps: Vec<Step> = drafts
        .into_iter()
        .zip(ids.iter().cloned())
        .zip(after)
        .map(|((draft, id), after)| step(draft, id, after))
        .collect();
    raise(&mut steps);
    steps
}

fn is_creation(draft: &Draft) -> bool {
    matches!(draft.action, Action::Write { mode: WriteMode::Create, config: _, wanted: _ })
}

/// Puts no step into an earlier wave than what it comes after: needs go before Kubernetes' own order.
///
/// What was raised raises its dependants in turn; there are few waves, so a step is looked at a few times at most.
fn raise(steps: &mut [Step]) {
    if steps.iter().all(|step| step.after.is_empty()) {
        return;
    }
    let places: BTreeMap<StepId, usize> =
        steps.iter().enumerate().map(|(place, step)| (step.id.clone(), place)).collect();
    let mut dependants: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (place, step) in steps.iter().enumerate() {
        for need in step.after.iter().filter_map(|need| places.get(need)) {
            dependants[*need].push(place);
        }
    }
    let mut due: Vec<usize> = (0..steps.len()).collect();
    while let Some(place) = due.pop() {
        let wave = steps[place].wave;
        for dependant in dependants[place].iter().copied() {
            if steps[dependant].wave < wave {
                steps[dependant].wave = wave;
                due.push(dependant);
            }
        }
    }
}

fn step(draft: Draft, id: StepId, after: BTreeSet<StepId>) -> Step {
    let wave = resources::order(&draft.address) as u8;
    let leaves = matches!(draft.action, Action::Delete { .. }) && draft.because.leaves();
    // What a choreography orders is of one wave: elsewise what the last server reads would be written before the first
    // one starts with it.
    let wave = if draft.part.is_some() { wave.max(resources::Wave::Workloads as u8) } else { wave };
    let wave = if leaves { DELETIONS + (DELETIONS - wave) } else { wave };
    Step {
        id,
        address: draft.address,
        action: draft.action,
        after,
        wave,
        expects: draft.expects,
        takes_over: draft.takes_over,
        gates: draft.gates,
        done_when: draft.done_when,
        // Steps on Kubernetes are pinned by uid and version, so sending one twice does what sending it once does.
        repeat: Repeat::Idempotent,
        because: draft.because,
        risk: draft.risk,
        fields: draft.fields,
        approvals: draft.approvals,
    }
}

/// Names each step by what it does, and by how many equal ones came before it.
fn name(drafts: &[Draft]) -> Vec<StepId> {
    let name = |(index, draft): (usize, &Draft)| {
        // Drafts come by address, so those of the same resource stand together.
        let earlier = drafts[..index].iter().rev().take_while(|earlier| earlier.address == draft.address);
        let ordinal = 1 + earlier.filter(|earlier| earlier.action == draft.action).count() as u64;
        let (address, what) = (draft.address.to_string(), what(&draft.action));
        let parts = [address.as_bytes(), what.as_bytes(), &ordinal.to_le_bytes()];
        StepId::new(Digest::of(parts).short(12))
    };
    drafts.iter().enumerate().map(name).collect()
}

fn what(action: &Action) -> String {
    match action {
        Action::Write { mode, config: _, wanted } => format!("{mode:?} {}", wanted.fingerprint()),
        Action::Confirm { config: _, wanted } => format!("confirm {}", wanted.fingerprint()),
        Action::Delete { uid } => format!("delete {uid}"),
        Action::Operation(operation) => format!("{operation:?}"),
    }
}

/// Which resources needed which when they were applied last.
fn users(ledger: Option<&Ledger>) -> BTreeMap<&ResourceId, Vec<&ResourceId>> {
    let mut users: BTreeMap<&ResourceId, Vec<&ResourceId>> = BTreeMap::new();
    for (user, row) in ledger.into_iter().flat_map(|ledger| &ledger.rows) {
        for need in &row.needs {
            users.entry(need).or_default().push(user);
        }
    }
    users
}

fn used_by(
    address: &ResourceId,
    users: &BTreeMap<&ResourceId, Vec<&ResourceId>>,
    last: &BTreeMap<&ResourceId, &StepId>,
) -> BTreeSet<StepId> {
    let users = users.get(address).into_iter().flatten();
    users.filter_map(|user| last.get(user).map(|id| (*id).clone())).collect()
}

/// The nearest steps that a need leads to, through resources that have no step of their own.
struct Anchors<'a> {
    needs: &'a Needs<'a>,
    last: &'a BTreeMap<&'a ResourceId, &'a StepId>,
    found: BTreeMap<&'a ResourceId, Rc<BTreeSet<StepId>>>,
}

impl<'a> Anchors<'a> {
    fn of_needs(&mut self, id: &ResourceId) -> BTreeSet<StepId> {
        let Some(needs) = self.needs.get(id).copied() else { return BTreeSet::new() };
        needs.iter().flat_map(|need| self.of(need).iter().cloned().collect::<Vec<_>>()).collect()
    }

    fn of(&mut self, need: &'a ResourceId) -> Rc<BTreeSet<StepId>> {
        if let Some(id) = self.last.get(need) {
            return Rc::new(BTreeSet::from([(*id).clone()]));
        }
        if let Some(found) = self.found.get(need) {
            return Rc::clone(found);
        }
        // References have no cycles (documents refuses them); the empty set guards against a plan made without it.
        self.found.insert(need, Rc::default());
        let anchors = Rc::new(self.of_needs(need));
        self.found.insert(need, Rc::clone(&anchors));
        anchors
    }
}
