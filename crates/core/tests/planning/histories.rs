//! What the ledger tells: ours, somebody else's, made anew, or lost.

use crate::platform::{Platform, config_map, held, is_empty, secret, steps};
use evenkeel_core::engine::id::{Kind, ResourceId};
use evenkeel_core::engine::ledger::{Generated, Ledger};
use evenkeel_core::engine::plan::inputs::History;
use evenkeel_core::engine::plan::{Held, Plan};
use evenkeel_core::engine::question::{Scope, Trouble, Why};
use evenkeel_core::engine::step::{Action, Operation, Reason, Remember, Step, WriteMode};
use evenkeel_core::engine::verdict::Writer;
use evenkeel_core::engine::wanted::ApprovedAction;
use evenkeel_core::report::plain;
use evenkeel_core::report::words::next_for;

#[test]
fn what_was_applied_and_is_unchanged_needs_nothing() {
    let mut platform = Platform::new();
    platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    assert!(is_empty(&platform.plan()));
}

#[test]
fn a_lost_ledger_holds_everything_and_says_how_to_get_it_back() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    let new = platform.want(&config_map("new", "one"), &[]);
    platform.inputs.history = History::Never;
    let plan = platform.plan();
    assert!(plan.steps.is_empty());
    for id in [&a, &new] {
        let Held::Unreadable(why) = held(&plan, id) else { panic!("{:?}", plan.held) };
        assert_eq!(why.trouble, Trouble::LedgerLost);
        let next = next_for(why.trouble, &plan.environment);
        assert!(plain::sentence(&next).contains("evenkeel ledger recover prod"), "{next}");
    }
}

#[test]
fn before_the_first_apply_there_is_no_ledger_to_lose() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.inputs.history = History::Never;
    assert_eq!(steps(&platform.plan(), &a).len(), 1);
}

#[test]
fn a_recovered_ledger_takes_what_we_applied_for_ours_whether_git_wants_it_or_not() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    let left = platform.want(&config_map("left", "one"), &[]);
    platform.apply();
    platform.unwant(&left);
    let plan = platform.recover(Ledger::default());
    assert_eq!(regained(&plan, &a), (Remember::Looks, Generated::Nothing));
    assert_eq!(regained(&plan, &left), (Remember::Nothing, Generated::Nothing));
    assert!(is_recorded(&plan), "nothing live is written by a recovery");
}

#[test]
fn what_differs_from_git_is_ours_again_without_being_called_drifted() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    let secret = platform.want(&secret("s"), &[]);
    platform.apply();
    platform.want(&config_map("a", "two"), &[]);
    platform.unwant(&secret);
    let plan = platform.recover(Ledger::default());
    assert_eq!(regained(&plan, &a), (Remember::Nothing, Generated::Nothing));
    assert_eq!(regained(&plan, &secret), (Remember::Nothing, Generated::Secret), "it may be the only copy");
}

#[test]
fn only_what_the_rest_of_the_ledger_lacks_is_recovered_and_never_a_copy_of_our_label() {
    let mut platform = Platform::new();
    let (a, b) = (platform.want(&config_map("a", "one"), &[]), platform.want(&config_map("b", "one"), &[]));
    let copy = platform.want(&config_map("copy", "one"), &[]);
    platform.apply();
    platform.forget_who_applied(&copy);
    let mut ledger = platform.ledger().clone();
    ledger.rows.remove(&b);
    ledger.rows.remove(&copy);
    let plan = platform.recover(ledger);
    assert_eq!(regained(&plan, &b).0, Remember::Looks);
    assert!(steps(&plan, &a).is_empty() && steps(&plan, &copy).is_empty());
}

#[test]
fn a_kind_that_cannot_be_searched_is_named_and_the_others_are_recovered() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    let all = |kind: &str| Scope { namespace: None, kind: Kind::new(kind), ..Scope::of(&a) };
    let why = Why { trouble: Trouble::Forbidden, message: "403".to_owned() };
    platform.unreadable.insert(all("Secret"), why);
    let plan = platform.recover(Ledger::default());
    assert_eq!(steps(&plan, &a).len(), 1);
    assert_eq!(plan.unknown.iter().map(|unknown| &unknown.scope).collect::<Vec<_>>(), [&all("Secret")]);
}

fn regained(plan: &Plan, id: &ResourceId) -> (Remember, Generated) {
    match &steps(plan, id)[..] {
        [Step { action: Action::Operation(Operation::RecordOurs { uid: _, remember, generated }), .. }] => {
            (*remember, *generated)
        }
        other => panic!("{id} is recorded, once: {other:?}"),
    }
}

fn is_recorded(plan: &Plan) -> bool {
    let records = |step: &Step| matches!(step.action, Action::Operation(Operation::RecordOurs { .. }));
    plan.steps.iter().all(records) && plan.held.is_empty()
}

#[test]
fn what_somebody_made_anew_is_adopted_where_equal_and_held_where_it_differs() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    platform.recreate(&a);
    let plan = platform.plan();
    assert!(matches!(steps(&plan, &a)[0].action, Action::Write { mode: WriteMode::Adopt, .. }));
    platform.want(&config_map("a", "two"), &[]);
    assert_eq!(held(&platform.plan(), &a), &Held::NotOwned);
    platform.approve(&a, ApprovedAction::Adopt);
    assert_eq!(steps(&platform.plan(), &a).len(), 1);
}

#[test]
fn what_somebody_deleted_is_created_again_and_told_as_drift() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    platform.live.remove(&a);
    assert_eq!(steps(&platform.plan(), &a)[0].because, Reason::Drifted(Writer::Unknown));
}

#[test]
fn what_an_earlier_apply_left_in_doubt_is_not_touched() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.inputs.blocked.insert(a.clone(), "nobody knows".to_owned());
    assert_eq!(
        held(&platform.plan(), &a),
        &Held::Ambiguous("an earlier apply left something here: nobody knows".to_owned())
    );
}
