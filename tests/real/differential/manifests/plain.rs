//! Configuration, addresses and policies in a namespace.

use super::super::coins::Coins;
use serde_json::{Value, json};

fn texts(coins: &Coins) -> Value {
    let entries = vec![
        ("a", coins.text(&["1", "2", "yes", ""])),
        ("b", coins.text(&["536870912", "512Mi", "0.5"])),
        ("c.conf", coins.text(&["x = 1\ny = 2\n", "x = 1\n"])),
        ("null", coins.pick(&[Value::Null, json!("text"), json!("")])),
    ];
    coins.some(entries)
}

pub(super) fn config_map(coins: &Coins) -> Value {
    let entries = vec![
        ("data", texts(coins)),
        ("binaryData", json!({"bin": coins.text(&["AAEC", "AAE=", "AA\nEC"])})),
        ("immutable", coins.pick(&[json!(false), Value::Null])),
    ];
    coins.some(entries)
}

pub(super) fn secret(coins: &Coins) -> Value {
    let data = vec![
        ("user", coins.text(&["YQ==", "YR==", "Yg=="])),
        ("other", coins.text(&["aGVsbG8=", "aGVs\nbG8="])),
    ];
    let texts = vec![("password", coins.text(&["p", "q", ""])), ("user", coins.text(&["root", "a"]))];
    let entries =
        vec![("data", coins.some(data)), ("stringData", coins.some(texts)), ("type", json!("Opaque"))];
    coins.some(entries)
}

pub(super) fn service(coins: &Coins) -> Value {
    let (protocol, target) =
        (coins.text(&["TCP", "UDP"]), coins.pick(&[json!(80), json!("http"), json!(8080)]));
    let mut named = json!({"name": "http", "port": coins.pick(&[json!(80), json!(81)])});
    if coins.once_in(2) {
        named["targetPort"] = target;
    }
    if coins.once_in(2) {
        named["protocol"] = protocol;
    }
    let ports = vec![
        named,
        json!({"name": "dns", "port": 53}),
        json!({"name": "dns-udp", "port": 53, "protocol": "UDP"}),
        json!({"name": "metrics", "port": 9090, "targetPort": "metrics", "appProtocol": coins.text(&["http", "grpc"])}),
    ];
    let entries = vec![
        (
            "selector",
            coins.pick(&[json!({"app": "a"}), json!({"app": "b", "tier": "x"}), Value::Null, json!({})]),
        ),
        ("type", coins.text(&["ClusterIP", "NodePort", "LoadBalancer", "ClusterIP"])),
        ("sessionAffinity", coins.text(&["None", "ClientIP", ""])),
        ("publishNotReadyAddresses", coins.pick(&[json!(true), json!(false)])),
        ("internalTrafficPolicy", coins.text(&["Cluster", "Local"])),
        ("externalIPs", coins.pick(&[json!(["1.2.3.4"]), json!(["1.2.3.4", "1.2.3.5"]), json!([])])),
        ("loadBalancerSourceRanges", json!([])),
    ];
    let mut spec = coins.some(entries);
    spec["ports"] = coins.items(ports);
    if spec["ports"].as_array().is_some_and(Vec::is_empty) {
        spec["ports"] = json!([{"name": "http", "port": 80}]);
    }
    json!({"spec": spec})
}

pub(super) fn service_account(coins: &Coins) -> Value {
    let secrets = coins.items(vec![json!({"name": "one"}), json!({"name": "two"})]);
    let entries = vec![
        ("automountServiceAccountToken", coins.pick(&[json!(true), json!(false)])),
        ("imagePullSecrets", secrets),
        ("secrets", json!([{"name": "token"}])),
    ];
    coins.some(entries)
}

pub(super) fn claim(coins: &Coins) -> Value {
    let size =
        coins.pick(&[json!("1Gi"), json!("1024Mi"), json!("1073741824"), json!("2Gi"), json!("1.5Gi")]);
    let mut spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}});
    if coins.once_in(2) {
        spec["storageClassName"] = json!("fast");
    }
    if coins.once_in(2) {
        spec["volumeMode"] = json!("Filesystem");
    }
    json!({"spec": spec})
}

pub(super) fn limit_range(coins: &Coins) -> Value {
    let container = vec![
        ("default", json!({"cpu": coins.text(&["500m", "0.5", "1"])})),
        ("defaultRequest", json!({"cpu": coins.text(&["100m", "0.1"])})),
        ("max", json!({"cpu": coins.text(&["2", "2000m"]), "memory": "1Gi"})),
    ];
    let mut limit = coins.some(container);
    limit["type"] = json!("Container");
    let pod = json!({"type": "Pod", "max": {"memory": coins.text(&["2Gi", "2048Mi"])}});
    let mut limits = vec![limit];
    if coins.once_in(2) {
        limits.push(pod);
    }
    json!({"spec": {"limits": limits}})
}

pub(super) fn quota(coins: &Coins) -> Value {
    let hard = vec![
        ("pods", coins.pick(&[json!("10"), json!(10), json!("12")])),
        ("requests.cpu", coins.pick(&[json!("1"), json!("1000m"), json!("1e3"), json!("1500m"), json!(1)])),
        ("limits.memory", coins.text(&["1Gi", "1024Mi", "1073741824", "1073741824000m"])),
    ];
    let entries = vec![("hard", coins.some(hard)), ("scopes", json!(["NotTerminating"]))];
    json!({"spec": coins.some(entries)})
}

pub(super) fn endpoints(coins: &Coins) -> Value {
    let addresses = vec![json!({"ip": "10.1.1.1"}), json!({"ip": "10.1.1.2", "hostname": "two"})];
    let mut port = json!({"port": coins.pick(&[json!(80), json!(81)])});
    if coins.once_in(2) {
        port["name"] = json!("http");
    }
    let mut addresses = coins.items(addresses);
    if addresses.as_array().is_some_and(Vec::is_empty) {
        addresses = json!([{"ip": "10.1.1.3"}]);
    }
    json!({"subsets": [{"addresses": addresses, "ports": [port]}]})
}

pub(super) fn endpoint_slice(coins: &Coins) -> Value {
    let endpoints = vec![
        json!({"addresses": ["10.1.1.1"], "conditions": {"ready": coins.pick(&[json!(true), json!(false)])}}),
        json!({"addresses": ["10.1.1.2"], "nodeName": "one"}),
    ];
    let ports = vec![json!({"port": 80}), json!({"name": "x", "port": 81, "protocol": "UDP"})];
    json!({"addressType": "IPv4", "endpoints": coins.items(endpoints), "ports": coins.items(ports)})
}

pub(super) fn lease(coins: &Coins) -> Value {
    let entries = vec![
        ("holderIdentity", coins.text(&["me", "you"])),
        ("leaseDurationSeconds", coins.pick(&[json!(15), json!(30)])),
        ("renewTime", coins.text(&["2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:01.500000Z"])),
        ("leaseTransitions", coins.pick(&[json!(0), json!(3)])),
    ];
    json!({"spec": coins.some(entries)})
}

pub(super) fn network_policy(coins: &Coins) -> Value {
    let mut port = json!({"port": coins.pick(&[json!(80), json!("http")])});
    if coins.once_in(2) {
        port["protocol"] = coins.text(&["TCP", "UDP"]);
    }
    let from = json!([{"podSelector": {"matchLabels": {"app": coins.text(&["a", "b"])}}}]);
    let mut rule = json!({"ports": [port]});
    if coins.once_in(2) {
        rule["from"] = from;
    }
    let entries = vec![
        ("ingress", coins.pick(&[json!([rule]), json!([{}]), json!([])])),
        ("egress", json!([{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}])),
        ("policyTypes", coins.pick(&[json!(["Ingress"]), json!(["Ingress", "Egress"])])),
    ];
    let mut spec = coins.some(entries);
    spec["podSelector"] = coins.pick(&[json!({}), json!({"matchLabels": {"app": "a"}})]);
    json!({"spec": spec})
}

pub(super) fn ingress(coins: &Coins) -> Value {
    let port = coins.pick(&[json!({"number": 80}), json!({"name": "http"})]);
    let backend = json!({"service": {"name": coins.text(&["one", "two"]), "port": port}});
    let path = json!({"path": coins.text(&["/", "/api"]), "pathType": "Prefix", "backend": backend});
    let mut rule = json!({"http": {"paths": [path]}});
    if coins.once_in(2) {
        rule["host"] = coins.text(&["a.example", "b.example"]);
    }
    let entries = vec![
        ("ingressClassName", json!("nginx")),
        ("tls", json!([{"hosts": ["a.example"], "secretName": coins.text(&["t1", "t2"])}])),
        ("rules", json!([rule])),
    ];
    let mut spec = coins.some(entries);
    if spec.get("rules").is_none() {
        spec["defaultBackend"] = backend;
    }
    json!({"spec": spec})
}

pub(super) fn disruption_budget(coins: &Coins) -> Value {
    let bound = coins.pick(&[json!(1), json!("50%"), json!(0), json!("1")]);
    let mut spec = json!({});
    spec[if coins.once_in(2) { "minAvailable" } else { "maxUnavailable" }] = bound;
    if !coins.once_in(4) {
        spec["selector"] = coins.pick(&[
            json!({"matchLabels": {"app": "a"}}),
            json!({}),
            json!({"matchLabels": {"app": "b", "x": "y"}}),
        ]);
    }
    if coins.once_in(3) {
        spec["unhealthyPodEvictionPolicy"] = json!("AlwaysAllow");
    }
    json!({"spec": spec})
}

pub(super) fn autoscaler(coins: &Coins) -> Value {
    let metric = json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": coins.pick(&[json!(50), json!(80)])}}});
    let amount = json!({"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": coins.text(&["1Gi", "1024Mi"])}}});
    let metrics = coins.items(vec![metric, amount]);
    let down = json!({"stabilizationWindowSeconds": coins.pick(&[json!(300), json!(0)])});
    let up = json!({"policies": [{"type": "Pods", "value": 4, "periodSeconds": 60}], "selectPolicy": coins.text(&["Max", "Min"])});
    let behavior = coins.some(vec![("scaleDown", down), ("scaleUp", up)]);
    let entries = vec![
        ("minReplicas", coins.pick(&[json!(1), json!(2)])),
        ("metrics", metrics),
        ("behavior", behavior),
    ];
    let mut spec = coins.some(entries);
    spec["maxReplicas"] = coins.pick(&[json!(5), json!(6)]);
    spec["scaleTargetRef"] = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "target"});
    json!({"spec": spec})
}
