//! `kind: Policy`: what may not be done, with the tests that prove it. Policies stand in `policies/`.

mod compile;
mod given;
mod place;

pub(super) use compile::compile;
pub use given::{Given, GivenChange, GivenEnvironment, Manifest};

use super::metadata::Envelope;
use crate::engine::policy::{self, ChangeAction, Policies};
use schemars::JsonSchema;
use serde::Deserialize;

/// The directory of policies, below the repository's root.
pub const DIRECTORY: &str = "policies/";

/// A policy as it is written.
pub type Policy = Envelope<PolicyKind, PolicySpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PolicyKind {
    /// A policy.
    Policy,
}

/// What is denied, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySpec {
    /// What it looks at, one by one. Default: `changes`.
    #[serde(default)]
    pub over: Over,
    /// Which of these; all of them where nothing is said.
    #[serde(default, rename = "match")]
    pub matching: Match,
    /// An expression in CEL; true denies. One that fails denies, too.
    #[schemars(length(min = 1))]
    pub deny: String,
    /// What is told then. Expressions stand in braces: `{change.address} would be deleted`.
    #[schemars(length(min = 1))]
    pub message: String,
    /// What follows. Default: `deny`.
    #[serde(default)]
    pub severity: Severity,
    /// What shows that it denies what it should and allows what it should: one of each at least.
    pub tests: Vec<PolicyTest>,
}

/// What a policy looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Over {
    /// Each change that would be made.
    #[default]
    Changes,
    /// Each object that Git wants, whether or not it would change.
    Objects,
    /// Each `Environment`, `KafkaCluster`, `ConnectCluster`, `Neo4jCluster` and `Approval`, as it is written.
    Documents,
    /// The environment as a whole.
    Environment,
}

/// What a policy is limited to; an empty list limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Match {
    /// Environments by name; `prod*` stands for all that begin so.
    #[serde(default)]
    pub environments: Vec<String>,
    /// Kinds as addresses have them: `StatefulSet`, `KafkaTopic.kafka.strimzi.io`.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Namespaces by name; `team-*` stands for all that begin so.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Actions. Default: those that change values, which are `create`, `update`, `delete` and `replace`.
    #[serde(default)]
    pub actions: Vec<ChangeAction>,
}

/// What follows if a policy denies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// The change is held; an Approval `exempt` lifts it once.
    #[default]
    Deny,
    /// It is listed, and nothing is held.
    Warn,
}

/// One test of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyTest {
    /// What it shows, in a sentence.
    #[schemars(length(min = 1))]
    pub name: String,
    /// What the policy is held against.
    #[serde(default)]
    pub given: Given,
    /// What it must say.
    pub expect: Expectation,
}

/// What a policy must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Expectation {
    /// It denies.
    Denied,
    /// It does not, be it that it does not match.
    Allowed,
}

/// The policies of a repository with what each has to say of itself.
#[derive(Clone, Debug, Default)]
pub struct PolicyBook {
    /// Those that compile and pass their tests.
    pub policies: Policies,
    /// Each as it is written.
    pub written: Vec<Policy>,
}

impl Over {
    pub(super) fn settled(self) -> policy::Over {
        match self {
            Self::Changes => policy::Over::Changes,
            Self::Objects => policy::Over::Objects,
            Self::Documents => policy::Over::Documents,
            Self::Environment => policy::Over::Environment,
        }
    }
}

impl Severity {
    pub(super) fn settled(self) -> policy::Severity {
        match self {
            Self::Deny => policy::Severity::Deny,
            Self::Warn => policy::Severity::Warn,
        }
    }
}

impl Match {
    pub(super) fn settled(&self) -> policy::Match {
        let Self { environments, kinds, namespaces, actions } = self;
        let shared = |names: &[String]| names.iter().map(|name| name.as_str().into()).collect();
        policy::Match {
            environments: shared(environments),
            kinds: shared(kinds),
            namespaces: shared(namespaces),
            actions: actions.iter().copied().collect(),
        }
    }
}
