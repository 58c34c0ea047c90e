//! The classes that simulated workers have, and what becomes of a connector of each.

use super::definitions;
use super::refusal::Refusal;
use std::collections::{BTreeMap, BTreeSet};

const SOURCE: &str = "org.apache.kafka.connect.file.FileStreamSourceConnector";
const SINK: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";
const MIRROR_SOURCE: &str = "org.apache.kafka.connect.mirror.MirrorSourceConnector";
const MIRROR_HEARTBEAT: &str = "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector";
const MIRROR_CHECKPOINT: &str = "org.apache.kafka.connect.mirror.MirrorCheckpointConnector";
const NEO4J_SOURCE: &str = "org.neo4j.connectors.kafka.source.Neo4jConnector";
const NEO4J_SINK: &str = "org.neo4j.connectors.kafka.sink.Neo4jConnector";

const CLASSES: [&str; 7] =
    [SOURCE, SINK, MIRROR_SOURCE, MIRROR_HEARTBEAT, MIRROR_CHECKPOINT, NEO4J_SOURCE, NEO4J_SINK];

/// Where nothing is: a directory, a host, and a port at which nobody listens.
const NOWHERE: [&str; 3] = ["/nonexistent/", "nohost.invalid", "127.0.0.1:1"];

/// What becomes of a connector that is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It runs, and so do its tasks.
    Runs,
    /// It runs without tasks, and nothing says why.
    RunsWithoutTasks,
    /// Its tasks fail.
    TasksFail(&'static str),
    /// It fails itself.
    Fails(&'static str),
    /// It hangs while it starts, and nobody tells a status.
    NeverTold,
}

/// Returns what becomes of a connector with these settings: as the README of the test servers has it from real ones.
pub(super) fn fate(config: &BTreeMap<String, String>) -> Fate {
    let class = config.get("connector.class").map(String::as_str).unwrap_or_default();
    let goes_nowhere = config.values().any(|value| NOWHERE.iter().any(|nowhere| value.contains(nowhere)));
    match (class, goes_nowhere) {
        (SINK, true) => Fate::TasksFail(NO_FILE),
        (MIRROR_SOURCE, true) => Fate::Fails(NO_HOST),
        (MIRROR_HEARTBEAT, true) => Fate::NeverTold,
        // RUNNING without tasks is no fault of this one until its source has a group.
        (MIRROR_CHECKPOINT, _) | (NEO4J_SOURCE, true) => Fate::RunsWithoutTasks,
        _ => Fate::Runs,
    }
}

/// Refuses settings that no worker takes. A setting that nobody knows is taken, and kept as it is.
pub(super) fn check(config: &BTreeMap<String, String>, secrets: &BTreeSet<String>) -> Result<(), Refusal> {
    let Some(class) = config.get("connector.class") else {
        let message = "Connector config {} contains no connector type";
        return Err(Refusal::Internal(message.to_owned()));
    };
    if !CLASSES.contains(&class.as_str()) {
        let message = format!(
            "Failed to find any class that implements Connector and which name matches {class}, available connectors \
             are: {}",
            CLASSES.join(", ")
        );
        return Err(Refusal::Internal(message));
    }
    if let Some(file) = config.values().find_map(|value| unreadable(value, secrets)) {
        return Err(Refusal::Internal(format!("Could not read properties from file {file}")));
    }
    let required: &[&str] = match class.as_str() {
        SOURCE => &["topic"],
        SINK | NEO4J_SINK => &["topics"],
        _ => &[],
    };
    let missing = required.iter().find(|key| !config.contains_key(**key));
    let missing =
        missing.map(|key| format!("Missing required configuration \"{key}\" which has no default value."));
    match missing.or_else(|| definitions::refused(class, config)) {
        Some(message) => Err(Refusal::Invalid(message)),
        None => Ok(()),
    }
}

/// Returns the file of secrets that a text refers to and that is not there.
pub(super) fn unreadable(text: &str, there: &BTreeSet<String>) -> Option<String> {
    let reference = text.split_once("${file:")?.1.split_once('}')?.0;
    let file = reference.rsplit_once(':').map_or(reference, |(file, _)| file);
    (!there.contains(file)).then(|| file.to_owned())
}

/// Tells whether connectors of a class read from somewhere: their offsets outlive them.
pub(super) fn is_source(config: &BTreeMap<String, String>) -> bool {
    let class = config.get("connector.class").map(String::as_str).unwrap_or_default();
    matches!(class, SOURCE | MIRROR_SOURCE | NEO4J_SOURCE)
}

const NO_FILE: &str = "org.apache.kafka.connect.errors.ConnectException: Couldn't find or create file \
'/nonexistent/x/out.txt' for FileStreamSinkTask\n\tat \
org.apache.kafka.connect.file.FileStreamSinkTask.start(FileStreamSinkTask.java:75)\nCaused by: \
java.nio.file.NoSuchFileException: /nonexistent/x/out.txt\n\t... 12 more\n";

const NO_HOST: &str = "org.apache.kafka.common.KafkaException: Failed to create new KafkaAdminClient\n\tat \
org.apache.kafka.clients.admin.KafkaAdminClient.createInternal(KafkaAdminClient.java:552)\nCaused by: \
org.apache.kafka.common.config.ConfigException: No resolvable bootstrap urls given in bootstrap.servers\n\t... 11 \
more\n";
