//! What is sent for a step on a row: the same statements for every back end. What is secret goes as a parameter, since
//! servers log what they are sent.

use super::query::{Refusal, SYSTEM, Told, named, quoted};
use super::{ALIAS, DATABASE, ROLE, SERVER, USER, tell};
use crate::engine::id::ResourceId;
use crate::engine::question::{Body, Seen};
use crate::engine::step::Operation;
use crate::engine::value::Value;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::fmt;

/// One statement that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The database that it is for.
    pub database: String,
    /// What is sent.
    pub text: String,
    /// What stands for `$password` in it.
    pub password: Option<Password>,
}

/// A password on its way to a server; it cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(…)")
    }
}

impl Statement {
    fn system(text: String) -> Self {
        Self { database: SYSTEM.to_owned(), text, password: None }
    }

    /// Tells whether a refusal says that there is nothing left to do: the password is this one already. The code is that of
    /// any wrong argument, so the words count (seen on 5.26.30).
    #[must_use]
    pub fn is_done_already(&self, refusal: &Refusal) -> bool {
        let same = "Old password and new password cannot be the same";
        self.password.is_some() && refusal.message.contains(same)
    }

    /// Returns what its parameters stand for, secrets in the clear.
    #[must_use]
    pub fn parameters(&self) -> Map<String, Json> {
        let password = self.password.as_ref().map(|Password(text)| ("password".to_owned(), json!(text)));
        password.into_iter().collect()
    }
}

/// Returns the statements that make a row what is wanted; nothing where no statement can.
#[must_use]
pub fn to_write(id: &ResourceId, live: Option<&Seen>, wanted: &Value, told: &Told) -> Vec<Statement> {
    let before = live.map(whole);
    match id.kind.as_str() {
        SERVER => live.map(|live| of_server(id, live, wanted)).unwrap_or_default(),
        DATABASE => {
            let mut statements = of_database(id, before, wanted);
            statements.extend(becomes_default(id, before, wanted, told));
            statements.into_iter().map(Statement::system).collect()
        }
        ALIAS => vec![of_alias(id, before, wanted)],
        USER => of_user(id, before, wanted),
        ROLE => of_role(id, before, wanted),
        _ => of_constraint(id, before, wanted),
    }
}

/// Returns the statement that takes a server out of service; nothing where that was done already, which a step that is
/// sent twice finds.
#[must_use]
pub fn to_operate(live: &Seen, operation: &Operation) -> Option<Statement> {
    let state = text(whole(live), &["status", "state"]).unwrap_or_default();
    let server = quoted(live.uid.as_str());
    match operation {
        Operation::Cordon if state == "Cordoned" => None,
        Operation::Cordon => Some(Statement::system(format!("CALL dbms.cluster.cordonServer({server})"))),
        Operation::Deallocate { moves: _ } if matches!(state, "Deallocating" | "Deallocated") => None,
        Operation::Deallocate { moves: _ } => {
            Some(Statement::system(format!("DEALLOCATE DATABASES FROM SERVER {server}")))
        }
        Operation::MigrateManagers { .. }
        | Operation::Release { .. }
        | Operation::Restart
        | Operation::Stop { left: _ }
        | Operation::Evict { uid: _ }
        | Operation::CarryOffsets { .. }
        | Operation::RecordMovedFrom { from: _ }
        | Operation::RecordMovedTo { to: _ }
        | Operation::RecordGone
        | Operation::RecordUnseen
        | Operation::RecordOurs { .. } => None,
    }
}

/// Returns the statement that takes a row away.
#[must_use]
pub fn to_delete(live: &Seen) -> Statement {
    let name = named(&live.id.name);
    match live.id.kind.as_str() {
        SERVER => Statement::system(format!("DROP SERVER {}", quoted(live.uid.as_str()))),
        DATABASE => Statement::system(format!("DROP DATABASE {name}")),
        ALIAS => Statement::system(format!("DROP ALIAS {name} FOR DATABASE")),
        USER => Statement::system(format!("DROP USER {name}")),
        ROLE => Statement::system(format!("DROP ROLE {name}")),
        _ => drop_constraint(&live.id),
    }
}

fn whole(seen: &Seen) -> &Value {
    static NOTHING: Value = Value::Null;
    match &seen.body {
        Body::Whole(value) => value,
        Body::Remembered => &NOTHING,
    }
}

fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    value.at(path).and_then(Value::as_text)
}

fn flag(value: &Value, field: &str) -> Option<bool> {
    value.get(field).and_then(Value::as_bool)
}

fn texts(value: &Value, field: &str) -> BTreeSet<String> {
    let list = value.get(field).and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

/// A free server is let in, one that was cordoned is let in again. All options go together, as they replace each other.
/// What a server reads when it starts, and which version it runs, no statement changes.
fn of_server(id: &ResourceId, live: &Seen, wanted: &Value) -> Vec<Statement> {
    let Some(mode) = text(wanted, &["modeConstraint"]) else { return Vec::new() };
    let server = quoted(live.uid.as_str());
    let fields = ["tags", "allowedDatabases", "deniedDatabases"];
    let mut options = vec![format!("modeConstraint: {}", quoted(mode))];
    for field in fields {
        let items: Vec<String> = texts(wanted, field).iter().map(|item| quoted(item)).collect();
        if !items.is_empty() {
            options.push(format!("{field}: [{}]", items.join(", ")));
        }
    }
    let options = options.join(", ");
    let before = whole(live);
    let is_same = text(before, &["modeConstraint"]) == Some(mode)
        && fields.iter().all(|field| texts(before, field) == texts(wanted, field));
    let mut statements = match text(before, &["status", "state"]) {
        Some("Free") => vec![format!("ENABLE SERVER {server} OPTIONS {{{options}}}")],
        Some("Cordoned") => vec![format!("ENABLE SERVER {server}")],
        Some(_) | None => Vec::new(),
    };
    if !is_same && text(before, &["status", "state"]) != Some("Free") {
        statements.push(format!("ALTER SERVER {server} SET OPTIONS {{{options}}}"));
    }
    if text(before, &["name"]) != Some(&*id.name) {
        statements.push(format!("RENAME SERVER {server} TO {}", quoted(&id.name)));
    }
    statements.into_iter().map(Statement::system).collect()
}

fn counts(value: &Value) -> Option<(i64, i64)> {
    let count = |field: &str| value.at(&["topology", field]).and_then(Value::as_integer);
    Some((count("primaries")?, count("secondaries").unwrap_or(0)))
}

/// What can be said in one statement is: it is done as a whole, or not at all.
fn of_database(id: &ResourceId, before: Option<&Value>, wanted: &Value) -> Vec<String> {
    let name = named(&id.name);
    let topology = counts(wanted).filter(|counts_wanted| before.and_then(counts) != Some(*counts_wanted));
    let topology = topology
        .map(|(primaries, secondaries)| format!("TOPOLOGY {primaries} PRIMARIES {secondaries} SECONDARIES"));
    let changed = |field: &str, unset: &str| {
        let is = before.and_then(|before| text(before, &[field])).unwrap_or(unset);
        text(wanted, &[field]).filter(|wanted| *wanted != is)
    };
    let access = changed("access", "read-write");
    let access = access.map(|word| format!("ACCESS {}", word.replace('-', " ").to_uppercase()));
    let cdc = changed("cdc", "OFF").map(quoted);
    let mut statements = Vec::new();
    let mut set: Vec<String> = Vec::new();
    if before.is_none() {
        let topology = topology.map(|topology| format!(" {topology}")).unwrap_or_default();
        let options = cdc.map(|cdc| format!(" OPTIONS {{txLogEnrichment: {cdc}}}")).unwrap_or_default();
        statements.push(format!("CREATE DATABASE {name}{topology}{options}"));
    } else {
        set.extend(topology);
        set.extend(cdc.map(|cdc| format!("OPTION txLogEnrichment {cdc}")));
    }
    set.extend(access);
    if !set.is_empty() {
        statements.push(format!("ALTER DATABASE {name} SET {}", set.join(" SET ")));
    }
    match (before.and_then(|before| flag(before, "started")), flag(wanted, "started")) {
        (Some(false), Some(true)) => statements.push(format!("START DATABASE {name}")),
        (Some(true), Some(false)) => statements.push(format!("STOP DATABASE {name}")),
        (Some(_) | None, _) => {}
    }
    statements
}

/// Another database becomes the default one only while the old one stands still (operations manual, "Change the default
/// database"). It is started again, also where an earlier try was cut short after it was stopped.
fn becomes_default(id: &ResourceId, before: Option<&Value>, wanted: &Value, told: &Told) -> Vec<String> {
    let is_default = |value: &Value| flag(value, "default") == Some(true);
    if !is_default(wanted) || before.is_some_and(is_default) {
        return Vec::new();
    }
    let set = format!("CALL dbms.setDefaultDatabase({})", quoted(&id.name));
    match tell::default_database(told) {
        Some(old) => {
            let old = named(&old);
            vec![format!("STOP DATABASE {old} WAIT"), set, format!("START DATABASE {old} WAIT")]
        }
        None => vec![set],
    }
}

fn of_alias(id: &ResourceId, before: Option<&Value>, wanted: &Value) -> Statement {
    let (name, target) = (named(&id.name), named(text(wanted, &["database"]).unwrap_or_default()));
    Statement::system(match before {
        None => format!("CREATE ALIAS {name} FOR DATABASE {target}"),
        Some(_) => format!("ALTER ALIAS {name} SET DATABASE TARGET {target}"),
    })
}

/// A password that is to be changed goes alone: where it is the one already, that statement is refused, and nothing else
/// may be lost with it.
fn of_user(id: &ResourceId, before: Option<&Value>, wanted: &Value) -> Vec<Statement> {
    let name = named(&id.name);
    let password = text(wanted, &["password"]).map(|password| Password(password.to_owned()));
    let set = password.as_ref().map(|_| "SET PASSWORD $password CHANGE NOT REQUIRED".to_owned());
    let mut clauses = Vec::new();
    if let Some(suspended) = flag(wanted, "suspended") {
        clauses.push(format!("SET STATUS {}", if suspended { "SUSPENDED" } else { "ACTIVE" }));
    }
    match text(wanted, &["home"]) {
        Some(home) => clauses.push(format!("SET HOME DATABASE {}", named(home))),
        None if before.is_some_and(|before| text(before, &["home"]).is_some()) => {
            clauses.insert(0, "REMOVE HOME DATABASE".to_owned());
        }
        None => {}
    }
    let all = match before {
        None => vec![("CREATE", set.into_iter().chain(clauses).collect::<Vec<_>>())],
        Some(_) => vec![("ALTER", set.into_iter().collect()), ("ALTER", clauses)],
    };
    let all = all.into_iter().filter(|(_, clauses)| !clauses.is_empty());
    let mut statements: Vec<Statement> = all
        .map(|(verb, clauses)| Statement::system(format!("{verb} USER {name} {}", clauses.join(" "))))
        .collect();
    if let Some(first) = statements.first_mut() {
        first.password = password;
    }
    let (has, wants) =
        (before.map(|before| texts(before, "roles")).unwrap_or_default(), texts(wanted, "roles"));
    let granted = wants.difference(&has).map(|role| format!("GRANT ROLE {} TO {name}", named(role)));
    let revoked = has.difference(&wants).map(|role| format!("REVOKE ROLE {} FROM {name}", named(role)));
    statements.extend(granted.chain(revoked).map(Statement::system));
    statements
}

fn of_role(id: &ResourceId, before: Option<&Value>, wanted: &Value) -> Vec<Statement> {
    let name = named(&id.name);
    let created = before.is_none().then(|| format!("CREATE ROLE {name}"));
    let has = before.map(|before| texts(before, "privileges")).unwrap_or_default();
    let wants = texts(wanted, "privileges");
    let granted = wants.difference(&has).map(|text| format!("{text} TO {name}"));
    let revoked = has.difference(&wants).map(|text| format!("REVOKE {text} FROM {name}"));
    created.into_iter().chain(granted).chain(revoked).map(Statement::system).collect()
}

/// A constraint cannot be changed: it goes and comes anew.
fn of_constraint(id: &ResourceId, before: Option<&Value>, wanted: &Value) -> Vec<Statement> {
    let Some((database, name)) = id.name.split_once('.') else { return Vec::new() };
    let label =
        texts(wanted, "labelsOrTypes").into_iter().next().map(|label| named(&label)).unwrap_or_default();
    let pattern = match text(wanted, &["entityType"]) {
        Some("RELATIONSHIP") => format!("()-[e:{label}]-()"),
        Some(_) | None => format!("(e:{label})"),
    };
    let properties = wanted.get("properties").and_then(Value::as_list).unwrap_or_default().iter();
    let properties: Vec<String> =
        properties.filter_map(Value::as_text).map(|property| format!("e.{}", named(property))).collect();
    let demand = match text(wanted, &["type"]).unwrap_or_default() {
        sort if sort.ends_with("UNIQUENESS") => "IS UNIQUE".to_owned(),
        sort if sort.ends_with("KEY") => "IS KEY".to_owned(),
        sort if sort.ends_with("TYPE") => {
            format!("IS :: {}", text(wanted, &["propertyType"]).unwrap_or_default())
        }
        _ => "IS NOT NULL".to_owned(),
    };
    let text = format!(
        "CREATE CONSTRAINT {} FOR {pattern} REQUIRE ({}) {demand}",
        named(name),
        properties.join(", ")
    );
    let create = Statement { database: database.to_owned(), ..Statement::system(text) };
    before.map(|_| drop_constraint(id)).into_iter().chain([create]).collect()
}

fn drop_constraint(id: &ResourceId) -> Statement {
    let (database, name) = id.name.split_once('.').unwrap_or(("neo4j", &id.name));
    Statement {
        database: database.to_owned(),
        ..Statement::system(format!("DROP CONSTRAINT {}", named(name)))
    }
}
