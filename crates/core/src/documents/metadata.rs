//! What all documents have in front of their `spec`, and the annotations that Evenkeel reads.

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The `apiVersion` of Evenkeel's own kinds.
pub const API_VERSION: &str = "evenkeel.dev/v1alpha1";
/// The group of Evenkeel's own kinds, and the prefix of its annotations.
pub const GROUP: &str = "evenkeel.dev";

/// Chooses one of the environment's connections.
pub const CONNECTION: &str = "evenkeel.dev/connection";
/// Names what must be there first.
pub const DEPENDS_ON: &str = "evenkeel.dev/depends-on";
/// Leaves places to others.
pub const IGNORE: &str = "evenkeel.dev/ignore";
/// Names the address that a resource had before.
pub const MOVED_FROM: &str = "evenkeel.dev/moved-from";
/// Says that a plain `Secret` holds no secret.
pub const ALLOW_LITERAL: &str = "evenkeel.dev/allow-literal";

/// Tells, on what is live, when its data was backed up last. Whoever makes the backup writes it; it is never in Git.
pub const BACKED_UP_AT: &str = "evenkeel.dev/backed-up-at";

/// All annotations of ours that Git may have.
pub const ANNOTATIONS: &[&str] = &[ALLOW_LITERAL, CONNECTION, DEPENDS_ON, IGNORE, MOVED_FROM];

/// One of Evenkeel's own documents.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope<Kind, Spec> {
    /// Always `evenkeel.dev/v1alpha1`.
    pub api_version: ApiVersion,
    /// Which kind of document this is.
    pub kind: Kind,
    /// How the document is called.
    pub metadata: Metadata,
    /// What it says.
    pub spec: Spec,
}

/// The versions of Evenkeel's own kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ApiVersion {
    /// The first.
    #[serde(rename = "evenkeel.dev/v1alpha1")]
    V1Alpha1,
}

/// Name, labels and annotations of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// Its name, unique among the documents of its kind.
    pub name: String,
    /// Labels for people and tools; Evenkeel reads none of them.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Annotations; those of `evenkeel.dev/` are read.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}
