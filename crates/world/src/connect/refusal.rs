//! What workers refuse, by code and in their own words.

/// Why a worker answered no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 404, of the worker itself.
    #[error("404 Connector {0} not found")]
    NotFound(String),
    /// 404 for a connector that is there, while nobody has told its status.
    #[error("404 No status found for connector {0}")]
    NoStatus(String),
    /// 409: the workers share out their work. Nothing was done.
    #[error(
        "409 Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)"
    )]
    Rebalance,
    /// 500, for whoever asks for a connector while the workers are about to share out their work: seen with two dozen
    /// connectors made at once.
    #[error("500 Request cannot be completed because a rebalance is expected")]
    RebalanceExpected,
    /// 409: the name is taken.
    #[error("409 Connector {0} already exists")]
    Exists(String),
    /// 400: a setting is missing or wrong. Nothing was done.
    #[error(
        "400 Connector configuration is invalid and contains the following 1 error(s):\n{0}\nYou can also find the \
         above list of errors at the endpoint `/connector-plugins/{{connectorType}}/config/validate`"
    )]
    Invalid(String),
    /// 400: offsets of a connector that is not stopped.
    #[error("400 Connectors must be in the STOPPED state before their offsets can be modified")]
    NotStopped,
    /// 500, though the caller is at fault and nothing was done: an unknown class, a secret that cannot be read.
    #[error("500 {0}")]
    Internal(String),
    /// 500: nobody waited any longer. It is done, or will be.
    #[error("500 Request timed out")]
    TimedOut,
}
