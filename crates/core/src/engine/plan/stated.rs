//! What policies say of documents: whom is talked to, what is permitted. Nothing of them is a step, so what is held is
//! each change that such a document is about.

use super::Remark;
use super::deny::remark;
use super::inputs::Inputs;
use crate::engine::id::{ResourceId, System};
use crate::engine::policy::{Finding, Judge, Severity};
use crate::engine::stated::{Standing, Stated, StatedKind};
use jiff::Timestamp;

/// What policies deny of the documents of an environment.
pub(super) struct Documents<'a> {
    found: Vec<(&'a Stated, Finding)>,
    inputs: &'a Inputs,
}

/// Whether an approval `exempt` lifts what is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lift {
    /// It does.
    ByApproval,
    /// None does: an approval that is denied would lift its own denial.
    ByNothing,
}

impl<'a> Documents<'a> {
    /// Holds all of them against the policies.
    pub(super) fn judged(judge: &Judge<'_>, inputs: &'a Inputs, now: Timestamp) -> Self {
        let of = |stated: &'a Stated| {
            let found = judge.document(stated, stated.hours_left(now));
            found.into_iter().map(move |finding| (stated, named(finding, stated)))
        };
        Self { found: inputs.desired.documents.iter().flat_map(of).collect(), inputs }
    }

    /// Says it of each document, whether or not anything would be changed.
    pub(super) fn remarks(&self) -> impl Iterator<Item = Remark> {
        self.found.iter().map(|(_, finding)| remark(None, finding))
    }

    /// Returns what holds the changes of a resource.
    pub(super) fn denying(&self, id: &ResourceId) -> impl Iterator<Item = (&Finding, Lift)> {
        let denies = |finding: &Finding| finding.severity == Severity::Deny;
        let found =
            self.found.iter().filter(move |(stated, finding)| denies(finding) && self.concerns(stated, id));
        found.map(|(stated, finding)| match stated.kind {
            StatedKind::Approval => (finding, Lift::ByNothing),
            StatedKind::ConnectCluster
            | StatedKind::Environment
            | StatedKind::KafkaCluster
            | StatedKind::Neo4jCluster => (finding, Lift::ByApproval),
        })
    }

    /// Tells whether a document is about a resource: the system it is on, what it is made from, what it may become.
    fn concerns(&self, stated: &Stated, id: &ResourceId) -> bool {
        let is_on = |system| id.system == system && id.connection.as_str() == &*stated.name;
        let counts = stated.standing == Standing::InForce;
        counts
            && match stated.kind {
                StatedKind::Environment => true,
                StatedKind::KafkaCluster => is_on(System::Kafka),
                StatedKind::ConnectCluster => is_on(System::Connect),
                StatedKind::Neo4jCluster => is_on(System::Neo4j) || self.is_made_from(stated, id),
                StatedKind::Approval => self.is_approved_by(stated, id),
            }
    }

    fn is_made_from(&self, stated: &Stated, id: &ResourceId) -> bool {
        let wanted = self.inputs.desired.resources.get(id);
        wanted.and_then(|wanted| wanted.document.as_deref()) == Some(stated.called().as_str())
    }

    /// As in a manifest, an address without a namespace means the connection's own, where the kind has namespaces.
    fn is_approved_by(&self, stated: &Stated, id: &ResourceId) -> bool {
        let written = stated.body.at(&["spec", "address"]).and_then(|address| address.as_text());
        let Some(approved) = written.and_then(|written| written.parse::<ResourceId>().ok()) else {
            return false;
        };
        let namespace = match (approved.namespace.clone(), &id.namespace) {
            (None, Some(_)) => Some(self.inputs.default_namespace(&id.connection)),
            (written, _) => written,
        };
        ResourceId { namespace, ..approved } == *id
    }
}

/// Policies speak of what they look at; which document that is, they leave to us.
fn named(finding: Finding, stated: &Stated) -> Finding {
    let standing = match stated.standing {
        Standing::InForce => "",
        Standing::Proposed => ", once it is merged",
    };
    let message = format!("{}{standing}: {}", stated.called(), finding.message);
    Finding { message, ..finding }
}
