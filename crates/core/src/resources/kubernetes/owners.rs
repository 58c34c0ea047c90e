//! Who owns which fields, as `metadata.managedFields` tells it.

use super::fields::FieldSet;
use crate::engine::path::{Path, Segment};
use crate::engine::value::Value;
use crate::engine::verdict::{Manager, Operation};
use std::cell::OnceCell;
use std::sync::Arc;

/// The name under which we apply.
pub const MANAGER: &str = "evenkeel";

/// What the first server-side apply invents for an object that has no `managedFields`: it owns everything.
pub(crate) const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// One entry; its fields are read when they are first asked for.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) manager: Manager,
    pub(crate) api_version: &'a str,
    pub(crate) fields: &'a Value,
    set: OnceCell<FieldSet>,
}

impl<'a> Entry<'a> {
    fn read(row: &'a Value) -> Option<Self> {
        let text = |name: &str| row.get(name).and_then(Value::as_text);
        let operation = if text("operation") == Some("Apply") { Operation::Apply } else { Operation::Update };
        let manager = Manager {
            name: Arc::from(text("manager").unwrap_or_default()),
            operation,
            subresource: text("subresource").filter(|name| !name.is_empty()).map(Arc::from),
            at: text("time").and_then(|time| time.parse().ok()),
        };
        let api_version = text("apiVersion").unwrap_or_default();
        Some(Self { manager, api_version, fields: row.get("fieldsV1")?, set: OnceCell::new() })
    }

    /// Returns what the entry owns.
    pub(crate) fn set(&self) -> &FieldSet {
        self.set.get_or_init(|| FieldSet::read(self.fields))
    }

    /// Tells whether this is the entry that our applies write; one of our name that is not, is foreign.
    fn is_ours(&self) -> bool {
        &*self.manager.name == MANAGER
            && self.manager.operation == Operation::Apply
            && self.manager.subresource.is_none()
    }

    /// Tells whether the entry owns this very place.
    pub(crate) fn owns(&self, path: &Path) -> bool {
        find(self.set(), &path.0).is_some_and(|set| set.member)
    }

    /// Tells whether the entry owns this place, something inside, or the whole that it is a part of.
    pub(crate) fn touches(&self, path: &Path) -> bool {
        let mut set = self.set();
        for (depth, segment) in path.0.iter().enumerate() {
            if depth > 0 && set.member && set.children.is_empty() {
                return true;
            }
            let Some(child) = set.child(segment) else { return false };
            set = child;
        }
        !set.is_empty()
    }
}

/// Returns who has written fields of an object, the latest first.
#[must_use]
pub fn managers(live: &Value) -> Vec<Manager> {
    let Entries { ours, others, managed: _ } = Entries::of(live);
    let mut managers: Vec<Manager> = ours.into_iter().chain(others).map(|entry| entry.manager).collect();
    managers.sort_by_key(|manager| std::cmp::Reverse(manager.at));
    managers
}

pub(crate) fn find<'a>(set: &'a FieldSet, path: &[Segment]) -> Option<&'a FieldSet> {
    path.iter().try_fold(set, |set, segment| set.child(segment))
}

/// All entries of an object.
#[derive(Debug)]
pub(crate) struct Entries<'a> {
    pub(crate) ours: Option<Entry<'a>>,
    pub(crate) others: Vec<Entry<'a>>,
    managed: OnceCell<FieldSet>,
}

impl<'a> Entries<'a> {
    /// Reads the entries of a live object.
    pub(crate) fn of(live: &'a Value) -> Self {
        let rows = live.at(&["metadata", "managedFields"]).and_then(Value::as_list).unwrap_or_default();
        let mut others: Vec<Entry<'a>> = rows.iter().filter_map(Entry::read).collect();
        let ours = others.iter().position(Entry::is_ours).map(|at| others.remove(at));
        Self { ours, others, managed: OnceCell::new() }
    }

    /// Tells whether the server keeps no record at all: the next apply invents one that blocks pruning.
    pub(crate) fn is_unrecorded(&self) -> bool {
        self.ours.is_none() && self.others.is_empty()
    }

    /// Returns the fields that others own, all versions together.
    pub(crate) fn foreign(&self) -> &FieldSet {
        self.managed.get_or_init(|| {
            let mut all = FieldSet::default();
            for entry in &self.others {
                all.merge(entry.set());
            }
            all
        })
    }

    /// Tells whether anybody, we included, owns this place.
    pub(crate) fn anybody_owns(&self, path: &Path) -> bool {
        self.ours.iter().chain(&self.others).any(|entry| entry.touches(path))
    }

    /// Returns the other owners of this place, the latest writer first.
    pub(crate) fn others_at(&self, path: &Path) -> Vec<&Entry<'a>> {
        let mut found: Vec<&Entry<'a>> = self.others.iter().filter(|entry| entry.touches(path)).collect();
        found.sort_by_key(|entry| std::cmp::Reverse(entry.manager.at));
        found
    }
}
