//! A preflight for people: connections, then rights as a table, then state and quotas, then what to do.

use super::verdict::{Lack, lacks};
use crate::engine::preflight::{Contact, Fit, Lock, Preflight, Standing, State, TRIED, Trust};
use crate::engine::question::{Trouble, Why};
use crate::engine::rights::{Object, Purpose, Sort, Verb};
use crate::report::humane::{count, date_and_time, duration};
use crate::report::lock::held_by;
use crate::report::markdown::fenced;
use crate::report::plain::{line, wrapped};
use crate::report::style::{Role, Style};
use crate::report::words;
use crate::resources::kubernetes::quota::{Fits, Room};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Where the facts of a connection begin.
const LABEL: usize = 13;
/// Where what a right is about begins.
const COLUMNS: usize = 15;
/// A clock that is further away than this is worth a word.
const SKEW: i64 = 5;

/// Renders it as text.
#[must_use]
pub fn text(preflight: &Preflight, now: Timestamp, style: Style) -> String {
    let (environment, revision) = (&preflight.environment, &preflight.revision);
    let heading = format!("{environment} at {}, before anything is planned", line(revision.as_str()));
    let contacts: String = preflight.contacts.iter().map(|contact| told_contact(contact, style)).collect();
    [
        format!("{}\n", style.paint(Role::Heading, &heading)),
        contacts,
        rights(preflight, style),
        state(&preflight.state, now, style),
        quotas(preflight, style),
        format!("\n{}", verdict(preflight, style)),
    ]
    .concat()
}

/// Renders it as Markdown.
#[must_use]
pub fn markdown(preflight: &Preflight, now: Timestamp) -> String {
    fenced("", &text(preflight, now, Style::plain()))
}

fn told_contact(contact: &Contact, style: Style) -> String {
    let Contact { connection, server, credentials, trust, user, identity, pin, version, ahead } = contact;
    let who = match user {
        Ok(user) => format!("{}, known there as {}", line(credentials), line(user)),
        Err(why) => format!("{}; as whom is not known: {}", line(credentials), words::why(why)),
    };
    let cluster = match (identity, pin) {
        (Ok(found), None) => format!("{}, met for the first time: the first apply pins it", line(found)),
        (Ok(found), Some(pin)) if found == pin => format!("{}, as pinned", line(found)),
        (Ok(found), Some(pin)) => {
            format!("{}, but it was {} so far: nothing is planned there", line(found), line(pin))
        }
        (Err(why), _) => format!("not known: {}", words::why(why)),
    };
    let version = version.as_ref().map_or_else(words::why, |version| told_version(version));
    let facts = [
        ("credentials", who),
        ("tls", told_trust(*trust).to_owned()),
        ("cluster", cluster),
        ("version", version),
        ("clock", ahead.map_or_else(|| "not told".to_owned(), told_clock)),
    ];
    let heading = format!("\n{}   {}\n", style.paint(Role::Heading, connection.as_str()), line(server));
    facts.iter().fold(heading, |out, (label, text)| {
        let told = wrapped(text, LABEL + 2, style.width);
        format!("{out}  {label:LABEL$}{}", told.trim_start())
    })
}

fn told_trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Verified => "the server's certificate is checked",
        Trust::Unverified => {
            "not checked (insecure-skip-tls-verify): anybody on the way can answer and read along"
        }
        Trust::Plain => "none: anybody on the way can answer and read along",
    }
}

fn told_version(version: &str) -> String {
    let fit = match Fit::of(version) {
        Fit::Tried => "tried".to_owned(),
        Fit::Untried => format!("not tried; 1.{TRIED} is"),
        Fit::Newer => {
            format!("newer than 1.{TRIED}, which is tried: fields that came since are compared as untyped")
        }
        Fit::TooOld => "too old: plans need aggregated discovery, which came with 1.30".to_owned(),
        Fit::Unclear => "no version that is known here".to_owned(),
    };
    format!("{}, {fit}", line(version))
}

/// Locks are never judged by the time of day; what people write with a date is.
fn told_clock(ahead: SignedDuration) -> String {
    if ahead.as_secs().abs() < SKEW {
        return "as ours".to_owned();
    }
    let by = duration(Duration::from_secs(ahead.as_secs().unsigned_abs()));
    let side = if ahead.is_negative() { "behind" } else { "ahead of" };
    format!(
        "{by} {side} ours: locks do not mind, but approvals, windows and suspensions go by the time of day"
    )
}

/// What is granted of some objects, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Lacking {
    plan: BTreeSet<Verb>,
    apply: BTreeSet<Verb>,
    is_known: bool,
}

fn rights(preflight: &Preflight, style: Style) -> String {
    if preflight.contacts.is_empty() {
        return "\nSimulated: no credentials and no rights are needed.\n".to_owned();
    }
    let heading = style.paint(Role::Heading, "Rights");
    let mut out = format!("\n{heading}\n  plan  apply\n");
    for ((place, lacking), objects) in rows(preflight) {
        let sign = |is_granted| match (lacking.is_known, is_granted) {
            (false, _) => "?",
            (true, true) => "yes",
            (true, false) => "no",
        };
        let may_plan = lacking.plan.is_empty();
        let columns = format!("  {:<6}{:<7}", sign(may_plan), sign(may_plan && lacking.apply.is_empty()));
        let objects = objects.into_iter().collect::<Vec<_>>().join(", ");
        let told = format!("{place}: {objects}{}", without(&lacking));
        out.push_str(&columns);
        out.push_str(wrapped(&told, COLUMNS, style.width).trim_start());
    }
    for ((connection, kind), why) in &preflight.unknown_kinds {
        let why = why.as_ref().map_or_else(|| "nobody serves it".to_owned(), words::why);
        out.push_str("  ?     ?      ");
        let told = format!("{kind} at connection {connection}: {why}");
        out.push_str(wrapped(&told, COLUMNS, style.width).trim_start());
    }
    out + &unknown_rights(preflight.needs.unknown(&preflight.granted))
}

fn unknown_rights(why: Option<&Why>) -> String {
    why.map_or_else(String::new, |why| format!("  ? {}\n", words::why(why)))
}

fn without(lacking: &Lacking) -> String {
    let verbs =
        |verbs: &BTreeSet<Verb>| verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>().join(", ");
    let parts = [("plan", &lacking.plan), ("apply", &lacking.apply)];
    let parts = parts.into_iter().filter(|(_, lacking)| !lacking.is_empty());
    let told: Vec<String> = parts.map(|(to, lacking)| format!("{} to {to}", verbs(lacking))).collect();
    if told.is_empty() { String::new() } else { format!("; missing: {}", told.join(" and ")) }
}

/// Objects of one place that lack the same are told together.
fn rows(preflight: &Preflight) -> BTreeMap<(String, Lacking), BTreeSet<String>> {
    let mut objects: BTreeMap<(&Object, Sort), Lacking> = BTreeMap::new();
    for (right, (sort, purpose)) in &preflight.needs.0 {
        let all_known = Lacking { is_known: true, ..Lacking::default() };
        let lacking = objects.entry((&right.object, *sort)).or_insert(all_known);
        match (preflight.granted.get(right), purpose) {
            (Some(Ok(true)), _) => {}
            (Some(Ok(false)), Purpose::Plan) => drop(lacking.plan.insert(right.verb)),
            (Some(Ok(false)), Purpose::Apply) => drop(lacking.apply.insert(right.verb)),
            (Some(Err(_)) | None, _) => lacking.is_known = false,
        }
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
    let at =
        if object.connection.is_default() { String::new() } else { format!(" at {}", object.connection) };
    let why = match sort {
        Sort::Kind => "",
        Sort::Identity => ", to know it again",
        Sort::Definition => ", how kinds are defined",
        Sort::Source => ", the source of a secret",
        Sort::State => ", state",
    };
    format!("{place}{at}{why}")
}

/// Returns an object as `kubectl auth can-i` takes it.
#[must_use]
pub(super) fn name(object: &Object) -> String {
    let Object { connection: _, namespace: _, group, plural, name } = object;
    let kind = if group.is_empty() { plural.to_string() } else { format!("{plural}.{group}") };
    name.as_ref().map_or_else(|| kind.clone(), |name| format!("{kind}/{name}"))
}

fn state(state: &State, now: Timestamp, style: Style) -> String {
    let State { place, standing } = state;
    let told = match standing {
        Err(words) => format!("cannot be read: {}", line(words)),
        Ok(Standing { ours, lock, suspension }) => {
            let ours =
                ours.map_or_else(|| "nothing was applied yet".to_owned(), |ours| format!("{ours} ours"));
            let lock = match lock {
                Lock::Free => "nobody holds the lock".to_owned(),
                Lock::Held(head) => held_by(head, now),
                Lock::LeftBehind(head) => {
                    format!("{}, and gone since: the next apply takes over", held_by(head, now))
                }
            };
            let suspended = suspension.as_ref().map(|suspension| {
                format!("suspended until {}: {}", date_and_time(suspension.until), line(&suspension.reason))
            });
            [Some(ours), Some(lock), suspended].into_iter().flatten().collect::<Vec<_>>().join("; ")
        }
    };
    let told = wrapped(&format!("in {}: {told}", line(place)), 2, style.width);
    format!("\n{}\n{told}", style.paint(Role::Heading, "State"))
}

fn quotas(preflight: &Preflight, style: Style) -> String {
    let quotas = &preflight.quotas;
    let rooms: String = quotas.rooms.iter().map(|room| told_room(room, style)).collect();
    let unread = quotas.unread.iter().map(|((_, namespace), why)| {
        let told = if why.trouble == Trouble::Forbidden {
            "not looked at: that takes `list` on resourcequotas".to_owned()
        } else {
            words::why(why)
        };
        let told = wrapped(&format!("{}: {told}", line(namespace)), 8, style.width);
        format!("  {:<6}{}", "?", told.trim_start())
    });
    let told = rooms + &unread.collect::<String>();
    if told.is_empty() {
        return String::new();
    }
    format!("\n{}, and what would be created\n{told}", style.paint(Role::Heading, "Quotas"))
}

fn told_room(room: &Room, style: Style) -> String {
    let Room { connection: _, namespace, quota, what, hard, used, fits } = room;
    let fits = match fits {
        Fits::Yes(0) => return String::new(),
        Fits::Yes(added) => format!("{} more fit", units(*added)),
        Fits::No(added) => format!("{} more do not fit", units(*added)),
        Fits::NotCounted => "not counted here".to_owned(),
    };
    let sign = if matches!(room.fits, Fits::No(_)) { "no" } else { "yes" };
    let sign = if matches!(room.fits, Fits::NotCounted) { "?" } else { sign };
    let place = format!("{}/{}", line(namespace), line(quota));
    let told = format!("{place}: {} {} of {} used, {fits}", line(what), line(used), line(hard));
    format!("  {sign:<6}{}", wrapped(&told, 8, style.width).trim_start())
}

/// Thousandths as people write them.
fn units(thousandths: i128) -> String {
    const KIBI: i128 = 1024;
    let whole = thousandths / 1000;
    match thousandths {
        _ if thousandths % 1000 != 0 => format!("{thousandths}m"),
        _ if whole % (KIBI * KIBI * KIBI) == 0 => format!("{}Gi", whole / (KIBI * KIBI * KIBI)),
        _ if whole % (KIBI * KIBI) == 0 => format!("{}Mi", whole / (KIBI * KIBI)),
        _ => whole.to_string(),
    }
}

fn verdict(preflight: &Preflight, style: Style) -> String {
    let lacks = lacks(preflight);
    if lacks.is_empty() {
        return format!("{}\n", style.paint(Role::Create, "Ready."));
    }
    let told: Vec<String> = lacks.iter().map(|lack| told_lack(*lack, preflight)).collect();
    let told = format!("Not ready: {}.", told.join("; "));
    let needs_roles = lacks.contains(&Lack::PlanRights) || lacks.contains(&Lack::ApplyRights);
    let next = if needs_roles {
        format!("next: evenkeel preflight {} --rbac, for whoever grants rights\n", preflight.environment)
    } else {
        String::new()
    };
    format!("{}{next}", wrapped(&told, 0, style.width))
}

fn told_lack(lack: Lack, preflight: &Preflight) -> String {
    let missing = |purpose, to: &str| {
        let missing = preflight.needs.missing(&preflight.granted, purpose).len();
        format!("{} to {to} missing", count(missing, "right"))
    };
    match lack {
        Lack::Contact => "a connection does not answer as it must".to_owned(),
        Lack::Version => "a server is too old".to_owned(),
        Lack::PlanRights => missing(Purpose::Plan, "plan"),
        Lack::ApplyRights => missing(Purpose::Apply, "apply"),
        Lack::UnknownRights => "what is allowed is not known".to_owned(),
        Lack::Kind => "a kind in Git is served by nobody".to_owned(),
        Lack::State => "state cannot be read".to_owned(),
        Lack::Busy => "the environment is locked or suspended".to_owned(),
        Lack::Quota => "a quota leaves no room".to_owned(),
    }
}
