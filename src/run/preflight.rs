//! A look at everything that planning and applying rest on, before anything is planned. All servers are asked at once,
//! and nothing is written.

mod platform;
mod rooms;
mod standing;

use super::closed::Closed;
use super::connections::{open, state_connection};
use super::session::{KeyFrom, Session, SessionError, StateRead, Systems};
use crate::backend::kubernetes::{Access, Answering, Connection, Credentials, Reading};
use crate::state::Location;
use evenkeel_core::engine::apply::Snapshot;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::{ConnectionId, ConnectionName, System};
use evenkeel_core::engine::ledger::Book;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::{Forms, Uses, uses};
use evenkeel_core::engine::preflight::{Aim, Answerer, Contact, Pin, Preflight, Systems as Sort};
use evenkeel_core::engine::question::{Answer, Fact, FactId, Question, Trouble, Why};
use evenkeel_core::engine::rights::{Granted, Needs, StatePlace};
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use platform::grantees;

/// Says what takes a while.
pub type Talk<'a> = &'a (dyn Fn(&str) + Sync);

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

impl Needed {
    /// Returns who answered at a connection so far.
    fn pin(&self, id: &ConnectionId) -> Pin {
        match &self.state {
            Ok(state) => state.ledger.pins.get(id).cloned().map_or(Pin::Never, Pin::Is),
            Err(_) => Pin::Unread,
        }
    }
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
    let needs = match sort(session) {
        Sort::Real => Needs::of(&session.name, &uses, state_place(session).as_ref()),
        Sort::Simulated => Needs::default(),
    };
    Ok(Needed { uses, needs, state, live })
}

/// Looks at everything.
pub async fn preflight(session: &Session, aim: Aim, talk: Talk<'_>) -> Result<Preflight, SessionError> {
    let needed = needed(session).await?;
    let contacts = connections(session).map(|(name, connection)| contact(session, name, connection, &needed));
    let (contacts, brokers, plugins, storage, granted, namespaces, quotas, state) = futures::join!(
        futures::future::join_all(contacts),
        platform::brokers(session, &needed.uses, aim),
        platform::plugins(session, &needed.uses),
        platform::storage(session),
        granted(session, &needed.needs),
        rooms::namespaces(session, &needed),
        rooms::quotas(session, &needed),
        standing::standing(session, &needed.state, talk),
    );
    let platform = platform(session, &needed);
    let (uses, needs) = (needed.uses, needed.needs);
    Ok(Preflight {
        environment: session.name.clone(),
        revision: session.revision.clone(),
        aim,
        systems: sort(session),
        contacts,
        closed: closed(session),
        platform,
        brokers,
        plugins,
        storage,
        needs,
        granted,
        unknown_kinds: uses.unknown,
        namespaces,
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
    let key_from = KeyFrom::ThrownAway;
    Ok(StateRead { snapshot, book, ledger: Arc::default(), key, key_from })
}

/// Tells whether anybody must be let in.
#[must_use]
pub fn sort(session: &Session) -> Sort {
    match &session.systems {
        Systems::Real(_) => Sort::Real,
        Systems::Sandbox(_) => Sort::Simulated,
    }
}

/// Returns as whom connections act, where not as their credentials.
#[must_use]
pub fn acting_as(session: &Session) -> BTreeMap<ConnectionName, String> {
    let settings = session.specs.environment.spec.kubernetes.iter();
    let acting = settings.filter_map(|(name, settings)| {
        Some((ConnectionName::new(name.as_str()), settings.acting_as.clone()?))
    });
    acting.collect()
}

fn connections(session: &Session) -> impl Iterator<Item = (&ConnectionName, &Connection)> {
    let real = match &session.systems {
        Systems::Real(connections) => Some(open(connections)),
        Systems::Sandbox(_) => None,
    };
    real.into_iter().flatten()
}

/// Returns the connections that cannot be opened, and why.
fn closed(session: &Session) -> BTreeMap<ConnectionName, Why> {
    let real = match &session.systems {
        Systems::Real(connections) => Some(connections),
        Systems::Sandbox(_) => None,
    };
    let closed = |(name, connection): (&ConnectionName, &Result<Connection, Closed>)| {
        Some((name.clone(), connection.as_ref().err()?.why()))
    };
    real.into_iter().flatten().filter_map(closed).collect()
}

/// Returns where state is kept, if that is in a cluster.
#[must_use]
pub fn state_place(session: &Session) -> Option<StatePlace> {
    match &session.location {
        Location::Cluster { client: _, namespace } | Location::Closed { namespace, why: _ } => {
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
    let questions = questions.chain(elsewhere(session).map(|id| Question::Fact(FactId::Identity(id))));
    let mut live = Live::default();
    let mut answers = readers.ask(questions.collect());
    while let Some((question, answer, as_of)) = answers.next().await {
        live.insert(question, answer, as_of);
    }
    live
}

async fn contact(
    session: &Session,
    name: &ConnectionName,
    connection: &Connection,
    needed: &Needed,
) -> Contact {
    let access = Access::over(connection);
    let (user, answering) = futures::join!(access.who(), access.answering());
    let id = ConnectionId::kubernetes(name);
    let identity = identity(needed.live.get(&Question::Fact(FactId::Identity(id.clone()))));
    let clock = answering.as_ref().ok().and_then(|Answering { version: _, clock }| *clock);
    Contact {
        connection: name.clone(),
        server: connection.server().to_owned(),
        credentials: match acting_as(session).get(name) {
            Some(user) => format!("{}, acting as {user}", told(connection.credentials())),
            None => told(connection.credentials()),
        },
        trust: connection.trust(),
        user,
        identity,
        pin: needed.pin(&id),
        version: answering.map(|answering| answering.version),
        ahead: clock.map(|(theirs, ours)| theirs.duration_since(ours)),
    }
}

/// Returns the brokers, the workers and the Neo4j servers of an environment.
fn elsewhere(session: &Session) -> impl Iterator<Item = ConnectionId> {
    let systems = &session.specs.systems;
    let kafka = systems.kafka.keys().map(|name| ConnectionId { system: System::Kafka, name: name.clone() });
    let connect =
        systems.connect.keys().map(|name| ConnectionId { system: System::Connect, name: name.clone() });
    let neo4j = systems.neo4j.keys().map(|name| ConnectionId { system: System::Neo4j, name: name.clone() });
    kafka.chain(connect).chain(neo4j)
}

/// Returns who answers for them. A Neo4j cluster may be one that an apply has yet to make: that nobody answers for it says
/// something only once somebody has.
fn platform(session: &Session, needed: &Needed) -> BTreeMap<ConnectionId, Answerer> {
    let answerer = |id: ConnectionId| {
        let answer = needed.live.get(&Question::Fact(FactId::Identity(id.clone())));
        let pin = needed.pin(&id);
        (id, Answerer { identity: identity(answer), pin })
    };
    let is_there = |(id, answerer): &(ConnectionId, Answerer)| {
        id.system != System::Neo4j || answerer.pin != Pin::Never || answerer.identity.is_ok()
    };
    match sort(session) {
        Sort::Real => elsewhere(session).map(answerer).filter(is_there).collect(),
        Sort::Simulated => BTreeMap::new(),
    }
}

fn identity(answer: Option<&Answer>) -> Result<Arc<str>, Why> {
    match answer {
        Some(Answer::Fact(Fact::Identity(identity))) => Ok(Arc::clone(identity)),
        Some(Answer::Unreadable(why)) => Err(why.clone()),
        Some(_) | None => Err(Why { trouble: Trouble::Garbled, message: "it does not say".to_owned() }),
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
    let closed = closed(session);
    let parallelism = session.specs.desired.limits.parallelism.max(1) as usize;
    let asked = needs.0.keys().map(|right| {
        let at = &right.object.connection;
        let (access, closed) = (access.get(at).cloned(), closed.get(at).cloned());
        async move {
            let answer = match access {
                Some(access) => access.may(right).await,
                None => Err(closed.unwrap_or_else(|| not_configured(at))),
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
