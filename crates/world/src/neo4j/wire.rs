//! What is sent to a server over HTTP, and what comes back.

use super::refusal::Refusal;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// One HTTP request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, without host and query.
    pub path: &'a str,
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The body, as it was sent.
    pub body: &'a str,
}

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status. It does not tell what may be tried again from what may not: the code in the body does.
    pub status: u16,
    /// The body.
    pub body: Json,
}

/// Why nothing answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// No process listens there.
    #[error("connection refused")]
    Refused,
    /// A process listens and never answers: its database `system` is not there yet.
    #[error("no answer")]
    NoAnswer,
}

/// A statement of somebody who may everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    /// To which server; to any where it is empty.
    pub(crate) to: &'a str,
    /// The database that it is for.
    pub(crate) database: &'a str,
    /// What is sent.
    pub(crate) statement: &'a str,
    /// What its parameters stand for.
    pub(crate) parameters: Option<&'a Map<String, Json>>,
}

/// Rows by the names of their columns.
pub(crate) type Rows = Vec<BTreeMap<String, Json>>;

/// Why a statement has no rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unanswered {
    /// Nobody answers.
    #[error("{0}")]
    Silent(Silence),
    /// It is refused.
    #[error("{0}")]
    Refused(Refusal),
}

/// The rows that a statement gives, and what it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) fields: Vec<String>,
    pub(super) values: Vec<Vec<Json>>,
    pub(super) changes: Changes,
    pub(super) notification: Option<Notification>,
}

/// What `counters` tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) constraints_added: u32,
    pub(super) constraints_removed: u32,
    pub(super) system: u32,
}

/// Something that a statement did not do, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notification {
    pub(super) code: &'static str,
    pub(super) title: String,
    pub(super) description: String,
}

/// The body of a query, as `POST /db/{database}/query/v2` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) statement: String,
    pub(super) parameters: Map<String, Json>,
    pub(super) counters: bool,
    pub(super) reads_only: bool,
}

/// The fields that a query may have; any other is a bad request.
const FIELDS: &[&str] = &[
    "statement",
    "parameters",
    "includeCounters",
    "bookmarks",
    "accessMode",
    "maxExecutionTime",
    "impersonatedUser",
];

impl Query {
    pub(super) fn of(asked: &Asked<'_>) -> Self {
        let parameters = asked.parameters.cloned().unwrap_or_default();
        Self { statement: asked.statement.to_owned(), parameters, counters: false, reads_only: false }
    }

    pub(super) fn read(body: &str) -> Result<Self, Refusal> {
        let Ok(Json::Object(mut body)) = serde_json::from_str(body) else {
            return Err(Refusal::request("Bad Request"));
        };
        if body.keys().any(|field| !FIELDS.contains(&field.as_str())) {
            return Err(Refusal::request("Bad Request"));
        }
        let statement = body.get("statement").and_then(Json::as_str).unwrap_or_default().to_owned();
        if statement.is_empty() {
            return Err(Refusal::request("statement cannot be null or empty"));
        }
        let parameters = match body.remove("parameters") {
            Some(Json::Object(parameters)) => parameters,
            Some(Json::Null) | None => Map::new(),
            Some(_) => return Err(Refusal::request("Bad Request")),
        };
        let counters = body.get("includeCounters").and_then(Json::as_bool).unwrap_or(false);
        let mode = body.get("accessMode").and_then(Json::as_str).unwrap_or_default();
        Ok(Self { statement, parameters, counters, reads_only: mode.eq_ignore_ascii_case("read") })
    }
}

impl Outcome {
    /// A statement that changed what `system` keeps and gives no rows.
    pub(super) fn changed() -> Self {
        Self { changes: Changes { system: 1, ..Changes::default() }, ..Self::default() }
    }

    pub(super) fn rows(fields: &[&str], values: Vec<Vec<Json>>) -> Self {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        Self { fields, values, ..Self::default() }
    }

    pub(super) fn by_name(self) -> Rows {
        let row = |row: Vec<Json>| self.fields.iter().cloned().zip(row).collect();
        self.values.into_iter().map(row).collect()
    }

    /// The body of a success; releases of the calendar also tell what it took.
    pub(super) fn body(&self, query: &Query, by_calendar: bool) -> Json {
        let mut body = Map::new();
        body.insert("data".to_owned(), json!({"fields": self.fields, "values": self.values}));
        if let Some(notification) = &self.notification {
            body.insert("notifications".to_owned(), json!([notification.body()]));
        }
        if query.counters {
            body.insert("counters".to_owned(), self.changes.body());
        }
        if by_calendar {
            let sort = if self.changes == Changes::default() { "r" } else { "s" };
            body.insert("queryType".to_owned(), json!(sort));
            body.insert("resultAvailableAfter".to_owned(), json!(1));
            body.insert("resultConsumedAfter".to_owned(), json!(1));
        }
        body.insert("bookmarks".to_owned(), json!(["FB:kcwQAAAAAAAAAAAAAAAAAAAAASyQ"]));
        Json::Object(body)
    }
}

impl Changes {
    fn body(self) -> Json {
        let on_graph = self.constraints_added + self.constraints_removed > 0;
        json!({"containsUpdates": on_graph, "nodesCreated": 0, "nodesDeleted": 0, "propertiesSet": 0,
            "relationshipsCreated": 0, "relationshipsDeleted": 0, "labelsAdded": 0, "labelsRemoved": 0,
            "indexesAdded": 0, "indexesRemoved": 0, "constraintsAdded": self.constraints_added,
            "constraintsRemoved": self.constraints_removed, "containsSystemUpdates": self.system > 0,
            "systemUpdates": self.system})
    }
}

impl Notification {
    fn body(&self) -> Json {
        json!({"code": self.code, "title": self.title, "description": self.description,
            "severity": "INFORMATION", "position": null, "category": "SCHEMA"})
    }
}
