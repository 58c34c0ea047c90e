//! What is granted of some objects and what is not, as one row of a table.

use crate::engine::rights::{Need, Operation, Purpose, Verb};
use crate::report::plain::wrapped;
use crate::report::style::Style;
use std::collections::BTreeSet;

/// Where what a right is about begins.
const COLUMNS: usize = 15;

/// What rights are about: each system has its own words.
pub(super) trait Named: Copy + Ord {
    fn name(self) -> &'static str;
}

impl Named for Verb {
    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl Named for Operation {
    fn name(self) -> &'static str {
        self.as_str()
    }
}

/// What is granted of some objects, and what is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lacking<V> {
    /// Refused, and needed to plan.
    plan: BTreeSet<V>,
    /// Refused, and needed to apply.
    apply: BTreeSet<V>,
    /// Refused, and not needed.
    spare: BTreeSet<V>,
    /// Not known, and needed to plan.
    unknown_to_plan: BTreeSet<V>,
    /// Not known, and needed to apply.
    unknown_to_apply: BTreeSet<V>,
}

impl<V> Default for Lacking<V> {
    fn default() -> Self {
        Self {
            plan: BTreeSet::new(),
            apply: BTreeSet::new(),
            spare: BTreeSet::new(),
            unknown_to_plan: BTreeSet::new(),
            unknown_to_apply: BTreeSet::new(),
        }
    }
}

impl<V: Named> Lacking<V> {
    pub(super) fn count(&mut self, what: V, need: Need, granted: Option<bool>) {
        let of = match (granted, need.needed_by) {
            (Some(true), _) | (None, None) => return,
            (Some(false), None) => &mut self.spare,
            (Some(false), Some(Purpose::Plan)) => &mut self.plan,
            (Some(false), Some(Purpose::Apply)) => &mut self.apply,
            (None, Some(Purpose::Plan)) => &mut self.unknown_to_plan,
            (None, Some(Purpose::Apply)) => &mut self.unknown_to_apply,
        };
        of.insert(what);
    }

    /// What is refused for certain is told as such, whatever else is not known.
    fn signs(&self) -> (&'static str, &'static str) {
        let sign = |refused: bool, unknown: bool| match (refused, unknown) {
            (true, _) => "no",
            (false, true) => "?",
            (false, false) => "yes",
        };
        let (refused, unknown) = (!self.plan.is_empty(), !self.unknown_to_plan.is_empty());
        let apply = sign(refused || !self.apply.is_empty(), unknown || !self.unknown_to_apply.is_empty());
        (sign(refused, unknown), apply)
    }

    fn told(&self) -> String {
        let Self { plan, apply, spare, unknown_to_plan, unknown_to_apply } = self;
        let verbs = |verbs: &BTreeSet<V>| verbs.iter().map(|verb| verb.name()).collect::<Vec<_>>().join(", ");
        let parts = [("plan", plan), ("apply", apply)].into_iter().filter(|(_, lacking)| !lacking.is_empty());
        let missing = parts.map(|(to, lacking)| format!("{} to {to}", verbs(lacking)));
        let missing = missing.collect::<Vec<_>>().join(" and ");
        let unknown: BTreeSet<V> = unknown_to_plan.union(unknown_to_apply).copied().collect();
        let told = [
            (!missing.is_empty()).then(|| format!("; missing: {missing}")),
            (!unknown.is_empty()).then(|| format!("; not known: {}", verbs(&unknown))),
            (!spare.is_empty()).then(|| format!("; not granted, and not needed now: {}", verbs(spare))),
        ];
        told.into_iter().flatten().collect()
    }

    /// Returns the row of the table that tells of these objects.
    pub(super) fn row(&self, objects: &str, style: Style) -> String {
        row(self.signs(), &format!("{objects}{}", self.told()), style)
    }
}

/// Returns a row of the table.
pub(super) fn row((plan, apply): (&str, &str), told: &str, style: Style) -> String {
    format!("  {plan:<6}{apply:<7}{}", wrapped(told, COLUMNS, style.width).trim_start())
}
