//! A world made from a snapshot: a plan run in it goes as it would in the cluster that the snapshot shows.

mod laws;

use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_world::{Faults, Random, Sandbox, World};
use laws::{Bench, edits, specs};

#[test]
fn a_plan_made_from_a_snapshot_is_the_plan_of_the_world_made_from_it() {
    let mut changes = 0;
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let objects = specs::draw(&mut random, 6);
        let mut bench = Bench::new(seed);
        bench.apply(&specs::desired(&objects));
        edits::by_hand(&mut bench.sandbox.world, &mut random, &objects);
        let desired = specs::desired(&specs::edit(&mut random, &objects));
        let inputs = bench.inputs(&desired);
        let snapshot = bench.snapshot(&desired);
        let now = bench.sandbox.world.now();
        let world = World::from_live(&snapshot, seed, now);
        let mut rehearsal = Bench::new(seed);
        rehearsal.sandbox = Sandbox::new(world, Faults::none(seed), DigestKey::new([7; 32]));
        rehearsal.ledger = inputs.history.ledger().expect("a ledger").clone();
        let (real, _) = bench.plan(&desired);
        let (rehearsed, _) = rehearsal.plan(&desired);
        let steps = |plan: &evenkeel_core::engine::plan::Plan| {
            plan.steps.iter().map(|step| (step.address.clone(), step.fields.clone())).collect::<Vec<_>>()
        };
        assert_eq!(steps(&real), steps(&rehearsed), "seed {seed}");
        changes += real.steps.len();
        rehearsal.apply(&desired);
        assert!(rehearsal.plan(&desired).0.steps.is_empty(), "seed {seed}: the rehearsal does not converge");
    }
    assert!(changes > 12, "there was something to rehearse: {changes}");
}
