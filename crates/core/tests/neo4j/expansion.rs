//! What a document becomes: which objects, which rows, and what they need.

use super::{ORDERS, id, lines, specs, wanted};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::neo4j::settings::{Judgement, judge};
use evenkeel_core::resources::neo4j::{Mode, Version};

#[test]
fn a_cluster_is_objects_for_each_server_and_rows_of_what_cypher_tells() {
    let specs = specs(ORDERS);
    let all = lines(specs.desired.resources.keys());
    insta::assert_snapshot!(all);
}

#[test]
fn a_server_waits_for_its_workload_and_that_for_what_it_starts_with() {
    let specs = specs(ORDERS);
    let needs = |address: &str| {
        let needs = &specs.desired.resources[&id(address)].needs;
        lines(needs.iter().map(|id| format!("  {id}")))
    };
    let addresses = [
        "kubernetes:StatefulSet/graph/orders-1",
        "neo4j:Server/orders/orders-1",
        "neo4j:User/orders/alice",
        "neo4j:Constraint/orders/sales.order_id",
    ];
    let all = lines(addresses.iter().map(|address| {
        format!(
            "{address}
{}
",
            needs(address)
        )
    }));
    insta::assert_snapshot!(all);
}

#[test]
fn a_server_row_has_what_it_runs_with_and_nothing_that_counts_only_once() {
    let specs = specs(ORDERS);
    let row = wanted(&specs, "neo4j:Server/orders/orders-secondary-1");
    insta::assert_snapshot!(serde_json::to_string_pretty(row).expect("JSON"));
}

#[test]
fn a_choreography_knows_what_each_server_runs_in() {
    let specs = specs(ORDERS);
    let cluster = specs.desired.clusters.values().next().expect("one");
    let modes: Vec<Mode> = cluster.servers.values().map(|server| server.mode).collect();
    assert_eq!(modes, [Mode::Any, Mode::Any, Mode::Any, Mode::Secondary, Mode::Secondary]);
    let first = &cluster.servers["orders-1"];
    assert_eq!(first.workload, id("kubernetes:StatefulSet/graph/orders-1"));
    assert_eq!(first.pod, id("kubernetes:Pod/graph/orders-1-0"));
    assert_eq!(first.starts_with.len(), 6);
    assert!(first.starts_with.iter().all(|map| specs.desired.resources.contains_key(map)));
}

/// Settings that the layout writes of one server, in all layers.
fn written(document: &str) -> Vec<(String, String)> {
    let specs = specs(document);
    let maps =
        ["default", "user", "k8s"].map(|layer| format!("kubernetes:ConfigMap/graph/orders-1-{layer}-config"));
    let all = maps.iter().flat_map(|address| {
        let data = wanted(&specs, address).get("data").and_then(Value::as_map).expect("data").clone();
        data.into_iter().map(|(key, text)| (key, text.as_text().expect("text").to_owned()))
    });
    all.collect()
}

#[test]
fn every_setting_that_the_layout_writes_is_one_of_the_version() {
    for version in ["5.0.0", "5.17.0", "5.23.0", "5.26.0", "2025.01.0", "2026.08.1"] {
        let document = ORDERS.replace("5.26.0", version);
        for (key, text) in written(&document) {
            match judge(&key, version.parse::<Version>().expect("a version")) {
                Judgement::Known(setting) => assert!(setting.value.reads(&text), "{version} {key}={text}"),
                Judgement::Unjudged => {}
                other => panic!("{version} {key}: {other:?}"),
            }
        }
    }
}

#[test]
fn servers_discover_each_other_as_their_version_does() {
    let discovery = |version: &str| {
        let of = |(key, _): &(String, String)| key.contains("discovery") || key.contains("service_port_name");
        let written = written(&ORDERS.replace("5.26.0", version));
        lines(written.into_iter().filter(of).map(|(key, text)| format!("  {key}={text}")))
    };
    let versions = ["5.17.0", "5.26.0", "2026.08.1"];
    let all = lines(versions.iter().map(|version| {
        format!(
            "{version}
{}
",
            discovery(version)
        )
    }));
    insta::assert_snapshot!(all);
}

#[test]
fn memory_that_nobody_divides_is_derived_from_the_limit() {
    let memory = |size: &str| {
        let written = written(&ORDERS.replace("8Gi", size));
        let of = |key: &str| written.iter().find(|(name, _)| name == key).map(|(_, text)| text.clone());
        [of("server.memory.heap.max_size"), of("server.memory.pagecache.size")].map(Option::unwrap_or_default)
    };
    assert_eq!(memory("2Gi"), ["512m", "409m"]);
    assert_eq!(memory("8Gi"), ["3584m", "2867m"]);
    assert_eq!(memory("128Gi"), ["31744m", "85299m"]);
}

#[test]
fn a_domain_of_its_own_is_told_to_every_version_that_resolves_names() {
    for version in ["5.26.0", "2026.08.1"] {
        let document = ORDERS
            .replace("5.26.0", version)
            .replace("acceptLicense", "clusterDomain: corp.test\n  acceptLicense");
        let written = written(&document);
        let domain = written.iter().find(|(key, _)| key == "dbms.kubernetes.cluster_domain");
        assert_eq!(domain.map(|(_, text)| text.as_str()), Some("corp.test"), "{version}");
    }
}

#[test]
fn the_way_to_find_others_has_another_name_before_5_7() {
    let key = |version: &str| {
        let written = written(&ORDERS.replace("5.26.0", version));
        written.into_iter().find(|(_, text)| text == "K8S").expect("it is written").0
    };
    assert_eq!(key("5.6.0"), "dbms.cluster.discovery.type");
    assert_eq!(key("5.7.0"), "dbms.cluster.discovery.resolver_type");
}

#[test]
fn an_image_is_named_by_the_version_as_its_makers_write_it() {
    let specs = specs(&ORDERS.replace("5.26.0", "2026.2.1"));
    let template = wanted(&specs, "kubernetes:StatefulSet/graph/orders-1");
    let containers = template.at(&["spec", "template", "spec", "containers"]).and_then(Value::as_list);
    let image = containers.and_then(|all| all.first()?.get("image")?.as_text());
    assert_eq!(image, Some("neo4j:2026.02.1-enterprise"));
}
