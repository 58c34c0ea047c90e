//! What a comparison says of one resource: the one source of text, exit code and steps.
//!
//! Drift with an empty difference cannot exist, because there is no other place where drift is decided.

use super::path::Path;
use super::value::{Value, present};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The one verdict on a resource that is wanted and seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to do.
    Same,
    /// Every value is as wanted, but the record of who owns what is not: a step, not a change.
    Own(Vec<Path>),
    /// Something would change.
    Differs(Difference),
    /// Reading alone cannot tell; a dry run, or the step `confirm`, will.
    Undecided(Vec<Doubt>),
}

/// What would change, field by field, in the order of the specs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The fields that differ; never empty.
    pub fields: Vec<FieldChange>,
    /// Which fields the write takes from whom; forced only if the server's conflict names exactly these.
    pub takes_over: Vec<TakeOver>,
    /// Places where reading alone cannot tell, beside the real differences.
    pub doubts: Vec<Doubt>,
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// Where.
    pub path: Path,
    /// What is live; absent if the field is not there.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub live: Option<Value>,
    /// What is wanted; absent if the field goes.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Value>,
    /// How it came about.
    pub cause: Cause,
}

/// How a difference came about, and so what may be done about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// Git says something else than what we applied last.
    SpecEdited,
    /// We applied it, and somebody changed it by hand since. Healed.
    Drifted(Writer),
    /// Git says something else than what we applied last, and somebody changed it by hand since. Git's wish wins.
    EditedOverDrift(Writer),
    /// Another controller writes this field. Held until people say whose it is.
    Contested(Writer),
    /// Nothing in the ledger tells that this field was ever ours. Held until adopted.
    NeverOurs(Writer),
    /// We no longer want it, but our record of owning it is lost, so the server would keep it. Held.
    EntryLost,
}

/// Who wrote a field last, as the system tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Writer {
    /// The system keeps no author for this field.
    Unknown,
    /// The system keeps no author for anything: Kafka.
    Unrecorded,
    /// A field manager of Kubernetes.
    Manager(Manager),
}

/// An entry of `managedFields`, without its fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manager {
    /// The name that the client gave itself.
    pub name: Arc<str>,
    /// `Apply` or `Update`.
    pub operation: Operation,
    /// The subresource it wrote through (`scale`), if any.
    pub subresource: Option<Arc<str>>,
    /// When it wrote last.
    pub at: Option<Timestamp>,
}

/// The two ways in which a field manager writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// Server-side apply.
    Apply,
    /// Anything else.
    Update,
}

impl fmt::Display for Writer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => out.write_str("unknown manager"),
            Self::Unrecorded => out.write_str("nobody that is recorded"),
            Self::Manager(manager) => {
                out.write_str(&manager.name)?;
                match &manager.subresource {
                    Some(subresource) => write!(out, " ({subresource})"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// A field that a write takes from another owner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TakeOver {
    /// The field.
    pub path: Path,
    /// Its owner's name, as the server's conflict quotes it.
    pub manager: Arc<str>,
}

/// A place where reading alone cannot tell, and why; the documented classes of design-diff.md.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Doubt {
    /// Where.
    pub path: Path,
    /// Why.
    pub class: DoubtClass,
}

/// Why reading alone cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DoubtClass {
    /// A removed field falls back to a default that depends on other fields.
    ConditionalDefault,
    /// The server allocates the value or carries it over.
    ServerSet,
    /// Null in a custom resource.
    NullInCustomResource,
    /// The last item of a list whose default is a list.
    DefaultList,
    /// A key inside an atomic value that Git does not have.
    AtomicExtra,
    /// Our entry was written at another version of the kind.
    OtherVersion,
    /// The kind's schema could not be read.
    NoSchema,
    /// The source of a secret could not be read; live is as the last apply left it, as far as anybody remembers.
    SecretUnread,
}
