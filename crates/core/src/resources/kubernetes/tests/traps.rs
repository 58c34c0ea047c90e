//! The traps of design-diff.md, one by one: each was seen on a real server.

use super::{Case, named};
use crate::engine::verdict::Verdict;
use serde_json::{Value as Json, json};

fn config_map(data: &Json) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}, "data": data})
}

fn service(ports: &Json) -> Json {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "it"}, "spec": {"ports": ports}})
}

fn deployment(spec: &Json) -> Json {
    let mut manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "it"}, "spec": {
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "app", "image": "app:1"}]}},
    }});
    super::merge(&mut manifest, &json!({"spec": spec}));
    manifest
}

#[test]
fn what_was_just_applied_is_the_same() {
    let case = Case::new(&config_map(&json!({"a": "1"})));
    assert_eq!(case.verdict(&case.live(&json!({}))), Verdict::Same);
}

#[test]
fn a_hand_edit_differs_although_our_entry_lost_the_path() {
    let case = Case::new(&config_map(&json!({"a": "1"})));
    let mut live = case.live(&json!({"data": {"a": "2"}}));
    live["metadata"]["managedFields"][0]["fieldsV1"]["f:data"] = json!({});
    assert_eq!(named(&case.verdict(&live)), ["data.a"]);
}

#[test]
fn dns_over_tcp_and_udp_are_two_ports() {
    let case = Case::new(&service(
        &json!([{"name": "t", "port": 53}, {"name": "u", "port": 53, "protocol": "UDP"}]),
    ));
    let live = case
        .live(&json!({"spec": {"type": "ClusterIP", "sessionAffinity": "None", "clusterIP": "10.0.0.1"}}));
    assert_eq!(case.verdict(&live), Verdict::Same);
    let mut without = live;
    without["spec"]["ports"].as_array_mut().expect("a list").pop();
    assert_eq!(named(&case.verdict(&without)), ["spec.ports[port=53,protocol=UDP]"]);
}

#[test]
fn a_renumbered_port_is_a_removal_and_an_addition() {
    let before = Case::new(&service(&json!([{"name": "http", "port": 80}])));
    let after = Case::new(&service(&json!([{"name": "http", "port": 81}])));
    let live = before.live(&json!({}));
    let verdict = after.verdict_after(&before, &live, &live);
    assert_eq!(named(&verdict), ["spec.ports[port=81,protocol=TCP]", "spec.ports[port=80,protocol=TCP]"]);
}

#[test]
fn the_order_of_shared_items_counts_and_foreign_ones_between_do_not() {
    let case = Case::new(&service(&json!([{"name": "a", "port": 1}, {"name": "b", "port": 2}])));
    let (a, b) = (
        json!({"name": "a", "port": 1, "protocol": "TCP"}),
        json!({"name": "b", "port": 2, "protocol": "TCP"}),
    );
    let foreign = json!({"name": "c", "port": 3, "protocol": "TCP"});
    let between = case.live(&json!({"spec": {"ports": [a, foreign, b]}}));
    assert_eq!(case.verdict(&between), Verdict::Same);
    assert_eq!(named(&case.verdict(&case.live(&json!({"spec": {"ports": [b, a]}})))), ["spec.ports"]);
}

#[test]
fn recreate_out_of_git_resets_the_whole_strategy() {
    let before = Case::new(&deployment(&json!({"strategy": {"type": "Recreate"}})));
    let after = Case::new(&deployment(&json!({})));
    let live = before.live(&json!({}));
    assert_eq!(named(&after.verdict_after(&before, &live, &live)), ["spec.strategy"]);
}

#[test]
fn a_removed_field_that_has_its_default_is_the_same() {
    let before = Case::new(&deployment(&json!({"replicas": 1})));
    let after = Case::new(&deployment(&json!({})));
    let live = before.live(&json!({}));
    assert_eq!(named(&after.verdict_after(&before, &live, &live)), Vec::<String>::new());
}

#[test]
fn replicas_out_of_git_while_we_own_them_reset_to_one() {
    let before = Case::new(&deployment(&json!({"replicas": 3})));
    let after = Case::new(&deployment(&json!({})));
    let live = before.live(&json!({}));
    assert_eq!(named(&after.verdict_after(&before, &live, &live)), ["spec.replicas"]);
}

#[test]
fn quantities_are_compared_by_canonical_text_at_built_in_types_only() {
    let quota = |cpu: &Json| json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "it"}, "spec": {"hard": {"cpu": cpu}}});
    let case = Case::new(&quota(&json!("1000m")));
    assert_eq!(case.verdict(&case.live(&json!({"spec": {"hard": {"cpu": "1"}}}))), Verdict::Same);
    assert_eq!(
        named(&case.verdict(&case.live(&json!({"spec": {"hard": {"cpu": "1k"}}})))),
        ["spec.hard.cpu"]
    );
    let number = Case::new(&quota(&json!(1)));
    assert_eq!(number.verdict(&number.live(&json!({"spec": {"hard": {"cpu": "1"}}}))), Verdict::Same);
    let data = Case::new(&config_map(&json!({"cpu": "1000m"})));
    assert_eq!(named(&data.verdict(&data.live(&json!({"data": {"cpu": "1"}})))), ["data.cpu"]);
    let custom = Case::custom(
        &json!({"apiVersion": "x.example/v1", "kind": "Custom", "metadata": {}, "spec": {"cpu": "0.5"}}),
        &Json::Null,
    );
    assert_eq!(named(&custom.verdict(&custom.live(&json!({"spec": {"cpu": "500m"}})))), ["spec.cpu"]);
}

#[test]
fn the_format_of_a_quantity_is_kept_so_bytes_over_mebibytes_are_a_change() {
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {}, "spec": {"hard": {"memory": "536870912"}}});
    let case = Case::new(&quota);
    let live = case.live(&json!({"spec": {"hard": {"memory": "512Mi"}}}));
    assert_eq!(named(&case.verdict(&live)), ["spec.hard.memory"]);
}

#[test]
fn what_go_drops_counts_as_not_written() {
    let case = Case::new(&deployment(
        &json!({"paused": false, "minReadySeconds": 0, "template": {"spec": {"nodeSelector": {}}}}),
    ));
    let mut live = case.live(&json!({}));
    let spec = live["spec"].as_object_mut().expect("a map");
    spec.remove("paused");
    spec.remove("minReadySeconds");
    live["spec"]["template"]["spec"].as_object_mut().expect("a map").remove("nodeSelector");
    assert_eq!(case.verdict(&live), Verdict::Same);
    live["spec"]["paused"] = json!(true);
    assert_eq!(named(&case.verdict(&live)), ["spec.paused"]);
}

#[test]
fn null_in_a_map_of_texts_is_the_empty_text() {
    let case = Case::new(&config_map(&json!({"a": null})));
    let mut live = case.live(&json!({}));
    live["data"]["a"] = json!("");
    assert_eq!(case.verdict(&live), Verdict::Same);
    live["data"]["a"] = json!("x");
    assert_eq!(named(&case.verdict(&live)), ["data.a"]);
}

#[test]
fn null_in_a_custom_resource_is_a_doubt() {
    let case = Case::custom(
        &json!({"apiVersion": "x.example/v1", "kind": "Custom", "metadata": {}, "spec": {"a": null}}),
        &Json::Null,
    );
    assert_eq!(named(&case.verdict(&case.live(&json!({})))), ["doubt spec.a"]);
}

#[test]
fn a_defaulted_api_group_inside_an_atomic_value_is_the_same() {
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {},
        "roleRef": {"kind": "Role", "name": "r", "apiGroup": ""}});
    let case = Case::new(&binding);
    let live = case.live(&json!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io"}}));
    assert_eq!(case.verdict(&live), Verdict::Same);
}

#[test]
fn claim_templates_gain_defaults_and_stay_the_same() {
    let claim = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let case = Case::new(
        &json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {}, "spec": {"volumeClaimTemplates": [claim]}}),
    );
    let mut live = case.live(&json!({}));
    let stored = &mut live["spec"]["volumeClaimTemplates"][0];
    super::merge(
        stored,
        &json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": {"volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}),
    );
    assert_eq!(case.verdict(&live), Verdict::Same);
    live["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = json!("2Gi");
    assert_eq!(named(&case.verdict(&live)), ["spec.volumeClaimTemplates"]);
}

#[test]
fn an_atomic_extra_is_a_doubt_until_it_is_remembered() {
    let manifest = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {}, "spec": {"rules": [{"host": "a.example"}]}});
    let case = Case::new(&manifest);
    let live = case.live(&json!({"spec": {"rules": [{"host": "a.example", "rewritten": "by a webhook"}]}}));
    assert_eq!(named(&case.verdict(&live)), ["doubt spec.rules"]);
    assert_eq!(case.verdict_after(&case, &live, &live), Verdict::Same);
}

#[test]
fn what_a_webhook_rewrote_stays_absorbed_while_git_edits_another_field() {
    let before = Case::new(&config_map(&json!({"a": "1", "b": "1"})));
    let after = Case::new(&config_map(&json!({"a": "1", "b": "2"})));
    let live = before.live(&json!({"data": {"a": "rewritten"}}));
    assert_eq!(named(&after.verdict_after(&before, &live, &live)), ["data.b"]);
}

#[test]
fn duplicate_keys_are_refused_before_the_server_fails_on_them() {
    let wanted = super::wanted(&service(&json!([{"port": 80}, {"port": 80, "protocol": "TCP"}])));
    let refusals = Case::of(&wanted, None).err().expect("refused");
    assert_eq!(refusals[0].path.to_string(), "spec.ports[port=80,protocol=TCP]");
}

#[test]
fn numbers_and_texts_differ_and_a_whole_float_is_the_integer() {
    let custom = |amount: &Json| json!({"apiVersion": "x.example/v1", "kind": "Custom", "metadata": {}, "spec": {"amount": amount}});
    let case = Case::custom(&custom(&json!(80)), &Json::Null);
    assert_eq!(named(&case.verdict(&case.live(&json!({"spec": {"amount": "80"}})))), ["spec.amount"]);
    assert_eq!(case.verdict(&case.live(&json!({"spec": {"amount": 80.0}}))), Verdict::Same);
}

#[test]
fn an_empty_map_over_a_stored_null_is_a_change_in_a_custom_resource() {
    let manifest =
        json!({"apiVersion": "x.example/v1", "kind": "Custom", "metadata": {}, "spec": {"map": {}}});
    let case = Case::custom(&manifest, &Json::Null);
    let mut live = case.live(&json!({}));
    live["spec"]["map"] = Json::Null;
    assert_eq!(named(&case.verdict(&live)), ["spec.map"]);
}

#[test]
fn an_empty_list_over_a_default_list_is_a_doubt_whoever_owns_it() {
    let manifest = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {}, "spec": {"maxReplicas": 5, "metrics": []}});
    let case = Case::new(&manifest);
    let metric = json!({"type": "Resource", "resource": {"name": "cpu"}});
    assert_eq!(
        named(&case.verdict(&case.live(&json!({"spec": {"metrics": [metric]}})))),
        ["doubt spec.metrics"]
    );
}
