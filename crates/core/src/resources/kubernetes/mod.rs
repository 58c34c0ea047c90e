//! Kubernetes objects: how they are normalised, read, compared and remembered (design-diff.md).
//!
//! ```text
//!  manifest ─▶ normalise ─▶ Normal ─┐
//!                                   ├─▶ compare ─▶ Verdict        schema: structure, defaults
//!  answer ──▶ observe ───▶ Seen ────┘      │                      owners: managedFields
//!                                          └─ walk, removal, ownership, whose
//! ```
//!
//! Every leaf of the manifest is compared with live; our managedFields entry decides only removal and ownership.

mod atomic;
mod backup;
mod canonical;
mod compare;
mod conflicts;
mod data;
mod defaults;
mod fields;
mod handover;
mod ignored;
mod immutable;
pub mod import;
mod migration;
mod names;
mod normal;
mod normalise;
mod observe;
mod order;
mod outlook;
mod own_source;
mod owners;
mod ownership;
mod projection;
pub mod quota;
mod readiness;
mod release;
mod remember;
mod removal;
pub mod schema;
mod shape;
mod sketches;
mod structure;
#[cfg(test)]
mod tests;
mod trail;
mod walk;
mod whose;

pub use backup::backed_up_at;
pub use canonical::thousandths;
pub use compare::{compare, compare_projected, takes_over_from};
pub use conflicts::conflict_is_expected;
pub use data::holds_data;
pub use handover::hand_over;
pub use ignored::left_to_others;
pub use immutable::{immutable, migration};
pub use migration::{Legacy, migrations};
pub use names::{kind_trouble, name_trouble, namespace_trouble, version_trouble};
pub use normal::{Normal, Refusal, RefusalReason};
pub use normalise::{MARKER, normalise};
pub use observe::{Expected, Lens, ObserveError, observe, observe_value};
pub use order::order;
pub use outlook::{
    becomes_ready, being_deleted, builtin_kind, claimed_by_another, is_marked, reach, risk, risk_of_deletion,
};
pub use own_source::lost_sources;
pub use owners::{MANAGER, managers};
pub use readiness::readiness;
pub use release::{Marker, Released, release, sketch_released};
pub use remember::remember;
pub use schema::{KindTable, builtin, builtin_kinds};
pub use shape::Shape;
pub use sketches::{sketch_seen, sketch_wanted};
pub use structure::{Stands, Structure, structure};
pub use whose::is_person;
