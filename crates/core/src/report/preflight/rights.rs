//! The rights of a preflight for people: a table of what is granted, by place.

use super::brokers;
use super::lacking::{Lacking, row};
use super::text::at;
use crate::engine::preflight::{Preflight, Systems};
use crate::engine::rights::{Object, Right, Sort, Verb};
use crate::report::plain::wrapped;
use crate::report::style::{Role, Style};
use crate::report::words;
use std::collections::{BTreeMap, BTreeSet};

/// Returns the table, and under it what the servers said where they said neither yes nor no.
pub(super) fn rights(preflight: &Preflight, style: Style) -> String {
    match preflight.systems {
        Systems::Simulated => return "\nSimulated: no credentials and no rights are needed.\n".to_owned(),
        Systems::Real if is_empty(preflight) => return String::new(),
        Systems::Real => {}
    }
    let heading = style.paint(Role::Heading, "Rights");
    let mut out = format!("\n{heading}\n  plan  apply\n");
    for ((place, lacking), objects) in rows(preflight) {
        let objects = objects.into_iter().collect::<Vec<_>>().join(", ");
        out.push_str(&lacking.row(&format!("{place}: {objects}"), style));
    }
    for ((connection, kind), why) in &preflight.unknown_kinds {
        let why = why.as_ref().map_or_else(|| "nobody serves it".to_owned(), words::why);
        out.push_str(&row(("?", "?"), &format!("{kind} at connection {connection}: {why}"), style));
    }
    out.push_str(&brokers::rows(preflight, style));
    for told in silences(preflight).iter().chain(&of_roles(preflight)) {
        out.push_str(&wrapped(told, 2, style.width));
    }
    out
}

fn is_empty(preflight: &Preflight) -> bool {
    let Preflight { needs, unknown_kinds, brokers, .. } = preflight;
    needs.0.is_empty() && unknown_kinds.is_empty() && brokers.needs.0.is_empty()
}

/// Why the servers did not say whether something needed is granted: once each, however often it was asked.
fn silences(preflight: &Preflight) -> BTreeSet<String> {
    let needed = preflight.needs.0.iter().filter(|(_, need)| need.needed_by.is_some());
    let why = |(right, _): (&Right, _)| preflight.granted.get(right)?.as_ref().err().map(words::why);
    let told = needed.filter_map(why).map(|why| format!("not known: {why}"));
    told.chain(brokers::silences(preflight)).collect()
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
fn rows(preflight: &Preflight) -> BTreeMap<(String, Lacking<Verb>), BTreeSet<String>> {
    let mut objects: BTreeMap<(&Object, Sort), Lacking<Verb>> = BTreeMap::new();
    let told = preflight.needs.0.iter().filter(|(_, need)| need.granted_to.is_some());
    for (right, need) in told {
        let granted = preflight.granted.get(right).and_then(|granted| granted.as_ref().ok());
        objects.entry((&right.object, need.sort)).or_default().count(right.verb, *need, granted.copied());
    }
    let mut rows: BTreeMap<(String, Lacking<Verb>), BTreeSet<String>> = BTreeMap::new();
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
        Sort::Server => ", for servers of databases",
        Sort::Load => ", to tell what the load asks for",
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
