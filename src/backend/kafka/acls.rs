//! ACLs: Kafka keeps one entry for each operation; those of one principal, place and pattern are one resource.

use super::read::Found;
use super::words::nonsense;
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Body, Seen, Why};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::resources::kafka::{AclName, Pattern, Permission, ResourceType};
use evenkeel_kafka_admin::{
    Acl, AclFilter, AclPattern, AclPatternFilter, AclPermission, AclResource, Client, Code, Error, Operation,
    Outcome as Done,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Kafka's names of what can be done.
const OPERATIONS: [(&str, Operation); 11] = [
    ("ALL", Operation::All),
    ("ALTER", Operation::Alter),
    ("ALTER_CONFIGS", Operation::AlterConfigs),
    ("CLUSTER_ACTION", Operation::ClusterAction),
    ("CREATE", Operation::Create),
    ("DELETE", Operation::Delete),
    ("DESCRIBE", Operation::Describe),
    ("DESCRIBE_CONFIGS", Operation::DescribeConfigs),
    ("IDEMPOTENT_WRITE", Operation::IdempotentWrite),
    ("READ", Operation::Read),
    ("WRITE", Operation::Write),
];

/// Looks ACLs up, all of them by one listing.
pub(super) fn look_up(client: &Client, ids: &[ResourceId]) -> Result<Found, Error> {
    let named = |id: &ResourceId| id.name.parse::<AclName>().ok();
    let filter = match ids {
        [only] => named(only).map_or_else(AclFilter::default, |name| filter(&name)),
        _ => AclFilter::default(),
    };
    let entries = client.describe_acls(&filter)?;
    let one = |id: &ResourceId| {
        let name = named(id)?;
        let mine = entries.iter().filter(|entry| is_of(entry, &name));
        let operations: BTreeSet<String> = mine.map(|entry| operation_name(entry.operation)).collect();
        let found = (!operations.is_empty()).then(|| seen(id, operations));
        Some((id.clone(), Ok(found)))
    };
    Ok(ids.iter().filter_map(one).collect())
}

/// Returns the names of all ACLs; those on what has no name here (delegation tokens, users) are left out. Brokers without
/// an authorizer have none.
pub(super) fn names(client: &Client) -> Result<BTreeSet<String>, Error> {
    let entries = match client.describe_acls(&AclFilter::default()) {
        Err(error) if error.code() == Some(Code::SECURITY_DISABLED) => Vec::new(),
        entries => entries?,
    };
    Ok(entries.iter().filter_map(name).map(|name| name.to_string()).collect())
}

fn name(entry: &Acl) -> Option<AclName> {
    let resource_type = match entry.resource {
        AclResource::Topic => ResourceType::Topic,
        AclResource::Group => ResourceType::Group,
        AclResource::TransactionalId => ResourceType::TransactionalId,
        AclResource::Cluster => ResourceType::Cluster,
        AclResource::Other(_) => return None,
    };
    let pattern = match entry.pattern {
        AclPattern::Literal => Pattern::Literal,
        AclPattern::Prefixed => Pattern::Prefixed,
        AclPattern::Other(_) => return None,
    };
    let permission = match entry.permission {
        AclPermission::Allow => Permission::Allow,
        AclPermission::Deny => Permission::Deny,
        AclPermission::Other(_) => return None,
    };
    let (principal, host, resource) = (entry.principal.clone(), entry.host.clone(), entry.name.clone());
    Some(AclName { principal, host, permission, resource_type, resource, pattern })
}

fn seen(id: &ResourceId, operations: BTreeSet<String>) -> Seen {
    let operations = Value::List(operations.into_iter().map(Value::from).collect());
    let body = Value::Map(Map::from([("operations".to_owned(), operations)]));
    // Nothing tells one incarnation from the next; what it says is all that there is to it.
    let uid = Uid::new(Arc::clone(&id.name));
    Seen { id: id.clone(), uid, version: Arc::from(""), body: Body::Whole(Arc::new(body)) }
}

/// What has to be made and what has to go, so that exactly what is wanted is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) missing: Vec<Acl>,
    pub(super) surplus: Vec<Acl>,
}

/// Returns which entries differ; `wanted` or `live` is nothing where there is to be, or is, no entry.
pub(super) fn difference(
    name: &str,
    wanted: Option<&Value>,
    live: Option<&Value>,
) -> Result<Difference, Why> {
    let acl = name.parse::<AclName>().map_err(|error| nonsense(error.to_string()))?;
    let (wanted, live) = (operations(wanted), operations(live));
    let entries = |of: &BTreeSet<&str>, without: &BTreeSet<&str>| {
        let missing = of.difference(without);
        missing.map(|operation| entry(&acl, operation)).collect::<Result<Vec<_>, _>>()
    };
    Ok(Difference { missing: entries(&wanted, &live)?, surplus: entries(&live, &wanted)? })
}

fn operations(value: Option<&Value>) -> BTreeSet<&str> {
    let list = value.and_then(|value| value.get("operations")).and_then(Value::as_list);
    list.into_iter().flatten().filter_map(Value::as_text).collect()
}

/// Makes entries.
pub(super) fn create(client: &Client, entries: &[Acl]) -> Result<(), Error> {
    all_or_open(client.create_acls(entries)?)
}

/// Deletes exactly these entries.
pub(super) fn delete(client: &Client, entries: &[Acl]) -> Result<(), Error> {
    let filters: Vec<AclFilter> = entries.iter().map(AclFilter::from).collect();
    all_or_open(client.delete_acls(&filters)?)
}

/// Where one of several was done and another one not, or where nobody knows of one, nobody may say that nothing was.
fn all_or_open<T>(results: Vec<Result<T, Error>>) -> Result<(), Error> {
    let count = results.len();
    let mut errors: Vec<Error> = results.into_iter().filter_map(Result::err).collect();
    let none_done = errors.len() == count && errors.iter().all(|error| error.outcome() == Done::NotDone);
    match errors.pop() {
        None => Ok(()),
        Some(error) if none_done => Err(error),
        Some(error) => Err(Error::NoAnswer { cause: format!("done in part: {error}") }),
    }
}

fn entry(acl: &AclName, operation: &str) -> Result<Acl, Why> {
    let known = OPERATIONS.iter().find(|(name, _)| *name == operation);
    let (_, operation) =
        known.ok_or_else(|| nonsense(format!("{operation} is no operation that can be sent")))?;
    Ok(Acl {
        resource: resource(acl.resource_type),
        name: acl.resource.clone(),
        pattern: pattern(acl.pattern),
        principal: acl.principal.clone(),
        host: acl.host.clone(),
        operation: *operation,
        permission: permission(acl.permission),
    })
}

fn filter(acl: &AclName) -> AclFilter {
    AclFilter {
        resource: Some(resource(acl.resource_type)),
        name: Some(acl.resource.clone()),
        pattern: AclPatternFilter::Exactly(pattern(acl.pattern)),
        principal: Some(acl.principal.clone()),
        host: Some(acl.host.clone()),
        operation: None,
        permission: Some(permission(acl.permission)),
    }
}

fn is_of(entry: &Acl, name: &AclName) -> bool {
    let AclName { principal, host, permission: may, resource_type, resource: on, pattern: how } = name;
    entry.principal == *principal
        && entry.host == *host
        && entry.permission == permission(*may)
        && entry.resource == resource(*resource_type)
        && entry.name == *on
        && entry.pattern == pattern(*how)
}

fn operation_name(operation: Operation) -> String {
    match OPERATIONS.iter().find(|(_, known)| *known == operation) {
        Some((name, _)) => (*name).to_owned(),
        None => format!("{operation:?}"),
    }
}

fn resource(resource: ResourceType) -> AclResource {
    match resource {
        ResourceType::Topic => AclResource::Topic,
        ResourceType::Group => AclResource::Group,
        ResourceType::TransactionalId => AclResource::TransactionalId,
        ResourceType::Cluster => AclResource::Cluster,
    }
}

fn pattern(pattern: Pattern) -> AclPattern {
    match pattern {
        Pattern::Literal => AclPattern::Literal,
        Pattern::Prefixed => AclPattern::Prefixed,
    }
}

fn permission(permission: Permission) -> AclPermission {
    match permission {
        Permission::Allow => AclPermission::Allow,
        Permission::Deny => AclPermission::Deny,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_operations_that_differ_are_made_or_go() {
        let value = |json| serde_json::from_str::<Value>(json).expect("reads");
        let wanted = value(r#"{"operations": ["READ", "WRITE"]}"#);
        let live = value(r#"{"operations": ["DESCRIBE", "READ"]}"#);
        let name = "User:app:topic:orders-*";
        let Difference { missing, surplus } = difference(name, Some(&wanted), Some(&live)).expect("a name");
        let operations = |entries: &[Acl]| entries.iter().map(|entry| entry.operation).collect::<Vec<_>>();
        assert_eq!(
            (operations(&missing), operations(&surplus)),
            (vec![Operation::Write], vec![Operation::Describe])
        );
        assert_eq!((missing[0].name.as_str(), missing[0].pattern), ("orders-", AclPattern::Prefixed));
    }
}
