//! What is read of an environment while its specs are still being parsed: its state, where its own settings say it is.

use super::session::{Session, SessionError, StateRead};
use super::specs::{Files, Found};
use super::surroundings::Surroundings;
use crate::source::Root;
use evenkeel_core::documents::environment::Environment;

/// An environment that was opened by its settings alone.
///
/// Specs that are wrong are told before a state that cannot be read: whoever waits for both looks at the specs first.
pub struct Ahead {
    opened: Option<(Environment, Result<Session, SessionError>)>,
}

impl Ahead {
    /// Opens an environment by its settings; what is wrong with them is told once everything is parsed.
    pub async fn open(files: &Files, named: &str, root: &Root, surroundings: &Surroundings) -> Self {
        let opened = match files.settings(named) {
            Some((specs, revision)) => {
                let environment = specs.environment.clone();
                let session = Session::of(specs, revision, root, surroundings).await;
                Some((environment, session.and_then(Session::with_state)))
            }
            None => None,
        };
        Self { opened }
    }

    /// Reads the state, if it is known where that is.
    pub async fn read_state(&self) -> Option<Result<StateRead, SessionError>> {
        match &self.opened {
            Some((_, Ok(session))) => Some(session.read_state().await),
            Some((_, Err(_))) | None => None,
        }
    }

    /// Puts the whole specs in the place of the settings. Whatever was opened stays open, and what was read counts, if
    /// they are of one environment; else both are done again. What could not be opened is not tried twice.
    pub async fn complete(
        self,
        found: Found,
        state: Option<Result<StateRead, SessionError>>,
        root: &Root,
        surroundings: &Surroundings,
    ) -> Result<(Session, StateRead), SessionError> {
        match (self.opened, state) {
            (Some((environment, Err(error))), _) if environment == found.specs.environment => Err(error),
            (Some((environment, Ok(session))), Some(state)) if environment == found.specs.environment => {
                let Found { specs, revision, base, policies } = found;
                // Settings alone do not say which systems have documents.
                let platform = session.systems.platform(&specs);
                Ok((Session { specs, revision, base, policies, platform, ..session }, state?))
            }
            (_, _) => {
                let session = Session::open(found, root, surroundings).await?;
                let state = session.read_state().await?;
                Ok((session, state))
            }
        }
    }
}
