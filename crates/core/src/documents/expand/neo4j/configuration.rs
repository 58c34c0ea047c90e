//! What a server reads when it starts: three layers of settings, of which the later one counts, its environment, and
//! how it logs.

use super::layout::{Layout, Server};
use super::memory;
use super::object::Object;
use crate::documents::neo4j::cluster::License;
use crate::documents::setting::Setting;
use crate::engine::fingerprint::Fingerprint;
use crate::resources::neo4j::{Mode, Part, Shape, Version};
use std::collections::BTreeMap;

/// Settings by name.
pub(super) type Settings = BTreeMap<String, String>;

/// What a server is told by: of two layers that have a setting the later one counts.
pub(super) struct Layers {
    pub usual: Settings,
    pub written: Settings,
    pub fixed: Settings,
}

impl Layers {
    pub(super) fn of(layout: &Layout<'_>, server: &Server<'_>) -> Self {
        let fixed = settings([("server.default_listen_address", "0.0.0.0")]);
        Self { usual: usual(layout, server), written: written(layout, server), fixed }
    }

    /// What holds in the end.
    pub(super) fn together(self) -> Settings {
        let Self { mut usual, written, fixed } = self;
        usual.extend(written);
        usual.extend(fixed);
        usual
    }
}

/// Returns the `ConfigMap`s of a server.
pub(super) fn config_maps(layout: &Layout<'_>, server: &Server<'_>) -> Vec<Object> {
    let Layers { usual, written, fixed } = Layers::of(layout, server);
    let map = |suffix: &str, data| {
        let name = format!("{}{suffix}", server.name);
        Object::new("v1", "ConfigMap", &name).labels(layout.labels(&[])).data(data)
    };
    let mut maps = vec![
        map("-default-config", usual),
        map("-user-config", written),
        map("-k8s-config", fixed),
        map("-env", environment(layout)),
    ];
    let logging = &layout.spec.logging;
    if logging.manage {
        let text = |own: &Option<String>, usual: &str| own.clone().unwrap_or_else(|| usual.to_owned());
        let server_logs = text(&logging.server, include_str!("server-logs.xml"));
        let user_logs = text(&logging.user, include_str!("user-logs.xml"));
        maps.push(map("-server-logs-config", BTreeMap::from([("server-logs.xml".to_owned(), server_logs)])));
        maps.push(map("-user-logs-config", BTreeMap::from([("user-logs.xml".to_owned(), user_logs)])));
    }
    maps
}

/// Returns a digest of all that a server reads when it starts, for its pod to carry: whether a server has started with
/// what it is told now is seen nowhere else where it is an argument of Java, a plugin or a log. What counts at the very
/// first start only is left out, so that growing restarts nobody.
pub(super) fn starts_with(layout: &Layout<'_>, server: &Server<'_>) -> String {
    let mut settings = Layers::of(layout, server).together();
    settings.retain(|key, _| {
        !key.starts_with("initial.") && key != "dbms.cluster.minimum_initial_system_primaries_count"
    });
    let logging = &layout.spec.logging;
    let logs = [&logging.server, &logging.user];
    Fingerprint::of(&(settings, environment(layout), logs)).to_string()
}

fn settings<const N: usize>(pairs: [(&str, &str); N]) -> Settings {
    pairs.into_iter().map(|(key, text)| (key.to_owned(), text.to_owned())).collect()
}

/// What the layout needs and a document may say otherwise.
fn usual(layout: &Layout<'_>, server: &Server<'_>) -> Settings {
    let mut usual = settings([
        ("dbms.ssl.policy.bolt.client_auth", "NONE"),
        ("dbms.ssl.policy.https.client_auth", "NONE"),
        ("internal.dbms.ssl.system.ignore_dot_files", "true"),
        ("server.bolt.connection_keep_alive", "30s"),
        ("server.bolt.connection_keep_alive_for_requests", "ALL"),
        ("server.bolt.connection_keep_alive_streaming_scheduling_interval", "30s"),
        ("server.directories.import", "/import"),
        ("server.directories.logs", "/logs"),
        ("server.logs.config", "/config/server-logs.xml/server-logs.xml"),
        ("server.logs.user.config", "/config/user-logs.xml/user-logs.xml"),
        ("server.windows_service_name", "neo4j"),
    ]);
    if layout.is_enterprise() {
        usual.extend(settings([
            ("server.directories.metrics", "/metrics"),
            ("server.metrics.csv.rotation.compression", "zip"),
            ("server.panic.shutdown_on_panic", "true"),
        ]));
    } else {
        usual.insert("db.tx_log.rotation.retention_policy".to_owned(), "1 days".to_owned());
    }
    if layout.has_backup() {
        usual.insert("server.backup.listen_address".to_owned(), "0.0.0.0:6362".to_owned());
    }
    for (scope, _) in layout.spec.tls.scopes() {
        usual.insert(format!("dbms.ssl.policy.{scope}.enabled"), "true".to_owned());
        match scope {
            "bolt" => usual.insert("server.bolt.tls_level".to_owned(), "REQUIRED".to_owned()),
            "https" => usual.insert("server.https.enabled".to_owned(), "true".to_owned()),
            _ => None,
        };
    }
    match layout.shape {
        Shape::Single => {}
        Shape::Cluster => {
            usual.extend(formation(layout));
            usual.extend(discovery(layout, server));
            usual.extend(addresses(layout));
        }
        Shape::Analytics => {
            usual.extend(analytics(layout, server));
            usual.extend(addresses(layout));
        }
    }
    usual
}

/// How many primaries must be there before the cluster forms; read at the very first start only.
fn formation(layout: &Layout<'_>) -> Settings {
    let count = layout.initial_primaries().to_string();
    settings([
        ("dbms.cluster.minimum_initial_system_primaries_count", count.as_str()),
        ("initial.dbms.default_primaries_count", count.as_str()),
    ])
}

/// From here on the way to find others is called so (operations manual, branch 5.x: deprecated names).
const RESOLVER_TYPE: Version = Version::new(5, 7, 0);

/// How servers find each other: by the Services that carry these labels, on a port that each version calls otherwise.
fn discovery(layout: &Layout<'_>, server: &Server<'_>) -> Settings {
    let domain = &layout.spec.cluster_domain;
    // One that does not take part in forming the cluster is not found by those that do, and finds all.
    let clustering = match layout.shape {
        Shape::Cluster if !server.follows_system() => ",helm.neo4j.com/clustering=true",
        Shape::Cluster | Shape::Single | Shape::Analytics => "",
    };
    let renamed = layout.version >= RESOLVER_TYPE;
    let resolver =
        if renamed { "dbms.cluster.discovery.resolver_type" } else { "dbms.cluster.discovery.type" };
    let mut found = settings([
        (resolver, "K8S"),
        ("dbms.routing.client_side.enforce_for_domains", &format!("*.{domain}")),
        ("dbms.routing.default_router", "SERVER"),
        ("dbms.routing.enabled", "true"),
        (
            "dbms.kubernetes.label_selector",
            &format!("app={},helm.neo4j.com/service=internals{clustering}", layout.name),
        ),
    ]);
    if domain != "cluster.local" {
        found.extend(settings([("dbms.kubernetes.cluster_domain", domain.as_str())]));
    }
    if layout.version.is_calendar() {
        found.extend(settings([("dbms.kubernetes.discovery.service_port_name", "tcp-tx")]));
        return found;
    }
    found.extend(settings([("dbms.kubernetes.service_port_name", "tcp-discovery")]));
    if let Some(way) = layout.discovery() {
        found.extend(settings([
            ("dbms.cluster.discovery.version", way.as_str()),
            ("dbms.kubernetes.discovery.v2.service_port_name", "tcp-tx"),
        ]));
    }
    found
}

/// What drivers and other servers call a server by. A common default would be what browsers are told, too.
fn addresses(layout: &Layout<'_>) -> Settings {
    const INTERNAL: &str = "$(bash -c 'echo ${SERVICE_NEO4J_INTERNALS}')";
    let mut addresses = settings([
        ("server.bolt.advertised_address", "$(bash -c 'echo ${SERVICE_NEO4J}')"),
        ("server.cluster.advertised_address", INTERNAL),
        ("server.cluster.raft.advertised_address", INTERNAL),
        ("server.routing.advertised_address", INTERNAL),
    ]);
    if !layout.version.is_calendar() {
        addresses.extend(settings([("server.discovery.advertised_address", INTERNAL)]));
    }
    addresses
}

fn analytics(layout: &Layout<'_>, server: &Server<'_>) -> Settings {
    if server.part == Part::Primary {
        return settings([("initial.dbms.default_primaries_count", "1")]);
    }
    let mut reading = discovery(layout, server);
    reading.extend(settings([
        ("dbms.cluster.minimum_initial_system_primaries_count", "2"),
        ("dbms.security.http_auth_allowlist", "gds.*"),
        ("dbms.security.procedures.allowlist", "gds.*"),
        ("dbms.security.procedures.unrestricted", "gds.*"),
        ("initial.server.mode_constraint", "SECONDARY"),
        ("internal.db.cluster.raft.minimum_voting_members", "2"),
        ("server.cluster.system_database_mode", "SECONDARY"),
    ]));
    reading
}

/// What the document says.
fn written(layout: &Layout<'_>, server: &Server<'_>) -> Settings {
    let spec = layout.spec;
    let mut written = settings([("server.config.strict_validation.enabled", "true")]);
    written.extend(memory::settings(layout, server));
    if spec.monitoring.prometheus {
        written.extend(settings([
            ("server.metrics.prometheus.enabled", "true"),
            ("server.metrics.prometheus.endpoint", "0.0.0.0:2004"),
        ]));
    }
    if !spec.auth.enabled {
        written.extend(settings([("dbms.security.auth_enabled", "false")]));
    }
    if layout.shape == Shape::Cluster {
        written.extend(constraint(server));
    }
    written.extend(spec.config.iter().map(|(key, setting)| (key.clone(), Setting::text(setting))));
    let arguments = arguments(layout);
    if !arguments.is_empty() {
        written.insert("server.jvm.additional".to_owned(), arguments.join("\n"));
    }
    written
}

/// A server that only reads must not be taken into the group that votes when it comes for the first time.
fn constraint(server: &Server<'_>) -> Settings {
    match server.mode() {
        Mode::Any => Settings::new(),
        Mode::Primary => settings([("initial.server.mode_constraint", "PRIMARY")]),
        Mode::Secondary => settings([
            ("initial.server.mode_constraint", "SECONDARY"),
            ("server.cluster.system_database_mode", "SECONDARY"),
        ]),
    }
}

/// What Neo4j's own configuration gives the Java machine, in its order.
const JVM: [&str; 17] = [
    "-XX:+UseG1GC",
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+AlwaysPreTouch",
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:+TrustFinalNonStaticFields",
    "-XX:+DisableExplicitGC",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Djdk.tls.ephemeralDHKeySize=2048",
    "-Djdk.tls.rejectClientInitiatedRenegotiation=true",
    "-XX:FlightRecorderOptions=stackdepth=256",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:+DebugNonSafepoints",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "-Dlog4j2.disable.jmx=true",
];

/// What the versions that are named by the calendar need beside that.
const JVM_CALENDAR: [&str; 2] = ["--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"];

fn arguments<'a>(layout: &Layout<'a>) -> Vec<&'a str> {
    let jvm = &layout.spec.jvm;
    let usual = JVM.into_iter().filter(|_| jvm.defaults);
    let calendar = JVM_CALENDAR.into_iter().filter(|_| jvm.defaults && layout.version.is_calendar());
    usual.chain(calendar).chain(jvm.arguments.iter().map(String::as_str)).collect()
}

fn environment(layout: &Layout<'_>) -> Settings {
    let spec = layout.spec;
    let edition = if layout.is_enterprise() { "ENTERPRISE_K8S" } else { "COMMUNITY_K8S" };
    let mut variables = settings([
        ("EXTENDED_CONF", "yes"),
        ("K8S_NEO4J_NAME", layout.name),
        ("NEO4J_CONF", "/config/"),
        ("NEO4J_EDITION", edition),
    ]);
    match spec.accept_license {
        Some(License::Yes) => {
            variables.extend(settings([("NEO4J_ACCEPT_LICENSE_AGREEMENT", "yes")]));
        }
        Some(License::Eval) => {
            variables.extend(settings([("NEO4J_ACCEPT_LICENSE_AGREEMENT", "eval")]));
        }
        None => {}
    }
    if spec.auth.enabled {
        variables.extend(settings([("NEO4J_AUTH_PATH", "/config/neo4j-auth/NEO4J_AUTH")]));
    }
    if !spec.plugins.is_empty() {
        let names: Vec<String> = spec.plugins.iter().map(|name| format!("\"{name}\"")).collect();
        variables.insert("NEO4J_PLUGINS".to_owned(), format!("[{}]", names.join(",")));
    }
    variables.extend(spec.env.clone());
    variables
}
