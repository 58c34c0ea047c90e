//! Turns what is known of one resource into a step, a held change, or nothing.
//!
//! Every resource that is wanted or ours ends in exactly one of these; nothing disappears on the way.

use super::approve::Approvals;
use super::inputs::{History, Inputs};
use super::round::Sight;
use super::survey::{Form, Leaving, State, Subject};
use super::{Held, HeldChange, HeldResource};
use crate::engine::id::ResourceId;
use crate::engine::ledger::Row;
use crate::engine::question::{Body, Seen, Why};
use crate::engine::sketch::Sketch;
use crate::engine::step::{Action, Condition, Expects, Gate, Operation, Reason, Repeat, Risk, WriteMode};
use crate::engine::verdict::{Cause, Difference, FieldChange, TakeOver, Verdict, Writer};
use crate::engine::wanted::{Approval, ApprovedAction};
use crate::resources::kubernetes::{self, HoldsData, Immutable};
use std::time::Duration;

/// How long a resource may take to become ready, or to go, before the apply ends with 5 ("run again").
///
/// Ten minutes: an image of a few gigabytes on a slow link is there by then; what is not is looked at by people.
const PATIENCE: Duration = Duration::from_secs(600);

/// What becomes of one resource.
pub(super) enum Decision {
    /// Nothing to do.
    Keep,
    /// These are done, in this order.
    Do(Vec<Draft>),
    /// It is wanted and not done.
    Hold(Box<HeldResource>),
}

/// A step before it has a name and its place in the order.
pub(super) struct Draft {
    pub(super) address: ResourceId,
    pub(super) action: Action,
    pub(super) expects: Expects,
    pub(super) takes_over: Vec<TakeOver>,
    pub(super) done_when: Option<Gate>,
    pub(super) because: Reason,
    pub(super) risk: Risk,
    pub(super) fields: Vec<FieldChange>,
    pub(super) approval: Option<Approval>,
}

impl Draft {
    fn new(address: ResourceId, action: Action, expects: Expects, because: Reason) -> Self {
        let (takes_over, fields) = (Vec::new(), Vec::new());
        Self {
            address,
            action,
            expects,
            takes_over,
            done_when: None,
            because,
            risk: Risk::None,
            fields,
            approval: None,
        }
    }

    /// Steps on Kubernetes are pinned by uid and version, so sending one twice does nothing that once does not.
    pub(super) fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }
}

/// Decides about one wanted resource.
pub(super) fn decide(
    id: &ResourceId,
    subject: &Subject<'_>,
    inputs: &Inputs,
    approvals: &Approvals<'_>,
) -> Decision {
    match &subject.state {
        State::Refused(message) => {
            hold(id, HeldChange::Unknown, Reason::NotYetThere, Held::Rejected(message.clone()), Vec::new())
        }
        State::Unreadable(why) => unreadable(id, why),
        State::Absent(form) => Decision::Do(vec![create(id, form, subject.row)]),
        State::Compared { form, seen, verdict } => {
            if let Some(held) = foreign(seen, inputs) {
                return hold(id, HeldChange::Update, Reason::Adopted, held, Vec::new());
            }
            let ownership = ownership(subject.row, seen, inputs);
            Comparison { id, form, seen, row: subject.row, ownership, approvals }.decide(verdict)
        }
    }
}

fn foreign(seen: &Seen, inputs: &Inputs) -> Option<Held> {
    let other = kubernetes::claimed_by_another(seen, inputs.desired.environment.as_str())?;
    Some(Held::Foreign(other.into()))
}

/// Whose a resource is that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ownership {
    /// The ledger has this incarnation.
    Ours,
    /// The ledger has another incarnation of this name: somebody deleted ours and made a new one.
    Recreated,
    /// The ledger was lost, and it carries our marker.
    Recovered,
    /// The ledger does not have it.
    NotOurs,
}

fn ownership(row: Option<&Row>, seen: &Seen, inputs: &Inputs) -> Ownership {
    let recovering = inputs.history == History::Recovering;
    match row {
        Some(row) if row.uid == seen.uid => Ownership::Ours,
        Some(_) => Ownership::Recreated,
        None if recovering && kubernetes::is_marked(seen, inputs.desired.environment.as_str()) => {
            Ownership::Recovered
        }
        None => Ownership::NotOurs,
    }
}

fn create(id: &ResourceId, form: &Form, row: Option<&Row>) -> Draft {
    let because = match row {
        // It was there, and we did not delete it: deletions by hand leave no author.
        Some(_) => Reason::Drifted(Writer::Unknown),
        None => Reason::NotYetThere,
    };
    let action = write(WriteMode::Create, form);
    Draft { done_when: ready(id), ..Draft::new(id.clone(), action, Expects::Absent, because) }
}

fn write(mode: WriteMode, form: &Form) -> Action {
    let wanted = kubernetes::sketch_wanted(&form.normal, &form.shape);
    Action::Write { mode, config: form.normal.value.as_ref().clone(), wanted }
}

fn ready(id: &ResourceId) -> Option<Gate> {
    kubernetes::becomes_ready(&id.kind).then(|| Gate {
        condition: Condition::Ready(id.clone()),
        patience: PATIENCE,
        stable_for: Duration::ZERO,
    })
}

/// A wanted resource beside what is there.
struct Comparison<'a> {
    id: &'a ResourceId,
    form: &'a Form,
    seen: &'a Seen,
    row: Option<&'a Row>,
    ownership: Ownership,
    approvals: &'a Approvals<'a>,
}

impl Comparison<'_> {
    fn decide(&self, verdict: &Verdict) -> Decision {
        if let Some(deleting) = kubernetes::being_deleted(self.seen) {
            return self.hold(Reason::NotYetThere, Held::Ambiguous(deleting), Vec::new());
        }
        match (verdict, self.ownership) {
            (Verdict::Same, Ownership::Ours) => Decision::Keep,
            (
                Verdict::Same | Verdict::Own(_),
                Ownership::NotOurs | Ownership::Recreated | Ownership::Recovered,
            ) => Decision::Do(self.adopt()),
            (Verdict::Own(_), Ownership::Ours) => {
                Decision::Do(self.prepared(self.update(WriteMode::Own, Reason::OwnershipIncomplete)))
            }
            (Verdict::Undecided(_), Ownership::Ours | Ownership::Recovered) => {
                Decision::Do(self.prepared(self.confirm()))
            }
            // A confirmation may write, and this is not ours to write to.
            (Verdict::Undecided(doubts), Ownership::NotOurs | Ownership::Recreated) => {
                self.hold(Reason::Adopted, Held::Unsettled(doubts.clone()), Vec::new())
            }
            (Verdict::Differs(difference), Ownership::Ours | Ownership::Recovered) => {
                self.differs(difference, None)
            }
            (Verdict::Differs(difference), Ownership::NotOurs | Ownership::Recreated) => {
                match self.approvals.find(self.id, ApprovedAction::Adopt, Some(&self.seen.uid)) {
                    Some(approval) => self.differs(difference, Some(approval)),
                    None => self.hold(Reason::Adopted, Held::NotOwned, difference.fields.clone()),
                }
            }
        }
    }

    fn differs(&self, difference: &Difference, adopted: Option<&Approval>) -> Decision {
        let fields = difference.fields.clone();
        let because = reason(&fields);
        if adopted.is_none()
            && let Some(held) = not_ours_to_change(&fields)
        {
            return self.hold(because, held, fields);
        }
        if let Some(field) = self.immutable(&fields) {
            return self.replace(field, fields);
        }
        let mut draft = self.update(WriteMode::Update, because);
        draft.takes_over.clone_from(&difference.takes_over);
        draft.risk = kubernetes::risk(&self.id.kind, &fields);
        draft.fields = fields;
        draft.approval = adopted.cloned();
        if draft.risk == Risk::DataLoss && draft.approval.is_none() {
            let needed = ApprovedAction::LoseData;
            match self.approvals.find(self.id, needed, Some(&self.seen.uid)) {
                Some(approval) => draft.approval = Some(approval.clone()),
                None => return self.hold(draft.because, Held::NeedsApproval(needed), draft.fields),
            }
        }
        Decision::Do(self.prepared(draft))
    }

    /// A field that may not change: never replaced unasked, and never at all where data would go with it.
    fn replace(&self, field: Immutable, fields: Vec<FieldChange>) -> Decision {
        let because = Reason::MustReplace(field.path);
        let approval = self.approvals.find(self.id, ApprovedAction::Replace, Some(&self.seen.uid));
        let held = match (kubernetes::holds_data(self.id, self.row), approval) {
            (HoldsData::ByKind | HoldsData::UnknownKind | HoldsData::GeneratedSecret, _) => Held::HoldsData,
            (HoldsData::No, None) => Held::NeedsApproval(ApprovedAction::Replace),
            (HoldsData::No, Some(approval)) => {
                let mut delete = delete(self.id, self.seen, self.row, because.clone());
                delete.approval = Some(approval.clone());
                let mut create = create(self.id, self.form, None);
                create.because = because;
                create.fields = fields;
                return Decision::Do(vec![delete, create]);
            }
        };
        Decision::Hold(Box::new(HeldResource {
            address: self.id.clone(),
            change: HeldChange::Replace,
            because,
            held,
            fields,
        }))
    }

    fn immutable(&self, fields: &[FieldChange]) -> Option<Immutable> {
        let Body::Whole(live) = &self.seen.body else { return None };
        kubernetes::immutable(self.id, live, fields).into_iter().next()
    }

    fn adopt(&self) -> Vec<Draft> {
        self.prepared(self.update(WriteMode::Adopt, Reason::Adopted))
    }

    fn update(&self, mode: WriteMode, because: Reason) -> Draft {
        let action = write(mode, self.form);
        let draft = Draft::new(self.id.clone(), action, self.as_seen(), because);
        let done_when = if mode == WriteMode::Update { ready(self.id) } else { None };
        let takes_over = kubernetes::takes_over_from(&self.form.normal, self.seen, &self.form.shape);
        Draft { done_when, takes_over, ..draft }
    }

    fn confirm(&self) -> Draft {
        let Form { normal, shape, needs: _ } = self.form;
        let wanted = kubernetes::sketch_wanted(normal, shape);
        let action = Action::Confirm { config: normal.value.as_ref().clone(), wanted };
        Draft::new(self.id.clone(), action, self.as_seen(), Reason::Doubtful)
    }

    fn as_seen(&self) -> Expects {
        Expects::Seen(kubernetes::sketch_seen(&self.form.normal, self.seen, &self.form.shape))
    }

    /// Puts the migration of other tools' ownership before a write, where their entries would block pruning for ever.
    fn prepared(&self, draft: Draft) -> Vec<Draft> {
        let managers: Vec<_> =
            kubernetes::migrations(self.seen).into_iter().map(|(manager, _)| manager).collect();
        let left = kubernetes::left_to_others(&self.form.normal, self.seen, &self.form.shape);
        if managers.is_empty() && left.is_empty() {
            return vec![draft];
        }
        let migrate = Action::Operation(Operation::MigrateManagers { managers, left });
        vec![Draft::new(self.id.clone(), migrate, self.as_seen(), Reason::OwnershipIncomplete), draft]
    }

    fn hold(&self, because: Reason, held: Held, fields: Vec<FieldChange>) -> Decision {
        hold(self.id, HeldChange::Update, because, held, fields)
    }
}

/// Returns why fields may not be changed by us, if any of them is somebody else's.
fn not_ours_to_change(fields: &[FieldChange]) -> Option<Held> {
    let managers = fields.iter().filter_map(|field| match &field.cause {
        Cause::Contested(Writer::Manager(manager)) => Some(manager.clone()),
        Cause::Contested(Writer::Unknown) | Cause::SpecEdited | Cause::Drifted(_) => None,
        Cause::NeverOurs(_) | Cause::EntryLost => None,
    });
    let managers: Vec<_> = managers.collect();
    if !managers.is_empty() {
        return Some(Held::Contested(managers));
    }
    let lost = fields.iter().find(|field| field.cause == Cause::EntryLost)?;
    Some(Held::Ambiguous(format!(
        "the record that {} is ours is lost, so the server would keep it; remove it by hand or keep it in Git",
        lost.path
    )))
}

fn reason(fields: &[FieldChange]) -> Reason {
    let drifted = fields.iter().find_map(|field| match &field.cause {
        Cause::Drifted(writer) => Some(writer.clone()),
        Cause::SpecEdited | Cause::Contested(_) | Cause::NeverOurs(_) | Cause::EntryLost => None,
    });
    drifted.map_or(Reason::SpecEdited, Reason::Drifted)
}

/// Decides about one resource that is ours and no longer wanted.
pub(super) fn decide_leaving(
    id: &ResourceId,
    leaving: &Leaving<'_>,
    inputs: &Inputs,
    approvals: &Approvals<'_>,
) -> Decision {
    match &leaving.sight {
        Sight::Unreadable(why) => unreadable(id, why),
        Sight::Absent => Decision::Do(vec![gone(id, Expects::Absent)]),
        Sight::Seen(seen) if seen.uid != leaving.row.uid => {
            // Somebody made another of this name: it was never ours, and is left alone.
            let other = Sketch { uid: Some(seen.uid.clone()), places: Vec::new() };
            Decision::Do(vec![gone(id, Expects::Seen(other))])
        }
        Sight::Seen(seen) => match foreign(seen, inputs) {
            Some(held) => hold(id, HeldChange::Delete, Reason::NoLongerWanted, held, Vec::new()),
            None => remove(id, seen, leaving.row, approvals),
        },
    }
}

fn remove(id: &ResourceId, seen: &Seen, row: &Row, approvals: &Approvals<'_>) -> Decision {
    let mut draft = delete(id, seen, Some(row), Reason::NoLongerWanted);
    if kubernetes::holds_data(id, Some(row)) != HoldsData::No {
        match approvals.find(id, ApprovedAction::Delete, Some(&seen.uid)) {
            Some(approval) => draft.approval = Some(approval.clone()),
            None => {
                return hold(id, HeldChange::Delete, Reason::NoLongerWanted, Held::HoldsData, Vec::new());
            }
        }
    }
    Decision::Do(vec![draft])
}

fn delete(id: &ResourceId, seen: &Seen, row: Option<&Row>, because: Reason) -> Draft {
    let expects = Expects::Seen(Sketch { uid: Some(seen.uid.clone()), places: Vec::new() });
    let action = Action::Delete { uid: seen.uid.clone() };
    let condition = Condition::Gone(id.clone(), seen.uid.clone());
    let done_when = Some(Gate { condition, patience: PATIENCE, stable_for: Duration::ZERO });
    let risk = match kubernetes::holds_data(id, row) {
        HoldsData::No => kubernetes::risk_of_deletion(&id.kind),
        HoldsData::ByKind | HoldsData::UnknownKind | HoldsData::GeneratedSecret => Risk::DataLoss,
    };
    Draft { done_when, risk, ..Draft::new(id.clone(), action, expects, because) }
}

fn gone(id: &ResourceId, expects: Expects) -> Draft {
    Draft::new(id.clone(), Action::Operation(Operation::RecordGone), expects, Reason::NoLongerWanted)
}

fn unreadable(id: &ResourceId, why: &Why) -> Decision {
    hold(id, HeldChange::Unknown, Reason::Doubtful, Held::Unreadable(why.clone()), Vec::new())
}

pub(super) fn hold(
    id: &ResourceId,
    change: HeldChange,
    because: Reason,
    held: Held,
    fields: Vec<FieldChange>,
) -> Decision {
    Decision::Hold(Box::new(HeldResource { address: id.clone(), change, because, held, fields }))
}
