//! Documents: what users write, one file or folder per kind, and how files become what an environment wants.
//!
//! ```text
//!  files ─ yaml ─▶ trees ─ repository ─▶ layers merged ─ expand ─▶ Specs { environment, desired }
//! ```
//!
//! All findings of all files come in one run; each says where, what was expected, and what to type instead.

pub mod approval;
mod check;
pub mod codes;
mod discreet;
pub mod duration;
pub mod environment;
pub mod expand;
mod fit;
mod lint;
pub mod managed_secret;
pub mod metadata;
pub mod policy;
pub use crate::nearest;
pub mod repository;
pub mod schema;
pub mod source;
pub mod starter;
pub mod yaml;

pub use approval::Approval;
pub use environment::Environment;
pub use expand::{Provenance, Specs};
pub use managed_secret::ManagedSecret;
pub use policy::{Policy, PolicyBook};
pub use repository::{
    EnvironmentRef, Reading, Repository, Rules, Sheet, UnknownEnvironment, is_environment_file,
};
pub use source::SourceFile;

use yaml::tree::Node;

/// The kinds of `evenkeel.dev/v1alpha1`; a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnKind {
    /// A reviewed permission.
    Approval,
    /// An environment.
    Environment,
    /// A Secret by reference.
    ManagedSecret,
    /// What may not be done.
    Policy,
}

impl OwnKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Approval, Self::Environment, Self::ManagedSecret, Self::Policy];

    /// Returns the word in `kind`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approval => "Approval",
            Self::Environment => "Environment",
            Self::ManagedSecret => "ManagedSecret",
            Self::Policy => "Policy",
        }
    }

    /// Returns the kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A document, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// A reviewed permission.
    Approval(Approval),
    /// An environment.
    Environment(Environment),
    /// A Secret by reference.
    ManagedSecret(ManagedSecret),
    /// What may not be done.
    Policy(Policy),
    /// A plain Kubernetes manifest; its tree is all there is to it.
    Manifest,
}

impl Document {
    /// Reads a tree as the kind that it says it is.
    pub fn read(own: Option<OwnKind>, node: &Node) -> Result<Self, yaml::de::Error> {
        match own {
            Some(OwnKind::Approval) => yaml::de::from_node(node).map(Self::Approval),
            Some(OwnKind::Environment) => yaml::de::from_node(node).map(Self::Environment),
            Some(OwnKind::ManagedSecret) => yaml::de::from_node(node).map(Self::ManagedSecret),
            Some(OwnKind::Policy) => yaml::de::from_node(node).map(Self::Policy),
            None => Ok(Self::Manifest),
        }
    }
}
