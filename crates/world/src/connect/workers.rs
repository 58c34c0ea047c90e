//! A group of workers: its connectors, and the calls of its REST interface.

use super::life::{Kept, Status};
use super::plugins;
use super::refusal::Refusal;
use evenkeel_core::resources::connect::is_secret_key;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which workers these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Release {
    /// Those of Apache Kafka: a configuration is told as it was sent, with the name added.
    Apache,
    /// Those of a managed service: secrets are told as stars, and keys of its own are added.
    Managed,
}

/// What a connector is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// It runs.
    Started,
    /// It stands still and keeps its tasks.
    Paused,
    /// It stands still and has no tasks.
    Stopped,
}

/// Simulated workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workers {
    pub(super) release: Release,
    pub(super) kafka_cluster: String,
    pub(super) now: Timestamp,
    pub(super) connectors: BTreeMap<String, Kept>,
    /// By the connector's name, which outlives the connector.
    pub(super) offsets: BTreeMap<String, BTreeMap<String, String>>,
    /// The files that the workers' provider can read.
    pub(super) secrets: BTreeSet<String>,
    pub(super) rebalance_ends: Option<Timestamp>,
    times_out: bool,
}

impl Workers {
    /// Starts workers that keep everything on this Kafka cluster.
    #[must_use]
    pub fn new(release: Release, kafka_cluster: String, now: Timestamp) -> Self {
        Self {
            release,
            kafka_cluster,
            now,
            connectors: BTreeMap::new(),
            offsets: BTreeMap::new(),
            secrets: BTreeSet::new(),
            rebalance_ends: None,
            times_out: false,
        }
    }

    /// Returns the id of the Kafka cluster that they keep everything on.
    #[must_use]
    pub fn kafka_cluster(&self) -> &str {
        &self.kafka_cluster
    }

    /// Lets the workers share out their work for so long; every change is refused meanwhile, and who asks for a connector
    /// is told of an error.
    pub fn rebalance(&mut self, long: SignedDuration) {
        self.rebalance_ends = self.now.checked_add(long).ok();
    }

    /// Answers the next change with a 500 once it is done.
    pub fn time_out_once(&mut self) {
        self.times_out = true;
    }

    /// Gives the workers' provider a file of secrets.
    pub fn provide(&mut self, file: &str) {
        self.secrets.insert(file.to_owned());
    }

    /// Takes a file of secrets away.
    pub fn withdraw(&mut self, file: &str) {
        self.secrets.remove(file);
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.now = now;
        self.rebalance_ends = self.rebalance_ends.filter(|end| *end > now);
        for connector in self.connectors.values_mut() {
            connector.tick(now, &self.secrets);
        }
    }

    /// Returns the names of all connectors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.connectors.keys().map(String::as_str)
    }

    /// Returns a connector's settings, as a worker tells them.
    pub fn config(&self, name: &str) -> Result<BTreeMap<String, String>, Refusal> {
        if self.rebalance_ends.is_some() {
            return Err(Refusal::RebalanceExpected);
        }
        let mut config = self.connector(name)?.config.clone();
        config.insert("name".to_owned(), name.to_owned());
        if self.release == Release::Managed {
            let secrets = config.iter_mut().filter(|(key, _)| is_secret_key(key));
            secrets.for_each(|(_, value)| "****************".clone_into(value));
            config.insert("__internal.config.version".to_owned(), "2".to_owned());
        }
        Ok(config)
    }

    /// Returns a connector's status.
    pub fn status(&self, name: &str) -> Result<&Status, Refusal> {
        let status = self.connector(name)?.status.as_ref();
        status.ok_or_else(|| Refusal::NoStatus(name.to_owned()))
    }

    /// Returns how often a connector was started, tasks and all.
    pub fn starts(&self, name: &str) -> Result<u64, Refusal> {
        Ok(self.connector(name)?.starts)
    }

    /// Tells whether nothing that was taken on of a connector is left to do.
    #[must_use]
    pub fn is_settled(&self, name: &str) -> bool {
        self.connectors.get(name).is_none_or(|connector| connector.due.is_none())
    }

    /// `POST /connectors`.
    pub fn create(
        &mut self,
        name: &str,
        config: BTreeMap<String, String>,
        initial: Target,
    ) -> Result<(), Refusal> {
        self.check_rebalance()?;
        if self.connectors.contains_key(name) {
            return Err(Refusal::Exists(name.to_owned()));
        }
        self.put(name, config, initial)
    }

    /// `PUT /connectors/NAME/config`: makes it or changes it. The same settings again start it again.
    pub fn put_config(&mut self, name: &str, config: BTreeMap<String, String>) -> Result<(), Refusal> {
        self.check_rebalance()?;
        let target = self.connectors.get(name).map_or(Target::Started, |connector| connector.target);
        self.put(name, config, target)
    }

    /// `PATCH /connectors/NAME/config`: changes what is named, and takes away what is nothing.
    pub fn patch_config(
        &mut self,
        name: &str,
        patch: BTreeMap<String, Option<String>>,
    ) -> Result<(), Refusal> {
        self.check_rebalance()?;
        let (mut config, target) = {
            let connector = self.connector(name)?;
            (connector.config.clone(), connector.target)
        };
        for (key, value) in patch {
            match value {
                Some(value) => drop(config.insert(key, value)),
                None => drop(config.remove(&key)),
            }
        }
        self.put(name, config, target)
    }

    /// Checks settings without making anything.
    pub fn validate(&self, config: &BTreeMap<String, String>) -> Result<(), Refusal> {
        plugins::check(config, &self.secrets)
    }

    fn put(&mut self, name: &str, config: BTreeMap<String, String>, target: Target) -> Result<(), Refusal> {
        plugins::check(&config, &self.secrets)?;
        let now = self.now;
        match self.connectors.get_mut(name) {
            Some(connector) => {
                connector.config = config;
                connector.take_on(now);
            }
            None => drop(self.connectors.insert(name.to_owned(), Kept::new(config, target, now))),
        }
        self.answer()
    }

    /// `PUT /connectors/NAME/pause`, `…/stop` or `…/resume`.
    pub fn turn(&mut self, name: &str, target: Target) -> Result<(), Refusal> {
        self.check_rebalance()?;
        let now = self.now;
        let connector = self.connector_mut(name)?;
        connector.target = target;
        connector.take_on(now);
        self.answer()
    }

    /// `POST /connectors/NAME/restart?includeTasks=true`.
    pub fn restart(&mut self, name: &str) -> Result<(), Refusal> {
        self.check_rebalance()?;
        let now = self.now;
        self.connector_mut(name)?.take_on(now);
        self.answer()
    }

    /// `DELETE /connectors/NAME`. What it has read so far is remembered under its name.
    pub fn delete(&mut self, name: &str) -> Result<(), Refusal> {
        self.check_rebalance()?;
        let connector = self.connectors.remove(name).ok_or_else(|| Refusal::NotFound(name.to_owned()))?;
        if !plugins::is_source(&connector.config) {
            self.offsets.remove(name);
        }
        self.answer()
    }

    pub(super) fn connector(&self, name: &str) -> Result<&Kept, Refusal> {
        self.connectors.get(name).ok_or_else(|| Refusal::NotFound(name.to_owned()))
    }

    fn connector_mut(&mut self, name: &str) -> Result<&mut Kept, Refusal> {
        self.connectors.get_mut(name).ok_or_else(|| Refusal::NotFound(name.to_owned()))
    }

    pub(super) fn check_rebalance(&self) -> Result<(), Refusal> {
        if self.rebalance_ends.is_some() { Err(Refusal::Rebalance) } else { Ok(()) }
    }

    /// Answers what was done, unless nobody waits for it any longer.
    fn answer(&mut self) -> Result<(), Refusal> {
        if std::mem::take(&mut self.times_out) { Err(Refusal::TimedOut) } else { Ok(()) }
    }
}
