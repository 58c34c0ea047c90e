//! What a cluster has once: the bound on disruptions, and what monitors it.

use super::layout::{Layout, NAME, SERVICE};
use super::object::Object;
use serde_json::{Value as Json, json};

/// Returns what there is once for all servers, Services apart.
pub(super) fn shared(layout: &Layout<'_>) -> Vec<Object> {
    let spec = layout.spec;
    let budget = layout.has_budget().then(|| budget(layout));
    let monitor = spec.monitoring.service_monitor.as_ref().map(|_| monitor(layout));
    let rules = spec.monitoring.alert_rules.then(|| rules(layout));
    budget.into_iter().chain(monitor).chain(rules).collect()
}

/// One server at a time, of all of them: what the chart has for each server alone protects no quorum. How many must stay
/// is said in numbers: of how many may go, Kubernetes counts those that it expects, and it expects nobody whose pod could
/// not be made.
fn budget(layout: &Layout<'_>) -> Object {
    let stay = layout.servers.len().saturating_sub(1);
    Object::new("policy/v1", "PodDisruptionBudget", layout.name)
        .labels(layout.labels(&[(NAME, layout.name)]))
        .with(json!({"spec": {"minAvailable": stay, "selector": {"matchLabels": {NAME: layout.name}}}}))
}

fn monitor(layout: &Layout<'_>) -> Object {
    let written = layout.spec.monitoring.service_monitor.clone().unwrap_or_default();
    let mut labels = layout.labels(&[(NAME, layout.name)]);
    labels.extend(written.labels);
    let interval = written.interval.map(|interval| format!("{}s", interval.0.as_secs().max(1)));
    Object::new(OPERATOR, "ServiceMonitor", &format!("{}-servicemonitor", layout.name)).labels(labels).with(
        json!({"spec": {
            "endpoints": [{"port": "tcp-prometheus", "interval": interval, "path": "/metrics"}],
            "namespaceSelector": {"matchNames": [layout.namespace]},
            "selector": {"matchLabels": {"app": layout.name, SERVICE: "admin"}},
        }}),
    )
}

/// The version of what the Prometheus operator reads.
const OPERATOR: &str = "monitoring.coreos.com/v1";

/// Alerts on what no restart mends. A database's measures are gone while it is down, hence the one on absence.
fn rules(layout: &Layout<'_>) -> Object {
    let name = layout.name;
    let of = format!("namespace=\"{}\",pod=~\"{}\"", layout.namespace, pods(layout));
    let claims =
        format!("namespace=\"{}\",persistentvolumeclaim=~\"data-({})\"", layout.namespace, pods(layout));
    let mut rules = vec![alert(
        "Neo4jDiskAlmostFull",
        &format!(
            "kubelet_volume_stats_available_bytes{{{claims}}} / kubelet_volume_stats_capacity_bytes{{{claims}}} < 0.15"
        ),
        ("10m", "critical"),
        "Less than 15 % of the volume is free; a full one stops writes.",
    )];
    if layout.spec.monitoring.prometheus {
        rules.extend([
            alert(
                "Neo4jServerDown",
                &format!("up{{{of}}} == 0 or absent(up{{{of}}})"),
                ("5m", "critical"),
                "A server gives no measures.",
            ),
            alert(
                "Neo4jDatabaseFailed",
                &format!("neo4j_dbms_db_state_count_failed{{{of}}} > 0"),
                ("5m", "critical"),
                "A database has failed on a server: SHOW DATABASES says why.",
            ),
            alert(
                "Neo4jPageCacheMisses",
                &format!("neo4j_dbms_page_cache_hit_ratio{{{of}}} < 0.98"),
                ("30m", "warning"),
                "The page cache holds too little of the store.",
            ),
        ]);
    }
    if layout.spec.monitoring.prometheus && layout.is_several() {
        rules.push(alert(
            "Neo4jMemberUnreachable",
            &format!("max(neo4j_dbms_cluster_discovery_memberset_unreachable{{{of}}}) > 0"),
            ("5m", "critical"),
            "A server does not reach another one.",
        ));
    }
    let groups = json!([{"name": format!("neo4j-{name}"), "rules": rules}]);
    Object::new(OPERATOR, "PrometheusRule", &format!("{name}-alerts"))
        .labels(layout.labels(&[(NAME, name)]))
        .with(json!({"spec": {"groups": groups}}))
}

fn alert(name: &str, expression: &str, (lasting, severity): (&str, &str), summary: &str) -> Json {
    json!({
        "alert": name,
        "expr": expression,
        "for": lasting,
        "labels": {"severity": severity},
        "annotations": {"summary": summary},
    })
}

fn pods(layout: &Layout<'_>) -> String {
    layout.servers.iter().map(|server| format!("{}-0", server.name)).collect::<Vec<_>>().join("|")
}
