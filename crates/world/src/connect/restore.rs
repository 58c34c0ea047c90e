//! Workers made from what a snapshot saw of real ones, so that a plan can be rehearsed.

use super::life::{Kept, Part, State, Status};
use super::workers::{Target, Workers};
use evenkeel_core::engine::question::{Body, Seen};
use evenkeel_core::engine::value::Value;

impl Workers {
    /// Takes over the id of the Kafka cluster that was seen.
    pub(crate) fn restore_identity(&mut self, kafka_cluster: &str) {
        kafka_cluster.clone_into(&mut self.kafka_cluster);
    }

    /// Takes over a connector that was seen; whatever it refers to is taken to be there.
    pub(crate) fn restore(&mut self, seen: &Seen) {
        let Body::Whole(body) = &seen.body else { return };
        let config = body.get("config").and_then(Value::as_map).into_iter().flatten();
        let config = config.filter_map(|(key, value)| Some((key.clone(), value.as_text()?.to_owned())));
        let target = match body.get("state").and_then(Value::as_text) {
            Some("PAUSED") => Target::Paused,
            Some("STOPPED") => Target::Stopped,
            Some(_) | None => Target::Started,
        };
        let status = body.get("status").and_then(status);
        let kept = Kept { config: config.collect(), target, status, starts: 1, due: None };
        self.connectors.insert(seen.id.name.to_string(), kept);
    }
}

fn status(told: &Value) -> Option<Status> {
    let tasks = told.get("tasks").and_then(Value::as_list).into_iter().flatten();
    Some(Status { connector: part(told)?, tasks: tasks.filter_map(part).collect() })
}

fn part(told: &Value) -> Option<Part> {
    let state = match told.get("state").and_then(Value::as_text)? {
        "RUNNING" => State::Running,
        "PAUSED" => State::Paused,
        "STOPPED" => State::Stopped,
        "FAILED" => State::Failed,
        _ => State::Restarting,
    };
    let trace = told.get("cause").and_then(Value::as_text).map(str::to_owned);
    Some(Part { state, trace })
}
