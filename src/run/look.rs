//! A look at one resource, whole: whether it does its work, and what others set on it; and how much they set on all.

use super::planning::Planned;
use super::session::{Session, StateRead};
use crate::backend::kubernetes::Reading;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::plan::Forms;
use evenkeel_core::engine::question::{Answer, Question};
use evenkeel_core::engine::step::Readiness;
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::Manager;
use evenkeel_core::resources::{Glimpse, becomes_ready, foreign, readiness, writers};
use futures::StreamExt;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a look at one resource tells.
#[derive(Debug, Default)]
pub struct Sight {
    /// Whether it does its work, and when that was so; nothing if it is not there, or nobody waits for such.
    pub readiness: Option<(Readiness, Timestamp)>,
    /// What others set on it beside what Git says.
    pub foreign: Vec<(Path, Value)>,
    /// Who wrote fields of it, the latest first, as far as its system keeps authors.
    pub managers: Vec<Manager>,
    /// What is there, if neither Git nor the ledger has it.
    pub glimpse: Option<Glimpse>,
}

/// Counts what others set on each resource beside what Git says, as far as a plan has seen it.
#[must_use]
pub fn set_by_others(planned: &Planned, state: &StateRead) -> BTreeMap<ResourceId, usize> {
    let counted = planned.forms.iter().filter_map(|(id, form)| {
        let Some(Answer::Seen(seen)) = planned.live.get(&Question::Object(id.clone())) else { return None };
        Some((id.clone(), foreign(&form.normal, seen, state.ledger.rows.get(id)).len()))
    });
    counted.filter(|(_, settings)| *settings > 0).collect()
}

/// Looks at a resource.
pub async fn look(session: &Session, state: &StateRead, forms: &Forms, address: &ResourceId) -> Sight {
    let form = forms.get(address);
    let is_strange = form.is_none() && !state.ledger.rows.contains_key(address);
    let row = state.ledger.rows.get(address);
    let (environment, key) = (session.name.clone(), state.key.clone());
    let reading = Reading { environment, key, forms: Forms::clone(forms), ledger: Arc::default() };
    let readers = session.readers(&Arc::new(reading));
    let answer = readers.ask(vec![Question::Object(address.clone())]).next().await;
    match answer {
        Some((_, answer, _)) if is_strange => Sight { glimpse: Glimpse::of(&answer), ..Sight::default() },
        Some((_, Answer::Seen(seen), at)) => Sight {
            readiness: becomes_ready(address).then(|| (readiness(&seen), at)),
            managers: writers(&seen),
            glimpse: None,
            foreign: form.map(|form| foreign(&form.normal, &seen, row)).unwrap_or_default(),
        },
        Some(_) | None => Sight::default(),
    }
}
