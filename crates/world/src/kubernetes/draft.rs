//! A write on its way into the store: what it finds, whether it may, and what the server adds.

use super::custom;
use super::error::{ApiError, Invalid};
use super::fit;
use super::kinds::{Habit, KindInfo};
use super::managers::{Managers, Who};
use super::object::{ObjectKey, Stored, meta_text, set_at, set_meta, texts, time};
use super::ownership::Write;
use super::readable::unreadable;
use super::request::{DryRun, Through};
use super::spelling::{Fill, stored};
use super::strategy::{self, Prepare};
use crate::random::Random;
use evenkeel_core::engine::value::{Map, Value};
use jiff::Timestamp;
use std::sync::Arc;

const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

/// A write on its way: what it is about, and what was there.
pub(crate) struct Draft {
    pub(crate) kind: KindInfo,
    pub(crate) key: ObjectKey,
    pub(crate) old: Option<Stored>,
    pub(crate) through: Through,
    pub(crate) dry_run: DryRun,
}

impl Draft {
    pub(super) fn write<'a>(&'a self, who: &'a Who, now: Timestamp) -> Write<'a> {
        let out_of_reach: &[&str] = match self.through {
            Through::Object if self.kind.keeps_status_apart() => &["status"],
            Through::Object | Through::Status => &[],
        };
        Write { who, version: &self.kind.served.api_version, shape: &self.kind.shape, now, out_of_reach }
    }

    /// Returns what an apply finds: an object without any managers is first credited to `before-first-apply`.
    pub(super) fn live(&self, now: Timestamp) -> (Value, Managers) {
        let (live, managers) = self.found();
        if self.old.is_none() || !managers.0.is_empty() {
            return (live, managers);
        }
        let first = Who::updates("before-first-apply");
        let managers = self.write(&first, now).update(&self.skeleton(), &managers, &live);
        (live, managers)
    }

    /// Returns what is there, or what a new object holds before anybody writes to it.
    pub(super) fn found(&self) -> (Value, Managers) {
        match &self.old {
            Some(old) => (old.body.clone(), old.managers.read_again()),
            None => (self.skeleton(), Managers::default()),
        }
    }

    /// Returns the object that holds nothing but what its type always holds.
    pub(super) fn skeleton(&self) -> Value {
        let mut empty = Value::Map(Map::new());
        set_at(&mut empty, &["apiVersion"], Value::from(self.kind.served.api_version.as_str()));
        set_at(&mut empty, &["kind"], Value::from(&*self.kind.served.kind));
        set_at(&mut empty, &["metadata"], Value::Map(Map::new()));
        stored(&empty, &self.kind, Fill::Nothing)
    }

    /// The applied object must fit its schema: 500, whatever `fieldValidation` says. Seen on 1.36.
    pub(super) fn check_types(&self, object: &Value) -> Result<(), ApiError> {
        fit::misfit(object, &self.kind.shape).map_or(Ok(()), |misfit| {
            Err(ApiError::internal(format!(
                "failed to create typed patch object ({}): {misfit}",
                self.typed_name()
            )))
        })
    }

    /// What is written to a built-in kind must be readable into its Go type. Nothing but its schema says what a custom
    /// resource may hold.
    pub(super) fn check_readable(&self, object: &Value) -> Result<(), String> {
        let why = match self.kind.habit {
            Habit::BuiltIn => unreadable(object, &self.kind.shape),
            Habit::Custom => None,
        };
        why.map_or(Ok(()), |why| {
            let (kind, api_version) = (&self.kind.served.kind, &self.kind.served.api_version);
            Err(format!(
                "{kind} in version \"{}\" cannot be handled as a {kind}: {why}",
                api_version.version()
            ))
        })
    }

    /// What an applied object that fits its schema, but not its Go type, is answered with: 500. Seen on 1.36.
    pub(super) fn unconverted(&self, why: &str) -> ApiError {
        ApiError::internal(format!(
            "failed to convert new object ({}) to proper version: {why}",
            self.typed_name()
        ))
    }

    fn typed_name(&self) -> String {
        let ApiVersionText { group_version, kind } = ApiVersionText::of(&self.kind);
        let namespace = self.key.namespace.as_deref().unwrap_or_default();
        format!("{namespace}/{}; {group_version}, Kind={kind}", self.key.name)
    }

    pub(super) fn check_version(&self, object: &Value) -> Result<(), ApiError> {
        let version = meta_text(object, "resourceVersion");
        match (&self.old, version) {
            (Some(old), Some(version)) if version != old.version() => {
                Err(ApiError::conflict(&self.key, &self.kind.plural(), MODIFIED))
            }
            // A version alone re-creates what vanished, a uid does not: seen on 1.36.
            (None, _) => match meta_text(object, "uid") {
                Some(uid) => {
                    let detail = format!(
                        "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
                    );
                    Err(ApiError::conflict(&self.key, &self.kind.plural(), &detail))
                }
                None => Ok(()),
            },
            (Some(_), _) => Ok(()),
        }
    }

    /// Custom resources and their definitions are not replaced without saying which version: seen on 1.36.
    pub(super) fn check_conditional(&self, object: &Value) -> Result<(), ApiError> {
        let conditional =
            self.kind.habit == Habit::Custom || &*self.kind.served.kind == "CustomResourceDefinition";
        if !conditional || meta_text(object, "resourceVersion").is_some() {
            return Ok(());
        }
        let missing =
            Invalid::value("metadata.resourceVersion", &Value::from(0), "must be specified for an update");
        Err(ApiError::invalid(&self.key, &self.kind.called(), &[missing]))
    }

    /// Puts back what this way of writing cannot change.
    pub(super) fn keep_out_of_reach(&self, after: &mut Value) {
        let before = self.found().0;
        match self.through {
            Through::Object if self.kind.keeps_status_apart() => {
                set_at(after, &["status"], before.get("status").cloned().unwrap_or_default());
            }
            Through::Object => {}
            Through::Status => {
                let status = after.get("status").cloned().unwrap_or_default();
                *after = before;
                set_at(after, &["status"], status);
            }
        }
    }

    /// Fills in what only the server writes, and validates.
    pub(super) fn prepare(
        &self,
        mut after: Value,
        random: &mut Random,
        now: Timestamp,
    ) -> Result<Value, ApiError> {
        let mut found = self.moved_uid(&after);
        found.extend(self.new_finalizers(&after));
        for field in SERVER_SET {
            let kept = self.old.as_ref().and_then(|old| old.body.at(&["metadata", field])).cloned();
            set_meta(&mut after, field, kept.unwrap_or_default());
        }
        if self.old.is_none() {
            set_meta(&mut after, "uid", Value::from(random.uid()));
            set_meta(&mut after, "creationTimestamp", time(now));
        }
        let (old, kind) = (self.old.as_ref(), &self.kind);
        strategy::prepare(&mut Prepare { after: &mut after, old, kind, random });
        found.extend(strategy::validate(&after, old, kind));
        if kind.habit == Habit::Custom {
            found.extend(custom::violations(&after, &kind.schema));
        }
        if found.is_empty() { Ok(after) } else { Err(ApiError::invalid(&self.key, &kind.called(), &found)) }
    }

    /// What is being deleted takes no new finalizers; the server says that twice as well: seen on 1.36.
    fn new_finalizers(&self, after: &Value) -> Vec<Invalid> {
        let Some(old) = self.old.as_ref().filter(|old| old.is_deleting()) else { return Vec::new() };
        let before = old.finalizers();
        let mut new = texts(after.at(&["metadata", "finalizers"]));
        new.retain(|finalizer| !before.contains(finalizer));
        if new.is_empty() {
            return Vec::new();
        }
        let detail = format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
            new.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
        );
        vec![Invalid::forbidden("metadata.finalizers", &detail); 2]
    }

    /// The server says twice that a uid does not change: seen on 1.36.
    fn moved_uid(&self, after: &Value) -> Vec<Invalid> {
        let Some(old) = &self.old else { return Vec::new() };
        let Some(uid) = meta_text(after, "uid").filter(|uid| *uid != old.uid().as_str()) else {
            return Vec::new();
        };
        vec![Invalid::value("metadata.uid", &Value::from(uid), "field is immutable"); 2]
    }
}

/// Fields of metadata that no client changes.
const SERVER_SET: [&str; 6] = [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
];

/// Group, version and kind as Go prints them: the core group leaves its slash.
struct ApiVersionText {
    group_version: String,
    kind: Arc<str>,
}

impl ApiVersionText {
    pub(super) fn of(kind: &KindInfo) -> Self {
        let version = &kind.served.api_version;
        Self {
            group_version: format!("{}/{}", version.group(), version.version()),
            kind: kind.served.kind.clone(),
        }
    }
}

/// Tells whether a write changed nothing: times of managers do not count.
pub(super) fn is_same(old: &Stored, body: &Value, managers: &Managers) -> bool {
    let untimed = |managers: &Managers| {
        let entries =
            managers.0.iter().map(|entry| (entry.by.clone(), entry.version.clone(), entry.fields.clone()));
        entries.collect::<Vec<_>>()
    };
    old.body == *body && untimed(&old.managers) == untimed(managers)
}
