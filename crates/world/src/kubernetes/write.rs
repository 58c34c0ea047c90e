//! The verbs that write: apply, create, replace, merge patch and scale.

use super::draft::{Draft, is_same};
use super::error::ApiError;
use super::kinds::{Habit, HasScale, KindInfo};
use super::managers::{Managers, Who};
use super::object::{ObjectKey, Stored, meta_text, set_at, set_meta};
use super::request::{Apply, DryRun, Effect, MergePatch, Scale, Through, Whole, Written};
use super::server::{ApiServer, namespace_of};
use super::spelling::{Fill, as_compared, stored};
use super::strategy;
use evenkeel_core::engine::value::{Map, Value};
use std::sync::Arc;

const REPLICAS: &[&str] = &["spec", "replicas"];

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
        let (live, before) = draft.live(self.now);
        let write = draft.write(&who, self.now);
        if draft.kind.keeps_status_apart() {
            set_at(&mut object, &["status"], Value::Null);
        }
        let applied = write.apply(&live, &before, &object, force);
        let (after, managers) = applied.map_err(|conflicts| ApiError::owned_by_others(&conflicts))?;
        draft.check_readable(&after).map_err(|why| draft.unconverted(&why))?;
        let after = stored(&after, &draft.kind, Fill::Defaults);
        self.finish(&draft, after, managers)
    }

    /// Creates an object that must not be there.
    pub fn create(&mut self, request: Whole) -> Result<Written, ApiError> {
        let Whole { mut object, manager, dry_run } = request;
        let kind = self.kind_in(&object)?;
        let draft = self.draft(&mut object, kind, Through::Object, dry_run)?;
        if draft.old.is_some() {
            return Err(ApiError::already_exists(&draft.key, &draft.kind.plural()));
        }
        draft.check_readable(&object).map_err(ApiError::bad_request)?;
        if meta_text(&object, "resourceVersion").is_some() {
            return Err(ApiError::bad_request("resourceVersion should not be set on objects to be created"));
        }
        self.update(&draft, &object, &Who::updates(&manager))
    }

    /// Replaces an object as a whole.
    pub fn replace(&mut self, request: Whole) -> Result<Written, ApiError> {
        let Whole { mut object, manager, dry_run } = request;
        let kind = self.kind_in(&object)?;
        let draft = self.draft(&mut object, kind, Through::Object, dry_run)?;
        draft.check_readable(&object).map_err(ApiError::bad_request)?;
        let Some(old) = &draft.old else {
            // Services may be created by PUT, for reasons of history: seen on 1.36.
            if &*draft.kind.served.kind == "Service" {
                return self.update(&draft, &object, &Who::updates(&manager));
            }
            return Err(ApiError::not_found(&draft.key, &draft.kind.plural()));
        };
        draft.check_conditional(&object)?;
        if let Some(uid) = meta_text(&object, "uid").filter(|uid| *uid != old.uid().as_str()) {
            let detail =
                format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", old.uid());
            return Err(ApiError::conflict(&draft.key, &draft.kind.plural(), &detail));
        }
        draft.check_version(&object)?;
        self.update(&draft, &object, &Who::updates(&manager))
    }

    /// Merges a patch into an object.
    pub fn merge_patch(&mut self, request: MergePatch) -> Result<Written, ApiError> {
        let MergePatch { key, patch, manager, through, dry_run } = request;
        let kind = self.kind_of(&key.kind)?;
        let missing = ApiError::not_found(&key, &kind.plural());
        let Some(old) = self.objects.get(&key).cloned() else { return Err(missing) };
        let mut object = old.to_value();
        patch_into(&mut object, &patch);
        // A patch may take the kind away, as the address still names it, but not the version: seen on 1.36.
        if object.get("kind").is_none() {
            set_at(&mut object, &["kind"], Value::from(&*kind.served.kind));
        }
        if ["apiVersion", "kind"].iter().any(|field| object.get(field) != old.body.get(field))
            || meta_text(&object, "name") != Some(&*key.name)
        {
            return Err(ApiError::bad_request("the patched object is another one"));
        }
        let draft = Draft { kind, key, old: Some(old), through, dry_run };
        draft.check_readable(&object).map_err(|why| ApiError::unreadable_patch(&object, &why))?;
        draft.check_version(&object)?;
        let who = Who::updates(&manager);
        let who = if through == Through::Status { who.through("status") } else { who };
        self.update(&draft, &object, &who)
    }

    /// Sets `spec.replicas` through the scale subresource.
    ///
    /// The entry it leaves has no time, and where nobody owned the number it leaves none: seen on 1.36.
    pub fn scale(&mut self, request: Scale) -> Result<Written, ApiError> {
        let Scale { key, replicas, manager } = request;
        let kind = self.kind_of(&key.kind)?;
        let missing = ApiError::not_found(&key, &kind.plural());
        let Some(old) = self.objects.get(&key).filter(|_| kind.scale == HasScale::Yes).cloned() else {
            return Err(missing);
        };
        let mut object = old.body.clone();
        set_at(&mut object, REPLICAS, Value::from(i64::from(replicas)));
        let draft = Draft { kind, key, old: Some(old), through: Through::Object, dry_run: DryRun::Off };
        let who = Who::updates(&manager).through("scale");
        let (live, before) = draft.found();
        let mut managers = draft.write(&who, self.now).update(&live, &before, &object);
        for entry in managers.0.iter_mut().filter(|entry| entry.by == who) {
            entry.time = None;
        }
        managers.tidy();
        let managers = match (before.own(REPLICAS), replicas) {
            (false, _) => before,
            (true, _) if live.at(REPLICAS) == object.at(REPLICAS) => before.split_off(REPLICAS),
            // Zero is not written in a Scale, so that everybody lets go.
            (true, 0) => managers.without(REPLICAS),
            (true, _) => managers,
        };
        self.finish(&draft, object, managers)
    }

    fn update(&mut self, draft: &Draft, object: &Value, who: &Who) -> Result<Written, ApiError> {
        let mut after = as_compared(object, &draft.kind);
        let sent = object.at(&["metadata", "managedFields"]).cloned();
        set_meta(&mut after, "managedFields", Value::Null);
        draft.keep_out_of_reach(&mut after);
        let (live, before) = draft.found();
        let write = draft.write(who, self.now);
        let managers = match sent_managers(sent.as_ref(), draft.kind.habit) {
            Sent::Reset => Managers::default(),
            Sent::List(sent) => write.update(&live, &sent, &after),
            // Who was not tracked so far stays untracked until the first apply.
            Sent::Nothing if before.0.is_empty() && draft.old.is_some() => before,
            Sent::Nothing => write.update(&live, &before, &after),
        };
        let after = stored(&after, &draft.kind, Fill::Defaults);
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
    fn finish(&mut self, draft: &Draft, after: Value, managers: Managers) -> Result<Written, ApiError> {
        let effect = if draft.old.is_some() { Effect::Updated } else { Effect::Created };
        // What a dry run or a refused write draws is drawn again by the next.
        let mut random = self.random.clone();
        let body = draft.prepare(after, &mut random, self.now)?;
        if let Some(old) = &draft.old
            && is_same(old, &body, &managers)
        {
            return Ok(Written { object: old.to_value(), effect });
        }
        if draft.dry_run == DryRun::On {
            return Ok(Written { object: Stored { body, managers }.to_value(), effect });
        }
        self.random = random;
        let stored = self.store(&draft.key, body, managers).clone();
        self.definition_changed(&draft.key);
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

/// What a whole object says of its own `managedFields`.
enum Sent {
    Nothing,
    /// Start anew: `[{}]`, and at built-in kinds `[]` as well. Seen on 1.36.
    Reset,
    List(Managers),
}

fn sent_managers(sent: Option<&Value>, habit: Habit) -> Sent {
    let Some(items) = sent.and_then(Value::as_list) else { return Sent::Nothing };
    match items {
        [] if habit == Habit::BuiltIn => return Sent::Reset,
        [] => return Sent::Nothing,
        [only] if only.as_map().is_some_and(Map::is_empty) => return Sent::Reset,
        _ => {}
    }
    sent.and_then(Managers::from_value).map_or(Sent::Nothing, Sent::List)
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
