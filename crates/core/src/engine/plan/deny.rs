//! Holds what policies deny. An approval `exempt` lifts one policy for one resource, and the step consumes it.
//!
//! Changes are judged before anything is frozen, so that what needs a denied one waits for it.

use super::approve::Approvals;
use super::decide::{Decision, hold};
use super::draft::Draft;
use super::freeze::Decisions;
use super::inputs::Inputs;
use super::mechanism::{Mechanism, Mechanisms};
use super::round::Sight;
use super::survey::{State, Survey};
use super::{Denial, Held, HeldChange, Remark};
use crate::engine::id::ResourceId;
use crate::engine::ledger::Row;
use crate::engine::place::with_live;
use crate::engine::policy::{Change, ChangeAction, Finding, Judge, Severity};
use crate::engine::question::{Body, Seen};
use crate::engine::step::{Action, Operation, WriteMode};
use crate::engine::value::{Map, Value};
use crate::engine::wanted::Approval;
use crate::resources::{self, HoldsData};
use jiff::{SignedDuration, Timestamp};

/// Holds what is denied, and returns what policies say without holding anything.
pub(super) fn deny(
    decisions: &mut Decisions<'_>,
    survey: &Survey<'_>,
    inputs: &Inputs,
    now: Timestamp,
) -> Vec<Remark> {
    if inputs.policies.is_empty() {
        return Vec::new();
    }
    let judge = Judge::of(&inputs.policies, &inputs.desired);
    let everywhere = judge.environment();
    let mut remarks: Vec<Remark> = everywhere.iter().map(|finding| remark(None, finding)).collect();
    let (approvals, mechanisms) = (Approvals::of(inputs, now), inputs.mechanisms);
    let court = Court { judge, everywhere, approvals, survey, mechanisms, now };
    for (id, decision) in decisions {
        let sentence = match decision {
            Decision::Hold(_) => continue,
            Decision::Keep => court.standing(id),
            Decision::Do(drafts) => court.judge(id, drafts),
        };
        remarks.extend(sentence.remarks);
        match (decision, sentence.denials.is_empty()) {
            (Decision::Do(drafts), true) => drafts.last_mut().into_iter().for_each(|last| {
                last.approvals.extend(sentence.lifted.iter().map(|approval| (*approval).clone()));
            }),
            (decision @ Decision::Do(_), false) => hold_denied(id, decision, sentence.denials),
            (Decision::Keep | Decision::Hold(_), _) => {}
        }
    }
    remarks.sort();
    remarks
}

/// What became of one resource.
#[derive(Default)]
struct Sentence<'a> {
    denials: Vec<Denial>,
    lifted: Vec<&'a Approval>,
    remarks: Vec<Remark>,
}

struct Court<'a> {
    judge: Judge<'a>,
    everywhere: Vec<Finding>,
    approvals: Approvals<'a>,
    survey: &'a Survey<'a>,
    mechanisms: Mechanisms,
    now: Timestamp,
}

impl<'a> Court<'a> {
    /// What stays as it is violates what it violates; nothing is held, as nothing would be done.
    fn standing(&self, id: &ResourceId) -> Sentence<'a> {
        let findings = self.wanted(id).map(|object| self.judge.object(id, object)).unwrap_or_default();
        let remarks = findings.iter().map(|finding| remark(Some(id), finding)).collect();
        Sentence { remarks, ..Sentence::default() }
    }

    fn judge(&self, id: &ResourceId, drafts: &[Draft]) -> Sentence<'a> {
        let (Some(action), Some(last)) = (action(drafts), drafts.last()) else { return Sentence::default() };
        let after = drafts.iter().rev().find_map(config);
        let (seen, row) = self.known(id);
        let before = before(action, last, after, seen, id);
        let change = Change {
            address: id,
            action,
            reason: &last.because,
            risk: drafts.iter().map(|draft| draft.risk).max().unwrap_or(last.risk),
            holds_data: resources::holds_data(id, row) != HoldsData::No,
            hours_since_backup: seen.and_then(|seen| hours_since(resources::backed_up_at(seen)?, self.now)),
            before: before.as_ref(),
            after,
            fields: &last.fields,
        };
        let of_object = after.map(|after| self.judge.object(id, after)).unwrap_or_default();
        let mut sentence = Sentence::default();
        for finding in self.findings(change) {
            self.pass(&mut sentence, (id, action), &finding, seen);
        }
        for finding in of_object.iter().chain(self.everywhere.iter()) {
            if action.changes_values() {
                self.pass(&mut sentence, (id, action), finding, seen);
            } else if of_object.contains(finding) {
                sentence.remarks.push(remark(Some(id), finding));
            }
        }
        sentence
    }

    fn findings(&self, change: Change<'_>) -> Vec<Finding> {
        if self.mechanisms.has(Mechanism::WhatIsDone) {
            return self.judge.change(&change);
        }
        let any = ChangeAction::ALL.iter().map(|action| Change { action: *action, ..change });
        any.flat_map(|change| self.judge.change(&change)).collect()
    }

    fn pass(
        &self,
        sentence: &mut Sentence<'a>,
        (id, action): (&ResourceId, ChangeAction),
        finding: &Finding,
        seen: Option<&Seen>,
    ) {
        // A replacement uses its exemption up with its second half: without a uid it could lift another deletion after the first.
        let is_for_once = |approval: &&Approval| action != ChangeAction::Replace || approval.uid.is_some();
        let exemption = || self.approvals.exemption(id, &finding.policy, seen.map(|seen| &seen.uid));
        let lifted = || exemption().filter(is_for_once);
        match finding.severity {
            Severity::Warn if self.everywhere.contains(finding) => {}
            Severity::Warn => sentence.remarks.push(remark(Some(id), finding)),
            Severity::Deny => match lifted() {
                Some(approval) => sentence.lifted.push(approval),
                None => sentence.denials.push(denial(finding)),
            },
        }
    }

    /// Returns a wanted resource as it is compared and sent.
    fn wanted(&self, id: &ResourceId) -> Option<&Value> {
        match &self.survey.wanted.get(id)?.state {
            State::Absent(form) | State::Compared { form, seen: _, verdict: _ } => Some(form.normal.value()),
            State::Refused(_) | State::Unreadable(_) => None,
        }
    }

    fn known(&self, id: &ResourceId) -> (Option<&Seen>, Option<&Row>) {
        if let Some(subject) = self.survey.wanted.get(id) {
            let seen = match &subject.state {
                State::Compared { form: _, seen, verdict: _ } => Some(*seen),
                State::Absent(_) | State::Refused(_) | State::Unreadable(_) => None,
            };
            return (seen, subject.row);
        }
        let Some(leaving) = self.survey.leaving.get(id) else { return (None, None) };
        let seen = match &leaving.sight {
            Sight::Seen(seen) => Some(*seen),
            Sight::Absent | Sight::Unreadable(_) => None,
        };
        (seen, Some(leaving.row))
    }
}

/// Clocks differ a little; what is further ahead was not backed up then.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Returns how many whole hours ago something was.
fn hours_since(then: Timestamp, now: Timestamp) -> Option<i64> {
    let since = now.duration_since(then);
    (since >= -AHEAD).then(|| since.as_hours().max(0))
}

/// Returns what is done, as policies name it; nothing where the system is not touched.
fn action(drafts: &[Draft]) -> Option<ChangeAction> {
    drafts.iter().filter_map(action_of_one).reduce(|first, second| match (first, second) {
        (ChangeAction::Delete, ChangeAction::Create) => ChangeAction::Replace,
        (ChangeAction::Create, _) => ChangeAction::Create,
        // What is migrated is migrated for the write that follows.
        (_, second) => second,
    })
}

fn action_of_one(draft: &Draft) -> Option<ChangeAction> {
    match &draft.action {
        Action::Write { mode, config: _, wanted: _ } => Some(match mode {
            WriteMode::Create => ChangeAction::Create,
            WriteMode::Update => ChangeAction::Update,
            WriteMode::Adopt => ChangeAction::Adopt,
            WriteMode::Own => ChangeAction::Own,
        }),
        // It writes if the dry run says that something would change.
        Action::Confirm { config: _, wanted: _ } => Some(ChangeAction::Update),
        Action::Delete { uid: _ } => Some(ChangeAction::Delete),
        Action::Operation(Operation::MigrateManagers { managers: _, left: _ }) => Some(ChangeAction::Own),
        Action::Operation(Operation::Release { environment: _, left: _ } | Operation::RecordUnseen) => {
            Some(ChangeAction::Forget)
        }
        Action::Operation(Operation::Restart) => Some(ChangeAction::Update),
        Action::Operation(
            Operation::RecordGone
            | Operation::RecordOurs { uid: _, remember: _, generated: _ }
            | Operation::Stop { left: _ }
            | Operation::CarryOffsets { from: _, own: _ }
            | Operation::RecordMovedFrom { from: _ }
            | Operation::RecordMovedTo { to: _ },
        ) => None,
    }
}

fn config(draft: &Draft) -> Option<&Value> {
    match &draft.action {
        Action::Write { mode: _, config, wanted: _ } | Action::Confirm { config, wanted: _ } => Some(config),
        Action::Delete { uid: _ } | Action::Operation(_) => None,
    }
}

/// Returns what is there. What changes is known where Git manages it, what goes as far as it was read.
fn before(
    action: ChangeAction,
    last: &Draft,
    after: Option<&Value>,
    seen: Option<&Seen>,
    id: &ResourceId,
) -> Option<Value> {
    match action {
        ChangeAction::Create => None,
        ChangeAction::Update | ChangeAction::Adopt | ChangeAction::Own => {
            after.map(|after| with_live(after, last.fields.iter()))
        }
        ChangeAction::Delete | ChangeAction::Replace | ChangeAction::Forget => {
            Some(match seen.map(|seen| &seen.body) {
                Some(Body::Whole(body)) => without_records(body),
                Some(Body::Remembered) | None => identity(id),
            })
        }
    }
}

/// What the system keeps beside the configuration is no matter of policies, and differs from reading to reading.
fn without_records(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(map) = body.as_map_mut() {
        map.remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            metadata.retain(|key, _| ["name", "namespace", "labels", "annotations"].contains(&key.as_str()));
        }
    }
    body
}

fn identity(id: &ResourceId) -> Value {
    let mut metadata = Map::from([("name".to_owned(), Value::from(&*id.name))]);
    metadata.extend(id.namespace.as_deref().map(|name| ("namespace".to_owned(), Value::from(name))));
    let kind = ("kind".to_owned(), Value::from(id.kind.short()));
    Value::Map(Map::from([kind, ("metadata".to_owned(), Value::Map(metadata))]))
}

fn hold_denied(id: &ResourceId, decision: &mut Decision, denials: Vec<Denial>) {
    let Decision::Do(drafts) = decision else { return };
    let change = match action(drafts) {
        Some(ChangeAction::Create) => HeldChange::Create,
        Some(ChangeAction::Update | ChangeAction::Adopt | ChangeAction::Own) => HeldChange::Update,
        Some(ChangeAction::Delete) => HeldChange::Delete,
        Some(ChangeAction::Replace) => HeldChange::Replace,
        Some(ChangeAction::Forget) => HeldChange::Forget,
        None => return,
    };
    if let Some(last) = drafts.pop() {
        *decision = hold(id, change, last.because, Held::Denied(denials), last.fields);
    }
}

fn denial(finding: &Finding) -> Denial {
    let Finding { policy, severity: _, message, at } = finding;
    Denial { policy: policy.clone(), message: message.clone(), at: at.clone() }
}

fn remark(address: Option<&ResourceId>, finding: &Finding) -> Remark {
    Remark { address: address.cloned(), severity: finding.severity, denial: denial(finding) }
}
