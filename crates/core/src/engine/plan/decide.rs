//! Turns what is known of one wanted resource into a step, a held change, or nothing.
//!
//! Every resource ends in exactly one of these; nothing disappears on the way.

use super::approve::Approvals;
use super::draft::Draft;
use super::forms::Form;
use super::inputs::Inputs;
use super::ownership::{Ownership, foreign, not_ours_to_change, ownership};
use super::survey::{Ahead, State, Subject};
use super::{Held, HeldChange, HeldResource};
use crate::engine::id::ResourceId;
use crate::engine::ledger::Row;
use crate::engine::question::{Seen, Why};
use crate::engine::step::{Reason, Risk, WriteMode};
use crate::engine::verdict::{Cause, Difference, FieldChange, Verdict, Writer};
use crate::engine::wanted::{Approval, ApprovedAction};
use crate::resources::{self, HoldsData, Immutable, Occasion};

/// What becomes of one resource.
pub(super) enum Decision {
    /// Nothing to do.
    Keep,
    /// These are done, in this order.
    Do(Vec<Draft>),
    /// It is wanted and not done.
    Hold(Box<HeldResource>),
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
        State::Absent(form) => {
            let because = missing(subject.row);
            match (subject.unread, subject.ahead.refusal()) {
                (Some(why), _) => {
                    hold(id, HeldChange::Create, because, Held::SecretUnread(why.clone()), Vec::new())
                }
                (None, Some(words)) => {
                    hold(id, HeldChange::Create, because, Held::Rejected(words.to_owned()), Vec::new())
                }
                (None, None) => Decision::Do(vec![Draft::create(id, form, because)]),
            }
        }
        State::Compared { form, seen, verdict } => {
            if let Some(held) = foreign(seen, inputs) {
                return hold(id, HeldChange::Update, Reason::Adopted, held, Vec::new());
            }
            let row = subject.row_of(seen);
            let ownership = ownership(row, seen);
            let ahead = &subject.ahead;
            let comparison = Comparison { id, form, seen, row, ownership, ahead, approvals, inputs };
            match subject.unread {
                Some(why) => comparison.secret_unread(verdict, why),
                None => comparison.decide(verdict),
            }
        }
    }
}

/// It was there, and we did not delete it: deletions by hand leave no author.
fn missing(row: Option<&Row>) -> Reason {
    row.map_or(Reason::NotYetThere, |_| Reason::Drifted(Writer::Unknown))
}

/// A wanted resource beside what is there.
struct Comparison<'a> {
    id: &'a ResourceId,
    form: &'a Form,
    seen: &'a Seen,
    row: Option<&'a Row>,
    ownership: Ownership,
    ahead: &'a Ahead,
    approvals: &'a Approvals<'a>,
    inputs: &'a Inputs,
}

impl Comparison<'_> {
    fn decide(&self, verdict: &Verdict) -> Decision {
        if let Some(deleting) = resources::being_deleted(self.seen) {
            return self.hold(Reason::NotYetThere, Held::Ambiguous(deleting), Vec::new());
        }
        match (verdict, self.ownership) {
            (Verdict::Same, Ownership::Ours) => {
                let draft = self.degraded().or_else(|| self.identified());
                draft.map_or(Decision::Keep, |draft| Decision::Do(vec![draft]))
            }
            (Verdict::Same | Verdict::Own(_), Ownership::NotOurs | Ownership::Recreated) => self.adopt(),
            (Verdict::Own(_), Ownership::Ours) => {
                self.prepared(self.update(WriteMode::Own, Reason::OwnershipIncomplete))
            }
            (Verdict::Undecided(_), Ownership::Ours) => match self.ahead.refusal() {
                Some(words) => self.hold(Reason::Doubtful, Held::Rejected(words.to_owned()), Vec::new()),
                None => self.prepared(Draft::confirm(self.id, self.form, self.seen)),
            },
            // A confirmation may write, and this is not ours to write to.
            (Verdict::Undecided(doubts), Ownership::NotOurs | Ownership::Recreated) => {
                self.hold(self.appeared(), Held::Unsettled(doubts.clone()), Vec::new())
            }
            (Verdict::Differs(difference), Ownership::Ours) => self.differs(difference, None),
            (Verdict::Differs(difference), Ownership::NotOurs | Ownership::Recreated) => {
                match self.approvals.find(self.id, ApprovedAction::Adopt, Some(&self.seen.uid)) {
                    Some(approval) => self.differs(difference, Some(approval)),
                    None => self.hold(self.appeared(), Held::NotOwned, difference.fields.clone()),
                }
            }
        }
    }

    /// What is as Git says becomes ours, unless it may be somebody else's by the same right, or should hold data and is
    /// another one than the one that held it.
    fn adopt(&self) -> Decision {
        let mut draft = self.update(WriteMode::Adopt, self.appeared());
        let is_shared = self.inputs.desired.shared.contains(&self.id.connection_id());
        let is_empty = self.ownership == Ownership::Recreated
            && resources::holds_data(self.id, self.row) != HoldsData::No;
        if is_shared || is_empty {
            let needed = ApprovedAction::Adopt;
            match self.approvals.find(self.id, needed, Some(&self.seen.uid)) {
                Some(approval) => draft.approvals.push(approval.clone()),
                None => return self.hold(self.appeared(), Held::NeedsApproval(needed), Vec::new()),
            }
        }
        self.prepared(draft)
    }

    /// Why something is there that is not ours: it was there all along, or somebody made it in place of ours.
    fn appeared(&self) -> Reason {
        match (self.ownership, self.row) {
            (Ownership::Recreated, Some(row)) => Reason::Recreated { was: row.uid.clone() },
            (Ownership::Recreated | Ownership::NotOurs | Ownership::Ours, _) => Reason::Adopted,
        }
    }

    /// What is as Git says and has failed is started again: the back end sees what it is that failed.
    fn degraded(&self) -> Option<Draft> {
        let because = Reason::Degraded(resources::degraded(self.seen)?);
        Some(Draft::restart(self.id, self.form, self.seen, because))
    }

    /// What is ours by its name has an id by now: it is written down, so that the next one of this name is known from it.
    fn identified(&self) -> Option<Draft> {
        let had_none = self.row.is_some_and(|row| row.uid != self.seen.uid);
        had_none.then(|| self.update(WriteMode::Own, Reason::Identified))
    }

    /// What differs is told; but nobody can write the whole, so it keeps what it has.
    fn secret_unread(&self, verdict: &Verdict, why: &Why) -> Decision {
        let held = Held::SecretUnread(why.clone());
        match verdict {
            Verdict::Differs(difference) => {
                let fields = difference.fields.clone();
                self.hold(reason(&fields), held, fields)
            }
            Verdict::Same | Verdict::Own(_) | Verdict::Undecided(_) => {
                hold(self.id, HeldChange::Unknown, Reason::Doubtful, held, Vec::new())
            }
        }
    }

    fn differs(&self, difference: &Difference, adopted: Option<&Approval>) -> Decision {
        let fields = difference.fields.clone();
        let because = reason(&fields);
        let refusal = || self.ahead.refusal().map(str::to_owned);
        if let Some(words) = resources::unsendable(self.seen).or_else(refusal) {
            return self.hold(because, Held::Rejected(words), fields);
        }
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
        draft.risk = resources::risk(self.seen, &fields);
        draft.remove(self.form, self.seen, &fields);
        draft.fields = fields;
        draft.approvals.extend(adopted.cloned());
        // That something may be taken over does not say that what it holds may go.
        if draft.risk == Risk::DataLoss {
            let needed = ApprovedAction::LoseData;
            match self.approvals.find(self.id, needed, Some(&self.seen.uid)) {
                Some(approval) => draft.approvals.push(approval.clone()),
                None => return self.hold(draft.because, Held::NeedsApproval(needed), draft.fields),
            }
        }
        self.prepared(draft)
    }

    /// A field that may not change: never replaced unasked, and never at all where data would go with it.
    fn replace(&self, field: Immutable, fields: Vec<FieldChange>) -> Decision {
        let because = Reason::MustReplace(field.path);
        let approval = self.approvals.find(self.id, ApprovedAction::Replace, Some(&self.seen.uid));
        let held = match (resources::holds_data(self.id, self.row), approval) {
            (HoldsData::ByKind | HoldsData::UnknownKind | HoldsData::GeneratedSecret, _) => Held::HoldsData,
            (HoldsData::No, None) => Held::NeedsApproval(ApprovedAction::Replace),
            (HoldsData::No, Some(approval)) => {
                let delete = Draft::delete(self.id, self.seen, self.row, because.clone());
                let delete = Draft { approvals: vec![approval.clone()], ..delete };
                let create = Draft { fields, ..Draft::create(self.id, self.form, because) };
                return Decision::Do(vec![delete, create]);
            }
        };
        hold(self.id, HeldChange::Replace, because, held, fields)
    }

    fn immutable(&self, fields: &[FieldChange]) -> Option<Immutable> {
        resources::immutable(self.seen, fields).into_iter().next()
    }

    fn update(&self, mode: WriteMode, because: Reason) -> Draft {
        Draft::write(self.id, self.form, mode, self.seen, because)
    }

    /// Puts the migration of other tools' ownership before a write.
    fn prepared(&self, draft: Draft) -> Decision {
        let occasion = match draft.because {
            Reason::Adopted | Reason::Recreated { was: _ } => Occasion::Adoption,
            _ => Occasion::Write,
        };
        let migrate = Draft::migrate(self.id, self.form, self.seen, occasion);
        Decision::Do(migrate.into_iter().chain([draft]).collect())
    }

    fn hold(&self, because: Reason, held: Held, fields: Vec<FieldChange>) -> Decision {
        hold(self.id, HeldChange::Update, because, held, fields)
    }
}

fn reason(fields: &[FieldChange]) -> Reason {
    let drifted = fields.iter().find_map(|field| match &field.cause {
        Cause::Drifted(writer) => Some(writer.clone()),
        Cause::SpecEdited | Cause::EditedOverDrift(_) => None,
        Cause::Contested(_) | Cause::NeverOurs(_) | Cause::EntryLost => None,
    });
    drifted.map_or(Reason::SpecEdited, Reason::Drifted)
}

/// Holds what could not be read.
pub(super) fn unreadable(id: &ResourceId, why: &Why) -> Decision {
    hold(id, HeldChange::Unknown, Reason::Doubtful, Held::Unreadable(why.clone()), Vec::new())
}

/// Holds a resource.
pub(super) fn hold(
    id: &ResourceId,
    change: HeldChange,
    because: Reason,
    held: Held,
    fields: Vec<FieldChange>,
) -> Decision {
    Decision::Hold(Box::new(HeldResource { address: id.clone(), change, because, held, fields, uid: None }))
}
