//! The question loop: asks what the planner wants to know until it has a plan.

use super::session::{Session, StateRead};
use super::systems::Readers;
use crate::backend::kubernetes::Reading;
use crate::clock;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::ledger::Ledger;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::Inputs;
use evenkeel_core::engine::plan::{Forms, Next, Plan, Planner};
use evenkeel_core::engine::question::{Answer, Body, Question, Seen, Trouble, Why};
use futures::StreamExt;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A plan, the answers that it rests on, and the forms in which they were compared.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The answers.
    pub live: Live,
    /// What is wanted, in the form that is compared and sent.
    pub forms: Forms,
}

impl Planned {
    /// Tells whether every key for digests gives this plan: nothing that is wanted, seen or remembered holds a secret.
    #[must_use]
    pub fn holds_no_secret(&self, ledger: &Ledger) -> bool {
        let is_secret = |id: &ResourceId| id.kind.as_str() == "Secret";
        let wanted =
            self.forms.iter().any(|(id, form)| is_secret(id) || form.normal.value().depends_on_key());
        let digested = |seen: &Seen| matches!(&seen.body, Body::Whole(body) if body.depends_on_key());
        !wanted && !ledger.rows.keys().any(is_secret) && !self.live.objects().any(digested)
    }
}

/// How much of the answers is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// What is as the ledger remembers is not kept: a plan does not need it.
    WhatDiffers,
    /// All of it, for a world to be made from.
    Everything,
}

/// Asks and plans in turns. Each round asks only what no round asked before, so this ends.
pub async fn make(session: &Session, state: &StateRead, inputs: &Inputs, keep: Keep) -> Planned {
    let (mut planner, mut live) = (Planner::new(inputs), Live::default());
    let ledger = match keep {
        Keep::WhatDiffers => Arc::clone(&state.ledger),
        Keep::Everything => Arc::default(),
    };
    let readers = |forms: &Forms| {
        let (environment, key, forms) = (session.name.clone(), state.key.clone(), Forms::clone(forms));
        session.readers(&Arc::new(Reading { environment, key, forms, ledger: Arc::clone(&ledger) }))
    };
    loop {
        let next = planner.plan(&live, clock::now());
        let forms = planner.forms();
        match next {
            Next::Ask(questions) => answer(&mut live, &readers(&forms), questions).await,
            Next::Ready(plan) => {
                if keep == Keep::Everything {
                    let questions = surroundings(&forms, &live);
                    answer(&mut live, &readers(&forms), questions).await;
                }
                return Planned { plan: *plan, live, forms };
            }
        }
    }
}

/// What a plan does not need to know and a world does: the namespaces that its objects live in.
fn surroundings(forms: &Forms, live: &Live) -> Vec<Question> {
    let namespace = |id: &ResourceId| {
        let named = ResourceId::kubernetes("Namespace", None, id.namespace.as_deref()?);
        Some(Question::Object(ResourceId { connection: id.connection.clone(), ..named }))
    };
    let questions: BTreeSet<Question> = forms.keys().filter_map(namespace).collect();
    questions.into_iter().filter(|question| live.get(question).is_none()).collect()
}

/// Asks, and keeps every answer; a question that gets none counts as unreadable, or it would be asked for ever.
async fn answer(live: &mut Live, readers: &Readers, questions: Vec<Question>) {
    let mut left: BTreeSet<Question> = questions.iter().cloned().collect();
    let mut answers = readers.ask(questions);
    while let Some((question, answer, as_of)) = answers.next().await {
        left.remove(&question);
        live.insert(question, answer, as_of);
    }
    for question in left {
        let why = Why { trouble: Trouble::Unavailable, message: "no answer came".to_owned() };
        live.insert(question, Answer::Unreadable(why), clock::now());
    }
}
