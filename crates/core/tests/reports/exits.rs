//! How a run ends, by what is planned and what is held.

use crate::world::*;
use evenkeel_core::engine::plan::{Held, HeldChange};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::wanted::ApprovedAction;
use evenkeel_core::report::exit::{Exit, PendingChanges, of_plan};

fn ends_with(held_by: Held) -> u8 {
    let resource = held("kubernetes:ConfigMap/graph/a", HeldChange::Update, held_by);
    of_plan(&plan(vec![], vec![resource], vec![]), PendingChanges::Told).code()
}

#[test]
fn each_reason_for_holding_has_its_code() {
    let why = Why { trouble: Trouble::TimedOut, message: String::new() };
    let denied = Held::Denied(vec![denial("p", "")]);
    let table = [
        (Held::Unreadable(why), 7),
        (Held::Unsettled(vec![]), 7),
        (denied, 4),
        (Held::NeedsApproval(ApprovedAction::LoseData), 4),
        (Held::HoldsData, 4),
        (Held::NotOwned, 4),
        (Held::OverLimit { deletes: 9, allowed: 3 }, 4),
        (Held::Ambiguous(String::new()), 4),
        (Held::Namesake { wanted: "connect:Connector/main/a".parse().expect("an address") }, 4),
        (Held::Contested(vec![flux()]), 0),
        (Held::Rejected(String::new()), 1),
        (Held::Impossible(String::new()), 4),
    ];
    for (held_by, code) in table {
        assert_eq!(ends_with(held_by.clone()), code, "{held_by:?}");
    }
}

#[test]
fn a_closed_window_leaves_a_plan_pending_and_an_apply_to_be_run_again() {
    assert_eq!(ends_with(Held::OutsideWindow { opens: None }), 2);
    let resource =
        held("kubernetes:ConfigMap/graph/a", HeldChange::Update, Held::OutsideWindow { opens: None });
    let plan = plan(vec![], vec![resource], vec![]);
    assert_eq!(of_plan(&plan, PendingChanges::Silent), Exit::Done);
    assert_eq!(
        evenkeel_core::report::exit::of_what_is_left(&plan).into_iter().collect::<Vec<_>>(),
        [Exit::Partial]
    );
}

#[test]
fn what_waits_takes_the_code_of_what_it_waits_for_and_needs_a_person_if_that_is_nowhere() {
    let waits =
        |need: &str| held("kubernetes:Pod/graph/b", HeldChange::Create, Held::WaitsFor(vec![address(need)]));
    let contested = held("kubernetes:ConfigMap/graph/a", HeldChange::Update, Held::Contested(vec![]));
    let behind_contested = plan(vec![], vec![contested, waits("kubernetes:ConfigMap/graph/a")], vec![]);
    assert_eq!(of_plan(&behind_contested, PendingChanges::Told), Exit::Done);
    let behind_unread = plan(vec![], vec![waits("kubernetes:Secret/graph/auth")], vec![secrets_forbidden()]);
    assert_eq!(of_plan(&behind_unread, PendingChanges::Told), Exit::Unreadable);
    let behind_nothing = plan(vec![], vec![waits("kubernetes:Namespace/lost")], vec![]);
    assert_eq!(of_plan(&behind_nothing, PendingChanges::Told), Exit::Denied);
}

#[test]
fn changes_are_told_only_if_asked_for_and_adoptions_are_none() {
    let changes = plan(vec![create("kubernetes:ConfigMap/graph/a")], vec![], vec![]);
    assert_eq!(of_plan(&changes, PendingChanges::Told), Exit::Pending);
    assert_eq!(of_plan(&changes, PendingChanges::Silent), Exit::Done);
    let adoption = plan(vec![adopt("kubernetes:ConfigMap/graph/a")], vec![], vec![]);
    assert_eq!(of_plan(&adoption, PendingChanges::Told), Exit::Done);
    let unread = plan(vec![create("kubernetes:ConfigMap/graph/a")], vec![], vec![secrets_forbidden()]);
    assert_eq!(of_plan(&unread, PendingChanges::Silent), Exit::Unreadable);
}

#[test]
fn where_several_fit_the_first_of_70_64_1_6_3_5_4_7_2_0_wins() {
    let order = [
        Exit::Bug,
        Exit::Usage,
        Exit::Failed,
        Exit::Locked,
        Exit::Stale,
        Exit::Partial,
        Exit::Denied,
        Exit::Unreadable,
        Exit::Pending,
        Exit::Done,
    ];
    assert_eq!(order.map(Exit::code), [70, 64, 1, 6, 3, 5, 4, 7, 2, 0]);
    for (index, exit) in order.iter().enumerate() {
        assert_eq!(Exit::first(order[index..].iter().rev().copied()), *exit);
    }
    assert_eq!(Exit::first([]), Exit::Done);
}
