//! A modelled Neo4j Enterprise cluster that answers over HTTP, run by the pods of a real control plane.
//!
//! What its servers do is the world's (`evenkeel_world::neo4j`), which is from manuals; it is not Neo4j. What is real is who
//! runs: whenever somebody asks, the pods, claims, `ConfigMap`s and Secrets of the namespace are read from the API server,
//! and a pod that is gone, or is another one, is a server that is gone, or has started anew.

use super::plane::Plane;
use super::web::{Asked, Web};
use evenkeel_core::engine::value::Value;
use evenkeel_world::neo4j::{Cluster, Pod, Reply, Request, Silence};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Pods are looked at again after this time.
const LOOK: Duration = Duration::from_millis(400);

/// Whoever asks a server that has not found its cluster yet waits at most this long: longer than any client does.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster; it answers until the test process ends.
pub(crate) struct Modelled {
    web: Web,
    servers: Arc<Servers>,
}

/// The servers, and where their pods are.
struct Servers {
    namespace: String,
    running: Mutex<Running>,
}

struct Running {
    cluster: Cluster,
    looked: Option<Instant>,
}

impl Modelled {
    /// Plays the servers of a namespace's pods.
    pub(crate) fn of(namespace: &str) -> Self {
        let cluster = Cluster::new(7, Timestamp::now());
        let running = Mutex::new(Running { cluster, looked: None });
        let servers = Arc::new(Servers { namespace: namespace.to_owned(), running });
        let asked = Arc::clone(&servers);
        Self { web: Web::that_may_hang_up(move |request| asked.answer(request)), servers }
    }

    /// Returns what a document has as `cypher.url`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/{{server}}", self.web.address)
    }

    /// Waits until everybody is back and every database is where it is wanted.
    pub(crate) fn settle(&self) {
        let end = Instant::now() + PATIENCE;
        while !self.servers.running().is_settled(&self.servers.namespace) {
            assert!(Instant::now() < end, "the cluster does not settle");
            std::thread::sleep(LOOK);
        }
    }
}

impl Servers {
    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().expect("no test panicked here")
    }

    /// Answers as the server does that the first part of the path names; nobody answers where nobody listens.
    fn answer(&self, asked: &Asked) -> Option<(u16, String)> {
        let (server, path) = asked.path.trim_start_matches('/').split_once('/')?;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let mut running = self.running();
            running.look(&self.namespace);
            match running.send(server, &format!("/{path}"), asked) {
                Ok(Reply { status, body }) => return Some((status, body.to_string())),
                Err(Silence::Refused) => return None,
                Err(Silence::NoAnswer) => drop(running),
            }
            std::thread::sleep(LOOK);
        }
        None
    }
}

impl Running {
    /// Takes over which pods and disks there are, and lets time pass.
    fn look(&mut self, namespace: &str) {
        if self.looked.is_none_or(|looked| looked.elapsed() > LOOK) {
            let seen = Namespace::read(namespace);
            self.cluster.volumes(&seen.disks());
            self.cluster.pods(&seen.pods());
            self.looked = Some(Instant::now());
        }
        self.cluster.tick(Timestamp::now());
    }

    fn send(&mut self, server: &str, path: &str, asked: &Asked) -> Result<Reply, Silence> {
        let authorization = asked.headers.get("authorization").map(String::as_str);
        self.cluster
            .answer(server, &Request { method: &asked.method, path, authorization, body: &asked.body })
    }

    /// Each server has a claim, so where a pod is missing somebody is about to come.
    fn is_settled(&mut self, namespace: &str) -> bool {
        let seen = Namespace::read(namespace);
        self.looked = None;
        self.look(namespace);
        seen.pods().len() == seen.count("PersistentVolumeClaim") && self.cluster.is_settled()
    }
}

/// What a namespace has, by kind and name.
struct Namespace(BTreeMap<(String, String), Value>);

impl Namespace {
    fn read(namespace: &str) -> Self {
        let kinds = "pods,persistentvolumeclaims,configmaps,secrets";
        let list = Plane::shared().kubectl(&["-n", namespace, "get", kinds, "-o", "json"]);
        let list: Value = serde_json::from_str(&list).expect("JSON");
        let items = list.get("items").and_then(Value::as_list).expect("a list").iter();
        let key = |item: &Value| {
            let text = |path: &[&str]| item.at(path).and_then(Value::as_text).map(str::to_owned);
            (text(&["kind"]).expect("a kind"), text(&["metadata", "name"]).expect("a name"))
        };
        Self(items.map(|item| (key(item), item.clone())).collect())
    }

    /// Returns the pods of servers that run; one that is being deleted runs until it is gone.
    fn pods(&self) -> Vec<Pod> {
        let object = |kind: &str, name: &str| self.0.get(&(kind.to_owned(), name.to_owned())).cloned();
        let pods = self.0.iter().filter(|((kind, _), _)| kind == "Pod");
        pods.filter_map(|(_, pod)| Pod::of(pod, &object)).map(|(_, pod)| pod).collect()
    }

    fn count(&self, of: &str) -> usize {
        self.0.keys().filter(|(kind, _)| kind == of).count()
    }

    /// A pod without a claim has a disk of its own, which goes with it.
    fn disks(&self) -> BTreeSet<String> {
        let has_disk = |kind: &str| matches!(kind, "Pod" | "PersistentVolumeClaim");
        let those = self.0.iter().filter(|((kind, _), _)| has_disk(kind));
        those.filter_map(|(_, object)| Some(object.at(&["metadata", "uid"])?.as_text()?.to_owned())).collect()
    }
}
