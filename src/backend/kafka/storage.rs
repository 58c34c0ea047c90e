//! The topics in which Connect workers keep everything: whether brokers keep what is in them.

use super::Connection;
use super::connect::Failed;
use super::words::why;
use crate::secret::Sources;
use evenkeel_core::engine::preflight::Storage;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_kafka_admin::{Client, Code, Configured, Error};
use std::collections::BTreeMap;
use std::sync::Arc;

const POLICY: &str = "cleanup.policy";

type Told = BTreeMap<Arc<str>, Result<Storage, Why>>;

impl Connection {
    /// Asks how these topics are kept.
    pub async fn storage(&self, sources: &Sources, names: Vec<Arc<str>>) -> Told {
        let asked = names.clone();
        match self.with(sources, move |client| told(client, &asked)).await.map_err(Failed::why) {
            Ok(told) => told,
            Err(why) => names.into_iter().map(|name| (name, Err(why.clone()))).collect(),
        }
    }
}

fn told(client: &Client, names: &[Arc<str>]) -> Result<Told, Error> {
    let asked: Vec<Configured> = names.iter().map(|name| Configured::Topic(name.to_string())).collect();
    let mut answers = client.describe_configs(&asked)?;
    let mut one = |name: &Arc<str>| match answers.remove(&Configured::Topic(name.to_string())) {
        Some(Ok(mut settings)) => match settings.remove(POLICY).and_then(|entry| entry.value) {
            Some(policy) => Ok(Storage::There { policy }),
            None => Err(untold(name)),
        },
        Some(Err(error)) if error.code() == Some(Code::UNKNOWN_TOPIC_OR_PARTITION) => Ok(Storage::Missing),
        Some(Err(error)) => Err(why(&error)),
        None => Err(untold(name)),
    };
    Ok(names.iter().map(|name| (Arc::clone(name), one(name))).collect())
}

fn untold(name: &str) -> Why {
    let message = format!("these brokers do not tell the {POLICY} of {name}");
    Why { trouble: Trouble::Garbled, message }
}
