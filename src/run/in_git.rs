//! What a plan is made from as far as Git says it: no live system and no state is needed for that.

use evenkeel_core::documents::Specs;
use evenkeel_core::documents::metadata::Metadata;
use evenkeel_core::engine::fingerprint::DigestedUnder;
use evenkeel_core::engine::id::Revision;
use evenkeel_core::engine::plan::inputs::{Doubts, History, Inputs};
use evenkeel_core::engine::plan::{Base, Goal, Mechanisms};
use evenkeel_core::engine::policy::{Policies, Surroundings};
use std::collections::BTreeMap;

/// The specs of an environment and what they are judged by.
pub(super) struct InGit<'a> {
    pub(super) specs: &'a Specs,
    pub(super) revision: &'a Revision,
    pub(super) policies: &'a Policies,
    pub(super) base: Option<&'a Base>,
}

impl InGit<'_> {
    /// Returns the inputs of a plan for which nothing was ever applied.
    pub(super) fn inputs(&self) -> Inputs {
        Inputs {
            desired: self.specs.desired.clone(),
            revision: Some(self.revision.clone()),
            history: History::Never,
            doubts: Doubts::Settle,
            expected_deletes: None,
            policies: self.policies(),
            pins: BTreeMap::new(),
            default_namespaces: self.specs.default_namespaces.clone(),
            blocked: BTreeMap::new(),
            base: self.base.cloned(),
            goal: Goal::Converge,
            digested_under: DigestedUnder::ThrownAwayKey,
            mechanisms: Mechanisms::default(),
        }
    }

    /// Returns the policies, told of this environment.
    fn policies(&self) -> Policies {
        let Metadata { name: _, labels, annotations } = self.specs.environment.metadata.clone();
        let sandbox = self.specs.environment.spec.sandbox.is_some();
        self.policies.in_environment(Surroundings { labels, annotations, sandbox })
    }
}
