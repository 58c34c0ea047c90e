//! The Approval that would lift a hold, as a document to paste: for this address, this action, this incarnation.

use super::{PlanReport, outline};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::plan::{Held, HeldChange, HeldResource};
use crate::engine::question::Trouble;
use crate::engine::wanted::ApprovedAction;
use crate::report::style::{Role, Style};
use crate::report::{plain, words};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How long an Approval is offered for: a review and the next window fit, a forgotten one does not lie about for long.
const OFFERED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An Approval that somebody could write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// For which resource.
    pub address: ResourceId,
    /// For what.
    pub action: ApprovedAction,
    /// Exempt from which policy.
    pub policy: Option<Arc<str>>,
    /// For which incarnation; absent while there is none.
    pub uid: Option<Uid>,
    /// Until when.
    pub until: Timestamp,
}

/// So many are shown in full; one document for each of a hundred held resources would hide the plan.
const FEW: usize = 3;

/// Returns every Approval that would lift something in a plan.
pub(super) fn offered(report: &PlanReport<'_>) -> Vec<Offer> {
    let held = outline::held(report.plan).filter(|resource| !is_deserted(resource));
    // One of them lifts the doubt about all on the same connection.
    let mut seen = BTreeSet::new();
    let mut is_first = |resource: &&HeldResource| {
        is_deserted(resource) && resource.uid.is_some() && seen.insert(resource.address.connection_id())
    };
    let deserted = report.plan.held.iter().filter(|resource| is_first(resource));
    held.chain(deserted).flat_map(|resource| offers(resource, report.now)).collect()
}

fn is_deserted(resource: &HeldResource) -> bool {
    matches!(&resource.held, Held::Unreadable(why) if why.trouble == Trouble::Deserted)
}

/// Renders the Approvals that would lift what is held, ready to be pasted; how to see the others, if there are many.
pub(super) fn to_lift(report: &PlanReport<'_>, style: Style) -> String {
    let all = offered(report);
    if all.is_empty() {
        return String::new();
    }
    let title =
        style.paint(Role::Heading, "To lift what is held: review and merge, with a reason in place of WHY");
    let documents: Vec<String> = all.iter().take(FEW).map(|offer| indented(&offer.yaml())).collect();
    let more = all.get(FEW).map(|next| {
        let (address, environment) = (&next.address, &report.plan.environment);
        let explain = plain::command(&format!("evenkeel explain {address} {environment}"));
        format!("  and {} more, one by one: {explain}\n", all.len() - FEW)
    });
    format!("{title}\n{}{}", documents.join("---\n"), more.unwrap_or_default())
}

/// Indents a document for reading; it stays YAML when it is pasted as it is.
pub(in crate::report) fn indented(document: &str) -> String {
    document.lines().fold(String::new(), |out, line| format!("{out}  {line}\n"))
}

/// Returns the Approvals that would lift a hold; none if no Approval can.
#[must_use]
pub fn offers(resource: &HeldResource, now: Timestamp) -> Vec<Offer> {
    let until = now.saturating_add(OFFERED_FOR).unwrap_or(now);
    let until = Timestamp::from_second(until.as_second()).unwrap_or(until);
    let offer = |action, policy: Option<&Arc<str>>| Offer {
        address: resource.address.clone(),
        action,
        policy: policy.cloned(),
        uid: resource.uid.clone(),
        until,
    };
    match &resource.held {
        Held::NeedsApproval(action) => vec![offer(*action, None)],
        Held::NotOwned => vec![offer(ApprovedAction::Adopt, None)],
        Held::Unreadable(_) if is_deserted(resource) && resource.uid.is_some() => {
            vec![offer(ApprovedAction::Adopt, None)]
        }
        Held::Namesake { wanted: _ } => vec![offer(ApprovedAction::Delete, None)],
        Held::HoldsData if resource.change == HeldChange::Delete => vec![offer(ApprovedAction::Delete, None)],
        Held::Denied(denials) => {
            denials.iter().map(|denial| offer(ApprovedAction::Exempt, Some(&denial.policy))).collect()
        }
        Held::HoldsData
        | Held::Unreadable(_)
        | Held::SecretUnread(_)
        | Held::Foreign(_)
        | Held::Contested(_)
        | Held::WaitsFor(_)
        | Held::OverLimit { deletes: _, allowed: _ }
        | Held::OutsideWindow { opens: _ }
        | Held::Unsettled(_)
        | Held::Ambiguous(_)
        | Held::Rejected(_)
        | Held::Impossible(_)
        | Held::CannotMove { .. } => Vec::new(),
    }
}

impl Offer {
    /// Returns the document; why it is approved is left for a person to say.
    #[must_use]
    pub fn yaml(&self) -> String {
        let Self { address, action, policy, uid, until } = self;
        let action = words::approved_action(*action);
        let name = name(action, policy.as_deref(), address);
        let address = plain::quoted(&address.to_string());
        let policy = policy
            .as_ref()
            .map_or_else(String::new, |policy| format!("  policy: {}\n", plain::quoted(policy)));
        let uid =
            uid.as_ref().map_or_else(String::new, |uid| format!("  uid: {}\n", plain::quoted(uid.as_str())));
        format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: {name}}}\nspec:\n  \
             address: {address}\n  action: {action}\n{policy}{uid}  until: {until}\n  reason: WHY\n"
        )
    }
}

/// A name that any object may have: letters, digits and dashes.
fn name(action: &str, policy: Option<&str>, address: &ResourceId) -> String {
    let parts = [Some(action), policy, Some(address.kind.short()), Some(&*address.name)];
    let whole = parts.into_iter().flatten().collect::<Vec<_>>().join("-");
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    whole.chars().map(plain).collect()
}
