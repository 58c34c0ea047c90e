//! What the Neo4j connector defines of its settings, and what it refuses by that, in the words of Kafka's `ConfigDef`.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The settings that the Neo4j connector defines, by class: a contract, to which the catalogue is held as well.
///
/// The file says where its facts are from.
pub const NEO4J_SETTINGS: &str = include_str!("neo4j-connector.json");

static READ: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(NEO4J_SETTINGS).expect("the contract is JSON"));

/// Returns what the class says of these settings, if it does not take them.
pub(super) fn refused(class: &str, config: &BTreeMap<String, String>) -> Option<String> {
    READ.get(class)?.as_array()?.iter().find_map(|definition| wrong(definition, config))
}

fn wrong(definition: &Json, config: &BTreeMap<String, String>) -> Option<String> {
    let said = |key: &str| definition.get(key).and_then(Json::as_str);
    let name = said("name")?;
    let is_required = said("default").is_none() && said("importance") == Some("high");
    let Some(value) = config.get(name) else {
        return is_required
            .then(|| format!("Missing required configuration \"{name}\" which has no default value."));
    };
    let is_number = || value.trim().parse::<i32>().is_ok();
    let is_truth = || ["true", "false"].contains(&&*value.trim().to_ascii_lowercase());
    let why = match said("type")? {
        // What a provider fills in nobody here knows.
        _ if value.contains("${") => return None,
        "INT" if !is_number() => "Not a number of type INT",
        "BOOLEAN" if !is_truth() => "Expected value to be either true or false",
        _ => return None,
    };
    Some(format!("Invalid value {value} for configuration {name}: {why}"))
}
