//! A reviewed plan allows what comes out the same when it is derived again, and nothing else.

use crate::carrying::{connector, is_live, renamed};
use crate::denials::{policies, replaced_by_gold};
use crate::platform::{Platform, config_map, graph, graphs};
use evenkeel_core::engine::apply::Snapshot;
use evenkeel_core::engine::fingerprint::{DigestKey, DigestedUnder};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::journal::{
    Batch, Begin, Epoch, Found, Nonce, Position, Record, RowChange, Settled, SettledRecord, StepKey,
};
use evenkeel_core::engine::ledger::Book;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::plan::done::was_done;
use evenkeel_core::engine::plan::review::{self, Reviewed, is_agreed};
use evenkeel_core::engine::step::Step;
use evenkeel_core::engine::wanted::ApprovedAction;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Holds a plan of which nothing was carried out against another.
fn review(reviewed: &Plan, derived: Plan) -> Reviewed {
    review::review(reviewed, derived, |_| false)
}

fn kept(reviewed: &Reviewed) -> Vec<&ResourceId> {
    reviewed.plan.steps.iter().map(|step| &step.address).collect()
}

fn refused(reviewed: &Reviewed) -> Vec<&ResourceId> {
    reviewed.refused.iter().map(|step| &step.address).collect()
}

#[test]
fn what_comes_out_the_same_is_kept_under_the_reviewed_name() {
    let mut platform = Platform::new();
    platform.want(&config_map("a", "one"), &[]);
    let plan = platform.plan();
    let again = review(&plan, platform.plan());
    assert_eq!(
        again,
        Reviewed { plan: plan.clone(), refused: Vec::new(), denied: Vec::new(), unreviewed: 0 }
    );
    assert_eq!(again.plan.id, plan.id);
}

#[test]
fn what_was_changed_in_between_is_refused_with_all_that_needs_it() {
    let mut platform = Platform::new();
    let base = platform.want(&config_map("base", "one"), &[]);
    platform.apply();
    platform.want(&config_map("base", "two"), &[]);
    let user = platform.want(&config_map("user", "one"), &["ConfigMap/graph/base"]);
    let users_user = platform.want(&config_map("users-user", "one"), &["ConfigMap/graph/user"]);
    let other = platform.want(&config_map("other", "one"), &[]);
    let plan = platform.plan();
    platform.write(&base, "kubectl-edit", "three");
    let reviewed = review(&plan, platform.plan());
    assert_eq!(refused(&reviewed), [&base, &user, &users_user]);
    assert_eq!(kept(&reviewed), [&other]);
    assert_eq!(reviewed.unreviewed, 0);
}

#[test]
fn a_plan_with_other_values_other_doings_or_more_of_them_is_not_what_was_agreed_to() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    let first = platform.plan();
    assert!(is_agreed(&first, &platform.plan()));
    platform.want(&config_map("a", "two"), &[]);
    assert!(!is_agreed(&first, &platform.plan()), "another value");
    platform.apply();
    platform.want(&config_map("a", "three"), &[]);
    let update = platform.plan();
    platform.write(&a, "kubectl-edit", "four");
    assert!(!is_agreed(&update, &platform.plan()), "another value is overwritten");
    platform.write(&a, "kubectl-edit", "two");
    platform.recreate(&a);
    assert!(!is_agreed(&update, &platform.plan()), "another incarnation");
    platform.want(&config_map("a", "one"), &[]);
    platform.want(&config_map("b", "one"), &[]);
    assert!(!is_agreed(&first, &platform.plan()), "one more");
}

#[test]
fn another_incarnation_of_the_same_looks_is_not_what_was_reviewed() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    platform.unwant(&a);
    let plan = platform.plan();
    platform.recreate(&a);
    let reviewed = review(&plan, platform.plan());
    assert_eq!(refused(&reviewed), [&a]);
    assert!(reviewed.plan.steps.is_empty());
}

#[test]
fn what_nobody_reviewed_is_left_and_counted() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    let plan = platform.plan();
    platform.want(&config_map("b", "one"), &[]);
    let reviewed = review(&plan, platform.plan());
    assert_eq!(kept(&reviewed), [&a]);
    assert_eq!((reviewed.refused.len(), reviewed.unreviewed), (0, 1));
}

/// The plan that changes what was applied with these passwords, made under a key.
fn with_passwords(passwords: &Json, key: u8, prepare: impl Fn(&mut Platform)) -> Plan {
    let mut platform = Platform::new();
    platform.served = vec![graphs()].into();
    platform.key = DigestKey::new([key; 32]);
    let mut manifest = graph("a");
    manifest["spec"]["users"] = passwords.clone();
    platform.want(&manifest, &[]);
    platform.apply();
    manifest["spec"]["size"] = json!(2);
    platform.want(&manifest, &[]);
    prepare(&mut platform);
    platform.plan()
}

fn from_env(name: &str) -> Json {
    json!({"$secret": {"source": {"fromEnv": name}, "digest": null}})
}

#[test]
fn a_digest_under_a_key_that_nobody_kept_is_the_same_secret_in_a_map_and_in_a_list() {
    let in_a_map = json!({"alice": from_env("ALICE")});
    let in_a_list = json!([{"name": "alice", "password": from_env("ALICE")}, from_env("BOB")]);
    for passwords in [in_a_map, in_a_list] {
        let plan = with_passwords(&passwords, 1, |platform| {
            platform.inputs.digested_under = DigestedUnder::ThrownAwayKey;
        });
        assert_eq!(plan.steps.len(), 1, "{:?}", plan.held);
        let derived = with_passwords(&passwords, 2, |_| {});
        assert_ne!(plan.steps[0].expects, derived.steps[0].expects, "the digests differ");
        let reviewed = review(&plan, derived);
        assert_eq!((kept(&reviewed).len(), refused(&reviewed).len()), (1, 0), "{passwords}");
    }
}

#[test]
fn another_digest_under_a_key_that_is_kept_is_neither_what_was_reviewed_nor_what_was_agreed_to() {
    let passwords = json!({"alice": from_env("ALICE")});
    let plan = with_passwords(&passwords, 1, |_| {});
    assert!(is_agreed(&plan, &with_passwords(&passwords, 1, |_| {})));
    let derived = with_passwords(&passwords, 2, |_| {});
    assert!(!is_agreed(&plan, &derived));
    assert_eq!(review(&plan, derived).refused.len(), 1);
}

#[test]
fn the_name_of_a_plan_says_whether_its_digests_can_be_compared() {
    let plan = with_passwords(&json!([from_env("ALICE")]), 1, |_| {});
    let forged = Plan { digested_under: DigestedUnder::ThrownAwayKey, ..plan.clone() };
    assert_ne!(forged.name(), plan.id);
}

#[test]
fn a_secret_from_another_source_is_not_what_was_reviewed() {
    let plan = with_passwords(&json!([from_env("ALICE")]), 1, |_| {});
    let derived = with_passwords(&json!([from_env("BOB")]), 1, |_| {});
    assert_eq!(review(&plan, derived).refused.len(), 1);
}

#[test]
fn a_replacement_is_done_whole_or_not_at_all() {
    let (mut platform, class) = replaced_by_gold();
    platform.inputs.policies = policies(&[]);
    let plan = platform.plan();
    assert_eq!(plan.steps.len(), 2, "{:?}", plan.held);
    assert_eq!(kept(&review(&plan, platform.plan())).len(), 2);
    platform.edit(&class, |body| body["metadata"]["labels"] = json!({"tier": "silver"}));
    let reviewed = review(&plan, platform.plan());
    assert_eq!(kept(&reviewed), Vec::<&ResourceId>::new(), "a deletion alone is nothing that was reviewed");
    assert_eq!(refused(&reviewed), [&class, &class]);
}

#[test]
fn a_replacement_under_another_exemption_is_not_what_was_reviewed() {
    let exempted = |until: &str| {
        let (mut platform, class) = replaced_by_gold();
        let uid = platform.live[&class].uid.clone();
        let approval = platform.approve(&class, ApprovedAction::Exempt);
        (approval.policy, approval.uid) = (Some("no-gold".into()), Some(uid));
        approval.until = until.parse().expect("a time");
        platform.plan()
    };
    let (plan, later) = (exempted("2026-12-01T00:00:00Z"), exempted("2026-12-02T00:00:00Z"));
    assert_eq!(plan.steps.len(), 2, "{:?}", plan.held);
    let reviewed = review(&plan, later);
    assert!(reviewed.plan.steps.is_empty());
    assert_eq!(reviewed.refused.len(), 2);
}

#[test]
fn a_move_is_done_at_both_ends_or_at_none() {
    let (old, new) = (connector("main", "old"), connector("main", "new"));
    let mut platform = renamed(&old, &new);
    let plan = platform.plan();
    assert_eq!(kept(&review(&plan, platform.plan())).len(), plan.steps.len());
    // Somebody gave it an own life: offsets that it has are no longer carried without an Approval.
    is_live(&mut platform, &new, "STOPPED");
    let reviewed = review(&plan, platform.plan());
    assert!(reviewed.plan.steps.is_empty(), "{:?}", reviewed.plan.steps);
    assert_eq!(reviewed.refused.len(), plan.steps.len());
}

/// What the journal says after an apply of this plan that was killed once these steps were settled.
fn killed_after(plan: &Plan, steps: &[(&Step, Settled)]) -> Book {
    let apply: Arc<str> = Arc::from("a-1");
    let begin = Begin {
        apply: Arc::clone(&apply),
        tree: plan.tree.clone(),
        plan: plan.id.clone(),
        steps: 2,
        agreed: Vec::new(),
    };
    let settled = |(step, how): &(&Step, Settled)| {
        Record::Settled(Box::new(SettledRecord {
            key: StepKey { apply: Arc::clone(&apply), step: step.id.clone() },
            address: step.address.clone(),
            attempt: 1,
            how: how.clone(),
            row: RowChange::Keep,
            consumed: Vec::new(),
        }))
    };
    let records = std::iter::once(Record::Begin(begin)).chain(steps.iter().map(settled)).collect();
    let mut book = Book::read(&Snapshot::default()).expect("an empty state");
    book.fold(Position::first(Epoch::default()).next(), &Batch { by: Nonce::new("n"), records });
    book
}

#[test]
fn what_an_apply_of_this_plan_did_is_done_and_what_it_never_began_is_not() {
    let mut platform = Platform::new();
    let (one, two) =
        (platform.want(&config_map("a", "one"), &[]), platform.want(&config_map("b", "one"), &[]));
    platform.apply();
    platform.want(&config_map("a", "two"), &[]);
    platform.want(&config_map("b", "two"), &[]);
    let plan = platform.plan();
    let [first, second] = &plan.steps[..] else { panic!("{:?}", plan.steps) };
    let done = Settled::Done { uid: None, left: None, found: Found::ByAnswer };
    let book = killed_after(&plan, &[(first, done.clone()), (second, Settled::NotDone)]);
    assert_eq!([&first.address, &second.address], [&one, &two]);
    assert_eq!([was_done(first, &plan, &book), was_done(second, &plan, &book)], [true, false]);
    let another = Plan { id: "another".into(), ..plan.clone() };
    assert!(!was_done(first, &another, &book), "that was done for another plan");
}

#[test]
fn a_replacement_that_was_killed_in_the_middle_is_carried_on() {
    let (mut platform, class) = replaced_by_gold();
    platform.inputs.policies = policies(&[]);
    let plan = platform.plan();
    let [delete, create] = &plan.steps[..] else { panic!("{:?}", plan.steps) };
    let done = Settled::Done { uid: None, left: None, found: Found::ByAnswer };
    let book = killed_after(&plan, &[(delete, done)]);
    platform.live.remove(&class);
    platform.ledger().rows.remove(&class);
    let reviewed = review::review(&plan, platform.plan(), |step| was_done(step, &plan, &book));
    assert_eq!((kept(&reviewed), refused(&reviewed)), (vec![&create.address], Vec::new()));
}

#[test]
fn a_move_that_was_killed_in_the_middle_is_carried_on() {
    let mut platform = Platform::new();
    let old = platform.want(&config_map("old", "one"), &[]);
    platform.apply();
    platform.unwant(&old);
    let new = platform.want(&config_map("new", "one"), &[]);
    platform.moved(&new, &old);
    let plan = platform.plan();
    let create = plan.steps.iter().find(|step| step.address == new).expect("it is made");
    let book =
        killed_after(&plan, &[(create, Settled::Done { uid: None, left: None, found: Found::ByAnswer })]);
    platform.apply();
    let reviewed = review::review(&plan, platform.plan(), |step| was_done(step, &plan, &book));
    assert_eq!((kept(&reviewed), refused(&reviewed)), (vec![&old], Vec::new()), "{:?}", reviewed.plan.steps);
}
