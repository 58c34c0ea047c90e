//! Servers that leave: emptied before they go, and kept where the databases need them.

use super::{Desk, Document, denying, held, steps, story, story_of};
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::step::{Action, Operation};

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
