//! A plan as JSON in Terraform's shape with our own keys beside it; the plan file is the same and exact.
//!
//! What is printed holds no digest of a secret.

use super::file::FORMAT;
use super::offers::{Offer, offered};
use super::outline::{Doing, Entry, entries, held, not_compared};
use super::{Counts, PlanReport};
use crate::engine::plan::{Held, HeldChange, HeldResource, Plan};
use crate::engine::step::{Action, Expects, Reason, Step};
use crate::engine::value::Value;
use crate::report::drift::{self, Drifted};
use crate::report::terraform::{self, Actions};
use serde_json::{Value as Json, json};

/// Renders a plan as JSON to be printed; no digest of a secret is in it. For `--out`, see [`file`].
#[must_use]
pub fn json(report: &PlanReport<'_>) -> Json {
    let mut plan = serialised(report.plan);
    withhold_digests(&mut plan);
    document(report, &plan, "withheld")
}

pub(super) fn serialised(plan: &Plan) -> Json {
    serde_json::to_value(plan).expect("a plan has text keys only and no number that JSON lacks")
}

pub(super) fn document(report: &PlanReport<'_>, plan: &Json, digests: &str) -> Json {
    let counts = Counts::of(report.plan);
    let entries = entries(report.plan);
    let unread = not_compared(report.plan).map(|(resource, _)| resource);
    let deferred = held(report.plan).chain(unread).map(deferred);
    let version = env!("CARGO_PKG_VERSION");
    let mut document = json!({
        "format_version": terraform::FORMAT_VERSION,
        "evenkeel_version": version,
        "planned_values": {"root_module": {}},
        "resource_drift": drift::drifted(report.plan).iter().map(Drifted::resource_drift).collect::<Vec<_>>(),
        "resource_changes": entries.iter().map(change).collect::<Vec<_>>(),
        "deferred_changes": deferred.collect::<Vec<_>>(),
        "output_changes": {},
        "timestamp": terraform::timestamp(report.now),
        "applyable": !report.plan.steps.is_empty(),
        "complete": counts.held == 0 && counts.unknown == 0,
        "errored": false,
        "evenkeel": {
            "format": FORMAT,
            "version": version,
            "digests": digests,
            "summary": counts.sentence_for(&report.plan.goal),
            "approvals": offered(report).iter().map(Offer::yaml).collect::<Vec<_>>(),
            "plan": plan,
        },
    });
    if let Some(offline) = &report.offline {
        document["evenkeel"]["snapshot"] = json!(offline);
    }
    document
}

fn change(entry: &Entry<'_>) -> Json {
    let address = &entry.step.address;
    let wanted = config(entry.step).or_else(|| entry.second.and_then(config));
    let live = || terraform::with_live(&terraform::identity(address), entry.fields());
    let updated = || wanted.map(|config| terraform::with_live(config, entry.fields()));
    let (actions, before, after) = match entry.doing {
        Doing::Create => (Actions::Create, None, wanted),
        Doing::Update => (Actions::Update, updated(), wanted),
        Doing::Restart | Doing::Cordon | Doing::Drain | Doing::Stop | Doing::Carry => {
            (Actions::Update, Some(live()), wanted)
        }
        Doing::Delete => (Actions::Delete, Some(live()), None),
        Doing::Replace => (Actions::Replace, Some(live()), wanted),
        Doing::Rename => (Actions::Rename, Some(live()), wanted),
        Doing::Adopt
        | Doing::Own
        | Doing::Confirm
        | Doing::Migrate
        | Doing::RecordGone
        | Doing::RecordOurs
        | Doing::Move
        | Doing::Forget => (Actions::NoOp, wanted.cloned(), wanted),
    };
    let mut json = terraform::resource_change(address, actions, before.as_ref(), after);
    add_why(&mut json, entry);
    json
}

/// What is sent, where something is.
fn config(step: &Step) -> Option<&Value> {
    match &step.action {
        Action::Write { mode: _, config, wanted: _ } | Action::Confirm { config, wanted: _ } => Some(config),
        Action::Delete { uid: _ } | Action::Operation(_) => None,
    }
}

/// Adds Terraform's own words for a deletion, a replacement and an adoption.
fn add_why(json: &mut Json, entry: &Entry<'_>) {
    match &entry.step.because {
        Reason::NoLongerWanted | Reason::MovedTo(_) => {
            json["action_reason"] = json!("delete_because_no_resource_config");
        }
        Reason::MustReplace(path) => {
            json["action_reason"] = json!("replace_because_cannot_update");
            json["change"]["replace_paths"] = json!([terraform::path_steps(path)]);
        }
        Reason::NotYetThere
        | Reason::SpecEdited
        | Reason::Drifted(_)
        | Reason::Adopted
        | Reason::Recreated { was: _ }
        | Reason::OwnershipIncomplete
        | Reason::Doubtful
        | Reason::Degraded(_)
        | Reason::Regained
        | Reason::Identified
        | Reason::TakenDown
        | Reason::Forgotten => {}
        Reason::MovedFrom(from) => json["previous_address"] = json!(from),
    }
    if let (Doing::Adopt, Expects::Seen(sketch)) = (entry.doing, &entry.step.expects) {
        json["change"]["importing"] = json!({"id": sketch.uid});
    }
}

/// What is held, as Terraform tells changes that are put off.
fn deferred(resource: &HeldResource) -> Json {
    let HeldResource { address, change, because: _, held, fields, uid: _ } = resource;
    let identity = terraform::identity(address);
    let live = || Some(terraform::with_live(&identity, fields.iter()));
    let wanted = || Some(terraform::with_wanted(&identity, fields.iter()));
    let (actions, before, after) = match change {
        HeldChange::Create => (Actions::Create, None, wanted()),
        HeldChange::Update => (Actions::Update, live(), wanted()),
        HeldChange::Delete => (Actions::Delete, live(), None),
        HeldChange::Replace => (Actions::Replace, live(), wanted()),
        HeldChange::Forget => (Actions::NoOp, live(), live()),
        HeldChange::Unknown => (Actions::NoOp, None, None),
    };
    let change = terraform::resource_change(address, actions, before.as_ref(), after.as_ref());
    json!({"reason": held_name(held), "resource_change": change})
}

fn held_name(held: &Held) -> &'static str {
    match held {
        Held::Unreadable(_) => "unreadable",
        Held::SecretUnread(_) => "secret_unread",
        Held::Denied(_) => "denied",
        Held::NeedsApproval(_) => "needs_approval",
        Held::NotOwned => "not_owned",
        Held::Foreign(_) => "foreign",
        Held::Contested(_) => "contested",
        Held::WaitsFor(_) => "waits_for",
        Held::OverLimit { deletes: _, allowed: _ } => "over_limit",
        Held::HoldsData => "holds_data",
        Held::OutsideWindow { opens: _ } => "outside_window",
        Held::Unsettled(_) => "unsettled",
        Held::Ambiguous(_) => "ambiguous",
        Held::Namesake { wanted: _ } => "namesake",
        Held::Rejected(_) => "rejected",
        Held::Impossible(_) => "impossible",
        Held::CannotMove { .. } => "cannot_move",
    }
}

/// Takes the digests out of a serialised value, wherever it stands; the keys are those of `engine::value`.
fn withhold_digests(json: &mut Json) {
    match json {
        Json::Object(object) => {
            if let Some(digest) = object.get_mut("$opaque") {
                *digest = json!("withheld");
            }
            if let Some(digest) = object.get_mut("$secret").and_then(|secret| secret.get_mut("digest")) {
                *digest = Json::Null;
            }
            object.values_mut().for_each(withhold_digests);
        }
        Json::Array(items) => items.iter_mut().for_each(withhold_digests),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
