//! Server-side apply: whose field is it, what conflicts, and what goes when an applier stops naming it.
//!
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/>; each detail was seen on 1.36.

use super::fields::FieldSet;
use super::managers::{Managers, Who};
use super::shape::Shape;
use super::typed::{Comparison, compare, field_set, merge, remove, with_declared};
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::ApiVersion;
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::Operation;
use jiff::Timestamp;
use std::sync::Arc;

/// Fields of metadata that nobody owns.
const OWNERLESS: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
];

/// Who writes what kind of object, when, and through what.
#[derive(Clone, Debug)]
pub(crate) struct Write<'a> {
    pub(crate) who: &'a Who,
    pub(crate) version: &'a ApiVersion,
    pub(crate) shape: &'a Shape,
    pub(crate) now: Timestamp,
    /// Top-level fields that this way of writing cannot reach (`status` through the object itself).
    pub(crate) out_of_reach: &'a [&'a str],
}

/// A field that an unforced apply would take from somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) with: Who,
    pub(crate) version: ApiVersion,
    pub(crate) path: Path,
}

/// Whether an apply takes what others own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// It does.
    Yes,
    /// It answers 409.
    No,
}

impl Write<'_> {
    /// Applies `config` over `live`; returns what the object becomes and who owns it then.
    pub(crate) fn apply(
        &self,
        live: &Value,
        before: &Managers,
        config: &Value,
        force: Force,
    ) -> Result<(Value, Managers), Vec<Conflict>> {
        let mut managers = before.clone();
        let last = managers.get(self.who, self.version).cloned();
        let named = field_set(config, self.shape);
        let set = self.owned_of(named.clone());
        let time = last.as_ref().and_then(|entry| entry.time);
        managers.set(self.who, self.version, set, time);
        let merged = merge(live, config, self.shape);
        let after = match &last {
            Some(last) => self.prune(&merged, &managers.owned().union(&named), &last.fields),
            None => merged,
        };
        let changes = self.changes(live, &after);
        let conflicts = self.conflicts(&managers, &changes);
        if force == Force::No && !conflicts.is_empty() {
            return Err(conflicts);
        }
        Self::take(&mut managers, &changes, Some(self.who));
        // An apply that changes no value leaves its time as it was, even if there was none: seen on 1.36.
        if !changes.is_same()
            && let Some(mine) = managers.0.iter_mut().find(|entry| entry.by == *self.who)
        {
            mine.time = Some(self.now);
        }
        managers.tidy();
        Ok((after, managers))
    }

    /// Tells who owns what after `live` was written over with `after` in any other way.
    pub(crate) fn update(&self, live: &Value, before: &Managers, after: &Value) -> Managers {
        let mut managers = before.clone();
        let changes = self.changes(live, after);
        Self::take(&mut managers, &changes, None);
        let taken = self.owned_of(changes.added.union(&changes.changed));
        if !taken.is_empty() {
            let mine = managers.get(self.who, self.version).map(|entry| entry.fields.clone());
            let fields = mine.unwrap_or_default().union(&taken);
            managers.set(self.who, self.version, fields, Some(self.now));
        }
        managers.tidy();
        managers
    }

    fn changes(&self, live: &Value, after: &Value) -> Comparison {
        let found = compare(Some(live), Some(after), self.shape);
        Comparison {
            added: self.owned_of(found.added),
            changed: self.owned_of(found.changed),
            removed: self.owned_of(found.removed),
        }
    }

    /// Removes from everybody but `keeps` what the change adds, changes or removes.
    fn take(managers: &mut Managers, changes: &Comparison, keeps: Option<&Who>) {
        let touched = changes.added.clone().union(&changes.changed);
        for entry in &mut managers.0 {
            if Some(&entry.by) != keeps {
                entry.fields = entry.fields.minus(&touched);
            }
            entry.fields = entry.fields.minus(&changes.removed);
        }
    }

    fn conflicts(&self, managers: &Managers, changes: &Comparison) -> Vec<Conflict> {
        let touched = changes.added.clone().union(&changes.changed);
        let others = managers.0.iter().filter(|entry| entry.by != *self.who);
        let found = others.flat_map(|entry| {
            entry.fields.and(&touched).places().into_iter().map(|path| Conflict {
                with: entry.by.clone(),
                version: entry.version.clone(),
                path,
            })
        });
        found.collect()
    }

    /// Removes what this applier named last time, names no more, and nobody else owns.
    fn prune(&self, merged: &Value, owned: &FieldSet, last: &FieldSet) -> Value {
        if last.is_empty() {
            return merged.clone();
        }
        let declared = |set: &FieldSet| with_declared(set, self.shape);
        let all = declared(&field_set(merged, self.shape));
        let last = declared(last);
        let kept = declared(&field_set(&remove(merged, &last, self.shape), self.shape));
        let kept = kept.union(&declared(owned));
        let kept = remove(merged, &all.minus(&kept), self.shape);
        // What went only because its parent did comes back, as nobody asked for that.
        let gone = all.minus(&declared(&field_set(&kept, self.shape))).and(&last);
        remove(merged, &gone, self.shape)
    }

    /// Returns the places that somebody may own when writing this way.
    fn owned_of(&self, set: FieldSet) -> FieldSet {
        let mut set = OWNERLESS.iter().fold(set, |set, path| set.without(path));
        set.member = false;
        let metadata = evenkeel_core::engine::path::Segment::Field(Arc::from("metadata"));
        if let Some(below) = set.below.get_mut(&metadata) {
            below.member = false;
        }
        set.below.retain(|_, below| !below.is_empty());
        self.out_of_reach.iter().fold(set, |set, field| set.without(&[field]))
    }
}

impl Conflict {
    /// Returns the sentence in which the server names the other owner.
    pub(crate) fn sentence(&self) -> String {
        let Who { name, operation, subresource } = &self.with;
        let version = match operation {
            Operation::Apply => String::new(),
            Operation::Update => format!(" using {}", self.version),
        };
        let subresource =
            subresource.as_ref().map_or_else(String::new, |name| format!(" with subresource \"{name}\""));
        format!("conflict with \"{name}\"{subresource}{version}")
    }
}
