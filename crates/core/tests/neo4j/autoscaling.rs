//! How many secondaries a load asks for.

use evenkeel_core::resources::neo4j::Autoscaling;
use evenkeel_core::resources::neo4j::autoscaling::{Because, Load, Pool, Recommendation, recommend};
use jiff::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const HALF_AN_HOUR: Duration = Duration::from_secs(1800);

fn bounds() -> Autoscaling {
    Autoscaling { min: 1, max: 4, target_percent: 60, stabilization: HALF_AN_HOUR }
}

/// So many secondaries of two processors each; a database is on one of them.
fn pool(count: u32) -> Pool {
    Pool { count, requested: u64::from(count) * 2000, needed: 1 }
}

/// Minutes ago, and percent of what three ask for.
fn loads(of_three: &[(i64, u64)]) -> Vec<Load> {
    let load = |(minutes, percent): &(i64, u64)| Load {
        at: NOW - Duration::from_secs(60 * minutes.unsigned_abs()),
        used: 60 * percent,
    };
    of_three.iter().map(load).collect()
}

fn told(count: u32, of_three: &[(i64, u64)]) -> Option<(u32, u32, Because)> {
    let said = recommend(&bounds(), pool(count), &loads(of_three), NOW)?;
    let Recommendation { percent, count, because } = said;
    Some((percent, count, because))
}

#[test]
fn a_load_near_what_is_aimed_at_changes_nothing() {
    assert_eq!(told(3, &[(0, 60)]), Some((60, 3, Because::Fits)));
    assert_eq!(told(3, &[(0, 66)]), Some((66, 3, Because::Fits)));
    assert_eq!(told(3, &[(0, 41)]), Some((41, 3, Because::Fits)), "two would have 61 percent");
}

#[test]
fn more_are_asked_for_at_once_and_one_at_a_time() {
    assert_eq!(told(3, &[(0, 67)]), Some((67, 4, Because::TooMuch)));
    assert_eq!(told(3, &[(0, 400)]), Some((400, 4, Because::TooMuch)));
    assert_eq!(told(4, &[(0, 400)]), Some((300, 4, Because::AtMost)));
}

#[test]
fn fewer_are_asked_for_only_once_every_load_of_the_time_said_so() {
    assert_eq!(told(3, &[(0, 20)]), Some((20, 3, Because::TooLittleNow)), "one reading is no half hour");
    assert_eq!(told(3, &[(31, 20), (15, 20), (0, 20)]), Some((20, 2, Because::TooLittle)));
    assert_eq!(told(3, &[(31, 20), (15, 60), (0, 20)]), Some((20, 3, Because::TooLittleNow)));
    assert_eq!(told(3, &[(31, 90), (15, 20), (0, 20)]), Some((20, 2, Because::TooLittle)), "that was before");
    let two = Autoscaling { min: 2, ..bounds() };
    let said = recommend(&two, pool(2), &loads(&[(31, 1), (0, 1)]), NOW).expect("it was measured");
    assert_eq!((said.count, said.because), (2, Because::AtLeast));
}

#[test]
fn no_fewer_are_asked_for_than_a_database_is_on() {
    let needed = Pool { needed: 3, ..pool(3) };
    let said = recommend(&bounds(), needed, &loads(&[(31, 1), (0, 1)]), NOW).expect("it was measured");
    assert_eq!((said.count, said.because), (3, Because::Needed));
}

#[test]
fn what_was_not_measured_or_asked_for_nothing_says_nothing() {
    assert_eq!(told(3, &[]), None);
    assert_eq!(told(0, &[(0, 50)]), None);
    assert_eq!(recommend(&bounds(), Pool { requested: 0, ..pool(3) }, &loads(&[(0, 50)]), NOW), None);
}

proptest! {
    #[test]
    fn a_number_never_leaves_its_bounds_nor_moves_by_more_than_one(
        count in 1_u32..=6, needed in 0_u32..=6, used in prop::collection::vec(0_u64..2000, 1..6),
    ) {
        let at = |(number, percent): (usize, &u64)| (10 * (6 - i64::try_from(number).unwrap_or(0)), *percent);
        let measured = loads(&used.iter().enumerate().map(at).collect::<Vec<_>>());
        let said = recommend(&bounds(), Pool { needed, ..pool(count) }, &measured, NOW).expect("it was measured");
        prop_assert!(said.count.abs_diff(count) <= 1);
        prop_assert!(said.count >= count || said.count >= needed.max(bounds().min));
        prop_assert!(said.count <= count || said.count <= bounds().max);
    }

    #[test]
    fn what_is_recommended_and_done_is_not_taken_back_by_the_same_load(count in 1_u32..=4, percent in 0_u64..400) {
        let measured = loads(&[(31, percent), (0, percent)]);
        let said = recommend(&bounds(), pool(count), &measured, NOW).expect("it was measured");
        let again = recommend(&bounds(), pool(said.count), &measured, NOW).expect("it was measured");
        let (first, second) = (said.count.cmp(&count), again.count.cmp(&said.count));
        prop_assert!(second == first || second.is_eq(), "{count}, {said:?}, {again:?}");
    }
}
