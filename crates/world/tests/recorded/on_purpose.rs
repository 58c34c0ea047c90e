//! Where the world answers otherwise on purpose: each class says what the real server does and why the world does not.

use super::twin::Told;
use serde_json::Value as Json;

/// What two answers are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Equal.
    Alike,
    /// Different on purpose; the object is the same on both still, or not.
    OnPurpose(Class),
    /// Different: the world has to be mended.
    Apart,
}

/// A class of differences that are left as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Both refuse, and the server names more that is wrong: the world has the rules that a plan can run into, not
    /// those of every field. Nothing is stored on either.
    MoreIsWrong,
    /// The server refuses a value by a rule of one of [`UNMODELLED`], which the world takes as it comes.
    FieldRule,
}

impl Class {
    /// Tells whether the object is the same on both servers afterwards.
    pub(crate) fn leaves_alike(self) -> bool {
        match self {
            Self::MoreIsWrong => true,
            Self::FieldRule => false,
        }
    }
}

/// Fields with rules that the world does not know: it runs no pods, measures nothing and routes nothing.
const UNMODELLED: [&str; 7] = [
    "spec.template.spec.",
    "spec.metrics",
    "spec.behavior.",
    "spec.scaleTargetRef.apiVersion",
    "spec.externalIPs[",
    "spec.clusterIPs",
    "spec.ipFamilies",
];

/// Compares the world's answer with the server's.
pub(crate) fn judge(ours: &Told, theirs: &Told) -> Judgement {
    let causes = |told: &'_ Told| told.1["causes"].as_array().cloned().unwrap_or_default();
    let is_unmodelled = |cause: &Json| {
        cause[1].as_str().is_some_and(|field| UNMODELLED.iter().any(|known| field.starts_with(known)))
    };
    let (named, found) = (causes(ours), causes(theirs));
    match (ours.0, theirs.0) {
        _ if ours == theirs => Judgement::Alike,
        (422, 422) if named.iter().all(|cause| found.contains(cause)) => {
            Judgement::OnPurpose(Class::MoreIsWrong)
        }
        (200..300, 422) if found.iter().all(is_unmodelled) => Judgement::OnPurpose(Class::FieldRule),
        _ => Judgement::Apart,
    }
}
