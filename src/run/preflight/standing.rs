//! How state stands: where it is, who works on the environment, and whether it is suspended.

use super::{Talk, connections, state_place};
use crate::backend::kubernetes::Access;
use crate::run::session::{Session, SessionError, StateRead};
use crate::state::Location;
use evenkeel_core::engine::apply::{Head, Tenure, Version};
use evenkeel_core::engine::preflight::{Lock, Presence, Standing, State};
use evenkeel_core::engine::question::Why;
use evenkeel_core::engine::rights::StatePlace;
use std::time::Duration;

/// So often is a lock looked at again within the time after which it counts as left behind.
const LOOKS: u32 = 6;

/// Looks at state.
pub(super) async fn standing(
    session: &Session,
    state: &Result<StateRead, SessionError>,
    talk: Talk<'_>,
) -> State {
    let place = match (&session.location, state_place(session)) {
        (Location::Cluster { .. } | Location::Closed { .. }, Some(StatePlace { connection, namespace })) => {
            format!("namespace {namespace} of connection {connection}")
        }
        (Location::Directory(path), _) => path.display().to_string(),
        (Location::Cluster { client: _, namespace } | Location::Closed { namespace, why: _ }, None) => {
            format!("namespace {namespace}")
        }
    };
    let standing = async {
        match state {
            Ok(state) => standing_of(session, state, talk).await,
            Err(error) => Err(words(error)),
        }
    };
    let (namespace, standing) = futures::join!(namespace(session), standing);
    State { place, namespace, standing }
}

async fn namespace(session: &Session) -> Option<(StatePlace, Result<Presence, Why>)> {
    let place = state_place(session)?;
    let (_, connection) = connections(session).find(|(name, _)| **name == place.connection)?;
    let found = Access::over(connection).namespace(&place.namespace).await;
    Some((place, found))
}

/// Returns the innermost cause: the place is told already.
fn words(error: &SessionError) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

async fn standing_of(session: &Session, state: &StateRead, talk: Talk<'_>) -> Result<Standing, String> {
    let suspension = session.reader.read_suspension().await.map_err(|error| error.to_string())?;
    let lock = match &state.snapshot.lock {
        Some((head, version)) if head.tenure == Tenure::Held => held(session, (head, version), talk).await?,
        Some(_) | None => Lock::Free,
    };
    let ours = (!state.is_empty()).then(|| state.ledger.rows.len());
    Ok(Standing { ours, lock, suspension })
}

/// Watches a lock until it is known whether anybody renews it, for as long as its lease lasts.
async fn held(session: &Session, first: (&Head, &Version), talk: Talk<'_>) -> Result<Lock, String> {
    let lease = session.specs.desired.limits.lease.max(Duration::from_secs(1));
    let pause = lease / LOOKS;
    talk(&format!(
        "watching the lock for up to {} s, to tell whether its holder lives",
        (lease + pause).as_secs()
    ));
    for _look in 0..=LOOKS {
        tokio::time::sleep(pause).await;
        let look = session.reader.read_lock().await.map_err(|error| error.to_string())?;
        if let Some(lock) = Lock::of(first, look) {
            return Ok(lock);
        }
    }
    Ok(Lock::LeftBehind(first.0.clone()))
}
