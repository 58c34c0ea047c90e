//! A plan's steps as people count them: one entry per resource and kind of doing, a replacement in one piece.

use crate::engine::id::ResourceId;
use crate::engine::plan::{Held, HeldChange, HeldResource, Plan};
use crate::engine::question::{Scope, Why};
use crate::engine::step::{Action, Operation, Reason, Risk, Step, WriteMode};
use crate::engine::verdict::FieldChange;
use crate::report::style::Role;
use crate::report::words;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doing {
    /// It is created.
    Create,
    /// It changes in place.
    Update,
    /// It is deleted.
    Delete,
    /// It is deleted and created anew.
    Replace,
    /// It becomes ours as it is.
    Adopt,
    /// Our record of owning its fields is completed.
    Own,
    /// A dry run settles whether it changes.
    Confirm,
    /// Other managers' fields are handed to ours.
    Migrate,
    /// It is gone, and that is written down.
    RecordGone,
    /// It is ours, and that is written down again.
    RecordOurs,
    /// It is known by another address from now on.
    Move,
    /// It is started again: it has failed, or what changed takes effect then.
    Restart,
    /// It gets nothing more.
    Cordon,
    /// All that it has moves to others.
    Drain,
    /// It is stopped, so that another one goes on where it stands.
    Stop,
    /// It goes on where another one stands.
    Carry,
    /// It is created under another address, and what had the old one is deleted.
    Rename,
    /// It is no longer ours, and stays as it is.
    Forget,
}

/// One resource and what is done to it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// What is done.
    pub doing: Doing,
    /// The step, or the one that a replacement or a move begins with.
    pub step: &'a Step,
    /// The one that it ends with.
    pub second: Option<&'a Step>,
}

/// Returns the plan's steps in their order, each replacement and each move as one entry.
#[must_use]
pub fn entries<'p>(plan: &'p Plan) -> Vec<Entry<'p>> {
    let deleted: BTreeMap<_, _> = steps_that(plan, Doing::Delete);
    let created: BTreeMap<_, _> = steps_that(plan, Doing::Create);
    let updated: BTreeMap<_, _> = steps_that(plan, Doing::Update);
    let entry = |step: &'p Step| match Doing::of(step) {
        Doing::Create if deleted.contains_key(&step.address) => None,
        Doing::Create => Some(match left_behind(step, &deleted) {
            Some(second) => Entry { doing: Doing::Rename, step, second: Some(second) },
            None => Entry { doing: Doing::Create, step, second: None },
        }),
        Doing::Delete if is_left_behind(step, &created) => None,
        Doing::Delete => match created.get(&step.address) {
            Some(second) => Some(Entry { doing: Doing::Replace, step, second: Some(second) }),
            None => Some(Entry { doing: Doing::Delete, step, second: None }),
        },
        // They are told with what they lead to.
        Doing::Stop => None,
        Doing::Carry | Doing::Update if created.contains_key(&step.address) => None,
        Doing::Carry if updated.contains_key(&step.address) => None,
        // What was left is told with what is there now.
        Doing::Move if matches!(step.because, Reason::MovedTo(_)) => None,
        doing => Some(Entry { doing, step, second: None }),
    };
    plan.steps.iter().filter_map(entry).collect()
}

/// Returns the deletion of what a creation takes the place of.
fn left_behind<'a>(created: &Step, deleted: &BTreeMap<&ResourceId, &'a Step>) -> Option<&'a Step> {
    let Reason::MovedFrom(from) = &created.because else { return None };
    deleted.get(from).copied()
}

fn is_left_behind(deleted: &Step, created: &BTreeMap<&ResourceId, &Step>) -> bool {
    let Reason::MovedTo(to) = &deleted.because else { return false };
    created.get(to).is_some_and(|created| matches!(created.because, Reason::MovedFrom(_)))
}

fn steps_that(plan: &Plan, doing: Doing) -> BTreeMap<&ResourceId, &Step> {
    plan.steps.iter().filter(|step| Doing::of(step) == doing).map(|step| (&step.address, step)).collect()
}

/// Returns what is held for a reason of its own: what was not compared is counted there.
pub fn held(plan: &Plan) -> impl Iterator<Item = &HeldResource> {
    plan.held.iter().filter(|resource| {
        let scope = Scope::of(&resource.address);
        let shares_fate = matches!(resource.held, Held::Unreadable(_))
            && plan.unknown.iter().any(|unknown| unknown.scope == scope);
        !shares_fate && unread_secret(resource).is_none()
    })
}

/// Returns what is as it was left but holds a secret whose source could not be read, so that nobody can compare it.
pub(super) fn not_compared(plan: &Plan) -> impl Iterator<Item = (&HeldResource, &Why)> {
    plan.held.iter().filter_map(|resource| Some((resource, unread_secret(resource)?)))
}

fn unread_secret(resource: &HeldResource) -> Option<&Why> {
    match &resource.held {
        Held::SecretUnread(why) if resource.change == HeldChange::Unknown => Some(why),
        _ => None,
    }
}

impl<'a> Entry<'a> {
    /// Says why it is done, where its fields do not say so already.
    #[must_use]
    pub fn because(&self, now: Timestamp) -> Option<String> {
        let drifted = matches!(self.step.because, Reason::Drifted(_));
        match self.doing {
            Doing::Create if drifted => Some("was there and is gone: deleted by hand".to_owned()),
            Doing::Update if drifted => None,
            Doing::Create
            | Doing::Update
            | Doing::Delete
            | Doing::Replace
            | Doing::Adopt
            | Doing::Own
            | Doing::Confirm
            | Doing::Migrate
            | Doing::RecordGone
            | Doing::RecordOurs
            | Doing::Move
            | Doing::Restart
            | Doing::Cordon
            | Doing::Drain
            | Doing::Stop
            | Doing::Carry
            | Doing::Rename
            | Doing::Forget => words::reason(&self.step.because, now),
        }
    }

    /// Returns the highest risk of its steps.
    #[must_use]
    pub fn risk(&self) -> Risk {
        self.step.risk.max(self.second.map_or(Risk::None, |step| step.risk))
    }

    /// Returns the fields that change.
    pub fn fields(&self) -> impl Iterator<Item = &'a FieldChange> + use<'a> {
        self.step.fields.iter().chain(self.second.into_iter().flat_map(|step| &step.fields))
    }
}

impl Doing {
    /// Returns what a step does; a replacement is two steps, so never this.
    #[must_use]
    pub fn of(step: &Step) -> Self {
        match &step.action {
            Action::Write { mode, config: _, wanted: _ } => match mode {
                WriteMode::Create => Self::Create,
                WriteMode::Update => Self::Update,
                WriteMode::Adopt => Self::Adopt,
                WriteMode::Own => Self::Own,
            },
            Action::Delete { uid: _ } => Self::Delete,
            Action::Confirm { config: _, wanted: _ } => Self::Confirm,
            Action::Operation(Operation::MigrateManagers { managers: _, left: _ }) => Self::Migrate,
            Action::Operation(Operation::RecordGone) => Self::RecordGone,
            Action::Operation(Operation::RecordOurs { .. }) => Self::RecordOurs,
            Action::Operation(
                Operation::RecordMovedFrom { from: _ } | Operation::RecordMovedTo { to: _ },
            ) => Self::Move,
            Action::Operation(Operation::Release { .. } | Operation::RecordUnseen) => Self::Forget,
            Action::Operation(Operation::Restart | Operation::Evict { uid: _ }) => Self::Restart,
            Action::Operation(Operation::Cordon) => Self::Cordon,
            Action::Operation(Operation::Deallocate { moves: _ }) => Self::Drain,
            Action::Operation(Operation::Stop { left: _ }) => Self::Stop,
            Action::Operation(Operation::CarryOffsets { from: _, own: _ }) => Self::Carry,
        }
    }

    /// Tells whether live values change; the other doings only settle whose they are, or write down what is so.
    #[must_use]
    pub fn is_change(self) -> bool {
        match self {
            Self::Create | Self::Update | Self::Delete | Self::Replace | Self::Rename => true,
            Self::Restart | Self::Cordon | Self::Drain | Self::Stop | Self::Carry => true,
            Self::Adopt
            | Self::Own
            | Self::Confirm
            | Self::Migrate
            | Self::RecordGone
            | Self::RecordOurs
            | Self::Move
            | Self::Forget => false,
        }
    }

    /// Returns the sign, Terraform's for what Terraform knows.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Create => "+",
            Self::Update | Self::Restart | Self::Cordon | Self::Drain | Self::Stop | Self::Carry => "~",
            Self::Delete => "-",
            Self::Replace => "-/+",
            Self::Rename => "+/-",
            Self::Adopt
            | Self::Own
            | Self::Confirm
            | Self::Migrate
            | Self::RecordGone
            | Self::RecordOurs
            | Self::Move
            | Self::Forget => "=",
        }
    }

    /// Returns what colours its sign.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Create => Role::Create,
            Self::Update | Self::Restart | Self::Cordon | Self::Drain | Self::Stop | Self::Carry => {
                Role::Update
            }
            Self::Delete | Self::Replace | Self::Rename => Role::Delete,
            Self::Adopt
            | Self::Own
            | Self::Confirm
            | Self::Migrate
            | Self::RecordGone
            | Self::RecordOurs
            | Self::Move
            | Self::Forget => Role::Faint,
        }
    }

    /// Returns the verb for one line.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "change",
            Self::Delete => "delete",
            Self::Replace => "replace",
            Self::Adopt => "adopt",
            Self::Own => "own",
            Self::Confirm => "confirm",
            Self::Migrate => "migrate managers",
            Self::RecordGone => "record as gone",
            Self::RecordOurs => "record as ours",
            Self::Move => "move",
            Self::Restart => "restart",
            Self::Cordon => "cordon",
            Self::Drain => "drain",
            Self::Stop => "stop",
            Self::Carry => "carry offsets to",
            Self::Rename => "rename",
            Self::Forget => "forget",
        }
    }
}
