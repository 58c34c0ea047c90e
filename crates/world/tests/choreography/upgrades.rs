//! Other versions: one server after the other, never backwards, not too far at once, and not without a backup.

use super::{Desk, Document, denying, held, steps, story, story_of};
use crate::laws::machine::Kill;
use evenkeel_core::engine::policy::Policies;

fn of(version: &str) -> Document {
    Document {
        version: version.to_owned(),
        secondaries: 0,
        databases: vec![("sales".to_owned(), 3, 0)],
        ..Document::default()
    }
}

#[test]
fn an_upgrade_reaches_one_server_after_the_other() {
    let mut desk = Desk::formed(1, &of("5.26.0"));
    let after = of("5.26.1");
    let (text, since) = (desk.told(&after), desk.platform.effects.len());
    desk.apply_whole(&after);
    story!("an-upgrade-reaches-one-server-after-the-other", story_of(&text, &desk.sent(since)));
    desk.advance(60);
    let again = desk.plan(&after);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
}

#[test]
fn nothing_leads_back_to_an_older_version() {
    let mut desk = Desk::formed(1, &of("5.26.1"));
    let plan = desk.plan(&of("5.26.0"));
    let told = held(&plan);
    assert!(told.iter().any(|line| line.contains("5.26.1 does not become 5.26.0")), "{told:#?}");
    assert_eq!(steps(&plan), Vec::<String>::new());
}

#[test]
fn the_calendar_is_reached_by_way_of_5_26() {
    let mut desk = Desk::formed(1, &of("5.20.0"));
    let plan = desk.plan(&of("2025.01.0"));
    let told = held(&plan);
    assert!(told.iter().any(|line| line.contains("5.20.0 becomes 2025.01.0 by way of 5.26")), "{told:#?}");
    assert_eq!(steps(&plan), Vec::<String>::new());
}

#[test]
fn the_calendar_is_reached_by_servers_that_discover_each_other_by_the_second_way() {
    let before = Document { discovery: Some("v2OverV1"), ..of("5.26.0") };
    let mut desk = Desk::formed(1, &before);
    let told = held(&desk.plan(&of("2025.01.0")));
    assert!(told.iter().any(|line| line.contains("`servers.discovery: v2Only` comes first")), "{told:#?}");
    let second = Document { discovery: Some("v2Only"), ..before };
    desk.apply_whole(&second);
    desk.advance(60);
    desk.apply_whole(&of("2025.01.0"));
    desk.advance(60);
    let again = desk.plan(&of("2025.01.0"));
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
}

#[test]
fn no_way_of_discovery_is_skipped() {
    let mut desk = Desk::formed(1, &of("5.26.0"));
    let plan = desk.plan(&Document { discovery: Some("v2Only"), ..of("5.26.0") });
    let told = held(&plan);
    assert!(told.iter().any(|line| line.contains("`servers.discovery: v1OverV2` comes before")), "{told:#?}");
    assert_eq!(steps(&plan), Vec::<String>::new());
}

/// Denies restarts of what holds data without a backup of the last day.
fn fresh_backups() -> Policies {
    let deny = "change.holdsData && change.risk in ['restart', 'downtime'] \
                && (change.hoursSinceBackup == null || change.hoursSinceBackup >= 24)";
    denying("fresh-backups", deny, "{change.address} has no backup of the last 24 hours")
}

#[test]
fn without_a_fresh_backup_a_policy_denies_an_upgrade() {
    let mut desk = Desk::formed(1, &of("5.26.0"));
    desk.platform.bench.policies = fresh_backups();
    let after = of("5.26.1");
    assert_eq!(steps(&desk.plan(&after)), Vec::<String>::new());
    story!("an-upgrade-without-a-fresh-backup", desk.told(&after));
    desk.note_backup("orders-2");
    let plan = desk.plan(&after);
    assert_eq!(held(&plan), Vec::<String>::new());
    desk.apply_whole(&after);
}

#[test]
fn a_restart_that_a_killed_apply_left_is_judged_before_it_is_done() {
    let mut desk = Desk::formed(1, &of("5.26.0"));
    // A request of the template shows in no answer of the server: once it is written, no row differs any more.
    let after = Document { cpu: 3, ..of("5.26.0") };
    assert!(
        desk.apply(&after, Some(Kill::Before(1))).is_none(),
        "it is killed between the template and the pod"
    );
    desk.advance(5);
    desk.platform.bench.policies = fresh_backups();
    let plan = desk.plan(&after);
    assert_eq!(steps(&plan), Vec::<String>::new());
    let pod = "kubernetes:Pod/default/orders-2-0: Denied";
    assert!(held(&plan).iter().any(|line| line.starts_with(pod)), "{:#?}", held(&plan));
    story!("a-restart-that-a-killed-apply-left-is-denied", desk.told(&after));
    desk.note_backup("orders-2");
    desk.apply_whole(&after);
    desk.advance(60);
    let again = desk.plan(&after);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
}

#[test]
fn what_a_server_that_is_down_ran_is_known_by_its_pod_and_nothing_leads_back() {
    let mut desk = Desk::formed(1, &of("5.26.0"));
    let since = desk.platform.effects.len();
    assert!(
        desk.apply(&of("5.26.1"), Some(Kill::After(5))).is_none(),
        "it is killed once one has the new version"
    );
    let first = desk.sent(since).iter().find_map(|sent| Some(sent.split_once("Pod/default/")?.1.to_owned()));
    let first = first.expect("one was restarted");
    desk.advance(60);
    desk.suspend_pod(first.trim_end_matches("-0"));
    let plan = desk.plan(&of("5.26.0"));
    let told = held(&plan);
    assert!(told.iter().any(|line| line.contains("5.26.1 does not become 5.26.0")), "{told:#?}");
    assert_eq!(steps(&plan), Vec::<String>::new());
}
