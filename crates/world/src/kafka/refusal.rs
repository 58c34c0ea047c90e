//! What brokers refuse, in their own words.

/// Why brokers did nothing. The words are those that 3.9.2 and 4.3.1 were seen to say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name is taken.
    #[error("Topic '{0}' already exists.")]
    TopicExists(String),
    /// There is no such topic.
    #[error("This server does not host this topic-partition.")]
    UnknownTopic,
    /// A name that no topic may have.
    #[error("{0}")]
    InvalidTopic(String),
    /// Partitions only ever grow.
    #[error("{0}")]
    InvalidPartitions(String),
    /// There are fewer brokers than copies.
    #[error(
        "Unable to replicate the partition {wanted} time(s): The target replication factor of {wanted} cannot be \
         reached because only {brokers} broker(s) are registered."
    )]
    InvalidReplicationFactor {
        /// How many copies were asked for.
        wanted: i64,
        /// How many brokers there are.
        brokers: i64,
    },
    /// A setting that there is none of, or a value that it cannot have.
    #[error("{0}")]
    InvalidConfiguration(String),
    /// The client may not see or change the topic: this says nothing on whether there is one.
    #[error("Topic authorization failed.")]
    TopicAuthorization,
    /// The client may not look at or change who may do what.
    #[error("Cluster authorization failed.")]
    ClusterAuthorization,
    /// There is no such user.
    #[error("Attempt to describe a user credential that does not exist: {0}")]
    UnknownUser(String),
    /// A password that is hashed too few times.
    #[error("Too few iterations")]
    TooFewIterations,
    /// The brokers do not have the request at all.
    #[error("The broker does not support {0}")]
    Unsupported(&'static str),
    /// A limit of the service.
    #[error("{0}")]
    PolicyViolation(String),
}
