//! Refusals, by the codes that clients tell them apart by.
//!
//! Codes and sentences are those of recorded answers of 5.26 and 2026.08; those of a cluster are the ones that the
//! server's own sources give (`InvalidArgumentException`, `FabricException`, `WriteOperationsNotAllowedException`).

use super::wire::Reply;
use serde_json::json;

/// What a server does not do, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The code, such as `Neo.ClientError.Statement.SyntaxError`.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
    /// An HTTP status that the code alone does not give.
    status: Option<u16>,
}

impl Refusal {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), status: None }
    }

    /// A request that is not one of the Query API.
    pub(super) fn request(message: &str) -> Self {
        Self::new("Neo.ClientError.Request.Invalid", message)
    }

    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Something that this edition does not do.
    pub(super) fn unsupported(statement: &str) -> Self {
        Self::new(
            "Neo.ClientError.Statement.UnsupportedAdministrationCommand",
            format!("Unsupported administration command: {statement}"),
        )
    }

    /// An argument that cannot be.
    pub(super) fn argument(message: impl Into<String>) -> Self {
        Self::new("Neo.ClientError.Statement.ArgumentError", message)
    }

    /// Something of the topology that cannot be: `Could not …. Why.`
    pub(super) fn topology(what: &str, why: &str) -> Self {
        Self::argument(format!("Could not {what}. {why}"))
    }

    /// Nobody leads the database. The code is a client's error, and yet trying again later helps.
    pub(super) fn no_leader(database: &str) -> Self {
        Self::new(
            "Neo.ClientError.Cluster.NotALeader",
            format!("Unable to route to database '{database}'. Unable to get bolt address of leader."),
        )
    }

    /// Somebody leads, and too few follow.
    pub(super) fn not_replicated() -> Self {
        Self::new("Neo.TransientError.Cluster.ReplicationFailure", "Replication failure.")
    }

    pub(super) fn unavailable() -> Self {
        Self::new(
            "Neo.TransientError.General.DatabaseUnavailable",
            "The database is not currently available to serve your request, refer to the database logs for more \
             details. Retrying your request at a later time may succeed.",
        )
    }

    pub(super) fn no_procedure(name: &str) -> Self {
        Self::new(
            "Neo.ClientError.Procedure.ProcedureNotFound",
            format!(
                "There is no procedure with the name `{name}` registered for this database instance. Please ensure \
                 you've spelled the procedure name correctly and that the procedure is properly deployed."
            ),
        )
    }

    pub(super) fn no_database(message: impl Into<String>) -> Self {
        Self::new("Neo.ClientError.Database.DatabaseNotFound", message)
    }

    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new("Neo.ClientError.Security.Unauthorized", message)
    }

    pub(super) fn forbidden() -> Self {
        Self::new(
            "Neo.ClientError.Security.Forbidden",
            "Permission denied. Access denied, see the security logs for details.",
        )
    }

    /// Returns the HTTP status that goes with it.
    #[must_use]
    pub fn status(&self) -> u16 {
        if let Some(status) = self.status {
            return status;
        }
        match self.code {
            "Neo.ClientError.Security.Unauthorized" => 401,
            "Neo.ClientError.Security.AuthenticationRateLimit" => 429,
            "Neo.ClientError.Security.Forbidden" => 403,
            "Neo.ClientError.Database.DatabaseNotFound" => 404,
            code if code.starts_with("Neo.DatabaseError.") => 500,
            _ => 400,
        }
    }

    pub(super) fn reply(&self) -> Reply {
        let body = json!({"errors": [{"code": self.code, "message": self.message}]});
        Reply { status: self.status(), body }
    }
}
