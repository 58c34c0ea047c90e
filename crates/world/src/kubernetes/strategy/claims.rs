//! Claims: protected while in use, of the default class, and fixed once made except for growing.

use super::validate::subdomain;
use super::{Choice, Prepare, add_finalizer, text_at};
use crate::kubernetes::defaults::set_missing;
use crate::kubernetes::error::Invalid;
use crate::kubernetes::object::{Stored, set_at};
use crate::kubernetes::quantity;
use evenkeel_core::engine::value::Value;

pub(super) const PROTECTION: &str = "kubernetes.io/pvc-protection";
/// Fields that take one of a few words.
const CHOICES: &[Choice] = &[Choice { field: &["spec", "volumeMode"], of: &["Block", "Filesystem"] }];
const REQUEST: &[&str] = &["spec", "resources", "requests", "storage"];

pub(super) fn prepare(write: &mut Prepare<'_>) {
    if write.old.is_none() {
        add_finalizer(write.after, PROTECTION);
        set_missing(write.after, &["spec", "storageClassName"], Value::from("standard"));
    }
}

pub(super) fn validate(after: &Value, old: Option<&Stored>) -> Vec<Invalid> {
    let mut found = Vec::new();
    let modes = after.at(&["spec", "accessModes"]).and_then(Value::as_list).unwrap_or_default();
    if modes.is_empty() {
        found.push(Invalid::required("spec.accessModes", "at least 1 access mode is required"));
    }
    if after.at(REQUEST).is_none() {
        found.push(Invalid::required("spec.resources[storage]", ""));
    }
    if after.at(REQUEST).is_some() && quantity::less("0", text_at(after, REQUEST)) != Some(true) {
        let asked = after.at(REQUEST).cloned().unwrap_or_default();
        found.push(Invalid::value("spec.resources[storage]", &asked, "must be greater than zero"));
    }
    let class = after.at(&["spec", "storageClassName"]).filter(|class| class.as_text() != Some(""));
    found.extend(class.and_then(|class| subdomain("spec.storageClassName", class)));
    found.extend(super::choices(after, CHOICES));
    if let Some(old) = old {
        found.extend(moved(after, &old.body));
        let mode = after.at(&["spec", "volumeMode"]);
        if mode != old.body.at(&["spec", "volumeMode"]) {
            found.push(Invalid::value("volumeMode", mode.unwrap_or(&Value::Null), "field is immutable"));
        }
    }
    found
}

/// Only the request of a bound claim may move, and not below what the volume has.
fn moved(after: &Value, before: &Value) -> Vec<Invalid> {
    let bound = text_at(before, &["status", "phase"]) == "Bound";
    // Another spelling of the same amount is no move: seen on 1.36.
    let is_as_much = quantity::less(text_at(after, REQUEST), text_at(before, REQUEST)) == Some(false)
        && quantity::less(text_at(before, REQUEST), text_at(after, REQUEST)) == Some(false);
    let rest = |object: &Value| {
        let mut spec = object.clone();
        if is_as_much || bound && after.at(REQUEST).is_some() {
            set_at(&mut spec, REQUEST, Value::Null);
        }
        if text_at(before, &["spec", "volumeName"]).is_empty() {
            set_at(&mut spec, &["spec", "volumeName"], Value::Null);
        }
        spec.get("spec").cloned()
    };
    let mut found = Vec::new();
    if rest(after) != rest(before) {
        let detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        found.push(Invalid::forbidden("spec", detail));
    }
    let amount = |object: &Value, path: &[&str]| match text_at(object, path) {
        "" => "0".to_owned(),
        text => text.to_owned(),
    };
    let (asked, had) = (amount(after, REQUEST), amount(before, &["status", "capacity", "storage"]));
    let shrinks = quantity::less(&asked, &amount(before, REQUEST)) == Some(true);
    if shrinks && quantity::less(&had, &asked) == Some(false) {
        let detail = "field can not be less than status.capacity";
        found.push(Invalid::forbidden("spec.resources.requests.storage", detail));
    }
    found
}
