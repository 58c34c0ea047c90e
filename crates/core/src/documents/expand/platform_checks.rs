//! What a schema cannot say of documents of Kafka and Kafka Connect: names, deadly settings, secrets written out.

use super::manifest::Context;
use crate::documents::codes;
use crate::documents::connect::cluster::ConnectClusterSpec;
use crate::documents::connect::connector::ConnectorSpec;
use crate::documents::kafka::acl::{KafkaAclSpec, Resource, Rule, Whole};
use crate::documents::kafka::topic::KafkaTopicSpec;
use crate::documents::nearest::nearest;
use crate::documents::repository::overlay::Merged;
use crate::documents::source::Span;
use crate::resources::{connect, kafka};

/// Settings of a connector that have fields of their own in a document.
const OWN_FIELDS: [(&str, &str); 3] = [
    ("name", "metadata.name or spec.name"),
    ("connector.class", "spec.class"),
    ("tasks.max", "spec.tasksMax"),
];

impl Context<'_> {
    /// Tells what Kafka would refuse of a topic, and what it would take although it does harm.
    pub(super) fn check_topic(&mut self, topic: &KafkaTopicSpec, name: &str, merged: &Merged) {
        let at = |path: &[&str]| place(merged, path);
        if let Some(trouble) = kafka::topic_name_trouble(name) {
            let message = format!("`{name}` cannot be the name of a topic");
            let place = topic.name.as_ref().map_or(merged.document.at, |_| at(&["spec", "name"]));
            self.error(codes::NAME, place, message).hint = Some(trouble.to_owned());
        }
        if kafka::is_internal(name) {
            let message = format!("`{name}` is Kafka's own");
            self.error(codes::DEADLY_SETTING, merged.document.at, message).hint =
                Some("leave it to the brokers".to_owned());
        }
        for key in topic.config.keys().filter(|key| !kafka::is_topic_setting(key)) {
            let near = nearest(key, kafka::TOPIC_SETTINGS.iter().copied());
            let finding = self.error(
                codes::UNKNOWN_FIELD,
                at(&["spec", "config", key]),
                format!("no topic has a setting `{key}`"),
            );
            finding.label = near.map(|near| format!("there is `{near}`"));
        }
        let in_sync =
            topic.config.get("min.insync.replicas").and_then(|setting| setting.text().parse::<u32>().ok());
        if let (Some(in_sync), Some(factor)) = (in_sync, topic.replication_factor)
            && in_sync > factor
        {
            let place = at(&["spec", "config", "min.insync.replicas"]);
            let message = format!("min.insync.replicas {in_sync} is above the replication factor {factor}");
            self.error(codes::DEADLY_SETTING, place, message).hint = Some(format!(
                "brokers cap it silently, so it protects nothing: write {} or less",
                factor.max(1)
            ));
        }
    }

    /// Tells what would be shown to everybody, what a worker cannot fill in, and what stands elsewhere.
    pub(super) fn check_connector(
        &mut self,
        connector: &ConnectorSpec,
        workers: Option<&ConnectClusterSpec>,
        merged: &Merged,
    ) {
        for (key, setting) in &connector.config {
            let at = place(merged, &["spec", "config", key]);
            if let Some((_, field)) = OWN_FIELDS.iter().find(|(own, _)| own == key) {
                let message = format!("`{key}` is not written in `config`");
                self.error(codes::CONTRADICTION, at, message).hint = Some(format!("write {field}"));
            }
            let text = setting.text();
            if connect::is_written_out(key, &text) {
                let message = format!("`{key}` is written out in Git");
                self.error(codes::LITERAL_SECRET, at, message).hint = Some(format!(
                    "let the worker fill it in: {key}: \"${{file:/etc/connect/secrets.properties:{key}}}\""
                ));
            }
            let known = workers.and_then(|workers| workers.secret_providers.as_deref());
            self.check_providers(&text, known, at);
        }
    }

    fn check_providers(&mut self, text: &str, known: Option<&[String]>, at: Span) {
        let Some(known) = known else { return };
        for provider in
            connect::providers(text).into_iter().filter(|name| !known.iter().any(|known| known == name))
        {
            let message = format!("these workers have no provider `{provider}`");
            let near = nearest(provider, known.iter().map(String::as_str));
            self.error(codes::UNKNOWN_VALUE, at, message).label =
                near.map(|near| format!("there is `{near}`"));
        }
    }

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

fn place(merged: &Merged, path: &[&str]) -> Span {
    merged.document.node.at(path).map_or(merged.document.at, |node| node.span)
}
