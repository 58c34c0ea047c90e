//! What the ledger tells: ours, somebody else's, made anew, or lost.

use crate::platform::{Platform, config_map, held, is_empty, steps};
use evenkeel_core::engine::plan::Held;
use evenkeel_core::engine::plan::inputs::History;
use evenkeel_core::engine::question::Trouble;
use evenkeel_core::engine::step::{Action, Reason, WriteMode};
use evenkeel_core::engine::verdict::Writer;
use evenkeel_core::engine::wanted::ApprovedAction;

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
        assert!(why.message.contains("ledger recover prod"), "{}", why.message);
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
fn a_recovered_ledger_takes_marked_objects_for_ours() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    platform.inputs.history = History::Recovering;
    let plan = platform.plan();
    assert!(matches!(steps(&plan, &a)[0].action, Action::Write { mode: WriteMode::Adopt, .. }));
    platform.want(&config_map("a", "two"), &[]);
    let plan = platform.plan();
    assert!(matches!(steps(&plan, &a)[0].action, Action::Write { mode: WriteMode::Update, .. }));
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
    assert_eq!(held(&platform.plan(), &a), &Held::Ambiguous("nobody knows".to_owned()));
}
