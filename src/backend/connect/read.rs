//! Questions as requests: one expanded listing brings every connector; who is not in it is looked up by name.
//!
//! The listing leaves a connector out whose status nobody has told yet, so it proves no absence.

use super::Connect;
use super::link::path;
use super::trace::first_cause;
use crate::backend::Answered;
use crate::clock;
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Body, Fact, FactId, Question, Scope, Seen, Trouble, Why};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::resources::connect::{self, CONNECTOR};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Connect {
    /// Answers all questions of a batch.
    pub(super) async fn answer(&self, questions: Vec<Question>) -> Vec<Answered> {
        let (mut connectors, mut answered, mut checks) = (Vec::new(), Vec::new(), Vec::new());
        for question in questions {
            match question {
                Question::Object(id) if id.kind.as_str() == CONNECTOR => connectors.push(id),
                Question::Project(id, fingerprint) => checks.push((id, fingerprint)),
                Question::Everything(scope) => {
                    let answer = self.everything(&scope).await;
                    answered.push((Question::Everything(scope), answer, clock::now()));
                }
                other => {
                    let answer = self.answer_other(&other).await;
                    answered.push((other, answer, clock::now()));
                }
            }
        }
        answered.extend(self.check_all(checks).await);
        for (id, answer) in self.look_up(connectors).await {
            answered.push((Question::Object(id), answer, clock::now()));
        }
        answered
    }

    async fn answer_other(&self, question: &Question) -> Answer {
        match question {
            Question::Fact(FactId::Identity(_)) => match self.worker().await {
                Ok(worker) => Answer::Fact(Fact::Identity(worker.kafka_cluster)),
                Err(why) => Answer::Unreadable(why),
            },
            Question::Object(_)
            | Question::Inventory(_)
            | Question::Everything(_)
            | Question::Project(..)
            | Question::Fact(
                FactId::ServedKinds(_)
                | FactId::CustomResourceSchema(..)
                | FactId::SecretDigest(_)
                | FactId::Neo4jTopology(_)
                | FactId::Neo4jMoves(..),
            ) => Answer::Unreadable(nonsense("Kafka Connect does not answer that")),
        }
    }

    /// Asks a worker who it is.
    pub(super) async fn worker(&self) -> Result<Worker, Why> {
        let told = self.connection.get(&self.sources, "/").await?.unwrap_or_default();
        let text = |key: &str| told.get(key).and_then(Json::as_str);
        let unknown = || nonsense("GET /: it does not say to which Kafka cluster it belongs");
        let kafka_cluster = Arc::from(text("kafka_cluster_id").ok_or_else(unknown)?);
        Ok(Worker { kafka_cluster, version: text("version").unwrap_or_default().to_owned() })
    }

    async fn look_up(&self, ids: Vec<ResourceId>) -> Vec<(ResourceId, Answer)> {
        let mut answers = Vec::new();
        if let [only] = ids.as_slice() {
            answers.push((only.clone(), self.look(only).await));
            return answers;
        }
        if ids.is_empty() {
            return answers;
        }
        let listed = match self.list("/connectors?expand=info&expand=status").await {
            Ok(listed) => listed,
            Err(why) => {
                return ids.into_iter().map(|id| (id, Answer::Unreadable(why.clone()))).collect();
            }
        };
        let mut left_out = Vec::new();
        for id in ids {
            match listed.get(&*id.name) {
                Some(Json::Object(parts)) => {
                    let config = parts.get("info").and_then(|info| info.get("config"));
                    answers.push((id.clone(), self.seen(&id, config, parts.get("status"))));
                }
                Some(_) | None => left_out.push(id),
            }
        }
        answers.extend(self.look_for(left_out).await);
        answers
    }

    /// Proves the absence of what the expanded listing left out: a list of names leaves out nothing.
    async fn look_for(&self, ids: Vec<ResourceId>) -> Vec<(ResourceId, Answer)> {
        if ids.is_empty() {
            return Vec::new();
        }
        let there: Result<BTreeSet<String>, Why> = self.list("/connectors").await.map(|names| {
            let names = names.as_array().into_iter().flatten();
            names.filter_map(Json::as_str).map(str::to_owned).collect()
        });
        let mut answers = Vec::new();
        for id in ids {
            let answer = match &there {
                Err(why) => Answer::Unreadable(why.clone()),
                Ok(there) if there.contains(&*id.name) => self.look(&id).await,
                Ok(_) => Answer::NotFound,
            };
            answers.push((id, answer));
        }
        answers
    }

    /// Returns every connector that is there.
    async fn everything(&self, scope: &Scope) -> Answer {
        let names = match self.list("/connectors").await {
            Ok(names) => names,
            Err(why) => return Answer::Inventory { rows: Vec::new(), complete: Err(why) },
        };
        let names = names.as_array().into_iter().flatten().filter_map(Json::as_str);
        let id = |name| ResourceId {
            system: scope.system,
            connection: scope.connection.clone(),
            kind: scope.kind.clone(),
            namespace: None,
            name: Arc::from(name),
        };
        let (mut rows, mut complete) = (Vec::new(), Ok(()));
        for (_, answer) in self.look_up(names.map(id).collect()).await {
            match answer {
                Answer::Seen(seen) => rows.push(seen),
                Answer::Unreadable(why) => complete = Err(why),
                Answer::NotFound | Answer::Inventory { .. } | Answer::Fact(_) | Answer::Rejected(_) => {}
            }
        }
        Answer::Inventory { rows, complete }
    }

    async fn list(&self, path: &str) -> Result<Json, Why> {
        let listed = self.connection.get(&self.sources, path).await?;
        listed.ok_or_else(|| nonsense(format!("GET {path}: 404")))
    }

    /// Looks one connector up by name.
    pub(super) async fn look(&self, id: &ResourceId) -> Answer {
        match self.connection.get(&self.sources, &path(&id.name, "")).await {
            Err(why) => Answer::Unreadable(why),
            Ok(None) => Answer::NotFound,
            Ok(Some(info)) => match self.connection.get(&self.sources, &path(&id.name, "/status")).await {
                Ok(status) => self.seen(id, info.get("config"), status.as_ref()),
                Err(why) => Answer::Unreadable(why),
            },
        }
    }

    fn seen(&self, id: &ResourceId, config: Option<&Json>, status: Option<&Json>) -> Answer {
        let Some(Json::Object(config)) = config else {
            return Answer::Unreadable(nonsense(format!("{}: the worker tells no configuration", id.name)));
        };
        let mut settings = settings(config);
        connect::conceal(&mut settings, &self.reading.key);
        let status = status.map(|status| (target(status), told(status, &settings)));
        let state = status.as_ref().map_or(RUNNING, |(state, _)| state);
        let mut body = Map::from([
            ("config".to_owned(), Value::Map(settings)),
            ("state".to_owned(), Value::from(state)),
        ]);
        body.extend(status.map(|(_, told)| ("status".to_owned(), told)));
        let (uid, body) = (Uid::new(Arc::clone(&id.name)), Body::Whole(Arc::new(Value::Map(body))));
        Answer::Seen(Seen { id: id.clone(), uid, version: Arc::from(""), body })
    }
}

/// A worker, as it says itself.
pub(super) struct Worker {
    /// The id of the Kafka cluster that it keeps everything on.
    pub(super) kafka_cluster: Arc<str>,
    /// Its version.
    pub(super) version: String,
}

/// Returns why something that should not be asked or answered is of no use.
pub(super) fn nonsense(message: impl Into<String>) -> Why {
    Why { trouble: Trouble::Garbled, message: message.into() }
}

/// What a connector does whose status nobody has told yet.
const RUNNING: &str = "RUNNING";

/// Returns all settings that a worker tells; it adds the name, which is none.
fn settings(config: &serde_json::Map<String, Json>) -> Map {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let settings = config.iter().filter(|(key, _)| *key != "name");
    settings.map(|(key, value)| (key.clone(), Value::from(text(value)))).collect()
}

/// What it is to do: only standing still is ever asked for by name, everything else is a way of running.
fn target(status: &Json) -> &'static str {
    let state = status.get("connector").and_then(|connector| connector.get("state")?.as_str());
    match state {
        Some("PAUSED") => "PAUSED",
        Some("STOPPED") => "STOPPED",
        Some(_) | None => RUNNING,
    }
}

fn told(status: &Json, settings: &Map) -> Value {
    let connector = status.get("connector");
    let mut all = connector.map(|told| part(told, settings)).unwrap_or_default();
    // One that is not given out yet is on none.
    let worker =
        connector.and_then(|told| told.get("worker_id")?.as_str()).filter(|worker| !worker.is_empty());
    all.extend(worker.map(|worker| ("worker".to_owned(), Value::from(worker))));
    let tasks = status.get("tasks").and_then(Json::as_array).into_iter().flatten();
    let tasks = tasks.map(|task| Value::Map(part(task, settings))).collect();
    all.insert("tasks".to_owned(), Value::List(tasks));
    Value::Map(all)
}

fn part(told: &Json, settings: &Map) -> Map {
    let text = |key: &str| told.get(key).and_then(Json::as_str);
    let state = text("state").map(|state| ("state".to_owned(), Value::from(state)));
    let cause = text("trace").map(|trace| connect::discreet(&first_cause(trace), settings));
    let cause = cause.map(|cause| ("cause".to_owned(), Value::from(cause)));
    state.into_iter().chain(cause).collect()
}
