//! The laws of planning and applying, over generated worlds (design.md section 5), and for each a test that it breaks
//! when the mechanism that it rests on is taken out.
//!
//! | law | holds | breaks without its mechanism |
//! |---|---|---|
//! | 1 wanted = live gives an empty plan | `law_1` | `without_a_ledger_law_1_breaks` |
//! | 2 applying converges, 3 planning again is empty | `laws_2_and_3` | `without_taking_over_laws_2_and_3_break` |
//! | 4 killed and run again: same end | `apply_laws.rs`, `whatever_goes_wrong_…` | `apply_mutations.rs`, `without_an_intent_…` and the scenes of `apply_scenes/settling.rs` |
//! | 5 nothing before what it needs | `law_5` | `without_order_law_5_breaks`, `without_gates_law_5_breaks` |
//! | 6 nothing unreadable, foreign, contested, held or denied is written | `law_6` | `when_unknown_is_told_as_absent_law_6_breaks`, `when_machines_are_told_as_people_law_6_breaks`, `when_approvals_count_for_any_incarnation_law_6_breaks`, `without_policies_law_6_breaks` |
//! | 7 same input, same bytes | `law_7` | `laws_mutations.rs`, `without_one_order_…` |
//! | 8 no secret text | `law_8` | `without_digests_law_8_breaks` |
//! | 9 every change is claimed once | `law_9` | `when_whatever_is_listed_counts_as_remembered_law_9_breaks`; `laws_mutations.rs`, `when_what_waits_is_left_out_…` |
//! | 10 a held thing would violate something | `law_10` | `when_one_unreadable_scope_hides_all_law_10_breaks`; `laws_mutations.rs`, `when_everything_waits_…` |
//! | 13 never two writers | `apply_laws.rs`, `whatever_goes_wrong_…` | the scenes of `apply_scenes/takeover.rs` and `apply_scenes/time.rs` |
//!
//! Laws 4 and 13 have files of their own, as they need the journal.

mod laws;

use laws::Without;
use laws::planning::{
    broken, law_1_wanted_equal_to_live_gives_an_empty_plan, law_5_nothing_starts_before_what_it_needs,
    law_6_nothing_unreadable_foreign_contested_held_or_denied_is_written, law_7_same_input_same_bytes,
    law_8_no_secret_text_anywhere, law_9_every_wanted_change_is_claimed_once,
    law_10_a_held_thing_would_violate_something, laws_2_and_3_applying_converges_and_planning_again_is_empty,
};
use proptest::prelude::{ProptestConfig, proptest};

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_1(seed in 0_u64..1_000_000) {
        law_1_wanted_equal_to_live_gives_an_empty_plan(seed, None).expect("law 1");
    }

    #[test]
    fn laws_2_and_3(seed in 0_u64..1_000_000) {
        laws_2_and_3_applying_converges_and_planning_again_is_empty(seed, None).expect("laws 2 and 3");
    }

    #[test]
    fn law_5(seed in 0_u64..1_000_000) {
        law_5_nothing_starts_before_what_it_needs(seed, None).expect("law 5");
    }

    #[test]
    fn law_6(seed in 0_u64..1_000_000) {
        law_6_nothing_unreadable_foreign_contested_held_or_denied_is_written(seed, None).expect("law 6");
    }

    #[test]
    fn law_7(seed in 0_u64..1_000_000) {
        law_7_same_input_same_bytes(seed, None).expect("law 7");
    }

    #[test]
    fn law_8(seed in 0_u64..1_000_000) {
        law_8_no_secret_text_anywhere(seed, None).expect("law 8");
    }

    #[test]
    fn law_9(seed in 0_u64..1_000_000) {
        law_9_every_wanted_change_is_claimed_once(seed, None).expect("law 9");
    }

    #[test]
    fn law_10(seed in 0_u64..1_000_000) {
        law_10_a_held_thing_would_violate_something(seed, None).expect("law 10");
    }
}

#[test]
fn without_a_ledger_law_1_breaks() {
    assert!(broken(law_1_wanted_equal_to_live_gives_an_empty_plan, Without::Ledger) > 0);
}

#[test]
fn without_taking_over_laws_2_and_3_break() {
    assert!(broken(laws_2_and_3_applying_converges_and_planning_again_is_empty, Without::TakingOver) > 0);
}

#[test]
fn without_order_law_5_breaks() {
    assert!(broken(law_5_nothing_starts_before_what_it_needs, Without::Order) > 0);
}

#[test]
fn without_gates_law_5_breaks() {
    assert!(broken(law_5_nothing_starts_before_what_it_needs, Without::Gates) > 0);
}

#[test]
fn when_unknown_is_told_as_absent_law_6_breaks() {
    assert!(
        broken(
            law_6_nothing_unreadable_foreign_contested_held_or_denied_is_written,
            Without::UnknownIsNotAbsent
        ) > 0
    );
}

#[test]
fn when_machines_are_told_as_people_law_6_breaks() {
    let law = law_6_nothing_unreadable_foreign_contested_held_or_denied_is_written;
    assert!(broken(law, Without::Attribution) > 0);
}

#[test]
fn when_approvals_count_for_any_incarnation_law_6_breaks() {
    let law = law_6_nothing_unreadable_foreign_contested_held_or_denied_is_written;
    assert!(broken(law, Without::Incarnation) > 0);
}

#[test]
fn without_policies_law_6_breaks() {
    let law = law_6_nothing_unreadable_foreign_contested_held_or_denied_is_written;
    assert!(broken(law, Without::Policies) > 0);
}

#[test]
fn without_digests_law_8_breaks() {
    assert!(broken(law_8_no_secret_text_anywhere, Without::Digests) > 0);
}

#[test]
fn when_whatever_is_listed_counts_as_remembered_law_9_breaks() {
    assert!(broken(law_9_every_wanted_change_is_claimed_once, Without::Fingerprints) > 0);
}

#[test]
fn when_one_unreadable_scope_hides_all_law_10_breaks() {
    assert!(broken(law_10_a_held_thing_would_violate_something, Without::ScopeByScope) > 0);
}
