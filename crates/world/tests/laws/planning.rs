//! The laws themselves: each draws a world from a seed, does what it speaks of, and says how it was broken.

use super::specs::Permission;
use super::{Bench, Listing, Without, edits, held, is_empty, specs};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::{Held, HeldChange, Plan};
use evenkeel_core::engine::policy::ChangeAction;
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::wanted::Desired;
use evenkeel_core::resources::HoldsData;
use evenkeel_core::resources::kubernetes::{MARKER, holds_data};
use evenkeel_world::kubernetes::{Apply, DryRun, Force, ObjectKey};
use evenkeel_world::{Fault, Hits, Random};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A world after one apply: the bench, and what Git has.
fn applied(seed: u64, without: Option<Without>) -> (Bench, Random, Vec<Json>) {
    let mut random = Random::new(seed);
    let objects = specs::draw(&mut random, 6);
    let mut bench = Bench::new(seed);
    bench.without.extend(without);
    // A CRD must be there before its objects can be compared, so the first apply may need a second look.
    bench.apply(&specs::desired(&objects));
    bench.apply(&specs::desired(&objects));
    bench.sandbox.world.advance(Duration::from_secs(60));
    (bench, random, objects)
}

/// A world in which Git and people moved on after the first apply.
fn moved_on(seed: u64, without: Option<Without>) -> (Bench, Random, Vec<Json>) {
    let (mut bench, mut random, objects) = applied(seed, without);
    edits::by_hand(&mut bench.sandbox.world, &mut random, &objects);
    bench.sandbox.world.advance(Duration::from_secs(30));
    let edited = specs::edit(&mut random, &objects);
    (bench, random, edited)
}

/// Returns every wanted object that a forced apply would still change: the oracle of design-diff.md.
fn unlike_git(bench: &Bench, desired: &Desired) -> Vec<ResourceId> {
    let mut world = bench.sandbox.world.clone();
    let mut unlike = Vec::new();
    for (id, wanted) in &desired.resources {
        let mut object = Value::clone(&wanted.config);
        let labels = object.as_map_mut().and_then(|map| map.get_mut("metadata")).and_then(Value::as_map_mut);
        let labels = labels
            .map(|metadata| metadata.entry("labels".into()).or_insert_with(|| Value::Map(BTreeMap::new())));
        if let Some(labels) = labels.and_then(Value::as_map_mut) {
            labels.insert(MARKER.into(), Value::from(desired.environment.as_str()));
        }
        let before = world.cluster().get(&ObjectKey::from(id)).ok();
        let apply = Apply { object, manager: Arc::from("evenkeel"), force: Force::Yes, dry_run: DryRun::On };
        let after = world.kubernetes().apply(apply).ok().map(|written| written.object);
        if before.map(comparable) != after.map(comparable) {
            unlike.push(id.clone());
        }
    }
    unlike
}

fn comparable(mut object: Value) -> Value {
    if let Some(metadata) =
        object.as_map_mut().and_then(|map| map.get_mut("metadata")).and_then(Value::as_map_mut)
    {
        for field in ["managedFields", "resourceVersion", "generation"] {
            metadata.remove(field);
        }
    }
    object
}

pub(crate) fn law_1_wanted_equal_to_live_gives_an_empty_plan(
    seed: u64,
    without: Option<Without>,
) -> Result<(), String> {
    let (mut bench, _, objects) = applied(seed, without);
    let (plan, _) = bench.plan(&specs::desired(&objects));
    if is_empty(&plan) { Ok(()) } else { Err(format!("{:?} {:?}", plan.steps, plan.held)) }
}

pub(crate) fn laws_2_and_3_applying_converges_and_planning_again_is_empty(
    seed: u64,
    without: Option<Without>,
) -> Result<(), String> {
    let (mut bench, _, objects) = moved_on(seed, without);
    let desired = specs::desired(&objects);
    let plan = bench.apply(&desired);
    bench.sandbox.world.advance(Duration::from_secs(60));
    let (again, _) = bench.plan(&desired);
    let held = held(&plan);
    let unlike: Vec<ResourceId> =
        unlike_git(&bench, &desired).into_iter().filter(|id| !held.contains(id)).collect();
    if !unlike.is_empty() {
        return Err(format!("still unlike Git: {unlike:?}"));
    }
    if again.steps.is_empty() { Ok(()) } else { Err(format!("planned again: {:?}", again.steps)) }
}

pub(crate) fn law_5_nothing_starts_before_what_it_needs(
    seed: u64,
    without: Option<Without>,
) -> Result<(), String> {
    let (mut bench, _, objects) = moved_on(seed, without);
    bench.apply(&specs::desired(&objects));
    for sent in &bench.sent {
        if !sent.deletes() && !sent.unmet.is_empty() {
            return Err(format!("{} was sent before {:?}", sent.address, sent.unmet));
        }
        if sent.deletes() && !sent.users.is_empty() {
            return Err(format!("{} was deleted while {:?} used it", sent.address, sent.users));
        }
    }
    Ok(())
}

/// Everything at once: a hidden kind, an object of others with or without a permission, fields that an operator took
/// from us, and a policy that denies one sort of change.
pub(crate) fn law_6_nothing_unreadable_foreign_contested_held_or_denied_is_written(
    seed: u64,
    without: Option<Without>,
) -> Result<(), String> {
    let (mut bench, mut random, mut objects) = moved_on(seed, without);
    let operator = if without == Some(Without::Attribution) { "kubectl-edit" } else { "some-operator" };
    let contested = edits::contested(&mut bench, operator, &objects);
    let theirs = edits::foreign(&mut bench.sandbox.world, "theirs");
    objects.push(serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "ours"},
        "metadata": {"name": "theirs", "namespace": specs::NAMESPACE}}));
    let mut desired = specs::desired(&objects);
    let permission = specs::permission(&mut random);
    let told = permission.map(|given| match without {
        Some(Without::Incarnation) => Permission::ForThisOne,
        _ => given,
    });
    desired.approvals.extend(edits::approval(&bench, &theirs, told));
    let hidden = hide(&mut bench, &mut random);
    let denied = specs::denied(&mut random);
    bench.policies = denied.policies();
    bench.sent.clear();
    let plan = bench.apply(&desired);
    let is_permitted = permission == Some(Permission::ForThisOne);
    for sent in &bench.sent {
        let key = ObjectKey::from(&sent.address);
        let is_theirs = key == theirs && !is_permitted;
        if is_theirs || contested.contains(&key) || sent.address.kind.as_str() == hidden {
            return Err(format!("{} was written", sent.address));
        }
        if sent.does.is_some_and(|does| denied.forbids(&sent.address, does)) {
            return Err(format!("{:?} of {} was denied and done", sent.does, sent.address));
        }
        if held(&plan).contains(&sent.address) {
            return Err(format!("{} was written though it is held", sent.address));
        }
    }
    Ok(())
}

/// Makes one kind unreadable.
fn hide(bench: &mut Bench, random: &mut Random) -> &'static str {
    let kinds = ["Service", "Secret", "Deployment", "PersistentVolumeClaim"];
    let hidden = kinds[usize::try_from(random.below(4)).expect("small")];
    bench.sandbox.faults.always(Fault::Forbidden, Hits::reads_of(hidden, None));
    hidden
}

/// Law 7: neither the order of files nor the order in which a system lists what it has changes a byte.
pub(crate) fn law_7_same_input_same_bytes(seed: u64, without: Option<Without>) -> Result<(), String> {
    let (mut bench, _, mut objects) = moved_on(seed, None);
    bench.without.extend(without);
    let (one, _) = bench.plan(&specs::desired(&objects));
    objects.reverse();
    bench.listing = Listing::Backwards;
    let (two, _) = bench.plan(&specs::desired(&objects));
    let text = |plan: &Plan| serde_json::to_string(plan).expect("json");
    if text(&one) == text(&two) { Ok(()) } else { Err(format!("{}\n{}", text(&one), text(&two))) }
}

/// A plan in a world that moved on, where half of the time a kind is hidden, and a policy denies something.
struct Planned {
    bench: Bench,
    desired: Desired,
    plan: Plan,
    hidden: Option<&'static str>,
    denied: specs::Denied,
}

impl Planned {
    fn draw(seed: u64, without: Option<Without>) -> Self {
        let (mut bench, mut random, objects) = moved_on(seed, None);
        bench.without.extend(without);
        let hidden = random.happens(50).then(|| hide(&mut bench, &mut random));
        let denied = specs::denied(&mut random);
        bench.policies = denied.policies();
        let desired = specs::desired(&objects);
        let (plan, _) = bench.plan(&desired);
        Self { bench, desired, plan, hidden, denied }
    }

    /// Returns what would be otherwise if Git had its way: what a forced apply would change, and what it has no more.
    fn changes(&self) -> Vec<ResourceId> {
        let unlike = unlike_git(&self.bench, &self.desired);
        let is_live = |id: &ResourceId| self.bench.sandbox.world.clone().cluster().get(&ObjectKey::from(id));
        let rows = self.bench.ledger.rows.keys();
        let left = rows.filter(|id| !self.desired.resources.contains_key(*id) && is_live(id).is_ok());
        unlike.into_iter().chain(left.cloned()).collect()
    }

    /// Tells whether one of them cannot be, or go, while the other is not, or still is.
    fn needs(&self, one: &ResourceId, other: &ResourceId) -> bool {
        let wanted = self.desired.resources.get(one).is_some_and(|wanted| wanted.needs.contains(other));
        wanted || self.bench.ledger.rows.get(other).is_some_and(|row| row.needs.contains(one))
    }
}

/// Law 9, whatever the plan says of itself: what Git would have otherwise is a step or held, and nothing is both.
pub(crate) fn law_9_every_wanted_change_is_claimed_once(
    seed: u64,
    without: Option<Without>,
) -> Result<(), String> {
    let planned = Planned::draw(seed, without);
    let (steps, held) = (&planned.plan.steps, &planned.plan.held);
    let stepped = |id: &ResourceId| steps.iter().filter(|step| step.address == *id).count();
    let held = |id: &ResourceId| held.iter().filter(|held| held.address == *id).count();
    for id in planned.changes() {
        match (stepped(&id), held(&id)) {
            (1, 0) | (0, 1) => {}
            (steps, held) => return Err(format!("{id} has {steps} steps and is held {held} times")),
        }
    }
    let kept = planned.desired.resources.keys().filter(|id| stepped(id) + held(id) == 0).count();
    if kept == planned.plan.tally.same as usize { Ok(()) } else { Err(format!("{kept} are kept")) }
}

/// Law 10: a held resource could not have been written.
pub(crate) fn law_10_a_held_thing_would_violate_something(
    seed: u64,
    without: Option<Without>,
) -> Result<(), String> {
    let planned = Planned::draw(seed, without);
    let Planned { bench, desired: _, plan, hidden, denied } = &planned;
    for held in &plan.held {
        let row = bench.ledger.rows.get(&held.address);
        let readable = bench.sandbox.world.clone().cluster().get(&ObjectKey::from(&held.address));
        let justified = match &held.held {
            Held::Unreadable(_) => *hidden == Some(held.address.kind.as_str()),
            Held::SecretUnread(_) => false,
            Held::NotOwned => row.is_none() && readable.is_ok(),
            Held::Foreign(_) => readable.is_ok(),
            Held::HoldsData => holds_data(&held.address, row) != HoldsData::No,
            Held::WaitsFor(needs) => {
                let is_held = |need: &ResourceId| plan.held.iter().any(|held| held.address == *need);
                !needs.is_empty()
                    && needs.iter().all(|need| is_held(need) && planned.needs(&held.address, need))
            }
            // Whoever edits with kubectl is a person, and nobody else edited.
            Held::Contested(_) => false,
            Held::OverLimit { deletes, allowed } => deletes > allowed,
            Held::Unsettled(doubts) => !doubts.is_empty(),
            Held::Denied(_) => actions(held.change).iter().any(|does| denied.forbids(&held.address, *does)),
            Held::Rejected(message) | Held::Ambiguous(message) => !message.is_empty(),
            // Whether a person is needed is the policy of the decision itself; windows are not drawn.
            Held::NeedsApproval(_) | Held::OutsideWindow { .. } => true,
            // Nothing moves in drawn specs, and no cluster and no connector is among them.
            Held::CannotMove { .. } | Held::Impossible(_) | Held::Namesake { .. } => false,
        };
        if !justified {
            return Err(format!("{} is held for nothing: {:?}", held.address, held.held));
        }
    }
    Ok(())
}

/// Returns what policies call a change that is held.
fn actions(change: HeldChange) -> &'static [ChangeAction] {
    match change {
        HeldChange::Create => &[ChangeAction::Create],
        HeldChange::Update => &[ChangeAction::Update, ChangeAction::Adopt, ChangeAction::Own],
        HeldChange::Delete => &[ChangeAction::Delete],
        HeldChange::Replace => &[ChangeAction::Replace],
        HeldChange::Forget => &[ChangeAction::Forget],
        HeldChange::Unknown => &[],
    }
}

/// Law 8: tells whether the canary stands in anything that is written down.
pub(crate) fn law_8_no_secret_text_anywhere(seed: u64, without: Option<Without>) -> Result<(), String> {
    const CANARIES: [&str; 2] = ["kanarienvogel", "a2FuYXJpZW52b2dlbA=="];
    let (mut bench, _, objects) = applied(seed, without);
    edits::plant(&mut bench.sandbox.world, "kanarienvogel");
    // Something that is ours makes the planner look at Secrets at all.
    let listed = objects.iter().any(|object| object["kind"] == "Secret");
    let (plan, known) = bench.plan(&specs::desired(&objects));
    let rows: Vec<_> = bench.ledger.rows.iter().collect();
    let texts = [
        serde_json::to_string(&known).expect("json"),
        serde_json::to_string(&plan).expect("json"),
        serde_json::to_string(&rows).expect("json"),
        format!("{:?}", bench.sent),
    ];
    let found = CANARIES.iter().any(|canary| texts.iter().any(|text| text.contains(canary)));
    // Where Secrets are not listed, nothing can be told.
    if found && listed { Err("a secret is told".to_owned()) } else { Ok(()) }
}

/// Returns how many of some seeds break a law without a mechanism.
pub(crate) fn broken(law: impl Fn(u64, Option<Without>) -> Result<(), String>, without: Without) -> usize {
    (0..24).filter(|seed| law(*seed, Some(without)).is_err()).count()
}
