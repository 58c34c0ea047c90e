//! What the engine's enums say to people: the one place where reasons become sentences.

use super::{humane, namesakes, plain};
use crate::engine::id::{EnvironmentName, ResourceId};
use crate::engine::path::Path;
use crate::engine::plan::{Denial, Held, HeldChange, HeldResource, Immovable};
use crate::engine::policy::Severity;
use crate::engine::question::{Trouble, Why};
use crate::engine::step::{Condition, Reason, Risk};
use crate::engine::verdict::{Cause, Doubt, DoubtClass, Manager, Operation, Writer};
use crate::engine::wanted::{Approval, ApprovedAction};
use crate::resources;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Says who wrote a field and how long ago: `kubectl-edit, 3 h ago`.
#[must_use]
pub fn writer(writer: &Writer, now: Timestamp) -> String {
    match writer {
        Writer::Unknown => "unknown manager".to_owned(),
        Writer::Unrecorded => "changed outside; Kafka keeps no record of who".to_owned(),
        Writer::Manager(manager) => self::manager(manager, now),
    }
}

/// As [`writer`], with the point in time: `kubectl-edit, 3 h ago (2026-11-20 23:14 UTC)`.
#[must_use]
pub fn writer_and_time(writer: &Writer, now: Timestamp) -> String {
    let who = self::writer(writer, now);
    match writer {
        Writer::Manager(Manager { at: Some(at), .. }) => format!("{who} ({})", humane::date_and_time(*at)),
        Writer::Manager(_) | Writer::Unknown | Writer::Unrecorded => who,
    }
}

fn manager(manager: &Manager, now: Timestamp) -> String {
    let Manager { name, operation, subresource, at } = manager;
    // Kubernetes merges the oldest entries into this one when there are more than ten.
    let mut who = if &**name == "ancient-changes" { "unknown manager".to_owned() } else { plain::line(name) };
    if let Some(subresource) = subresource {
        who = format!("{who} through {}", plain::line(subresource));
    }
    if *operation == Operation::Apply {
        who.push_str(" (server-side apply)");
    }
    match at {
        Some(at) => format!("{who}, {}", humane::ago(now, *at)),
        None => who,
    }
}

/// Says how a field came to differ.
#[must_use]
pub fn cause(cause: &Cause, now: Timestamp) -> String {
    match cause {
        Cause::SpecEdited => "edited in Git".to_owned(),
        Cause::Drifted(by) => format!("drifted: {}", writer(by, now)),
        Cause::EditedOverDrift(by) => format!("edited in Git; drifted as well: {}", writer(by, now)),
        Cause::Contested(by) => format!("contested: {}", writer(by, now)),
        Cause::NeverOurs(Writer::Unrecorded) => "never applied by us".to_owned(),
        Cause::NeverOurs(by) => format!("never applied by us: {}", writer(by, now)),
        Cause::EntryLost => "our ownership record is lost".to_owned(),
    }
}

/// Says why a whole resource is touched, where its fields do not tell already.
#[must_use]
pub fn reason(reason: &Reason, now: Timestamp) -> Option<String> {
    match reason {
        // What is taken down says so once, in the head of its plan.
        Reason::NotYetThere
        | Reason::SpecEdited
        | Reason::Drifted(Writer::Unknown | Writer::Unrecorded)
        | Reason::TakenDown => None,
        Reason::Drifted(by) => Some(format!("drifted: {}", writer(by, now))),
        Reason::Adopted => Some("equal to Git, becomes ours".to_owned()),
        Reason::Recreated { was } => Some(format!("deleted and made again by somebody: {was} was ours")),
        Reason::OwnershipIncomplete => Some("equal to Git, ownership of fields is completed".to_owned()),
        Reason::Doubtful => Some("reading alone cannot tell, a dry run will".to_owned()),
        Reason::MustReplace(path) => Some(format!("{path} cannot change in place")),
        Reason::NoLongerWanted => Some("no longer in Git".to_owned()),
        Reason::Degraded(why) => Some(format!("as Git says, but degraded: {}", plain::line(why))),
        Reason::Regained => Some("carries our marker, and we applied it".to_owned()),
        Reason::Identified => Some("has an id by now, which is remembered".to_owned()),
        Reason::MovedFrom(from) => Some(format!("moved from {from}")),
        Reason::MovedTo(to) => Some(format!("moved to {to}")),
        Reason::Forgotten => Some("it stays as it is".to_owned()),
    }
}

/// Names a risk; nothing for none.
#[must_use]
pub fn risk(risk: Risk) -> Option<&'static str> {
    match risk {
        Risk::None => None,
        Risk::Restart => Some("restart"),
        Risk::Downtime => Some("downtime"),
        Risk::DataLoss => Some("data loss"),
    }
}

/// Names what a held resource would undergo.
#[must_use]
pub fn held_change(change: HeldChange) -> &'static str {
    match change {
        HeldChange::Create => "create",
        HeldChange::Update => "change",
        HeldChange::Delete => "delete",
        HeldChange::Replace => "replace",
        HeldChange::Forget => "forget",
        HeldChange::Unknown => "unknown",
    }
}

/// Says what holds a resource, in one line.
#[must_use]
pub fn held(held: &Held, now: Timestamp) -> String {
    match held {
        Held::Unreadable(why) => format!("could not be read: {}", self::why(why)),
        Held::SecretUnread(why) => format!("a secret in it could not be read: {}", self::why(why)),
        Held::Denied(denials) => denials.iter().map(denial).collect::<Vec<_>>().join("; "),
        Held::NeedsApproval(action) => format!("needs an Approval `{}`", approved_action(*action)),
        Held::NotOwned => "is there, differs, and is not in our ledger".to_owned(),
        Held::Foreign(other) => format!("belongs to environment {}", plain::line(other)),
        Held::Contested(managers) => {
            let who: Vec<String> = managers.iter().map(|manager| self::manager(manager, now)).collect();
            format!(
                "contested by {}",
                if who.is_empty() { "unknown manager".to_owned() } else { who.join("; ") }
            )
        }
        Held::WaitsFor(needs) => format!("waits for {}", addresses(needs)),
        Held::OverLimit { deletes, allowed } => {
            format!("one of {deletes} deletions, and {allowed} go without being asked for")
        }
        Held::HoldsData => "holds data".to_owned(),
        Held::OutsideWindow { opens } => format!("outside the maintenance windows; {}", next_window(*opens)),
        Held::Unsettled(doubts) => format!("could not be settled: {}", self::doubts(doubts)),
        Held::Ambiguous(what) => plain::line(what),
        Held::Namesake { wanted } => namesakes::doubt(wanted),
        Held::Rejected(message) => format!("the system refuses it: {}", plain::line(message)),
        Held::Impossible(message) => format!("cannot be done: {}", plain::line(message)),
        Held::CannotMove { from, why: Immovable::HoldsData } => {
            format!("{from} holds data, and nothing can rename it")
        }
        Held::CannotMove { from, why: Immovable::Gone } => format!("{from} is gone: nothing is left to move"),
        Held::CannotMove { from, why: Immovable::StillWanted } => format!("{from} is still in Git"),
        Held::CannotMove { from, why: Immovable::Disputed } => {
            format!("something else has moved from {from} as well")
        }
        Held::CannotMove { from, why: Immovable::Several } => {
            format!("{from} is not all that has moved here: ours are several")
        }
        Held::CannotMove { from, why: Immovable::ElsewhereKept } => {
            format!("where {from} stands is known to its own workers only")
        }
    }
}

/// Says what would lift the hold: the next thing to do.
#[must_use]
pub fn way_out(resource: &HeldResource, environment: &EnvironmentName) -> Option<String> {
    let HeldResource { address, change, because, held, fields, uid: _ } = resource;
    match held {
        Held::Unreadable(why) | Held::SecretUnread(why) => Some(next_for(why.trouble, environment)),
        Held::NeedsApproval(action) => {
            Some(format!("Lift with an Approval `{}` for {address}.", approved_action(*action)))
        }
        Held::Foreign(_) => Some("One object cannot belong to two: take it out of one of them.".to_owned()),
        Held::NotOwned => Some("Lift with an Approval `adopt`, or take it out of Git.".to_owned()),
        Held::Contested(_) => {
            let paths: Vec<String> = fields
                .iter()
                .filter(|field| matches!(field.cause, Cause::Contested(_)))
                .map(|field| field.path.to_string())
                .collect();
            let paths = if paths.is_empty() { "the field".to_owned() } else { paths.join(", ") };
            Some(format!("Drop {paths} from Git, or leave it to them with annotation `evenkeel.dev/ignore`."))
        }
        Held::OverLimit { deletes, allowed: _ } => Some(format!(
            "If all of them are meant: {}",
            plain::unbroken(&format!("--expect-deletes {deletes}"))
        )),
        Held::HoldsData => Some(if let Reason::MustReplace(path) = because {
            way_around(address, path)
        } else {
            way_out_of_data_loss(*change, address)
        }),
        Held::OutsideWindow { opens: Some(_) } => Some("Apply again then.".to_owned()),
        Held::OutsideWindow { opens: None } => Some("Give `spec.windows` one that opens.".to_owned()),
        Held::Unsettled(_) => {
            Some("Plan again; a dry run with the right `patch` would settle it.".to_owned())
        }
        Held::Ambiguous(_) => Some("Remove what is not wanted by hand, then plan again.".to_owned()),
        Held::Namesake { wanted: _ } => Some(namesakes::way_out(address)),
        Held::Denied(denials) => Some(way_out_of_denial(denials)),
        Held::CannotMove { from, why } => Some(way_out_of_a_move(from, *why)),
        Held::WaitsFor(_) | Held::Rejected(_) | Held::Impossible(_) => None,
    }
}

/// Says when the next window opens.
#[must_use]
pub fn next_window(opens: Option<Timestamp>) -> String {
    opens.map_or_else(
        || "none ever opens".to_owned(),
        |opens| format!("the next opens {}", super::humane::date_and_time(opens)),
    )
}

fn way_around(address: &ResourceId, path: &Path) -> String {
    let way = resources::migration(address, path).unwrap_or("create another one and move the data");
    format!("What holds data is never replaced: {way}.")
}

fn way_out_of_data_loss(change: HeldChange, address: &ResourceId) -> String {
    match change {
        HeldChange::Delete => {
            let forget = plain::command(&format!("evenkeel forget {address}"));
            format!("Lift with an Approval `delete`, or keep it: {forget}")
        }
        HeldChange::Replace => {
            "What holds data is never replaced: create another one and move the data.".to_owned()
        }
        HeldChange::Create | HeldChange::Update | HeldChange::Forget | HeldChange::Unknown => {
            "Lift with an Approval `loseData`, or undo the change in Git.".to_owned()
        }
    }
}

fn way_out_of_a_move(from: &ResourceId, why: Immovable) -> String {
    match why {
        Immovable::HoldsData => format!(
            "Keep both in Git, the new one without `evenkeel.dev/moved-from`; move the data; then take {from} out, \
             with an Approval `delete`."
        ),
        Immovable::Gone => "To make it anew, take `evenkeel.dev/moved-from` out.".to_owned(),
        Immovable::StillWanted => {
            format!("Take {from} out of Git, or `evenkeel.dev/moved-from` out of this one.")
        }
        Immovable::Disputed => "Leave `evenkeel.dev/moved-from` in one of them only.".to_owned(),
        Immovable::Several => "Leave one address in `evenkeel.dev/moved-from`: the others go.".to_owned(),
        Immovable::ElsewhereKept => {
            "Take `evenkeel.dev/moved-from` out: it then begins anew, and the other one goes.".to_owned()
        }
    }
}

fn way_out_of_denial(denials: &[Denial]) -> String {
    let of = match denials {
        [only] => format!("and `policy: {}`", plain::line(&only.policy)),
        _ => "for each of these policies".to_owned(),
    };
    format!("Change it, or lift this once with an Approval `exempt` {of}.")
}

/// Says which policy denies something, where it stands, and why.
#[must_use]
pub fn denial(denial: &Denial) -> String {
    let Denial { policy, message, at } = denial;
    let (policy, file) = (plain::line(policy), plain::line(&at.file));
    format!("denied by policy {policy} ({file}:{}): {}", at.line, plain::line(message))
}

/// Says what a policy says of what is not held.
#[must_use]
pub fn remark(severity: Severity, denial: &Denial) -> String {
    let Denial { policy, message, at } = denial;
    let (policy, file, message) = (plain::line(policy), plain::line(&at.file), plain::line(message));
    match severity {
        Severity::Warn => format!("policy {policy} ({file}:{}) warns: {message}", at.line),
        Severity::Deny => format!("stands against policy {policy} ({file}:{}): {message}", at.line),
    }
}

/// Says which permission a step consumes.
#[must_use]
pub fn approval(approval: &Approval) -> String {
    let Approval { address: _, action, policy, uid: _, until: _, reason, at } = approval;
    let file = plain::line(&at.file);
    let policy = policy.as_ref().map_or_else(String::new, |policy| format!(" from {}", plain::line(policy)));
    let action = approved_action(*action);
    format!("by Approval `{action}`{policy} ({file}:{}): {}", at.line, plain::line(reason))
}

/// Names an approval as its document does.
#[must_use]
pub fn approved_action(action: ApprovedAction) -> &'static str {
    match action {
        ApprovedAction::Delete => "delete",
        ApprovedAction::Adopt => "adopt",
        ApprovedAction::Replace => "replace",
        ApprovedAction::LoseData => "loseData",
        ApprovedAction::Exempt => "exempt",
        ApprovedAction::ResetOffsets => "resetOffsets",
    }
}

/// Returns the system's own words on why there is no usable answer.
#[must_use]
pub fn why(why: &Why) -> String {
    plain::line(&why.message)
}

/// Says what to do about a sort of trouble.
#[must_use]
pub fn next_for(trouble: Trouble, environment: &EnvironmentName) -> String {
    let told = match trouble {
        Trouble::Forbidden => "Grant these credentials the right to read it, then plan again.",
        Trouble::Unauthorized => "Renew the credentials, then plan again.",
        Trouble::Unavailable | Trouble::TimedOut => "Plan again when it answers.",
        Trouble::WrongIdentity => {
            "Point the connection back at the system that was pinned, or name a new connection."
        }
        Trouble::Deserted => {
            "Point the connection back at who answered before, or say that it was all deleted."
        }
        Trouble::Garbled | Trouble::RuledOut => {
            "Look at what stands between here and the system: a proxy often does this."
        }
        Trouble::Unsupported => {
            "What is there cannot be managed through this system as it is: use a newer one, or leave it to another tool."
        }
        Trouble::LedgerLost => {
            let recover = plain::command(&format!("evenkeel ledger recover {environment}"));
            return format!(
                "Nothing is planned until the ledger is rebuilt from the marked objects: {recover}"
            );
        }
        Trouble::NotConfigured => {
            let forget = plain::command("evenkeel forget ADDRESS");
            return format!("Name it in the specs again; or, if what it led to is gone for good: {forget}");
        }
        Trouble::NoSource => "Provide the source of the secret, then plan again.",
        Trouble::NotInSnapshot => "Plan with the systems at hand, or from a snapshot of specs that have it.",
        Trouble::NotInForce => {
            "It is compared once the change is merged; a file, if it lies outside of the checkout."
        }
    };
    told.to_owned()
}

/// Says where and why reading alone cannot tell.
#[must_use]
pub fn doubts(doubts: &[Doubt]) -> String {
    let told: Vec<String> =
        doubts.iter().map(|Doubt { path, class }| format!("{path} ({})", doubt_class(*class))).collect();
    told.join(", ")
}

fn doubt_class(class: DoubtClass) -> &'static str {
    match class {
        DoubtClass::ConditionalDefault => "its default depends on other fields",
        DoubtClass::ServerSet => "the server sets it",
        DoubtClass::NullInCustomResource => "null in a custom resource",
        DoubtClass::DefaultList => "its default is a list",
        DoubtClass::AtomicExtra => "the server may have filled it in",
        DoubtClass::OtherVersion => "it was applied at another version",
        DoubtClass::NoSchema => "no schema could be read",
        DoubtClass::SecretUnread => "the source of the secret could not be read",
    }
}

/// Says what a gate waits for.
#[must_use]
pub fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Ready(address) => format!("{address} ready"),
        Condition::Gone(address, _) => format!("{address} gone"),
        Condition::Neo4j(watch) => watch.words(),
    }
}

/// Lists addresses, the first three by name.
#[must_use]
pub fn addresses(list: &[ResourceId]) -> String {
    const NAMED: usize = 3;
    let named: Vec<String> = list.iter().take(NAMED).map(ResourceId::to_string).collect();
    match list.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Lists addresses by where they live, every one of them: `kubernetes:ConfigMap/graph/{a, b}`.
#[must_use]
pub fn compact<'a>(list: impl IntoIterator<Item = &'a ResourceId>) -> String {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for address in list {
        let whole = plain::line(&address.to_string());
        let name = plain::line(&address.name);
        let place = whole.strip_suffix(&name).unwrap_or_default().to_owned();
        places.entry(place).or_default().push(name);
    }
    let told = places.iter().map(|(place, names)| match names.as_slice() {
        [only] => format!("{place}{only}"),
        several => format!("{place}{{{}}}", several.join(", ")),
    });
    told.collect::<Vec<_>>().join(", ")
}
