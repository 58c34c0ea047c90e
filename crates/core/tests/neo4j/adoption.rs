//! A release that Helm has installed is taken over as it is: no pod is made anew.

use super::{lines, specs, wanted};
use evenkeel_core::documents::Specs;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::{ConnectionName, EnvironmentName, ResourceId};
use evenkeel_core::engine::verdict::Verdict;
use evenkeel_core::resources::kubernetes::{Lens, Shape, builtin, compare, normalise, observe};
use serde_json::{Value as Json, json};

/// Facts about the chart: what it renders.
const CHART: &str = include_str!("chart-5.17.0.json");

const ENTERPRISE: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Neo4jCluster
metadata: {name: orders}
spec:
  edition: enterprise
  version: 5.17.0
  acceptLicense: \"yes\"
  servers: {primaries: {count: 3, names: [orders-1, orders-b, orders-c]}}
  resources: {cpu: \"2\", memory: 8Gi}
  storage: {dynamic: {size: 100Gi, class: premium}}
  memory: {automatic: true}
  config: {db.tx_log.rotation.retention_policy: 3 days}
  monitoring: {prometheus: true}
  tls:
    bolt: {secret: orders-tls}
    cluster: {secret: orders-tls, trusted: [orders-ca]}
  logging: {manage: false}
  services: {loadBalancer: {}}
  cypher: {password: {fromSecret: {name: orders-cypher, key: password}}}
";

const COMMUNITY: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Neo4jCluster
metadata: {name: notes}
spec:
  edition: community
  version: 5.17.0
  servers: {primaries: {count: 1, names: [notes]}}
  storage: {dynamic: {size: 10Gi}}
  memory: {automatic: true}
  config: {server.config.strict_validation.enabled: false}
  logging: {manage: false}
  services: {loadBalancer: {}}
";

/// What Helm has left there, as the API server shows it.
fn chart(edition: &str) -> serde_json::Map<String, Json> {
    let chart: Json = serde_json::from_str(CHART).expect("JSON");
    chart[edition].as_object().expect("objects").clone()
}

/// Returns what would change of an object, or cannot be told.
fn differences(specs: &Specs, live: &Json) -> Vec<String> {
    let of = |field: &str| live[field].as_str().expect("text");
    let address =
        format!("kubernetes:{}/graph/{}", of("kind"), live["metadata"]["name"].as_str().expect("text"));
    let address: ResourceId = address.parse().expect("an address");
    let wanted = specs.desired.resources.get(&address).unwrap_or_else(|| panic!("no {address}"));
    let shape = Shape::of_builtin(builtin(&wanted.api_version, of("kind")).expect("built in"));
    let normal = normalise(wanted, &EnvironmentName::new("prod"), &shape).expect("nothing to refuse");
    let lens = Lens { connection: &ConnectionName::default(), key: &DigestKey::new([1; 32]), expected: None };
    let mut live = live.clone();
    live["metadata"]["uid"] = json!("one");
    live["metadata"]["resourceVersion"] = json!("1");
    live["metadata"]["managedFields"] = json!([{
        "manager": "helm", "operation": "Update", "apiVersion": of_version(&live), "fieldsType": "FieldsV1",
        "fieldsV1": {}, "time": "2026-11-20T23:14:00Z",
    }]);
    fill_in(&mut live);
    let seen = observe(live.to_string().as_bytes(), &lens).expect("an object");
    match compare(&normal, &seen, None, &shape) {
        Verdict::Same | Verdict::Own(_) => Vec::new(),
        Verdict::Undecided(doubts) => doubts.iter().map(|doubt| format!("doubt {}", doubt.path)).collect(),
        Verdict::Differs(difference) => {
            let fields = difference.fields.iter().map(|field| field.path.to_string());
            fields.chain(difference.doubts.iter().map(|doubt| format!("doubt {}", doubt.path))).collect()
        }
    }
}

/// Adds what the API server adds where the chart says nothing and we do.
fn fill_in(live: &mut Json) {
    if live["kind"] != "StatefulSet" {
        return;
    }
    live["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
    let ports = live["spec"]["template"]["spec"]["containers"][0]["ports"].as_array_mut().expect("a list");
    for port in ports {
        port["protocol"] = json!("TCP");
    }
    // One quantity has one text there.
    let resources = &mut live["spec"]["template"]["spec"]["containers"][0]["resources"];
    for sort in ["limits", "requests"] {
        if resources[sort]["cpu"] == "1000m" {
            resources[sort]["cpu"] = json!("1");
        }
    }
}

fn of_version(live: &Json) -> Json {
    live["apiVersion"].clone()
}

fn all_differences(document: &str, edition: &str) -> String {
    let specs = specs(document);
    let told = chart(edition).into_iter().flat_map(|(name, live)| {
        differences(&specs, &live).into_iter().map(move |path| format!("{name} {path}"))
    });
    lines(told)
}

#[test]
fn of_a_cluster_that_helm_installed_nothing_changes_but_who_restarts_it() {
    insta::assert_snapshot!(all_differences(ENTERPRISE, "enterprise"), @r#"
    StatefulSet/orders-1 spec.template.metadata.annotations["evenkeel.dev/starts-with"]
    StatefulSet/orders-1 spec.updateStrategy.type
    "#);
}

#[test]
fn of_a_single_server_that_helm_installed_nothing_changes_but_who_restarts_it() {
    insta::assert_snapshot!(all_differences(COMMUNITY, "community"), @r#"
    StatefulSet/notes spec.template.metadata.annotations["evenkeel.dev/starts-with"]
    StatefulSet/notes spec.updateStrategy.type
    "#);
}

#[test]
fn whatever_would_make_a_pod_anew_is_equal() {
    let specs = specs(ENTERPRISE);
    let mut ours =
        serde_json::to_value(wanted(&specs, "kubernetes:StatefulSet/graph/orders-1")).expect("JSON");
    let mut theirs = chart("enterprise")["StatefulSet/orders-1"].clone();
    // Left alone, as nothing that Git has says anything of them: they stay as they are live.
    let template = &mut theirs["spec"]["template"];
    // Nobody restarts a pod for it: it is read on pods that have one.
    ours["spec"]["template"]["metadata"].as_object_mut().expect("a map").remove("annotations");
    template["metadata"].as_object_mut().expect("a map").remove("annotations");
    let env = template["spec"]["containers"][0]["env"].as_array_mut().expect("a list");
    env.retain(|variable| !variable["name"].as_str().expect("text").starts_with("HELM_"));
    for field in ["template", "selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy"] {
        assert_eq!(ours["spec"][field], theirs["spec"][field], "{field}");
    }
}
