//! The objects of the benchmark: a mix as environments have it, each made from its number alone.

use serde_json::{Value, json};

/// What an object has at its changing place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edition {
    /// As it is made.
    First,
    /// As it is after every object was edited.
    Second,
}

/// The kinds of the mix, as plural, with the group and version of their URLs.
pub(crate) const KINDS: [(&str, &str); 5] = [
    ("api/v1", "configmaps"),
    ("api/v1", "services"),
    ("api/v1", "serviceaccounts"),
    ("apis/batch/v1", "cronjobs"),
    ("apis/rbac.authorization.k8s.io/v1", "roles"),
];

/// An object and where it is written.
pub(crate) struct Object {
    /// The path of its collection below the server's address.
    pub(crate) collection: String,
    /// Its name.
    pub(crate) name: String,
    /// The manifest.
    pub(crate) manifest: Value,
}

/// Returns `count` objects: of ten, six are `ConfigMaps`, and one each is of the other kinds.
pub(crate) fn mixed(count: usize, namespace: &str, edition: Edition) -> Vec<Object> {
    (0..count).map(|number| object(number, namespace, edition)).collect()
}

/// Returns the manifests as one YAML stream.
///
/// JSON is YAML, but nobody keeps it in Git, and readers are fast or slow with the real thing: so block style.
pub(crate) fn stream(objects: &[Object]) -> String {
    let mut text = String::new();
    for object in objects {
        text.push_str("---\n");
        write_block(&object.manifest, 0, &mut text);
    }
    text
}

fn object(number: usize, namespace: &str, edition: Edition) -> Object {
    let (kind, mut manifest) = match number % 10 {
        6 => (1, service(number, edition)),
        7 => (
            2,
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": edition == Edition::First}),
        ),
        8 => (3, cron_job(number, edition)),
        9 => (4, role(edition)),
        _ => (0, config_map(number, edition)),
    };
    let (prefix, plural) = KINDS[kind];
    let name = format!("{}-{number}", &plural[..plural.len() - 1]);
    manifest["metadata"] =
        json!({"name": name, "namespace": namespace, "labels": {"app": format!("app-{}", number % 100)}});
    let (group, version) = prefix.rsplit_once('/').unwrap_or(("", prefix));
    Object { collection: format!("/{group}/{version}/namespaces/{namespace}/{plural}"), name, manifest }
}

fn config_map(number: usize, edition: Edition) -> Value {
    let memory = if edition == Edition::First { "4g" } else { "6g" };
    let log =
        format!("level=info\npattern=%d [%t] %m%n\nappender.{number}=file\nmax.size=20MB\nmax.files=7\n");
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "data": {
            "server.memory.heap.max_size": memory,
            "server.memory.pagecache.size": "10g",
            "server.bolt.listen_address": format!("0.0.0.0:{}", 7000 + number % 900),
            "server.directories.import": format!("/import/{number}"),
            "log4j.properties": log,
        }
    })
}

fn service(number: usize, edition: Edition) -> Value {
    let affinity = if edition == Edition::First { "None" } else { "ClientIP" };
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "spec": {
            "clusterIP": "None",
            "sessionAffinity": affinity,
            "selector": {"app": format!("app-{}", number % 100)},
            "ports": [{"name": "bolt", "port": 7687}, {"name": "http", "port": 7474, "targetPort": 7474}],
        }
    })
}

/// Suspended, and no Deployment: an apply waits until workloads work, and nothing works beside the API server here.
fn cron_job(number: usize, edition: Edition) -> Value {
    let memory = if edition == Edition::First { "256Mi" } else { "512Mi" };
    let container = json!({
        "name": "worker",
        "image": "example.test/worker:1.4.2",
        "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "SHARD", "value": number.to_string()}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": memory}},
    });
    let pod = json!({"metadata": {"labels": {"app": "worker"}}, "spec": {"restartPolicy": "Never", "containers": [container]}});
    json!({
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "spec": {"schedule": "0 2 * * *", "suspend": true, "jobTemplate": {"spec": {"template": pod}}},
    })
}

fn role(edition: Edition) -> Value {
    let verbs =
        if edition == Edition::First { json!(["get", "list"]) } else { json!(["get", "list", "watch"]) };
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": verbs}],
    })
}

fn write_block(value: &Value, indent: usize, text: &mut String) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                text.extend([margin.as_str(), key, ":"]);
                write_nested(value, indent + 2, text);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.extend([margin.as_str(), "-"]);
                write_item(item, indent + 2, text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.extend([" ", &value.to_string(), "\n"]);
        }
    }
}

fn write_nested(value: &Value, indent: usize, text: &mut String) {
    if value.is_object() || value.is_array() {
        text.push('\n');
    }
    write_block(value, indent, text);
}

/// The first key of a map stands on the line of its dash.
fn write_item(item: &Value, indent: usize, text: &mut String) {
    let start = text.len();
    write_block(item, indent, text);
    if item.is_object() {
        text.replace_range(start..start + indent, " ");
    }
}
