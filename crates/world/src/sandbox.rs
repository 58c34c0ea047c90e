//! The world as a back end: answers the planner's questions and carries out steps, with what may go wrong on the way.
//!
//! It says nothing that a real system could not say: what is forbidden or lost is unreadable or unknown, never absent.

mod connect;
mod connect_moves;
mod kafka;
mod listing;
mod neo4j;
mod reading;
mod sending;
mod settled;

pub use sending::Send;

use crate::faults::{Fault, Faults, Request};
use crate::kubernetes::ApiServer;
use crate::world::World;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::ledger::Row;
use evenkeel_core::engine::plan::Form;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::value::Value;
use std::collections::BTreeMap;

/// A world, what goes wrong in reaching it, and what the reader brings along.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// The simulated platform.
    pub world: World,
    /// What goes wrong.
    pub faults: Faults,
    key: DigestKey,
    intended: BTreeMap<ResourceId, Value>,
    expected: BTreeMap<ResourceId, (Form, Option<Row>)>,
}

impl Sandbox {
    /// Stands before a world; secrets are digested under `key` while they are read.
    #[must_use]
    pub fn new(world: World, faults: Faults, key: DigestKey) -> Self {
        Self { world, faults, key, intended: BTreeMap::new(), expected: BTreeMap::new() }
    }

    /// Tells what a dry run of this resource would send, secrets in the clear.
    pub fn intend(&mut self, id: ResourceId, object: Value) {
        self.intended.insert(id, object);
    }

    /// Tells what is wanted of a resource and what the ledger has of it: literal secrets of Git stay readable, what is
    /// as remembered is not kept, and a dry run without [`Sandbox::intend`] sends this.
    pub fn expect(&mut self, id: ResourceId, form: Form, row: Option<Row>) {
        self.expected.insert(id, (form, row));
    }

    /// Reads everything whole from now on.
    pub fn forget_expectations(&mut self) {
        self.expected.clear();
    }

    fn server(&mut self) -> &mut ApiServer {
        self.world.kubernetes()
    }

    /// Draws what happens to a request; a fault that strikes before the server is told as why.
    fn strike(&mut self, request: Request<'_>, what: &str) -> Result<Option<Fault>, (Fault, Why)> {
        match self.faults.strike(request) {
            None => Ok(None),
            Some(Fault::AnswerLost) => Ok(Some(Fault::AnswerLost)),
            Some(fault) => Err((fault, why(fault, what))),
        }
    }
}

/// Returns how a client tells of a fault.
fn why(fault: Fault, what: &str) -> Why {
    let (trouble, message) = match fault {
        Fault::Unauthorized => (Trouble::Unauthorized, "401 Unauthorized"),
        Fault::Forbidden => (Trouble::Forbidden, "403 the simulated user may not do this"),
        Fault::Conflict => (Trouble::Unavailable, "409 the object has been modified"),
        Fault::TooMany => (Trouble::Unavailable, "429 too many requests"),
        Fault::Unavailable => {
            (Trouble::Unavailable, "503 the server is currently unable to handle the request")
        }
        Fault::Down => (Trouble::Unavailable, "connection refused"),
        Fault::RequestLost | Fault::AnswerLost => (Trouble::TimedOut, "no answer in 30 s"),
    };
    Why { trouble, message: format!("{what}: {message}") }
}
