//! A cluster with a clock, pods to start and stop, and somebody who sends statements.

use evenkeel_world::neo4j::{Cluster, Edition, FirstPassword, Pod, Reply, Request, Silence, Version};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// `neo4j:evenkeel-test`
const LOGIN: &str = "Basic bmVvNGo6ZXZlbmtlZWwtdGVzdA==";

pub(crate) struct Desk {
    pub(crate) cluster: Cluster,
    now: Timestamp,
    pods: Vec<Pod>,
    volumes: BTreeSet<String>,
    made: u32,
}

/// The settings that the chart gives to each server of a cluster of this size.
pub(crate) fn settings(size: u32) -> BTreeMap<String, String> {
    let size = size.to_string();
    [
        ("dbms.cluster.minimum_initial_system_primaries_count", size.as_str()),
        ("initial.dbms.default_primaries_count", &size),
        ("dbms.cluster.discovery.resolver_type", "LIST"),
        ("dbms.cluster.discovery.version", "V2_ONLY"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

impl Desk {
    pub(crate) fn new(seed: u64) -> Self {
        let now: Timestamp = "2026-11-22T01:00:00Z".parse().expect("a time");
        let cluster = Cluster::new(seed, now);
        Self { cluster, now, pods: Vec::new(), volumes: BTreeSet::new(), made: 0 }
    }

    /// Servers `server-1` and on, formed and settled.
    pub(crate) fn formed(seed: u64, size: u32) -> Self {
        let mut desk = Self::new(seed);
        for at in 1..=size {
            desk.start(&format!("server-{at}"), "5.26.30", settings(size));
        }
        desk.settle();
        desk
    }

    /// One Community server.
    pub(crate) fn community(version: &str) -> Self {
        let mut desk = Self::new(1);
        desk.start_pod("single", (version, Edition::Community), BTreeMap::new());
        desk.settle();
        desk
    }

    pub(crate) fn start(&mut self, server: &str, version: &str, settings: BTreeMap<String, String>) {
        self.start_pod(server, (version, Edition::Enterprise), settings);
    }

    fn start_pod(
        &mut self,
        server: &str,
        (version, edition): (&str, Edition),
        settings: BTreeMap<String, String>,
    ) {
        self.made += 1;
        self.pods.push(Pod {
            server: server.to_owned(),
            uid: format!("{server}-{}", self.made),
            started: true,
            volume: format!("data-{server}"),
            version: Version::read(version).expect("a version"),
            edition,
            settings,
            password: FirstPassword::Is("evenkeel-test".to_owned()),
        });
        self.volumes.insert(format!("data-{server}"));
        self.seconds(0);
    }

    pub(crate) fn stop(&mut self, server: &str) {
        self.pods.retain(|pod| pod.server != server);
        self.seconds(0);
    }

    /// Another pod on the same disk.
    pub(crate) fn restart(&mut self, server: &str) {
        let mut pod = self.pods.iter().find(|pod| pod.server == server).expect("it runs").clone();
        self.stop(server);
        self.made += 1;
        pod.uid = format!("{server}-{}", self.made);
        self.pods.push(pod);
        self.seconds(0);
    }

    pub(crate) fn change(&mut self, server: &str, change: impl FnOnce(&mut Pod)) {
        change(self.pods.iter_mut().find(|pod| pod.server == server).expect("it runs"));
    }

    pub(crate) fn destroy_disk(&mut self, server: &str) {
        self.volumes.remove(&format!("data-{server}"));
        self.seconds(0);
    }

    pub(crate) fn seconds(&mut self, seconds: u32) {
        self.cluster.pods(&self.pods);
        self.cluster.volumes(&self.volumes);
        for _ in 0..seconds {
            self.now = self.now.checked_add(SignedDuration::from_secs(1)).expect("soon");
            self.cluster.pods(&self.pods);
            self.cluster.tick(self.now);
        }
    }

    /// Waits until nothing is left to do, two minutes at most; tells whether that came.
    pub(crate) fn settles(&mut self) -> bool {
        self.seconds(1);
        (0..120).any(|_| {
            self.seconds(1);
            self.cluster.is_settled()
        })
    }

    pub(crate) fn settle(&mut self) {
        assert!(self.settles(), "it settles: {:?}", self.show("SHOW DATABASES YIELD *"));
    }

    pub(crate) fn send(
        &mut self,
        to: &str,
        path: &str,
        login: Option<&str>,
        body: &Json,
    ) -> Result<Reply, Silence> {
        let body = body.to_string();
        self.cluster.answer(to, &Request { method: "POST", path, authorization: login, body: &body })
    }

    /// Sends a statement to `system` through this server.
    pub(crate) fn ask(&mut self, to: &str, statement: &str) -> Reply {
        let body = json!({"statement": statement});
        self.send(to, "/db/system/query/v2", Some(LOGIN), &body).expect("somebody answers")
    }

    /// Sends a statement through any server that runs; it has to succeed.
    pub(crate) fn run(&mut self, statement: &str) -> Vec<BTreeMap<String, Json>> {
        let reply = self.ask("", statement);
        assert_eq!(reply.status, 202, "{statement}: {}", reply.body);
        rows(&reply)
    }

    /// The code and sentence of a refusal.
    pub(crate) fn refused(&mut self, statement: &str) -> (String, String) {
        let reply = self.ask("", statement);
        let error = &reply.body["errors"][0];
        let text = |field: &str| {
            error[field].as_str().unwrap_or_else(|| panic!("{statement}: {}", reply.body)).to_owned()
        };
        (text("code"), text("message"))
    }

    pub(crate) fn show(&mut self, statement: &str) -> Vec<BTreeMap<String, Json>> {
        match self.send("", "/db/system/query/v2", Some(LOGIN), &json!({"statement": statement})) {
            Ok(reply) => rows(&reply),
            Err(_) => Vec::new(),
        }
    }

    /// What a column has, row by row, of the rows where another column has this value.
    pub(crate) fn column(&mut self, statement: &str, (of, is): (&str, &str), column: &str) -> Vec<Json> {
        let rows = self.show(statement).into_iter().filter(|row| row[of] == is);
        rows.map(|row| row[column].clone()).collect()
    }

    /// The id of a server, by where it listens.
    pub(crate) fn id(&mut self, server: &str) -> String {
        let address = format!("{server}:7687");
        let rows = self.show("SHOW SERVERS YIELD *");
        let row = rows.iter().find(|row| row["address"] == address.as_str());
        row.unwrap_or_else(|| panic!("{server} among {rows:?}"))["serverId"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    pub(crate) fn state(&mut self, id: &str) -> String {
        let states = self.column("SHOW SERVERS YIELD *", ("serverId", id), "state");
        states.first().and_then(Json::as_str).unwrap_or("gone").to_owned()
    }
}

pub(crate) fn rows(reply: &Reply) -> Vec<BTreeMap<String, Json>> {
    let fields = reply.body["data"]["fields"].as_array().cloned().unwrap_or_default();
    let values = reply.body["data"]["values"].as_array().cloned().unwrap_or_default();
    let row = |row: &Json| {
        let cells = fields.iter().zip(row.as_array().expect("a row"));
        cells.map(|(field, cell)| (field.as_str().expect("a name").to_owned(), cell.clone())).collect()
    };
    values.iter().map(row).collect()
}
