//! What a server is set to: what its pod's files said when it began, and defaults for the rest.
//!
//! A setting that nobody knows is ignored, unless `server.config.strict_validation.enabled` is true.

use super::pods::Edition;
use super::state::Process;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static TEXT: &str = include_str!("settings.tsv");

struct Known {
    default: Option<&'static str>,
    is_dynamic: bool,
    edition: Edition,
}

static KNOWN: LazyLock<BTreeMap<&'static str, Known>> = LazyLock::new(|| {
    let rows = TEXT.lines().filter(|line| !line.starts_with('#'));
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        let name = cells.next()?;
        let default = cells.next().filter(|default| *default != "\\0");
        let is_dynamic = cells.next() == Some("true");
        let edition = if cells.next() == Some("E") { Edition::Enterprise } else { Edition::Community };
        Some((name, Known { default, is_dynamic, edition }))
    };
    rows.filter_map(row).collect()
});

/// The columns of `SHOW SETTINGS`; five of them without `YIELD`.
pub(super) const COLUMNS: [&str; 9] = [
    "name",
    "value",
    "isDynamic",
    "defaultValue",
    "description",
    "startupValue",
    "isExplicitlySet",
    "validValues",
    "isDeprecated",
];

/// Settings that are a size; a server does not start with one that is none.
const SIZES: &[&str] =
    &["server.memory.heap.initial_size", "server.memory.heap.max_size", "server.memory.pagecache.size"];

/// Says which setting keeps a server from starting.
pub(super) fn unreadable(settings: &BTreeMap<String, String>) -> Option<String> {
    let bad = settings.iter().find(|(name, value)| SIZES.contains(&name.as_str()) && !is_size(value));
    if let Some((name, value)) = bad {
        return Some(format!("Error evaluating value for setting '{name}': '{value}' is not a valid size"));
    }
    let is_strict =
        settings.get("server.config.strict_validation.enabled").is_some_and(|value| value == "true");
    let unknown = settings.keys().find(|name| !is_known(name));
    unknown
        .filter(|_| is_strict)
        .map(|name| format!("Unrecognized setting. No declared setting with name: {name}."))
}

fn is_size(text: &str) -> bool {
    let digits = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let units = ["", "b", "k", "kb", "kib", "m", "mb", "mib", "g", "gb", "gib", "t", "tb", "tib"];
    digits.len() < text.len() && units.contains(&digits.to_lowercase().as_str()) || text.starts_with('$')
}

/// Connectors and policies have names of their own, the JVM's settings are many, and those of the inside are not told.
fn is_known(name: &str) -> bool {
    KNOWN.contains_key(name)
        || ["server.jvm.", "dbms.ssl.policy.", "internal."].iter().any(|group| name.starts_with(group))
}

/// Returns the rows of `SHOW SETTINGS` on a server.
pub(super) fn rows(process: &Process, named: &[String]) -> Vec<Vec<Json>> {
    let known = KNOWN
        .iter()
        .filter(|(_, known)| known.edition == Edition::Community || process.edition == Edition::Enterprise);
    let rows = known.filter(|(name, _)| named.is_empty() || named.iter().any(|one| one == *name));
    let row = |(name, known): (&&str, &Known)| {
        let explicit = process.setting(name);
        let value = explicit.or(known.default);
        vec![
            json!(name),
            json!(value),
            json!(known.is_dynamic),
            json!(known.default),
            json!(""),
            json!(value),
            json!(explicit.is_some()),
            json!(""),
            json!(false),
        ]
    };
    let policies = process.settings.iter().filter(|(name, _)| name.starts_with("dbms.ssl.policy."));
    let policies =
        policies.filter(|(name, _)| named.is_empty() || named.contains(name)).map(|(name, value)| {
            let hidden = json!(false);
            vec![
                json!(name),
                json!(value),
                json!(false),
                json!(null),
                json!(""),
                json!(value),
                json!(true),
                json!(""),
                hidden,
            ]
        });
    rows.map(row).chain(policies).collect()
}
