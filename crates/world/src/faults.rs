//! What goes wrong between a client and the simulated systems: switchable per scope, seeded, adversarial.

use crate::random::Random;
use evenkeel_core::engine::id::Kind;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything that may go wrong, in the order in which it was switched on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    random: Random,
    rules: Vec<Rule>,
}

/// One sort of trouble, and where it strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What happens.
    pub fault: Fault,
    /// To which requests.
    pub hits: Hits,
    /// How often, in a hundred.
    pub percent: u8,
    /// How many times more; absent for as long as it is switched on.
    pub left: Option<u32>,
}

/// Which requests a rule is about; what is absent matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hits {
    /// Reads, writes or both.
    pub verbs: Verbs,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only in this namespace.
    pub namespace: Option<Arc<str>>,
    /// Only this object.
    pub name: Option<Arc<str>>,
}

/// Sorts of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verbs {
    /// All of them.
    #[default]
    All,
    /// Those that change nothing, dry runs among them.
    Reads,
    /// Those that may change something.
    Writes,
    /// Collections only: one may read an object by name and yet not list.
    Lists,
    /// Dry runs only: they need the right to write.
    DryRuns,
}

/// One request, as the rules see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) verb: Verb,
    pub(crate) kind: Option<&'a Kind>,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    List,
    DryRun,
    Write,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// 401: nothing was done.
    Unauthorized,
    /// 403: nothing was done.
    Forbidden,
    /// 409, though nothing conflicts: the store was busy, nothing was done.
    Conflict,
    /// 429: nothing was done.
    TooMany,
    /// 503 on the way in: nothing was done, but nobody can know.
    Unavailable,
    /// The connection is refused: the server is down.
    Down,
    /// No answer, and the request got lost.
    RequestLost,
    /// No answer, although it was carried out.
    AnswerLost,
}

impl Faults {
    /// Returns a world where nothing goes wrong yet.
    #[must_use]
    pub fn none(seed: u64) -> Self {
        Self { random: Random::new(seed), rules: Vec::new() }
    }

    /// Switches a rule on.
    pub fn switch_on(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    /// Lets a fault strike every request of a sort until all is switched off.
    pub fn always(&mut self, fault: Fault, hits: Hits) {
        self.switch_on(Rule { fault, hits, percent: 100, left: None });
    }

    /// Lets a fault strike the next request of a sort.
    pub fn once(&mut self, fault: Fault, hits: Hits) {
        self.switch_on(Rule { fault, hits, percent: 100, left: Some(1) });
    }

    /// Switches everything off.
    pub fn switch_off(&mut self) {
        self.rules.clear();
    }

    /// Tells whether nothing is switched on.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.rules.is_empty()
    }

    /// Draws what happens to a request.
    pub(crate) fn strike(&mut self, request: Request<'_>) -> Option<Fault> {
        let random = &mut self.random;
        let rule = self.rules.iter_mut().find(|rule| {
            rule.left != Some(0) && rule.hits.matches(request) && random.happens(rule.percent)
        })?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.fault)
    }
}

impl Hits {
    /// Hits every request.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// Hits reads of a kind, in one namespace or in all.
    #[must_use]
    pub fn reads_of(kind: &str, namespace: Option<&str>) -> Self {
        Self {
            verbs: Verbs::Reads,
            kind: Some(Kind::new(kind)),
            namespace: namespace.map(Arc::from),
            name: None,
        }
    }

    /// Hits every write.
    #[must_use]
    pub fn writes() -> Self {
        Self { verbs: Verbs::Writes, ..Self::default() }
    }

    fn matches(&self, request: Request<'_>) -> bool {
        self.verbs.contains(request.verb)
            && self.kind.as_ref().is_none_or(|kind| Some(kind) == request.kind)
            && self.namespace.as_ref().is_none_or(|namespace| Some(&**namespace) == request.namespace)
            && self.name.as_ref().is_none_or(|name| Some(&**name) == request.name)
    }
}

impl Verbs {
    fn contains(self, verb: Verb) -> bool {
        match self {
            Self::All => true,
            Self::Reads => verb != Verb::Write,
            Self::Writes => verb == Verb::Write,
            Self::Lists => verb == Verb::List,
            Self::DryRuns => verb == Verb::DryRun,
        }
    }
}
