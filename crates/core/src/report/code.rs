//! What `explain` says of an error code.

use super::markdown;
use crate::diagnostic::Code;
use serde_json::{Value as Json, json};

/// Returns the explanation as it stands.
#[must_use]
pub fn text(code: Code, explanation: &str) -> String {
    format!("{code}\n\n{}\n", explanation.trim_end())
}

/// Returns the same for a forge; explanations are our own words, and Markdown as they stand.
#[must_use]
pub fn markdown(code: Code, explanation: &str) -> String {
    format!("{}\n\n{}\n", markdown::code(&code.to_string()), explanation.trim_end())
}

/// Returns the same for programs.
#[must_use]
pub fn json(code: Code, explanation: &str) -> Json {
    json!({"code": code.to_string(), "explanation": explanation.trim_end()})
}
