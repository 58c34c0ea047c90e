//! Import: which live objects are written into Git, which of their fields, and in which files.
//!
//! ```text
//!  Order ─▶ look: questions ─▶ Sights ─▶ take: whose ─▶ fields, secrets ─▶ settle ─▶ group ─▶ File
//! ```
//!
//! Pure, as planning is: it asks until it has all answers. What it writes, compared with the very answers that it was
//! made from, differs nowhere; where it would, `settle` writes what is live, and what it cannot settle is told.

mod again;
mod fields;
mod group;
mod header;
mod look;
mod place;
mod refers;
mod secrets;
mod settle;
mod take;
mod usual;

pub use again::{answer_again, in_git};
pub use look::{ClusterScoped, Order};

use super::shape::Shape;
use crate::engine::id::{Kind, ResourceId};
use crate::engine::live::Live;
use crate::engine::path::Path;
use crate::engine::question::{Body, Question, Seen};
use crate::engine::value::Value;
use crate::resources::import::{Coverage, Document, File, Import, LeftOut, Next};
use look::{Sights, look};
use std::collections::BTreeMap;
use take::left_out;

/// One live object on its way into a file.
#[derive(Clone, Debug)]
pub(super) struct Draft<'a> {
    id: ResourceId,
    live: &'a Value,
    document: Value,
    notes: Vec<String>,
}

/// Imports from the answers known so far, or says what must be asked first.
#[must_use]
pub fn import(order: &Order, known: &Live) -> Next {
    let sights = match look(order, known) {
        Ok(sights) => sights,
        Err(questions) => return Next::Ask(questions),
    };
    let (taken, mut left_out) = taken(order, &sights);
    let shapes = match sights.shapes(order, known, &taken) {
        Ok(shapes) => shapes,
        Err(questions) => return Next::Ask(questions),
    };
    let mut drafts = Vec::new();
    for seen in taken {
        match (&seen.body, shapes.get(&seen.id.kind)) {
            (Body::Whole(live), Some(shape)) => drafts.push(draft(order, (seen, live), shape, &sights)),
            _ => drop(left_out.insert(seen.id.clone(), LeftOut::UnknownKind)),
        }
    }
    let files = group::files(order, &sights, drafts);
    let unknown_kinds = sights.unknown_kinds(order);
    Next::Ready(Box::new(Import { files, left_out, unreadable: sights.unreadable, unknown_kinds }))
}

/// Counts what Git has of what runs, or says what must be asked first.
pub fn coverage(order: &Order, known: &Live) -> Result<Coverage, Vec<Question>> {
    let sights = look(order, known)?;
    let (taken, left_out) = taken(order, &sights);
    let mut coverage = Coverage {
        unmanaged: taken.into_iter().map(|seen| seen.id.clone()).collect(),
        unreadable: sights.unreadable,
        ..Coverage::default()
    };
    for (id, why) in left_out {
        match why {
            LeftOut::InGit => coverage.managed += 1,
            LeftOut::OtherEnvironment(name) => drop(coverage.others.insert(id, name)),
            LeftOut::Controlled(_) | LeftOut::Claim(_) | LeftOut::OfTheCluster | LeftOut::Token => {}
            LeftOut::HelmRecord | LeftOut::State | LeftOut::BeingDeleted => {}
            LeftOut::UnknownKind | LeftOut::Password | LeftOut::User | LeftOut::Refused(_) => {}
        }
    }
    Ok(coverage)
}

fn taken<'a>(order: &Order, sights: &Sights<'a>) -> (Vec<&'a Seen>, BTreeMap<ResourceId, LeftOut>) {
    let (mut taken, mut left) = (Vec::new(), BTreeMap::new());
    for seen in sights.seen.values().filter(|seen| order.wants(&seen.id.kind, sights)) {
        match left_out(seen, order, sights) {
            None => taken.push(*seen),
            Some(why) => drop(left.insert(seen.id.clone(), why)),
        }
    }
    (taken, left)
}

fn draft<'a>(
    order: &Order,
    (seen, live): (&Seen, &'a Value),
    shape: &Shape,
    sights: &Sights<'_>,
) -> Draft<'a> {
    let id = seen.id.clone();
    if id.kind == Kind::new("Secret") {
        let (document, notes) = secrets::managed(&id, live, order);
        return Draft { id, live, document, notes };
    }
    let (document, notes) = fields::written(&id, live, shape, sights);
    let document = settle::settled(document, seen, shape, order);
    Draft { document: with_connection(document, &id), id, live, notes }
}

/// A manifest says itself which connection it is for.
fn with_connection(mut document: Value, id: &ResourceId) -> Value {
    if !id.connection.is_default() {
        let path = ["metadata", "annotations", crate::documents::metadata::CONNECTION];
        place::put(&mut document, &Path::of(&path).0, Some(Value::from(id.connection.as_str())));
    }
    document
}
