//! What a schema cannot say of a connector: settings that its class does not read, secrets written out, providers that
//! the workers do not have.

use super::manifest::Context;
use super::platform_checks::place;
use crate::documents::codes;
use crate::documents::connect::cluster::ConnectClusterSpec;
use crate::documents::connect::connector::ConnectorSpec;
use crate::documents::repository::overlay::Merged;
use crate::documents::source::Span;
use crate::nearest::nearest;
use crate::resources::connect::{self, Class, Judgement, Version};
use std::collections::BTreeMap;

/// Settings of a connector that have fields of their own in a document.
const OWN_FIELDS: [(&str, &str); 3] = [
    ("name", "metadata.name or spec.name"),
    ("connector.class", "spec.class"),
    ("tasks.max", "spec.tasksMax"),
];

/// Settings of which each one names others: the list, and what stands before a name in those others.
const NAMED: [(&str, &str); 2] = [("predicates", "predicates."), ("transforms", "transforms.")];

type Config = BTreeMap<String, String>;

impl Context<'_> {
    /// Tells what would be shown to everybody, what nobody reads or can fill in, and what stands elsewhere.
    pub(super) fn check_connector(
        &mut self,
        connector: &ConnectorSpec,
        workers: Option<&ConnectClusterSpec>,
        merged: &Merged,
    ) {
        let config: Config =
            connector.config.iter().map(|(key, setting)| (key.clone(), setting.text())).collect();
        let version = self.version(connector, merged);
        let providers = workers.and_then(|workers| workers.secret_providers.as_deref());
        for (key, text) in &config {
            let at = place(merged, &["spec", "config", key]);
            if let Some((_, field)) = OWN_FIELDS.iter().find(|(own, _)| own == key) {
                let message = format!("`{key}` is not written in `config`");
                self.error(codes::CONTRADICTION, at, message).hint = Some(format!("write {field}"));
                continue;
            }
            if connect::is_written_out(key, text) {
                let message = format!("`{key}` is written out in Git");
                self.error(codes::LITERAL_SECRET, at, message).hint = Some(format!(
                    "let the worker fill it in: {key}: \"${{file:/etc/connect/secrets.properties:{key}}}\""
                ));
                // Whatever else is wrong with it stands in a line that nobody draws.
                continue;
            }
            self.check_providers(text, providers, at);
            self.check_named(key, &config, merged);
            if let Some(class) = Class::of(&connector.class) {
                self.check_key(key, class.judge(key, version, &config), &connector.class, merged);
                self.check_value((key, text), &connector.class, at);
            }
        }
    }

    fn version(&mut self, connector: &ConnectorSpec, merged: &Merged) -> Option<Version> {
        let version = connector.version.as_ref()?;
        let read = version.parse().ok();
        if read.is_none() {
            let message = format!("`{version}` is no version");
            self.error(codes::UNKNOWN_VALUE, place(merged, &["spec", "version"]), message).hint =
                Some("write its numbers: \"5.5.2\"".to_owned());
        }
        read
    }

    /// Workers take any setting, so nobody else tells of one without effect.
    fn check_key(&mut self, key: &str, judgement: Judgement, class: &str, merged: &Merged) {
        let at = key_place(merged, key);
        let (message, label) = match judgement {
            Judgement::Known => return,
            Judgement::Unknown(near) => (format!("{class} has no setting `{key}`"), near.map(there_is)),
            Judgement::Gone(until, instead) => {
                (format!("`{key}` has no effect from version {until} on"), instead.map(now_it_is))
            }
            Judgement::NotYet(since, instead) => {
                (format!("`{key}` has no effect before version {since}"), instead.map(before_it_is))
            }
        };
        self.error(codes::UNKNOWN_FIELD, at, message).label = label;
    }

    fn check_value(&mut self, (key, text): (&str, &str), class: &str, at: Span) {
        let value_type = connect::value_type(class, key);
        // What a worker fills in is not here to be looked at, and an empty text unsets.
        if text.is_empty() || text.contains("${") || value_type.reads(text) {
            return;
        }
        let message = format!("`{key}` cannot be read by its class");
        self.error(codes::WRONG_TYPE, at, message).label = Some(format!("write {}", value_type.expected()));
    }

    /// A transformation's settings have no effect unless `transforms` names it.
    fn check_named(&mut self, key: &str, config: &Config, merged: &Merged) {
        for (list, prefix) in NAMED {
            let Some((name, _)) = key.strip_prefix(prefix).and_then(|below| below.split_once('.')) else {
                continue;
            };
            let names = config.get(list).map(String::as_str).unwrap_or_default();
            let mut names = names.split(',').map(str::trim);
            if names.clone().all(|named| named != name) {
                let near = nearest(name, names.by_ref());
                let message = format!("`{list}` names no `{name}`, so nobody reads this");
                self.error(codes::UNKNOWN_FIELD, key_place(merged, key), message).label = near.map(there_is);
            }
        }
    }

    fn check_providers(&mut self, text: &str, known: Option<&[String]>, at: Span) {
        let Some(known) = known else { return };
        for provider in
            connect::providers(text).into_iter().filter(|name| !known.iter().any(|known| known == name))
        {
            let message = format!("these workers have no provider `{provider}`");
            let near = nearest(provider, known.iter().map(String::as_str));
            self.error(codes::UNKNOWN_VALUE, at, message).label = near.map(there_is);
        }
    }
}

fn there_is(near: &str) -> String {
    format!("there is `{near}`")
}

fn now_it_is(instead: &str) -> String {
    format!("there it is `{instead}`")
}

fn before_it_is(instead: &str) -> String {
    format!("until then it is `{instead}`")
}

/// Returns where the name of a setting is written.
fn key_place(merged: &Merged, key: &str) -> Span {
    let entry = merged.document.node.at(&["spec", "config"]).and_then(|config| config.entry(key));
    entry.map_or(merged.document.at, |entry| entry.key_span)
}
