//! Steps: one request each, with the precondition that was read right before, and what its end tells.

use super::reading::{request, without_references};
use super::settled::operated;
use super::{Sandbox, why};
use crate::faults::{Fault, Verb};
use crate::kubernetes::{
    ApiError, Apply, Delete, DryRun, Effect, Evict, Force, MergePatch, ObjectKey, Propagation, Through,
    Written,
};
use evenkeel_core::engine::id::{ResourceId, System, Uid};
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::step::{Action, Operation, Outcome, Receipt, WriteMode};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::engine::verdict::TakeOver;
use evenkeel_core::resources::kubernetes::{MARKER, Marker, Released, conflict_is_expected, release};
use std::sync::Arc;

/// The name under which we write.
pub(super) const MANAGER: &str = "evenkeel";

/// A step on its way.
#[derive(Clone, Copy, Debug)]
pub struct Send<'a> {
    /// To which resource.
    pub address: &'a ResourceId,
    /// What is done.
    pub action: &'a Action,
    /// The configuration to write, secrets in the clear; the one of the action where there is none in it.
    pub revealed: Option<&'a Value>,
    /// The incarnation and version that were read right before; absent where nothing was.
    pub precondition: Option<(&'a Uid, &'a str)>,
    /// Fields that may be taken, and from whom.
    pub takes_over: &'a [TakeOver],
}

impl Sandbox {
    /// Sends a step, once.
    pub fn send(&mut self, send: &Send<'_>) -> Outcome {
        let what = format!("write {}", send.address);
        let lost = match self.strike(request(send.address, Verb::Write), &what) {
            Ok(lost) => lost,
            Err((Fault::Unauthorized | Fault::Forbidden, why)) => return Outcome::Refused(why),
            Err((Fault::Conflict, _)) => return Outcome::Stale(None),
            Err((_, why)) => return Outcome::Unknown(why),
        };
        let outcome = self.carry_out(send);
        match lost {
            None => outcome,
            Some(fault) => Outcome::Unknown(why(fault, &what)),
        }
    }

    fn carry_out(&mut self, send: &Send<'_>) -> Outcome {
        match send.action {
            Action::Write { mode, config, wanted: _ } => self.write_to(send, *mode, config),
            Action::Confirm { config, wanted: _ } => self.write_to(send, WriteMode::Update, config),
            Action::Delete { uid } => match send.address.system {
                System::Kubernetes => self.delete_pinned(send.address, uid),
                System::Kafka => self.kafka_delete(send.address, uid),
                System::Connect => self.connect_delete(send.address),
                System::Neo4j => self.neo4j_delete(send.address, uid),
            },
            Action::Operation(operation) if send.address.system != System::Kubernetes => {
                match send.address.system {
                    System::Connect => self.connect_operate(send, operation),
                    System::Neo4j => self.neo4j_operate(send, operation),
                    System::Kubernetes | System::Kafka => operated(send, operation),
                }
            }
            Action::Operation(Operation::MigrateManagers { managers, left }) => {
                self.migrate(send, managers, left)
            }
            Action::Operation(Operation::Release { environment, left: _ }) => {
                self.release(send, environment.as_str())
            }
            Action::Operation(Operation::Evict { uid }) => self.evict(send.address, uid),
            Action::Operation(
                Operation::Restart
                | Operation::Cordon
                | Operation::Deallocate { moves: _ }
                | Operation::Stop { left: _ }
                | Operation::CarryOffsets { from: _, own: _ },
            ) => Outcome::Refused(Why {
                trouble: Trouble::Garbled,
                message: "nothing of Kubernetes is started, stopped or moved on".to_owned(),
            }),
            Action::Operation(
                Operation::RecordGone
                | Operation::RecordUnseen
                | Operation::RecordOurs { .. }
                | Operation::RecordMovedFrom { from: _ }
                | Operation::RecordMovedTo { to: _ },
            ) => Outcome::Done(Receipt::default()),
        }
    }

    fn write_to(&mut self, send: &Send<'_>, mode: WriteMode, config: &Value) -> Outcome {
        match send.address.system {
            System::Kubernetes => self.write(send, mode, config),
            System::Kafka => self.kafka_write(send, mode, config),
            System::Connect => self.connect_write(send, mode, config),
            System::Neo4j => self.neo4j_write(send, mode, config),
        }
    }

    fn write(&mut self, send: &Send<'_>, mode: WriteMode, config: &Value) -> Outcome {
        let mut object = without_references(send.revealed.unwrap_or(config));
        if let Some((uid, version)) = send.precondition {
            pin(&mut object, uid.as_str(), version);
        }
        let apply = Apply { object, manager: Arc::from(MANAGER), force: Force::No, dry_run: DryRun::Off };
        let forced = Apply { force: Force::Yes, ..apply.clone() };
        let answer = match self.server().apply(apply) {
            Err(error) if is_expected(&error, send.takes_over) => self.server().apply(forced),
            answer => answer,
        };
        match answer {
            // An apply cannot ask to create only: 200 tells that something appeared meanwhile.
            Ok(Written { object, effect: Effect::Updated }) if mode == WriteMode::Create => {
                Outcome::Stale(Some(self.seen(send.address.clone(), object)))
            }
            Ok(Written { object, effect: _ }) => self.done(send.address, object),
            Err(error) => refused(send.address, &error),
        }
    }

    fn done(&self, address: &ResourceId, object: Value) -> Outcome {
        let seen = self.seen(address.clone(), object);
        Outcome::Done(Receipt { uid: Some(seen.uid.clone()), seen: Some(seen), ..Receipt::default() })
    }

    fn delete_pinned(&mut self, address: &ResourceId, uid: &Uid) -> Outcome {
        let request = Delete {
            key: ObjectKey::from(address),
            uid: Some(uid.clone()),
            version: None,
            propagation: Propagation::Background,
        };
        match self.server().delete(&request) {
            Ok(_) | Err(ApiError { code: 404, .. }) => Outcome::Done(Receipt::default()),
            Err(error) => refused(address, &error),
        }
    }

    /// Takes a pod away as its disruption budget allows; what is used up there comes back.
    fn evict(&mut self, address: &ResourceId, uid: &Uid) -> Outcome {
        let request = Evict { key: ObjectKey::from(address), uid: Some(uid.clone()) };
        match self.server().evict(&request) {
            Ok(_) | Err(ApiError { code: 404, .. }) => {
                Outcome::Done(Receipt { uid: Some(uid.clone()), ..Receipt::default() })
            }
            Err(error) => match (refused(address, &error), error.code) {
                (Outcome::Refused(why), 429) => Outcome::Unknown(why),
                // Two budgets over one pod: no eviction of it ever goes through.
                (Outcome::Unknown(why), 500) => Outcome::Refused(why),
                (outcome, _) => outcome,
            },
        }
    }

    /// Hands the entries of other tools to ours: one write of `managedFields`, under the version that was read.
    fn migrate(&mut self, send: &Send<'_>, managers: &[Arc<str>], left: &[Path]) -> Outcome {
        let key = ObjectKey::from(send.address);
        let list = match self.server().migrated(&key, (managers, left), MANAGER) {
            Ok(list) => list,
            Err(error) => return refused(send.address, &error),
        };
        let mut patch = Value::Map(Map::new());
        if let Some(metadata) = metadata(&mut patch) {
            metadata.insert("managedFields".to_owned(), list);
        }
        self.patch(send, patch)
    }

    /// Lets go of an object: our label and our entry go in one write, under the version that was read.
    fn release(&mut self, send: &Send<'_>, environment: &str) -> Outcome {
        let live = match self.server().get(&ObjectKey::from(send.address)) {
            Ok(live) => live,
            Err(error) => return refused(send.address, &error),
        };
        let Some(Released { entries, marker }) = release(&live, environment) else {
            return self.done(send.address, live);
        };
        let mut patch = Value::Map(Map::new());
        if let Some(metadata) = metadata(&mut patch) {
            metadata.insert("managedFields".to_owned(), entries);
            if marker == Marker::Carried {
                let none = Map::from([(MARKER.to_owned(), Value::Null)]);
                metadata.insert("labels".to_owned(), Value::Map(none));
            }
        }
        self.patch(send, patch)
    }

    /// Sends one patch of an object's metadata, under the version that was read.
    fn patch(&mut self, send: &Send<'_>, mut patch: Value) -> Outcome {
        if let Some((uid, version)) = send.precondition {
            pin(&mut patch, uid.as_str(), version);
        }
        let request = MergePatch {
            key: ObjectKey::from(send.address),
            patch,
            manager: Arc::from(MANAGER),
            through: Through::Object,
            dry_run: DryRun::Off,
        };
        match self.server().merge_patch(request) {
            Ok(written) => self.done(send.address, written.object),
            Err(error) => refused(send.address, &error),
        }
    }
}

fn metadata(object: &mut Value) -> Option<&mut Map> {
    object.as_map_mut()?.entry("metadata".to_owned()).or_insert_with(|| Value::Map(Map::new())).as_map_mut()
}

fn pin(object: &mut Value, uid: &str, version: &str) {
    if let Some(metadata) = metadata(object) {
        metadata.insert("uid".to_owned(), Value::from(uid));
        metadata.insert("resourceVersion".to_owned(), Value::from(version));
    }
}

/// Tells whether a conflict names nothing but what the plan said it would take; the shell asks the same.
fn is_expected(error: &ApiError, takes_over: &[TakeOver]) -> bool {
    let conflicts = error.causes.iter().filter(|cause| cause.reason == "FieldManagerConflict");
    let conflicts: Vec<(&str, &str)> = conflicts.map(|cause| (&*cause.field, &*cause.message)).collect();
    !conflicts.is_empty() && conflict_is_expected(&conflicts, takes_over)
}

/// Returns what an answer with an error means: 4xx did nothing, 5xx may have.
fn refused(address: &ResourceId, error: &ApiError) -> Outcome {
    let field_conflict = error.causes.iter().any(|cause| cause.reason == "FieldManagerConflict");
    let other_uid = error.causes.iter().any(|cause| cause.field == "metadata.uid");
    let trouble = if error.code == 403 { Trouble::Forbidden } else { Trouble::Garbled };
    let why = Why { trouble, message: format!("{address}: {} {}", error.code, error.message) };
    match error.code {
        409 if field_conflict => Outcome::Refused(why),
        409 | 410 => Outcome::Stale(None),
        422 if other_uid => Outcome::Stale(None),
        400..=499 => Outcome::Refused(why),
        _ => Outcome::Unknown(why),
    }
}
