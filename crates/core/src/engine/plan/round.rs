//! One round of planning: what is already answered is used, what is not is asked, and nothing is asked twice.

use super::in_order::InTurn;
use super::inputs::{History, Inputs};
use crate::engine::id::{ConnectionId, ConnectionName, ResourceId, System};
use crate::engine::live::Live;
use crate::engine::question::{Answer, Fact, FactId, Question, Scope, Seen, Trouble, Why};
use crate::resources::neo4j::Cluster;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is known in this round, and what is still missing.
///
/// Resources are asked for in the order of their addresses, and each answer is looked for where the last one was found.
pub(super) struct Round<'a> {
    known: &'a Live,
    listed: InTurn<'a, &'a Seen>,
    named: InTurn<'a, &'a Answer>,
    /// The inventory that was looked at last; the next resource is mostly of the same scope.
    inventory: Option<(Scope, Option<&'a Answer>)>,
    strangers: BTreeMap<&'a ConnectionId, Why>,
    missing: Vec<Question>,
    clusters: &'a BTreeMap<ConnectionName, Cluster>,
}

/// What is known of one resource.
#[derive(Clone, Debug)]
pub(super) enum Sight<'a> {
    /// It is there.
    Seen(&'a Seen),
    /// It was proved not to be there.
    Absent,
    /// Nobody knows.
    Unreadable(Why),
}

impl<'a> Round<'a> {
    /// Begins a round.
    pub(super) fn of(inputs: &'a Inputs, known: &'a Live) -> Self {
        let listed = known.iter().flat_map(|(_, answered)| match &answered.answer {
            Answer::Inventory { rows, complete: _ } => rows.as_slice(),
            Answer::Seen(_) | Answer::NotFound | Answer::Fact(_) => &[],
            Answer::Unreadable(_) | Answer::Rejected(_) => &[],
        });
        let named = known.iter().filter_map(|(question, answered)| match question {
            Question::Object(id) => Some((id, &answered.answer)),
            Question::Inventory(_) | Question::Everything(_) | Question::Project(..) | Question::Fact(_) => {
                None
            }
        });
        Self {
            known,
            listed: InTurn::of(listed.map(|seen| (&seen.id, seen))),
            named: InTurn::of(named),
            inventory: None,
            strangers: strangers(inputs, known),
            missing: Vec::new(),
            clusters: &inputs.desired.clusters,
        }
    }

    /// Returns who answers behind a connection, or has answered so far.
    pub(super) fn who_answers(&self, inputs: &'a Inputs, connection: &ConnectionId) -> Option<&'a Arc<str>> {
        match self.known.get(&Question::Fact(FactId::Identity(connection.clone()))) {
            Some(Answer::Fact(Fact::Identity(found))) => Some(found),
            _ => inputs.pins.get(connection),
        }
    }

    /// Tells whether the specs no longer say whom a connection leads to.
    pub(super) fn is_gone(&self, connection: &ConnectionId) -> bool {
        matches!(
            self.known.get(&Question::Fact(FactId::Identity(connection.clone()))),
            Some(Answer::Unreadable(Why { trouble: Trouble::NotConfigured, message: _ }))
        )
    }

    /// Returns the answer, or notes the question.
    pub(super) fn ask(&mut self, question: Question) -> Option<&'a Answer> {
        let answer = self.known.get(&question);
        if answer.is_none() {
            self.missing.push(question);
        }
        answer
    }

    fn inventory(&mut self, id: &ResourceId) -> Option<&'a Answer> {
        if let Some((scope, answer)) = &self.inventory
            && scope.has(id)
        {
            return *answer;
        }
        let scope = Scope::of(id);
        let answer = self.ask(Question::Inventory(scope.clone()));
        self.inventory = Some((scope, answer));
        answer
    }

    /// Returns what is known of a resource once its inventory, and if need be its name, was answered.
    ///
    /// A resource without our marker is not in the inventory, so its absence is proved by name only.
    pub(super) fn sight(&mut self, id: &ResourceId) -> Option<Sight<'a>> {
        if let Some(why) = self.strangers.get(&id.connection_id()) {
            return Some(Sight::Unreadable(why.clone()));
        }
        match id.system {
            System::Kubernetes => self.sight_by_marker(id),
            // They keep no marker of whose something is; and what one may not see, a listing leaves out in silence.
            System::Kafka | System::Connect => self.sight_by_name(id),
            System::Neo4j if self.is_begun(&id.connection)? => self.sight_by_name(id),
            System::Neo4j => Some(Sight::Absent),
        }
    }

    /// Tells whether anything of a cluster can be there: while none of its workloads is, nobody has to be asked.
    fn is_begun(&mut self, cluster: &ConnectionName) -> Option<bool> {
        let Some(cluster) = self.clusters.get(cluster) else { return Some(true) };
        let sights: Vec<_> = cluster.workloads().map(|workload| self.sight_by_marker(workload)).collect();
        let sights: Option<Vec<_>> = sights.into_iter().collect();
        Some(sights?.iter().any(|sight| !matches!(sight, Sight::Absent)))
    }

    fn sight_by_marker(&mut self, id: &ResourceId) -> Option<Sight<'a>> {
        match self.inventory(id)? {
            Answer::Unreadable(why) => Some(Sight::Unreadable(why.clone())),
            Answer::Inventory { rows: _, complete } => {
                if let Some(seen) = self.listed.get(id) {
                    return Some(Sight::Seen(seen));
                }
                match complete {
                    Ok(()) => self.sight_by_name(id),
                    Err(why) => Some(Sight::Unreadable(why.clone())),
                }
            }
            Answer::Seen(_) | Answer::NotFound | Answer::Fact(_) | Answer::Rejected(_) => {
                Some(Sight::Unreadable(garbled("an inventory was asked for and something else was answered")))
            }
        }
    }

    fn sight_by_name(&mut self, id: &ResourceId) -> Option<Sight<'a>> {
        let Some(answer) = self.named.get(id) else {
            self.missing.push(Question::Object(id.clone()));
            return None;
        };
        Some(match answer {
            Answer::Seen(seen) => Sight::Seen(seen),
            Answer::NotFound => Sight::Absent,
            Answer::Unreadable(why) => Sight::Unreadable(why.clone()),
            Answer::Inventory { .. } | Answer::Fact(_) | Answer::Rejected(_) => {
                Sight::Unreadable(garbled("a resource was asked for and something else was answered"))
            }
        })
    }

    /// Asks each connection who it is and what it serves.
    pub(super) fn introduce(&mut self, inputs: &Inputs) {
        for connection in connections(inputs) {
            if connection.system == System::Kubernetes {
                let _kinds = self.ask(Question::Fact(FactId::ServedKinds(connection.name.clone())));
            }
            let _first_contact = self.ask(Question::Fact(FactId::Identity(connection)));
        }
    }

    /// Returns what was listed by its marker.
    pub(super) fn listed(&self) -> Vec<&'a ResourceId> {
        self.listed.addresses()
    }

    /// Ends the round: the questions that are left.
    pub(super) fn missing(mut self) -> Vec<Question> {
        self.missing.sort();
        self.missing.dedup();
        self.missing
    }
}

fn connections(inputs: &Inputs) -> BTreeSet<ConnectionId> {
    let wanted = inputs.desired.resources.keys();
    let ours = inputs.history.ledger().into_iter().flat_map(|ledger| ledger.rows.keys());
    let searched = match &inputs.history {
        History::Recovering(recovering) => Some(recovering.connections.iter().map(ConnectionId::kubernetes)),
        History::Kept(_) | History::Never => None,
    };
    wanted.chain(ours).map(ResourceId::connection_id).chain(searched.into_iter().flatten()).collect()
}

fn garbled(message: &str) -> Why {
    Why { trouble: Trouble::Garbled, message: message.to_owned() }
}

/// Connections at which somebody else answers than the one that was pinned, or at which nobody can tell who does.
fn strangers<'a>(inputs: &'a Inputs, known: &'a Live) -> BTreeMap<&'a ConnectionId, Why> {
    let mismatch = |(connection, pin): (&'a ConnectionId, &'a Arc<str>)| {
        let answer = known.get(&Question::Fact(FactId::Identity(connection.clone())))?;
        match answer {
            Answer::Fact(Fact::Identity(found)) if found != pin => {
                let message = format!("connection {connection} answers as {found}, but was {pin} so far");
                Some((connection, Why { trouble: Trouble::WrongIdentity, message }))
            }
            Answer::Unreadable(why) => Some((connection, why.clone())),
            _ => None,
        }
    };
    inputs.pins.iter().filter_map(mismatch).collect()
}
