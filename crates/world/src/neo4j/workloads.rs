//! Pods to servers: what the chart's workloads start, read from the objects of an API server.
//!
//! Labels and volumes are those of `neo4j/templates/neo4j-statefulset.yaml` of the chart: the label below names the
//! cluster, `neo4j-conf` projects `ConfigMaps` of which later ones win, `data` is the disk, `neo4j-auth` the password.

use super::pods::{Edition, FirstPassword, Pod};
use super::version::Version;
use crate::base64;
use crate::kubernetes::{ApiServer, ObjectKey};
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The label of which cluster a pod is.
const CLUSTER: &str = "helm.neo4j.com/neo4j.name";

impl Pod {
    /// Reads a pod, and of what it mounts what `object` gives by kind and name; says of which cluster it is.
    #[must_use]
    pub fn of(pod: &Value, object: &dyn Fn(&str, &str) -> Option<Value>) -> Option<(String, Self)> {
        let text = |path: &[&str]| pod.at(path).and_then(Value::as_text).map(str::to_owned);
        let cluster = text(&["metadata", "labels", CLUSTER])?;
        let (name, uid) = (text(&["metadata", "name"])?, text(&["metadata", "uid"])?);
        let (version, edition) = image(pod)?;
        let volumes = pod.at(&["spec", "volumes"]).and_then(Value::as_list).unwrap_or_default();
        let volume = volumes.iter().find_map(|volume| claim(volume, object)).unwrap_or_else(|| uid.clone());
        let settings = volumes.iter().flat_map(|volume| projected(volume, object)).collect();
        let password = volumes.iter().find_map(|volume| password(volume, object)).unwrap_or_default();
        let started = text(&["status", "phase"]).as_deref() == Some("Running");
        let server = name.strip_suffix("-0").unwrap_or(&name).to_owned();
        Some((cluster, Self { server, uid, started, volume, version, edition, settings, password }))
    }
}

/// Reads the image of the server's container: `neo4j:5.26.30-enterprise`.
fn image(pod: &Value) -> Option<(Version, Edition)> {
    let containers = pod.at(&["spec", "containers"]).and_then(Value::as_list)?;
    let is_server = |one: &&Value| one.get("name").and_then(Value::as_text) == Some("neo4j");
    let server = containers.iter().find(is_server).or(containers.first())?;
    let image = server.get("image").and_then(Value::as_text)?;
    let tag = image.rsplit('/').next()?.split_once(':')?.1;
    let edition = if tag.contains("enterprise") { Edition::Enterprise } else { Edition::Community };
    Some((Version::read(tag)?, edition))
}

/// The uid of the claim that is the disk.
fn claim(volume: &Value, object: &dyn Fn(&str, &str) -> Option<Value>) -> Option<String> {
    let name = volume.at(&["persistentVolumeClaim", "claimName"]).and_then(Value::as_text)?;
    let claim = object("PersistentVolumeClaim", name)?;
    claim.at(&["metadata", "uid"]).and_then(Value::as_text).map(str::to_owned)
}

/// The files of projected `ConfigMaps`, one for each setting.
fn projected(volume: &Value, object: &dyn Fn(&str, &str) -> Option<Value>) -> BTreeMap<String, String> {
    let is_settings = volume.get("name").and_then(Value::as_text) == Some("neo4j-conf");
    let sources = volume.at(&["projected", "sources"]).and_then(Value::as_list).unwrap_or_default();
    let names = sources.iter().filter_map(|source| source.at(&["configMap", "name"])?.as_text());
    let maps = names.filter(|_| is_settings).filter_map(|name| object("ConfigMap", name));
    let mut settings = BTreeMap::new();
    for map in maps {
        let data = map.get("data").and_then(Value::as_map).into_iter().flatten();
        settings.extend(data.filter_map(|(name, value)| Some((name.clone(), value.as_text()?.to_owned()))));
    }
    settings
}

/// What the Secret of the first password says: `neo4j/…`.
fn password(volume: &Value, object: &dyn Fn(&str, &str) -> Option<Value>) -> Option<FirstPassword> {
    if volume.get("name").and_then(Value::as_text) != Some("neo4j-auth") {
        return None;
    }
    let name = volume.at(&["secret", "secretName"]).and_then(Value::as_text)?;
    let secret = object("Secret", name)?;
    let Some(value) = secret.at(&["data", "NEO4J_AUTH"]) else { return Some(FirstPassword::None) };
    let plain = value.as_text().and_then(base64::decode).and_then(|bytes| String::from_utf8(bytes).ok());
    let password = plain.and_then(|pair| Some(pair.strip_prefix("neo4j/")?.to_owned()));
    Some(password.map_or(FirstPassword::Unseen, FirstPassword::Is))
}

/// Reads all that the chart's workloads run, by cluster; of a process that is known only that it is still there.
pub(crate) fn workloads(
    server: &ApiServer,
    is_known: impl Fn(&str, &str) -> bool,
) -> BTreeMap<String, Vec<Pod>> {
    let mut found: BTreeMap<String, Vec<Pod>> = BTreeMap::new();
    for (key, stored) in server.scope(&Kind::new("Pod"), None) {
        let uid = stored.uid();
        let label = stored.body.at(&["metadata", "labels", CLUSTER]).and_then(Value::as_text);
        let Some(cluster) = label else { continue };
        let is_known = is_known(cluster, uid.as_str());
        let object = |kind: &str, name: &str| {
            let key = ObjectKey::new(kind, key.namespace.as_deref(), name);
            server.objects.get(&key).filter(|_| !is_known).map(|stored| stored.body.clone())
        };
        if let Some((cluster, pod)) = Pod::of(&stored.body, &object) {
            found.entry(cluster).or_default().push(pod);
        }
    }
    found
}

/// Reports which pods are ready: those whose server listens, which it does once it belongs to a cluster.
///
/// So no server of a new cluster is ready before enough are up: `kubernetes/quickstart-cluster/install-servers`.
pub(crate) fn report(server: &mut ApiServer, listens: impl Fn(&str, &str) -> bool) {
    let mut changed = Vec::new();
    for (key, stored) in server.scope(&Kind::new("Pod"), None) {
        let label = stored.body.at(&["metadata", "labels", CLUSTER]).and_then(Value::as_text);
        let is_running = stored.body.at(&["status", "phase"]).and_then(Value::as_text) == Some("Running");
        let Some(cluster) = label.filter(|_| is_running && image(&stored.body).is_some()) else { continue };
        let is_ready = listens(cluster, stored.uid().as_str());
        if is_ready != is_told_ready(&stored.body) {
            changed.push((key.clone(), is_ready));
        }
    }
    for (key, is_ready) in changed {
        server.report_ready(&key, is_ready);
    }
}

fn is_told_ready(pod: &Value) -> bool {
    let conditions = pod.at(&["status", "conditions"]).and_then(Value::as_list).unwrap_or_default();
    let text = |one: &Value, field: &str| one.get(field).and_then(Value::as_text).map(str::to_owned);
    conditions.iter().any(|one| {
        text(one, "type").as_deref() == Some("Ready") && text(one, "status").as_deref() == Some("True")
    })
}

/// Returns what tells all disks apart that there are.
pub(crate) fn volumes(server: &ApiServer) -> BTreeSet<String> {
    let claims = server.scope(&Kind::new("PersistentVolumeClaim"), None);
    let pods = server.scope(&Kind::new("Pod"), None);
    // A pod without a claim has a disk of its own, which goes with it.
    claims.chain(pods).map(|(_, stored)| stored.uid().as_str().to_owned()).collect()
}
