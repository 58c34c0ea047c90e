//! A look at everything that planning and applying rest on, before anything is planned. All servers are asked at once,
//! and nothing is written.

use super::connections::state_connection;
use super::planning::{self, Keep};
use super::session::{Session, SessionError, StateRead, Systems};
use crate::backend::kubernetes::{Access, Answering, Connection, Credentials, Reading, Trust as Checked};
use crate::state::Location;
use evenkeel_core::engine::apply::{Head, Snapshot, Tenure, Version};
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::{ConnectionId, ConnectionName};
use evenkeel_core::engine::ledger::Book;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::{Doubts, Inputs};
use evenkeel_core::engine::plan::{Forms, Part, Place, Plan, Uses, uses};
use evenkeel_core::engine::preflight::{Aim, Contact, Lock, Preflight, Quotas, Standing, State, Trust};
use evenkeel_core::engine::question::{Answer, Fact, FactId, Question, Trouble, Why};
use evenkeel_core::engine::rights::{Granted, Needs, StatePlace};
use evenkeel_core::engine::step::{Action, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::kubernetes::quota::{Added, rooms};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// So often is a lock looked at again within the time after which it counts as left behind.
const LOOKS: u32 = 6;

/// What an environment uses and needs, and what was answered to find that out.
pub struct Needed {
    /// What it uses.
    pub uses: Uses,
    /// What it needs.
    pub needs: Needs,
    /// The state, or why it cannot be read.
    pub state: Result<StateRead, SessionError>,
    live: Live,
}

/// Finds out what an environment needs: what Git wants, what the ledger has, and how servers call those kinds.
pub async fn needed(session: &Session) -> Result<Needed, SessionError> {
    let state = session.read_state().await;
    let nothing;
    let known = if let Ok(state) = &state {
        state
    } else {
        nothing = nothing_known(session)?;
        &nothing
    };
    let live = introduced(session, known).await;
    let uses = uses(&session.inputs(known), &live);
    let needs = match &session.systems {
        Systems::Real(_) => Needs::of(&session.name, &uses, state_place(session).as_ref()),
        // A simulated cluster asks nobody who they are.
        Systems::Sandbox(_) => Needs::default(),
    };
    Ok(Needed { uses, needs, state, live })
}

/// Looks at everything.
pub async fn preflight(session: &Session, aim: Aim) -> Result<Preflight, SessionError> {
    let needed = needed(session).await?;
    let contacts = futures::future::join_all(
        connections(session).map(|(name, connection)| contact(name, connection, &needed)),
    );
    let (contacts, granted, quotas, state) = futures::join!(
        contacts,
        granted(session, &needed.needs),
        quotas(session, &needed),
        standing(session, &needed.state),
    );
    let (uses, needs) = (needed.uses, needed.needs);
    Ok(Preflight {
        environment: session.name.clone(),
        revision: session.revision.clone(),
        aim,
        contacts,
        needs,
        granted,
        unknown_kinds: uses.unknown,
        state,
        quotas,
    })
}

/// Stands for state that cannot be read, so that the rest can be looked at all the same.
fn nothing_known(session: &Session) -> Result<StateRead, SessionError> {
    let snapshot = Snapshot::default();
    let environment = session.name.clone();
    let book = Book::read(&snapshot).map_err(|source| SessionError::Garbled { environment, source })?;
    let key = DigestKey::new(crate::random::key().map_err(SessionError::World)?);
    let key_from = super::session::KeyFrom::ThrownAway;
    Ok(StateRead { snapshot, book, ledger: Arc::default(), key, key_from })
}

fn connections(session: &Session) -> impl Iterator<Item = (&ConnectionName, &Connection)> {
    let real = match &session.systems {
        Systems::Real(connections) => Some(connections),
        Systems::Sandbox(_) => None,
    };
    real.into_iter().flatten()
}

fn state_place(session: &Session) -> Option<StatePlace> {
    match &session.location {
        Location::Cluster { client: _, namespace } => {
            let connection = state_connection(&session.specs);
            Some(StatePlace { connection, namespace: Arc::from(namespace.as_str()) })
        }
        Location::Directory(_) => None,
    }
}

/// Asks every connection who it is and what it serves.
async fn introduced(session: &Session, state: &StateRead) -> Live {
    let (environment, key) = (session.name.clone(), state.key.clone());
    let reading = Reading { environment, key, forms: Forms::default(), ledger: Arc::default() };
    let readers = session.readers(&Arc::new(reading));
    let questions = session.connections().flat_map(|name| {
        let identity = FactId::Identity(ConnectionId::kubernetes(&name));
        [identity, FactId::ServedKinds(name)].map(Question::Fact)
    });
    let mut live = Live::default();
    let mut answers = readers.ask(questions.collect());
    while let Some((question, answer, as_of)) = answers.next().await {
        live.insert(question, answer, as_of);
    }
    live
}

async fn contact(name: &ConnectionName, connection: &Connection, needed: &Needed) -> Contact {
    let access = Access::over(connection);
    let (user, answering) = futures::join!(access.who(), access.answering());
    let id = ConnectionId::kubernetes(name);
    let identity = match needed.live.get(&Question::Fact(FactId::Identity(id.clone()))) {
        Some(Answer::Fact(Fact::Identity(identity))) => Ok(Arc::clone(identity)),
        Some(Answer::Unreadable(why)) => Err(why.clone()),
        Some(_) | None => Err(Why { trouble: Trouble::Garbled, message: "it does not say".to_owned() }),
    };
    let clock = answering.as_ref().ok().and_then(|Answering { version: _, clock }| *clock);
    Contact {
        connection: name.clone(),
        server: connection.server().to_owned(),
        credentials: told(connection.credentials()),
        trust: match connection.trust() {
            Checked::Verified => Trust::Verified,
            Checked::Unverified => Trust::Unverified,
            Checked::Plain => Trust::Plain,
        },
        user,
        identity,
        pin: needed.state.as_ref().ok().and_then(|state| state.ledger.pins.get(&id).cloned()),
        version: answering.map(|answering| answering.version),
        ahead: clock.map(|(theirs, ours)| theirs.duration_since(ours)),
    }
}

fn told(credentials: &Credentials) -> String {
    match credentials {
        Credentials::InCluster => "the service account of this pod".to_owned(),
        Credentials::Kubeconfig { paths, context } => {
            let paths = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(":");
            let context = context.as_ref().map(|context| format!(", context {context}"));
            format!("kubeconfig {paths}{}", context.unwrap_or_default())
        }
    }
}

/// Asks about every right, several at a time.
async fn granted(session: &Session, needs: &Needs) -> Granted {
    let access: BTreeMap<&ConnectionName, Access> =
        connections(session).map(|(name, connection)| (name, Access::over(connection))).collect();
    let parallelism = session.specs.desired.limits.parallelism.max(1) as usize;
    let asked = needs.0.keys().map(|right| {
        let access = access.get(&right.object.connection).cloned();
        async move {
            let answer = match access {
                Some(access) => access.may(right).await,
                None => Err(not_configured(&right.object.connection)),
            };
            (right.clone(), answer)
        }
    });
    futures::stream::iter(asked).buffer_unordered(parallelism).collect().await
}

fn not_configured(connection: &ConnectionName) -> Why {
    let message = format!("connection {connection} is not configured in environment.yaml");
    Why { trouble: Trouble::Unavailable, message }
}

async fn standing(session: &Session, state: &Result<StateRead, SessionError>) -> State {
    let place = match (&session.location, state_place(session)) {
        (Location::Cluster { .. }, Some(StatePlace { connection, namespace })) => {
            format!("namespace {namespace} of connection {connection}")
        }
        (Location::Directory(path), _) => path.display().to_string(),
        (Location::Cluster { client: _, namespace }, None) => format!("namespace {namespace}"),
    };
    let standing = match state {
        Ok(state) => standing_of(session, state).await,
        Err(error) => Err(words(error)),
    };
    State { place, standing }
}

/// Returns the innermost cause: the place is told already.
fn words(error: &SessionError) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

async fn standing_of(session: &Session, state: &StateRead) -> Result<Standing, String> {
    let suspension = session.reader.read_suspension().await.map_err(|error| error.to_string())?;
    let lock = match &state.snapshot.lock {
        Some((head, version)) if head.tenure == Tenure::Held => held(session, head, version).await?,
        Some(_) | None => Lock::Free,
    };
    let ours = (!state.is_empty()).then(|| state.ledger.rows.len());
    Ok(Standing { ours, lock, suspension })
}

/// A lock is held by who renews it: what does not change for as long as the lease lasts was left behind.
async fn held(session: &Session, head: &Head, version: &Version) -> Result<Lock, String> {
    let pause = session.specs.desired.limits.lease.max(Duration::from_secs(1)) / LOOKS;
    for _look in 0..=LOOKS {
        tokio::time::sleep(pause).await;
        match session.reader.read_lock().await.map_err(|error| error.to_string())? {
            Some((now, _)) if now.tenure != Tenure::Held => return Ok(Lock::Free),
            Some((now, renewed)) if renewed != *version => return Ok(Lock::Held(now)),
            None => return Ok(Lock::Free),
            Some(_) => {}
        }
    }
    Ok(Lock::LeftBehind(head.clone()))
}

/// Reads the quotas of the namespaces that Git uses; only where there are some is a plan made, to be counted.
async fn quotas(session: &Session, needed: &Needed) -> Quotas {
    let mut found = Quotas::default();
    let mut there: BTreeMap<(ConnectionName, Arc<str>), Vec<Value>> = BTreeMap::new();
    for (place, answer) in asked_quotas(session, &needed.uses).await {
        match answer {
            Ok(quotas) if quotas.is_empty() => {}
            Ok(quotas) => drop(there.insert(place, quotas)),
            Err(why) => drop(found.unread.insert(place, why)),
        }
    }
    let (Ok(state), false) = (&needed.state, there.is_empty()) else { return found };
    let inputs = Inputs { doubts: Doubts::Leave, ..session.inputs(state) };
    let plan = planning::make(session, state, &inputs, Keep::WhatDiffers).await.plan;
    let mut added = added(&plan, &needed.uses);
    for (place, quotas) in there {
        let added = added.remove(&place).unwrap_or_default();
        found.rooms.extend(rooms((&place.0, &place.1), &quotas, &added));
    }
    found
}

type AskedQuotas = Vec<((ConnectionName, Arc<str>), Result<Vec<Value>, Why>)>;

async fn asked_quotas(session: &Session, uses: &Uses) -> AskedQuotas {
    let wanted = uses.kinds.iter().filter(|(_, part)| **part == Part::Wanted);
    let places: BTreeSet<(ConnectionName, Arc<str>)> =
        wanted.filter_map(|(place, _)| Some((place.connection.clone(), place.namespace.clone()?))).collect();
    let known: BTreeMap<&ConnectionName, &Connection> = connections(session).collect();
    let asked = places.into_iter().filter_map(|(name, namespace)| {
        let access = Access::over(known.get(&name)?);
        Some(async move {
            let answer = access.quotas(&namespace).await;
            ((name, namespace), answer)
        })
    });
    futures::future::join_all(asked).await
}

fn added(plan: &Plan, uses: &Uses) -> BTreeMap<(ConnectionName, Arc<str>), Added> {
    let plurals: BTreeMap<_, _> = uses.kinds.keys().map(plural).collect();
    let mut added: BTreeMap<(ConnectionName, Arc<str>), Added> = BTreeMap::new();
    for step in plan.steps.iter().chain(&plan.waiting) {
        let Action::Write { mode: WriteMode::Create, config, wanted: _ } = &step.action else { continue };
        let id = &step.address;
        let (Some(namespace), Some(plural)) = (&id.namespace, plurals.get(&(&id.connection, &id.kind)))
        else {
            continue;
        };
        let place = (id.connection.clone(), Arc::clone(namespace));
        added.entry(place).or_default().count(id, *plural, config);
    }
    added
}

type Plural<'a> = ((&'a ConnectionName, &'a evenkeel_core::engine::id::Kind), (&'a str, &'a str));

fn plural(place: &Place) -> Plural<'_> {
    ((&place.connection, &place.kind), (&place.plural, &place.group))
}
