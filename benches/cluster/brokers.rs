//! A broker and a Connect worker of our own for one size.

use crate::measure::{self, Run};
use crate::{Outcome, programs};
use evenkeel_kafka_admin::{Client, Configured, Mode, NewTopic, Rights, Settings};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A running broker and worker; dropping it stops them.
pub(crate) struct Brokers {
    directory: tempfile::TempDir,
    kafka: PathBuf,
}

impl Brokers {
    /// Starts one with nothing on it, of the first version that `kafka` names.
    pub(crate) fn start(kafka: &Path) -> Outcome<Self> {
        let brokers = Self { directory: tempfile::tempdir()?, kafka: kafka.to_owned() };
        let mut up = Command::new(recipe().join("up"));
        up.arg(brokers.directory.path()).args(["plaintext", "--connect"]).env("KAFKA", kafka);
        if up.stdin(Stdio::null()).stdout(Stdio::null()).status()?.success() {
            Ok(brokers)
        } else {
            Err("the broker did not start".into())
        }
    }

    /// Returns what is known of it, such as `CONNECT_URL`.
    pub(crate) fn known(&self, name: &str) -> Outcome<String> {
        let text = std::fs::read_to_string(self.directory.path().join("env"))?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        Ok(value.ok_or_else(|| format!("{name} is not known"))?.to_owned())
    }

    /// Returns a client of ours with nothing around it.
    pub(crate) fn client(&self) -> Outcome<Client> {
        Ok(Client::new(&Settings::new(vec![self.known("KAFKA_BOOTSTRAP")?]))?)
    }

    /// Returns a command that describes all topics, with their settings, by Kafka's own tool.
    pub(crate) fn describe_command(&self) -> Command {
        let mut tool = self.tool();
        tool.arg("--describe");
        tool
    }

    /// Takes the time of making topics by Kafka's own tool, which makes one in a call.
    pub(crate) fn create_by_tool(&self, topics: &[NewTopic]) -> Outcome<Run> {
        let mut all = Run { wall: Duration::ZERO, peak: 0 };
        for topic in topics {
            let mut tool = self.tool();
            tool.args(["--create", "--topic", &topic.name, "--partitions", "1", "--replication-factor", "1"]);
            for (key, value) in &topic.settings {
                tool.arg("--config").arg(format!("{key}={value}"));
            }
            let run = measure::run(&mut tool, &[0])?;
            all = Run { wall: all.wall + run.wall, peak: all.peak.max(run.peak) };
        }
        Ok(all)
    }

    fn tool(&self) -> Command {
        let mut tool = Command::new(recipe().join("tool"));
        tool.arg(self.directory.path()).arg("org.apache.kafka.tools.TopicCommand").env("KAFKA", &self.kafka);
        tool
    }

    /// Takes the time of one bare answer of the worker with every connector in it.
    pub(crate) fn list_connectors(&self) -> Outcome<Duration> {
        let started = Instant::now();
        let url = self.known("CONNECT_URL")?;
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "GET /connectors?expand=info&expand=status HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        if answer.windows(5).take(16).any(|window| window == b" 200 ") {
            Ok(started.elapsed())
        } else {
            Err(format!("the worker answered {}", String::from_utf8_lossy(&answer)).into())
        }
    }
}

impl Drop for Brokers {
    fn drop(&mut self) {
        // Nobody is left to tell if it does not stop; the temporary directory goes either way.
        drop(Command::new(recipe().join("down")).arg(self.directory.path()).arg("--kill").status());
    }
}

/// Takes the time of describing topics and their settings, two requests for all of them.
pub(crate) fn describe(client: &Client, names: &[String]) -> Outcome<Duration> {
    let started = Instant::now();
    let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
    let described = client.describe_topics(&borrowed, Rights::Skip)?;
    let of: Vec<Configured> = names.iter().map(|name| Configured::Topic(name.clone())).collect();
    let configs = client.describe_configs(&of)?;
    let missing = described.values().any(Result::is_err) || configs.values().any(Result::is_err);
    if missing { Err("a topic was not described".into()) } else { Ok(started.elapsed()) }
}

/// Takes the time of making topics, each by a request of its own, as many at once as evenkeel sends.
pub(crate) fn create(client: &Client, topics: &[NewTopic]) -> Outcome<Duration> {
    let started = Instant::now();
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), evenkeel_kafka_admin::Error> {
        while let Some(topic) = topics.get(next.fetch_add(1, Ordering::Relaxed)) {
            client
                .create_topics(std::slice::from_ref(topic), Mode::Commit)?
                .into_values()
                .collect::<Result<(), _>>()?;
        }
        Ok(())
    };
    let made: Result<(), _> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..programs::PARALLELISM).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("no panic"))
    });
    Ok(made.map(|()| started.elapsed())?)
}

fn recipe() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/kafka")
}
