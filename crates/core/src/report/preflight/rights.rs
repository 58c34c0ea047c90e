//! The rights of a preflight for people: a table of what is granted, by place.

use super::text::at;
use crate::engine::preflight::{Preflight, Systems};
use crate::engine::rights::{Need, Object, Purpose, Right, Sort, Verb};
use crate::report::plain::wrapped;
use crate::report::style::{Role, Style};
use crate::report::words;
use std::collections::{BTreeMap, BTreeSet};

/// Where what a right is about begins.
const COLUMNS: usize = 15;

/// What is granted of some objects, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Lacking {
    /// Refused, and needed to plan.
    plan: BTreeSet<Verb>,
    /// Refused, and needed to apply.
    apply: BTreeSet<Verb>,
    /// Refused, and not needed.
    spare: BTreeSet<Verb>,
    /// Not known, and needed to plan.
    unknown_to_plan: BTreeSet<Verb>,
    /// Not known, and needed to apply.
    unknown_to_apply: BTreeSet<Verb>,
}

impl Lacking {
    fn count(&mut self, verb: Verb, need: Need, granted: Option<bool>) {
        let of = match (granted, need.needed_by) {
            (Some(true), _) | (None, None) => return,
            (Some(false), None) => &mut self.spare,
            (Some(false), Some(Purpose::Plan)) => &mut self.plan,
            (Some(false), Some(Purpose::Apply)) => &mut self.apply,
            (None, Some(Purpose::Plan)) => &mut self.unknown_to_plan,
            (None, Some(Purpose::Apply)) => &mut self.unknown_to_apply,
        };
        of.insert(verb);
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
        let verbs =
            |verbs: &BTreeSet<Verb>| verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>().join(", ");
        let parts = [("plan", plan), ("apply", apply)].into_iter().filter(|(_, lacking)| !lacking.is_empty());
        let missing = parts.map(|(to, lacking)| format!("{} to {to}", verbs(lacking)));
        let missing = missing.collect::<Vec<_>>().join(" and ");
        let unknown: BTreeSet<Verb> = unknown_to_plan.union(unknown_to_apply).copied().collect();
        let told = [
            (!missing.is_empty()).then(|| format!("; missing: {missing}")),
            (!unknown.is_empty()).then(|| format!("; not known: {}", verbs(&unknown))),
            (!spare.is_empty()).then(|| format!("; not granted, and not needed now: {}", verbs(spare))),
        ];
        told.into_iter().flatten().collect()
    }
}

/// Returns the table, and under it what the servers said where they said neither yes nor no.
pub(super) fn rights(preflight: &Preflight, style: Style) -> String {
    match preflight.systems {
        Systems::Simulated => return "\nSimulated: no credentials and no rights are needed.\n".to_owned(),
        // Only API servers tell what is allowed before it is tried.
        Systems::Real if preflight.needs.0.is_empty() && preflight.unknown_kinds.is_empty() => {
            return String::new();
        }
        Systems::Real => {}
    }
    let heading = style.paint(Role::Heading, "Rights");
    let mut out = format!("\n{heading}\n  plan  apply\n");
    for ((place, lacking), objects) in rows(preflight) {
        let objects = objects.into_iter().collect::<Vec<_>>().join(", ");
        out.push_str(&row(lacking.signs(), &format!("{place}: {objects}{}", lacking.told()), style));
    }
    for ((connection, kind), why) in &preflight.unknown_kinds {
        let why = why.as_ref().map_or_else(|| "nobody serves it".to_owned(), words::why);
        out.push_str(&row(("?", "?"), &format!("{kind} at connection {connection}: {why}"), style));
    }
    for told in silences(preflight).iter().chain(&of_roles(preflight)) {
        out.push_str(&wrapped(told, 2, style.width));
    }
    out
}

fn row((plan, apply): (&str, &str), told: &str, style: Style) -> String {
    format!("  {plan:<6}{apply:<7}{}", wrapped(told, COLUMNS, style.width).trim_start())
}

/// Why the servers did not say whether something needed is granted: once each, however often it was asked.
fn silences(preflight: &Preflight) -> BTreeSet<String> {
    let needed = preflight.needs.0.iter().filter(|(_, need)| need.needed_by.is_some());
    let why = |(right, _): (&Right, _)| preflight.granted.get(right)?.as_ref().err().map(words::why);
    needed.filter_map(why).map(|why| format!("not known: {why}")).collect()
}

/// Kubernetes lets nobody write roles that grant more than they have themselves, unless told otherwise.
fn of_roles(preflight: &Preflight) -> Option<String> {
    let refused = |(right, granted): (&Right, &Result<bool, _>)| {
        (matches!(right.verb, Verb::Escalate | Verb::Bind) && *granted == Ok(false)).then_some(right.verb)
    };
    let refused: BTreeSet<Verb> = preflight.granted.iter().filter_map(refused).collect();
    let verbs = refused.iter().map(|verb| format!("`{verb}`")).collect::<Vec<_>>().join(" and ");
    (!refused.is_empty()).then(|| {
        format!("Roles in Git can be applied as far as these credentials have the rights in them: no {verbs} is granted.")
    })
}

/// Objects of one place that lack the same are told together.
fn rows(preflight: &Preflight) -> BTreeMap<(String, Lacking), BTreeSet<String>> {
    let mut objects: BTreeMap<(&Object, Sort), Lacking> = BTreeMap::new();
    let told = preflight.needs.0.iter().filter(|(_, need)| need.granted_to.is_some());
    for (right, need) in told {
        let granted = preflight.granted.get(right).and_then(|granted| granted.as_ref().ok());
        objects.entry((&right.object, need.sort)).or_default().count(right.verb, *need, granted.copied());
    }
    let mut rows: BTreeMap<(String, Lacking), BTreeSet<String>> = BTreeMap::new();
    for ((object, sort), lacking) in objects {
        rows.entry((place(object, sort), lacking)).or_default().insert(name(object));
    }
    rows
}

fn place(object: &Object, sort: Sort) -> String {
    let place = match &object.namespace {
        Some(namespace) => format!("in {namespace}"),
        None => "in the cluster".to_owned(),
    };
    let why = match sort {
        Sort::Kind => "",
        Sort::Identity => ", to know it again",
        Sort::Definition => ", how kinds are defined",
        Sort::Source => ", the source of a secret",
        Sort::State => ", state",
        Sort::Surroundings => ", to look before applying",
    };
    format!("{place}{}{why}", at(&object.connection))
}

/// Returns an object as `kubectl auth can-i` takes it.
#[must_use]
pub(super) fn name(object: &Object) -> String {
    let Object { connection: _, namespace: _, group, plural, name } = object;
    let kind = if group.is_empty() { plural.to_string() } else { format!("{plural}.{group}") };
    name.as_ref().map_or_else(|| kind.clone(), |name| format!("{kind}/{name}"))
}
