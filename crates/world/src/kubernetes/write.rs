//! The verbs that write: apply, create, replace, merge patch and scale.

use super::error::{ApiError, Invalid};
use super::kinds::{HasScale, KindInfo};
use super::managers::{Managers, Who};
use super::object::{ObjectKey, Stored, meta_text, set_at, set_meta, time};
use super::ownership::Write;
use super::request::{Apply, DryRun, Effect, MergePatch, Scale, Through, Whole, Written};
use super::server::{ApiServer, namespace_of};
use super::spelling::{Fill, stored};
use super::strategy;
use super::typed;
use evenkeel_core::engine::value::{Map, Value};
use std::sync::Arc;

const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

/// A write on its way: what it is about, and what was there.
struct Draft {
    kind: KindInfo,
    key: ObjectKey,
    old: Option<Stored>,
    through: Through,
    dry_run: DryRun,
}

impl ApiServer {
    /// Server-side apply.
    pub fn apply(&mut self, request: Apply) -> Result<Written, ApiError> {
        let Apply { mut object, manager, force, dry_run } = request;
        let kind = self.kind_in(&object)?;
        if object.at(&["metadata", "managedFields"]).is_some_and(|value| *value != Value::Null) {
            return Err(ApiError::bad_request("metadata.managedFields must be nil"));
        }
        let draft = self.draft(&mut object, kind, Through::Object, dry_run)?;
        draft.check_types(&object)?;
        draft.check_version(&object)?;
        let who = Who::applies(&manager);
        let (live, before) = draft.live(self);
        let write = draft.write(&who, self);
        if draft.kind.keeps_status_apart() {
            set_at(&mut object, &["status"], Value::Null);
        }
        let applied = write.apply(&live, &before, &object, force);
        let (after, managers) = applied.map_err(|conflicts| ApiError::owned_by_others(&conflicts))?;
        let after = stored(&after, &draft.kind, Fill::Defaults);
        self.finish(draft, after, managers)
    }

    /// Creates an object that must not be there.
    pub fn create(&mut self, request: Whole) -> Result<Written, ApiError> {
        let Whole { mut object, manager, dry_run } = request;
        let kind = self.kind_in(&object)?;
        let draft = self.draft(&mut object, kind, Through::Object, dry_run)?;
        if draft.old.is_some() {
            return Err(ApiError::already_exists(&draft.key, &draft.kind.plural()));
        }
        if meta_text(&object, "resourceVersion").is_some() {
            return Err(ApiError::bad_request("resourceVersion should not be set on objects to be created"));
        }
        self.update(draft, &object, &Who::updates(&manager))
    }

    /// Replaces an object as a whole.
    pub fn replace(&mut self, request: Whole) -> Result<Written, ApiError> {
        let Whole { mut object, manager, dry_run } = request;
        let kind = self.kind_in(&object)?;
        let draft = self.draft(&mut object, kind, Through::Object, dry_run)?;
        let Some(old) = &draft.old else {
            return Err(ApiError::not_found(&draft.key, &draft.kind.plural()));
        };
        if let Some(uid) = meta_text(&object, "uid").filter(|uid| *uid != old.uid().as_str()) {
            let detail =
                format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", old.uid());
            return Err(ApiError::conflict(&draft.key, &draft.kind.plural(), &detail));
        }
        draft.check_version(&object)?;
        self.update(draft, &object, &Who::updates(&manager))
    }

    /// Merges a patch into an object.
    pub fn merge_patch(&mut self, request: MergePatch) -> Result<Written, ApiError> {
        let MergePatch { key, patch, manager, through, dry_run } = request;
        let kind = self.kind_of(&key.kind)?;
        let missing = ApiError::not_found(&key, &kind.plural());
        let Some(old) = self.objects.get(&key).cloned() else { return Err(missing) };
        let mut object = old.to_value();
        patch_into(&mut object, &patch);
        let draft = Draft { kind, key, old: Some(old), through, dry_run };
        draft.check_version(&object)?;
        let who = Who::updates(&manager);
        let who = if through == Through::Status { who.through("status") } else { who };
        self.update(draft, &object, &who)
    }

    /// Sets `spec.replicas` through the scale subresource.
    ///
    /// The entry it leaves has no time: seen on 1.36.
    pub fn scale(&mut self, request: Scale) -> Result<Written, ApiError> {
        let Scale { key, replicas, manager } = request;
        let kind = self.kind_of(&key.kind)?;
        let missing = ApiError::not_found(&key, &kind.plural());
        let Some(old) = self.objects.get(&key).filter(|_| kind.scale == HasScale::Yes).cloned() else {
            return Err(missing);
        };
        let mut object = old.body.clone();
        set_at(&mut object, &["spec", "replicas"], Value::from(i64::from(replicas)));
        let draft = Draft { kind, key, old: Some(old), through: Through::Object, dry_run: DryRun::Off };
        let who = Who::updates(&manager).through("scale");
        let (live, before) = draft.live(self);
        let mut managers = draft.write(&who, self).update(&live, &before, &object);
        for entry in managers.0.iter_mut().filter(|entry| entry.by == who) {
            entry.time = None;
        }
        managers.tidy();
        self.finish(draft, object, managers)
    }

    fn update(&mut self, draft: Draft, object: &Value, who: &Who) -> Result<Written, ApiError> {
        draft.check_types(object)?;
        let mut after = stored(object, &draft.kind, Fill::Defaults);
        let sent = after.at(&["metadata", "managedFields"]).cloned();
        set_meta(&mut after, "managedFields", Value::Null);
        draft.keep_out_of_reach(&mut after);
        let (live, before) = draft.live_for_update(self);
        let write = draft.write(who, self);
        let managers = match sent_managers(sent.as_ref()) {
            Sent::Reset => Managers::default(),
            Sent::List(sent) => write.update(&live, &sent, &after),
            // Who was not tracked so far stays untracked until the first apply.
            Sent::Nothing if before.0.is_empty() && draft.old.is_some() => before,
            Sent::Nothing => write.update(&live, &before, &after),
        };
        self.finish(draft, after, managers)
    }

    fn draft(
        &self,
        object: &mut Value,
        kind: KindInfo,
        through: Through,
        dry_run: DryRun,
    ) -> Result<Draft, ApiError> {
        let Some(name) = meta_text(object, "name").map(Arc::from) else {
            return Err(ApiError::bad_request("name must be provided"));
        };
        let key = ObjectKey { kind: kind.kind(), namespace: namespace_of(object, &kind), name };
        if let Some(namespace) = &key.namespace {
            set_meta(object, "namespace", Value::from(&**namespace));
        }
        let old = self.objects.get(&key).cloned();
        if old.is_none() {
            self.check_namespace(&key, &kind)?;
        }
        Ok(Draft { kind, key, old, through, dry_run })
    }

    fn check_namespace(&self, key: &ObjectKey, kind: &KindInfo) -> Result<(), ApiError> {
        let Some(namespace) = &key.namespace else { return Ok(()) };
        let home = ObjectKey::new("Namespace", None, namespace);
        let found = self.objects.get(&home).ok_or_else(|| ApiError::not_found(&home, "namespaces"))?;
        if !found.is_deleting() {
            return Ok(());
        }
        let message = format!(
            "{} \"{}\" is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
            kind.plural(),
            key.name
        );
        Err(ApiError::new(403, "Forbidden", message))
    }

    /// Prepares, validates and stores what a write made.
    fn finish(&mut self, draft: Draft, after: Value, managers: Managers) -> Result<Written, ApiError> {
        let effect = if draft.old.is_some() { Effect::Updated } else { Effect::Created };
        let uid = match &draft.old {
            Some(_) => String::new(),
            None => self.random.uid(),
        };
        let body = draft.prepare(after, uid, self)?;
        if let Some(old) = &draft.old
            && is_same(old, &body, &managers)
        {
            return Ok(Written { object: old.to_value(), effect });
        }
        if draft.dry_run == DryRun::On {
            return Ok(Written { object: Stored { body, managers }.to_value(), effect });
        }
        let stored = self.store(draft.key.clone(), body, managers).clone();
        if stored.is_deleting() && stored.finalizers().is_empty() && strategy::may_go(&stored) {
            self.finish_deletion(&draft.key);
        }
        Ok(Written { object: stored.to_value(), effect })
    }

    /// Creates one of the namespaces that are there from the start.
    pub(crate) fn boot_namespace(&mut self, name: &str) {
        let mut object = Value::Map(Map::from([
            ("apiVersion".to_owned(), Value::from("v1")),
            ("kind".to_owned(), Value::from("Namespace")),
        ]));
        set_meta(&mut object, "name", Value::from(name));
        let request = Whole { object, manager: Arc::from("kube-apiserver"), dry_run: DryRun::Off };
        self.create(request).expect("an empty server takes its own namespaces");
    }
}

impl Draft {
    fn write<'a>(&'a self, who: &'a Who, server: &ApiServer) -> Write<'a> {
        let out_of_reach: &[&str] = match self.through {
            Through::Object if self.kind.keeps_status_apart() => &["status"],
            Through::Object | Through::Status => &[],
        };
        Write {
            who,
            version: &self.kind.served.api_version,
            shape: &self.kind.shape,
            now: server.now,
            out_of_reach,
        }
    }

    /// Returns what an apply finds: an object without any managers is first credited to `before-first-apply`.
    fn live(&self, server: &ApiServer) -> (Value, Managers) {
        let (live, managers) = self.live_for_update(server);
        if self.old.is_none() || !managers.0.is_empty() {
            return (live, managers);
        }
        let first = Who::updates("before-first-apply");
        let managers = self.write(&first, server).update(&self.skeleton(), &managers, &live);
        (live, managers)
    }

    fn live_for_update(&self, _server: &ApiServer) -> (Value, Managers) {
        match &self.old {
            Some(old) => (old.body.clone(), old.managers.clone()),
            None => (self.skeleton(), Managers::default()),
        }
    }

    /// Returns the object that holds nothing but what its type always holds.
    fn skeleton(&self) -> Value {
        let mut empty = Value::Map(Map::new());
        set_at(&mut empty, &["apiVersion"], Value::from(self.kind.served.api_version.as_str()));
        set_at(&mut empty, &["kind"], Value::from(&*self.kind.served.kind));
        set_at(&mut empty, &["metadata"], Value::Map(Map::new()));
        stored(&empty, &self.kind, Fill::Nothing)
    }

    /// The applied object must fit its schema: 500, whatever `fieldValidation` says. Seen on 1.36.
    fn check_types(&self, object: &Value) -> Result<(), ApiError> {
        typed::misfit(object, &self.kind.shape).map_or(Ok(()), |misfit| {
            let ApiVersionText { group_version, kind } = ApiVersionText::of(&self.kind);
            let namespace = self.key.namespace.as_deref().unwrap_or_default();
            Err(ApiError::internal(format!(
                "failed to create typed patch object ({namespace}/{}; {group_version}, Kind={kind}): {misfit}",
                self.key.name
            )))
        })
    }

    fn check_version(&self, object: &Value) -> Result<(), ApiError> {
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

    /// Puts back what this way of writing cannot change.
    fn keep_out_of_reach(&self, after: &mut Value) {
        let Some(old) = &self.old else {
            return;
        };
        match self.through {
            Through::Object if self.kind.keeps_status_apart() => {
                set_at(after, &["status"], old.body.get("status").cloned().unwrap_or_default());
            }
            Through::Object => {}
            Through::Status => {
                let status = after.get("status").cloned().unwrap_or_default();
                *after = old.body.clone();
                set_at(after, &["status"], status);
            }
        }
    }

    /// Fills in what only the server writes, and validates.
    fn prepare(&self, mut after: Value, uid: String, server: &ApiServer) -> Result<Value, ApiError> {
        let mut found: Vec<Invalid> = Vec::new();
        match &self.old {
            None => {
                set_meta(&mut after, "uid", Value::from(uid));
                set_meta(&mut after, "creationTimestamp", time(server.now));
                set_meta(&mut after, "deletionTimestamp", Value::Null);
                set_meta(&mut after, "generation", Value::Null);
                set_meta(&mut after, "resourceVersion", Value::Null);
            }
            Some(old) => {
                if let Some(uid) = meta_text(&after, "uid").filter(|uid| *uid != old.uid().as_str()) {
                    let immutable = Invalid::value("metadata.uid", &Value::from(uid), "field is immutable");
                    // The server says so twice: seen on 1.36.
                    found.extend([immutable.clone(), immutable]);
                }
                for field in [
                    "uid",
                    "creationTimestamp",
                    "deletionTimestamp",
                    "deletionGracePeriodSeconds",
                    "generation",
                    "resourceVersion",
                ] {
                    let kept = old.body.at(&["metadata", field]).cloned().unwrap_or_default();
                    set_meta(&mut after, field, kept);
                }
            }
        }
        strategy::prepare(&mut after, self.old.as_ref(), &self.kind, server);
        found.extend(strategy::validate(&after, self.old.as_ref(), &self.kind));
        if found.is_empty() { Ok(after) } else { Err(ApiError::invalid(&self.key, &found)) }
    }
}

/// Group, version and kind as Go prints them: the core group leaves its slash.
struct ApiVersionText {
    group_version: String,
    kind: Arc<str>,
}

impl ApiVersionText {
    fn of(kind: &KindInfo) -> Self {
        let version = &kind.served.api_version;
        Self {
            group_version: format!("{}/{}", version.group(), version.version()),
            kind: kind.served.kind.clone(),
        }
    }
}

/// What a whole object says of its own `managedFields`.
enum Sent {
    Nothing,
    /// `[{}]`: start anew.
    Reset,
    List(Managers),
}

fn sent_managers(sent: Option<&Value>) -> Sent {
    let Some(items) = sent.and_then(Value::as_list).filter(|items| !items.is_empty()) else {
        return Sent::Nothing;
    };
    if items.len() == 1 && items[0].as_map().is_some_and(Map::is_empty) {
        return Sent::Reset;
    }
    sent.and_then(Managers::from_value).map_or(Sent::Nothing, Sent::List)
}

/// Tells whether a write changed nothing: times of managers do not count.
fn is_same(old: &Stored, body: &Value, managers: &Managers) -> bool {
    let untimed = |managers: &Managers| {
        let entries =
            managers.0.iter().map(|entry| (entry.by.clone(), entry.version.clone(), entry.fields.clone()));
        entries.collect::<Vec<_>>()
    };
    old.body == *body && untimed(&old.managers) == untimed(managers)
}

/// RFC 7386: null takes away, maps merge, everything else replaces.
fn patch_into(target: &mut Value, patch: &Value) {
    let Value::Map(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !matches!(target, Value::Map(_)) {
        *target = Value::Map(Map::new());
    }
    let Some(map) = target.as_map_mut() else { return };
    for (key, value) in patch {
        if *value == Value::Null {
            map.remove(key);
        } else {
            patch_into(map.entry(key.clone()).or_default(), value);
        }
    }
}
