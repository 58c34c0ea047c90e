//! `SHOW …`: tables with the columns of the real ones, by name.
//!
//! Columns: `clustering/servers`, `standard-databases/listing-databases`, `manage-users`, `manage-roles`,
//! `manage-privileges`, `manage-aliases-standard-databases`; those of Community as recorded.

use super::cluster::Cluster;
use super::cypher::{Columns, Show, Shown};
use super::pods::Edition;
use super::refusal::Refusal;
use super::state::{Process, SYSTEM, ServerState, Sort, System};
use super::wire::Outcome;
use super::{constraints, settings, show_databases};
use serde_json::{Value as Json, json};

/// A table before columns are chosen: the names of all, how many are shown without `YIELD`, and rows.
pub(super) struct Table<'a> {
    pub(super) columns: Vec<&'a str>,
    pub(super) brief: Vec<&'a str>,
    pub(super) rows: Vec<Vec<Json>>,
}

impl Table<'_> {
    /// Keeps the columns that were asked for.
    pub(super) fn choose(&self, columns: &Columns) -> Result<Outcome, Refusal> {
        let same = |name: &&str| ((*name).to_owned(), (*name).to_owned());
        let wanted: Vec<(String, String)> = match columns {
            Columns::Brief => self.brief.iter().map(same).collect(),
            Columns::All => self.columns.iter().map(same).collect(),
            Columns::These(these) => these.clone(),
        };
        let mut places = Vec::new();
        for (column, _) in &wanted {
            let place = self.columns.iter().position(|name| name == column);
            places.push(place.ok_or_else(|| {
                let message = format!("Trying to YIELD non-existing column: `{column}`");
                Refusal::new("Neo.ClientError.Statement.SyntaxError", message)
            })?);
        }
        let values = self.rows.iter().map(|row| places.iter().map(|place| row[*place].clone()).collect());
        let fields = wanted.into_iter().map(|(_, name)| name).collect();
        Ok(Outcome { fields, values: values.collect(), ..Outcome::default() })
    }
}

impl Cluster {
    /// Answers a `SHOW` that came to this server, from this user, for this database.
    pub(super) fn show(
        &self,
        show: &Show,
        process: &Process,
        (user, database): (&str, &str),
    ) -> Result<Outcome, Refusal> {
        let Some(system) = &self.system else { return Err(Refusal::unavailable()) };
        let table = match show.what {
            Shown::Servers => self.servers(system),
            Shown::Databases => show_databases::table(self, system, (&show.names, user), process),
            Shown::Settings => Table {
                columns: settings::COLUMNS.to_vec(),
                brief: settings::COLUMNS[..5].to_vec(),
                rows: settings::rows(process, &show.names),
            },
            Shown::Users => users(system, None, process),
            Shown::CurrentUser => users(system, Some(user), process),
            Shown::Roles => roles(system),
            Shown::RolePrivileges => commands(system, &show.names),
            Shown::UserPrivileges => {
                let roles: Vec<String> =
                    show.names.iter().flat_map(|user| system.people.roles_of(user)).collect();
                commands(system, &roles)
            }
            Shown::AllPrivileges => {
                commands(system, &system.people.roles.keys().cloned().collect::<Vec<_>>())
            }
            Shown::Aliases => aliases(system, &show.names),
            Shown::Constraints => {
                let Some(found) = system.databases.get(database).filter(|one| one.sort == Sort::Standard)
                else {
                    return Err(Refusal::unsupported("SHOW CONSTRAINTS"));
                };
                Table {
                    columns: constraints::COLUMNS.to_vec(),
                    brief: constraints::COLUMNS[..8].to_vec(),
                    rows: constraints::rows(found),
                }
            }
        };
        table.choose(&show.columns)
    }

    fn servers<'a>(&self, system: &System) -> Table<'a> {
        let columns = vec![
            "serverId",
            "name",
            "address",
            "httpAddress",
            "httpsAddress",
            "state",
            "health",
            "hosting",
            "requestedHosting",
            "tags",
            "allowedDatabases",
            "deniedDatabases",
            "modeConstraint",
            "version",
        ];
        let rows = system.members.iter().map(|(id, member)| {
            let is_up = self.is_up(id);
            let is_hidden = member.state == ServerState::Deallocating && self.habits.hides_deallocating;
            let shown = |address: &String| if is_hidden { Json::Null } else { json!(address) };
            vec![
                json!(id),
                json!(member.name),
                shown(&member.address.bolt),
                shown(&member.address.http),
                Json::Null,
                json!(member.state.as_str()),
                json!(if is_up { "Available" } else { "Unavailable" }),
                json!(system.hosting(id)),
                json!(system.requested_hosting(id)),
                json!(member.options.tags),
                json!(member.options.allowed),
                json!(member.options.denied),
                json!(member.options.mode.as_str()),
                json!(member.version.to_string()),
            ]
        });
        Table { columns, brief: vec!["name", "address", "state", "health", "hosting"], rows: rows.collect() }
    }
}

impl System {
    /// What a server hosts; composite databases are everywhere.
    fn hosting(&self, id: &str) -> Vec<&str> {
        let dropped = self.dropped.contains(id);
        let hosts = self.databases.iter().filter(|(name, database)| {
            let has = database.allocations.get(id).is_some_and(|one| one.joined);
            has || (database.sort == Sort::Composite && !dropped) || (dropped && *name == SYSTEM)
        });
        hosts.map(|(name, _)| name.as_str()).collect()
    }

    /// What a server is to host; composite databases are never in it, and a free server is to host nothing.
    fn requested_hosting(&self, id: &str) -> Vec<&str> {
        if self.members.get(id).is_none_or(|member| member.state == ServerState::Free) {
            return Vec::new();
        }
        let wanted = self
            .databases
            .iter()
            .filter(|(_, database)| database.allocations.get(id).is_some_and(|one| one.wanted.is_some()));
        wanted.map(|(name, _)| name.as_str()).collect()
    }
}

/// Releases of the calendar have tags too.
fn users<'a>(system: &System, only: Option<&str>, process: &Process) -> Table<'a> {
    let mut columns = vec!["user", "roles", "passwordChangeRequired", "suspended", "home"];
    let has_tags = process.version.is_by_calendar();
    columns.extend(has_tags.then_some("tags"));
    let is_enterprise = system.edition == Edition::Enterprise;
    let shown = system.people.users.iter().filter(|(name, _)| only.is_none_or(|only| *name == only));
    let rows = shown.map(|(name, kept)| {
        let roles = is_enterprise.then(|| {
            let mut roles = system.people.roles_of(name);
            roles.sort();
            roles
        });
        let suspended = is_enterprise.then_some(kept.suspended).or((!is_enterprise).then_some(false));
        let mut row =
            vec![json!(name), json!(roles), json!(kept.change_required), json!(suspended), json!(kept.home)];
        row.extend(has_tags.then(|| json!([])));
        row
    });
    Table { brief: columns.clone(), columns, rows: rows.collect() }
}

fn roles<'a>(system: &System) -> Table<'a> {
    let columns = vec!["role", "immutable"];
    let rows = system.people.roles.keys().map(|role| vec![json!(role), json!(false)]);
    Table { brief: columns.clone(), columns, rows: rows.collect() }
}

fn commands<'a>(system: &System, roles: &[String]) -> Table<'a> {
    let rows = system.people.commands(roles).into_iter().map(|command| vec![json!(command), json!(false)]);
    Table { columns: vec!["command", "immutable"], brief: vec!["command"], rows: rows.collect() }
}

fn aliases<'a>(system: &System, names: &[String]) -> Table<'a> {
    let brief = vec!["name", "composite", "database", "location", "url", "credentials", "user"];
    let mut columns = brief.clone();
    columns.extend(["driver", "defaultLanguage", "properties"]);
    let shown = system.aliases.iter().filter(|(name, _)| names.is_empty() || names.contains(name));
    let rows = shown.map(|(name, target)| {
        let nothing = Json::Null;
        let mut row = vec![json!(name), nothing.clone(), json!(target), json!("local")];
        row.extend([nothing.clone(), nothing.clone(), nothing.clone(), nothing.clone(), nothing, json!({})]);
        row
    });
    Table { columns, brief, rows: rows.collect() }
}
