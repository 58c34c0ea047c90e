//! The laws over three systems: objects, topics, ACLs and connectors in one graph, applied by the machine with its journal.
//!
//! | law | holds |
//! |---|---|
//! | 1, 2 and 3 applying converges, planning again is empty, and so it is after edits of Git and by hand | `applying_converges_…` |
//! | 4 killed at any send, and run with other specs then: what those say is there | `…_followed_by_other_specs_…` |
//! | 4 killed at any send, before or between effect and answer, and run again: same end, nothing is done twice | `killed_anywhere_…` |
//! | 5 nothing is sent before what it needs does its work, in whichever system that is | both |
//! | 6 what cannot be read is not written, and the rest is | `a_cluster_that_cannot_be_read_…` |

mod laws;

use evenkeel_core::engine::apply::{Ended, Mechanism, StepEnd};
use evenkeel_core::engine::id::{Kind, ResourceId, StepId, System};
use evenkeel_core::engine::ledger::Remembered;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::question::{Answer, Body, Question};
use evenkeel_core::engine::step::Step;
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::wanted::Desired;
use evenkeel_world::{Fault, Hits, Random, Verbs};
use laws::machine::{Kill, Platform};
use laws::platform::{self, Documents};
use laws::{Without, is_empty, specs};
use proptest::prelude::{ProptestConfig, proptest};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

fn desired(objects: &[Json], documents: &Documents, tree: &str) -> Desired {
    let mut desired = specs::desired(objects);
    desired.tree = evenkeel_core::engine::id::TreeHash::new(tree);
    platform::add(&mut desired.resources, documents);
    desired
}

fn drawn(random: &mut Random) -> (Vec<Json>, Documents) {
    (specs::draw(random, 5), platform::draw(random))
}

fn assert_converged(platform: &mut Platform, desired: &Desired) -> Plan {
    let (plan, _) = platform.plan(desired);
    let left: Vec<String> =
        plan.steps.iter().map(|step| format!("{}: {:?}", step.address, step.because)).collect();
    assert!(is_empty(&plan), "left to do {left:#?}, held {:#?}, unknown {:#?}", plan.held, plan.unknown);
    assert_eq!(plan.tally.same as usize, desired.resources.len());
    assert_as_git_says(platform, desired);
    plan
}

/// What is remembered may be wrong, and then nothing is planned that should be: without it every difference shows.
fn assert_as_git_says(platform: &mut Platform, desired: &Desired) {
    for row in platform.bench.ledger.rows.values_mut() {
        row.remembered = Remembered::default();
    }
    let (plan, _) = platform.bench.plan(desired);
    let differs = |step: &&Step| !step.fields.is_empty();
    let differing: Vec<_> =
        plan.steps.iter().filter(differs).map(|step| (&step.address, &step.fields)).collect();
    assert!(differing.is_empty(), "planned as nothing, and not as Git says: {differing:#?}");
}

/// Applies with nobody to kill it: every step has to be carried out.
fn apply(platform: &mut Platform, desired: &Desired) {
    let end = platform.apply(desired, None).expect("nobody kills it");
    let ended = |step: &StepEnd| !matches!(step.how, Ended::Done(_) | Ended::DoneBefore);
    let failed: Vec<&StepEnd> = end.steps.iter().filter(|step| ended(step)).collect();
    assert!(failed.is_empty(), "{:?}: {failed:#?}", end.reason);
}

fn assert_order(platform: &Platform) {
    let early = platform.effects.iter().find(|effect| !effect.unmet.is_empty());
    assert!(early.is_none(), "sent before what it needs: {early:?}");
}

fn converges(seed: u64, without: Option<Without>) {
    let mut random = Random::new(seed);
    let (objects, documents) = drawn(&mut random);
    let mut platform = Platform::new(seed);
    platform.bench.without.extend(without);
    let first = desired(&objects, &documents, "first");
    apply(&mut platform, &first);
    assert_converged(&mut platform, &first);
    let (objects, documents) = (specs::edit(&mut random, &objects), platform::edit(&mut random, &documents));
    // What somebody edited does not go unasked when it leaves Git: only what stays is edited.
    platform::by_hand(&mut platform.bench.sandbox.world, &mut random, &documents);
    platform.bench.sandbox.world.advance(std::time::Duration::from_secs(1));
    let second = desired(&objects, &documents, "second");
    apply(&mut platform, &second);
    assert_converged(&mut platform, &second);
    assert_order(&platform);
}

/// Kills processes at drawn places until one comes through, for two trees; nothing may be done twice.
fn survives(seed: u64) {
    let mut random = Random::new(seed);
    let (objects, documents) = drawn(&mut random);
    let mut platform = Platform::new(seed);
    let first = desired(&objects, &documents, "first");
    let (objects, documents) = (specs::edit(&mut random, &objects), platform::edit(&mut random, &documents));
    let second = desired(&objects, &documents, "second");
    for tree in [&first, &second] {
        let before = platform.effects.len();
        for _kill in 0..4 {
            let at = usize::try_from(random.below(5)).expect("small");
            let kill = if random.happens(50) { Kill::After(at) } else { Kill::Before(at) };
            platform.apply(tree, Some(kill));
        }
        apply(&mut platform, tree);
        assert_converged(&mut platform, tree);
        let mut times: BTreeMap<(&ResourceId, bool), Vec<&StepId>> = BTreeMap::new();
        for effect in &platform.effects[before..] {
            times.entry((&effect.address, effect.deletes)).or_default().push(&effect.step);
        }
        let twice: Vec<_> = times.iter().filter(|(_, steps)| steps.len() > 1).collect();
        assert!(twice.is_empty(), "done twice: {twice:#?}");
    }
    assert_order(&platform);
}

/// Kills a process over one tree and goes on with another one: what Git says by then is what there is.
fn is_taken_over(seed: u64, out: Option<Mechanism>) {
    let mut random = Random::new(seed);
    let (mut objects, mut documents) = drawn(&mut random);
    let mut platform = Platform::new(seed);
    platform.out = out;
    apply(&mut platform, &desired(&objects, &documents, "first"));
    for tree in ["second", "third"] {
        (objects, documents) = (specs::edit(&mut random, &objects), platform::edit(&mut random, &documents));
        let at = usize::try_from(random.below(5)).expect("small");
        let kill = if random.happens(70) { Kill::After(at) } else { Kill::Before(at) };
        platform.apply(&desired(&objects, &documents, tree), Some(kill));
    }
    (objects, documents) = (specs::edit(&mut random, &objects), platform::edit(&mut random, &documents));
    let last = desired(&objects, &documents, "last");
    apply(&mut platform, &last);
    assert_converged(&mut platform, &last);
    assert_order(&platform);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn applying_converges_over_three_systems_also_after_edits(seed in 0_u64..1_000_000) {
        converges(seed, None);
    }

    #[test]
    fn killed_anywhere_and_run_again_an_apply_over_three_systems_does_nothing_twice(seed in 0_u64..1_000_000) {
        survives(seed);
    }

    #[test]
    fn killed_anywhere_and_followed_by_other_specs_an_apply_leaves_what_those_say(seed in 0_u64..1_000_000) {
        is_taken_over(seed, None);
    }
}

/// The retention of a topic, as Git says it, and nothing else.
fn retention(days: u64) -> Documents {
    let config = json!({"retention.ms": (days * 86_400_000).to_string()});
    let topic = json!({"partitions": 1, "replicationFactor": 3, "config": config});
    Documents::from([(topic_id(), topic)])
}

fn topic_id() -> ResourceId {
    ResourceId::of(System::Kafka, "Topic", "main", "t0")
}

#[test]
fn what_a_killed_apply_of_other_specs_wrote_is_not_taken_for_what_git_says_by_now() {
    let mut platform = Platform::new(1);
    apply(&mut platform, &desired(&[], &retention(1), "one day"));
    assert!(platform.apply(&desired(&[], &retention(2), "two days"), Some(Kill::After(0))).is_none());
    apply(&mut platform, &desired(&[], &retention(3), "three days"));
    let Answer::Seen(seen) = platform.bench.sandbox.answer(&Question::Object(topic_id())) else {
        panic!("it is there");
    };
    let Body::Whole(body) = &seen.body else { panic!("it was asked for by name") };
    let retention = body.at(&["config", "retention.ms"]).and_then(Value::as_text);
    assert_eq!(retention, Some("259200000"));
}

#[test]
fn a_cluster_that_cannot_be_read_freezes_what_is_on_it_and_what_needs_that() {
    let mut frozen = 0;
    for seed in 0..16 {
        let mut random = Random::new(seed);
        let (objects, documents) = drawn(&mut random);
        let mut platform = Platform::new(seed);
        let desired = desired(&objects, &documents, "first");
        let hits = Hits { verbs: Verbs::Reads, kind: Some(Kind::new("Topic")), ..Hits::default() };
        platform.bench.sandbox.faults.always(Fault::Down, hits);
        apply(&mut platform, &desired);
        let topics: BTreeSet<&ResourceId> =
            documents.keys().filter(|id| id.kind.as_str() == "Topic").collect();
        let written = |effect: &&laws::machine::Effect| {
            let needs = &desired.resources[&effect.address].needs;
            topics.contains(&effect.address) || needs.iter().any(|need| topics.contains(need))
        };
        assert_eq!(platform.effects.iter().find(written).map(|effect| &effect.address), None);
        let objects = platform.effects.iter().filter(|effect| effect.address.system == System::Kubernetes);
        assert!(objects.count() > 0, "the rest is written");
        frozen += topics.len();
        platform.bench.sandbox.faults.switch_off();
        apply(&mut platform, &desired);
        assert_converged(&mut platform, &desired);
    }
    assert!(frozen > 0);
}

#[test]
#[should_panic(expected = "sent before what it needs")]
fn without_order_law_5_breaks() {
    (0..24).for_each(|seed| converges(seed, Some(Without::Order)));
}

#[test]
#[should_panic(expected = "sent before what it needs")]
fn without_gates_law_5_breaks() {
    (0..24).for_each(|seed| converges(seed, Some(Without::Gates)));
}

#[cfg(feature = "mutations")]
#[test]
#[should_panic(expected = "planned as nothing, and not as Git says")]
fn when_a_reading_is_remembered_by_other_specs_law_4_breaks() {
    (0..24).for_each(|seed| is_taken_over(seed, Some(Mechanism::OwnForms)));
}
