//! What librdkafka tells a client beside its answers, and what it asks of it: log lines, errors, tokens.

use crate::health::Health;
use crate::settings::TokenSource;
use rdkafka::ClientContext;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::producer::{DeliveryResult, NoCustomPartitioner, ProducerContext};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Runs on the client's own thread, never below a C function.
pub(crate) struct Context {
    pub(crate) health: Arc<Health>,
    pub(crate) tokens: Option<TokenSource>,
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

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

    fn generate_oauth_token(&self, _settings: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        let source = self.tokens.as_ref().ok_or("this client has no source of tokens")?;
        let token = catch_unwind(AssertUnwindSafe(|| source()))
            .unwrap_or_else(|_| Err("the source of tokens panicked".to_owned()))
            .map_err(|why| why.replace('\0', " "))?; // rdkafka cannot hand on a zero byte
        Ok(OAuthToken {
            token: token.text.reveal().to_owned(),
            principal_name: token.principal,
            lifetime_ms: token.ends_at,
        })
    }
}

impl ConsumerContext for Context {}

impl ProducerContext<NoCustomPartitioner> for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, _result: &DeliveryResult<'_>, _opaque: ()) {} // nothing is ever produced
}
