//! What a protected revision says of an environment, and the specs of another revision under it.

use super::{EnvironmentRef, Home, Repository};
use crate::diagnostic::{Diagnostic, Severity};
use crate::documents::environment::Environment;
use crate::documents::expand::{Specs, Systems};
use crate::engine::fingerprint::Digest;
use crate::engine::id::{ResourceId, TreeHash};
use crate::engine::stated::{self, Stated};
use crate::engine::value::{SecretSource, Value};
use crate::engine::wanted::{Approval, Wanted};
use crate::resources::is_checked_ahead;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a protected revision says of an environment: all that its specs are judged by, but for the policies.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The environment's own document.
    pub document: Environment,
    /// The approvals.
    pub approvals: Vec<Approval>,
    /// How to reach the systems that have documents of their own.
    pub systems: Systems,
    /// The documents that say all that, as policies judge them.
    pub documents: Vec<Stated>,
    /// Its files.
    pub tree: TreeHash,
    /// Digest of whom it talks to and where its state is kept.
    pub targets: Digest,
    /// Where its resources take their secrets from.
    secrets: BTreeMap<ResourceId, BTreeSet<SecretSource>>,
    /// What its resources are to be that are shown to their system before they are applied.
    shown: BTreeMap<ResourceId, Arc<Value>>,
}

impl Repository {
    /// Returns what this revision says of an environment, whatever else is wrong with its specs.
    ///
    /// A document that cannot be read gives no approval; an environment that cannot be read gives nothing.
    pub fn rules(&self, environment: &EnvironmentRef) -> Result<Rules, Vec<Diagnostic>> {
        let (expanded, findings) = self.expanded(environment);
        let own = |finding: &Diagnostic| {
            finding.severity == Severity::Error && is_environment_of(environment, &finding.at.file)
        };
        let home = self.home(environment);
        let (Some(expanded), Some(home), false) = (expanded, home, findings.iter().any(own)) else {
            return Err(findings);
        };
        let Specs {
            environment: document,
            desired,
            warnings: _,
            provenance: _,
            default_namespaces: _,
            systems,
        } = expanded.specs(Vec::new());
        let targets = targets(home, &systems);
        let shown = desired.resources.values().filter(|wanted| is_checked_ahead(&wanted.id));
        let shown = shown.map(|wanted| (wanted.id.clone(), Arc::clone(&wanted.config))).collect();
        let secrets = desired.resources.into_values().map(|wanted| (wanted.id.clone(), wanted.sources()));
        Ok(Rules {
            document,
            approvals: desired.approvals,
            systems,
            documents: desired.documents,
            tree: desired.tree,
            targets,
            secrets: secrets.collect(),
            shown,
        })
    }

    /// Returns what an environment wants in this revision, under the rules of another: the document of the environment
    /// and the approvals are theirs, and secrets that they do not name are not read.
    pub fn specs_under(&self, environment: &EnvironmentRef, rules: &Rules) -> Result<Specs, Vec<Diagnostic>> {
        // What is wrong with the document that is not in force is told all the same: it would be, once merged.
        let (_, own) = self.expanded(environment);
        let (expanded, mut findings) = self.expanded_as(environment, Some(&rules.document));
        findings.extend(own.into_iter().filter(|finding| is_environment_of(environment, &finding.at.file)));
        findings.sort();
        findings.dedup();
        let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
        let Some(expanded) = expanded.filter(|_| !wrong) else { return Err(findings) };
        let mut specs = expanded.specs(findings);
        specs.desired.approvals.clone_from(&rules.approvals);
        specs.systems.clone_from(&rules.systems);
        specs.desired.documents = stated::under(&rules.documents, specs.desired.documents);
        specs.desired.shared = rules.systems.shared();
        // Workers fill in secrets of theirs in what they are asked to check, and some connectors log in with them at the
        // address that stands beside.
        let is_unshown = |wanted: &&Wanted| rules.shown.get(&wanted.id) != Some(&wanted.config);
        let checked = specs.desired.resources.values().filter(|wanted| is_checked_ahead(&wanted.id));
        specs.desired.unshown = checked.filter(is_unshown).map(|wanted| wanted.id.clone()).collect();
        for wanted in specs.desired.resources.values_mut() {
            let known = rules.secrets.get(&wanted.id);
            let is_new = |source: &SecretSource| known.is_none_or(|known| !known.contains(source));
            wanted.unread = wanted.sources().into_iter().filter(is_new).collect();
        }
        Ok(specs)
    }

    pub(super) fn home(&self, environment: &EnvironmentRef) -> Option<&Home> {
        self.directories.get(&environment.directory)?.environment.as_ref()
    }
}

fn is_environment_of(environment: &EnvironmentRef, file: &str) -> bool {
    let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
    directory == &*environment.directory && super::read::is_environment_file(file)
}

/// Which systems an environment means, whatever it wants of them.
fn targets(home: &Home, systems: &Systems) -> Digest {
    let of = |field: &str| {
        let node = home.written.as_ref()?.node.at(&["spec", field])?;
        Some(node.to_value())
    };
    Digest::of_written(&(of("kubernetes"), of("state"), of("sandbox"), systems))
}
