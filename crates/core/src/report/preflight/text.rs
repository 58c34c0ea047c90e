//! A preflight for people: connections, then rights as a table, then state and quotas, then what to do.

use super::brokers::{few, granting, missing_classes, platform};
use super::rights::rights;
use super::verdict::{Lack, forgetful, is_too_old, is_unsure, lacks, missing_namespaces, strangers};
use crate::engine::id::ConnectionName;
use crate::engine::preflight::{
    Contact, Fit, Lock, OLDEST, Pin, Preflight, Presence, Standing, State, TRIED, Trust,
};
use crate::engine::question::{Trouble, Why};
use crate::engine::rights::Purpose;
use crate::report::humane::{count, date_and_time, duration};
use crate::report::lock::held_by;
use crate::report::markdown::fenced;
use crate::report::plain::{command, line, wrapped};
use crate::report::style::{Role, Style};
use crate::report::words;
use crate::resources::kubernetes::quota::{Fits, Room};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Where the facts of a connection begin.
pub(super) const LABEL: usize = 13;
/// A clock that is further away than this is worth a word.
const SKEW: i64 = 5;
/// So many commands that grant rights are told at the most.
const COMMANDS: usize = 4;

/// Renders it as text.
#[must_use]
pub fn text(preflight: &Preflight, now: Timestamp, style: Style) -> String {
    let (environment, revision) = (&preflight.environment, &preflight.revision);
    let heading = format!("{environment} at {}, before anything is planned", line(revision.as_str()));
    let contacts = preflight.contacts.iter().map(|contact| told_contact(contact, style));
    let contacts: String = contacts.chain(preflight.closed.iter().map(|it| told_closed(it, style))).collect();
    [
        format!("{}\n", style.paint(Role::Heading, &heading)),
        contacts,
        platform(preflight, style),
        rights(preflight, style),
        namespaces(preflight, style),
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
    let cluster = told_identity(identity, pin);
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

pub(super) fn told_identity(identity: &Result<Arc<str>, Why>, pin: &Pin) -> String {
    match (identity, pin) {
        (Ok(found), Pin::Never) => {
            format!("{}, met for the first time: the first apply pins it", line(found))
        }
        (Ok(found), Pin::Unread) => {
            format!("{}; whether it is as pinned is not known: state cannot be read", line(found))
        }
        (Ok(found), Pin::Is(pin)) if found == pin => format!("{}, as pinned", line(found)),
        (Ok(found), Pin::Is(pin)) => {
            format!("{}, but it was {} so far: nothing is planned there", line(found), line(pin))
        }
        (Err(why), _) => format!("not known: {}", words::why(why)),
    }
}

fn told_closed((connection, why): (&ConnectionName, &Why), style: Style) -> String {
    let heading = style.paint(Role::Heading, connection.as_str());
    let told = wrapped(&format!("cannot be opened: {}", words::why(why)), LABEL + 2, style.width);
    format!("\n{heading}\n  {:LABEL$}{}", "credentials", told.trim_start())
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
        Fit::TooOld => format!("too old: plans need aggregated discovery, which came with 1.{OLDEST}"),
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

/// Those that are there are not worth a word.
fn namespaces(preflight: &Preflight, style: Style) -> String {
    let told = preflight.namespaces.iter().filter_map(|((connection, namespace), found)| {
        let (sign, told) = match found {
            Ok(Presence::There) => return None,
            Ok(Presence::Missing) => ("no", "is not there".to_owned()),
            Err(why) => ("?", unread(why, "`get` on it")),
        };
        let told = format!("{}{}: {told}", line(namespace), at(connection));
        Some(format!("  {sign:<6}{}", wrapped(&told, 8, style.width).trim_start()))
    });
    let told: String = told.collect();
    if told.is_empty() {
        return String::new();
    }
    format!("\n{}\n{told}", style.paint(Role::Heading, "Namespaces"))
}

/// Says at which connection, where that is not a matter of course.
pub(super) fn at(connection: &ConnectionName) -> String {
    if connection.is_default() { String::new() } else { format!(" at {connection}") }
}

fn unread(why: &Why, takes: &str) -> String {
    if why.trouble == Trouble::Forbidden {
        format!("not looked at: that takes {takes}")
    } else {
        words::why(why)
    }
}

fn state(state: &State, now: Timestamp, style: Style) -> String {
    let State { place, namespace, standing } = state;
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
    let missing = match namespace {
        Some((_, Ok(Presence::Missing))) => "; the namespace is not there",
        Some((_, Ok(Presence::There) | Err(_))) | None => "",
    };
    let told = wrapped(&format!("in {}: {told}{missing}", line(place)), 2, style.width);
    format!("\n{}\n{told}", style.paint(Role::Heading, "State"))
}

fn quotas(preflight: &Preflight, style: Style) -> String {
    let quotas = &preflight.quotas;
    let rooms: String = quotas.rooms.iter().map(|room| told_room(room, style)).collect();
    let unread = quotas.unread.iter().map(|((connection, namespace), why)| {
        let told = unread(why, "`list` on resourcequotas");
        let told = wrapped(&format!("{}{}: {told}", line(namespace), at(connection)), 8, style.width);
        format!("  {:<6}{}", "?", told.trim_start())
    });
    let held = quotas.held.iter().filter(|(_, number)| **number > 0);
    let held = held.map(|((connection, namespace), number)| {
        let told = format!(
            "{}{}: {} not counted: held",
            line(namespace),
            at(connection),
            count(*number, "resource")
        );
        format!("  {:<6}{told}\n", "?")
    });
    let told = rooms + &held.collect::<String>() + &unread.collect::<String>();
    if told.is_empty() {
        return String::new();
    }
    format!("\n{}, and what would be created\n{told}", style.paint(Role::Heading, "Quotas"))
}

fn told_room(room: &Room, style: Style) -> String {
    let Room { connection, namespace, quota, what, hard, used, fits } = room;
    let fits = match fits {
        Fits::Yes(0) => return String::new(),
        Fits::Yes(added) => format!("{} more fit", units(*added)),
        Fits::No(added) => format!("{} more do not fit", units(*added)),
        Fits::NotCounted => "not counted here".to_owned(),
    };
    let sign = if matches!(room.fits, Fits::No(_)) { "no" } else { "yes" };
    let sign = if matches!(room.fits, Fits::NotCounted) { "?" } else { sign };
    let place = format!("{}/{}{}", line(namespace), line(quota), at(connection));
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
    let next = next_steps(&lacks, preflight).into_iter().map(|step| format!("next: {step}\n"));
    let told = [wrapped(&told, 0, style.width)];
    told.into_iter().chain(next).collect::<Vec<_>>().concat()
}

/// What to type, or to do, about each thing that is not as it must be.
fn next_steps(lacks: &BTreeSet<Lack>, preflight: &Preflight) -> Vec<String> {
    let environment = &preflight.environment;
    let mut steps = Vec::new();
    for lack in lacks {
        match lack {
            Lack::PlanRights | Lack::ApplyRights => {
                for step in next_to_grant(preflight) {
                    if !steps.contains(&step) {
                        steps.push(step);
                    }
                }
            }
            Lack::Namespace => {
                let create = |(connection, namespace): &(ConnectionName, _)| {
                    format!("kubectl create namespace {namespace}{}", at(connection))
                };
                steps.extend(missing_namespaces(preflight).iter().map(create));
            }
            Lack::Busy => steps.push(command(&format!("evenkeel lock show {environment}"))),
            Lack::Plugin => steps.push("install the class on the workers, or correct it in Git".to_owned()),
            Lack::Storage => steps.extend(forgetful(preflight).map(|(workers, topic)| {
                format!("cleanup.policy=compact for {topic} of connect:{workers}, by whoever made it")
            })),
            Lack::Kind => steps.push("install what serves the kind, or add its definition to Git".to_owned()),
            Lack::Quota => steps.push("raise the quota, or ask for less".to_owned()),
            // What these are about tells what to do.
            Lack::Contact | Lack::Version | Lack::State => {}
            Lack::UnknownPlanRights | Lack::UnknownApplyRights => {}
        }
    }
    steps
}

/// Who has to grant much is given all of it at once.
fn next_to_grant(preflight: &Preflight) -> Vec<String> {
    let environment = &preflight.environment;
    let lacks = |purpose| !preflight.needs.missing(&preflight.granted, purpose).is_empty();
    let roles = [Purpose::Plan, Purpose::Apply].into_iter().any(lacks);
    let print = |option: &str| command(&format!("evenkeel preflight {environment} {option}"));
    let roles = roles.then(|| format!("{}, for whoever grants rights", print("--rbac")));
    let commands = granting(preflight);
    let commands = if commands.len() > COMMANDS {
        vec![format!("{}, for whoever grants rights on brokers", print("--acls"))]
    } else {
        commands
    };
    roles.into_iter().chain(commands).collect()
}

fn names<'a>(connections: impl Iterator<Item = &'a ConnectionName>) -> String {
    connections.map(ConnectionName::as_str).collect::<Vec<_>>().join(", ")
}

fn told_lack(lack: Lack, preflight: &Preflight) -> String {
    let missing = |purpose, to: &str| {
        let brokers = preflight.brokers.needs.missing(&preflight.brokers.granted, purpose).len();
        let missing = preflight.needs.missing(&preflight.granted, purpose).len();
        format!("{} to {to} missing", count(missing + brokers, "right"))
    };
    match lack {
        Lack::Contact => {
            let unsure = preflight.contacts.iter().filter(|contact| is_unsure(contact));
            let unsure = unsure.map(|contact| &contact.connection).chain(preflight.closed.keys());
            let connections =
                unsure.map(ToString::to_string).chain(strangers(preflight).map(ToString::to_string));
            format!("not answering as it must: connection {}", connections.collect::<Vec<_>>().join(", "))
        }
        Lack::Version => {
            let old = preflight.contacts.iter().filter(|contact| is_too_old(contact));
            format!("too old: the server of connection {}", names(old.map(|contact| &contact.connection)))
        }
        Lack::PlanRights => missing(Purpose::Plan, "plan"),
        Lack::ApplyRights => missing(Purpose::Apply, "apply"),
        Lack::UnknownPlanRights => "whether planning is allowed is not known".to_owned(),
        Lack::UnknownApplyRights => "whether applying is allowed is not known".to_owned(),
        Lack::Namespace => format!("{} missing", count(missing_namespaces(preflight).len(), "namespace")),
        Lack::Kind => "a kind in Git is served by nobody".to_owned(),
        Lack::Plugin => format!("not installed on the workers: {}", few(&missing_classes(preflight))),
        Lack::Storage => {
            let topics: BTreeSet<Arc<str>> =
                forgetful(preflight).map(|(_, topic)| Arc::clone(topic)).collect();
            format!("not compacted, so that workers forget: {}", few(&topics))
        }
        Lack::State => "state cannot be read".to_owned(),
        Lack::Busy => "the environment is locked or suspended".to_owned(),
        Lack::Quota => "a quota leaves no room".to_owned(),
    }
}
