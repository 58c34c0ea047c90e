//! No rendering holds a secret's text or digest.

use crate::world::*;
use evenkeel_core::report::drift::{self, DriftReport};
use evenkeel_core::report::{Style, plan as reports};

fn assert_clean(rendering: &str, text: &str) {
    let digest = digest(CANARY);
    assert!(!text.contains(CANARY), "{rendering} holds the secret:\n{text}");
    assert!(!text.contains(digest.short(8)), "{rendering} holds its digest:\n{text}");
}

#[test]
fn no_rendering_of_a_plan_holds_a_secret_or_its_digest() {
    let plan = everything();
    let report = report(&plan);
    assert_clean("text", &reports::text(&report, Style::plain()));
    assert_clean("coloured text", &reports::text(&report, Style::ansi()));
    assert_clean("markdown", &reports::markdown(&report));
    assert_clean("json", &reports::json(&report).to_string());
}

#[test]
fn no_rendering_of_drift_holds_a_secret_or_its_digest() {
    let plan = everything();
    let report = DriftReport { plan: &plan, now: now(), next: None };
    assert_clean("text", &drift::text(&report, Style::plain()));
    assert_clean("markdown", &drift::markdown(&report));
    assert_clean("json", &drift::json(&report).to_string());
}

#[test]
fn the_test_sees_a_digest_where_there_is_one() {
    let plan = everything();
    assert!(reports::file(&report(&plan)).contains(digest(CANARY).as_str()));
}
