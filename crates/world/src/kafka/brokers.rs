//! A cluster of brokers: what its controller keeps, what its brokers show, and when the one becomes the other.

use super::Refusal;
use super::access::Access;
use super::topics::Kept;
use crate::random::Random;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long 4.x was seen to show what was before a write, at most.
const BEHIND: SignedDuration = SignedDuration::from_millis(20);

/// Which brokers these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Release {
    /// 3.9: an altered setting shows at once.
    Kafka3,
    /// 4.x: every write shows a moment later.
    Kafka4,
    /// A service that speaks a part of Kafka's protocol: no settings, ACLs or users to read or write, partitions that
    /// never grow, ten topics, and a replication factor that it takes and ignores (Event Hubs, Standard tier).
    EventHubs,
}

/// Simulated brokers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brokers {
    pub(super) id: String,
    pub(super) release: Release,
    pub(super) random: Random,
    pub(super) now: Timestamp,
    /// As many as there are brokers.
    pub(super) most_copies: i64,
    pub(super) kept: State,
    pub(super) shown: State,
    /// From when on what is kept is shown, if it is not yet.
    due: Option<Timestamp>,
    /// Topics that the client may not even see.
    pub(super) unseen: BTreeSet<String>,
}

/// All that brokers know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) topics: BTreeMap<String, Kept>,
    pub(super) access: Access,
}

impl Brokers {
    /// Starts three fresh brokers.
    #[must_use]
    pub fn new(release: Release, seed: u64, now: Timestamp) -> Self {
        let mut random = Random::new(seed);
        Self {
            id: random.uid(),
            release,
            random,
            now,
            most_copies: 3,
            kept: State::default(),
            shown: State::default(),
            due: None,
            unseen: BTreeSet::new(),
        }
    }

    /// Returns the id of the cluster.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Tells whether brokers still show what was before the last write.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.due.is_some()
    }

    /// Takes the client's right to see a topic, whether there is one or not.
    pub fn hide(&mut self, topic: &str) {
        self.unseen.insert(topic.to_owned());
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.now = now;
        if self.due.is_some_and(|due| due <= now) {
            self.show();
        }
    }

    pub(super) fn show(&mut self) {
        self.shown = self.kept.clone();
        self.due = None;
    }

    /// Lets what was just written be seen, when this release shows it.
    pub(super) fn written(&mut self) {
        match self.release {
            Release::Kafka3 | Release::EventHubs => self.show(),
            Release::Kafka4 => self.written_late(),
        }
    }

    /// Lets what was just written be seen later, as every release does with a topic that goes.
    pub(super) fn written_late(&mut self) {
        self.due = Some(self.now.checked_add(BEHIND).unwrap_or(Timestamp::MAX));
    }

    /// Refuses a request that these brokers do not have.
    pub(super) fn has(&self, request: &'static str) -> Result<(), Refusal> {
        match self.release {
            Release::Kafka3 | Release::Kafka4 => Ok(()),
            Release::EventHubs => Err(Refusal::Unsupported(request)),
        }
    }

    /// Refuses a topic that the client may not see, before anybody looks whether there is one.
    pub(super) fn sees(&self, topic: &str) -> Result<(), Refusal> {
        if self.unseen.contains(topic) { Err(Refusal::TopicAuthorization) } else { Ok(()) }
    }
}
