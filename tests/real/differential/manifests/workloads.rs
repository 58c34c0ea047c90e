//! Pods and what makes them.

use super::super::coins::Coins;
use serde_json::{Value, json};

fn env(coins: &Coins) -> Value {
    let field = json!({"fieldRef": {"fieldPath": "metadata.name"}});
    coins.items(vec![
        json!({"name": "A", "value": coins.text(&["1", "2", ""])}),
        json!({"name": "B", "value": "x"}),
        json!({"name": "C", "valueFrom": field}),
        json!({"name": "D"}),
    ])
}

fn resources(coins: &Coins) -> Value {
    let limits = vec![
        ("cpu", coins.pick(&[json!("1"), json!("1000m"), json!(1), json!("2")])),
        ("memory", coins.text(&["1Gi", "1024Mi"])),
    ];
    let requests =
        vec![("cpu", coins.text(&["0.5", "500m", "0.1"])), ("memory", coins.text(&["512Mi", "536870912"]))];
    let entries = vec![("limits", coins.some(limits)), ("requests", coins.some(requests))];
    coins.some(entries)
}

fn probe(coins: &Coins) -> Value {
    let port = coins.pick(&[json!(80), json!("http")]);
    let mut get = json!({"port": port});
    if coins.once_in(2) {
        get["path"] = coins.text(&["/", "/healthz"]);
    }
    let mut probe = coins.some(vec![
        ("periodSeconds", coins.pick(&[json!(10), json!(5)])),
        ("timeoutSeconds", json!(1)),
        ("initialDelaySeconds", json!(0)),
    ]);
    probe["httpGet"] = get;
    probe
}

fn container(name: &str, coins: &Coins) -> Value {
    let mut port = json!({"containerPort": coins.pick(&[json!(80), json!(8080)])});
    if coins.once_in(2) {
        port["name"] = json!("http");
    }
    if coins.once_in(3) {
        port["protocol"] = json!("TCP");
    }
    let ports = coins.items(vec![
        port,
        json!({"containerPort": 53, "protocol": "UDP"}),
        json!({"containerPort": 53}),
    ]);
    let security = vec![
        ("privileged", json!(false)),
        ("runAsUser", coins.pick(&[json!(0), json!(1000)])),
        ("capabilities", json!({"drop": coins.pick(&[json!(["ALL"]), json!(["NET_RAW", "ALL"])])})),
    ];
    let security = coins.some(security);
    let entries = vec![
        ("imagePullPolicy", coins.text(&["Always", "IfNotPresent"])),
        ("args", coins.pick(&[json!(["a"]), json!(["a", "b"]), json!([])])),
        ("command", json!(["run"])),
        ("env", env(coins)),
        ("ports", ports),
        ("resources", resources(coins)),
        ("livenessProbe", probe(coins)),
        ("securityContext", coins.pick(&[security, json!({})])),
        ("stdin", coins.pick(&[json!(false), json!(true)])),
        ("workingDir", coins.text(&["", "/w"])),
        ("terminationMessagePath", json!("/dev/termination-log")),
    ];
    let mut container = coins.some(entries);
    container["name"] = json!(name);
    container["image"] = coins.text(&["app:1", "app:2", "app", "app:latest"]);
    if container
        .get("livenessProbe")
        .is_some_and(|probe| probe.pointer("/httpGet/port") == Some(&json!("http")))
    {
        container["ports"] = json!([{"containerPort": 80, "name": "http"}]);
    }
    container
}

fn volumes(coins: &Coins) -> Value {
    let mode = coins.pick(&[
        json!({"name": "c"}),
        json!({"name": "c", "defaultMode": 420}),
        json!({"name": "c", "defaultMode": 256, "items": [{"key": "a", "path": "b"}]}),
    ]);
    coins.items(vec![
        json!({"name": "tmp", "emptyDir": coins.pick(&[json!({}), json!({"medium": "Memory"}), json!({"sizeLimit": "1024Mi"})])}),
        json!({"name": "config", "configMap": mode}),
        json!({"name": "bare"}),
        json!({"name": "secret", "secret": {"secretName": "s", "optional": coins.pick(&[json!(true), json!(false)])}}),
    ])
}

fn pod_spec(coins: &Coins) -> Value {
    let mut containers = vec![container("app", coins)];
    if coins.once_in(2) {
        containers.push(container("side", coins));
    }
    if coins.once_in(5) {
        containers.reverse();
    }
    let toleration = coins.pick(&[
        json!([{"key": "k", "operator": "Exists"}]),
        json!([]),
        json!([{"key": "k", "value": "v", "effect": "NoSchedule"}]),
    ]);
    let terms = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "z", "operator": "In", "values": ["a"]}]}]}}});
    let spread = json!([{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "a"}}}]);
    let entries = vec![
        ("volumes", volumes(coins)),
        ("nodeSelector", coins.pick(&[json!({"disk": "ssd"}), json!({}), json!({"disk": "hdd", "z": "1"})])),
        ("tolerations", toleration),
        ("affinity", coins.pick(&[terms, json!({})])),
        ("topologySpreadConstraints", spread),
        ("terminationGracePeriodSeconds", coins.pick(&[json!(30), json!(0), json!(10)])),
        ("serviceAccountName", coins.text(&["default", ""])),
        ("hostNetwork", json!(false)),
        ("dnsPolicy", coins.text(&["ClusterFirst", "Default"])),
        (
            "securityContext",
            coins.pick(&[
                json!({}),
                json!({"fsGroup": 1000}),
                json!({"sysctls": [{"name": "a.b", "value": "1"}]}),
            ]),
        ),
        ("imagePullSecrets", json!([{"name": "pull"}])),
        ("initContainers", json!([{"name": "init", "image": coins.text(&["init:1", "init"])}])),
        ("enableServiceLinks", json!(true)),
        ("restartPolicy", json!("Always")),
        (
            "hostAliases",
            json!([{"ip": "1.1.1.1", "hostnames": coins.pick(&[json!(["a"]), json!(["b", "a"])])}]),
        ),
    ];
    let mut spec = coins.some(entries);
    spec["containers"] = json!(containers);
    spec
}

fn template(coins: &Coins) -> Value {
    let annotations = coins.pick(&[json!({"checksum": "1"}), json!({"checksum": "2"}), json!({})]);
    json!({"metadata": {"labels": {"app": "a"}, "annotations": annotations, "creationTimestamp": null}, "spec": pod_spec(coins)})
}

fn selector() -> Value {
    json!({"matchLabels": {"app": "a"}})
}

pub(super) fn pod(coins: &Coins) -> Value {
    json!({"spec": pod_spec(coins)})
}

pub(super) fn pod_template(coins: &Coins) -> Value {
    json!({"template": template(coins)})
}

pub(super) fn deployment(coins: &Coins) -> Value {
    let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": coins.pick(&[json!("25%"), json!(1), json!(0)])}});
    let entries = vec![
        ("replicas", coins.pick(&[json!(1), json!(2), json!(0), Value::Null])),
        (
            "strategy",
            coins.pick(&[rolling, json!({}), json!({"type": "RollingUpdate"}), json!({"type": "Recreate"})]),
        ),
        ("minReadySeconds", coins.pick(&[json!(0), json!(5)])),
        ("revisionHistoryLimit", coins.pick(&[json!(10), json!(3)])),
        ("paused", coins.pick(&[json!(false), json!(true)])),
        ("progressDeadlineSeconds", json!(600)),
    ];
    let mut spec = coins.some(entries);
    spec["selector"] = selector();
    spec["template"] = template(coins);
    json!({"spec": spec})
}

pub(super) fn replica_set(coins: &Coins) -> Value {
    let entries = vec![("replicas", coins.pick(&[json!(1), json!(2)])), ("minReadySeconds", json!(0))];
    let mut spec = coins.some(entries);
    spec["selector"] = selector();
    spec["template"] = template(coins);
    json!({"spec": spec})
}

pub(super) fn stateful_set(coins: &Coins) -> Value {
    let rolling =
        json!({"type": "RollingUpdate", "rollingUpdate": {"partition": coins.pick(&[json!(0), json!(1)])}});
    let claim = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}}});
    let entries = vec![
        ("replicas", coins.pick(&[json!(1), json!(3)])),
        ("updateStrategy", coins.pick(&[rolling, json!({"type": "OnDelete"}), json!({})])),
        ("podManagementPolicy", json!("OrderedReady")),
        (
            "persistentVolumeClaimRetentionPolicy",
            coins.pick(&[json!({"whenDeleted": "Retain"}), json!({"whenScaled": "Delete"})]),
        ),
        ("minReadySeconds", coins.pick(&[json!(0), json!(5)])),
    ];
    let mut spec = coins.some(entries);
    spec["serviceName"] = json!("svc");
    spec["selector"] = selector();
    spec["template"] = template(coins);
    spec["volumeClaimTemplates"] = json!([claim]);
    json!({"spec": spec})
}

pub(super) fn daemon_set(coins: &Coins) -> Value {
    let entries = vec![
        (
            "updateStrategy",
            coins.pick(&[json!({"type": "OnDelete"}), json!({"rollingUpdate": {"maxUnavailable": 2}})]),
        ),
        ("minReadySeconds", json!(0)),
    ];
    let mut spec = coins.some(entries);
    spec["selector"] = selector();
    spec["template"] = template(coins);
    json!({"spec": spec})
}

fn job_spec(coins: &Coins) -> Value {
    let entries = vec![
        ("parallelism", coins.pick(&[json!(1), json!(2)])),
        ("backoffLimit", coins.pick(&[json!(6), json!(2)])),
        ("activeDeadlineSeconds", coins.pick(&[json!(60), json!(90)])),
        ("ttlSecondsAfterFinished", coins.pick(&[json!(0), json!(9)])),
        ("suspend", coins.pick(&[json!(true), json!(false)])),
    ];
    let mut spec = coins.some(entries);
    let mut template = template(coins);
    template["spec"]["restartPolicy"] = json!("Never");
    spec["template"] = template;
    spec
}

pub(super) fn job(coins: &Coins) -> Value {
    json!({"spec": job_spec(coins)})
}

pub(super) fn cron_job(coins: &Coins) -> Value {
    let entries = vec![
        ("suspend", coins.pick(&[json!(true), json!(false)])),
        ("concurrencyPolicy", coins.text(&["Allow", "Forbid"])),
        ("successfulJobsHistoryLimit", coins.pick(&[json!(3), json!(0)])),
        ("timeZone", json!("Europe/Berlin")),
    ];
    let mut spec = coins.some(entries);
    spec["schedule"] = coins.text(&["0 2 * * *", "0 3 * * *"]);
    spec["jobTemplate"] = json!({"spec": job_spec(coins)});
    json!({"spec": spec})
}
