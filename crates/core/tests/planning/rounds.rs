//! Planning is a pure function that asks: the same answers give the same bytes, and nothing is asked twice.

use crate::platform::{NOW, Platform, config_map, graph, graphs, held, wanted};
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::{Held, Next, Planner, plan};
use evenkeel_core::engine::question::{Answer, Fact, FactId, Question};
use std::collections::BTreeSet;

#[test]
fn the_same_inputs_give_the_same_bytes_whatever_the_order_of_the_files() {
    let names = ["a", "b", "c", "d"];
    let bytes = |names: &mut dyn Iterator<Item = &&str>| {
        let mut platform = Platform::new();
        names.for_each(|name| drop(platform.want(&config_map(name, "one"), &[])));
        serde_json::to_vec(&platform.plan()).expect("a plan is JSON")
    };
    assert_eq!(bytes(&mut names.iter()), bytes(&mut names.iter().rev()));
}

#[test]
fn another_wish_gives_another_plan() {
    let mut platform = Platform::new();
    platform.want(&config_map("a", "one"), &[]);
    let one = platform.plan();
    platform.want(&config_map("a", "two"), &[]);
    assert_ne!(one.id, platform.plan().id);
}

#[test]
fn when_it_was_read_is_no_part_of_a_plans_name() {
    let platform = Platform::new();
    let later = NOW + jiff::SignedDuration::from_secs(60);
    let (Next::Ready(one), Next::Ready(two)) =
        (plan(&platform.inputs, &Live::default(), NOW), plan(&platform.inputs, &Live::default(), later))
    else {
        panic!("there is nothing to ask about nothing")
    };
    assert_eq!(one.id, two.id);
}

#[test]
fn nothing_is_asked_twice() {
    let mut platform = Platform::new();
    platform.want(&config_map("a", "one"), &[]);
    platform.want(&config_map("b", "one"), &["ConfigMap/graph/a"]);
    let (mut planner, mut live, mut asked) =
        (Planner::new(&platform.inputs), Live::default(), BTreeSet::new());
    while let Next::Ask(questions) = planner.plan(&live, NOW) {
        for question in questions {
            let answer = platform.answer(&question);
            assert!(asked.insert(question.clone()), "{question:?}");
            live.insert(question, answer, NOW);
        }
    }
}

#[test]
fn a_planner_forgets_what_rests_on_an_answer_that_was_given_anew() {
    let mut platform = Platform::new();
    let graph = wanted(&graph("a"), &[]);
    let (id, connection) = (graph.id.clone(), graph.id.connection.clone());
    platform.inputs.desired.resources.insert(id.clone(), graph);
    let mut planner = Planner::new(&platform.inputs);
    let mut live = Live::default();
    for kinds in [Vec::new(), vec![graphs()], Vec::new()] {
        let discovery = Question::Fact(FactId::ServedKinds(connection.clone()));
        live.insert(discovery, Answer::Fact(Fact::ServedKinds(kinds.into())), NOW);
        while let Next::Ask(questions) = planner.plan(&live, NOW) {
            for question in questions {
                let answer = platform.answer(&question);
                live.insert(question, answer, NOW);
            }
        }
        assert_eq!(planner.plan(&live, NOW), plan(&platform.inputs, &live, NOW));
    }
}

#[test]
fn a_kind_that_nobody_serves_is_held_and_said_so() {
    let mut platform = Platform::new();
    let id = platform.want(&graph("a"), &[]);
    assert!(matches!(held(&platform.plan(), &id), Held::Rejected(words) if words.contains("Graph")));
}

#[test]
fn nothing_takes_more_than_four_rounds_to_settle() {
    let mut platform = Platform::new();
    platform.want(&config_map("a", "one"), &[]);
    platform.want(&graph("b"), &["ConfigMap/graph/a"]);
    platform.apply();
    platform.want(&config_map("new", "one"), &[]);
    platform.want(&config_map("a", "two"), &[]);
    let (mut planner, mut live, mut rounds) = (Planner::new(&platform.inputs), Live::default(), 0);
    while let Next::Ask(questions) = planner.plan(&live, NOW) {
        rounds += 1;
        for question in questions {
            let answer = platform.answer(&question);
            live.insert(question, answer, NOW);
        }
    }
    assert!((1..=4).contains(&rounds), "{rounds} rounds");
}
