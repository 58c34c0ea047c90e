//! What a schema cannot say of rights on Kafka: whom they are for, and whether they mean anything.

use super::manifest::Context;
use crate::documents::codes;
use crate::documents::kafka::acl::{KafkaAclSpec, Resource, Rule, Whole};
use crate::documents::repository::overlay::Merged;
use crate::documents::source::Span;

impl Context<'_> {
    /// Tells what Kafka would refuse of rights, and what it would take although it says nothing.
    pub(super) fn check_acl(&mut self, acl: &KafkaAclSpec, merged: &Merged) {
        let principal = place(merged, &["spec", "principal"]);
        let sort_is_written = acl.principal.contains(':');
        if !acl.principal.split_once(':').is_some_and(|(sort, name)| !sort.is_empty() && !name.is_empty()) {
            let message = format!("`{}` is no principal", acl.principal);
            self.error(codes::NAME, principal, message).hint =
                Some(format!("write User:{}", if sort_is_written { "NAME" } else { &acl.principal }));
        }
        for (number, rule) in acl.rules.iter().enumerate() {
            let at = place_of_rule(merged, number);
            let Rule { resource, pattern: _, host, permission: _, operations } = rule;
            self.check_not_empty(resource, host.as_deref(), at);
            let meaningless =
                operations.iter().filter(|operation| !means_something(operation.as_str(), resource));
            for operation in meaningless {
                let message = format!("{} has no meaning for this resource", operation.as_str());
                self.error(codes::DEADLY_SETTING, at, message).hint =
                    Some("Kafka takes it and never asks for it: remove it".to_owned());
            }
        }
    }
}

impl Context<'_> {
    /// A field that an overlay left empty gives rights to nothing, or to everything.
    fn check_not_empty(&mut self, resource: &Resource, host: Option<&str>, at: Span) {
        let name = match resource {
            Resource::Topic(name) => Some(("topic", name)),
            Resource::Group(name) => Some(("group", name)),
            Resource::TransactionalId(name) => Some(("transactionalId", name)),
            Resource::Cluster(Whole {}) => None,
        };
        if let Some((sort, _)) = name.filter(|(_, name)| name.is_empty()) {
            let message = format!("`{sort}` is empty, which names nothing");
            self.error(codes::NAME, at, message).hint =
                Some("write the name, its beginning with `pattern: prefixed`, or \"*\" for all".to_owned());
        }
        if host.is_some_and(str::is_empty) {
            let message = "`host` is empty, which is no host".to_owned();
            self.error(codes::NAME, at, message).hint =
                Some("write an address, or leave `host` out for any".to_owned());
        }
    }
}

/// Source: `AclEntry.supportedOperations` of Kafka 3.9, as its documentation lists operations by resource.
fn means_something(operation: &str, resource: &Resource) -> bool {
    let meant: &[&str] = match resource {
        Resource::Topic(_) => {
            &["READ", "WRITE", "CREATE", "DESCRIBE", "DELETE", "ALTER", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"]
        }
        Resource::Group(_) => &["READ", "DESCRIBE", "DELETE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"],
        Resource::TransactionalId(_) => &["DESCRIBE", "WRITE"],
        Resource::Cluster(_) => &[
            "CREATE",
            "CLUSTER_ACTION",
            "DESCRIBE_CONFIGS",
            "ALTER_CONFIGS",
            "IDEMPOTENT_WRITE",
            "ALTER",
            "DESCRIBE",
        ],
    };
    operation == "ALL" || meant.contains(&operation)
}

fn place_of_rule(merged: &Merged, number: usize) -> Span {
    let rules = merged.document.node.at(&["spec", "rules"]);
    let rule = rules.and_then(|rules| rules.items()?.get(number));
    rule.or(rules).map_or(merged.document.at, |node| node.span)
}

pub(super) fn place(merged: &Merged, path: &[&str]) -> Span {
    merged.document.node.at(path).map_or(merged.document.at, |node| node.span)
}
