//! Whether an environment is ready, and with which code `preflight` ends.
//!
//! A right without which a plan does not come through counts as unreadable (7): that is how the plan would end. One that
//! only an apply does not come through without counts as denied (4): running it again does not help, and somebody must
//! decide to grant it. One that both can do without is told and does not count.

use super::brokers::is_missing;
use crate::engine::id::{ConnectionId, ConnectionName};
use crate::engine::preflight::{
    Aim, Answerer, Contact, Fit, Lock, Pin, Preflight, Presence, Standing, State, Storage,
};
use crate::engine::question::{Trouble, Why};
use crate::engine::rights::{Object, Purpose, Right, StatePlace, Verb};
use crate::report::Exit;
use crate::resources::kubernetes::quota::{Fits, Room};
use std::collections::BTreeSet;
use std::sync::Arc;

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
    /// Whether planning is allowed is not known.
    UnknownPlanRights,
    /// Whether applying is allowed is not known.
    UnknownApplyRights,
    /// Nobody serves a kind that Git wants.
    Kind,
    /// Workers do not have a class of connectors that Git wants.
    Plugin,
    /// Topics in which workers keep everything are not compacted: connectors vanish some day.
    Storage,
    /// A namespace is not there, and nobody makes it.
    Namespace,
    /// State cannot be read.
    State,
    /// Somebody applies, or the environment is suspended.
    Busy,
    /// A quota leaves no room.
    Quota,
}

impl Lack {
    /// Returns what programs call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "connection",
            Self::Version => "version",
            Self::PlanRights => "rightsToPlan",
            Self::ApplyRights => "rightsToApply",
            Self::UnknownPlanRights => "unknownRightsToPlan",
            Self::UnknownApplyRights => "unknownRightsToApply",
            Self::Kind => "kind",
            Self::Plugin => "plugin",
            Self::Storage => "storage",
            Self::Namespace => "namespace",
            Self::State => "state",
            Self::Busy => "busy",
            Self::Quota => "quota",
        }
    }

    fn exit(self) -> Exit {
        match self {
            Self::Contact | Self::Version | Self::PlanRights | Self::State => Exit::Unreadable,
            Self::UnknownPlanRights | Self::UnknownApplyRights => Exit::Unreadable,
            Self::ApplyRights | Self::Quota | Self::Storage => Exit::Denied,
            Self::Kind | Self::Plugin | Self::Namespace => Exit::Failed,
            Self::Busy => Exit::Locked,
        }
    }

    /// Tells whether it keeps only applies from succeeding.
    fn is_of_applies(self) -> bool {
        match self {
            Self::ApplyRights | Self::UnknownApplyRights | Self::Namespace | Self::Busy | Self::Quota => true,
            Self::Plugin | Self::Storage => true,
            Self::Contact | Self::Version | Self::PlanRights | Self::UnknownPlanRights => false,
            Self::Kind | Self::State => false,
        }
    }
}

/// Returns everything that is not as it must be for what the credentials are for.
#[must_use]
pub fn lacks(preflight: &Preflight) -> BTreeSet<Lack> {
    let (needs, granted) = (&preflight.needs, &preflight.granted);
    let brokers = &preflight.brokers;
    let missing = |purpose| {
        let on_brokers = brokers.needs.missing(&brokers.granted, purpose);
        !needs.missing(granted, purpose).is_empty() || !on_brokers.is_empty()
    };
    let unknown = |purpose| {
        let on_brokers = brokers.needs.unknown(&brokers.granted, purpose);
        !needs.unknown(granted, purpose).is_empty() || !on_brokers.is_empty()
    };
    let found = [
        (Lack::Contact, lacks_contact(preflight)),
        (Lack::Version, preflight.contacts.iter().any(is_too_old)),
        (Lack::PlanRights, missing(Purpose::Plan)),
        (Lack::ApplyRights, missing(Purpose::Apply)),
        (Lack::UnknownPlanRights, unknown(Purpose::Plan) || has_unread_kinds(preflight)),
        (Lack::UnknownApplyRights, unknown(Purpose::Apply)),
        (Lack::Kind, preflight.unknown_kinds.values().any(Option::is_none)),
        (Lack::Plugin, preflight.plugins.values().any(is_missing)),
        (Lack::Storage, forgetful(preflight).next().is_some()),
        (Lack::Namespace, !missing_namespaces(preflight).is_empty()),
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

/// Who may not look is not known again where nobody was known before: plans do without.
pub(super) fn is_unsure(contact: &Contact) -> bool {
    is_another(&contact.identity, &contact.pin) || contact.version.as_ref().is_err_and(is_trouble)
}

fn is_another(identity: &Result<Arc<str>, Why>, pin: &Pin) -> bool {
    match (identity, pin) {
        (Ok(found), Pin::Is(pin)) => found != pin,
        (Ok(_), Pin::Never | Pin::Unread) => false,
        (Err(_), Pin::Is(_)) => true,
        (Err(why), Pin::Never | Pin::Unread) => is_trouble(why),
    }
}

/// Returns the brokers and workers that do not answer, or that are others than so far.
pub(super) fn strangers(preflight: &Preflight) -> impl Iterator<Item = &ConnectionId> {
    let strange =
        |answerer: &Answerer| answerer.identity.is_err() || is_another(&answerer.identity, &answerer.pin);
    preflight.platform.iter().filter(move |(_, answerer)| strange(answerer)).map(|(id, _)| id)
}

fn lacks_contact(preflight: &Preflight) -> bool {
    let unsure = preflight.contacts.iter().any(is_unsure);
    unsure || !preflight.closed.is_empty() || strangers(preflight).next().is_some()
}

/// Returns the topics of workers out of which things go after a while, with the workers.
pub(super) fn forgetful(preflight: &Preflight) -> impl Iterator<Item = (&ConnectionName, &Arc<str>)> {
    let forgets = |told: &Result<Storage, Why>| told.as_ref().is_ok_and(Storage::forgets);
    preflight
        .storage
        .iter()
        .filter(move |(_, told)| forgets(told))
        .map(|((workers, topic), _)| (workers, topic))
}

fn is_trouble(why: &Why) -> bool {
    why.trouble != Trouble::Forbidden
}

/// Returns the namespaces that somebody must make before an apply: those in use, and that of the state unless these
/// credentials may make it.
#[must_use]
pub fn missing_namespaces(preflight: &Preflight) -> BTreeSet<(ConnectionName, Arc<str>)> {
    let is_missing = |found: &Result<Presence, Why>| *found == Ok(Presence::Missing);
    let in_use = preflight.namespaces.iter().filter(|(_, found)| is_missing(found));
    let of_state = preflight.state.namespace.iter().filter(|(_, found)| is_missing(found));
    let may_make = |state: &StatePlace| {
        let object = Object { name: None, ..state.namespace() };
        preflight.granted.get(&Right { object, verb: Verb::Create }) == Some(&Ok(true))
    };
    let of_state = of_state.filter(|(state, _)| !may_make(state));
    let of_state = of_state.map(|(state, _)| (state.connection.clone(), Arc::clone(&state.namespace)));
    in_use.map(|(place, _)| place.clone()).chain(of_state).collect()
}

pub(super) fn is_too_old(contact: &Contact) -> bool {
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
