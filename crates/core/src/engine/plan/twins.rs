//! Finds what is ours twice: it leaves under one address and is wanted under another, where it is the same thing.
//!
//! A kill between the two records of a move leaves it so, and so do two connections to one cluster. What is wanted under
//! any address is never deleted under another.

use super::round::Sight;
use super::survey::{Leaving, State, Subject, Survey};
use crate::engine::id::{Kind, ResourceId, System, Uid};
use crate::resources;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Under which wanted address something is found that leaves under another.
pub(super) struct Twin<'a> {
    pub(super) to: &'a ResourceId,
    pub(super) likeness: Likeness<'a>,
}

/// How alike two addresses are.
#[derive(Clone, Copy)]
pub(super) enum Likeness<'a> {
    /// The ledger has one thing under both.
    Known,
    /// What was seen there is what the ledger has here.
    Seen(&'a Uid),
    /// It is called the same behind another connection, where nobody can look.
    Unread,
}

/// Finds the twins of everything that leaves.
pub(super) fn twins<'a>(survey: &'a Survey<'_>) -> BTreeMap<&'a ResourceId, Twin<'a>> {
    let mut by_token: BTreeMap<Token<'_>, Vec<&'a ResourceId>> = BTreeMap::new();
    let mut by_name: BTreeMap<Name<'_>, Vec<&'a ResourceId>> = BTreeMap::new();
    for (from, leaving) in &survey.leaving {
        if let Some(token) = token(survey, from, uid(leaving)) {
            by_token.entry(token).or_default().push(from);
            by_name.entry(name(from)).or_default().push(from);
        }
    }
    let mut twins = BTreeMap::new();
    if by_token.is_empty() {
        return twins;
    }
    for (to, subject) in &survey.wanted {
        let (alike, likeness) = match likeness(subject) {
            Some((uid, likeness)) => {
                (token(survey, to, uid).and_then(|token| by_token.get(&token)), likeness)
            }
            None if is_unread(subject) => (by_name.get(&name(to)), Likeness::Unread),
            None => continue,
        };
        let alike = alike.into_iter().flatten().filter(|from| from.system == to.system);
        twins.extend(alike.map(|from| (*from, Twin { to, likeness })));
    }
    twins
}

/// What tells one thing from all others: a uid that is never given twice, in any cluster; and where it is no more than a
/// name, its kind and who answers there as well.
type Token<'a> = (Option<(&'a Arc<str>, &'a Kind)>, &'a Uid);

fn token<'a>(survey: &Survey<'a>, id: &'a ResourceId, uid: &'a Uid) -> Option<Token<'a>> {
    match id.system {
        System::Kubernetes => Some((None, uid)),
        System::Kafka => Some((Some((survey.answering.get(&id.connection_id())?, &id.kind)), uid)),
        // Groups of workers answer alike, and names in a Neo4j cluster are its own.
        System::Connect | System::Neo4j => None,
    }
}

/// Which incarnation is ours, by the id that it has now.
fn uid<'a>(Leaving { row, sight }: &'a Leaving<'_>) -> &'a Uid {
    match sight {
        Sight::Seen(seen) if resources::is_incarnation(seen, row) => &seen.uid,
        Sight::Seen(_) | Sight::Absent | Sight::Unreadable(_) => &row.uid,
    }
}

/// Which incarnation a wanted address has, as far as anybody knows.
fn likeness<'a>(subject: &'a Subject<'_>) -> Option<(&'a Uid, Likeness<'a>)> {
    match &subject.state {
        State::Compared { form: _, seen, verdict: _ } => match subject.row {
            Some(row) if row.uid == seen.uid => Some((&row.uid, Likeness::Known)),
            Some(_) | None => Some((&seen.uid, Likeness::Seen(&seen.uid))),
        },
        State::Absent(_) => None,
        State::Refused(_) | State::Unreadable(_) => subject.row.map(|row| (&row.uid, Likeness::Known)),
    }
}

fn is_unread(subject: &Subject<'_>) -> bool {
    matches!(subject.state, State::Refused(_) | State::Unreadable(_))
}

type Name<'a> = (&'a Kind, Option<&'a Arc<str>>, &'a str);

fn name(id: &ResourceId) -> Name<'_> {
    (&id.kind, id.namespace.as_ref(), &id.name)
}
