//! What the ends of steps and of applies say to people.

use crate::engine::apply::{Defect, EndReason, Ended, NotStarted};
use crate::engine::journal::{Found, Moved, Remains};
use crate::engine::question::Why;
use crate::report::humane;
use crate::report::style::Role;
use crate::report::{plain, words};

/// Returns the sign of an ended step and its colour.
pub(super) fn sign(how: &Ended) -> (&'static str, Role) {
    match how {
        Ended::Done(_) | Ended::DoneBefore => ("✓", Role::Create),
        Ended::Refused(_) | Ended::InVain(..) | Ended::Failed(_) | Ended::OutOfPatience(_) => {
            ("✗", Role::Delete)
        }
        Ended::StoppedWaiting(_) => ("·", Role::Held),
        Ended::Stale(..)
        | Ended::Held
        | Ended::Ambiguous(_)
        | Ended::Unreadable(_)
        | Ended::Unseen(_)
        | Ended::LeftOpen(_) => ("!", Role::Held),
        Ended::NotDone | Ended::NotStarted(_) => ("·", Role::Faint),
        Ended::InPart(rest) => match sign(rest) {
            ("·", _) => ("!", Role::Held),
            sign => sign,
        },
    }
}

/// Says how a step ended; nothing for one that was simply done.
pub(super) fn ended(how: &Ended) -> Option<String> {
    match how {
        Ended::Done(Found::ByAnswer) => None,
        Ended::Done(Found::ByReading) => Some("its answer was lost; found done by reading".to_owned()),
        Ended::DoneBefore => Some("done before this run".to_owned()),
        Ended::Refused(why) => Some(format!("refused: {}", words::why(why))),
        Ended::Stale(moved, remains, cause) => Some(stale(moved, *remains, cause.as_ref())),
        Ended::Held => {
            Some("nobody can know whether it was carried out, and it may not be repeated".to_owned())
        }
        Ended::Ambiguous(uids) => {
            let uids: Vec<String> = uids.iter().map(|uid| plain::line(uid.as_str())).collect();
            Some(format!("several objects may be the one it created: {}", uids.join(", ")))
        }
        Ended::NotDone => Some("begun and not carried out".to_owned()),
        Ended::InVain(times, cause) => Some(in_vain(*times, "it", cause.as_ref())),
        Ended::InPart(rest) => Some(format!("a part of it was carried out; {}", of_the_rest(rest))),
        Ended::Unreadable(why) => Some(format!("could not be read: {}", words::why(why))),
        Ended::Unseen(why) => {
            Some(format!("carried out; what came of it may not be read: {}", words::why(why)))
        }
        Ended::LeftOpen(cause) => Some(format!(
            "nobody knows yet; the next apply looks, and until then its address is locked{}",
            because(cause.as_ref())
        )),
        Ended::Failed(what) => Some(format!("will not become ready: {}", plain::line(what))),
        Ended::OutOfPatience(what) => Some(format!("waited long enough: {}", plain::line(what))),
        Ended::StoppedWaiting(what) => {
            Some(format!("carried out; stopped while it waited: {}", plain::line(what)))
        }
        Ended::NotStarted(NotStarted::Blocked { culprit: _ }) => Some("not started".to_owned()),
        Ended::NotStarted(NotStarted::AddressHeld(_)) => {
            Some("not started: an earlier apply left its address in doubt; `lock show` tells more".to_owned())
        }
        Ended::NotStarted(NotStarted::ApprovalEnded(until)) => {
            Some(format!("not started: its Approval ended {}", humane::date_and_time(*until)))
        }
        Ended::NotStarted(NotStarted::Stopped) => Some("not started: the apply stopped first".to_owned()),
    }
}

/// Says what became of the rest of a step of which a part was carried out.
fn of_the_rest(how: &Ended) -> String {
    match how {
        Ended::NotDone => "the rest was not".to_owned(),
        Ended::InVain(times, cause) => in_vain(*times, "the rest", cause.as_ref()),
        Ended::Refused(why) => format!("the rest was refused: {}", words::why(why)),
        Ended::Done(_)
        | Ended::DoneBefore
        | Ended::Stale(..)
        | Ended::Held
        | Ended::Ambiguous(_)
        | Ended::InPart(_)
        | Ended::Unreadable(_)
        | Ended::Unseen(_)
        | Ended::LeftOpen(_)
        | Ended::Failed(_)
        | Ended::OutOfPatience(_)
        | Ended::StoppedWaiting(_)
        | Ended::NotStarted(_) => ended(how).unwrap_or_default(),
    }
}

fn in_vain(times: u32, what: &str, cause: Option<&Why>) -> String {
    format!("sent {times} times without an answer, and {what} does not show{}", because(cause))
}

fn stale(moved: &Moved, remains: Remains, cause: Option<&Why>) -> String {
    let what = match moved {
        Moved::Appeared(_) => "appeared after the plan was made".to_owned(),
        Moved::Vanished => "is gone since the plan was made".to_owned(),
        Moved::OtherIncarnation(_) => "was deleted and created anew since the plan was made".to_owned(),
        Moved::Places(places) if places.is_empty() => {
            "it, or the source of a secret in it, changed since the plan was made".to_owned()
        }
        Moved::Places(places) => {
            let places: Vec<String> = places.iter().map(|path| plain::line(&path.to_string())).collect();
            format!("changed since the plan was made: {}", places.join(", "))
        }
    };
    match remains {
        Remains::Nothing => format!("stale: {what}; nothing was sent"),
        Remains::NotTaken if cause.is_none() => format!("stale: {what}; what was sent was not taken"),
        Remains::NotTaken => format!("stale: {what}; nothing shows of what was sent{}", because(cause)),
        Remains::Perhaps => {
            format!("stale: {what}; something of ours may be in it{}", because(cause))
        }
    }
}

fn because(cause: Option<&Why>) -> String {
    cause.map_or_else(String::new, |cause| format!(": {}", words::why(cause)))
}

/// Says why an apply is over, where its steps do not say all; with what to do about it.
#[must_use]
pub fn reason(reason: &EndReason) -> Option<String> {
    match reason {
        EndReason::Finished => None,
        EndReason::Interrupted => {
            Some("interrupted: what ran was finished, nothing new was started".to_owned())
        }
        EndReason::Suspended(suspension) => Some(format!(
            "suspended until {} by {}: {}",
            humane::date_and_time(suspension.until),
            plain::line(&suspension.by),
            plain::line(&suspension.reason)
        )),
        EndReason::OutsideWindow(opens) => {
            let next = words::next_window(*opens);
            Some(format!(
                "no maintenance window is open any more, so nothing new was started; {next}: run it again then"
            ))
        }
        EndReason::LockHeld(head) => Some(format!("{} holds the lock", plain::line(&head.holder.name))),
        EndReason::LockLost => Some("somebody else took the lock".to_owned()),
        EndReason::PlanAgain => {
            Some("what an earlier apply left is settled; plan again from what is live".to_owned())
        }
        EndReason::Abandoned => Some("the apply that was left is closed".to_owned()),
        EndReason::Cleared => Some("cleared: the next plan looks at it as at any other".to_owned()),
        EndReason::Defect(Defect::UnknownNeed { step, needs }) => Some(format!(
            "a bug in evenkeel: step {step} waits for step {needs}, which the plan does not have; nothing was started"
        )),
        EndReason::Defect(Defect::Stalled(steps)) => Some(format!(
            "a bug in evenkeel: {} steps wait and nothing goes on that could release them",
            steps.len()
        )),
        EndReason::Defect(Defect::Panicked) => {
            Some("a bug in evenkeel: what ran was finished, nothing new was started".to_owned())
        }
        EndReason::StoreUnusable(why) => Some(format!("the state store cannot be used: {}", words::why(why))),
    }
}
