//! Whether settings are those of the version, and whether they stand where they belong.

use super::checks::spot;
use super::layout::Layout;
use crate::documents::codes;
use crate::documents::expand::manifest::Context;
use crate::documents::neo4j::cluster::Edition;
use crate::documents::repository::overlay::Merged;
use crate::documents::setting::Setting;
use crate::documents::source::Span;
use crate::resources::neo4j::settings::{self, Has, Judgement, SettingType, judge};

/// Settings that a document has fields for, or that are not for people to write: the beginning of the name, and what to
/// write instead.
const OWN: [(&str, &str); 31] = [
    ("server.memory.heap.max_size", "write memory.heap"),
    ("server.memory.heap.initial_size", "write memory.heap"),
    ("server.memory.pagecache.size", "write memory.pageCache"),
    ("server.jvm.additional", "write jvm.arguments"),
    ("server.metrics.prometheus.", "write monitoring.prometheus: true"),
    ("server.metrics.enabled", "write monitoring.prometheus: true"),
    ("dbms.security.auth_enabled", "write auth.enabled"),
    ("dbms.cluster.discovery.", "servers find each other by their Services; write servers.discovery"),
    ("dbms.cluster.endpoints", "servers find each other by their Services: remove it"),
    ("dbms.kubernetes.", "servers find each other by their Services: remove it"),
    ("dbms.cluster.minimum_initial_system_primaries_count", "write servers.initialPrimaries"),
    ("initial.dbms.default_primaries_count", "write servers.initialPrimaries"),
    ("initial.dbms.default_database", "write databases: [{name: NAME, default: true}]"),
    ("initial.server.mode_constraint", "write modeConstraint at the pool"),
    ("initial.server.tags", "write tags at the pool"),
    ("initial.server.allowed_databases", "write allowedDatabases at the pool"),
    ("initial.server.denied_databases", "write deniedDatabases at the pool"),
    (
        "initial.dbms.automatically_enable_free_servers",
        "servers are let in one by one, by the plan: remove it",
    ),
    ("server.cluster.system_database_mode", "write the server into servers.secondaries"),
    ("server.bolt.listen_address", "Services and probes are on 7687: remove it"),
    ("server.http.listen_address", "Services and probes are on 7474: remove it"),
    ("server.https.listen_address", "Services and probes are on 7473: remove it"),
    ("apoc.", "APOC reads its own apoc.conf, and a server that is strict does not start with it: remove it"),
    ("server.default_listen_address", "a server listens on all addresses of its pod: remove it"),
    ("server.directories.data", "the volume is mounted at /data: remove it"),
    ("server.directories.logs", "the volume is mounted at /logs: remove it"),
    ("server.logs.", "write logging.server and logging.user"),
    ("dbms.ssl.policy.bolt.enabled", "write tls.bolt"),
    ("dbms.ssl.policy.https.enabled", "write tls.https"),
    ("dbms.ssl.policy.cluster.enabled", "write tls.cluster"),
    ("dbms.ssl.policy.backup.enabled", "write tls.backup"),
];

/// What drivers and other servers call a server by, in a cluster.
const ADDRESSES: [&str; 5] = [
    "server.bolt.advertised_address",
    "server.cluster.advertised_address",
    "server.cluster.raft.advertised_address",
    "server.routing.advertised_address",
    "server.discovery.advertised_address",
];

/// The variable by which an image is told user and password.
const FIRST_PASSWORD: &str = "NEO4J_AUTH";

/// Variables that the layout sets.
const VARIABLES: [(&str, &str); 6] = [
    ("NEO4J_ACCEPT_LICENSE_AGREEMENT", "write acceptLicense"),
    ("NEO4J_AUTH_PATH", "write auth.secret"),
    ("NEO4J_CONF", "the layout says where: remove it"),
    ("NEO4J_EDITION", "write edition"),
    ("NEO4J_PLUGINS", "write plugins"),
    ("EXTENDED_CONF", "the layout needs it: remove it"),
];

/// Settings that only a plugin knows: the beginning of the name, and the plugins as `plugins` has them.
const OF_PLUGINS: [(&str, &[&str]); 3] =
    [("gds.", &["graph-data-science"]), ("genai.", &["genai"]), ("n10s.", &["n10s"])];

impl Context<'_> {
    pub(super) fn check_config(&mut self, layout: &Layout<'_>, merged: &Merged) {
        for (key, setting) in &layout.spec.config {
            let at = spot(merged, &["config", key]);
            if let Some(instead) = own(key, layout) {
                let message = format!("`{key}` is not written in `config`");
                self.error(codes::CONTRADICTION, at, message).hint = Some(instead.to_owned());
            } else if is_secret(key) && !Setting::text(setting).starts_with("$(") {
                let message = format!("`{key}` is written out in Git");
                self.written_out(layout, at, message);
            } else if let Some(plugin) = missing_plugin(key, layout) {
                let message = format!("`{key}` is a setting of a plugin that the servers do not have");
                self.error(codes::SETTING, at, message).hint = Some(format!(
                    "a server that is strict does not start with it: add {plugin} to `plugins`"
                ));
            } else {
                self.check_setting(layout, (key, setting), at);
            }
        }
        for (name, instead) in VARIABLES {
            if layout.spec.env.contains_key(name) {
                let at = spot(merged, &["env", name]);
                let message = format!("`{name}` is not written in `env`");
                self.error(codes::CONTRADICTION, at, message).hint = Some(instead.to_owned());
            }
        }
        if layout.spec.env.contains_key(FIRST_PASSWORD) {
            let message = format!("`{FIRST_PASSWORD}` is written out in Git");
            self.written_out(layout, spot(merged, &["env", FIRST_PASSWORD]), message);
        }
        for (index, argument) in layout.spec.jvm.arguments.iter().enumerate() {
            if argument.starts_with("-Xmx") || argument.starts_with("-Xms") {
                let at = spot(merged, &["jvm", "arguments", &index.to_string()]);
                let message = format!("`{argument}` is not written in `jvm.arguments`");
                self.error(codes::CONTRADICTION, at, message).hint = Some("write memory.heap".to_owned());
            }
        }
    }

    /// Tells a secret in Git; its line is not drawn, so the hint is the one for places like this.
    fn written_out(&mut self, layout: &Layout<'_>, at: Span, message: String) {
        let note = format!("in Neo4jCluster/{}", layout.name);
        self.error(codes::LITERAL_SECRET, at, message).notes.push(note);
    }

    fn check_setting(&mut self, layout: &Layout<'_>, (key, value): (&str, &Setting), at: Span) {
        let version = layout.version;
        match judge(key, version) {
            Judgement::Unjudged => {}
            Judgement::Known(known) => {
                let text = Setting::text(value);
                if !known.value.reads(&text) {
                    let message = format!("`{key}` is {}, and this is `{text}`", known.value.expected());
                    self.error(codes::SETTING, at, message);
                } else if known.has == Has::Enterprise && layout.spec.edition == Edition::Community {
                    let message = format!("Community Edition has no setting `{key}`");
                    self.error(codes::COMMUNITY, at, message).hint = Some("remove it".to_owned());
                }
            }
            Judgement::Renamed(new) => {
                let message = format!("Neo4j {version} has no setting `{key}`");
                self.error(codes::SETTING, at, message).hint = Some(match own(new, layout) {
                    Some(instead) => instead.to_owned(),
                    None => format!("it is called `{new}`"),
                });
            }
            Judgement::Gone => {
                let message = format!("Neo4j {version} has no setting `{key}`");
                self.error(codes::SETTING, at, message).hint =
                    Some("it was taken out and has no successor: remove it".to_owned());
            }
            Judgement::NotYet(first) => {
                let message = format!("Neo4j {version} has no setting `{key}`");
                self.error(codes::SETTING, at, message).hint = Some(format!("it comes with {first}"));
            }
            Judgement::Unknown(near) => {
                let message = format!("no version of Neo4j has a setting `{key}`");
                let finding = self.error(codes::SETTING, at, message);
                finding.label = near.map(|near| format!("there is `{near}`"));
            }
        }
    }
}

fn own(key: &str, layout: &Layout<'_>) -> Option<&'static str> {
    if layout.is_several() && ADDRESSES.contains(&key) {
        return Some("each server is called by its own Service: remove it");
    }
    OWN.iter()
        .find(|(own, _)| key == *own || (own.ends_with('.') && key.starts_with(own)))
        .map(|(_, instead)| *instead)
}

/// Returns the plugin that a setting is of, unless the servers have it. What an image of your own has is not known.
fn missing_plugin(key: &str, layout: &Layout<'_>) -> Option<&'static str> {
    let (_, plugins) = OF_PLUGINS.iter().find(|(beginning, _)| key.starts_with(beginning))?;
    let has = layout.spec.plugins.iter().any(|plugin| plugins.contains(&plugin.as_str()));
    let is_strict = layout.is_on("server.config.strict_validation.enabled", true);
    let is_missing = layout.spec.image.is_none() && is_strict && !has;
    plugins.first().filter(|_| is_missing).copied()
}

fn is_secret(key: &str) -> bool {
    let secret = settings::setting(key).is_some_and(|setting| setting.value == SettingType::Secret);
    secret || key.ends_with("password") || key.ends_with("_secret")
}
