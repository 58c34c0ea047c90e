//! Servers that leave: emptied before they go, and kept where the databases need them.

use super::{Desk, Document, denying, held, steps, story, story_of};
use crate::laws::machine::Kill;
use evenkeel_core::engine::id::System;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::step::{Action, Operation, Step};

fn of(primaries: u32, copies: u32) -> Document {
    Document {
        primaries,
        secondaries: 0,
        databases: vec![("sales".to_owned(), copies, 0)],
        ..Document::default()
    }
}

/// What is done to servers, in the plan's order, and where databases move.
fn told(plan: &Plan) -> Vec<String> {
    let told = plan.steps.iter().filter_map(|step| {
        let what = match &step.action {
            Action::Operation(Operation::Cordon) => "cordon".to_owned(),
            Action::Operation(Operation::Deallocate { moves }) => {
                let moves = moves.iter().map(|it| format!(" {} to {}", it.database, it.to));
                format!("drain{}", moves.collect::<String>())
            }
            Action::Delete { uid: _ } if matches!(step.address.kind.as_str(), "Server" | "StatefulSet") => {
                "delete".to_owned()
            }
            _ => return None,
        };
        Some(format!("{what} {}", step.address))
    });
    told.collect()
}

#[test]
fn five_become_three_each_step_in_the_plan_and_nothing_is_lost() {
    let mut desk = Desk::formed(1, &of(5, 3));
    let after = of(3, 3);
    let plan = desk.plan(&after);
    assert_eq!(held(&plan), Vec::<String>::new());
    let (text, since) = (desk.told(&after), desk.platform.effects.len());
    let told = told(&plan);
    assert_eq!(told.len(), 8, "{told:#?}");
    assert!(told.iter().filter(|line| line.starts_with("cordon")).count() == 2, "{told:#?}");
    desk.apply_whole(&after);
    story!("five-become-three", story_of(&text, &desk.sent(since)));
    desk.advance(60);
    assert!(desk.cluster().is_settled() && desk.cluster().has_quorum("sales"));
    assert_eq!(desk.cluster().lost().len(), 0);
    let again = desk.plan(&after);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
    for claim in ["data-orders-4-0", "data-orders-5-0"] {
        assert!(desk.has("PersistentVolumeClaim", claim), "its volume stays");
    }
    assert!(!desk.has("StatefulSet", "orders-4") && !desk.has("ConfigMap", "orders-5-user-config"));
}

/// How many pods have to stay, how many workloads there are, by what Kubernetes has at this moment.
fn bound(desk: &Desk) -> (i64, i64) {
    let least = desk.number("PodDisruptionBudget", "orders", &["spec", "minAvailable"]);
    let servers = (1..=5).filter(|number| desk.has("StatefulSet", &format!("orders-{number}")));
    (least, i64::try_from(servers.count()).expect("five at most"))
}

#[test]
fn servers_that_leave_go_on_leaving_however_often_it_is_killed_and_never_may_two_be_taken_away() {
    let mut desk = Desk::formed(1, &of(5, 3));
    let after = of(3, 3);
    let mut kills = 0;
    while desk.apply(&after, Some(if kills % 2 == 0 { Kill::After(0) } else { Kill::Before(1) })).is_none() {
        kills += 1;
        let (least, servers) = bound(&desk);
        assert!(least >= servers - 1, "{least} of {servers} have to stay after {kills} kills");
        assert!(kills < 200, "it goes on and on: {:#?}", held(&desk.plan(&after)));
    }
    desk.advance(60);
    let again = desk.plan(&after);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
    assert!(desk.cluster().is_settled() && desk.cluster().has_quorum("sales"));
    assert_eq!((bound(&desk), desk.cluster().lost().len()), ((2, 3), 0));
}

#[test]
fn servers_that_leave_go_on_leaving_wherever_it_was_killed() {
    let formed = Desk::formed(1, &of(5, 3));
    let after = of(3, 3);
    for kill in (0..12).flat_map(|number| [Kill::Before(number), Kill::After(number)]) {
        let mut desk = formed.clone();
        assert!(desk.apply(&after, Some(kill)).is_none(), "{kill:?}");
        let plan = desk.plan(&after);
        assert_eq!(held(&plan), Vec::<String>::new(), "{kill:?}");
        let (least, servers) = bound(&desk);
        assert!(least >= servers - 1, "{kill:?}: {least} of {servers}");
        desk.apply_whole(&after);
        desk.advance(60);
        let again = desk.plan(&after);
        assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()), "{kill:?}");
        assert_eq!(bound(&desk), (2, 3), "{kill:?}");
    }
}

#[test]
fn while_a_server_is_told_of_whom_nobody_let_in_the_budget_stays() {
    let mut desk = Desk::formed(1, &of(3, 3));
    // Both workloads and the budget for five are there; nobody was let in.
    let letting_in = |step: &Step| step.address.system == System::Neo4j;
    let plan = desk.plan(&of(5, 3));
    let before = plan.steps.iter().filter(|step| !letting_in(step)).count();
    assert!(desk.apply(&of(5, 3), Some(Kill::After(before - 1))).is_none());
    desk.advance(60);
    assert_eq!(bound(&desk), (4, 5));
    desk.apply(&of(3, 3), None).expect("nobody kills it");
    let plan = desk.plan(&of(3, 3));
    assert_eq!((bound(&desk), steps(&plan)), ((4, 5), Vec::new()));
    let held = held(&plan);
    assert!(held.iter().any(|line| line.contains("PodDisruptionBudget/default/orders")), "{held:#?}");
    assert!(held.iter().any(|line| line.contains("started and never let in")), "{held:#?}");
    // The way out that the plan tells.
    assert_eq!(self::held(&desk.plan(&of(5, 3))), Vec::<String>::new());
    desk.apply_whole(&of(5, 3));
    desk.advance(60);
    desk.apply_whole(&of(3, 3));
    assert_eq!(bound(&desk), (2, 3), "{:#?}", self::held(&desk.plan(&of(3, 3))));
}

#[test]
fn a_database_on_several_does_not_go_to_one_and_nobody_is_cordoned_for_it() {
    let mut desk = Desk::formed(1, &of(5, 5));
    let plan = desk.plan(&of(3, 1));
    let told = held(&plan);
    let row = told.iter().find(|line| line.starts_with("neo4j:Database/orders/sales")).expect("it is held");
    assert!(row.contains("from 5 primaries to one"), "{row}");
    let stays = told.iter().filter(|line| line.starts_with("neo4j:Server/orders/orders-"));
    assert_eq!(stays.count(), 2, "{told:#?}");
    assert_eq!(self::told(&plan), Vec::<String>::new());
}

#[test]
fn a_server_that_is_being_emptied_is_not_wanted_back_and_the_way_out_is_told() {
    let mut desk = Desk::formed(1, &of(5, 3));
    let plan = desk.plan(&of(3, 3));
    let is_drain = |step: &Step| matches!(step.action, Action::Operation(Operation::Deallocate { moves: _ }));
    let drain = plan.steps.iter().rposition(is_drain).expect("it is planned");
    assert!(desk.apply(&of(3, 3), Some(Kill::After(drain))).is_none());
    desk.apply(&of(5, 3), None).expect("nobody kills it");
    let plan = desk.plan(&of(5, 3));
    let told = held(&plan);
    let named = told.iter().filter(|line| line.contains("Neo4j does not take that back"));
    assert!(named.count() >= 1, "{told:#?}");
    assert_eq!(steps(&plan), Vec::<String>::new());
    desk.apply_whole(&of(3, 3));
    assert_eq!(bound(&desk), (2, 3));
}

#[test]
fn three_do_not_become_two_and_the_database_and_system_are_named() {
    // What the document does not name is there all the same.
    let unnamed = |primaries| Document { databases: Vec::new(), ..of(primaries, 3) };
    let mut desk = Desk::formed(1, &unnamed(3));
    let plan = desk.plan(&unnamed(2));
    let held = held(&plan);
    let row = held.iter().find(|line| line.starts_with("neo4j:Server/orders/orders-3")).expect("it is held");
    assert!(row.contains("neo4j is on 3") && row.contains("system is on 3"), "{row}");
    assert_eq!(told(&plan), Vec::<String>::new());
    story!("three-do-not-become-two", desk.told(&unnamed(2)));
    let workload = held.iter().find(|line| line.starts_with("kubernetes:StatefulSet/default/orders-3"));
    assert!(workload.is_some(), "{held:#?}");
}

#[test]
fn where_a_policy_keeps_a_server_the_budget_is_not_lowered() {
    let mut desk = Desk::formed(1, &of(5, 3));
    desk.platform.bench.policies =
        denying("no-deletions", "change.action == 'delete'", "nothing is deleted here");
    let plan = desk.plan(&of(3, 3));
    assert_eq!(told(&plan), Vec::<String>::new());
    let (held, steps) = (held(&plan), steps(&plan));
    assert!(
        held.iter().any(|line| line.starts_with("kubernetes:PodDisruptionBudget/default/orders")),
        "{held:#?}"
    );
    assert!(!steps.iter().any(|line| line.contains("PodDisruptionBudget")), "{steps:#?}");
}

#[test]
fn nobody_leaves_while_a_server_does_not_answer() {
    let mut desk = Desk::formed(1, &of(5, 3));
    desk.suspend_pod("orders-1");
    let plan = desk.plan(&of(3, 3));
    assert_eq!(told(&plan), Vec::<String>::new());
    assert!(held(&plan).iter().any(|line| line.contains("does not answer the others")), "{:#?}", held(&plan));
}

#[test]
fn three_become_five_and_new_servers_are_let_in() {
    let mut desk = Desk::formed(1, &of(3, 3));
    let after = of(5, 5);
    let (text, since) = (desk.told(&after), desk.platform.effects.len());
    desk.apply_whole(&after);
    story!("three-become-five", story_of(&text, &desk.sent(since)));
    desk.advance(120);
    assert!(desk.cluster().is_settled() && desk.cluster().has_quorum("sales"));
    let again = desk.plan(&after);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
}

#[test]
fn servers_that_come_go_on_coming_however_often_it_is_killed() {
    let mut desk = Desk::formed(1, &of(3, 3));
    let after = of(5, 5);
    let mut kills = 0;
    while desk.apply(&after, Some(if kills % 2 == 0 { Kill::After(0) } else { Kill::Before(1) })).is_none() {
        kills += 1;
        assert!(kills < 200, "it goes on and on: {:#?}", held(&desk.plan(&after)));
    }
    desk.advance(120);
    let again = desk.plan(&after);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
    assert!(desk.cluster().is_settled() && desk.cluster().has_quorum("sales"));
}

#[test]
fn a_server_that_comes_again_is_held_while_its_claim_is_that_of_the_one_that_was_dropped() {
    let mut desk = Desk::formed(1, &of(5, 3));
    desk.apply_whole(&of(3, 3));
    desk.advance(60);
    let plan = desk.plan(&of(5, 3));
    assert_eq!(steps(&plan), Vec::<String>::new());
    let told = held(&plan);
    let row = told.iter().find(|line| line.starts_with("neo4j:Server/orders/orders-4")).expect("it is held");
    assert!(row.contains("PersistentVolumeClaim/default/data-orders-4-0"), "{row}");
    story!("a-server-comes-again-to-the-volume-of-one-that-was-dropped", desk.told(&of(5, 3)));
    for claim in ["data-orders-4-0", "data-orders-5-0"] {
        desk.delete("PersistentVolumeClaim", claim);
    }
    desk.apply_whole(&of(5, 3));
    desk.advance(120);
    let again = desk.plan(&of(5, 3));
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
    assert!(desk.cluster().is_settled());
}

#[test]
fn a_server_that_was_dropped_and_runs_is_not_let_in_again_and_its_claim_is_named() {
    let mut desk = Desk::formed(1, &of(5, 3));
    let plan = desk.plan(&of(3, 3));
    let is_drop = |step: &Step| {
        step.address.system == System::Neo4j && matches!(step.action, Action::Delete { uid: _ })
    };
    let drop = plan.steps.iter().rposition(is_drop).expect("it is planned");
    assert!(desk.apply(&of(3, 3), Some(Kill::After(drop))).is_none());
    // Whoever takes the change back after that has workloads, and servers that nobody lets in.
    desk.apply(&of(5, 3), None).expect("nobody kills it");
    let told = held(&desk.plan(&of(5, 3)));
    let named = told.iter().filter(|line| line.contains("was dropped") && line.contains("data-orders-"));
    assert!(named.count() >= 1, "{told:#?}");
}

#[test]
fn a_workload_that_somebody_deletes_comes_back_to_its_volume() {
    let mut desk = Desk::formed(1, &of(5, 3));
    desk.delete("StatefulSet", "orders-5");
    desk.advance(60);
    desk.apply_whole(&of(5, 3));
    desk.advance(60);
    let again = desk.plan(&of(5, 3));
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
}

#[test]
fn servers_and_version_do_not_change_at_once() {
    let mut desk = Desk::formed(1, &of(3, 3));
    let newer = |document: Document| Document { version: "5.26.1".to_owned(), ..document };
    let told = held(&desk.plan(&newer(of(5, 3))));
    assert!(told.iter().any(|line| line.contains("new servers come once all run it")), "{told:#?}");
    let mut desk = Desk::formed(1, &of(5, 3));
    let told = held(&desk.plan(&newer(of(3, 3))));
    assert!(told.iter().any(|line| line.contains("they leave once all run it")), "{told:#?}");
}

#[test]
fn a_single_server_does_not_become_a_cluster_in_place() {
    let unnamed = |primaries| Document { databases: Vec::new(), ..of(primaries, 1) };
    let mut desk = Desk::formed(1, &unnamed(1));
    let plan = desk.plan(&unnamed(3));
    let told = held(&plan);
    assert!(told.iter().any(|line| line.contains("does not become a cluster in place")), "{told:#?}");
}
