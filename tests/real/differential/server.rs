//! The few requests that the differential test sends, by their raw form.

use http::{Method, Request};
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use std::path::Path;

pub(super) const MERGE: &str = "application/merge-patch+json";
pub(super) const PATCH: &str = "application/json-patch+json";
pub(super) const APPLY: &str = "application/apply-patch+yaml";
pub(super) const JSON: &str = "application/json";

/// A client of the real API server.
#[derive(Clone)]
pub(super) struct Server(Client);

/// A reply: its status and body.
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn is_ok(&self) -> bool {
        (200..300).contains(&self.code)
    }

    pub(super) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

impl Server {
    pub(super) async fn connect(kubeconfig: &Path) -> Self {
        let kubeconfig = kube::config::Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
        let options = kube::config::KubeConfigOptions::default();
        let config =
            kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.expect("a configuration");
        Self(Client::try_from(config).expect("a client"))
    }

    pub(super) async fn get(&self, url: &str) -> Reply {
        self.send(Method::GET, url, JSON, None).await
    }

    pub(super) async fn put(&self, url: &str, manager: &str, object: &Value) -> Reply {
        self.send(Method::PUT, &format!("{url}?fieldManager={manager}"), JSON, Some(object)).await
    }

    pub(super) async fn patch(&self, url: &str, content: &str, body: &Value) -> Reply {
        self.send(Method::PATCH, url, content, Some(body)).await
    }

    pub(super) async fn post(&self, url: &str, object: &Value) -> Reply {
        self.send(Method::POST, url, JSON, Some(object)).await
    }

    pub(super) async fn delete(&self, url: &str) -> Reply {
        self.delete_with(url, "Background").await
    }

    pub(super) async fn delete_with(&self, url: &str, policy: &str) -> Reply {
        let url = format!("{url}?gracePeriodSeconds=0&propagationPolicy={policy}");
        self.send(Method::DELETE, &url, JSON, None).await
    }

    async fn send(&self, method: Method, url: &str, content: &str, body: Option<&Value>) -> Reply {
        let body = body.map_or_else(Body::empty, |body| Body::from(serde_json::to_vec(body).expect("JSON")));
        let request =
            Request::builder().method(method).uri(url).header("content-type", content).header("accept", JSON);
        let response = self.0.send(request.body(body).expect("a request")).await.expect("the server answers");
        let code = response.status().as_u16();
        let bytes = response.into_body().collect_bytes().await.expect("a whole reply");
        Reply { code, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }
}
