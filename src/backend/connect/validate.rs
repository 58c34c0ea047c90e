//! Whether the workers would take a connector: they check its settings against its class without making anything.
//!
//! An answer repeats its errors, and shows what a reference to a secret stands for: nothing of it is kept but what is
//! wrong, and nothing is told of what a worker filled in.

use super::Connect;
use super::calls::settings;
use super::link::{NoAnswer, why_in, words};
use super::read::nonsense;
use crate::backend::Answered;
use crate::backend::door::encoded;
use crate::backend::http::Reply;
use crate::clock;
use evenkeel_core::engine::fingerprint::Fingerprint;
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Body, Question, Rejection, Seen, Why};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::connect::{discreet, providers};
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

/// What a worker tells instead of a password.
const HIDDEN: &str = "[hidden]";

/// What the provider of files says of one that it cannot read.
const UNREAD_FILE: &str = "Could not read properties from file ";

/// How a worker's words begin where it did not come to look at the settings: nothing is filled in yet.
///
/// Source: the texts of `RestServer`, `HerderRequestHandler` and `DistributedHerder` in Kafka 3.9 and 4.3.
const WORKERS_OWN: [&str; 3] =
    ["Request timed out", "Cannot complete request", "This worker is still starting up"];

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
        let path = encoded("/connector-plugins/", class, "/config/validate");
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
                None => Answer::Unreadable(why_untold(&format!("PUT {path}"), &reply, &config)),
            },
        }
    }
}

/// Returns why a worker did not say what is wrong. A driver's exception may quote all that the worker had filled in, and
/// what is kept of an answer is in snapshots, too.
fn why_untold(what: &str, reply: &Reply, config: &Json) -> Why {
    let words = words(reply);
    let is_its_own = WORKERS_OWN.iter().any(|own| words.starts_with(own));
    let told = if is_its_own { words } else { in_confidence(&words, config) };
    why_in(what, reply, &told)
}

/// Returns what is wrong with a configuration, each thing once; nothing if the worker did not say.
fn errors_of(reply: &Reply, config: &Json) -> Option<BTreeSet<String>> {
    match reply.code {
        200 => {
            let checked: Checked = serde_json::from_slice(&reply.body).ok()?;
            Some(errors_in(&checked, config))
        }
        // Workers answer so where a class is not there, or where a provider cannot read what it is to fill in.
        500 => Some(BTreeSet::from([refusal(&words(reply), config)?])),
        _ => None,
    }
}

fn refusal(words: &str, config: &Json) -> Option<String> {
    let (exception, message) = words.split_once(": ")?;
    if message.starts_with("Failed to find any class") {
        let (class, _all_plugins_with_their_paths) =
            message.split_once(", available connectors").unwrap_or((message, ""));
        let class = class.rsplit(' ').next().unwrap_or_default();
        return Some(format!("the workers have no plugin with the class {class}"));
    }
    // A provider's own words, about a file that is named in Git.
    let file = message.strip_prefix(UNREAD_FILE).map(str::trim);
    if file.is_some_and(|file| texts(config).any(|(_, text)| text.contains(&format!(":{file}:")))) {
        return Some(message.to_owned());
    }
    exception.ends_with(".ConfigException").then(|| {
        let told = in_confidence(words, config);
        if told == words { message.to_owned() } else { told }
    })
}

/// Returns a worker's words without what its providers may have filled in.
fn in_confidence(words: &str, config: &Json) -> String {
    let settings = texts(config).map(|(key, text)| (key.to_owned(), Value::from(text)));
    discreet(words, &settings.collect())
}

fn texts(config: &Json) -> impl Iterator<Item = (&str, &str)> {
    let settings = config.as_object().into_iter().flatten();
    settings.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
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
    let keeps_some = keeps_some(config, &filled_in);
    let mut errors = BTreeSet::new();
    for setting in settings() {
        match reference(&setting.name) {
            Some(reference) if !setting.errors.is_empty() => {
                errors.insert(format!("{}: what {reference} stands for is not valid", setting.name));
            }
            Some(_) => {}
            None => {
                let told = setting.errors.iter().map(|error| {
                    let told = in_words(&setting.name, error, &filled_in);
                    if keeps_some && !is_about_itself(&setting.name, error) {
                        in_confidence(&told, config)
                    } else {
                        told
                    }
                });
                errors.extend(told);
            }
        }
    }
    errors
}

/// Tells whether a worker filled in what cannot be found in its words: what stands for a password is not told, nor what is
/// in a setting that its class does not know, and of what stands in the middle of a text nobody knows where it ends.
fn keeps_some(config: &Json, filled_in: &BTreeMap<&str, &str>) -> bool {
    let is_told = |text: &str| {
        providers(text).len() == 1
            && text.starts_with("${")
            && text.find('}') == Some(text.len() - 1)
            && filled_in.iter().any(|(value, reference)| *reference == text && *value != HIDDEN)
    };
    texts(config).any(|(_, text)| !providers(text).is_empty() && !is_told(text))
}

/// Tells whether an error is Kafka's own on the value of this very setting, and so on nothing else.
///
/// Source: the texts of `ConfigException` and `ConfigDef` in Kafka 3.9 and 4.3.
fn is_about_itself(name: &str, error: &str) -> bool {
    let is_of_this = |(_value, rest): (&str, &str)| {
        rest.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    error.starts_with("Missing required configuration")
        || error
            .strip_prefix("Invalid value ")
            .is_some_and(|error| error.split_once(" for configuration ").is_some_and(is_of_this))
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
        let topic = json!({"value": {"name": "topic", "value": "CANARY", "errors": []}});
        let file = json!({"value": {"name": "file", "value": "x", "errors": ["CANARY cannot be a topic"]}});
        let config = json!({"tasks.max": reference, "topic": reference, "file": "x"});
        assert_eq!(
            errors(&config, &json!({"error_count": 1, "configs": [topic, file]})),
            ["file: ${file:/secrets:canary} cannot be a topic"]
        );
        let tasks = json!({"value": {"name": "tasks.max", "value": null, "errors": ["Invalid value CANARY for configuration tasks.max"]}});
        assert_eq!(
            errors(&config, &json!({"error_count": 1, "configs": [tasks]})),
            ["tasks.max: what ${file:/secrets:canary} stands for is not valid"]
        );
    }

    #[test]
    fn a_password_that_a_class_repeats_in_words_on_another_setting_is_not_told() {
        let config = json!({"p.password": "${file:/secrets:canary}", "url": "jdbc:x", "batch": "y"});
        let told = json!({"error_count": 2, "configs": [
            {"value": {"name": "p.password", "value": "[hidden]", "errors": []}},
            {"value": {"name": "url", "value": "jdbc:x", "errors": ["no login as me with CANARY at jdbc:x"]}},
            {"value": {"name": "batch", "value": null, "errors": ["Invalid value y for configuration batch: Not a number"]}},
        ]});
        assert_eq!(
            errors(&config, &told),
            [
                "Invalid value y for configuration batch: Not a number",
                "something about `url`: its words are left out, as a secret may stand in them",
            ]
        );
    }

    #[test]
    fn a_password_in_the_middle_of_a_setting_is_not_told_in_words_on_another_one() {
        let config = json!({"url": "jdbc:x?user=me&password=${file:/secrets:canary}", "table": "orders"});
        let told = json!({"error_count": 1, "configs": [
            {"value": {"name": "url", "value": "jdbc:x?user=me&password=CANARY", "errors": []}},
            {"value": {"name": "table", "value": "orders", "errors": ["authentication failed for me/CANARY"]}},
        ]});
        assert_eq!(
            errors(&config, &told),
            ["something about `table`: its words are left out, as a secret may stand in them"]
        );
    }

    #[test]
    fn a_password_in_a_setting_that_the_class_does_not_list_is_not_told_in_words_on_another_one() {
        let reference = "${file:/secrets:canary}";
        for jaas in [format!("ScramLoginModule required password=\"{reference}\";"), reference.to_owned()] {
            let config = json!({"source.cluster.sasl.jaas.config": jaas, "topics": "orders"});
            let told = json!({"error_count": 1, "configs": [
                {"value": {"name": "topics", "value": "orders", "errors": ["cannot log in with CANARY"]}},
            ]});
            assert_eq!(
                errors(&config, &told),
                ["something about `topics`: its words are left out, as a secret may stand in them"]
            );
        }
    }

    #[test]
    fn what_a_driver_says_in_an_error_of_the_workers_own_is_not_told() {
        let config = json!({"connection.url": "jdbc:x?password=${file:/secrets:canary}"});
        let why = |message: &str| {
            let body = json!({"error_code": 500, "message": message}).to_string();
            let reply = Reply { code: 500, body: body.into(), date: None };
            assert_eq!(errors_of(&reply, &config), None);
            why_untold("PUT /validate", &reply, &config).message
        };
        assert_eq!(
            why("java.sql.SQLException: No suitable driver found for jdbc:x?password=CANARY"),
            "PUT /validate: 500 java.sql.SQLException: its words are left out, as a secret may stand in them"
        );
        assert_eq!(why("Request timed out"), "PUT /validate: 500 Request timed out");
    }

    #[test]
    fn only_words_of_kafkas_own_on_the_very_setting_are_told_where_a_password_may_stand_in_others() {
        let is_told = |error: &str| is_about_itself("batch", error);
        assert!(is_told("Invalid value y for configuration batch"));
        assert!(is_told("Invalid value y for configuration batch: Not a number"));
        assert!(is_told("Missing required configuration \"batch\" which has no default value."));
        assert!(!is_told("Invalid value CANARY for configuration p.password: too short"));
        assert!(
            !is_told("Invalid value CANARY for configuration batch.password"),
            "another one that begins so"
        );
        assert!(!is_told("no login with CANARY. Invalid value y for configuration batch"));
        assert!(!is_told("CANARY. Missing required configuration"));
    }

    #[test]
    fn a_class_that_is_not_there_is_told_without_the_list_of_all_plugins() {
        let words = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: Failed to find any class that \
                     implements Connector and which name matches a.B, available connectors are: PluginDesc{klass=x}";
        let config = json!({"port": "${file:/etc/nope:port}", "file": "x"});
        let refused = |words| refusal(words, &config);
        assert_eq!(refused(words).as_deref(), Some("the workers have no plugin with the class a.B"));
        let unread =
            "org.apache.kafka.common.config.ConfigException: Could not read properties from file /etc/nope";
        assert_eq!(refused(unread).as_deref(), Some("Could not read properties from file /etc/nope"));
        assert_eq!(refused("Request timed out"), None);
        let quoting =
            "org.apache.kafka.common.config.ConfigException: Invalid value CANARY for configuration port";
        assert_eq!(
            refused(quoting).as_deref(),
            Some(
                "org.apache.kafka.common.config.ConfigException about `port`: its words are left out, as a secret may stand in them"
            )
        );
        let nothing_filled_in = refusal(quoting, &json!({"port": "CANARY"}));
        assert_eq!(nothing_filled_in.as_deref(), Some("Invalid value CANARY for configuration port"));
    }
}
