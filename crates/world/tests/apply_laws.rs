//! Laws 4, 5 and 13 over simulated histories: killed, pre-empted, cut off and edited, an apply keeps its promises.

use evenkeel_world::store::{Moves, Simulation, Violation};

/// Runs the histories of these seeds and fails with the first law that is broken.
fn run(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        if let Err(violation) = Simulation::new(seed).run() {
            let history = Simulation::new(seed).tell().join("\n");
            panic!("{history}\nseed {seed}: {violation:?}");
        }
    }
}

#[test]
fn whatever_goes_wrong_every_law_of_apply_holds_and_an_end_is_reached() {
    run(0..1_000);
}

/// Many more histories: `make test-long` plays them, built for speed.
#[test]
#[ignore = "takes minutes"]
fn so_they_do_in_twenty_thousand_histories() {
    run(1_000..20_000);
}

#[test]
fn a_row_that_is_taken_from_its_old_address_first_is_seen_to_be_nowhere() {
    let lost = |seed: u64| {
        let history = Simulation::new(seed).with_moves(Moves::NeverTwice);
        matches!(history.run(), Err(Violation::Nowhere(_)))
    };
    assert!((0..200).any(lost), "the law has teeth");
}

#[test]
fn the_same_seed_gives_the_same_history() {
    assert_eq!(Simulation::new(7).tell(), Simulation::new(7).tell());
}
