//! Stories on real Kafka brokers and Connect workers of each version that `KAFKA` names.

mod access;
mod approved;
mod base;
mod checked;
mod doorkeeper;
mod doors;
mod drift;
mod edits;
mod identity;
mod imported;
mod line;
mod midway;
mod mirror;
mod offline;
mod offsets;
mod rights;
mod rotated;
mod taken_away;
mod tokens;
mod trouble;

use crate::support::broker::{Broker, Variant, eventually};
use crate::support::repository::{Repository, Run};
use serde_json::Value as Json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// Kafka's own tool for settings.
const CONFIGS: &str = "kafka.admin.ConfigCommand";
/// Kafka's own tool for topics.
const TOPICS: &str = "org.apache.kafka.tools.TopicCommand";

/// An environment on a broker and a worker of its own, its state in a directory: no Kubernetes anywhere.
struct Story<'a> {
    broker: &'a Broker,
    repository: Repository,
    password: Option<String>,
}

impl<'a> Story<'a> {
    fn on_each(variant: Variant, test: impl Fn(&Story<'_>)) {
        Broker::with_worker_on_each(variant, |broker| test(&Story::begin(broker, variant)));
    }

    fn begin(broker: &'a Broker, variant: Variant) -> Self {
        let repository = Repository::new();
        repository.write(
            "environments/prod/environment.yaml",
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  \
             state: {directory: .state}\n  limits: {requestTimeout: 10s, lease: 2s}\n",
        );
        let password = match variant {
            Variant::Scram => Some(broker.known("KAFKA_PASSWORD")),
            Variant::Plaintext | Variant::Ssl => None,
        };
        let story = Self { broker, repository, password };
        story.write("kafka.yaml", &systems(broker, variant));
        story
    }

    fn write(&self, file: &str, text: &str) -> &Self {
        self.repository.write(&format!("environments/prod/{file}"), text);
        self
    }

    fn command(&self, verb: &[&str]) -> Command {
        let mut arguments = vec![verb[0], "prod"];
        arguments.extend_from_slice(&verb[1..]);
        let mut command = self.repository.command(&arguments);
        if let Some(password) = &self.password {
            command.env("KAFKA_PASSWORD", password);
        }
        command
    }

    fn expect(&self, code: i32, verb: &[&str]) -> Run {
        let run = Run::of(self.command(verb).output().expect("the binary runs"));
        assert_eq!(run.code, code, "{verb:?}\n{}\n{}", run.stdout, run.stderr);
        run
    }

    /// Starts a run, so that something can happen meanwhile, or to it.
    fn start(&self, verb: &[&str]) -> Child {
        let mut command = self.command(verb);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    }

    fn apply(&self) -> Run {
        self.expect(0, &["apply", "--auto-approve"])
    }

    fn expect_no_changes(&self) {
        let plan = self.expect(0, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    }

    /// Returns a file of this story.
    fn file(&self, name: &str) -> String {
        self.repository.path().join(name).display().to_string()
    }

    /// Sends a document to a worker that makes a connector, as somebody with curl does.
    fn by_hand(&self, method: &str, path: &str, document: &str) {
        let reply = self.rest(method, path, document);
        assert!(reply.starts_with("HTTP/1.1 201"), "{reply}");
    }

    /// Changes settings of a connector, as somebody with curl does.
    fn edit(&self, connector: &str, settings: &Json) {
        eventually(&format!("{connector} takes {settings}"), || {
            let reply = self.rest("PATCH", &format!("/connectors/{connector}/config"), &settings.to_string());
            reply.starts_with("HTTP/1.1 200").then_some(())
        });
    }

    /// Returns the names of all connectors.
    fn connectors(&self) -> Vec<String> {
        eventually("the worker lists its connectors", || {
            let reply = self.rest("GET", "/connectors", "");
            serde_json::from_str(reply.split_once("\r\n\r\n")?.1).ok()
        })
    }

    /// Calls a worker, and returns its whole reply.
    fn rest(&self, method: &str, path: &str, document: &str) -> String {
        let url = self.broker.known("CONNECT_URL");
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        let mut worker = TcpStream::connect(host).expect("it listens");
        let length = document.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: \
             application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        worker.write_all(format!("{head}{document}").as_bytes()).expect("it is sent");
        let mut reply = String::new();
        worker.read_to_string(&mut reply).expect("it answers");
        reply
    }

    /// Changes a setting with Kafka's own tool.
    fn set(&self, topic: &str, setting: &str) {
        let of = ["--entity-type", "topics", "--entity-name", topic, "--alter", "--add-config", setting];
        self.broker.tool(CONFIGS, &of);
    }

    /// Describes a topic with Kafka's own tool.
    fn described(&self, topic: &str) -> String {
        self.broker.tool(TOPICS, &["--describe", "--topic", topic])
    }

    /// Describes all topics with Kafka's own tool.
    fn described_all(&self) -> String {
        self.broker.tool(TOPICS, &["--describe", "--exclude-internal"])
    }

    /// Returns the id by which brokers tell a topic from others of its name.
    fn id_of(&self, topic: &str) -> String {
        let described = self.described(topic);
        let id = described.split("TopicId: ").nth(1).and_then(|rest| rest.split_whitespace().next());
        id.expect("brokers tell an id").to_owned()
    }
}

/// Returns a reviewed permission; `uid` says for which incarnation, if for one.
fn approval(address: &str, action: &str, uid: Option<&str>) -> String {
    let uid = uid.map(|uid| format!("\n  uid: \"{uid}\"")).unwrap_or_default();
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: reviewed}}\nspec:\n  address: {address}\n  \
         action: {action}{uid}\n  until: \"2099-01-01T00:00:00Z\"\n  reason: reviewed\n"
    )
}

/// Returns the documents of a broker and a worker.
fn systems(broker: &Broker, variant: Variant) -> String {
    let (bootstrap, url) = (broker.bootstrap(), broker.known("CONNECT_URL"));
    let login = match variant {
        Variant::Scram => "\n  sasl: {scramSha512: {username: admin, password: {fromEnv: KAFKA_PASSWORD}}}",
        Variant::Plaintext | Variant::Ssl => "",
    };
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec:\n  \
         bootstrap: [\"{bootstrap}\"]{login}\n---\napiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\n\
         metadata: {{name: main}}\nspec: {{url: \"{url}\"}}\n"
    )
}

/// Returns a topic with a retention.
fn topic(name: &str, partitions: u32, retention: &str) -> String {
    format!(
        "---\napiVersion: evenkeel.dev/v1alpha1\nkind: KafkaTopic\nmetadata: {{name: {name}}}\nspec:\n  \
         partitions: {partitions}\n  replicationFactor: 1\n  config: {{retention.ms: {retention}}}\n"
    )
}

/// Returns a connector that copies a file into a topic.
fn source(name: &str, file: &str, topic: &str) -> String {
    connector(name, "FileStreamSourceConnector", &format!("file: {file}, topic: {topic}"))
}

/// Returns a connector that copies a topic into a file.
fn sink(name: &str, file: &str, topic: &str) -> String {
    connector(name, "FileStreamSinkConnector", &format!("file: {file}, topics: {topic}"))
}

fn connector(name: &str, class: &str, config: &str) -> String {
    format!(
        "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {{name: {name}}}\nspec:\n  \
         class: org.apache.kafka.connect.file.{class}\n  config: {{{config}}}\n"
    )
}
