//! Questions as requests: one LIST for each kind and namespace, GET by name, dry runs for what is doubtful.

use super::kinds::nobody_serves;
use super::list;
use super::reply::{Words, why, why_in, why_silent};
use super::write::{Effect, Force};
use super::{Kubernetes, addresses};
use crate::backend::Answered;
use crate::backend::http::{Call, Reply};
use crate::clock;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::{ConnectionName, EnvironmentName, Kind, ResourceId};
use evenkeel_core::engine::ledger::Ledger;
use evenkeel_core::engine::plan::Forms;
use evenkeel_core::engine::question::{
    Answer, ApiVersion, Fact, FactId, Question, Rejection, Scope, Seen, Served, ServedKind, Trouble, Why,
};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::kubernetes::{Expected, Lens, MARKER, observe_value};
use futures::StreamExt;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is needed to read objects the way this environment's plan wants them read.
pub struct Reading {
    /// Whose marker inventories are made by.
    pub environment: EnvironmentName,
    /// The key under which secrets are digested.
    pub key: DigestKey,
    /// What is wanted, in the form that is compared.
    pub forms: Forms,
    /// What we applied so far.
    pub ledger: Arc<Ledger>,
}

/// More names than this in one place are looked up by one list of names first.
const MANY: usize = 20;

/// Which objects of a scope are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Those that carry our marker.
    Marked,
    /// All of them.
    Anybodys,
}

/// Questions that are answered together.
pub(super) enum Batch {
    One(Question),
    Names(Scope, Vec<ResourceId>),
}

/// Puts many look-ups by name in the same scope together.
pub(super) fn batches(questions: Vec<Question>) -> Vec<Batch> {
    let mut names: BTreeMap<Scope, Vec<ResourceId>> = BTreeMap::new();
    let mut batches = Vec::new();
    for question in questions {
        match question {
            Question::Object(id) => names.entry(Scope::of(&id)).or_default().push(id),
            other => batches.push(Batch::One(other)),
        }
    }
    for (scope, ids) in names {
        if ids.len() > MANY {
            batches.push(Batch::Names(scope, ids));
        } else {
            batches.extend(ids.into_iter().map(|id| Batch::One(Question::Object(id))));
        }
    }
    batches
}

impl Kubernetes {
    /// Answers one batch.
    pub(super) async fn answer(&self, batch: Batch) -> Vec<Answered> {
        match batch {
            Batch::One(question) => vec![self.answer_one(question).await],
            Batch::Names(scope, ids) => self.answer_names(&scope, ids).await,
        }
    }

    async fn answer_one(&self, question: Question) -> Answered {
        let answer = match &question {
            Question::Inventory(scope) => self.inventory(scope, Whose::Marked).await,
            Question::Everything(scope) => self.inventory(scope, Whose::Anybodys).await,
            Question::Object(id) => self.object(id).await,
            Question::Project(id, _) => self.project(id).await,
            Question::Fact(FactId::Identity(_)) => self.identity().await,
            Question::Fact(FactId::ServedKinds(_)) => match self.served_kinds().await {
                Ok(served) => Answer::Fact(Fact::ServedKinds(Served::clone(&served))),
                Err(why) => Answer::Unreadable(why),
            },
            Question::Fact(FactId::CustomResourceSchema(connection, kind, version)) => {
                self.schema(connection, kind, version).await
            }
            Question::Fact(FactId::Neo4jTopology(name) | FactId::Neo4jMoves(name, _)) => {
                Answer::Unreadable(Why {
                    trouble: Trouble::Garbled,
                    message: format!("{name} is not read from a cluster"),
                })
            }
            Question::Fact(FactId::SecretDigest(source)) => Answer::Unreadable(Why {
                trouble: Trouble::NoSource,
                message: format!("{source} is not read from a cluster"),
            }),
        };
        (question, answer, clock::now())
    }

    /// What a scope has: one unpaged LIST, so that it is one consistent picture.
    async fn inventory(&self, scope: &Scope, whose: Whose) -> Answer {
        match self.list(scope, whose).await {
            Ok(rows) => Answer::Inventory { rows, complete: Ok(()) },
            Err(why) => Answer::Unreadable(why),
        }
    }

    async fn list(&self, scope: &Scope, whose: Whose) -> Result<Vec<Seen>, Why> {
        let Some(kind) = self.served_in(scope).await? else { return Ok(Vec::new()) };
        let collection = addresses::collection(&kind, scope.namespace.as_deref());
        let marker = addresses::escape(&format!("{MARKER}={}", self.reading.environment));
        let url = match whose {
            Whose::Marked => format!("{collection}?labelSelector={marker}"),
            Whose::Anybodys => collection,
        };
        let (reading, connection) = (Arc::clone(&self.reading), scope.connection.clone());
        let look = move |item| reading.seen_item(&connection, &kind, item);
        self.read_whole(&url, Call::get(&url), |body| list::read(body, look)).await?.into_iter().collect()
    }

    /// Reads an object from the reply to a write, whole.
    pub(super) fn observed(&self, address: &ResourceId, body: &[u8]) -> Result<Seen, Why> {
        let garbled = |message: String| Why { trouble: Trouble::Garbled, message };
        let object: Value = serde_json::from_slice(body).map_err(|error| garbled(error.to_string()))?;
        // Without the ledger's row, so that the body is kept; with what is wanted, as literals of Git stay readable.
        let expected = self.reading.expected(address).map(|expected| Expected { row: None, ..expected });
        let lens = Lens { connection: &address.connection, key: &self.reading.key, expected };
        observe_value(object, &lens).map_err(|error| garbled(error.to_string()))
    }

    async fn object(&self, id: &ResourceId) -> Answer {
        let kind = match self.served(id).await {
            Ok(Some(kind)) => kind,
            Ok(None) => return Answer::NotFound,
            Err(why) => return Answer::Unreadable(why),
        };
        let url = addresses::object(&kind, id.namespace.as_deref(), &id.name);
        let what = format!("GET {url}");
        match self.http.read(Call::get(&url)).await {
            Ok(reply) if reply.is_not_found() => Answer::NotFound,
            Ok(reply) if reply.code == 200 => match self.observed(id, &reply.body) {
                Ok(seen) => Answer::Seen(seen),
                Err(why) => Answer::Unreadable(why),
            },
            Ok(reply) => Answer::Unreadable(why(&what, &reply)),
            Err(silence) => Answer::Unreadable(why_silent(&what, &silence)),
        }
    }

    /// Many names in one scope: a list of names tells which are there, and only those are read.
    async fn answer_names(&self, scope: &Scope, ids: Vec<ResourceId>) -> Vec<Answered> {
        let there = self.names(scope).await;
        let answers = futures::stream::iter(ids).map(|id| {
            let absent = there.as_ref().is_ok_and(|names| !names.contains(id.name.as_ref()));
            async move {
                let answer = if absent { Answer::NotFound } else { self.object(&id).await };
                (Question::Object(id), answer, clock::now())
            }
        });
        answers.buffer_unordered(self.parallelism).collect().await
    }

    /// Reads a whole answer on a thread of its own, so that other ones are read at the same time.
    pub(super) async fn read_whole<T: Send + 'static>(
        &self,
        url: &str,
        call: Call<'_>,
        read: impl FnOnce(&[u8]) -> serde_json::Result<T> + Send + 'static,
    ) -> Result<T, Why> {
        let reply = self.answered(url, call).await?;
        let garbled =
            |message| Why { trouble: Trouble::Garbled, message: format!("{}: {message}", get(url)) };
        let read = tokio::task::spawn_blocking(move || read(&reply.body));
        let read = read.await.map_err(|error| garbled(error.to_string()))?;
        read.map_err(|error| garbled(error.to_string()))
    }

    /// What the server says it would make of a wanted object.
    async fn project(&self, id: &ResourceId) -> Answer {
        let Some(form) = self.reading.forms.get(id) else {
            let message = format!("{id} is not wanted");
            return Answer::Unreadable(Why { trouble: Trouble::Garbled, message });
        };
        let kind = match self.served(id).await {
            Ok(Some(kind)) => kind,
            Ok(None) => return Answer::Rejected(Rejection::NotServed),
            Err(why) => return Answer::Unreadable(why),
        };
        let body = match self.sources.fill_in(id, form.normal.value()).await {
            Ok(body) => body,
            Err(why) => return Answer::Unreadable(why),
        };
        let what = format!("dry run of {id}");
        let words = Words::about(form.normal.value());
        match self.apply(&kind, id, &body, (Force::Yes, Effect::DryRun)).await {
            Ok(reply) if matches!(reply.code, 200 | 201) => match self.observed(id, &reply.body) {
                Ok(seen) => Answer::Seen(seen),
                Err(why) => Answer::Unreadable(why),
            },
            Ok(reply) if reply.code == 403 => {
                Answer::Rejected(Rejection::Forbidden(words.of(&reply.status())))
            }
            Ok(reply) if matches!(reply.code, 400 | 422) => {
                let message = words.of(&reply.status());
                Answer::Rejected(Rejection::Invalid { message, immutable: Vec::new() })
            }
            Ok(reply) => Answer::Unreadable(why_in(&what, &reply, words)),
            Err(silence) => Answer::Unreadable(why_silent(&what, &silence)),
        }
    }

    /// The uid of the namespace kube-system: the nearest thing to an identity that a cluster has.
    async fn identity(&self) -> Answer {
        let system: Result<Value, Why> = self.get_json("/api/v1/namespaces/kube-system").await;
        match system {
            Err(why) => Answer::Unreadable(why),
            Ok(system) => match system.at(&["metadata", "uid"]).and_then(Value::as_text) {
                Some(uid) => Answer::Fact(Fact::Identity(Arc::from(uid))),
                None => Answer::NotFound,
            },
        }
    }

    async fn schema(&self, connection: &ConnectionName, kind: &Kind, version: &ApiVersion) -> Answer {
        let crd = match self.served_as(connection, kind).await {
            Ok(Some(served)) => format!("{}.{}", served.plural, served.api_version.group()),
            Ok(None) => return Answer::Unreadable(nobody_serves(connection, kind)),
            Err(why) => return Answer::Unreadable(why),
        };
        let url = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{crd}");
        let definition: Value = match self.get_json(&url).await {
            Ok(definition) => definition,
            Err(why) => return Answer::Unreadable(why),
        };
        let versions = definition.at(&["spec", "versions"]).and_then(Value::as_list).unwrap_or_default();
        let named = |entry: &&Value| entry.get("name").and_then(Value::as_text) == Some(version.version());
        let schema = versions.iter().find(named).and_then(|entry| entry.at(&["schema", "openAPIV3Schema"]));
        Answer::Fact(Fact::Schema(Arc::new(schema.cloned().unwrap_or_default())))
    }

    pub(super) async fn get_json<T: for<'de> Deserialize<'de>>(&self, url: &str) -> Result<T, Why> {
        let reply = self.answered(url, Call::get(url)).await?;
        serde_json::from_slice(&reply.body)
            .map_err(|error| Why { trouble: Trouble::Garbled, message: format!("{}: {error}", get(url)) })
    }

    async fn answered(&self, url: &str, call: Call<'_>) -> Result<Reply, Why> {
        let reply = self.http.read(call).await.map_err(|silence| why_silent(&get(url), &silence))?;
        if reply.code == 200 { Ok(reply) } else { Err(why(&get(url), &reply)) }
    }
}

/// Names a request; its query says nothing that the reader does not know, and fills a line.
fn get(url: &str) -> String {
    format!("GET {}", url.split('?').next().unwrap_or(url))
}

impl Reading {
    /// The items of a list do not say what they are.
    fn seen_item(
        &self,
        connection: &ConnectionName,
        kind: &ServedKind,
        mut item: Value,
    ) -> Result<Seen, Why> {
        if let Some(map) = item.as_map_mut() {
            map.insert("apiVersion".to_owned(), Value::from(kind.api_version.as_str()));
            map.insert("kind".to_owned(), Value::from(kind.kind.as_ref()));
        }
        let expected = address(connection, &item).and_then(|id| self.expected(&id));
        let lens = Lens { connection, key: &self.key, expected };
        observe_value(item, &lens)
            .map_err(|error| Why { trouble: Trouble::Garbled, message: error.to_string() })
    }

    fn expected(&self, id: &ResourceId) -> Option<Expected<'_>> {
        let (wanted, shape) = self.forms.get(id)?.normal.kubernetes()?;
        Some(Expected { wanted, row: self.ledger.rows.get(id), shape })
    }
}

fn address(connection: &ConnectionName, object: &Value) -> Option<ResourceId> {
    let text = |path: &[&str]| object.at(path).and_then(Value::as_text);
    let api_version = ApiVersion::new(text(&["apiVersion"])?);
    Some(ResourceId {
        connection: connection.clone(),
        kind: Kind::kubernetes(api_version.group(), text(&["kind"])?),
        ..ResourceId::kubernetes("", text(&["metadata", "namespace"]), text(&["metadata", "name"])?)
    })
}
