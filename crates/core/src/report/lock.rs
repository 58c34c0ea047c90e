//! Who holds an environment, what an apply left open there, and what only a person can clear.

use super::humane::date_and_time;
use super::markdown::fenced;
use super::plain::line;
use crate::engine::apply::{Head, LockView, Suspension, Tenure};
use crate::engine::id::EnvironmentName;
use crate::engine::journal::Settled;
use crate::engine::ledger::HeldAddress;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// Returns what `lock show` tells.
#[must_use]
pub fn text(environment: &EnvironmentName, view: &LockView, suspension: Option<&Suspension>) -> String {
    let LockView { head, apply, open, held } = view;
    let mut text = format!("{environment}\n");
    let lock = head.as_ref().map_or_else(|| "nobody ever held the lock".to_owned(), held_by);
    let _infallible = writeln!(text, "  lock       {lock}");
    if let Some(suspension) = suspension {
        let Suspension { until, reason, by } = suspension;
        let _infallible =
            writeln!(text, "  suspended  until {}, by {}: {}", date_and_time(*until), line(by), line(reason));
    }
    if let Some(apply) = apply {
        let _infallible =
            writeln!(text, "  apply      plan {}, {} steps, not ended", apply.plan, apply.steps);
    }
    for step in open {
        let _infallible = writeln!(text, "  open       {}", step.intent.what.address);
    }
    for (address, held) in held {
        let _infallible = writeln!(text, "  held       {address}   {}", in_doubt(held));
    }
    text
}

/// Returns the same for a forge.
#[must_use]
pub fn markdown(environment: &EnvironmentName, view: &LockView, suspension: Option<&Suspension>) -> String {
    fenced("", &text(environment, view, suspension))
}

/// Returns the same for programs.
#[must_use]
pub fn json(environment: &EnvironmentName, view: &LockView, suspension: Option<&Suspension>) -> Json {
    let LockView { head, apply, open, held } = view;
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
    })
}

fn lock(head: &Head) -> Json {
    let Head { epoch, holder, tenure, renewal: _ } = head;
    let (state, broken_by) = match tenure {
        Tenure::Held => ("held", None),
        Tenure::Released => ("free", None),
        Tenure::Broken { by } => ("broken", Some(by)),
    };
    json!({"state": state, "holder": holder.name, "epoch": epoch.0, "broken_by": broken_by})
}

/// Returns who holds the lock, in one line.
#[must_use]
pub fn held_by(head: &Head) -> String {
    let Head { epoch, holder, tenure, renewal: _ } = head;
    match tenure {
        Tenure::Held => format!("held by {} (epoch {})", line(&holder.name), epoch.0),
        Tenure::Released => format!("free; last held by {} (epoch {})", line(&holder.name), epoch.0),
        Tenure::Broken { by } => {
            format!("broken by {}; was held by {} (epoch {})", line(by), line(&holder.name), epoch.0)
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
        Settled::Stale { moved: _, remains: _ } => {
            "somebody changed it while an earlier step was on its way, which may have left something here"
                .to_owned()
        }
        Settled::Refused(why) => format!("an earlier step was refused: {}", line(&why.message)),
        Settled::Done { .. } | Settled::NotDone => "an earlier step left it in doubt".to_owned(),
    }
}
