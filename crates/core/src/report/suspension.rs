//! What `suspend` did: until when nothing starts in an environment, or that it goes on.

use super::humane::date_and_time;
use super::markdown::{code, escaped};
use super::plain::line;
use crate::engine::apply::Suspension;
use crate::engine::id::EnvironmentName;
use serde_json::{Value as Json, json};

/// Returns what is told.
#[must_use]
pub fn text(environment: &EnvironmentName, suspension: Option<&Suspension>) -> String {
    match suspension {
        None => format!("{environment} is not suspended any more\n"),
        Some(Suspension { until, reason, by }) => {
            let until = date_and_time(*until);
            format!("{environment}: nothing starts until {until}, by {}: {}\n", line(by), line(reason))
        }
    }
}

/// Returns the same for a forge.
#[must_use]
pub fn markdown(environment: &EnvironmentName, suspension: Option<&Suspension>) -> String {
    let name = code(environment.as_str());
    match suspension {
        None => format!("{name} is not suspended any more\n"),
        Some(Suspension { until, reason, by }) => {
            let until = date_and_time(*until);
            format!("{name}: nothing starts until {until}, by {}: {}\n", escaped(by), escaped(reason))
        }
    }
}

/// Returns the same for programs.
#[must_use]
pub fn json(environment: &EnvironmentName, suspension: Option<&Suspension>) -> Json {
    json!({"environment": environment, "suspension": suspension})
}
