//! What a policy denies is held, what needs it waits, and an approval lifts one policy for one resource once.

use crate::platform::{NOW, Platform, config_map, held, id, steps, storage_class};
use evenkeel_core::documents::{Repository, SourceFile};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::review::{Reviewed, review};
use evenkeel_core::engine::plan::{Held, Plan};
use evenkeel_core::engine::policy::{Policies, Severity};
use evenkeel_core::engine::wanted::{Approval, ApprovedAction};

/// Policies that were never tested against anything; the tests here are about plans.
pub(crate) fn policies(rules: &[(&str, &str)]) -> Policies {
    let policy = |(name, spec): &(&str, &str)| {
        format!(
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Policy\nmetadata: {{name: {name}}}\nspec: {spec}\n"
        )
    };
    let text: String = rules.iter().map(policy).collect();
    let files = [SourceFile { path: "policies/all.yaml".into(), bytes: text.into_bytes() }];
    let (repository, findings) = Repository::read(&files);
    repository.policies().unwrap_or_else(|_| panic!("{findings:#?}")).policies.clone()
}

/// Denies to write the text "bad".
const NO_BAD_TEXT: (&str, &str) = (
    "no-bad-text",
    r#"{over: objects, match: {kinds: [ConfigMap]}, deny: "object.data.text == 'bad'", message: "{object.metadata.name} is bad",
  tests: [{name: bad, given: {object: {apiVersion: v1, kind: ConfigMap, data: {text: bad}}}, expect: denied},
          {name: good, given: {object: {apiVersion: v1, kind: ConfigMap, data: {text: good}}}, expect: allowed}]}"#,
);

/// Denies every deletion.
pub(crate) const NO_DELETIONS: (&str, &str) = (
    "no-deletions",
    r#"{match: {actions: [delete]}, deny: "change.before.data.text != 'old'", message: "{change.name} stays",
  tests: [{name: goes, given: {change: {action: delete}, object: {apiVersion: v1, kind: ConfigMap, data: {text: new}}}, expect: denied},
          {name: old, given: {change: {action: delete}, object: {apiVersion: v1, kind: ConfigMap, data: {text: old}}}, expect: allowed}]}"#,
);

fn denied_by<'p>(plan: &'p Plan, address: &ResourceId) -> Vec<&'p str> {
    let Held::Denied(denials) = held(plan, address) else { panic!("{address} is denied: {:?}", plan.held) };
    denials.iter().map(|denial| &*denial.policy).collect()
}

#[test]
fn what_is_denied_is_held_with_the_policy_its_words_and_its_place() {
    let mut platform = Platform::new();
    platform.inputs.policies = policies(&[NO_BAD_TEXT]);
    let bad = platform.want(&config_map("a", "bad"), &[]);
    let good = platform.want(&config_map("b", "good"), &[]);
    let plan = platform.plan();
    let Held::Denied(denials) = held(&plan, &bad) else { panic!("denied") };
    assert_eq!(denials[0].message, "a is bad");
    assert_eq!(denials[0].at.to_string(), "policies/all.yaml:4:18");
    assert_eq!(steps(&plan, &good).len(), 1);
}

#[test]
fn what_needs_something_denied_waits() {
    let mut platform = Platform::new();
    platform.inputs.policies = policies(&[NO_BAD_TEXT]);
    platform.want(&config_map("a", "bad"), &[]);
    let user = platform.want(&config_map("b", "good"), &["ConfigMap/graph/a"]);
    assert_eq!(held(&platform.plan(), &user), &Held::WaitsFor(vec![id("ConfigMap/graph/a")]));
}

#[test]
fn a_deletion_is_judged_by_what_is_there() {
    let mut platform = Platform::new();
    let (new, old) =
        (platform.want(&config_map("a", "new"), &[]), platform.want(&config_map("b", "old"), &[]));
    platform.apply();
    platform.unwant(&new);
    platform.unwant(&old);
    platform.inputs.policies = policies(&[NO_DELETIONS]);
    let plan = platform.plan();
    assert_eq!(denied_by(&plan, &new), ["no-deletions"]);
    assert_eq!(steps(&plan, &old).len(), 1);
}

#[test]
fn what_stays_as_it_is_violates_in_the_open_and_nothing_is_held() {
    let mut platform = Platform::new();
    platform.want(&config_map("a", "bad"), &[]);
    platform.apply();
    platform.inputs.policies = policies(&[NO_BAD_TEXT]);
    let plan = platform.plan();
    assert!(plan.held.is_empty() && plan.steps.is_empty());
    let [remark] = &plan.remarks[..] else { panic!("one remark: {:?}", plan.remarks) };
    assert_eq!((remark.severity, remark.denial.message.as_str()), (Severity::Deny, "a is bad"));
}

#[test]
fn a_warning_is_listed_and_holds_nothing() {
    let mut platform = Platform::new();
    let (name, spec) = NO_BAD_TEXT;
    platform.inputs.policies = policies(&[(name, &spec.replacen('{', "{severity: warn, ", 1))]);
    let bad = platform.want(&config_map("a", "bad"), &[]);
    let plan = platform.plan();
    assert_eq!((steps(&plan, &bad).len(), plan.remarks.len()), (1, 1));
}

#[test]
fn an_exemption_lifts_one_policy_for_one_resource_and_is_consumed() {
    let mut platform = Platform::new();
    platform.inputs.policies = policies(&[NO_BAD_TEXT, ("another", NO_BAD_TEXT.1)]);
    let (one, two) =
        (platform.want(&config_map("a", "bad"), &[]), platform.want(&config_map("b", "bad"), &[]));
    platform.approve(&one, ApprovedAction::Exempt).policy = Some("no-bad-text".into());
    assert_eq!(denied_by(&platform.plan(), &one), ["another"]);
    platform.approve(&one, ApprovedAction::Exempt).policy = Some("another".into());
    let plan = platform.plan();
    assert_eq!(steps(&plan, &one)[0].approvals.len(), 2, "the step consumes both");
    assert_eq!(denied_by(&plan, &two).len(), 2);
    let used: Vec<_> = steps(&plan, &one)[0].approvals.iter().map(Approval::fingerprint).collect();
    platform.ledger().consumed.extend(used);
    assert_eq!(denied_by(&platform.plan(), &one).len(), 2, "once is once");
}

#[test]
fn an_exemption_ends() {
    let mut platform = Platform::new();
    platform.inputs.policies = policies(&[NO_BAD_TEXT]);
    let bad = platform.want(&config_map("a", "bad"), &[]);
    let approval = platform.approve(&bad, ApprovedAction::Exempt);
    (approval.policy, approval.until) = (Some("no-bad-text".into()), NOW);
    assert_eq!(denied_by(&platform.plan(), &bad), ["no-bad-text"]);
}

#[test]
fn a_rule_without_an_answer_denies() {
    let mut platform = Platform::new();
    platform.inputs.policies = policies(&[NO_BAD_TEXT]);
    let mut empty = config_map("a", "bad");
    empty["data"] = serde_json::json!({});
    let empty = platform.want(&empty, &[]);
    let plan = platform.plan();
    let Held::Denied(denials) = held(&plan, &empty) else { panic!("denied") };
    assert_eq!(
        denials[0].message,
        "the policy has no answer for it: there is no `text` in it, at `object.data.text == 'bad'`"
    );
}

#[test]
fn an_environment_that_is_denied_changes_nothing() {
    let mut platform = Platform::new();
    platform.inputs.desired.limits.max_deletes = 50;
    platform.inputs.policies = policies(&[(
        "few-deletions",
        r#"{over: environment, deny: "environment.limits.maxDeletes > 10", message: too many,
  tests: [{name: many, given: {environment: {limits: {maxDeletes: 11}}}, expect: denied}, {name: few, expect: allowed}]}"#,
    )]);
    let map = platform.want(&config_map("a", "good"), &[]);
    assert_eq!(denied_by(&platform.plan(), &map), ["few-deletions"]);
}

#[test]
fn a_reviewed_step_that_is_denied_by_now_is_refused_for_that() {
    let mut platform = Platform::new();
    let bad = platform.want(&config_map("a", "bad"), &[]);
    let good = platform.want(&config_map("b", "good"), &[]);
    let reviewed = platform.plan();
    platform.inputs.policies = policies(&[NO_BAD_TEXT]);
    let Reviewed { plan, refused, denied, unreviewed } = review(&reviewed, platform.plan(), |_| false);
    assert_eq!((refused.len(), unreviewed), (0, 0));
    assert_eq!(denied.iter().map(|step| &step.address).collect::<Vec<_>>(), [&bad]);
    assert_eq!(plan.steps.iter().map(|step| &step.address).collect::<Vec<_>>(), [&good]);
    assert_eq!(denied_by(&plan, &bad), ["no-bad-text"]);
}

/// Denies what is made of gold.
const NO_GOLD: (&str, &str) = (
    "no-gold",
    r#"{over: objects, match: {kinds: [StorageClass]}, deny: "object.metadata.labels.tier == 'gold'", message: "no gold",
  tests: [{name: gold, given: {object: {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {labels: {tier: gold}}}}, expect: denied},
          {name: tin, given: {object: {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {labels: {tier: tin}}}}, expect: allowed}]}"#,
);

/// A class that is to be replaced by one of gold; that it is replaced is approved, that it is of gold is denied.
pub(crate) fn replaced_by_gold() -> (Platform, ResourceId) {
    let mut platform = Platform::new();
    let class = platform.want(&storage_class("fast", "one.example.org"), &[]);
    platform.apply();
    let mut gold = storage_class("fast", "two.example.org");
    gold["metadata"]["labels"] = serde_json::json!({"tier": "gold"});
    platform.want(&gold, &[]);
    platform.approve(&class, ApprovedAction::Replace);
    platform.inputs.policies = policies(&[NO_GOLD]);
    (platform, class)
}

#[test]
fn a_replacement_is_exempted_for_one_incarnation_and_what_takes_its_place() {
    let (mut platform, class) = replaced_by_gold();
    platform.approve(&class, ApprovedAction::Exempt).policy = Some("no-gold".into());
    assert_eq!(denied_by(&platform.plan(), &class), ["no-gold"], "without a uid it could count twice");
    let uid = platform.live[&class].uid.clone();
    platform.inputs.desired.approvals.last_mut().expect("the exemption").uid = Some(uid);
    assert_eq!(steps(&platform.plan(), &class).len(), 2);
    // Killed after the deletion: the second half is still exempted.
    platform.live.remove(&class);
    platform.ledger().rows.remove(&class);
    let plan = platform.plan();
    let [create] = steps(&plan, &class)[..] else { panic!("{plan:?}") };
    assert_eq!(create.approvals.len(), 1, "and uses the exemption up");
}

#[test]
fn what_waits_for_an_approval_says_at_once_which_policy_would_hold_it_then() {
    let mut platform = Platform::new();
    let data = platform.want(&crate::platform::claim("data", "fast"), &[]);
    platform.apply();
    platform.unwant(&data);
    let no_claim_goes = (
        "no-claim-goes",
        r#"{match: {kinds: [PersistentVolumeClaim]}, deny: "change.action == 'delete' && change.holdsData", message: "{change.name} stays",
  tests: [{name: goes, given: {change: {action: delete}, object: {apiVersion: v1, kind: PersistentVolumeClaim}}, expect: denied},
          {name: comes, given: {object: {apiVersion: v1, kind: PersistentVolumeClaim}}, expect: allowed}]}"#,
    );
    platform.inputs.policies = policies(&[no_claim_goes]);
    let plan = platform.plan();
    assert_eq!(held(&plan, &data), &Held::HoldsData);
    let told: Vec<_> =
        plan.remarks.iter().map(|remark| (remark.address.as_ref(), &*remark.denial.message)).collect();
    assert_eq!(told, [(Some(&data), "data stays")]);
    platform.approve(&data, ApprovedAction::Delete);
    assert_eq!(denied_by(&platform.plan(), &data), ["no-claim-goes"]);
}
