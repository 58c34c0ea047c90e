//! The report on drift: what is live and neither in Git nor what we applied last, who made it so, and since when.
//!
//! It is read out of the plan, so drift is only what a plan would heal or hold, and an empty report is the truth.

mod json;
mod text;

pub use json::json;
pub use text::{markdown, text};

use super::terraform::{self, Actions};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::plan::{Held, HeldChange, Plan};
use crate::engine::step::{Action, Reason, WriteMode};
use crate::engine::value::Value;
use crate::engine::verdict::{Cause, FieldChange};
use jiff::Timestamp;
use serde_json::Value as Json;

/// Everything that is told about drift.
#[derive(Clone, Debug)]
pub struct DriftReport<'a> {
    /// The plan that would heal it.
    pub plan: &'a Plan,
    /// When it is told.
    pub now: Timestamp,
    /// What to type next, if anything drifted.
    pub next: Option<String>,
}

/// One resource that drifted.
#[derive(Clone, Debug)]
pub struct Drifted<'a> {
    /// Which.
    pub address: &'a ResourceId,
    /// Whether it is still there.
    pub how: How<'a>,
    /// The fields that somebody changed.
    pub fields: Vec<&'a FieldChange>,
    /// What holds the healing back, if anything does.
    pub held: Option<&'a Held>,
    config: Option<&'a Value>,
}

/// How a resource drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How<'a> {
    /// Fields of it were changed.
    Edited,
    /// It was deleted.
    Deleted,
    /// It was deleted, and another one of its name was made; which one was ours.
    Recreated(&'a Uid),
}

/// Returns what drifted, by address; what is held as well as what a plan would heal.
#[must_use]
pub fn drifted(plan: &Plan) -> Vec<Drifted<'_>> {
    let steps = plan.steps.iter().filter_map(|step| {
        let (mode, config) = match &step.action {
            Action::Write { mode, config, wanted: _ } => (Some(*mode), Some(config.as_ref())),
            Action::Confirm { config, wanted: _ } => (None, Some(config.as_ref())),
            Action::Delete { uid: _ } | Action::Operation(_) => (None, None),
        };
        let how = How::of(mode == Some(WriteMode::Create), &step.because);
        of(Drifted { address: &step.address, how, fields: step.fields.iter().collect(), held: None, config })
    });
    let held = plan.held.iter().filter_map(|resource| {
        let how = How::of(resource.change == HeldChange::Create, &resource.because);
        let fields = resource.fields.iter().collect();
        of(Drifted { address: &resource.address, how, fields, held: Some(&resource.held), config: None })
    });
    let mut all: Vec<Drifted<'_>> = steps.chain(held).collect();
    all.sort_by_key(|drifted| drifted.address);
    all
}

fn of(mut all: Drifted<'_>) -> Option<Drifted<'_>> {
    all.fields.retain(|field| matches!(field.cause, Cause::Drifted(_) | Cause::EditedOverDrift(_)));
    (all.how != How::Edited || !all.fields.is_empty()).then_some(all)
}

impl<'a> How<'a> {
    /// What we applied, nobody took out of Git, and yet has to be created was deleted by hand.
    fn of(created: bool, because: &'a Reason) -> Self {
        match because {
            Reason::Recreated { was } => Self::Recreated(was),
            Reason::Drifted(_) if created => Self::Deleted,
            _ => Self::Edited,
        }
    }
}

impl Drifted<'_> {
    /// Returns it as an element of Terraform's `resource_drift`: from what we left there to what is live.
    #[must_use]
    pub fn resource_drift(&self) -> Json {
        let identity = terraform::identity(self.address);
        let fields = || self.fields.iter().copied();
        let left = terraform::with_wanted(self.config.unwrap_or(&identity), fields());
        match self.how {
            How::Deleted => terraform::resource_change(self.address, Actions::Delete, Some(&left), None),
            How::Recreated(_) => {
                let live = terraform::with_live(&left, fields());
                terraform::resource_change(self.address, Actions::Replace, Some(&left), Some(&live))
            }
            How::Edited => {
                let live = terraform::with_live(&left, fields());
                terraform::resource_change(self.address, Actions::Update, Some(&left), Some(&live))
            }
        }
    }
}
