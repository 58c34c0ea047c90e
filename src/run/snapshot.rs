//! Snapshots: live answers kept in a file, and plans made from one without contacting anybody.

use super::in_git::InGit;
use super::planning::{self, Keep};
use super::protected::leave_own_files;
use super::session::{Session, SessionError, StateRead, blocked};
use super::specs::{Opened, SpecsError};
use crate::backend::kubernetes::Reading;
use crate::clock;
use crate::source::Root;
use evenkeel_core::documents::Specs;
use evenkeel_core::engine::id::{ResourceId, System};
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::Inputs;
use evenkeel_core::engine::plan::{Forms, Next, Plan, Planner};
use evenkeel_core::engine::question::{Answer, Question, Scope};
use evenkeel_core::engine::snapshot::{Recorded, SnapshotError};
use evenkeel_core::resources::kafka::TOPIC;
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Asks everything that a plan takes, and all names of the kinds in use. Writes nothing live.
pub async fn take(session: &Session) -> Result<Recorded, SessionError> {
    let taken = clock::now();
    let state = session.read_state().await?;
    let planned = planning::make(session, &state, &session.inputs(&state), Keep::Everything).await;
    let mut recorded = Recorded {
        environment: session.name.clone(),
        revision: session.revision.clone(),
        taken,
        systems: session.systems(),
        targets: session.specs.targets(),
        ledger: (!state.is_empty()).then(|| state.ledger.as_ref().clone()),
        blocked: blocked(&state.book),
        digested_under: state.key_from.digested_under(),
        names: BTreeMap::new(),
        live: planned.live,
    };
    keep_names(&mut recorded, session, &state).await;
    Ok(recorded)
}

/// A topic of this name nobody has; who may see that it is not there may see all that are.
const NOBODY: &str = "evenkeel-asks-whether-topics-may-be-seen";

/// Lists what is there of each kind in use, whoever made it, and keeps the names only.
async fn keep_names(recorded: &mut Recorded, session: &Session, state: &StateRead) {
    let (environment, key) = (session.name.clone(), state.key.clone());
    let reading = Reading { environment, key, forms: Forms::default(), ledger: Arc::default() };
    let reading = Arc::new(reading);
    let scopes = listable(session, scopes(&recorded.live), &reading).await;
    let listed = scopes.into_iter().map(|scope| async {
        let names = session.names(&scope, &reading).await;
        (scope, names)
    });
    let mut left = Vec::new();
    for (scope, names) in futures::future::join_all(listed).await {
        match names {
            Some(names) => recorded.keep_names(&scope, names),
            None => left.push(Question::Everything(scope)),
        }
    }
    let readers = session.readers(&reading);
    let mut answers = readers.ask(left);
    while let Some((question, answer, _)) = answers.next().await {
        let Question::Everything(scope) = question else { continue };
        match answer {
            Answer::Inventory { rows, complete: Ok(()) } => {
                recorded.keep_names(&scope, Ok(rows.into_iter().map(|seen| seen.id.name).collect()));
            }
            Answer::Inventory { rows: _, complete: Err(why) } | Answer::Unreadable(why) => {
                recorded.keep_names(&scope, Err(why));
            }
            // No list, and no failure either: nothing is known of the names.
            Answer::Seen(_) | Answer::NotFound | Answer::Fact(_) | Answer::Rejected(_) => {}
        }
    }
}

/// Returns the kinds and places in use. Brokers and workers are asked by name, API servers for what is marked.
fn scopes(live: &Live) -> BTreeSet<Scope> {
    let asked = live.iter().filter_map(|(question, _)| match question {
        Question::Inventory(scope) => Some(scope.clone()),
        Question::Object(id) => match id.system {
            System::Kafka | System::Connect => Some(Scope::of(id)),
            System::Kubernetes | System::Neo4j => None,
        },
        Question::Everything(_) | Question::Project(_, _) | Question::Fact(_) => None,
    });
    asked.collect()
}

/// Leaves out topics where some may be hidden from us: their list proves nothing then.
async fn listable(session: &Session, mut scopes: BTreeSet<Scope>, reading: &Arc<Reading>) -> BTreeSet<Scope> {
    let topics = scopes.iter().filter(|scope| scope.system == System::Kafka && scope.kind.as_str() == TOPIC);
    let probes = topics.map(|scope| {
        let Scope { system, connection, kind, namespace } = scope.clone();
        Question::Object(ResourceId { system, connection, kind, namespace, name: Arc::from(NOBODY) })
    });
    let readers = session.readers(reading);
    let mut answers = readers.ask(probes.collect());
    while let Some((question, answer, _)) = answers.next().await {
        if let (Question::Object(id), false) = (question, answer == Answer::NotFound) {
            scopes.remove(&Scope::of(&id));
        }
    }
    scopes
}

/// Why there is no plan from a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// The specs.
    #[error(transparent)]
    Specs(#[from] SpecsError),
    /// The snapshot does not stand for the live systems of these specs.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// A plan that was made from a snapshot, and the specs it is of.
pub struct Offline {
    /// The specs.
    pub specs: Specs,
    /// The plan.
    pub plan: Plan,
}

/// Plans an environment from a snapshot: nothing is contacted, and no credentials and no secrets are looked at.
pub fn plan(
    opened: &Opened,
    (named, root): (&str, &Root),
    recorded: &Recorded,
    expected_deletes: Option<u32>,
) -> Result<Offline, OfflineError> {
    let (_, mut specs, base) = opened.environment(named)?;
    let policies = opened.policies()?;
    if base.is_some() {
        leave_own_files(&mut specs, root);
    }
    recorded.check(&specs.desired.environment, &specs.targets())?;
    let revision = opened.revision();
    let in_git = InGit { specs: &specs, revision: &revision, policies: &policies, base: base.as_ref() };
    let inputs = Inputs { expected_deletes, ..recorded.inputs(in_git.inputs()) };
    let plan = planned(&inputs, recorded);
    Ok(Offline { specs, plan })
}

fn planned(inputs: &Inputs, recorded: &Recorded) -> Plan {
    let (mut planner, mut live) = (Planner::new(inputs), Live::default());
    loop {
        match planner.plan(&live, clock::now()) {
            Next::Ready(plan) => return *plan,
            Next::Ask(questions) => {
                for question in questions {
                    let (answer, as_of) = recorded.answer(&question);
                    live.insert(question, answer, as_of);
                }
            }
        }
    }
}
