//! Who owns which fields of an object: `metadata.managedFields`, read, kept and written as the server does.

use super::fields::FieldSet;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::ApiVersion;
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::engine::verdict::Operation;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::sync::Arc;

/// More update managers than this are folded into one: seen on 1.36.
const MOST_UPDATERS: usize = 10;
/// The name of the one they are folded into.
const ANCIENT: &str = "ancient-changes";

/// The entries of an object, in the order in which the server shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Managers(pub(crate) Vec<Entry>);

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) by: Who,
    /// In which version of the kind the fields are named.
    pub(crate) version: ApiVersion,
    /// When it last changed something; absent where it never did.
    pub(crate) time: Option<Timestamp>,
    pub(crate) fields: FieldSet,
}

/// Who writes, and how: two writes with the same answer share an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Who {
    /// The name that the client gives itself.
    pub name: Arc<str>,
    /// Server-side apply or anything else.
    pub operation: Operation,
    /// The subresource it writes through.
    pub subresource: Option<Arc<str>>,
}

impl Who {
    /// Returns an applier.
    #[must_use]
    pub fn applies(name: &str) -> Self {
        Self { name: Arc::from(name), operation: Operation::Apply, subresource: None }
    }

    /// Returns somebody who writes in any other way.
    #[must_use]
    pub fn updates(name: &str) -> Self {
        Self { name: Arc::from(name), operation: Operation::Update, subresource: None }
    }

    /// Returns the same, writing through a subresource.
    #[must_use]
    pub fn through(self, subresource: &str) -> Self {
        Self { subresource: Some(Arc::from(subresource)), ..self }
    }
}

impl Managers {
    /// Returns the entry of `who`. An applier has one, an updater one for each version of the kind.
    pub(crate) fn get(&self, who: &Who, version: &ApiVersion) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.is_of(who, version))
    }

    /// Replaces the fields of `who` and tells when they were written.
    pub(crate) fn set(&mut self, who: &Who, version: &ApiVersion, fields: FieldSet, time: Option<Timestamp>) {
        self.0.retain(|entry| !entry.is_of(who, version));
        self.0.push(Entry { by: who.clone(), version: version.clone(), time, fields });
    }

    /// Drops empty entries, folds the oldest updaters, and sorts.
    pub(crate) fn tidy(&mut self) {
        self.0.retain(|entry| !entry.fields.is_empty());
        self.0.sort_by(Entry::shown_before);
        let updaters = self.0.iter().filter(|entry| entry.by.operation == Operation::Update).count();
        for _ in MOST_UPDATERS..updaters {
            self.fold_oldest();
        }
        self.0.sort_by(Entry::shown_before);
    }

    /// Folds the two oldest updaters of the same version into one.
    fn fold_oldest(&mut self) {
        let Some(first) = self.0.iter().position(|entry| entry.by.operation == Operation::Update) else {
            return;
        };
        let Some(second) = (first + 1..self.0.len()).find(|at| self.0[*at].version == self.0[first].version)
        else {
            return;
        };
        let newer = self.0.remove(second);
        let older = &mut self.0[first];
        older.by = Who::updates(ANCIENT);
        older.time = older.time.max(newer.time);
        older.fields = std::mem::take(&mut older.fields).union(&newer.fields);
    }

    /// Returns the list with the entries of `from`, except through subresources, folded into the applier `to`, which
    /// gives up `left`.
    pub(crate) fn handed_over(
        &self,
        (from, left): (&[Arc<str>], &[Path]),
        to: &str,
        version: &ApiVersion,
    ) -> Self {
        let to = Who::applies(to);
        let given = |entry: &&Entry| from.contains(&entry.by.name) && entry.by.subresource.is_none();
        let fields = self.0.iter().filter(|entry| given(entry) || entry.by == to);
        let (fields, time) = fields.fold((FieldSet::default(), None), |(fields, time), entry| {
            (fields.union(&entry.fields), time.max(entry.time))
        });
        let given_up = left.iter().fold(FieldSet::default(), |set, place| set.union(&FieldSet::at(&place.0)));
        let fields = fields.minus(&given_up);
        let mut managers = Self(self.0.iter().filter(|entry| !given(entry)).cloned().collect());
        managers.set(&to, version, fields, time);
        managers.tidy();
        managers
    }

    /// Returns the list as it is when nobody owns this field.
    pub(crate) fn without(mut self, path: &[&str]) -> Self {
        for entry in &mut self.0 {
            entry.fields = std::mem::take(&mut entry.fields).without(path);
        }
        self.tidy();
        self
    }

    /// Returns the list as scaling to the number that is there leaves it: each updater's entry falls in two, and the
    /// part that names the number has no time. Seen on 1.36.
    pub(crate) fn split_off(mut self, path: &[&str]) -> Self {
        let split = |entry: &Entry| is_update(entry.by.operation) && entry.fields.holds(path);
        let parts: Vec<Entry> = self.0.iter().filter(|entry| split(entry)).cloned().collect();
        for entry in self.0.iter_mut().filter(|entry| split(entry)) {
            entry.fields = std::mem::take(&mut entry.fields).without(path);
        }
        let fields = FieldSet::of_names(path);
        self.0.extend(parts.into_iter().map(|entry| Entry { time: None, fields: fields.clone(), ..entry }));
        self.tidy();
        self
    }

    /// Returns the list as the next write reads it: of two entries of the same writer the last counts. Seen on 1.36.
    pub(crate) fn read_again(&self) -> Self {
        let is_last = |(at, entry): &(usize, &Entry)| {
            !self.0[at + 1..].iter().any(|later| later.is_of(&entry.by, &entry.version))
        };
        Self(self.0.iter().enumerate().filter(is_last).map(|(_, entry)| entry.clone()).collect())
    }

    /// Tells whether somebody owns this field.
    pub(crate) fn own(&self, path: &[&str]) -> bool {
        self.0.iter().any(|entry| entry.fields.holds(path))
    }

    /// Returns everything that somebody owns.
    pub(crate) fn owned(&self) -> FieldSet {
        self.0.iter().fold(FieldSet::default(), |set, entry| set.union(&entry.fields))
    }

    /// Returns the list as `metadata.managedFields` shows it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::List(self.0.iter().map(Entry::to_value).collect())
    }

    /// Reads `metadata.managedFields`; entries that make no sense spoil the whole, as on the server.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        value.as_list()?.iter().map(Entry::from_value).collect::<Option<Vec<_>>>().map(Self)
    }
}

impl Entry {
    fn is_of(&self, who: &Who, version: &ApiVersion) -> bool {
        self.by == *who && (who.operation == Operation::Apply || self.version == *version)
    }

    /// Appliers first, then by time (no time first), name, version and subresource: seen on 1.36.
    fn shown_before(&self, other: &Self) -> Ordering {
        let seconds = |entry: &Self| entry.time.map_or(i64::MIN, Timestamp::as_second);
        is_update(self.by.operation)
            .cmp(&is_update(other.by.operation))
            .then_with(|| seconds(self).cmp(&seconds(other)))
            .then_with(|| self.by.name.cmp(&other.by.name))
            .then_with(|| self.version.cmp(&other.version))
            .then_with(|| self.by.subresource.cmp(&other.by.subresource))
    }

    fn to_value(&self) -> Value {
        let mut map = Map::from([
            ("manager".to_owned(), Value::from(&*self.by.name)),
            ("operation".to_owned(), Value::from(operation_text(self.by.operation))),
            ("apiVersion".to_owned(), Value::from(self.version.as_str())),
            ("fieldsType".to_owned(), Value::from("FieldsV1")),
            ("fieldsV1".to_owned(), self.fields.to_value()),
        ]);
        if let Some(time) = self.time {
            map.insert("time".to_owned(), Value::from(time_text(time)));
        }
        if let Some(subresource) = &self.by.subresource {
            map.insert("subresource".to_owned(), Value::from(&**subresource));
        }
        Value::Map(map)
    }

    fn from_value(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_text);
        let operation = match text("operation")? {
            "Apply" => Operation::Apply,
            "Update" => Operation::Update,
            _ => return None,
        };
        Some(Self {
            by: Who {
                name: Arc::from(text("manager")?),
                operation,
                subresource: text("subresource").filter(|name| !name.is_empty()).map(Arc::from),
            },
            version: ApiVersion::new(text("apiVersion")?),
            time: text("time").and_then(|time| time.parse().ok()),
            fields: FieldSet::from_value(value.get("fieldsV1")?)?,
        })
    }
}

fn is_update(operation: Operation) -> bool {
    operation == Operation::Update
}

fn operation_text(operation: Operation) -> &'static str {
    match operation {
        Operation::Apply => "Apply",
        Operation::Update => "Update",
    }
}

/// Writes a time as Kubernetes does: UTC, whole seconds.
pub(crate) fn time_text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
