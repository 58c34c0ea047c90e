//! The bare client: the same HTTP stack as the back end, and nothing around it.

use crate::Outcome;
use crate::objects::{KINDS, Object};
use futures::{StreamExt, TryStreamExt, stream};
use http::Request;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::Path;
use std::time::{Duration, Instant};

/// Opens a connection.
pub(crate) async fn connect(kubeconfig: &Path) -> Outcome<Client> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    Ok(Client::try_from(config)?)
}

/// Reads every object of the mix by unpaged JSON LISTs (gzip on the wire), one after the other, and throws them away.
pub(crate) async fn list(client: &Client, namespace: &str) -> Outcome<Duration> {
    let started = Instant::now();
    for (prefix, plural) in KINDS {
        let request = Request::get(format!("/{prefix}/namespaces/{namespace}/{plural}"));
        let request = request.header("accept", "application/json").body(Body::empty())?;
        let response = client.send(request).await?;
        if !response.status().is_success() {
            return Err(format!("LIST {plural}: {}", response.status()).into());
        }
        response.into_body().collect_bytes().await?;
    }
    Ok(started.elapsed())
}

/// Sends every object as a server-side apply, `parallelism` at a time.
pub(crate) async fn patch(client: &Client, objects: &[Object], parallelism: usize) -> Outcome<Duration> {
    let started = Instant::now();
    stream::iter(objects.iter().map(Ok))
        .try_for_each_concurrent(parallelism, |object| patch_one(client, object))
        .await?;
    Ok(started.elapsed())
}

async fn patch_one(client: &Client, object: &Object) -> Outcome<()> {
    let uri = format!("{}/{}?fieldManager=bare", object.collection, object.name);
    let request = Request::patch(uri).header("content-type", "application/apply-patch+yaml");
    let response = client.send(request.body(Body::from(serde_json::to_vec(&object.manifest)?))?).await?;
    let status = response.status();
    let body = response.into_body().collect_bytes().await?;
    if status.is_success() {
        return Ok(());
    }
    Err(format!("PATCH {}: {status} {}", object.name, String::from_utf8_lossy(&body)).into())
}

/// Reads the LISTs `times` times and returns the median.
pub(crate) async fn list_median(client: &Client, namespace: &str, times: usize) -> Outcome<Duration> {
    let mut durations: Vec<Duration> =
        stream::iter(0..times).then(|_| list(client, namespace)).try_collect().await?;
    durations.sort();
    Ok(durations[durations.len() / 2])
}
