//! Who holds an environment, what an apply left open there, and what only a person can clear.

use super::humane::{ago, count, date_and_time};
use super::markdown::fenced;
use super::plain::{command, line, wrapped};
use super::words::compact;
use crate::engine::apply::{Head, LockView, Suspension, Tenure};
use crate::engine::id::{EnvironmentName, ResourceId};
use crate::engine::journal::{Doing, Settled};
use crate::engine::ledger::{HeldAddress, OpenStep};
use crate::engine::step::WriteMode;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// So many open steps are told one by one; more of them together.
const FEW: usize = 3;

/// Where the facts begin, and the width of a line.
const LABEL: usize = 13;
const WIDTH: usize = 100;

/// Returns what `lock show` tells.
#[must_use]
pub fn text(
    environment: &EnvironmentName,
    view: &LockView,
    suspension: Option<&Suspension>,
    now: Timestamp,
) -> String {
    let LockView { head, apply, open, held, lost } = view;
    let lock =
        head.as_ref().map_or_else(|| "nobody ever held the lock".to_owned(), |head| held_by(head, now));
    let mut lines = vec![("lock", lock)];
    lines.extend(suspension.map(|Suspension { until, reason, by }| {
        ("suspended", format!("until {}, by {}: {}", date_and_time(*until), line(by), line(reason)))
    }));
    lines.extend(apply.as_ref().map(|apply| {
        ("apply", format!("plan {}, {}, not ended", apply.plan, count(apply.steps as usize, "step")))
    }));
    if open.len() > FEW {
        lines.push(("open", open_together(open)));
    } else {
        let each = open.iter().map(|step| format!("{}   {}", step.intent.what.address, left_open(step)));
        lines.extend(each.map(|step| ("open", step)));
    }
    lines.extend(held.iter().map(|(address, held)| ("held", format!("{address}   {}", in_doubt(held)))));
    lines.extend(lost.iter().map(|lost| ("damaged", super::recovery::lost(lost))));
    if !held.is_empty() {
        let clear = command(&format!("evenkeel lock clear {environment} ADDRESS"));
        lines.push(("next", format!("{clear}, once somebody has looked")));
    }
    lines.iter().fold(format!("{environment}\n"), |out, (label, text)| format!("{out}  {label:<10} {text}\n"))
}

/// Returns what is known of an address before a person clears it; nothing if it is neither held nor open.
#[must_use]
pub fn before_clearing(view: &LockView, address: &ResourceId) -> Option<String> {
    let open = view.open.iter().filter(|step| step.intent.what.address == *address);
    let open = open.map(|step| format!("  open       {}\n", left_open(step)));
    let held = view.held.iter().filter(|(held, _)| held == address);
    let held = held.map(|(_, held)| {
        let by = format!("  by         step {} of apply {}\n", held.by.step, line(&held.by.apply));
        format!("  held       {}\n{by}{}", in_doubt(held), candidates(&held.how))
    });
    let known: String = open.chain(held).collect();
    (!known.is_empty()).then(|| format!("{address}\n{known}"))
}

/// The objects of which one may be the one that a step created.
fn candidates(how: &Settled) -> String {
    let Settled::Ambiguous(uids) = how else { return String::new() };
    let lines: Vec<String> =
        uids.iter().map(|uid| format!("             uid {}\n", line(uid.as_str()))).collect();
    lines.concat()
}

/// Returns what an open step was about to do, in one line.
pub(super) fn left_open(step: &OpenStep) -> String {
    let OpenStep { intent, epoch, receipt } = step;
    let doing = match &intent.what.doing {
        Doing::Write(WriteMode::Create) => "creation",
        Doing::Write(WriteMode::Update | WriteMode::Adopt | WriteMode::Own) => "change",
        Doing::Confirm => "confirmation",
        Doing::Delete(_) => "deletion",
        Doing::Operation(_) => "record",
    };
    let taken = if receipt.is_some() { ", taken on by the system" } else { "" };
    format!("a {doing} that nobody has settled (attempt {}, epoch {epoch}{taken})", intent.attempt)
}

/// Tells many open steps in one go, every address of them.
fn open_together(open: &[OpenStep]) -> String {
    let listed = compact(open.iter().map(|step| &step.intent.what.address));
    let told = format!("{} that nobody has settled: {listed}", count(open.len(), "step"));
    wrapped(&told, LABEL, WIDTH).trim().to_owned()
}

/// Returns the same for a forge.
#[must_use]
pub fn markdown(
    environment: &EnvironmentName,
    view: &LockView,
    suspension: Option<&Suspension>,
    now: Timestamp,
) -> String {
    fenced("", &text(environment, view, suspension, now))
}

/// Returns the same for programs.
#[must_use]
pub fn json(environment: &EnvironmentName, view: &LockView, suspension: Option<&Suspension>) -> Json {
    let LockView { head, apply, open, held, lost } = view;
    let apply = apply.as_ref().map(|apply| json!({"plan": apply.plan, "steps": apply.steps}));
    let open = open.iter().map(|step| json!({"address": step.intent.what.address}));
    let held = held.iter().map(|(address, held)| json!({"address": address, "told": in_doubt(held)}));
    json!({
        "environment": environment,
        "lock": head.as_ref().map(lock),
        "suspension": suspension,
        "apply": apply,
        "open": open.collect::<Vec<_>>(),
        "held": held.collect::<Vec<_>>(),
        "damaged": lost.iter().map(super::recovery::lost).collect::<Vec<_>>(),
    })
}

fn lock(head: &Head) -> Json {
    let Head { epoch, holder, tenure, renewal: _, renewed } = head;
    let (state, broken_by) = match tenure {
        Tenure::Held => ("held", None),
        Tenure::Released => ("free", None),
        Tenure::Broken { by } => ("broken", Some(by)),
    };
    json!({"state": state, "holder": holder.name, "epoch": epoch.0, "broken_by": broken_by, "renewed": renewed})
}

/// Returns who holds the lock, in one line.
#[must_use]
pub fn held_by(head: &Head, now: Timestamp) -> String {
    let Head { epoch, holder, tenure, renewal: _, renewed } = head;
    let name = line(&holder.name);
    let at = |verb: &str| {
        renewed.map_or_else(String::new, |at| format!(", {verb} {} ({})", ago(now, at), date_and_time(at)))
    };
    match tenure {
        Tenure::Held => format!("held by {name} (epoch {epoch}){}", at("renewed")),
        Tenure::Released => format!("free; last held by {name} (epoch {epoch}){}", at("given back")),
        Tenure::Broken { by } => {
            format!("broken by {}; was held by {name} (epoch {epoch}){}", line(by), at("renewed last"))
        }
    }
}

/// Returns what an earlier step left behind at an address, in one line.
#[must_use]
pub fn in_doubt(held: &HeldAddress) -> String {
    match &held.how {
        Settled::Held(_) => {
            "an earlier step may or may not have been carried out, and must not be repeated".to_owned()
        }
        Settled::Ambiguous(uids) => {
            format!("{} objects may be the one that an earlier step created", uids.len())
        }
        Settled::Stale { moved: _, remains: _, cause } => {
            let cause = cause.as_ref().map(|cause| format!(": {}", line(&cause.message)));
            let told = "it is neither as it was before an earlier step nor as that was to leave it";
            format!("{told}, so something may be left here{}", cause.unwrap_or_default())
        }
        Settled::Refused(why) => format!("an earlier step was refused: {}", line(&why.message)),
        Settled::Done { .. } | Settled::NotDone => "an earlier step left it in doubt".to_owned(),
    }
}
