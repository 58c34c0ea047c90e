//! What a connector does as time passes: workers take a call on, and carry it out a moment later.

use super::plugins::{Fate, fate, unreadable};
use super::workers::Target;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// After this long somebody tells the status of a new connector; until then it is a 404.
const TOLD_AFTER: SignedDuration = SignedDuration::from_millis(200);

/// After this long a call that was taken on is carried out.
const DONE_AFTER: SignedDuration = SignedDuration::from_millis(100);

/// What a connector or a task says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// It runs.
    Running,
    /// It stands still and keeps its tasks.
    Paused,
    /// It stands still and has no tasks.
    Stopped,
    /// It is started again; for ever, if a secret is missing.
    Restarting,
    /// It failed.
    Failed,
}

/// A connector or a task, as its status tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it says of itself.
    pub state: State,
    /// Why it failed: a stack trace of many lines.
    pub trace: Option<String>,
}

/// The status of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The connector itself.
    pub connector: Part,
    /// Its tasks.
    pub tasks: Vec<Part>,
}

/// A connector as workers keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) config: BTreeMap<String, String>,
    pub(super) target: Target,
    pub(super) status: Option<Status>,
    pub(super) starts: u64,
    /// When what was taken on is carried out.
    pub(super) due: Option<Timestamp>,
}

impl State {
    /// Returns Connect's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
            Self::Restarting => "RESTARTING",
            Self::Failed => "FAILED",
        }
    }
}

impl Part {
    fn is(state: State) -> Self {
        Self { state, trace: None }
    }

    fn failed(trace: &str) -> Self {
        Self { state: State::Failed, trace: Some(trace.to_owned()) }
    }
}

impl Kept {
    pub(super) fn new(config: BTreeMap<String, String>, target: Target, now: Timestamp) -> Self {
        Self { config, target, status: None, starts: 0, due: now.checked_add(TOLD_AFTER).ok() }
    }

    /// Takes something on.
    pub(super) fn take_on(&mut self, now: Timestamp) {
        let due = now.checked_add(DONE_AFTER).ok();
        // Of two calls that are taken on, the later one is done after the earlier.
        self.due = self.due.max(due);
    }

    pub(super) fn tick(&mut self, now: Timestamp, secrets: &BTreeSet<String>) {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            self.status = self.started(secrets);
            self.starts += 1;
        }
    }

    /// Returns the status once everything that was taken on is done.
    fn started(&self, secrets: &BTreeSet<String>) -> Option<Status> {
        let tasks = |part: Part| vec![part; self.tasks()];
        let status = |connector: Part, tasks: Vec<Part>| Some(Status { connector, tasks });
        match self.target {
            Target::Stopped => return status(Part::is(State::Stopped), Vec::new()),
            Target::Paused => return status(Part::is(State::Paused), tasks(Part::is(State::Paused))),
            Target::Started => {}
        }
        if self.config.values().any(|value| unreadable(value, secrets).is_some()) {
            let part = Part::is(State::Restarting);
            return status(part.clone(), tasks(part));
        }
        match fate(&self.config) {
            Fate::Runs => status(Part::is(State::Running), tasks(Part::is(State::Running))),
            Fate::RunsWithoutTasks => status(Part::is(State::Running), Vec::new()),
            Fate::TasksFail(trace) => status(Part::is(State::Running), tasks(Part::failed(trace))),
            Fate::Fails(trace) => status(Part::failed(trace), Vec::new()),
            Fate::NeverTold => None,
        }
    }

    /// File streams have one task, whatever they may have.
    fn tasks(&self) -> usize {
        let is_file = self.config.get("connector.class").is_some_and(|class| class.contains(".file."));
        let most = self.config.get("tasks.max").and_then(|most| most.parse().ok()).unwrap_or(1);
        if is_file { 1 } else { most }
    }
}
