//! The Services of a server, and those before all servers.

use super::layout::{BALANCED, CLUSTERING, INSTANCE, Layout, NAME, SERVICE, Server};
use super::object::Object;
use crate::documents::neo4j::operation::{LoadBalancer, ServiceType};
use serde_json::{Value as Json, json};

/// Ports by what speaks there, in the chart's order.
type Ports = Vec<Json>;

fn port(number: u16, name: &str) -> Json {
    json!({"protocol": "TCP", "port": number, "targetPort": number, "name": name})
}

fn open<const N: usize>(all: [(bool, u16, &str); N]) -> Ports {
    all.into_iter().filter(|(open, ..)| *open).map(|(_, number, name)| port(number, name)).collect()
}

/// Returns the Services of a server.
pub(super) fn services(layout: &Layout<'_>, server: &Server<'_>) -> Vec<Object> {
    let mut services = vec![default(layout, server), admin(layout, server)];
    if layout.has_internals() {
        services.push(internals(layout, server));
    }
    services
}

fn service(layout: &Layout<'_>, server: &Server<'_>, suffix: &str, more: &[(&str, &str)]) -> Object {
    let labels = [&[(NAME, layout.name), (INSTANCE, server.name.as_str())], more].concat();
    Object::new("v1", "Service", &format!("{}{suffix}", server.name)).labels(layout.labels(&labels))
}

fn selector(layout: &Layout<'_>, server: &Server<'_>) -> Json {
    json!({"app": layout.name, INSTANCE: server.name})
}

/// What drivers use: a server that is not ready is not among its addresses.
fn default(layout: &Layout<'_>, server: &Server<'_>) -> Object {
    let ports = open([
        (true, 7687, "tcp-bolt"),
        (layout.has_http(), 7474, "tcp-http"),
        (layout.has_https(), 7473, "tcp-https"),
    ]);
    service(layout, server, "", &[(SERVICE, "default")]).annotations(&layout.spec.services.annotations).with(
        json!({"spec": {
            "type": "ClusterIP",
            "selector": selector(layout, server),
            "ports": ports,
        }}),
    )
}

/// What administrators use, also before the server is ready.
fn admin(layout: &Layout<'_>, server: &Server<'_>) -> Object {
    let mut ports = open([
        (layout.has_backup(), 6362, "tcp-backup"),
        (true, 7687, "tcp-bolt"),
        (layout.has_http(), 7474, "tcp-http"),
        (layout.has_https(), 7473, "tcp-https"),
    ]);
    ports.extend(measured(layout));
    service(layout, server, "-admin", &[(SERVICE, "admin")]).with(json!({"spec": {
        "publishNotReadyAddresses": true,
        "type": "ClusterIP",
        "selector": selector(layout, server),
        "ports": ports,
    }}))
}

/// How servers find each other. What is live keeps its address, or goes on without one, where nothing is written.
fn internals(layout: &Layout<'_>, server: &Server<'_>) -> Object {
    let written = &layout.spec.services.internals;
    let several = layout.is_several();
    let mut ports = open([
        (layout.has_backup(), 6362, "tcp-backup"),
        (true, 7687, "tcp-bolt"),
        (layout.has_http(), 7474, "tcp-http"),
        (layout.has_https(), 7473, "tcp-https"),
        (several, 7688, "tcp-boltrouting"),
        (several && !layout.version.is_calendar(), 5000, "tcp-discovery"),
        (several, 7000, "tcp-raft"),
        (several, 6000, "tcp-tx"),
    ]);
    ports.extend(measured(layout));
    let clustering = if server.follows_system() { "false" } else { layout.clustering() };
    let labels = [(CLUSTERING, clustering), (SERVICE, "internals")];
    service(layout, server, "-internals", &labels).annotations(&written.annotations).with(json!({"spec": {
        "publishNotReadyAddresses": true,
        "clusterIP": written.headless.then_some("None"),
        "selector": selector(layout, server),
        "ports": ports,
    }}))
}

fn measured(layout: &Layout<'_>) -> Ports {
    open([
        (prometheus(layout), 2004, "tcp-prometheus"),
        (layout.is_on("server.metrics.graphite.enabled", false), 2003, "tcp-graphite"),
        (layout.is_on("server.metrics.jmx.enabled", false), 3637, "tcp-jmx"),
    ])
}

pub(super) fn prometheus(layout: &Layout<'_>) -> bool {
    layout.spec.monitoring.prometheus
}

/// Returns the Services before all servers.
pub(super) fn shared(layout: &Layout<'_>) -> Vec<Object> {
    let services = &layout.spec.services;
    let balancer = services.load_balancer.as_ref().map(|written| load_balancer(layout, written));
    balancer.into_iter().chain(services.headless.then(|| headless(layout))).collect()
}

fn load_balancer(layout: &Layout<'_>, written: &LoadBalancer) -> Object {
    let ports = [port(7474, "http"), port(7473, "https"), port(7687, "tcp-bolt")];
    let (service_type, from_outside) = match written.service_type {
        ServiceType::LoadBalancer => ("LoadBalancer", true),
        ServiceType::NodePort => ("NodePort", true),
        ServiceType::ClusterIP => ("ClusterIP", false),
    };
    let ranges = (!written.source_ranges.is_empty()).then_some(&written.source_ranges);
    Object::new("v1", "Service", &format!("{}-lb-neo4j", layout.name))
        .labels(layout.labels(&[(NAME, layout.name), (SERVICE, "neo4j")]))
        .annotations(&written.annotations)
        .with(json!({"spec": {
            "type": service_type,
            "externalTrafficPolicy": from_outside.then_some("Local"),
            "sessionAffinity": "None",
            "loadBalancerSourceRanges": ranges,
            "selector": {"app": layout.name, CLUSTERING: layout.clustering(), BALANCED: "include"},
            "ports": ports,
        }}))
}

fn headless(layout: &Layout<'_>) -> Object {
    let ports = open([
        (true, 7687, "tcp-bolt"),
        (layout.has_http(), 7474, "tcp-http"),
        (layout.has_https(), 7473, "tcp-https"),
    ]);
    Object::new("v1", "Service", &format!("{}-headless", layout.name))
        .labels(layout.labels(&[(NAME, layout.name), (SERVICE, "headless")]))
        .with(json!({"spec": {
            "clusterIP": "None",
            "selector": {"app": layout.name, CLUSTERING: layout.clustering()},
            "ports": ports,
        }}))
}
