//! What Evenkeel asks Kafka's brokers, and tells them: clusters, topics, settings, access lists, users, groups, offsets.
//!
//! [`Client`] has one blocking call a request. It translates and decides nothing: answers come back as values, and each
//! thing that was asked for has its own [`Error`] or none. Many topics are one request.
//!
//! ```no_run
//! use evenkeel_kafka_admin::{
//!     Client, Code, ConfigSource, Configured, Error, Login, Outcome, Password, Rights, ScramMechanism, Settings,
//! };
//!
//! # fn main() -> Result<(), Error> {
//! let mut settings = Settings::new(vec!["kafka.example:9092".to_owned()]);
//! settings.login = Some(Login::Scram {
//!     mechanism: ScramMechanism::Sha512,
//!     user: "evenkeel".to_owned(),
//!     password: Password::new("from wherever secrets are".to_owned()),
//! });
//! let client = Client::new(&settings)?; // connects with the first request
//! let cluster = client.describe_cluster(Rights::Skip)?;
//! println!("{} has {} brokers", cluster.id, cluster.brokers.len());
//!
//! for (name, topic) in client.describe_topics(&["orders", "payments"], Rights::Ask)? {
//!     match topic {
//!         Ok(topic) => println!("{name}: {} partitions, id {:?}", topic.partitions.len(), topic.id),
//!         Err(error) if error.code() == Some(Code::UNKNOWN_TOPIC_OR_PARTITION) => println!("{name} is not there"),
//!         Err(error) => println!("{name} is not known: {error}"), // never the same as absent
//!     }
//! }
//!
//! let orders = Configured::Topic("orders".to_owned());
//! if let Some(Ok(settings)) = client.describe_configs(&[orders.clone()])?.remove(&orders) {
//!     for (key, entry) in settings.iter().filter(|(_, entry)| entry.source == ConfigSource::DynamicTopic) {
//!         println!("somebody has set {key} to {:?}", entry.value);
//!     }
//! }
//!
//! if let Err(error) = client.delete_topics(&["payments"]) {
//!     match error.outcome() {
//!         Outcome::NotDone => println!("it is still there: {error}"),
//!         Outcome::Unknown => println!("look before trying again: {error}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! In async code a call goes into a thread for blocking work, with a clone of the client; dropping the future is harmless,
//! as [`Client`] says.
//!
//! # What a caller may rely on
//!
//! * **Asking changes nothing.** No call creates a topic on the way, also where brokers create topics on demand; the first
//!   question after a group lets a cluster make its own `__consumer_offsets`.
//! * **The cause is told.** A refused connection, an unknown host, a wrong password, an untrusted certificate, a token that
//!   cannot be had: each is an [`Error`] of its own in the words of whoever said so, and not "timed out". Reads end as soon
//!   as the cause is known; writes wait until it is also known whether they were sent.
//! * **What one may not see is not absent**: [`Error::Unauthorized`] is a kind of its own.
//! * **The end of a write is told apart**: [`Error::outcome`] is "certainly not done" or "unknown", and unknown where in
//!   doubt.
//! * **A read right after a write may be old.** Brokers answer from metadata that follows the controller's by milliseconds.
//! * **Passwords are printed nowhere**: neither by `Debug` nor by an error nor in the log. librdkafka keeps a copy in
//!   memory for as long as the client lives.
//!
//! # What it has not
//!
//! librdkafka has no requests for client quotas, none to reassign replicas, none to delete a topic by its id, and none for
//! entries about users or delegation tokens: they are left out. The older request that *replaces* all settings of a
//! topic is never sent.
//!
//! # C
//!
//! This is the one crate with `unsafe` code: `native` says by which rules. Three faults of librdkafka 2.12.1 are worked
//! around where they would have bitten; tests on real brokers watch each: [`Client::describe_acls`] (an error that comes as
//! an empty list), [`Client::describe_scram_users`] (memory that is not its own, on an error),
//! [`Client::group_offsets`] (a null pointer, on another one).

#![expect(clippy::disallowed_methods, reason = "its calls block, and it keeps their deadlines by itself")]

mod acls;
mod client;
mod cluster;
mod configs;
mod connection;
mod context;
mod error;
mod group_offsets;
mod groups;
mod health;
mod native;
mod offsets;
mod partitions;
mod scram;
mod settings;
mod tokens;
mod topic_changes;
mod topics;

pub use acls::{Acl, AclFilter, AclPattern, AclPatternFilter, AclPermission, AclResource, Operation};
pub use client::{Client, Each, Mode, Rights};
pub use cluster::{Broker, Capabilities, Cluster};
pub use configs::{ConfigChange, ConfigEntry, ConfigSource, Configs, Configured, Synonym};
pub use error::{Code, Error, Outcome};
pub use group_offsets::EachPartition;
pub use groups::{Group, GroupMember, GroupState};
pub use offsets::{Offsets, Position};
pub use partitions::PartitionId;
pub use scram::ScramChange;
pub use settings::{Identity, Key, Login, Password, Pem, ScramMechanism, Settings, Tls, Token, TokenSource};
pub use topic_changes::NewTopic;
pub use topics::{Partition, Topic};
