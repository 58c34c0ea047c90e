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
use super::shown;
use super::stated::{Documents, Lift};
use super::survey::{State, Survey};
use super::{Denial, Held, HeldChange, HeldResource, Remark};
use crate::engine::id::{ConnectionName, ResourceId, System};
use crate::engine::ledger::Row;
use crate::engine::policy::{Change, ChangeAction, Finding, Judge, Severity};
use crate::engine::question::Seen;
use crate::engine::value::Value;
use crate::engine::wanted::Approval;
use crate::resources::neo4j::Cluster;
use crate::resources::{self, HoldsData};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

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
    let documents = Documents::judged(&judge, inputs, now);
    remarks.extend(documents.remarks());
    let (approvals, mechanisms) = (Approvals::of(inputs, now), inputs.mechanisms);
    let clusters = &inputs.desired.clusters;
    let court = Court { judge, everywhere, documents, approvals, survey, clusters, mechanisms, now };
    for (id, decision) in decisions {
        let sentence = match decision {
            Decision::Hold(held) => court.beside(held),
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
    documents: Documents<'a>,
    approvals: Approvals<'a>,
    survey: &'a Survey<'a>,
    clusters: &'a BTreeMap<ConnectionName, Cluster>,
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

    /// What an Approval would let through is judged all the same: whoever writes one learns at once what holds it next.
    fn beside(&self, resource: &HeldResource) -> Sentence<'a> {
        let HeldResource { address: id, change, because, held, fields, uid: _ } = resource;
        let Some(action) = shown::of_held(*change).filter(|_| held.is_lifted_by_approval()) else {
            return Sentence::default();
        };
        let (seen, row) = self.known(id);
        let after = self.wanted(id).filter(|_| *change != HeldChange::Delete);
        let before = shown::before(action, fields, after, seen, id);
        let findings = self.findings(Change {
            address: id,
            action,
            reason: because,
            risk: shown::risk_of_held(resource, seen, row),
            holds_data: resources::holds_data(id, row) != HoldsData::No,
            hours_since_backup: self.hours_since_backup(id, seen),
            before: before.as_ref(),
            after,
            fields,
        });
        let of_object = after.filter(|_| action.changes_values()).map(|after| self.judge.object(id, after));
        let denies = |finding: &&Finding| {
            finding.severity == Severity::Deny && self.exemption((id, action), finding, seen).is_none()
        };
        let remarks = findings
            .iter()
            .chain(of_object.iter().flatten())
            .filter(denies)
            .map(|finding| remark(Some(id), finding))
            .collect();
        Sentence { remarks, ..Sentence::default() }
    }

    /// A backup is of databases, so what one server of a cluster says of it is said of all.
    fn hours_since_backup(&self, id: &ResourceId, seen: Option<&Seen>) -> Option<i64> {
        let is_row_of = |cluster: &Cluster| id.system == System::Neo4j && cluster.connection == id.connection;
        let is_of =
            |cluster: &&Cluster| is_row_of(cluster) || cluster.workloads().any(|workload| workload == id);
        let backed_up_at = match self.clusters.values().find(is_of) {
            Some(cluster) => {
                let workloads = cluster.workloads().filter_map(|workload| self.known(workload).0);
                workloads.filter_map(resources::backed_up_at).max()
            }
            None => resources::backed_up_at(seen?),
        };
        hours_since(backed_up_at?, self.now)
    }

    fn judge(&self, id: &ResourceId, drafts: &[Draft]) -> Sentence<'a> {
        let (Some(action), Some(last)) = (shown::action(drafts), drafts.last()) else {
            return Sentence::default();
        };
        let after = drafts.iter().rev().find_map(shown::config);
        let owner = self.answers_for(id);
        let (seen, row) = self.known(owner);
        let before = shown::before(action, &last.fields, after, seen, id);
        let change = Change {
            address: id,
            action,
            reason: &last.because,
            risk: drafts.iter().map(|draft| draft.risk).max().unwrap_or(last.risk),
            holds_data: resources::holds_data(owner, row) != HoldsData::No,
            hours_since_backup: self.hours_since_backup(owner, seen),
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
        for (finding, lift) in self.documents.denying(owner).filter(|_| action.changes_values()) {
            match lift {
                Lift::ByApproval => self.pass(&mut sentence, (id, action), finding, seen),
                Lift::ByNothing => sentence.denials.push(denial(finding)),
            }
        }
        sentence
    }

    /// What a pod holds, and is made from, is said of its workload.
    fn answers_for<'i>(&'i self, id: &'i ResourceId) -> &'i ResourceId {
        let servers = self.clusters.values().flat_map(|cluster| cluster.servers.values());
        servers.into_iter().find(|server| server.pod == *id).map_or(id, |server| &server.workload)
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
        match finding.severity {
            Severity::Warn if self.everywhere.contains(finding) => {}
            Severity::Warn => sentence.remarks.push(remark(Some(id), finding)),
            Severity::Deny => match self.exemption((id, action), finding, seen) {
                Some(approval) => sentence.lifted.push(approval),
                None => sentence.denials.push(denial(finding)),
            },
        }
    }

    fn exemption(
        &self,
        (id, action): (&ResourceId, ChangeAction),
        finding: &Finding,
        seen: Option<&Seen>,
    ) -> Option<&'a Approval> {
        // A replacement uses its exemption up with its second half: without a uid it could lift another deletion after the first.
        let is_for_once = |approval: &&Approval| action != ChangeAction::Replace || approval.uid.is_some();
        self.approvals.exemption(id, &finding.policy, seen.map(|seen| &seen.uid)).filter(is_for_once)
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

fn hold_denied(id: &ResourceId, decision: &mut Decision, denials: Vec<Denial>) {
    let Decision::Do(drafts) = decision else { return };
    let change = match shown::action(drafts) {
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

pub(super) fn remark(address: Option<&ResourceId>, finding: &Finding) -> Remark {
    Remark { address: address.cloned(), severity: finding.severity, denial: denial(finding) }
}
