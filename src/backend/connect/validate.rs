//! Whether the workers would take a connector: they check its settings against its class without making anything.
//!
//! An answer repeats its errors, and shows what a reference to a secret stands for: nothing of it is kept but what is
//! wrong, and nothing is told of what a worker filled in.

use super::Connect;
use super::calls::settings;
use super::link::{self, NoAnswer, why, words};
use super::read::nonsense;
use crate::backend::Answered;
use crate::backend::http::Reply;
use crate::clock;
use evenkeel_core::engine::fingerprint::Fingerprint;
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Body, Question, Rejection, Seen};
use evenkeel_core::resources::connect::providers;
use futures::StreamExt;
use http::Method;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// At most so many checks are on their way at once; a class may take its time over one.
const AT_ONCE: usize = 8;

/// At most so many errors of one connector are told.
const TOLD: usize = 5;

/// What a worker says of the settings of a connector.
#[derive(Deserialize)]
struct Checked {
    configs: Vec<Setting>,
}

#[derive(Deserialize)]
struct Setting {
    value: SettingValue,
}

#[derive(Deserialize)]
struct SettingValue {
    name: String,
    value: Option<String>,
    errors: Vec<String>,
}

impl Connect {
    /// Asks the workers whether they would take these connectors.
    pub(super) async fn check_all(&self, wanted: Vec<(ResourceId, Fingerprint)>) -> Vec<Answered> {
        let checks = wanted.into_iter().map(|(id, fingerprint)| async move {
            let answer = self.check(&id).await;
            (Question::Project(id, fingerprint), answer, clock::now())
        });
        futures::stream::iter(checks).buffer_unordered(AT_ONCE).collect().await
    }

    async fn check(&self, id: &ResourceId) -> Answer {
        let Some(form) = self.reading.forms.get(id) else {
            return Answer::Unreadable(nonsense(format!("{id} is not wanted")));
        };
        let mut config = settings(form.normal.value());
        config["name"] = json!(&*id.name);
        let class = config.get("connector.class").and_then(Json::as_str).unwrap_or_default();
        let path = link::encoded("/connector-plugins/", class, "/config/validate");
        match self.connection.exchange(&self.sources, (Method::PUT, &path), Some(&config)).await {
            Err(NoAnswer::NotSent(why) | NoAnswer::Silence(why)) => Answer::Unreadable(why),
            Ok(reply) => match errors_of(&reply, &config) {
                Some(errors) if errors.is_empty() => {
                    let body = Body::Whole(Arc::clone(form.normal.value()));
                    let uid = Uid::new(Arc::clone(&id.name));
                    Answer::Seen(Seen { id: id.clone(), uid, version: Arc::from(""), body })
                }
                Some(errors) => {
                    let message = told(&errors);
                    Answer::Rejected(Rejection::Invalid { message, immutable: Vec::new() })
                }
                None if reply.code == 403 => Answer::Rejected(Rejection::Forbidden(words(&reply))),
                None => Answer::Unreadable(why(&format!("PUT {path}"), &reply)),
            },
        }
    }
}

/// Returns what is wrong with a configuration, each thing once; nothing if the worker did not say.
fn errors_of(reply: &Reply, config: &Json) -> Option<BTreeSet<String>> {
    match reply.code {
        200 => {
            let checked: Checked = serde_json::from_slice(&reply.body).ok()?;
            Some(errors_in(&checked, config))
        }
        // Workers answer so where a class is not there, or where a provider cannot read what it is to fill in.
        500 => Some(BTreeSet::from([refusal(&words(reply))?])),
        _ => None,
    }
}

fn refusal(words: &str) -> Option<String> {
    let (exception, message) = words.split_once(": ")?;
    if message.starts_with("Failed to find any class") {
        let (class, _all_plugins_with_their_paths) =
            message.split_once(", available connectors").unwrap_or((message, ""));
        let class = class.rsplit(' ').next().unwrap_or_default();
        return Some(format!("the workers have no plugin with the class {class}"));
    }
    exception.ends_with(".ConfigException").then(|| message.to_owned())
}

fn errors_in(checked: &Checked, config: &Json) -> BTreeSet<String> {
    let reference = |key: &str| {
        let text = config.get(key).and_then(Json::as_str)?;
        (!providers(text).is_empty()).then_some(text)
    };
    let settings = || checked.configs.iter().map(|setting| &setting.value);
    let filled_in: BTreeMap<&str, &str> = settings()
        .filter_map(|setting| Some((setting.value.as_deref()?, reference(&setting.name)?)))
        .filter(|(text, _)| !text.is_empty())
        .collect();
    let mut errors = BTreeSet::new();
    for setting in settings() {
        match reference(&setting.name) {
            Some(reference) if !setting.errors.is_empty() => {
                errors.insert(format!("{}: what {reference} stands for is not valid", setting.name));
            }
            Some(_) => {}
            None => {
                errors.extend(setting.errors.iter().map(|error| in_words(&setting.name, error, &filled_in)));
            }
        }
    }
    errors
}

/// Names the setting where the error does not, and puts references back for what a worker filled in.
fn in_words(name: &str, error: &str, filled_in: &BTreeMap<&str, &str>) -> String {
    let says_where = error.contains(name);
    let error =
        filled_in.iter().fold(error.to_owned(), |error, (text, reference)| error.replace(text, reference));
    if says_where { error } else { format!("{name}: {error}") }
}

fn told(errors: &BTreeSet<String>) -> String {
    let first: Vec<&str> = errors.iter().take(TOLD).map(|error| error.trim_end_matches('.')).collect();
    let more = errors.len() - first.len();
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    first.join("; ") + &rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(config: &Json, told: &Json) -> Vec<String> {
        let reply = Reply { code: 200, body: told.to_string().into(), date: None };
        errors_of(&reply, config).expect("the worker said").into_iter().collect()
    }

    /// The shape of research on the Neo4j sink: two messages, six times each, on one setting.
    #[test]
    fn what_a_worker_repeats_is_told_once() {
        let twice = [
            "Invalid value [] for configuration neo4j.uri: Must not be empty.",
            "Missing required configuration",
        ];
        let repeated = twice.repeat(6);
        let told = json!({"error_count": 14, "configs": [
            {"definition": {}, "value": {"name": "neo4j.uri", "value": null, "errors": repeated}},
        ]});
        let config = json!({"neo4j.uri": ""});
        let found = errors(&config, &told);
        assert_eq!(
            found,
            [
                "Invalid value [] for configuration neo4j.uri: Must not be empty.",
                "neo4j.uri: Missing required configuration",
            ]
        );
    }

    #[test]
    fn what_a_worker_filled_in_is_not_told() {
        let reference = "${file:/secrets:canary}";
        let told = json!({"error_count": 2, "configs": [
            {"value": {"name": "tasks.max", "value": null, "errors": ["Invalid value CANARY for configuration tasks.max"]}},
            {"value": {"name": "topic", "value": "CANARY", "errors": []}},
            {"value": {"name": "file", "value": "x", "errors": ["CANARY cannot be a topic"]}},
        ]});
        let config = json!({"tasks.max": reference, "topic": reference, "file": "x"});
        let found = errors(&config, &told);
        assert_eq!(
            found,
            [
                "file: ${file:/secrets:canary} cannot be a topic",
                "tasks.max: what ${file:/secrets:canary} stands for is not valid",
            ]
        );
    }

    #[test]
    fn a_class_that_is_not_there_is_told_without_the_list_of_all_plugins() {
        let words = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: Failed to find any class that \
                     implements Connector and which name matches a.B, available connectors are: PluginDesc{klass=x}";
        assert_eq!(refusal(words).as_deref(), Some("the workers have no plugin with the class a.B"));
        let unread =
            "org.apache.kafka.common.config.ConfigException: Could not read properties from file /etc/nope";
        assert_eq!(refusal(unread).as_deref(), Some("Could not read properties from file /etc/nope"));
        assert_eq!(refusal("Request timed out"), None);
    }
}
