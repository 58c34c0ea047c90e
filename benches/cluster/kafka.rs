//! Topics and connectors: a plan with nothing to do beside bare describe calls, an apply of new topics beside bare
//! creations, and both beside Kafka's own tool.

use crate::brokers::{self, Brokers};
use crate::measure::{self, Run};
use crate::table::{Goal, Row, Table};
use crate::{Outcome, comparisons, programs};
use evenkeel_kafka_admin::{Client, NewTopic};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A JVM for each topic takes minutes for all of them: only one in so many is made by Kafka's own tool.
const TENTH: usize = 10;
const CLASS: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";

/// How many there are of each; as many topics again as are applied are made by the bare client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Topics.
    pub(crate) topics: usize,
    /// Of them, those whose apply is measured.
    pub(crate) applied: usize,
    /// Connectors, none of which runs.
    pub(crate) connectors: usize,
}

/// One broker and worker, a client, and an environment on disk.
struct Bench {
    brokers: Brokers,
    client: Client,
    repository: tempfile::TempDir,
    size: Size,
}

/// Compares apply and plan with what does the least, and with Kafka's own tool.
pub(crate) fn compare(kafka: &Path, size: Size, table: &mut Table) -> Outcome<()> {
    let brokers = Brokers::start(kafka)?;
    let bench = Bench { client: brokers.client()?, repository: tempfile::tempdir()?, brokers, size };
    write_environment(&bench.brokers, bench.repository.path())?;
    bench.apply(table)?;
    bench.no_op(table)
}

impl Bench {
    fn apply(&self, table: &mut Table) -> Outcome<()> {
        let topics = |prefix: &str, count| -> Vec<NewTopic> {
            (0..count).map(|number| new_topic(&format!("{prefix}-{number}"))).collect()
        };
        let applied = self.size.applied;
        // The first requests make the broker load what the later ones find ready.
        brokers::create(&self.client, &topics("warm", 20))?;
        let bare = brokers::create(&self.client, &topics("bare", applied))?;
        write_documents(self.repository.path(), Size { topics: applied, connectors: 0, ..self.size })?;
        let ours = measure::run(self.evenkeel("apply").arg("--auto-approve"), &[0])?;
        let timed = applied.div_ceil(TENTH);
        let tool = self.brokers.create_by_tool(&topics("tool", timed))?;
        let tool = Run { wall: tool.wall.mul_f64(count(applied) / count(timed)), peak: tool.peak };
        let work = format!("apply {applied} new topics");
        let mut row = |beside: &str, theirs: Run| {
            let (work, beside) = (work.clone(), beside.to_owned());
            table.add(Row { work, ours, beside, theirs, goal: Goal::None });
        };
        row("bare concurrent creations", bare_run(bare));
        row("kafka-topics --create, a call each; a tenth of them timed", tool);
        Ok(())
    }

    fn no_op(&self, table: &mut Table) -> Outcome<()> {
        let Size { topics, applied: _, connectors } = self.size;
        write_documents(self.repository.path(), self.size)?;
        measure::run(self.evenkeel("apply").arg("--auto-approve"), &[0])?;
        let reading = comparisons::repeated(5, &mut self.evenkeel("validate"))?;
        let ours = comparisons::repeated(5, self.evenkeel("plan").arg("--detailed-exitcode"))?;
        let beyond = Run { wall: ours.wall.saturating_sub(reading.wall), peak: ours.peak };
        let bare = self.bare_median(5)?;
        let work = format!("no-op plan of {topics} topics and {connectors} connectors");
        let mut row = |work: String, ours: Run, beside: &str, theirs: Run| {
            table.add(Row { work, ours, beside: beside.to_owned(), theirs, goal: Goal::None });
        };
        row(
            format!("{work}, beyond validate"),
            beyond,
            "bare describe calls and one listing",
            bare_run(bare),
        );
        let tool = comparisons::repeated(3, &mut self.brokers.describe_command())?;
        row(work, ours, "kafka-topics --describe, topics only", tool);
        Ok(())
    }

    /// Asks for the same facts by a client that is connected already.
    fn bare_median(&self, times: usize) -> Outcome<Duration> {
        let names: Vec<String> = (0..self.size.topics).map(name).collect();
        let mut runs = Vec::new();
        for _time in 0..times {
            runs.push(brokers::describe(&self.client, &names)? + self.brokers.list_connectors()?);
        }
        runs.sort();
        Ok(runs[times / 2])
    }

    fn evenkeel(&self, verb: &str) -> Command {
        let mut evenkeel = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
        evenkeel.args([verb, "bench"]).current_dir(self.repository.path()).env("NO_COLOR", "1");
        evenkeel
    }
}

fn bare_run(wall: Duration) -> Run {
    Run { wall, peak: measure::own_high_water() }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("a number of topics"))
}

fn name(number: usize) -> String {
    format!("topic-{number}")
}

fn new_topic(name: &str) -> NewTopic {
    let settings = BTreeMap::from([("retention.ms".to_owned(), "704800000".to_owned())]);
    NewTopic { name: name.to_owned(), partitions: Some(1), replication_factor: Some(1), settings }
}

fn write_environment(brokers: &Brokers, repository: &Path) -> Outcome<()> {
    let directory = repository.join("environments/bench");
    std::fs::create_dir_all(&directory)?;
    let (bootstrap, url) = (brokers.known("KAFKA_BOOTSTRAP")?, brokers.known("CONNECT_URL")?);
    let environment = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {{name: bench}}\nspec:\n  \
         state: {{directory: .state}}\n  limits: {{parallelism: {}}}\n",
        programs::PARALLELISM
    );
    std::fs::write(directory.join("environment.yaml"), environment)?;
    let systems = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\n\
         spec: {{bootstrap: [\"{bootstrap}\"]}}\n---\napiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\n\
         metadata: {{name: main}}\nspec: {{url: \"{url}\"}}\n"
    );
    Ok(std::fs::write(directory.join("systems.yaml"), systems)?)
}

fn write_documents(repository: &Path, size: Size) -> Outcome<()> {
    let mut text = String::new();
    for number in 0..size.topics {
        write!(
            text,
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: KafkaTopic\nmetadata: {{name: {}}}\nspec:\n  \
             partitions: 1\n  replicationFactor: 1\n  config: {{retention.ms: 704800000}}\n",
            name(number)
        )?;
    }
    for number in 0..size.connectors {
        write!(
            text,
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {{name: connector-{number}}}\nspec:\n  \
             class: {CLASS}\n  state: stopped\n  config: {{file: /tmp/none-{number}, topics: {}}}\n",
            name(number)
        )?;
    }
    Ok(std::fs::write(repository.join("environments/bench/stream.yaml"), text)?)
}
