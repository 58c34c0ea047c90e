//! Exit codes: the closed set of the command line, and which of several wins.

use crate::engine::apply::End;
use crate::engine::id::ResourceId;
use crate::engine::plan::{Held, HeldResource, Plan};
use crate::engine::question::Scope;
use crate::resources::Glimpse;
use std::collections::BTreeSet;

/// How a run ends. The order of the variants is the precedence: where several fit, the first one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Our bug.
    Bug,
    /// The command line was wrong.
    Usage,
    /// A step failed, or is sure to fail.
    Failed,
    /// Somebody else holds the lock, or the environment is suspended.
    Locked,
    /// What was planned against has moved.
    Stale,
    /// Applied in part, or a gate ran out of patience: running it again helps.
    Partial,
    /// Denied by policy, or waiting for a person's decision.
    Denied,
    /// Something could not be read.
    Unreadable,
    /// Changes are pending.
    Pending,
    /// Done, or nothing to do.
    Done,
}

impl Exit {
    /// Returns the number that the shell hands to its caller.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Bug => 70,
            Self::Usage => 64,
            Self::Failed => 1,
            Self::Locked => 6,
            Self::Stale => 3,
            Self::Partial => 5,
            Self::Denied => 4,
            Self::Unreadable => 7,
            Self::Pending => 2,
            Self::Done => 0,
        }
    }

    /// Returns the one with this number.
    #[must_use]
    pub fn of_code(code: u8) -> Option<Self> {
        const ALL: [Exit; 10] = [
            Exit::Bug,
            Exit::Usage,
            Exit::Failed,
            Exit::Locked,
            Exit::Stale,
            Exit::Partial,
            Exit::Denied,
            Exit::Unreadable,
            Exit::Pending,
            Exit::Done,
        ];
        ALL.into_iter().find(|exit| exit.code() == code)
    }

    /// Returns the one that wins among several; done if there are none.
    #[must_use]
    pub fn first(of: impl IntoIterator<Item = Self>) -> Self {
        of.into_iter().min().unwrap_or(Self::Done)
    }
}

/// Whether pending changes have an exit code of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PendingChanges {
    /// They end with 2: `drift`, and `plan --detailed-exitcode`.
    Told,
    /// They end with 0, as a plan that was made is a success.
    #[default]
    Silent,
}

/// Returns how `plan` ends.
///
/// A window that is closed now is no trouble for a plan, which is made to be applied later: it counts as pending.
#[must_use]
pub fn of_plan(plan: &Plan, pending: PendingChanges) -> Exit {
    let held = of_what_is_left(plan)
        .into_iter()
        .map(|exit| if exit == Exit::Partial { Exit::Pending } else { exit });
    let changes = super::plan::Counts::of(plan).changes() > 0;
    let all = held.chain(changes.then_some(Exit::Pending));
    match (Exit::first(all), pending) {
        (Exit::Pending, PendingChanges::Silent) => Exit::Done,
        (exit, _) => exit,
    }
}

/// Returns how `drift` ends: what is held is not its matter, what could not be read is.
#[must_use]
pub fn of_drift(plan: &Plan) -> Exit {
    let is_unread = |resource: &HeldResource| matches!(resource.held, Held::SecretUnread(_));
    let unread = !plan.unknown.is_empty() || plan.held.iter().any(is_unread);
    let unknown = unread.then_some(Exit::Unreadable);
    let drifted = (!super::drift::drifted(plan).is_empty()).then_some(Exit::Pending);
    Exit::first(unknown.into_iter().chain(drifted))
}

/// Returns how `explain` of an address ends: what could not be read of it is its matter, and nothing else is.
#[must_use]
pub fn of_explain(plan: &Plan, address: &ResourceId, glimpse: Option<&Glimpse>) -> Exit {
    let is_unread = |resource: &HeldResource| {
        resource.address == *address && of_held(&resource.held, |_| true) == Some(Exit::Unreadable)
    };
    let scope = Scope::of(address);
    let unread = plan.unknown.iter().any(|unknown| unknown.scope == scope)
        || plan.held.iter().any(is_unread)
        || matches!(glimpse, Some(Glimpse::Unreadable(_)));
    if unread { Exit::Unreadable } else { Exit::Done }
}

/// Returns how `apply` ends: by its steps, by why it is over, and by what the plan held back.
#[must_use]
pub fn of_apply(end: &End, plan: &Plan) -> Exit {
    Exit::first(of_what_is_left(plan).into_iter().chain([of_end(end)]))
}

/// Returns how a run without a plan ends.
#[must_use]
pub fn of_end(end: &End) -> Exit {
    Exit::of_code(end.exit_code()).unwrap_or(Exit::Bug)
}

/// Returns the codes of everything that a plan leaves undone, for a plan as for an apply of it.
#[must_use]
pub fn of_what_is_left(plan: &Plan) -> BTreeSet<Exit> {
    let held: BTreeSet<&ResourceId> = plan.held.iter().map(|resource| &resource.address).collect();
    let unread: BTreeSet<&Scope> = plan.unknown.iter().map(|unknown| &unknown.scope).collect();
    let is_told = |need: &ResourceId| held.contains(need) || unread.contains(&Scope::of(need));
    let codes = plan.held.iter().filter_map(|resource| of_held(&resource.held, is_told));
    codes.chain((!unread.is_empty()).then_some(Exit::Unreadable)).collect()
}

/// Returns the code of what holds a resource; nothing where somebody else is known to look after it.
///
/// Three are not in design.md's list. *Rejected* is 1: the step would fail for certain, and better in the pull request
/// than in the apply. *Unsettled* is 7: what is live could not be made out. *Outside window* is 5: running it again,
/// later, is all it takes. What *waits* has the code of what it waits for, if that is told itself; if not, it is
/// missing altogether, and only a person can help: 4.
fn of_held(held: &Held, is_told: impl Fn(&ResourceId) -> bool) -> Option<Exit> {
    match held {
        Held::Rejected(_) => Some(Exit::Failed),
        Held::OutsideWindow { opens: _ } => Some(Exit::Partial),
        Held::Denied(_)
        | Held::NeedsApproval(_)
        | Held::HoldsData
        | Held::NotOwned
        | Held::Foreign(_)
        | Held::OverLimit { deletes: _, allowed: _ }
        | Held::Ambiguous(_)
        | Held::Impossible(_)
        | Held::Namesake { wanted: _ }
        | Held::CannotMove { .. } => Some(Exit::Denied),
        Held::Unreadable(_) | Held::SecretUnread(_) | Held::Unsettled(_) => Some(Exit::Unreadable),
        Held::Contested(_) => None,
        Held::WaitsFor(needs) => (!needs.iter().all(is_told)).then_some(Exit::Denied),
    }
}
