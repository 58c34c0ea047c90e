//! How long ago data was backed up: told by what is live, and judged by policies.

use crate::denials::policies;
use crate::platform::{NOW, Platform, claim, config_map, held, steps};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::{Held, Plan};
use evenkeel_core::engine::wanted::ApprovedAction;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const FRESH: (&str, &str) = (
    "fresh-backups",
    r#"{deny: "change.holdsData && (change.hoursSinceBackup == null || change.hoursSinceBackup >= 24)", message: "{change.name} is not backed up",
  tests: [{name: unknown, given: {change: {action: delete}, object: {apiVersion: v1, kind: PersistentVolumeClaim}}, expect: denied},
          {name: fresh, given: {change: {action: delete, hoursSinceBackup: 1}, object: {apiVersion: v1, kind: PersistentVolumeClaim}}, expect: allowed}]}"#,
);

/// A claim that is no longer in Git, and may go but for the policy.
fn leaving() -> (Platform, ResourceId) {
    let mut platform = Platform::new();
    let data = platform.want(&claim("data", "fast"), &[]);
    platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    platform.unwant(&data);
    platform.approve(&data, ApprovedAction::Delete);
    platform.inputs.policies = policies(&[FRESH]);
    (platform, data)
}

fn is_denied(plan: &Plan, id: &ResourceId) -> bool {
    plan.held.iter().any(|resource| resource.address == *id) && matches!(held(plan, id), Held::Denied(_))
}

fn back_up(platform: &mut Platform, id: &ResourceId, at: &str) {
    platform.edit(id, |body| body["metadata"]["annotations"]["evenkeel.dev/backed-up-at"] = json!(at));
}

fn ago(hours: i64) -> Timestamp {
    NOW - SignedDuration::from_hours(hours)
}

#[test]
fn data_that_nobody_says_is_backed_up_is_held() {
    let (platform, data) = leaving();
    assert!(is_denied(&platform.plan(), &data));
}

#[test]
fn a_backup_of_today_lets_the_risky_step_go_and_one_of_yesterday_does_not() {
    let (mut platform, data) = leaving();
    back_up(&mut platform, &data, &ago(23).to_string());
    assert_eq!(steps(&platform.plan(), &data).len(), 1);
    back_up(&mut platform, &data, &ago(24).to_string());
    assert!(is_denied(&platform.plan(), &data));
}

#[test]
fn a_time_that_cannot_be_read_or_is_still_to_come_is_no_backup() {
    let (mut platform, data) = leaving();
    for wrong in ["yesterday", "2026-11-21", &ago(-1).to_string()] {
        back_up(&mut platform, &data, wrong);
        assert!(is_denied(&platform.plan(), &data), "{wrong}");
    }
    let soon = NOW + SignedDuration::from_secs(60);
    back_up(&mut platform, &data, &soon.to_string());
    assert_eq!(steps(&platform.plan(), &data).len(), 1, "clocks differ a little");
}

#[test]
fn writing_when_it_was_backed_up_is_no_drift() {
    let mut platform = Platform::new();
    let data = platform.want(&claim("data", "fast"), &[]);
    platform.apply();
    back_up(&mut platform, &data, &ago(1).to_string());
    let plan = platform.plan();
    assert!(plan.steps.is_empty() && plan.held.is_empty(), "{plan:?}");
}

#[test]
fn the_age_of_a_backup_is_no_part_of_what_a_plan_is_called() {
    let (mut platform, data) = leaving();
    back_up(&mut platform, &data, &ago(3).to_string());
    let first = platform.plan().id;
    back_up(&mut platform, &data, &ago(4).to_string());
    assert_eq!(platform.plan().id, first, "an hour later the reviewed plan is still the same");
}
