//! The verdict on one Kubernetes object: fast path, walk, removal, ownership, doubts, and whose each difference is.

use super::ignored::{held, left_to_others};
use super::normal::Normal;
use super::normalise::MARKER;
use super::owners::{Entries, Entry};
use super::ownership::{is_within, kept_by_others, lacking, takes_over};
use super::projection::differences;
use super::remember::{each_leaf, is_as_remembered};
use super::removal::removals;
use super::shape::Shape;
use super::walk::{Change, Findings, walk};
use super::whose::{Edited, cause};
use crate::documents::metadata::ANNOTATIONS;
use crate::engine::fingerprint::LeafHash;
use crate::engine::ledger::Row;
use crate::engine::path::{Path, Segment};
use crate::engine::question::{Body, Seen};
use crate::engine::value::Value;
use crate::engine::verdict::{Cause, Difference, Doubt, DoubtClass, FieldChange, TakeOver, Verdict};
use std::collections::BTreeSet;

/// Compares what is wanted with what was seen. Read-only credentials suffice: what reading cannot tell is a doubt.
#[must_use]
pub fn compare(wanted: &Normal, seen: &Seen, remembered: Option<&Row>, shape: &Shape) -> Verdict {
    let Body::Whole(live) = &seen.body else { return Verdict::Same };
    let row = remembered.filter(|row| row.uid == seen.uid);
    let comparison = Comparison::new(wanted, live, row, shape);
    if row.is_some_and(|row| comparison.is_remembered(row)) {
        return Verdict::Same;
    }
    let (findings, held) = comparison.findings();
    comparison.verdict(findings, held)
}

/// Compares what was seen with what the system says it would make of the wanted object: settles every doubt.
///
/// Ignores `managedFields`, `resourceVersion` and `generation`, as the oracle of design-diff.md does. What is held
/// because our entry is lost stays held: no dry run can tell of it. A doubt stays one while our entry has yet to give up
/// what is left to others.
#[must_use]
pub fn compare_projected(
    wanted: &Normal,
    seen: &Seen,
    projected: &Seen,
    remembered: Option<&Row>,
    shape: &Shape,
) -> Verdict {
    let (Body::Whole(live), Body::Whole(projected)) = (&seen.body, &projected.body) else {
        return Verdict::Same;
    };
    let row = remembered.filter(|row| row.uid == seen.uid);
    let comparison = Comparison::new(wanted, live, row, shape);
    if !left_to_others(wanted, seen, shape).is_empty() {
        // The server would prune what our entry is about to give up, so its answer is of no use until then.
        return compare(wanted, seen, remembered, shape);
    }
    let (_, held) = comparison.findings();
    comparison.verdict(Findings { changes: differences(live, projected, shape), doubts: Vec::new() }, held)
}

/// Returns which fields a write would take from whom; a verdict of `Own` needs it as well as one of `Differs`.
#[must_use]
pub fn takes_over_from(wanted: &Normal, seen: &Seen, shape: &Shape) -> Vec<TakeOver> {
    let Body::Whole(live) = &seen.body else { return Vec::new() };
    Comparison::new(wanted, live, None, shape).takes_over()
}

struct Comparison<'a> {
    wanted: &'a Normal,
    live: &'a Value,
    row: Option<&'a Row>,
    shape: &'a Shape,
    entries: Entries<'a>,
}

impl<'a> Comparison<'a> {
    fn new(wanted: &'a Normal, live: &'a Value, row: Option<&'a Row>, shape: &'a Shape) -> Self {
        Self { wanted, live, row, shape, entries: Entries::of(live) }
    }

    fn is_remembered(&self, row: &Row) -> bool {
        is_as_remembered(self.wanted, self.live, self.entries.ours.as_ref(), &row.remembered, self.shape)
    }

    /// Returns what differs or is doubtful, and what is held because our entry is lost.
    fn findings(&self) -> (Findings, Vec<Change>) {
        let leaves = self.row.map_or(&[][..], |row| &row.remembered.leaves);
        let mut found = walk(&self.wanted.value, self.live, &self.shape.schema, &self.entries, leaves);
        let Some(ours) = &self.entries.ours else { return (found, self.lost()) };
        if ours.api_version != self.wanted.api_version.as_str() {
            found.doubts.push(Doubt { path: Path::default(), class: DoubtClass::OtherVersion });
            return (found, Vec::new());
        }
        let removed = self.removals(ours);
        found.changes.extend(removed.changes);
        found.doubts.extend(removed.doubts);
        (found, Vec::new())
    }

    fn removals(&self, ours: &Entry<'_>) -> Findings {
        let set = self.wanted.set(self.shape);
        if is_within(ours.set(), Some(set)) {
            return Findings::default();
        }
        let mut kept = set.clone();
        kept.merge(self.entries.foreign());
        for left in held(ours.set(), self.wanted, self.shape) {
            kept.insert(&left.0);
        }
        removals(ours.set(), &kept, self.live, &self.shape.schema)
    }

    /// Without our entry nothing is pruned: what the ledger has, Git lacks and live has stays, and is said so.
    fn lost(&self) -> Vec<Change> {
        let Some(row) = self.row else { return Vec::new() };
        let mut gone: BTreeSet<LeafHash> = row.remembered.leaves.iter().map(|leaf| leaf.path).collect();
        each_leaf(&self.wanted.value, self.live, &self.shape.schema, &mut |path, _, _| {
            gone.remove(&LeafHash::of(&path));
        });
        let mut held = Vec::new();
        if gone.is_empty() {
            return held;
        }
        each_leaf(self.live, self.live, &self.shape.schema, &mut |path, live, _| {
            let is_left = self.wanted.ignored.iter().any(|left| left.contains(&path));
            if !is_left && gone.contains(&LeafHash::of(&path)) && self.entries.others_at(&path).is_empty() {
                held.push(Change { path, live: Some(live.clone()), wanted: None });
            }
        });
        held
    }

    fn verdict(&self, mut found: Findings, held: Vec<Change>) -> Verdict {
        let marker = Path::of(&["metadata", "labels", MARKER]);
        let labels = Path::of(&["metadata", "labels"]);
        found
            .changes
            .retain(|change| change.path != marker && !(change.path == labels && is_marker_only(change)));
        found.changes.retain(|change| !is_note_of_ours(change));
        if found.changes.is_empty() && held.is_empty() {
            return match (found.doubts.is_empty(), self.own()) {
                (false, _) => Verdict::Undecided(found.doubts),
                (true, paths) if paths.is_empty() => Verdict::Same,
                (true, paths) => Verdict::Own(paths),
            };
        }
        let edited = match self.row.and_then(|row| row.remembered.wanted) {
            Some(before) if before == self.wanted.fingerprint() => Edited::Nothing,
            Some(_) | None => Edited::Manifest,
        };
        let fields = found.changes.into_iter().map(|change| {
            let cause = cause(&change, &self.entries, self.row, edited);
            field(change, cause)
        });
        let held = held.into_iter().map(|change| field(change, Cause::EntryLost));
        let fields: Vec<FieldChange> = fields.chain(held).collect();
        Verdict::Differs(Difference { fields, takes_over: self.takes_over(), doubts: found.doubts })
    }

    /// Returns the paths where our entry is not the field set of the manifest although the values are equal.
    fn own(&self) -> Vec<Path> {
        let set = self.wanted.set(self.shape);
        let Some(ours) = &self.entries.ours else { return lacking(set, &super::fields::FieldSet::default()) };
        let mut paths = lacking(set, ours.set());
        paths.extend(kept_by_others(ours.set(), set, &self.entries, self.live, &self.shape.schema));
        paths.extend(held(ours.set(), self.wanted, self.shape));
        paths.sort();
        paths.dedup();
        paths
    }

    fn takes_over(&self) -> Vec<TakeOver> {
        takes_over(
            &self.wanted.value,
            self.live,
            self.wanted.set(self.shape),
            &self.entries,
            &self.shape.schema,
        )
    }
}

/// Tells whether all labels are missing and ours is the only one that is wanted.
fn is_marker_only(change: &Change) -> bool {
    let only = |value: &Value| value.as_map().is_some_and(|map| map.len() == 1 && map.contains_key(MARKER));
    match (&change.live, &change.wanted) {
        (None, Some(wanted)) => only(wanted),
        (Some(live), None) => only(live),
        (None, None) | (Some(_), Some(_)) => false,
    }
}

/// Tells whether live only lacks annotations by which Git speaks to us: writing them changes nothing for anybody else.
fn is_note_of_ours(change: &Change) -> bool {
    let annotations = Path::of(&["metadata", "annotations"]);
    let (None, Some(wanted)) = (&change.live, &change.wanted) else { return false };
    match change.path.0.strip_prefix(annotations.0.as_slice()) {
        Some([Segment::Field(name)]) => ANNOTATIONS.contains(&&**name),
        Some([]) => {
            wanted.as_map().is_some_and(|all| all.keys().all(|name| ANNOTATIONS.contains(&name.as_str())))
        }
        Some(_) | None => false,
    }
}

fn field(change: Change, cause: Cause) -> FieldChange {
    FieldChange { path: change.path, live: change.live, wanted: change.wanted, cause }
}
