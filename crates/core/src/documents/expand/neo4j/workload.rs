//! A server's `StatefulSet`, in the shape of the official chart: one pod, and no controller restarts it.

use super::layout::{BALANCED, CATEGORY, CLUSTERING, INSTANCE, Layout, NAME, Server};
use super::object::Object;
use super::{configuration, placement, volumes};
use crate::documents::neo4j::operation::Probe;
use crate::resources::neo4j::STARTS_WITH;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// The user of the image.
const USER: u32 = 7474;
/// The port of Bolt.
const BOLT: u16 = 7687;

/// Returns the workload of a server.
pub(super) fn workload(layout: &Layout<'_>, server: &Server<'_>) -> Object {
    let instance = [("app", layout.name), (INSTANCE, &server.name)];
    let clustering = layout.clustering();
    let labels = [(NAME, layout.name), (CLUSTERING, clustering), (INSTANCE, &server.name)];
    let balanced = if server.pool.load_balanced { "include" } else { "exclude" };
    let of_pod = [
        (NAME, layout.name),
        (CLUSTERING, clustering),
        CATEGORY,
        (BALANCED, balanced),
        (INSTANCE, &server.name),
    ];
    let selector: std::collections::BTreeMap<_, _> = instance.into_iter().collect();
    let mut annotations = layout.spec.pod_annotations.clone();
    annotations.insert(STARTS_WITH.to_owned(), configuration::starts_with(layout, server));
    Object::new("apps/v1", "StatefulSet", &server.name).labels(layout.labels(&labels)).with(json!({"spec": {
        "serviceName": server.name,
        "podManagementPolicy": "Parallel",
        "replicas": 1,
        // Who restarts a server asks first whether the others can do without it.
        "updateStrategy": {"type": "OnDelete"},
        "selector": {"matchLabels": selector},
        "template": {
            "metadata": {"labels": layout.labels(&of_pod), "annotations": annotations},
            "spec": pod(layout, server),
        },
        "volumeClaimTemplates": volumes::claims(layout, server),
    }}))
}

fn pod(layout: &Layout<'_>, server: &Server<'_>) -> Json {
    let spec = layout.spec;
    let placement = server.placement(spec);
    let secrets: Vec<Json> = spec.image_pull_secrets.iter().map(|name| json!({"name": name})).collect();
    json!({
        "affinity": placement::affinity(layout, placement),
        "topologySpreadConstraints": placement::spread(layout, placement),
        "tolerations": placement::tolerations(placement),
        "nodeSelector": placement::node_selector(placement),
        "priorityClassName": placement.priority_class,
        "serviceAccountName": layout.account(server),
        "dnsPolicy": "ClusterFirst",
        "securityContext": {
            "fsGroup": USER,
            "fsGroupChangePolicy": "Always",
            "runAsGroup": USER,
            "runAsNonRoot": true,
            "runAsUser": USER,
        },
        "terminationGracePeriodSeconds": spec.termination_grace_period.0.as_secs(),
        "imagePullSecrets": (!secrets.is_empty()).then_some(secrets),
        "containers": [container(layout, server)],
        "volumes": volumes::volumes(layout, server),
    })
}

fn container(layout: &Layout<'_>, server: &Server<'_>) -> Json {
    let spec = layout.spec;
    let resources = server.resources(spec);
    let each = json!({"cpu": resources.cpu, "memory": resources.memory});
    let probes = &spec.probes;
    json!({
        "name": "neo4j",
        "image": layout.image(),
        "imagePullPolicy": spec.image_pull_policy.as_str(),
        "envFrom": [{"configMapRef": {"name": format!("{}-env", server.name)}}],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "SERVICE_NEO4J_ADMIN", "value": layout.host(server, "-admin")},
            {"name": "SERVICE_NEO4J_INTERNALS", "value": layout.host(server, "-internals")},
            {"name": "SERVICE_NEO4J", "value": layout.host(server, "")},
        ],
        "ports": ports(layout),
        "resources": {"requests": each, "limits": each},
        "securityContext": {"runAsGroup": USER, "runAsNonRoot": true, "runAsUser": USER},
        "volumeMounts": volumes::mounts(layout),
        "readinessProbe": probe(probes.readiness, (20, Some(10))),
        "livenessProbe": probe(probes.liveness, (40, Some(10))),
        "startupProbe": probe(probes.startup, (1000, None)),
    })
}

fn ports(layout: &Layout<'_>) -> Vec<Json> {
    let all = [
        (layout.has_http(), 7474, "http"),
        (true, BOLT, "bolt"),
        (layout.has_https(), 7473, "https"),
        (layout.has_backup(), 6362, "backup"),
    ];
    let open = all.into_iter().filter(|(open, ..)| *open);
    open.map(|(_, port, name)| json!({"containerPort": port, "name": name})).collect()
}

/// A probe of the Bolt port, as the chart has it where nobody says otherwise.
fn probe(written: Option<Probe>, (failures, timeout): (u32, Option<u64>)) -> Json {
    let seconds = |length: Duration| length.as_secs().max(1);
    let failures = written.map_or(failures, |probe| probe.failures);
    let every = written.map_or(5, |probe| seconds(probe.every.0));
    let timeout = written.and_then(|probe| probe.timeout).map(|timeout| seconds(timeout.0)).or(timeout);
    json!({
        "tcpSocket": {"port": BOLT},
        "failureThreshold": failures,
        "periodSeconds": every,
        "timeoutSeconds": timeout,
    })
}
