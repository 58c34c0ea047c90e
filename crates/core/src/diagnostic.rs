//! What is wrong with a spec, where, and what to type instead.
//!
//! A diagnostic is data: `report` draws it, `validate` collects all of them before anything fails.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A place in a spec file: 1-based line and column, and the bytes that are underlined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Path as the user would type it, relative to the repository's root.
    pub file: Arc<str>,
    /// 1-based line.
    pub line: u32,
    /// 1-based column, counted in characters.
    pub column: u32,
    /// How many characters are meant, at least 1.
    pub length: u32,
}

impl Location {
    /// Returns the first character of a file, for what is wrong with the file as a whole.
    #[must_use]
    pub fn start_of(file: impl Into<Arc<str>>) -> Self {
        Self { file: file.into(), line: 1, column: 1, length: 1 }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Whether a finding stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The specs cannot be used as they stand.
    Error,
    /// Legal, but probably not what was meant.
    Warning,
}

/// The stable number of a kind of finding, as `E0102`; `evenkeel explain E0102` tells the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "E{:04}", self.0)
    }
}

/// One finding in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// Where it stands.
    pub at: Location,
    /// Whether the run stops.
    pub severity: Severity,
    /// What kind of finding it is.
    pub code: Code,
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// What was expected at this very place, drawn beside the underline.
    pub label: Option<String>,
    /// Facts that help to understand it (`in KafkaTopic/orders-cdc, inherited by environments/staging`).
    pub notes: Vec<String>,
    /// The next thing to type.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// Returns an error at `at`.
    #[must_use]
    pub fn error(code: Code, at: Location, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { at, severity: Severity::Error, code, message, label: None, notes: Vec::new(), hint: None }
    }

    /// Returns a warning at `at`.
    #[must_use]
    pub fn warning(code: Code, at: Location, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, at, message) }
    }

    /// Adds what was expected at the underlined place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds the next thing to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
