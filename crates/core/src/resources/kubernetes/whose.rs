//! Whose a difference is: edited in Git, changed by hand, written by another controller, or never ours.

use super::owners::{Entries, Entry};
use super::walk::{Change, find_leaf, live_hash};
use crate::engine::fingerprint::LeafHash;
use crate::engine::ledger::Row;
use crate::engine::path::Path;
use crate::engine::value::Value;
use crate::engine::verdict::{Cause, Manager, Operation, Writer};

/// How the clients of people call themselves: they begin with one of these.
const PEOPLE: [&str; 8] =
    ["kubectl", "k9s", "Lens", "OpenLens", "Freelens", "Mozilla", "Headlamp", "dashboard"];

/// What more than ten update managers collapse into; nobody's name.
const COLLAPSED: &str = "ancient-changes";

/// Tells whether a manager is a person's client.
#[must_use]
pub fn is_person(manager: &Manager) -> bool {
    manager.operation == Operation::Update && PEOPLE.iter().any(|client| manager.name.starts_with(client))
}

/// Returns who wrote a place last.
fn writer(entry: Option<&&Entry<'_>>) -> Writer {
    match entry {
        Some(entry) if &*entry.manager.name != COLLAPSED => Writer::Manager(entry.manager.clone()),
        Some(_) | None => Writer::Unknown,
    }
}

/// Says how a difference came about.
pub(crate) fn cause(change: &Change, entries: &Entries<'_>, row: Option<&Row>, edited: Edited) -> Cause {
    let owners = entries.others_at(&change.path);
    let machine = owners.iter().find(|entry| !is_person(&entry.manager) && &*entry.manager.name != COLLAPSED);
    let Some(row) = row else { return Cause::NeverOurs(writer(owners.first())) };
    if let Some(machine) = machine {
        return Cause::Contested(Writer::Manager(machine.manager.clone()));
    }
    match (history(change, row), edited) {
        (History::WantedMoved, _) | (History::Unknown, Edited::Manifest) => Cause::SpecEdited,
        (History::BothMoved, _) => Cause::EditedOverDrift(writer(owners.first())),
        (History::LiveMoved, _) | (History::Unknown, Edited::Nothing) => {
            Cause::Drifted(writer(owners.first()))
        }
    }
}

/// Whether the manifest as a whole is another one than was applied last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    /// Git changed.
    Manifest,
    /// It is what was applied.
    Nothing,
}

/// Which side of a difference moved since the last apply.
enum History {
    /// Git's; below a place that is no leaf, live's too, perhaps.
    WantedMoved,
    /// Live's alone.
    LiveMoved,
    /// Both.
    BothMoved,
    /// The ledger has nothing at or below this place.
    Unknown,
}

fn history(change: &Change, row: &Row) -> History {
    let leaves = &row.remembered.leaves;
    let Some(wanted) = &change.wanted else { return History::Unknown };
    if let Some(leaf) = find_leaf(leaves, LeafHash::of(&change.path)) {
        // Of a secret whose source was not read, only live can have moved as far as anybody can tell.
        let same = leaf.wanted == LeafHash::of(wanted) || is_unread(wanted);
        let live_same = live_hash(change.live.as_ref()) == leaf.live.unwrap_or(leaf.wanted);
        return match (same, live_same) {
            (true, false) => History::LiveMoved,
            (false, false) => History::BothMoved,
            (true | false, true) => History::WantedMoved,
        };
    }
    let (mut known, mut moved) = (false, false);
    each_leaf(
        wanted,
        &mut change.path.clone(),
        &mut |path, value| match find_leaf(leaves, LeafHash::of(path)) {
            Some(leaf) => {
                known = true;
                moved |= leaf.wanted != LeafHash::of(value);
            }
            None => moved = true,
        },
    );
    match (known, moved) {
        (true, false) => History::LiveMoved,
        (true, true) => History::WantedMoved,
        (false, _) => History::Unknown,
    }
}

fn is_unread(value: &Value) -> bool {
    matches!(value, Value::Secret(secret) if secret.is_unread())
}

/// Calls `each` with every map entry below a place that could be a leaf.
fn each_leaf(value: &Value, path: &mut Path, each: &mut impl FnMut(&Path, &Value)) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (name, value) in map {
                path.0.push(crate::engine::path::Segment::Field(name.as_str().into()));
                each_leaf(value, path, each);
                path.0.pop();
            }
        }
        _ => each(path, value),
    }
}
