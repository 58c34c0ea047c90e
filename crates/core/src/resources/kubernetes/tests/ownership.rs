//! Whose a difference is, and what only takes ownership.

use super::{Case, entry, named, value};
use crate::engine::verdict::{Cause, Verdict, Writer};
use crate::resources::kubernetes::{hand_over, takes_over_from};
use serde_json::{Value as Json, json};

fn config_map(data: &Json) -> Case {
    Case::new(&json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}, "data": data}))
}

/// The live object after `manager` wrote `a`.
fn edited(case: &Case, manager: &str, operation: &str) -> Json {
    let mut live = case.live(&json!({"data": {"a": "theirs"}}));
    let entries = live["metadata"]["managedFields"].as_array_mut().expect("a list");
    entries[0]["fieldsV1"]["f:data"].as_object_mut().expect("a map").remove("f:a");
    entries.push(entry(manager, operation, "v1", json!({"f:data": {"f:a": {}}})));
    live
}

fn causes(verdict: &Verdict) -> Vec<Cause> {
    let Verdict::Differs(difference) = verdict else { return Vec::new() };
    difference.fields.iter().map(|field| field.cause.clone()).collect()
}

#[test]
fn a_persons_edit_of_what_we_applied_is_drift_and_names_the_person() {
    let case = config_map(&json!({"a": "1", "b": "1"}));
    let verdict = case.verdict_after(&case, &case.live(&json!({})), &edited(&case, "kubectl-edit", "Update"));
    let [Cause::Drifted(Writer::Manager(manager))] = &causes(&verdict)[..] else { panic!("{verdict:?}") };
    assert_eq!(
        (&*manager.name, manager.at.map(|at| at.to_string())),
        ("kubectl-edit", Some("2026-11-20T23:14:00Z".to_owned()))
    );
    let Verdict::Differs(difference) = verdict else { panic!("differs") };
    assert_eq!(
        difference
            .takes_over
            .iter()
            .map(|over| format!("{} {}", over.manager, over.path))
            .collect::<Vec<_>>(),
        ["kubectl-edit data.a"]
    );
}

#[test]
fn what_another_controller_writes_is_contested() {
    let case = config_map(&json!({"a": "1", "b": "1"}));
    for (manager, operation) in
        [("flux", "Apply"), ("kube-controller-manager", "Update"), ("kubectl", "Apply")]
    {
        let verdict = case.verdict_after(&case, &case.live(&json!({})), &edited(&case, manager, operation));
        assert!(matches!(&causes(&verdict)[..], [Cause::Contested(_)]), "{verdict:?}");
    }
}

#[test]
fn a_field_removed_by_hand_is_drift_by_nobody_known_and_conflicts_with_nobody() {
    let case = config_map(&json!({"a": "1", "b": "1"}));
    let mut live = case.live(&json!({"data": {"a": null}}));
    live["metadata"]["managedFields"][0]["fieldsV1"]["f:data"].as_object_mut().expect("a map").remove("f:a");
    let verdict = case.verdict_after(&case, &case.live(&json!({})), &live);
    assert_eq!(causes(&verdict), [Cause::Drifted(Writer::Unknown)]);
    let Verdict::Differs(difference) = verdict else { panic!("differs") };
    assert_eq!(difference.takes_over, []);
}

#[test]
fn an_edit_in_git_is_a_spec_edit() {
    let (before, after) = (config_map(&json!({"a": "1"})), config_map(&json!({"a": "2"})));
    let live = before.live(&json!({}));
    assert_eq!(causes(&after.verdict_after(&before, &live, &live)), [Cause::SpecEdited]);
}

#[test]
fn an_edit_in_git_over_a_hand_edit_names_the_hand() {
    let (before, after) = (config_map(&json!({"a": "1"})), config_map(&json!({"a": "2"})));
    let applied = before.live(&json!({}));
    let edited = before.live(&json!({"data": {"a": "3"}}));
    let verdict = after.verdict_after(&before, &applied, &edited);
    assert!(matches!(&causes(&verdict)[..], [Cause::EditedOverDrift(_)]), "{verdict:?}");
}

#[test]
fn what_the_ledger_does_not_have_was_never_ours() {
    let case = config_map(&json!({"a": "1"}));
    let live = case.live(&json!({"data": {"a": "2"}, "metadata": {"managedFields": [entry("kubectl-create", "Update", "v1", json!({"f:data": {"f:a": {}}}))]}}));
    assert!(matches!(&causes(&case.verdict(&live))[..], [Cause::NeverOurs(Writer::Manager(_))]));
}

#[test]
fn equal_values_that_our_entry_lacks_are_only_owned() {
    let case = config_map(&json!({"a": "1", "b": "1"}));
    let mut live = case.live(&json!({}));
    live["metadata"]["managedFields"][0]["fieldsV1"]["f:data"].as_object_mut().expect("a map").remove("f:a");
    assert_eq!(named(&case.verdict(&live)), ["own data.a"]);
}

#[test]
fn what_git_drops_and_another_keeps_is_only_released() {
    let (before, after) = (config_map(&json!({"a": "1", "b": "1"})), config_map(&json!({"b": "1"})));
    let mut live = before.live(&json!({}));
    let entries = live["metadata"]["managedFields"].as_array_mut().expect("a list");
    entries.push(entry("flux", "Apply", "v1", json!({"f:data": {"f:a": {}}})));
    assert_eq!(named(&after.verdict_after(&before, &live, &live)), ["own data.a"]);
}

#[test]
fn without_our_entry_a_removal_is_held_and_said() {
    let (before, after) = (config_map(&json!({"a": "1", "b": "1"})), config_map(&json!({"b": "1"})));
    let then = before.live(&json!({}));
    let live = before.live(&json!({"metadata": {"managedFields": []}}));
    let verdict = after.verdict_after(&before, &then, &live);
    assert_eq!((named(&verdict), causes(&verdict)), (vec!["data.a".to_owned()], vec![Cause::EntryLost]));
}

#[test]
fn the_loss_of_the_marker_alone_is_no_change() {
    let case = config_map(&json!({"a": "1"}));
    let mut live = case.live(&json!({"metadata": {"labels": null}}));
    live["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"] = json!({});
    assert_eq!(named(&case.verdict(&live)), [r#"own metadata.labels["evenkeel.dev/environment"]"#]);
}

#[test]
fn annotations_by_which_git_speaks_to_us_are_no_change_where_live_lacks_them() {
    let manifest = |annotations: Json| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it", "annotations": annotations}});
    let ours = json!({"evenkeel.dev/connection": "west"});
    let mut both = ours.clone();
    both["note"] = json!("ours, too");
    for (wanted, live, expected) in [
        (ours.clone(), Json::Null, "own"),
        (both.clone(), json!({"note": "ours, too"}), "own"),
        (both, Json::Null, "metadata.annotations"),
        (ours, json!({"evenkeel.dev/connection": "east"}), "metadata.annotations"),
    ] {
        let case = Case::new(&manifest(wanted));
        let live = case.live(&json!({"metadata": {"annotations": live, "managedFields": []}}));
        let named = named(&case.verdict(&live));
        assert!(named.iter().any(|name| name.starts_with(expected)), "{named:?}");
        assert_eq!(named.iter().any(|name| !name.starts_with("own")), expected != "own", "{named:?}");
    }
}

#[test]
fn an_entry_of_another_version_is_a_doubt() {
    let case = config_map(&json!({"a": "1"}));
    let mut live = case.live(&json!({}));
    live["metadata"]["managedFields"][0]["apiVersion"] = json!("v1beta1");
    assert!(matches!(case.verdict(&live), Verdict::Undecided(_)));
}

#[test]
fn an_update_under_our_own_name_is_foreign() {
    let case = config_map(&json!({"a": "1"}));
    let verdict = case.verdict_after(&case, &case.live(&json!({})), &edited(&case, "evenkeel", "Update"));
    assert!(matches!(&causes(&verdict)[..], [Cause::Contested(_)]));
}

#[test]
fn an_empty_map_over_a_stored_null_conflicts_with_whoever_has_the_null() {
    let manifest = json!({"apiVersion": "example.com/v1", "kind": "Loose", "metadata": {"name": "it"}, "spec": {"map": {}}});
    let case = Case::custom(
        &manifest,
        &json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}),
    );
    let flux = entry("flux", "Apply", "example.com/v1", json!({"f:spec": {"f:map": {}}}));
    for (entries, manager) in [(json!([]), "before-first-apply"), (json!([flux]), "flux")] {
        let live = case.live(&json!({"metadata": {"managedFields": entries}}));
        let mut live_null = live.clone();
        live_null["spec"]["map"] = Json::Null;
        let over = takes_over_from(&case.wanted, &case.seen(&live_null), &case.shape);
        let over: Vec<String> = over.iter().map(|over| format!("{} {}", over.manager, over.path)).collect();
        assert_eq!(over, [format!("{manager} spec.map")]);
        assert_eq!(takes_over_from(&case.wanted, &case.seen(&live), &case.shape), []);
    }
}

#[test]
fn a_null_that_a_custom_resource_stores_goes_when_git_drops_it() {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"maybe": {"type": "string", "nullable": true}}}}});
    let manifest = |spec: Json| json!({"apiVersion": "example.com/v1", "kind": "Typed", "metadata": {"name": "it"}, "spec": spec});
    let before = Case::custom(&manifest(json!({"maybe": null})), &schema);
    let after = Case::custom(&manifest(json!({})), &schema);
    let mut live = before.live(&json!({}));
    live["spec"]["maybe"] = Json::Null;
    assert_eq!(named(&after.verdict_after(&before, &live, &live)), ["spec.maybe"]);
}

#[test]
fn an_item_that_somebody_doubled_conflicts_with_him() {
    let port = json!({"name": "http", "port": 80, "protocol": "TCP"});
    let case = Case::new(
        &json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "it"}, "spec": {"ports": [port.clone()]}}),
    );
    let person = entry(
        "kubectl-patch",
        "Update",
        "v1",
        json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {}}}}),
    );
    let mut live = case.live(&json!({"metadata": {"managedFields": [person]}}));
    assert_eq!(takes_over_from(&case.wanted, &case.seen(&live), &case.shape), []);
    live["spec"]["ports"] = json!([port.clone(), port]);
    let over = takes_over_from(&case.wanted, &case.seen(&live), &case.shape);
    assert_eq!(over.iter().map(|over| over.manager.to_string()).collect::<Vec<_>>(), ["kubectl-patch"]);
}

#[test]
fn an_item_that_somebody_doubled_is_a_difference_also_where_it_is_remembered() {
    let case = Case::new(
        &json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "it"}, "secrets": [{"name": "token"}]}),
    );
    let (then, live) =
        (case.live(&json!({})), case.live(&json!({"secrets": [{"name": "token"}, {"name": "token"}]})));
    assert_eq!(named(&case.verdict_after(&case, &then, &live)), ["secrets[token]"]);
}

#[test]
fn a_map_that_is_handed_over_does_not_stay_with_who_made_it_unless_something_in_it_does() {
    let case = config_map(&json!({"a": "1", "b": "1"}));
    let marks = json!({".": {}, "f:release": {}});
    let helm = json!({"f:data": {".": {}, "f:a": {}, "f:b": {}}, "f:metadata": {"f:annotations": marks}});
    let entries = [value(&entry("helm", "Update", "v1", helm))];
    let handed = hand_over(&entries, &["helm".into()], &[], (&case.wanted, &case.shape));
    let left = serde_json::to_value(&handed[0]).expect("JSON");
    assert_eq!(left["manager"], "helm");
    assert_eq!(left["fieldsV1"], json!({"f:metadata": {"f:annotations": marks}}));
    let mut live = case.live(&json!({}));
    live["metadata"]["managedFields"] = serde_json::to_value(&handed).expect("JSON");
    let after = config_map(&json!({"a": "1"}));
    let verdict = after.verdict_after(&case, &live, &live);
    assert_eq!(causes(&verdict), [Cause::SpecEdited], "the removal is ours to make: {verdict:?}");
}
