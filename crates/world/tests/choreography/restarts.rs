//! Rolling restarts: a change of the configuration reaches one server after the other.

use super::{Desk, Document, failed, held, steps, story, story_of};
use crate::laws::machine::Kill;
use evenkeel_core::report::Style;
use evenkeel_core::report::apply::{ApplyReport, text};

#[test]
fn three_and_two_form_all_at_once_and_are_let_in() {
    let document = Document::default();
    let mut desk = Desk::new(1);
    let plan = desk.plan(&document);
    assert_eq!(held(&plan), Vec::<String>::new());
    let told = desk.told(&document);
    desk.apply_whole(&document);
    story!("three-and-two-are-formed", story_of(&told, &desk.sent(0)));
    desk.advance(60);
    assert!(desk.cluster().is_settled());
    assert!(desk.cluster().has_quorum("sales") && desk.cluster().has_quorum("system"));
    let again = desk.plan(&document);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
}

/// The servers whose pods were taken away, in this order.
fn evicted(sent: &[String]) -> Vec<&str> {
    let pods = sent.iter().filter_map(|address| address.strip_prefix("kubernetes:Pod/default/"));
    pods.map(|pod| pod.trim_end_matches("-0")).collect()
}

#[test]
fn a_changed_setting_reaches_secondaries_first_and_the_leader_of_system_last() {
    let before = Document::default();
    let mut desk = Desk::formed(1, &before);
    let after = Document { timeout: "20m".to_owned(), ..before };
    let plan = desk.plan(&after);
    assert_eq!(held(&plan), Vec::<String>::new());
    let told = desk.told(&after);
    let since = desk.platform.effects.len();
    desk.apply_whole(&after);
    let sent = desk.sent(since);
    story!("a-changed-setting-reaches-one-server-after-the-other", story_of(&told, &sent));
    let order = evicted(&sent);
    assert_eq!(order.len(), 5, "{sent:#?}");
    assert_eq!(order[..2], ["orders-secondary-1", "orders-secondary-2"]);
    // What a server reads is written when its turn comes.
    let third =
        sent.iter().position(|address| address.ends_with(&format!("{}-0", order[2]))).expect("it went");
    assert!(
        !sent[..third].iter().any(|address| address.contains(&format!("{}-user-config", order[4]))),
        "{sent:#?}"
    );
    desk.advance(60);
    let again = desk.plan(&after);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
}

#[test]
fn a_pod_that_somebody_else_takes_away_in_the_middle_stops_the_restarts_and_is_named() {
    let before = Document::default();
    let mut desk = Desk::formed(1, &before);
    let after = Document { timeout: "20m".to_owned(), ..before };
    let writer = desk.cluster().writer("sales").expect("one writes").to_owned();
    let since = desk.platform.effects.len();
    desk.platform.disturb_after = Some((2, format!("{writer}-0")));
    let plan = desk.plan(&after);
    let end = desk.apply(&after, None).expect("nobody kills it");
    let report = ApplyReport { plan: &plan, end: &end, next: Some("evenkeel apply prod".to_owned()) };
    story!("a-pod-that-somebody-else-takes-away-stops-the-restarts", text(&report, Style::plain()));
    let told = failed(&end);
    let named = told.iter().filter(|line| line.contains("taken away before its turn, by somebody else"));
    assert!(named.count() >= 1, "{told:#?}");
    let sent = desk.sent(since);
    assert_eq!(evicted(&sent), ["orders-secondary-1"], "{sent:#?}");
    desk.advance(60);
    desk.apply_whole(&after);
    desk.advance(60);
    let again = desk.plan(&after);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
}

#[test]
fn restarts_that_were_killed_anywhere_go_on_where_they_stood() {
    let mut document = Document::default();
    let mut desk = Desk::formed(1, &document);
    for (round, kill) in
        [Kill::After(0), Kill::Before(1), Kill::After(1), Kill::After(7)].into_iter().enumerate()
    {
        document.timeout = format!("{}m", 20 + round);
        let since = desk.platform.effects.len();
        assert!(desk.apply(&document, Some(kill)).is_none(), "it is killed");
        desk.apply_whole(&document);
        let sent = desk.sent(since);
        let mut order = evicted(&sent);
        order.dedup();
        assert_eq!(order.len(), 5, "{kill:?}: {sent:#?}");
        desk.advance(60);
        let again = desk.plan(&document);
        assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
    }
}

#[test]
fn a_database_on_two_that_vote_is_named_as_no_order_keeps_its_majority() {
    let before =
        Document { databases: vec![("sales".to_owned(), 2, 0)], secondaries: 0, ..Document::default() };
    let mut desk = Desk::formed(1, &before);
    let after = Document { timeout: "20m".to_owned(), ..before.clone() };
    let told = held(&desk.plan(&after));
    let named = |line: &&String| line.contains("database sales has no majority, as it is on 2 that vote");
    assert!(told.iter().filter(named).count() >= 2, "{told:#?}");
    let three = Document { databases: vec![("sales".to_owned(), 3, 0)], ..before };
    desk.apply_whole(&three);
    desk.advance(60);
    desk.apply_whole(&Document { timeout: "20m".to_owned(), ..three });
}

#[test]
fn the_only_server_goes_with_downtime_which_the_plan_says() {
    let before = Document { primaries: 1, secondaries: 0, databases: Vec::new(), ..Document::default() };
    let mut desk = Desk::formed(1, &before);
    let after = Document { timeout: "20m".to_owned(), ..before };
    let told = desk.told(&after);
    assert!(told.contains("Pod/default/orders-1-0   downtime") && told.contains("1 with downtime"), "{told}");
    desk.apply_whole(&after);
}

#[test]
fn what_a_server_never_shows_does_not_restart_it_at_every_apply() {
    let before = Document::default();
    let mut desk = Desk::formed(1, &before);
    // No plugin is there that knows the second one, and nobody minds.
    let settings = ", server.config.strict_validation.enabled: \"false\", gds.model.store_location: /models";
    let after = Document { settings, ..before };
    desk.apply_whole(&after);
    desk.advance(60);
    let plan = desk.plan(&after);
    let told = held(&plan);
    assert_eq!(steps(&plan), Vec::<String>::new());
    let is_named = |line: &&String| line.contains("it was started with") && line.contains("gds.model");
    let named = told.iter().filter(is_named);
    assert_eq!(named.count(), 5, "{told:#?}");
}

#[test]
fn a_larger_volume_is_told_with_what_to_type_and_keeps_nothing_else_back() {
    let before =
        Document { secondaries: 0, databases: vec![("sales".to_owned(), 3, 0)], ..Document::default() };
    let mut desk = Desk::formed(1, &before);
    let databases = vec![("sales".to_owned(), 3, 0), ("more".to_owned(), 1, 0)];
    let after = Document { size: "200Gi".to_owned(), databases, ..before };
    story!("a-larger-volume-is-told-with-what-to-type", desk.told(&after));
    let told = held(&desk.plan(&after));
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told.iter().all(|line| line.contains("patch pvc data-orders-")), "{told:#?}");
    desk.apply(&after, None).expect("nobody kills it");
    assert_eq!(steps(&desk.plan(&after)), Vec::<String>::new(), "the database was made");
}

#[test]
fn the_only_server_is_restarted_although_nobody_logs_in_to_it() {
    let before = Document {
        community: true,
        primaries: 1,
        secondaries: 0,
        databases: Vec::new(),
        ..Document::default()
    };
    let mut desk = Desk::formed(1, &before);
    let after = Document { timeout: "20m".to_owned(), ..before };
    let since = desk.platform.effects.len();
    desk.apply_whole(&after);
    assert_eq!(evicted(&desk.sent(since)), ["orders-1"]);
    desk.advance(60);
    let again = desk.plan(&after);
    assert_eq!((steps(&again), held(&again)), (Vec::new(), Vec::new()));
}
