//! What is known of an environment before anything is planned: who answers, what is allowed, and whether state is free.

use super::apply::{Head, Suspension, Tenure, Version};
use super::id::{ConnectionId, ConnectionName, EnvironmentName, Kind, Revision};
use super::question::{Trouble, Why};
use super::rights::{Granted, KafkaRight, Need, Needs, Purpose, StatePlace};
use crate::resources::kubernetes::quota::Room;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The minor version of Kubernetes 1 that the table of built-in kinds was made from, and that tests run on.
pub const TRIED: u32 = 36;
/// Aggregated discovery, which plans begin with, came for good with this minor version.
pub const OLDEST: u32 = 30;

/// Everything that was looked at.
#[derive(Clone, Debug)]
pub struct Preflight {
    /// Of which environment.
    pub environment: EnvironmentName,
    /// Of which specs.
    pub revision: Revision,
    /// What the credentials are for.
    pub aim: Aim,
    /// Whether anybody must be let in at all.
    pub systems: Systems,
    /// The connections.
    pub contacts: Vec<Contact>,
    /// The connections that cannot even be opened, and why.
    pub closed: BTreeMap<ConnectionName, Why>,
    /// The brokers and workers: who answers, and who did so far.
    pub platform: BTreeMap<ConnectionId, Answerer>,
    /// What may be done on brokers.
    pub brokers: Brokers,
    /// The classes of connectors in Git, by workers and name.
    pub plugins: BTreeMap<(ConnectionName, Arc<str>), Plugin>,
    /// The topics in which workers keep everything, by workers and name.
    pub storage: BTreeMap<(ConnectionName, Arc<str>), Result<Storage, Why>>,
    /// The rights that are needed.
    pub needs: Needs,
    /// What the servers say of them.
    pub granted: Granted,
    /// Kinds in use of which nobody knows how they are called in URLs, and why if that is known.
    pub unknown_kinds: BTreeMap<(ConnectionName, Kind), Option<Why>>,
    /// The namespaces in use that Git does not make: whether they are there.
    pub namespaces: BTreeMap<(ConnectionName, Arc<str>), Result<Presence, Why>>,
    /// The state.
    pub state: State,
    /// What quotas leave room for.
    pub quotas: Quotas,
}

/// What credentials are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Only to plan: what applying lacks is told and does not count.
    Plan,
    /// To apply as well.
    Apply,
}

/// What an environment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Systems {
    /// Servers that let nobody in without credentials.
    Real,
    /// A simulation that asks nobody who they are.
    Simulated,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    There,
    /// It is not.
    Missing,
}

/// Who answered at a connection so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Nobody: it is met for the first time.
    Never,
    /// This one.
    Is(Arc<str>),
    /// Nobody knows, as state cannot be read.
    Unread,
}

/// Who answers for a system that has a document of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answerer {
    /// Who it is.
    pub identity: Result<Arc<str>, Why>,
    /// Who it was so far.
    pub pin: Pin,
}

/// What may be done on the brokers of an environment.
#[derive(Clone, Debug, Default)]
pub struct Brokers {
    /// The rights that are needed.
    pub needs: Needs<KafkaRight>,
    /// What the brokers say of them.
    pub granted: Granted<KafkaRight>,
    /// How each cluster is spoken to by whoever grants rights, and to whom they are granted.
    pub grantees: BTreeMap<ConnectionName, Grantee>,
}

impl Brokers {
    /// Returns the rights that are to be granted where something is lacking for what credentials are for: what is refused,
    /// and what brokers tell only to who has that.
    #[must_use]
    pub fn lacking(&self, aim: Aim) -> BTreeSet<&KafkaRight> {
        let counts = |purpose: Option<Purpose>| match (aim, purpose) {
            (_, None) | (Aim::Plan, Some(Purpose::Apply)) => false,
            (_, Some(Purpose::Plan)) | (Aim::Apply, Some(Purpose::Apply)) => true,
        };
        let missing =
            self.needs.0.iter().filter(|(right, need)| counts(need.needed_by) && self.is_denied(right));
        let incomplete: BTreeSet<_> = missing.map(|(right, _)| (&right.cluster, &right.target)).collect();
        let lacks = |(right, need): &(&KafkaRight, &Need)| {
            let here = incomplete.contains(&(&right.cluster, &right.target));
            here && counts(need.granted_to) && self.is_denied(right)
        };
        self.needs.0.iter().filter(lacks).map(|(right, _)| right).collect()
    }

    fn is_denied(&self, right: &KafkaRight) -> bool {
        match self.granted.get(right) {
            Some(Ok(granted)) => !granted,
            Some(Err(why)) => why.trouble == Trouble::Forbidden,
            None => false,
        }
    }
}

/// To whom rights on a cluster are granted, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grantee {
    /// Brokers to ask for the others, with commas between.
    pub bootstrap: String,
    /// Whom the brokers take us for, as far as the specs tell: who signs in by a certificate has the name that it says.
    pub principal: Option<String>,
}

/// A class that connectors are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// The connectors of this class in Git.
    pub connectors: BTreeSet<Arc<str>>,
    /// The versions that are installed; none if the class is not.
    pub versions: Result<BTreeSet<String>, Why>,
}

/// A topic in which workers keep connectors, offsets or statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// It is not there: workers make it when they start, if they may.
    Missing,
    /// It is there.
    There {
        /// What brokers do with what is old in it (`cleanup.policy`).
        policy: String,
    },
}

impl Storage {
    /// Tells whether what is in it goes after a while: workers forget their connectors then, or where those stood.
    #[must_use]
    pub fn forgets(&self) -> bool {
        match self {
            Self::Missing => false,
            Self::There { policy } => policy.split(',').any(|part| part.trim() != "compact"),
        }
    }
}

/// One connection and who answers at its other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Which.
    pub connection: ConnectionName,
    /// Its address.
    pub server: String,
    /// Where address and credentials are from, in words.
    pub credentials: String,
    /// How sure it is that the server is the one that is meant.
    pub trust: Trust,
    /// Whom the server takes us for.
    pub user: Result<String, Why>,
    /// Who it is.
    pub identity: Result<Arc<str>, Why>,
    /// Who it was so far.
    pub pin: Pin,
    /// Which version it is.
    pub version: Result<String, Why>,
    /// How far its clock is ahead of ours, give or take a second.
    pub ahead: Option<SignedDuration>,
}

/// How sure it is that a server is the one that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It shows a certificate, and that is checked.
    Verified,
    /// The kubeconfig says that its certificate is not to be checked.
    Unverified,
    /// Nothing is encrypted.
    Plain,
}

/// How a version fits what is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Tests run on it.
    Tried,
    /// It should do, and was not tried.
    Untried,
    /// Newer than the table of built-in kinds.
    Newer,
    /// Plans cannot be made.
    TooOld,
    /// Nobody can tell.
    Unclear,
}

impl Fit {
    /// Judges a version as servers write it (`v1.36.2`).
    #[must_use]
    pub fn of(version: &str) -> Self {
        let mut parts = version.trim_start_matches('v').split('.');
        let mut number = || {
            let digits: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().ok()
        };
        match (number(), number()) {
            (Some(1), Some(TRIED)) => Self::Tried,
            (Some(1), Some(minor)) if minor < OLDEST => Self::TooOld,
            (Some(1), Some(minor)) if minor < TRIED => Self::Untried,
            (Some(1), Some(_)) => Self::Newer,
            (Some(_) | None, _) => Self::Unclear,
        }
    }
}

/// What is known of state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Where it is, in words.
    pub place: String,
    /// Its namespace, if it is kept in a cluster, and whether that is there.
    pub namespace: Option<(StatePlace, Result<Presence, Why>)>,
    /// How it stands.
    pub standing: Result<Standing, String>,
}

/// How state that can be read stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How many resources are ours; nothing before the first apply.
    pub ours: Option<usize>,
    /// Who works on the environment right now.
    pub lock: Lock,
    /// Whether nothing may start for a while.
    pub suspension: Option<Suspension>,
}

/// Who works on an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Nobody.
    Free,
    /// Somebody who renewed the lock while it was looked at.
    Held(Head),
    /// Somebody who did not: the next apply takes over.
    LeftBehind(Head),
}

impl Lock {
    /// Judges a lock that was held at first by one more look at it: a lock is held by who renews it. Nothing is known yet
    /// while it is as it was; who does not renew it for as long as the lease lasts has left it behind.
    #[must_use]
    pub fn of((_, first): (&Head, &Version), look: Option<(Head, Version)>) -> Option<Self> {
        match look {
            None => Some(Self::Free),
            Some((now, _)) if now.tenure != Tenure::Held => Some(Self::Free),
            Some((now, version)) => (version != *first).then_some(Self::Held(now)),
        }
    }
}

/// What is known of quotas in the namespaces in use.
#[derive(Clone, Debug, Default)]
pub struct Quotas {
    /// Of each quota, what it bounds and what would be created.
    pub rooms: Vec<Room>,
    /// Where quotas could not be read.
    pub unread: BTreeMap<(ConnectionName, Arc<str>), Why>,
    /// How many resources may be created that are not counted, as the plan holds them.
    pub held: BTreeMap<(ConnectionName, Arc<str>), usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_judged_by_what_was_tried_and_what_plans_need() {
        for (version, fit) in [
            ("v1.36.2", Fit::Tried),
            ("v1.36.0-gke.1200", Fit::Tried),
            ("v1.31.4+k3s1", Fit::Untried),
            ("v1.29.9", Fit::TooOld),
            ("v1.37.0", Fit::Newer),
            ("", Fit::Unclear),
            ("v2.0.0", Fit::Unclear),
        ] {
            assert_eq!(Fit::of(version), fit, "{version}");
        }
    }

    #[test]
    fn a_lock_is_held_by_who_renews_it_and_nothing_is_known_while_nobody_does() {
        let head = |tenure, renewal| -> Head {
            let head = serde_json::json!({"epoch": 1, "holder": {"name": "ada", "nonce": "n"}, "tenure": tenure, "renewal": renewal});
            serde_json::from_value(head).expect("a head")
        };
        let version = |number: &str| Version(Arc::from(number));
        let (first, seen) = (head("held", 1), version("7"));
        let judged = |look| Lock::of((&first, &seen), look);
        assert_eq!(judged(None), Some(Lock::Free));
        assert_eq!(judged(Some((head("released", 1), version("8")))), Some(Lock::Free));
        assert_eq!(judged(Some((head("held", 2), version("8")))), Some(Lock::Held(head("held", 2))));
        assert_eq!(judged(Some((head("held", 1), version("7")))), None);
    }
}
