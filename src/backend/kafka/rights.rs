//! What we may do: brokers tell it of the cluster and of each topic that is there and that we may see. Of other topics it
//! takes a question for each operation.

use super::Connection;
use super::connect::Failed;
use super::words::why;
use crate::secret::Sources;
use evenkeel_core::engine::preflight::{Aim, Presence};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::rights::{Allowed, BrokersTold, Operation, TopicTold};
use evenkeel_kafka_admin::{
    AclFilter, Client, Code, Configured, Each, Error, Mode, NewTopic, Operation as Native, Rights, Topic,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What both sides call what can be done.
const OPERATIONS: [(Operation, Native); 6] = [
    (Operation::Describe, Native::Describe),
    (Operation::DescribeConfigs, Native::DescribeConfigs),
    (Operation::Create, Native::Create),
    (Operation::Alter, Native::Alter),
    (Operation::AlterConfigs, Native::AlterConfigs),
    (Operation::Delete, Native::Delete),
];

/// So many copies of a topic no cluster can make.
const TOO_MANY_COPIES: i16 = 10_000;

/// What is asked about.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Whether rights on the cluster as a whole matter.
    pub cluster: bool,
    /// The topics.
    pub topics: BTreeSet<Arc<str>>,
}

impl Connection {
    /// Asks what we may do.
    pub async fn allowed(&self, sources: &Sources, asked: Asked, aim: Aim) -> Result<BrokersTold, Why> {
        self.with(sources, move |client| told(client, &asked, aim)).await.map_err(Failed::why)
    }
}

fn told(client: &Client, asked: &Asked, aim: Aim) -> Result<BrokersTold, Error> {
    let cluster = if asked.cluster { of_cluster(client)? } else { Allowed::new() };
    let names: Vec<&str> = asked.topics.iter().map(|name| &**name).collect();
    let described = client.describe_topics(&names, Rights::Ask)?;
    let mut topics: BTreeMap<Arc<str>, TopicTold> =
        asked.topics.iter().map(|name| (Arc::clone(name), of_topic(described.get(&**name)))).collect();
    let untold = |topic: &TopicTold| topic.presence != Some(Presence::There);
    let rest: Vec<Arc<str>> =
        topics.iter().filter(|(_, topic)| untold(topic)).map(|(name, _)| Arc::clone(name)).collect();
    ask_for_settings(client, &rest, &mut topics)?;
    match aim {
        Aim::Apply => ask_to_create(client, &rest, &mut topics)?,
        Aim::Plan => rest.iter().for_each(|name| leave_unasked(&mut topics, name)),
    }
    Ok(BrokersTold { cluster, topics })
}

/// To who may not describe the cluster, brokers tell nothing of what they may do with it: who may alter it may describe it.
fn of_cluster(client: &Client) -> Result<Allowed, Error> {
    const ASKED: [Operation; 2] = [Operation::Describe, Operation::Alter];
    let rights = client.describe_cluster(Rights::Ask)?.rights.unwrap_or_default();
    if !rights.is_empty() {
        return Ok(read(&rights));
    }
    let describe = match client.describe_acls(&AclFilter::default()) {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some(Code::SECURITY_DISABLED) => Ok(true),
        Err(Error::Unauthorized { code: _, message: _ }) => Ok(false),
        Err(error) => return Err(error),
    };
    let alter = if describe == Ok(true) { Err(untold()) } else { Ok(false) };
    Ok(ASKED.into_iter().zip([describe, alter]).collect())
}

fn of_topic(described: Option<&Result<Topic, Error>>) -> TopicTold {
    let hidden = |answer| Allowed::from([(Operation::Describe, answer)]);
    match described {
        Some(Ok(topic)) => {
            let rights = topic.rights.clone().unwrap_or_default();
            // Who may see it may at least describe it: without even that, this broker does not tell.
            let allowed = if rights.is_empty() { unknown(&untold()) } else { read(&rights) };
            TopicTold { presence: Some(Presence::There), allowed }
        }
        Some(Err(error)) if error.code() == Some(Code::UNKNOWN_TOPIC_OR_PARTITION) => {
            TopicTold { presence: Some(Presence::Missing), allowed: hidden(Ok(true)) }
        }
        Some(Err(error)) => TopicTold { presence: None, allowed: hidden(refused(error)) },
        None => TopicTold { presence: None, allowed: unknown(&untold()) },
    }
}

/// Whether one may see settings is judged before it is looked whether the topic is there.
fn ask_for_settings(
    client: &Client,
    names: &[Arc<str>],
    topics: &mut BTreeMap<Arc<str>, TopicTold>,
) -> Result<(), Error> {
    let asked: Vec<Configured> = names.iter().map(|name| Configured::Topic(name.to_string())).collect();
    let mut answers = client.describe_configs(&asked)?;
    for name in names {
        let answer = answers.remove(&Configured::Topic(name.to_string()));
        learn(topics, name, Operation::DescribeConfigs, answer.map(|answer| answer.map(|_settings| ())));
    }
    Ok(())
}

/// Asks whether topics could be made, of which nobody knows that they are there. The brokers are told only to check; and
/// what they are shown could not be made in any case. Rights are judged first.
fn ask_to_create(
    client: &Client,
    names: &[Arc<str>],
    topics: &mut BTreeMap<Arc<str>, TopicTold>,
) -> Result<(), Error> {
    let impossible = |name: &Arc<str>| NewTopic {
        name: name.to_string(),
        partitions: Some(1),
        replication_factor: Some(TOO_MANY_COPIES),
        settings: BTreeMap::new(),
    };
    let asked: Vec<NewTopic> = names.iter().map(impossible).collect();
    let mut answers: Each<()> = client.create_topics(&asked, Mode::ValidateOnly)?;
    for name in names {
        learn(topics, name, Operation::Create, answers.remove(&**name));
    }
    Ok(())
}

/// Who is to plan only is not made to ask.
fn leave_unasked(topics: &mut BTreeMap<Arc<str>, TopicTold>, name: &Arc<str>) {
    if let Some(topic) = topics.get_mut(name) {
        let why = Why { trouble: Trouble::Forbidden, message: "not asked with --plan-only".to_owned() };
        topic.allowed.insert(Operation::Create, Err(why));
    }
}

fn learn(
    topics: &mut BTreeMap<Arc<str>, TopicTold>,
    name: &Arc<str>,
    operation: Operation,
    answer: Option<Result<(), Error>>,
) {
    let answer = match answer {
        Some(Ok(())) => Ok(true),
        Some(Err(error)) => refused(&error),
        None => Err(untold()),
    };
    if let Some(topic) = topics.get_mut(name) {
        topic.allowed.insert(operation, answer);
    }
}

/// What else brokers object to, they do after they have looked whether we may.
fn refused(error: &Error) -> Result<bool, Why> {
    match error {
        Error::Unauthorized { code: _, message: _ } => Ok(false),
        Error::Refused { code: _, message: _ } if !error.is_passing() => Ok(true),
        Error::Refused { code: _, message: _ }
        | Error::Unreachable { cause: _ }
        | Error::Untrusted { cause: _ }
        | Error::Unauthenticated { cause: _ }
        | Error::NotReady { cause: _ }
        | Error::NoAnswer { cause: _ }
        | Error::Unsupported { message: _ }
        | Error::Invalid { message: _ } => Err(why(error)),
    }
}

fn read(rights: &BTreeSet<Native>) -> Allowed {
    OPERATIONS.iter().map(|(operation, native)| (*operation, Ok(rights.contains(native)))).collect()
}

fn unknown(why: &Why) -> Allowed {
    OPERATIONS.iter().map(|(operation, _)| (*operation, Err(why.clone()))).collect()
}

fn untold() -> Why {
    Why { trouble: Trouble::Garbled, message: "these brokers do not tell what one may do".to_owned() }
}
