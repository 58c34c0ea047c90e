//! The conventions of kstatus: `Ready`, `Reconciling`, `Stalled`, and what conditions say in general.

use crate::engine::step::Readiness;
use crate::engine::value::Value;

/// What a condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Its status is True.
    Yes,
    /// Its status is False.
    No,
    /// Its status is Unknown.
    Unknown,
}

/// One condition of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'a> {
    pub(super) says: Says,
    reason: &'a str,
    message: &'a str,
}

impl Condition<'_> {
    /// Returns reason and message as one text, or `otherwise`.
    pub(super) fn explain(&self, otherwise: &str) -> String {
        match (self.reason, self.message) {
            ("", "") => otherwise.to_owned(),
            (reason, "") => reason.to_owned(),
            ("", message) => message.to_owned(),
            (reason, message) => format!("{reason}: {message}"),
        }
    }
}

/// Returns the condition of a type.
pub(super) fn condition<'a>(live: &'a Value, kind: &str) -> Option<Condition<'a>> {
    let conditions = live.at(&["status", "conditions"])?.as_list()?;
    let found = conditions.iter().find(|condition| text(condition, "type") == kind)?;
    let says = match text(found, "status") {
        "True" => Says::Yes,
        "False" => Says::No,
        _ => Says::Unknown,
    };
    Some(Condition { says, reason: text(found, "reason"), message: text(found, "message") })
}

fn text<'a>(condition: &'a Value, name: &str) -> &'a str {
    condition.get(name).and_then(Value::as_text).unwrap_or_default()
}

/// Waits until a condition says yes.
pub(super) fn wait_for(live: &Value, kind: &str) -> Readiness {
    match condition(live, kind) {
        Some(Condition { says: Says::Yes, .. }) => Readiness::Ready,
        Some(found) => Readiness::Waiting(found.explain(&format!("not {kind} yet"))),
        None => Readiness::Waiting(format!("not {kind} yet")),
    }
}

/// Follows the conventions that most controllers of custom resources follow; without conditions, being there is
/// enough.
pub(super) fn by_convention(live: &Value) -> Readiness {
    if let Some(stalled) = condition(live, "Stalled").filter(|stalled| stalled.says == Says::Yes) {
        return Readiness::Failed(stalled.explain("Stalled"));
    }
    if let Some(busy) = condition(live, "Reconciling").filter(|busy| busy.says == Says::Yes) {
        return Readiness::Waiting(busy.explain("Reconciling"));
    }
    match condition(live, "Ready").or_else(|| condition(live, "Available")) {
        Some(Condition { says: Says::Yes, .. }) | None => Readiness::Ready,
        Some(found) => Readiness::Waiting(found.explain("not Ready yet")),
    }
}
