//! One request to the API server: one deadline, one attempt, and an answer sorted by what it proves.

use crate::state::objects::{Removed, Stamp, StateError};
use evenkeel_core::engine::question::Trouble;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{DeleteParams, ListParams, ObjectMeta, PostParams, Preconditions};
use kube::core::Status;
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::time::Duration;

/// A kind that state is kept in.
pub(super) trait Kept:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Serialize
    + DeserializeOwned
    + Clone
    + Debug
    + Send
    + Sync
{
}

impl<K> Kept for K where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Serialize
        + DeserializeOwned
        + Clone
        + Debug
        + Send
        + Sync
{
}

/// The API server, seen from one namespace. The client must not repeat requests by itself (`default_retry`).
#[derive(Clone)]
pub(super) struct Requests {
    client: Client,
    namespace: String,
    deadline: Duration,
}

/// Why a request did not do what it was for.
enum Failure {
    Api(Box<Status>),
    Lost(StateError),
}

impl Requests {
    pub(super) fn new(client: Client, namespace: String, deadline: Duration) -> Self {
        Self { client, namespace, deadline }
    }

    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Reads an object from the server itself: without a resource version it asks the quorum, not a cache.
    pub(super) async fn get<K: Kept>(&self, name: &str) -> Result<Option<K>, StateError> {
        match self.run(self.api::<K>().get(name)).await {
            Ok(object) => Ok(Some(object)),
            Err(Failure::Api(status)) if status.code == 404 => Ok(None),
            Err(failure) => Err(self.explain::<K>("read", name, failure)),
        }
    }

    /// Lists all objects with these labels, as of one moment: unpaged, and without a resource version.
    pub(super) async fn list<K: Kept>(&self, labels: &str) -> Result<Vec<K>, StateError> {
        match self.run(self.api::<K>().list(&ListParams::default().labels(labels))).await {
            Ok(list) => Ok(list.items),
            Err(failure) => Err(self.explain::<K>("list", labels, failure)),
        }
    }

    /// Creates an object; nothing if its name is taken. A namespace that is missing is created on the way.
    pub(super) async fn create<K: Kept>(&self, object: &K) -> Result<Option<K>, StateError> {
        let create = || self.api::<K>();
        let mut answer = self.run(create().create(&PostParams::default(), object)).await;
        if let Err(Failure::Api(status)) = &answer
            && status.code == 404
        {
            self.create_namespace().await?;
            answer = self.run(create().create(&PostParams::default(), object)).await;
        }
        match answer {
            Ok(created) => Ok(Some(created)),
            Err(Failure::Api(status)) if status.is_already_exists() => Ok(None),
            Err(failure) => Err(self.explain::<K>("create", &object.name_any(), failure)),
        }
    }

    /// Replaces an object whose resource version is the one given in it; nothing if it has another, or is gone.
    pub(super) async fn replace<K: Kept>(&self, object: &K) -> Result<Option<K>, StateError> {
        let name = object.name_any();
        match self.run(self.api::<K>().replace(&name, &PostParams::default(), object)).await {
            Ok(replaced) => Ok(Some(replaced)),
            Err(Failure::Api(status)) if matches!(status.code, 404 | 409) => Ok(None),
            Err(failure) => Err(self.explain::<K>("replace", &name, failure)),
        }
    }

    /// Deletes one incarnation; one that is gone, or another one of the same name, does not matter.
    pub(super) async fn delete<K: Kept>(&self, name: &str, uid: Option<&str>) -> Result<(), StateError> {
        let preconditions =
            uid.map(|uid| Preconditions { uid: Some(uid.to_owned()), resource_version: None });
        self.delete_if::<K>(name, preconditions).await.map(|_| ())
    }

    /// Deletes one incarnation in one version.
    pub(super) async fn remove<K: Kept>(&self, name: &str, stamp: &Stamp) -> Result<Removed, StateError> {
        let (uid, version) = (Some(stamp.uid.to_string()), Some(stamp.version.to_string()));
        self.delete_if::<K>(name, Some(Preconditions { uid, resource_version: version })).await
    }

    async fn delete_if<K: Kept>(
        &self,
        name: &str,
        preconditions: Option<Preconditions>,
    ) -> Result<Removed, StateError> {
        let parameters = DeleteParams { preconditions, ..DeleteParams::default() };
        match self.run(self.api::<K>().delete(name, &parameters)).await {
            Ok(_) => Ok(Removed::Gone),
            Err(Failure::Api(status)) if status.code == 404 => Ok(Removed::Gone),
            Err(Failure::Api(status)) if status.code == 409 => Ok(Removed::Conflict),
            Err(failure) => Err(self.explain::<K>("delete", name, failure)),
        }
    }

    async fn create_namespace(&self) -> Result<(), StateError> {
        let labels = [("app.kubernetes.io/managed-by".to_owned(), "evenkeel".to_owned())];
        let metadata = ObjectMeta {
            name: Some(self.namespace.clone()),
            labels: Some(labels.into()),
            ..ObjectMeta::default()
        };
        let namespace = Namespace { metadata, ..Namespace::default() };
        let api = Api::<Namespace>::all(self.client.clone());
        match self.run(api.create(&PostParams::default(), &namespace)).await {
            Ok(_) => Ok(()),
            Err(Failure::Api(status)) if status.is_already_exists() => Ok(()),
            Err(Failure::Api(status)) if status.code == 403 => Err(StateError::refused(
                Trouble::Forbidden,
                format!("there is no namespace {0} for state; kubectl create namespace {0}", self.namespace),
            )),
            Err(failure) => Err(sort(failure, &format!("create Namespace {}", self.namespace))),
        }
    }

    async fn run<T>(&self, request: impl Future<Output = kube::Result<T>>) -> Result<T, Failure> {
        match tokio::time::timeout(self.deadline, request).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(kube::Error::Api(status))) => Err(Failure::Api(status)),
            Ok(Err(error)) => Err(Failure::Lost(lost(&error))),
            Err(_) => Err(Failure::Lost(StateError::no_answer(
                Trouble::TimedOut,
                format!("no answer for {} s", self.deadline.as_secs_f32()),
            ))),
        }
    }

    fn api<K: Kept>(&self) -> Api<K> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn explain<K: Kept>(&self, verb: &str, name: &str, failure: Failure) -> StateError {
        sort(failure, &format!("{verb} {} {}/{name}", K::kind(&()), self.namespace))
    }
}

/// Refused only where the server says that it did nothing, and that asking again will not help.
fn sort(failure: Failure, what: &str) -> StateError {
    match failure {
        Failure::Lost(StateError::NoAnswer(why)) => {
            StateError::no_answer(why.trouble, format!("{what}: {}", why.message))
        }
        Failure::Lost(StateError::Refused(why)) => {
            StateError::refused(why.trouble, format!("{what}: {}", why.message))
        }
        Failure::Api(status) => {
            let message = format!("{what}: {} {}", status.code, status.message);
            match status.code {
                // Somebody was faster: asking again helps.
                409 => StateError::no_answer(Trouble::Unavailable, message),
                code @ (408 | 429 | 500..) => StateError::no_answer(Trouble::of_status(code), message),
                code => StateError::refused(Trouble::of_status(code), message),
            }
        }
    }
}

fn lost(error: &kube::Error) -> StateError {
    let trouble = match error {
        kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => Trouble::Garbled,
        kube::Error::Auth(_) => return StateError::refused(Trouble::Unauthorized, chain(error)),
        _ => Trouble::Unavailable,
    };
    StateError::no_answer(trouble, chain(error))
}

/// Returns the innermost cause: `connection refused` says more than `service error`.
fn chain(error: &kube::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
