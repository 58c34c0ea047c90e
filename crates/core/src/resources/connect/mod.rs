//! Connectors on Kafka Connect workers.
//!
//! A connector is `{config, state}`; an answer has `status` beside it, which is what it does and no setting.

mod catalogue;
mod observe;
mod readiness;
mod secrets;
mod topics;
mod written_out;

pub use catalogue::{Class, Judgement, NoVersion, Version, default_of, value_type};
pub use observe::{conceal, discreet};
pub use readiness::readiness;
pub use secrets::{is_secret_key, providers};
pub use topics::{STORAGE_TOPICS, carries_changes, has_one_task, is_source, topics_of};
pub use written_out::is_written_out;

use crate::engine::path::Path;
use crate::engine::step::Risk;
use crate::engine::verdict::FieldChange;

/// The kind of connectors, in addresses.
pub const CONNECTOR: &str = "Connector";

/// Returns what a change of these fields costs: a new configuration restarts the connector's tasks, and one that is to
/// stand still moves nothing.
#[must_use]
pub fn risk(fields: &[FieldChange]) -> Risk {
    let config = Path::of(&["config"]);
    if fields.iter().any(|field| config.contains(&field.path)) { Risk::Restart } else { Risk::Downtime }
}

/// Tells whether workers take a connector's class, as Git has it, for this one: they know each class by its short names, too.
#[must_use]
pub fn is_called(class: &str, name: &str) -> bool {
    let short = class.rsplit('.').next().unwrap_or(class);
    name == class || name == short || short.strip_suffix("Connector") == Some(name)
}
