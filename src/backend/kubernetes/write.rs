//! Steps as requests: server-side apply, and deletes pinned by uid. Where only owners change, see `handing`.
//!
//! An apply is sent unforced first. Only a conflict whose causes are exactly what the plan said it would take is
//! answered with force, under the version that was read; everything else is somebody's edit that nobody reviewed.

use super::kinds::nobody_serves;
use super::reply::{Status, Words, why_in, why_silent};
use super::{Kubernetes, addresses};
use crate::backend::http::{APPLY, Call, JSON, NoReply, Reply};
use crate::secret::{Unsent, Wire};
use evenkeel_core::engine::apply::{Precondition, Sending};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{ServedKind, Trouble, Why};
use evenkeel_core::engine::step::{Action, Operation, Outcome, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::TakeOver;
use evenkeel_core::resources::kubernetes::{MANAGER, conflict_is_expected};
use http::Method;
use serde_json::json;
use std::fmt::Write;

/// Whether an apply may take fields from others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    /// Conflicts are answered with 409.
    No,
    /// Fields change hands.
    Yes,
}

/// Whether the server only says what it would do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It does it.
    Real,
    /// It says what it would do.
    DryRun,
}

impl Kubernetes {
    /// Carries out one step.
    pub(super) async fn carry_out(&self, sending: &Sending) -> Outcome {
        let kind = match self.served_soon(&sending.address).await {
            Ok(Some(kind)) => kind,
            Ok(None) => return unserved(sending),
            Err(why) => return Outcome::Refused(why),
        };
        match &sending.action {
            Action::Write { mode, config, wanted: _ } => self.write(&kind, sending, *mode, config).await,
            Action::Confirm { config, wanted: _ } => {
                self.write(&kind, sending, WriteMode::Update, config).await
            }
            Action::Delete { uid } => self.delete(&kind, &sending.address, uid).await,
            Action::Operation(Operation::Evict { uid }) => self.evict(&kind, &sending.address, uid).await,
            Action::Operation(Operation::MigrateManagers { managers, left }) => {
                self.migrate(&kind, sending, (managers, left)).await
            }
            Action::Operation(Operation::Release { environment, left: _ }) => {
                self.release(&kind, sending, environment.as_str()).await
            }
            Action::Operation(
                operation @ (Operation::Restart
                | Operation::Stop { .. }
                | Operation::Cordon
                | Operation::Deallocate { .. }
                | Operation::CarryOffsets { .. }),
            ) => Outcome::Refused(not_ours_to_do(operation)),
            // The journal records it; there is nothing to send.
            Action::Operation(
                Operation::RecordGone
                | Operation::RecordUnseen
                | Operation::RecordOurs { .. }
                | Operation::RecordMovedFrom { from: _ }
                | Operation::RecordMovedTo { to: _ },
            ) => Outcome::Done(Receipt::default()),
        }
    }

    async fn write(&self, kind: &ServedKind, sending: &Sending, mode: WriteMode, config: &Value) -> Outcome {
        let key = &self.reading.key;
        let mut body = match self.sources.fill_in_as_planned(&sending.address, config, key).await {
            Ok(body) => body,
            Err(Unsent::Unread(why)) => return Outcome::Refused(why),
            Err(Unsent::Rotated) => return Outcome::Stale(None),
        };
        pin(&mut body, &sending.precondition);
        let first = self.apply(kind, &sending.address, &body, (Force::No, Effect::Real)).await;
        let reply = match first {
            Ok(reply) if is_expected_conflict(&reply, &sending.takes_over) => {
                self.apply(kind, &sending.address, &body, (Force::Yes, Effect::Real)).await
            }
            first => first,
        };
        let what = format!("apply {}", sending.address);
        let words = Words::about(config);
        match reply {
            Ok(reply) => self.outcome_of_apply(&what, &sending.address, (mode, words), &reply),
            Err(silence) => Outcome::Unknown(why_silent(&what, &silence)),
        }
    }

    /// Sends one server-side apply.
    pub(super) async fn apply(
        &self,
        kind: &ServedKind,
        address: &ResourceId,
        body: &Wire,
        (force, effect): (Force, Effect),
    ) -> Result<Reply, NoReply> {
        let mut url = addresses::object(kind, address.namespace.as_deref(), &address.name);
        let _infallible = write!(url, "?fieldManager={MANAGER}&{}", self.http.timeout());
        if force == Force::Yes {
            url.push_str("&force=true");
        }
        if effect == Effect::DryRun {
            url.push_str("&dryRun=All");
        }
        let content = Some((APPLY, body.expose().to_string().into_bytes()));
        self.http.exchange(Call { method: Method::PATCH, path: &url, accept: JSON, content }).await
    }

    pub(super) fn outcome_of_apply(
        &self,
        what: &str,
        address: &ResourceId,
        (mode, words): (WriteMode, Words),
        reply: &Reply,
    ) -> Outcome {
        match (reply.code, mode) {
            // Server-side apply has no create-only precondition: 200 means that somebody was faster.
            (200, WriteMode::Create) => Outcome::Stale(self.observed(address, &reply.body).ok()),
            (200 | 201, _) => match self.observed(address, &reply.body) {
                Ok(seen) => {
                    let uid = Some(seen.uid.clone());
                    Outcome::Done(Receipt { uid, seen: Some(seen), ..Receipt::default() })
                }
                Err(why) => Outcome::Unknown(why),
            },
            _ => refused(what, reply, words),
        }
    }

    /// Deletes one incarnation. Dependants go in the background, as with kubectl.
    async fn delete(&self, kind: &ServedKind, address: &ResourceId, uid: &Uid) -> Outcome {
        let mut url = addresses::object(kind, address.namespace.as_deref(), &address.name);
        let _infallible = write!(url, "?{}", self.http.timeout());
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
            "preconditions": {"uid": uid.as_str()},
        });
        let content = Some((JSON, options.to_string().into_bytes()));
        let what = format!("delete {address}");
        let call = Call { method: Method::DELETE, path: &url, accept: JSON, content };
        match self.http.exchange(call).await {
            Ok(Reply { code: 200 | 202, body: _, date: _ }) => Outcome::Done(Receipt::default()),
            Ok(reply) if reply.is_not_found() => Outcome::Done(Receipt::default()),
            Ok(reply) => refused(&what, &reply, Words::Quoted),
            Err(silence) => Outcome::Unknown(why_silent(&what, &silence)),
        }
    }

    /// Takes a pod away as its disruption budget allows; what is used up there comes back, so 429 is no refusal.
    async fn evict(&self, kind: &ServedKind, address: &ResourceId, uid: &Uid) -> Outcome {
        let object = addresses::object(kind, address.namespace.as_deref(), &address.name);
        let url = format!("{object}/eviction?{}", self.http.timeout());
        let eviction = json!({
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": {"name": &*address.name, "namespace": address.namespace.as_deref()},
            "deleteOptions": {"preconditions": {"uid": uid.as_str()}},
        });
        let content = Some((JSON, eviction.to_string().into_bytes()));
        let what = format!("evict {address}");
        let call = Call { method: Method::POST, path: &url, accept: JSON, content };
        let done = || Outcome::Done(Receipt { uid: Some(uid.clone()), ..Receipt::default() });
        match self.http.exchange(call).await {
            Ok(Reply { code: 200..=202, body: _, date: _ }) => done(),
            Ok(reply) if reply.is_not_found() => done(),
            // Two budgets over one pod: no eviction of it ever goes through.
            Ok(reply) if reply.code == 500 && reply.status().message.contains("PodDisruptionBudget") => {
                Outcome::Refused(why_in(&what, &reply, Words::Quoted))
            }
            Ok(reply) => refused(&what, &reply, Words::Quoted),
            Err(silence) => Outcome::Unknown(why_silent(&what, &silence)),
        }
    }
}

/// A kind that nobody serves has no objects: there is nothing left to delete, and nothing to write to.
fn unserved(sending: &Sending) -> Outcome {
    match &sending.action {
        Action::Delete { uid: _ }
        | Action::Operation(
            Operation::RecordGone
            | Operation::RecordUnseen
            | Operation::RecordOurs { .. }
            | Operation::RecordMovedFrom { from: _ }
            | Operation::RecordMovedTo { to: _ }
            | Operation::Release { .. },
        ) => Outcome::Done(Receipt::default()),
        Action::Write { .. }
        | Action::Confirm { .. }
        | Action::Operation(
            Operation::MigrateManagers { .. }
            | Operation::Restart
            | Operation::Evict { .. }
            | Operation::Cordon
            | Operation::Deallocate { .. }
            | Operation::Stop { .. }
            | Operation::CarryOffsets { .. },
        ) => Outcome::Refused(nobody_serves(&sending.address.connection, &sending.address.kind)),
    }
}

fn not_ours_to_do(operation: &Operation) -> Why {
    Why { trouble: Trouble::Garbled, message: format!("Kubernetes knows nothing like {operation:?}") }
}

/// Adds what was read a moment ago as the server's precondition.
///
/// The uid goes with the version: a version alone would create the object anew if it has vanished (design-diff.md,
/// "Writes"). That nothing is there cannot be told; the server answers 201 then, and 200 if something was.
fn pin(body: &mut Wire, precondition: &Precondition) {
    if let Precondition::Version(uid, version) = precondition {
        let metadata = &mut body.expose_mut()["metadata"];
        metadata["uid"] = json!(uid.as_str());
        metadata["resourceVersion"] = json!(version);
    }
}

/// Tells whether a conflict names exactly the fields and owners that the plan takes over.
fn is_expected_conflict(reply: &Reply, takes_over: &[TakeOver]) -> bool {
    if reply.code != 409 || takes_over.is_empty() {
        return false;
    }
    let causes = reply.status().details.causes;
    let causes: Vec<(&str, &str)> = causes
        .iter()
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| (cause.field.as_str(), cause.message.as_str()))
        .collect();
    !causes.is_empty() && conflict_is_expected(&causes, takes_over)
}

/// Returns the outcome of a write that was answered with an error.
///
/// 4xx is a refusal: the server says that nothing was done. 429 is one, too, but it will pass, so it counts as
/// unknown and is tried again once it is quiet. 5xx may have had its effect.
fn refused(what: &str, reply: &Reply, words: Words) -> Outcome {
    let why = why_in(what, reply, words);
    match reply.code {
        409 if is_field_conflict(&reply.status()) => Outcome::Refused(why),
        409 | 410 => Outcome::Stale(None),
        422 if reply.status().message.contains("Precondition failed") => Outcome::Stale(None),
        429 | 500..=599 => Outcome::Unknown(why),
        403 if !is_of_rights(&reply.status()) => Outcome::Refused(Why { trouble: Trouble::RuledOut, ..why }),
        400..=499 => Outcome::Refused(why),
        _ => Outcome::Unknown(Why { trouble: Trouble::Garbled, ..why }),
    }
}

/// Tells a right that is missing from an admission rule and a quota, which answer 403 as well.
///
/// Source: `forbiddenMessage` of k8s.io/apiserver, which all authorisers answer with.
fn is_of_rights(status: &Status) -> bool {
    status.reason == "Forbidden"
        && status.message.contains("is forbidden: User \"")
        && status.message.contains("\" cannot ")
}

fn is_field_conflict(status: &Status) -> bool {
    status.reason == "Conflict"
        && status.details.causes.iter().any(|cause| cause.reason == "FieldManagerConflict")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a refusal in these words says about us.
    fn trouble(message: &str) -> Trouble {
        let body = json!({"kind": "Status", "reason": "Forbidden", "message": message}).to_string();
        let reply = Reply { code: 403, body: body.into(), date: None };
        let Outcome::Refused(why) = refused("apply a", &reply, Words::Quoted) else {
            panic!("it is refused")
        };
        why.trouble
    }

    #[test]
    fn a_right_that_is_missing_is_told_from_rules_about_what_is_written() {
        let rights = "configmaps \"a\" is forbidden: User \"app\" cannot patch resource \"configmaps\" in API group \"\" in \
                      the namespace \"graph\"";
        assert_eq!(trouble(rights), Trouble::Forbidden);
        for rule in [
            "admission webhook \"policy.example.org\" denied the request: images cannot be latest",
            "pods \"a\" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2",
            "pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\": privileged",
        ] {
            assert_eq!(trouble(rule), Trouble::RuledOut, "{rule}");
        }
    }
}
