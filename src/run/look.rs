//! A look at one resource, whole: whether it does its work.

use super::session::{Session, StateRead};
use crate::backend::kubernetes::Reading;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::Forms;
use evenkeel_core::engine::question::{Answer, Question};
use evenkeel_core::engine::step::Readiness;
use evenkeel_core::resources::{becomes_ready, readiness};
use futures::StreamExt;
use jiff::Timestamp;
use std::sync::Arc;

/// Returns whether a resource does its work, and when that was so; nothing if it is not there, or nobody waits for such.
pub async fn look(
    session: &Session,
    state: &StateRead,
    forms: &Forms,
    address: &ResourceId,
) -> Option<(Readiness, Timestamp)> {
    if !becomes_ready(address) {
        return None;
    }
    let (environment, key, forms) = (session.name.clone(), state.key.clone(), Forms::clone(forms));
    let reading = Reading { environment, key, forms, ledger: Arc::default() };
    let readers = session.readers(&Arc::new(reading));
    let answer = readers.ask(vec![Question::Object(address.clone())]).next().await;
    match answer {
        Some((_, Answer::Seen(seen), at)) => Some((readiness(&seen), at)),
        Some(_) | None => None,
    }
}
