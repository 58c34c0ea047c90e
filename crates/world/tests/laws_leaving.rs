//! The laws of leaving, over generated worlds: what an environment that is taken down leaves, and what is forgotten.

mod laws;

use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::Goal;
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::kubernetes::MARKER;
use evenkeel_core::resources::{HoldsData, holds_data};
use evenkeel_world::Random;
use evenkeel_world::kubernetes::ObjectKey;
use laws::{Bench, Without, edits, held, specs};
use proptest::prelude::{ProptestConfig, proptest};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A world that was applied, and in which people moved on since.
fn lived_in(seed: u64) -> Bench {
    lived_in_without(seed, None).0
}

fn lived_in_without(seed: u64, without: Option<Without>) -> (Bench, Random, Vec<Json>) {
    let mut random = Random::new(seed);
    let objects = specs::draw(&mut random, 6);
    let mut bench = Bench::new(seed);
    bench.without.extend(without);
    bench.apply(&specs::desired(&objects));
    bench.apply(&specs::desired(&objects));
    bench.sandbox.world.advance(Duration::from_secs(60));
    edits::by_hand(&mut bench.sandbox.world, &mut random, &objects);
    bench.sandbox.world.advance(Duration::from_secs(30));
    (bench, random, objects)
}

fn look(bench: &Bench, ids: &BTreeSet<ResourceId>) -> BTreeMap<ResourceId, Value> {
    let world = bench.sandbox.world.clone();
    ids.iter().filter_map(|id| Some((id.clone(), world.cluster().get(&ObjectKey::from(id)).ok()?))).collect()
}

fn ours(bench: &Bench) -> BTreeSet<ResourceId> {
    bench.ledger.rows.keys().cloned().collect()
}

/// What is left holds data, or is held for a reason that the plan tells; all data that was there is there.
fn what_holds_data_outlives_its_environment(seed: u64) -> Result<(), String> {
    let mut bench = lived_in(seed);
    let rows = bench.ledger.rows.clone();
    let has_data = |id: &&ResourceId| holds_data(id, rows.get(*id)) != HoldsData::No;
    let data: BTreeSet<ResourceId> = rows.keys().filter(has_data).cloned().collect();
    let before = look(&bench, &data);
    bench.goal = Goal::Destroy { data: BTreeSet::new() };
    let plan = bench.apply(&specs::desired(&[]));
    bench.sandbox.world.advance(Duration::from_secs(60));
    let left = ours(&bench);
    let unexplained: Vec<ResourceId> = left.difference(&held(&plan)).cloned().collect();
    if !unexplained.is_empty() {
        return Err(format!("neither gone nor held: {unexplained:?}"));
    }
    let uid = |object: &Value| object.at(&["metadata", "uid"]).cloned();
    let after = look(&bench, &data);
    match before.iter().find(|(id, object)| after.get(*id).and_then(uid) != uid(object)) {
        Some((lost, _)) => Err(format!("{lost} is gone")),
        None => Ok(()),
    }
}

/// Killed after each step and planned anew: what is renamed is there at every moment, as the old one or as the new one,
/// and what holds data is the same one all the time.
fn what_moves_is_always_somewhere(seed: u64, without: Option<Without>) -> Result<usize, String> {
    let (mut bench, mut random, objects) = lived_in_without(seed, without);
    let (desired, moves) = specs::renamed(&mut random, &objects);
    let rows = bench.ledger.rows.clone();
    let old: BTreeSet<ResourceId> = moves.keys().cloned().collect();
    let there = look(&bench, &old);
    for _kill in 0..100 {
        bench.budget = 1;
        let plan = bench.apply(&desired);
        let left = look(&bench, &old);
        let made = look(&bench, &moves.values().cloned().collect());
        for (from, to) in moves.iter().filter(|(from, _)| there.contains_key(*from)) {
            if !left.contains_key(from) && !made.contains_key(to) {
                return Err(format!("{from} is gone and {to} is not there"));
            }
            if !left.contains_key(from) && holds_data(from, rows.get(from)) != HoldsData::No {
                return Err(format!("{from} held data and is gone"));
            }
        }
        if plan.steps.is_empty() {
            return Ok(moves.values().filter(|to| made.contains_key(*to)).count());
        }
    }
    Err("it never ends".to_owned())
}

/// An object without what says that it is ours.
fn unmarked(mut object: Value) -> Value {
    let metadata = object.as_map_mut().and_then(|map| map.get_mut("metadata")).and_then(Value::as_map_mut);
    if let Some(metadata) = metadata {
        for field in ["managedFields", "resourceVersion"] {
            metadata.remove(field);
        }
        let labels = metadata.get_mut("labels").and_then(Value::as_map_mut);
        let empty = labels.is_some_and(|labels| {
            labels.remove(MARKER);
            labels.is_empty()
        });
        if empty {
            metadata.remove("labels");
        }
    }
    object
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_environment_that_is_taken_down_leaves_its_data(seed in 0_u64..1_000_000) {
        what_holds_data_outlives_its_environment(seed).expect("data stays");
    }

    #[test]
    fn what_is_renamed_is_there_at_every_moment(seed in 0_u64..1_000_000) {
        what_moves_is_always_somewhere(seed, None).expect("old or new");
    }

    #[test]
    fn what_is_forgotten_keeps_every_value_and_carries_nothing_of_ours(seed in 0_u64..1_000_000) {
        let mut bench = lived_in(seed);
        let all = ours(&bench);
        let before = look(&bench, &all);
        bench.goal = Goal::Forget { addresses: all.clone() };
        bench.apply(&specs::desired(&[]));
        assert_eq!(ours(&bench), BTreeSet::new());
        for (id, object) in look(&bench, &all) {
            assert_eq!(object.at(&["metadata", "labels", MARKER]), None, "{id}");
            let entries = object.at(&["metadata", "managedFields"]).map(|entries| format!("{entries:?}"));
            assert!(!entries.is_some_and(|entries| entries.contains("\"evenkeel\"")), "{id}");
            assert_eq!(unmarked(object), unmarked(before[&id].clone()), "{id}");
        }
    }
}

#[test]
fn some_of_what_is_renamed_is_made_anew() {
    assert!((0..24).any(|seed| what_moves_is_always_somewhere(seed, None).is_ok_and(|made| made > 0)));
}

#[test]
fn without_order_what_is_renamed_is_nowhere_for_a_while() {
    let broken = (0..24).find_map(|seed| what_moves_is_always_somewhere(seed, Some(Without::Order)).err());
    assert!(broken.is_some_and(|how| how.ends_with("is not there")));
}

#[test]
fn data_that_is_named_goes_with_its_environment() {
    let mut gone = 0;
    for seed in 0..24 {
        let mut bench = lived_in(seed);
        let rows = bench.ledger.rows.clone();
        let has_data = |id: &&ResourceId| holds_data(id, rows.get(*id)) != HoldsData::No;
        let data: BTreeSet<ResourceId> = rows.keys().filter(has_data).cloned().collect();
        bench.goal = Goal::Destroy { data: data.clone() };
        let plan = bench.apply(&specs::desired(&[]));
        bench.sandbox.world.advance(Duration::from_secs(60));
        let kept = held(&plan);
        let named: BTreeSet<ResourceId> = data.difference(&kept).cloned().collect();
        assert_eq!(look(&bench, &named).keys().collect::<Vec<_>>(), Vec::<&ResourceId>::new(), "seed {seed}");
        gone += named.len();
    }
    assert!(gone > 24, "the namespaces at least");
}
