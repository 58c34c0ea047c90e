//! What librdkafka tells a client beside its answers: log lines and errors.

use crate::health::Health;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::producer::{DeliveryResult, NoCustomPartitioner, ProducerContext};
use std::sync::Arc;

/// Runs on the client's own thread, never below a C function.
pub(crate) struct Context {
    pub(crate) health: Arc<Health>,
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.health.read_log(facility, line);
        if matches!(level, RDKafkaLogLevel::Debug) {
            tracing::trace!(target: "librdkafka", facility, "{line}");
        } else {
            tracing::debug!(target: "librdkafka", facility, "{line}");
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let name = error.rdkafka_error_code().map(|code| crate::Code(code as i32).name());
        self.health.read_error(name.as_deref().unwrap_or_default(), reason);
    }
}

impl ConsumerContext for Context {}

impl ProducerContext<NoCustomPartitioner> for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, _result: &DeliveryResult<'_>, _opaque: ()) {} // nothing is ever produced
}
