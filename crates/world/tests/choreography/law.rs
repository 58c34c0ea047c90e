//! Laws 11 and 12 over drawn clusters, changes, kills and failures: no request takes away a majority that was there, and
//! what a cluster held is there afterwards. No disruption budget helps here: the gates have to do it alone.

use super::{Desk, Document};
use crate::laws::machine::Kill;
use evenkeel_core::engine::id::ConnectionName;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::step::Condition;
use evenkeel_core::resources::neo4j::Watch;
use evenkeel_world::Random;

fn drawn(random: &mut Random) -> Document {
    let below = |random: &mut Random, bound| u32::try_from(random.below(bound)).expect("small");
    let primaries = [3, 3, 5][below(random, 3) as usize];
    let secondaries = below(random, 3);
    let copies = [1, 3][below(random, 2) as usize];
    let reads = below(random, u64::from(secondaries) + 1);
    let databases = vec![("sales".to_owned(), copies, reads)];
    Document { primaries, secondaries, databases, budget: false, ..Document::default() }
}

/// Another configuration, or fewer or more servers; some of it cannot be, and is refused.
fn changed(random: &mut Random, before: &Document) -> Document {
    let mut after = before.clone();
    match random.below(4) {
        0 | 1 => after.timeout = format!("{}m", 11 + random.below(40)),
        2 => after.primaries = [3, 5][usize::try_from(random.below(2)).expect("small")],
        _ => after.secondaries = u32::try_from(random.below(3)).expect("small"),
    }
    after
}

fn keeps_majorities_and_data(seed: u64, change_plan: Option<fn(&mut Plan)>) {
    let mut random = Random::new(seed);
    let mut document = drawn(&mut random);
    let copies = document.databases[0].1;
    let mut desk = Desk::formed(seed, &document);
    desk.platform.watched = Some(ConnectionName::new("orders"));
    desk.platform.change_plan = change_plan;
    for _round in 0..2 {
        document = changed(&mut random, &document);
        let at = usize::try_from(random.below(12)).expect("small");
        let kill = match random.below(3) {
            0 => Some(Kill::After(at)),
            1 => Some(Kill::Before(at)),
            _ => None,
        };
        if random.happens(40) {
            let server = format!("orders-{}-0", 1 + random.below(3));
            let at = usize::try_from(random.below(8)).expect("small");
            desk.platform.disturb_after = Some((at, server));
        }
        let _however_it_ends = desk.apply(&document, kill);
        desk.platform.disturb_after = None;
        desk.advance(60);
        let _however_it_ends = desk.apply(&document, None);
        desk.advance(60);
        // The only primary of a database goes with downtime, which the plan says.
        let has_one = |line: &&String| copies == 1 && line.ends_with(": sales");
        let lost: Vec<&String> = desk.platform.majorities_lost.iter().filter(|line| !has_one(line)).collect();
        assert!(lost.is_empty(), "a majority was taken away: {lost:?}");
        assert_eq!(desk.cluster().lost().len(), 0, "data was lost");
        assert!(desk.cluster().has_quorum("sales") && desk.cluster().has_quorum("system"));
    }
}

#[test]
fn no_request_takes_away_a_majority_and_no_data_is_lost() {
    (0..6).for_each(|seed| keeps_majorities_and_data(seed, None));
}

#[test]
#[ignore = "hours: ten thousand clusters"]
fn no_request_takes_away_a_majority_in_ten_thousand_clusters() {
    (0..10_000).for_each(|seed| keeps_majorities_and_data(seed, None));
}

/// Each server sees nobody's turn but its own.
fn each_alone(plan: &mut Plan) {
    for gate in plan.steps.iter_mut().flat_map(|step| &mut step.gates) {
        if let Condition::Neo4j(watch) = &mut gate.condition
            && let Watch::Turn(turn) = &mut **watch
        {
            turn.among.retain(|name, _| *name == turn.server);
        }
    }
}

#[test]
#[should_panic(expected = "a majority was taken away")]
fn where_turns_do_not_see_each_other_law_11_breaks() {
    (0..12).for_each(|seed| keeps_majorities_and_data(seed, Some(each_alone)));
}

fn without_turns(plan: &mut Plan) {
    let is_turn = |condition: &Condition| matches!(condition, Condition::Neo4j(watch) if matches!(**watch, Watch::Turn(_)));
    plan.steps.iter_mut().for_each(|step| step.gates.retain(|gate| !is_turn(&gate.condition)));
}

#[test]
#[should_panic(expected = "a majority was taken away")]
fn without_turns_law_11_breaks() {
    (0..12).for_each(|seed| keeps_majorities_and_data(seed, Some(without_turns)));
}
