//! Topics and rights as documents.

use super::{Taken, document, plain};
use crate::engine::id::ResourceId;
use crate::engine::value::{Map, Value};
use crate::resources::import::{Document, LeftOut};
use crate::resources::kafka::{AclName, Pattern, Permission, ResourceType, is_topic_setting, owner_of_topic};

/// A topic with its counts and what somebody set on it; what holds by default is the brokers' affair.
pub(super) fn topic(id: &ResourceId, live: &Value) -> Taken {
    if owner_of_topic(&id.name).is_some() {
        return Taken::Not(LeftOut::OfTheCluster);
    }
    let set = live.get("config").and_then(Value::as_map).into_iter().flatten();
    let (known, unknown): (Vec<_>, Vec<_>) = set.partition(|(key, _)| is_topic_setting(key));
    let mut spec = Map::new();
    for count in ["partitions", "replicationFactor"] {
        spec.extend(live.get(count).map(|number| (count.to_owned(), number.clone())));
    }
    if !known.is_empty() {
        let config = known.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        spec.insert("config".to_owned(), Value::Map(config));
    }
    let notes = unknown.into_iter().map(|(key, _)| format!("{key} is set, too, and nothing is known of it"));
    let value = document("KafkaTopic", id, &id.name, spec);
    Taken::As(Document { id: id.clone(), value, notes: notes.collect() })
}

/// What one principal may do to one pattern of resources.
pub(super) fn acl(id: &ResourceId, live: &Value) -> Taken {
    let operations = live.get("operations").and_then(Value::as_list).unwrap_or_default();
    let operations: Option<Vec<Value>> =
        operations.iter().map(|operation| operation.as_text().and_then(written)).collect();
    let (Ok(name), Some(operations)) = (id.name.parse::<AclName>(), operations) else {
        return Taken::Not(LeftOut::UnknownKind);
    };
    let AclName { principal, host, permission, resource_type, resource, pattern } = name;
    let target = match resource_type {
        ResourceType::Topic => ("topic", Value::from(resource)),
        ResourceType::Group => ("group", Value::from(resource)),
        ResourceType::TransactionalId => ("transactionalId", Value::from(resource)),
        ResourceType::Cluster => ("cluster", Value::Map(Map::new())),
    };
    let mut rule = Map::from([
        ("resource".to_owned(), Value::Map(Map::from([(target.0.to_owned(), target.1)]))),
        ("operations".to_owned(), Value::List(operations)),
    ]);
    if pattern == Pattern::Prefixed {
        rule.insert("pattern".to_owned(), Value::from("prefixed"));
    }
    if permission == Permission::Deny {
        rule.insert("permission".to_owned(), Value::from("deny"));
    }
    if host != AclName::ANY_HOST {
        rule.insert("host".to_owned(), Value::from(host));
    }
    let spec = Map::from([
        ("principal".to_owned(), Value::from(principal)),
        ("rules".to_owned(), Value::List(vec![Value::Map(rule)])),
    ]);
    let value = document("KafkaAcl", id, &plain(&id.name), spec);
    Taken::As(Document { id: id.clone(), value, notes: Vec::new() })
}

/// Writes an operation as documents have it: `DESCRIBE_CONFIGS` is `describeConfigs`.
fn written(operation: &str) -> Option<Value> {
    const KNOWN: [&str; 11] = [
        "ALL",
        "ALTER",
        "ALTER_CONFIGS",
        "CLUSTER_ACTION",
        "CREATE",
        "DELETE",
        "DESCRIBE",
        "DESCRIBE_CONFIGS",
        "IDEMPOTENT_WRITE",
        "READ",
        "WRITE",
    ];
    KNOWN.contains(&operation).then(|| {
        let lower = operation.to_ascii_lowercase();
        let words =
            lower.split('_').enumerate().map(|(place, word)| match (place, word.split_at_checked(1)) {
                (1.., Some((first, rest))) => first.to_ascii_uppercase() + rest,
                _ => word.to_owned(),
            });
        Value::from(words.collect::<String>())
    })
}
