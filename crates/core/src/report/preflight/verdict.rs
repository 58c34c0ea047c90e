//! Whether an environment is ready, and with which code `preflight` ends.
//!
//! A right that planning lacks counts as unreadable (7): that is how the plan would end. One that only applying lacks
//! counts as denied (4): running it again does not help, and somebody must decide to grant it.

use crate::engine::preflight::{Aim, Contact, Fit, Lock, Preflight, Standing, State};
use crate::engine::rights::Purpose;
use crate::report::Exit;
use crate::resources::kubernetes::quota::{Fits, Room};
use std::collections::BTreeSet;

/// One thing that is not as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lack {
    /// A connection gives no answer, or not the one that was pinned.
    Contact,
    /// A server is too old to be planned for.
    Version,
    /// Planning lacks rights.
    PlanRights,
    /// Applying lacks rights.
    ApplyRights,
    /// What is allowed is not known.
    UnknownRights,
    /// Nobody serves a kind that Git wants.
    Kind,
    /// State cannot be read.
    State,
    /// Somebody applies, or the environment is suspended.
    Busy,
    /// A quota leaves no room.
    Quota,
}

impl Lack {
    fn exit(self) -> Exit {
        match self {
            Self::Contact | Self::Version | Self::PlanRights | Self::UnknownRights | Self::State => {
                Exit::Unreadable
            }
            Self::ApplyRights | Self::Quota => Exit::Denied,
            Self::Kind => Exit::Failed,
            Self::Busy => Exit::Locked,
        }
    }

    /// Tells whether it keeps only applies from succeeding.
    fn is_of_applies(self) -> bool {
        match self {
            Self::ApplyRights | Self::Busy | Self::Quota => true,
            Self::Contact | Self::Version | Self::PlanRights | Self::UnknownRights => false,
            Self::Kind | Self::State => false,
        }
    }
}

/// Returns everything that is not as it must be for what the credentials are for.
#[must_use]
pub fn lacks(preflight: &Preflight) -> BTreeSet<Lack> {
    let (needs, granted) = (&preflight.needs, &preflight.granted);
    let found = [
        (Lack::Contact, preflight.contacts.iter().any(is_unsure)),
        (Lack::Version, preflight.contacts.iter().any(is_too_old)),
        (Lack::PlanRights, !needs.missing(granted, Purpose::Plan).is_empty()),
        (Lack::ApplyRights, !needs.missing(granted, Purpose::Apply).is_empty()),
        (Lack::UnknownRights, needs.unknown(granted).is_some() || has_unread_kinds(preflight)),
        (Lack::Kind, preflight.unknown_kinds.values().any(Option::is_none)),
        (Lack::State, preflight.state.standing.is_err()),
        (Lack::Busy, is_busy(&preflight.state)),
        (Lack::Quota, preflight.quotas.rooms.iter().any(is_full)),
    ];
    let counts = |lack: Lack| preflight.aim == Aim::Apply || !lack.is_of_applies();
    found.into_iter().filter(|(lack, is_so)| *is_so && counts(*lack)).map(|(lack, _)| lack).collect()
}

/// Returns how `preflight` ends.
#[must_use]
pub fn exit(preflight: &Preflight) -> Exit {
    Exit::first(lacks(preflight).into_iter().map(Lack::exit))
}

fn is_unsure(contact: &Contact) -> bool {
    let is_another = match (&contact.identity, &contact.pin) {
        (Ok(found), Some(pin)) => found != pin,
        (Ok(_), None) => false,
        (Err(_), _) => true,
    };
    is_another || contact.version.is_err()
}

fn is_too_old(contact: &Contact) -> bool {
    contact.version.as_ref().is_ok_and(|version| Fit::of(version) == Fit::TooOld)
}

fn has_unread_kinds(preflight: &Preflight) -> bool {
    preflight.unknown_kinds.values().any(Option::is_some)
}

fn is_busy(state: &State) -> bool {
    match &state.standing {
        Ok(Standing { ours: _, lock, suspension }) => matches!(lock, Lock::Held(_)) || suspension.is_some(),
        Err(_) => false,
    }
}

fn is_full(room: &Room) -> bool {
    matches!(room.fits, Fits::No(_))
}
