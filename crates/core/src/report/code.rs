//! What `explain` says of an error code.

use super::markdown;
use crate::documents::codes::Entry;
use serde_json::{Value as Json, json};

/// Returns what it is about, and the explanation as it stands.
#[must_use]
pub fn text(entry: &Entry) -> String {
    let Entry { code, title, explanation } = entry;
    format!("{code}: {title}\n\n{}\n", explanation.trim_end())
}

/// Returns the same for a forge; explanations are our own words, and Markdown as they stand.
#[must_use]
pub fn markdown(entry: &Entry) -> String {
    let Entry { code, title, explanation } = entry;
    format!("{}: {title}\n\n{}\n", markdown::code(&code.to_string()), explanation.trim_end())
}

/// Returns the same for programs.
#[must_use]
pub fn json(entry: &Entry) -> Json {
    let Entry { code, title, explanation } = entry;
    json!({"code": code.to_string(), "title": title, "explanation": explanation.trim_end()})
}
