//! What Community Edition cannot do, each at its field.

use super::checks::spot;
use super::layout::Layout;
use crate::documents::codes;
use crate::documents::expand::manifest::Context;
use crate::documents::neo4j::content::{Access, Cdc, Demand, FIRST_DATABASE};
use crate::documents::repository::overlay::Merged;

/// A field that is written although Community does not have it: where, and what it does not have.
type Beyond = (Vec<String>, &'static str);

impl Context<'_> {
    pub(super) fn check_community(&mut self, layout: &Layout<'_>, merged: &Merged) {
        let beyond = [of_servers(layout), of_databases(layout), of_users(layout), of_operation(layout)];
        for (path, what) in beyond.into_iter().flatten() {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let at = spot(merged, &path);
            self.error(codes::COMMUNITY, at, format!("Community Edition has no {what}")).hint =
                Some("remove it, or write `edition: enterprise`".to_owned());
        }
    }
}

fn beyond(there: bool, path: &[&str], what: &'static str) -> Option<Beyond> {
    there.then(|| (path.iter().map(|step| (*step).to_owned()).collect(), what))
}

fn of_servers(layout: &Layout<'_>) -> Vec<Beyond> {
    let servers = &layout.spec.servers;
    let primaries = &servers.primaries;
    let found = [
        beyond(primaries.count > 1, &["servers", "primaries", "count"], "clusters: it is one server"),
        beyond(servers.secondaries.is_some(), &["servers", "secondaries"], "secondaries"),
        beyond(servers.analytics.is_some(), &["servers", "analytics"], "servers for analytics"),
        beyond(servers.initial_primaries.is_some(), &["servers", "initialPrimaries"], "clusters"),
        beyond(
            primaries.mode_constraint.is_some(),
            &["servers", "primaries", "modeConstraint"],
            "clusters, so no constraint either",
        ),
        beyond(!primaries.tags.is_empty(), &["servers", "primaries", "tags"], "tags"),
        beyond(
            !primaries.allowed_databases.is_empty(),
            &["servers", "primaries", "allowedDatabases"],
            "several databases",
        ),
        beyond(
            !primaries.denied_databases.is_empty(),
            &["servers", "primaries", "deniedDatabases"],
            "several databases",
        ),
    ];
    found.into_iter().flatten().collect()
}

fn of_databases(layout: &Layout<'_>) -> Vec<Beyond> {
    let mut found = Vec::new();
    let mut beyond = |there: bool, path: &[&str], what| found.extend(beyond(there, path, what));
    for (index, database) in layout.spec.databases.iter().enumerate() {
        let index = index.to_string();
        let at = |field| ["databases", &index, field];
        beyond(database.name != FIRST_DATABASE, &at("name"), "databases beside `neo4j`");
        beyond(database.topology.is_some(), &at("topology"), "topology: it is one server");
        beyond(database.cdc != Cdc::Off, &at("cdc"), "change data capture");
        beyond(database.access != Access::ReadWrite, &at("access"), "databases that can only be read");
    }
    beyond(!layout.spec.aliases.is_empty(), &["aliases"], "aliases");
    for (index, constraint) in layout.spec.constraints.iter().enumerate() {
        let path = ["constraints", &index.to_string(), "require"];
        beyond(constraint.require != Demand::Unique, &path, "constraints but unique ones");
        let path = ["constraints", &index.to_string(), "database"];
        beyond(constraint.database != FIRST_DATABASE, &path, "databases beside `neo4j`");
    }
    found
}

fn of_users(layout: &Layout<'_>) -> Vec<Beyond> {
    let mut found = Vec::new();
    let mut beyond = |there: bool, path: &[&str], what| found.extend(beyond(there, path, what));
    beyond(!layout.spec.roles.is_empty(), &["roles"], "roles: every user may do everything");
    for (index, user) in layout.spec.users.iter().enumerate() {
        let index = index.to_string();
        let at = |field| ["users", &index, field];
        beyond(!user.roles.is_empty(), &at("roles"), "roles: every user may do everything");
        beyond(user.suspended, &at("suspended"), "users that are shut out");
        beyond(user.home.is_some(), &at("home"), "home databases");
    }
    found
}

fn of_operation(layout: &Layout<'_>) -> Vec<Beyond> {
    let spec = layout.spec;
    let monitor = spec.monitoring.service_monitor.is_some();
    let found = [
        beyond(spec.tls.cluster.is_some(), &["tls", "cluster"], "other servers to talk to"),
        beyond(spec.tls.backup.is_some(), &["tls", "backup"], "backups while it runs"),
        beyond(spec.monitoring.prometheus, &["monitoring", "prometheus"], "measures of its own"),
        beyond(monitor, &["monitoring", "serviceMonitor"], "measures of its own"),
        beyond(spec.autoscaling.is_some(), &["autoscaling"], "secondaries"),
    ];
    found.into_iter().flatten().collect()
}
