//! The laws of leaving, over generated worlds: what an environment that is taken down leaves, and what is forgotten.

mod laws;

use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::Goal;
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::kubernetes::MARKER;
use evenkeel_core::resources::{HoldsData, holds_data};
use evenkeel_world::Random;
use evenkeel_world::kubernetes::ObjectKey;
use laws::{Bench, edits, held, specs};
use proptest::prelude::{ProptestConfig, proptest};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A world that was applied, and in which people moved on since.
fn lived_in(seed: u64) -> Bench {
    let mut random = Random::new(seed);
    let objects = specs::draw(&mut random, 6);
    let mut bench = Bench::new(seed);
    bench.apply(&specs::desired(&objects));
    bench.apply(&specs::desired(&objects));
    bench.sandbox.world.advance(Duration::from_secs(60));
    edits::by_hand(&mut bench.sandbox.world, &mut random, &objects);
    bench.sandbox.world.advance(Duration::from_secs(30));
    bench
}

fn look(bench: &Bench, ids: &BTreeSet<ResourceId>) -> BTreeMap<ResourceId, Value> {
    let world = bench.sandbox.world.clone();
    ids.iter().filter_map(|id| Some((id.clone(), world.cluster().get(&ObjectKey::from(id)).ok()?))).collect()
}

fn ours(bench: &Bench) -> BTreeSet<ResourceId> {
    bench.ledger.rows.keys().cloned().collect()
}

/// What is left holds data, or is held for a reason that the plan tells; all data that was there is there.
fn what_holds_data_outlives_its_environment(seed: u64, named: bool) -> Result<(), String> {
    let mut bench = lived_in(seed);
    let rows = bench.ledger.rows.clone();
    let has_data = |id: &&ResourceId| holds_data(id, rows.get(*id)) != HoldsData::No;
    let data: BTreeSet<ResourceId> = rows.keys().filter(has_data).cloned().collect();
    let before = look(&bench, &data);
    bench.goal = Goal::Destroy { data: if named { data.clone() } else { BTreeSet::new() } };
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
        what_holds_data_outlives_its_environment(seed, false).expect("data stays");
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
fn data_that_is_named_goes_with_its_environment() {
    assert!((0..24).any(|seed| what_holds_data_outlives_its_environment(seed, true).is_err()));
}
