//! Where a server keeps what: one volume for data with a directory for each purpose, configuration and certificates
//! beside it.

use super::layout::{Layout, Server};
use crate::documents::neo4j::access::TlsPolicy;
use crate::documents::neo4j::servers::{Dynamic, Selector, Storage};
use serde_json::{Value as Json, json};

/// The volume that everything durable is on.
const DATA: &str = "data";
/// What is on it, each below a directory of its own; logs and metrics by pod.
const DIRECTORIES: [(&str, &str); 6] = [
    ("backups", "backups"),
    ("data", "data"),
    ("import", "import"),
    ("licenses", "licenses"),
    ("logs", "logs/$(POD_NAME)"),
    ("metrics", "metrics/$(POD_NAME)"),
];
/// Readable for the server and its group: Kubernetes counts in tens.
const READABLE: u32 = 0o440;

/// Returns what is mounted where.
pub(super) fn mounts(layout: &Layout<'_>) -> Vec<Json> {
    let mut mounts = vec![
        json!({"mountPath": "/config/neo4j.conf", "name": "neo4j-conf"}),
        json!({"mountPath": "/config/server-logs.xml", "name": "neo4j-server-logs"}),
        json!({"mountPath": "/config/user-logs.xml", "name": "neo4j-user-logs"}),
    ];
    if layout.spec.auth.enabled {
        mounts.push(json!({"mountPath": "/config/neo4j-auth", "name": "neo4j-auth"}));
    }
    let durable = DIRECTORIES.iter().map(
        |(name, directory)| json!({"mountPath": format!("/{name}"), "name": DATA, "subPathExpr": directory}),
    );
    mounts.extend(durable);
    mounts.extend(layout.spec.tls.scopes().flat_map(|(scope, policy)| certificates(scope, policy)));
    mounts
}

fn certificates(scope: &str, policy: &TlsPolicy) -> Vec<Json> {
    let TlsPolicy { secret: _, certificate, key, trusted, revoked } = policy;
    let directory = format!("/var/lib/neo4j/certificates/{scope}");
    let file = |volume: &str, name: &str, of: &String| {
        json!({
            "name": format!("{scope}-{volume}"),
            "mountPath": format!("{directory}/{name}"),
            "subPath": of,
            "readOnly": true,
        })
    };
    let mut mounts = vec![file("cert", "public.crt", certificate), file("key", "private.key", key)];
    for (name, secrets) in [("trusted", trusted), ("revoked", revoked)] {
        if !secrets.is_empty() {
            let path = format!("{directory}/{name}");
            mounts.push(json!({"name": format!("{scope}-{name}"), "mountPath": path, "readOnly": true}));
        }
    }
    mounts
}

/// Returns the volumes that are not claimed by a template.
pub(super) fn volumes(layout: &Layout<'_>, server: &Server<'_>) -> Vec<Json> {
    let map = |suffix: &str| json!({"configMap": {"name": format!("{}{suffix}", server.name)}});
    let sources = [map("-default-config"), map("-user-config"), map("-k8s-config")];
    let logs = |name: &str, suffix: &str| json!({"name": name, "configMap": {"name": format!("{}{suffix}", server.name)}});
    let mut volumes = vec![
        // What comes later covers what comes before.
        json!({"name": "neo4j-conf", "projected": {"defaultMode": READABLE, "sources": sources}}),
        logs("neo4j-server-logs", "-server-logs-config"),
        logs("neo4j-user-logs", "-user-logs-config"),
    ];
    if layout.spec.auth.enabled {
        volumes.push(json!({"name": "neo4j-auth", "secret": {"secretName": layout.auth_secret()}}));
    }
    volumes.extend(layout.spec.tls.scopes().flat_map(|(scope, policy)| secrets(scope, policy)));
    if let Storage::Claim(claim) = server.storage(layout.spec) {
        let claim = claim.replace("{server}", &server.name);
        volumes.push(json!({"name": DATA, "persistentVolumeClaim": {"claimName": claim}}));
    }
    volumes
}

fn secrets(scope: &str, policy: &TlsPolicy) -> Vec<Json> {
    let TlsPolicy { secret, certificate: _, key: _, trusted, revoked } = policy;
    let one = |volume: &str| json!({"name": format!("{scope}-{volume}"), "secret": {"secretName": secret}});
    let mut volumes = vec![one("cert"), one("key")];
    for (name, secrets) in [("trusted", trusted), ("revoked", revoked)] {
        if !secrets.is_empty() {
            let sources: Vec<Json> = secrets.iter().map(|name| json!({"secret": {"name": name}})).collect();
            let projected = json!({"defaultMode": READABLE, "sources": sources});
            volumes.push(json!({"name": format!("{scope}-{name}"), "projected": projected}));
        }
    }
    volumes
}

/// Returns the claim that each pod makes, if it makes one.
pub(super) fn claims(layout: &Layout<'_>, server: &Server<'_>) -> Json {
    let (size, class, selector) = match server.storage(layout.spec) {
        Storage::Claim(_) => return Json::Null,
        Storage::Dynamic(Dynamic { size, class }) => (size, class.as_deref(), None),
        Storage::Selector(Selector { size, class, match_labels }) => {
            let usual = || json!({"app": layout.name, "helm.neo4j.com/volume-role": DATA});
            let labels = if match_labels.is_empty() { usual() } else { json!(match_labels) };
            (size, Some(class.as_deref().unwrap_or("manual")), Some(json!({"matchLabels": labels})))
        }
    };
    json!([{
        "metadata": {"name": DATA},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": size}},
            "storageClassName": class,
            "selector": selector,
        },
    }])
}
