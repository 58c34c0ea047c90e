//! A repository of specs: its files read once, its environments found, each environment's layers merged on demand.
//!
//! Files of a directory are the `*.yaml` and `*.yml` directly in it, as for `kubectl apply -f DIR`; subdirectories
//! are directories of their own. A directory with `environment.yaml` is an environment; one without it is a base.
//! Read are environments, what they extend, and everything below `environments/`.

mod ended;
mod identify;
mod layers;
pub(crate) mod merge;
pub(crate) mod overlay;
mod pending;
mod reach;
mod read;
mod rules;
mod sheet;
mod stated;

pub use identify::{DocumentKey, Written};
use overlay::{Merged, Overlay};
pub use read::{Reading, is_environment_file};
pub use rules::Rules;
pub use sheet::Sheet;

use super::environment::Environment;
use super::expand::{self, Expanded, Specs};
use super::nearest::nearest;
use super::policy::PolicyBook;
use super::source::{SourceFile, Sources, Span};
use super::{OwnKind, codes, discreet};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::fingerprint::Digest;
use crate::engine::id::{EnvironmentName, TreeHash};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The files of a repository, read.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    sources: Arc<Sources>,
    directories: BTreeMap<Arc<str>, Directory>,
    policies: BTreeMap<Arc<str>, Digest>,
    book: PolicyBook,
    rules: Vec<Arc<Written>>,
    about_policies: BTreeSet<Diagnostic>,
    shared: BTreeSet<Diagnostic>,
}

/// One directory of documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    documents: Vec<Arc<Written>>,
    contents: BTreeMap<Arc<str>, Digest>,
    findings: Vec<Diagnostic>,
    environment: Option<Home>,
}

/// What makes a directory an environment; its document is absent if it could not be read.
#[derive(Clone, Debug)]
struct Home {
    name: EnvironmentName,
    at: Span,
    document: Option<Environment>,
    written: Option<Arc<Written>>,
    extends: Vec<(Arc<str>, Span)>,
}

impl Directory {
    fn extends(&self) -> Vec<(Arc<str>, Span)> {
        self.environment.as_ref().map(|home| home.extends.clone()).unwrap_or_default()
    }
}

/// An environment of a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvironmentRef {
    /// Its `metadata.name`; that of its directory where it cannot be read.
    pub name: EnvironmentName,
    /// Its directory, relative to the root; empty for the root itself.
    pub directory: Arc<str>,
}

/// No environment is called that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no environment `{named}`")]
pub struct UnknownEnvironment {
    /// What was typed.
    pub named: String,
    /// What was probably meant, by directory.
    pub nearest: Option<Arc<str>>,
    /// The directories of all environments.
    pub known: Vec<Arc<str>>,
}

impl Repository {
    /// Reads all files and tells everything that is wrong with them. Never fails as a whole.
    #[must_use]
    pub fn read(files: &[SourceFile]) -> (Self, Vec<Diagnostic>) {
        let repository = Reading::of(files).finish();
        let findings = repository.local().into_iter().collect();
        (repository, findings)
    }

    /// What is wrong with files and directories by themselves.
    fn local(&self) -> BTreeSet<Diagnostic> {
        let local = self.directories.values().flat_map(|directory| &directory.findings);
        local.chain(&self.shared).chain(&self.about_policies).cloned().collect()
    }

    /// Returns the environments in the order of their directories.
    #[must_use]
    pub fn environments(&self) -> Vec<EnvironmentRef> {
        let homes = self
            .directories
            .iter()
            .filter_map(|(path, directory)| Some((path, directory.environment.as_ref()?)));
        homes
            .map(|(path, home)| EnvironmentRef { name: home.name.clone(), directory: Arc::clone(path) })
            .collect()
    }

    /// Returns the environment of this directory or, if there is none, of this name.
    pub fn find(&self, named: &str) -> Result<EnvironmentRef, UnknownEnvironment> {
        let environments = self.environments();
        let directory = layers::resolve("", named);
        let by_directory = environments.iter().find(|known| Some(&known.directory) == directory.as_ref());
        let by_name = || environments.iter().find(|known| known.name.as_str() == named);
        by_directory.or_else(by_name).cloned().ok_or_else(|| {
            let written = environments
                .iter()
                .flat_map(|known| [(known, &*known.directory), (known, known.name.as_str())]);
            let near = nearest(named.trim_end_matches('/'), written.clone().map(|(_, name)| name));
            let meant = written.clone().find(|(_, name)| Some(*name) == near);
            let nearest = meant.map(|(known, _)| Arc::clone(&known.directory));
            let known = environments.iter().map(|known| Arc::clone(&known.directory)).collect();
            UnknownEnvironment { named: named.to_owned(), nearest, known }
        })
    }

    /// Returns what an environment wants, or everything that is wrong with it: its files, its bases, its references.
    pub fn specs(&self, environment: &EnvironmentRef) -> Result<Specs, Vec<Diagnostic>> {
        let (expanded, findings) = self.expanded(environment);
        let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
        match expanded {
            Some(expanded) if !wrong => Ok(expanded.specs(findings)),
            Some(_) | None => Err(findings),
        }
    }

    /// Returns the policies, or everything that is wrong with them: a rule that cannot be used must not be passed over.
    pub fn policies(&self) -> Result<&PolicyBook, Vec<Diagnostic>> {
        let wrong = self.about_policies.iter().any(|finding| finding.severity == Severity::Error);
        if wrong { Err(self.about_policies.iter().cloned().collect()) } else { Ok(&self.book) }
    }

    /// Returns an environment as its own document has it, whatever else is wrong: nothing is wanted in it.
    ///
    /// For verbs that must work when the specs do not: suspending, looking at a lock, breaking it.
    #[must_use]
    pub fn bare(&self, environment: &EnvironmentRef) -> Option<Specs> {
        let home = self.directories.get(&environment.directory)?.environment.as_ref()?;
        let document = home.document.clone()?;
        let order = expand::Order {
            sources: &self.sources,
            documents: Vec::new(),
            stated: Vec::new(),
            tree: self.tree(environment, &[]),
        };
        Some(expand::expand(document, order).0.specs(Vec::new()))
    }

    /// Returns the directories that an environment is made of: its bases and its own.
    #[must_use]
    pub fn layers(&self, environment: &EnvironmentRef) -> Vec<Arc<str>> {
        layers::layers(self, &environment.directory).0
    }

    /// Tells everything that is wrong with an environment; costs half of [`Self::specs`].
    #[must_use]
    pub fn check(&self, environment: &EnvironmentRef) -> Vec<Diagnostic> {
        self.expanded(environment).1
    }

    /// Tells everything that is wrong anywhere, in the order of files and lines.
    #[must_use]
    pub fn validate(&self) -> Vec<Diagnostic> {
        let mut findings = self.local();
        for environment in self.environments() {
            findings.extend(self.check(&environment));
        }
        findings.into_iter().collect()
    }

    fn expanded(&self, environment: &EnvironmentRef) -> (Option<Expanded>, Vec<Diagnostic>) {
        self.expanded_as(environment, None)
    }

    /// Expands an environment by its own document, or by that of a protected revision.
    fn expanded_as(
        &self,
        environment: &EnvironmentRef,
        protected: Option<&Environment>,
    ) -> (Option<Expanded>, Vec<Diagnostic>) {
        let (layers, layering) = layers::layers(self, &environment.directory);
        let mut findings: BTreeSet<Diagnostic> =
            layering.into_iter().chain(self.shared.iter().cloned()).collect();
        for layer in layers.iter().filter_map(|layer| self.directories.get(layer)) {
            findings.extend(layer.findings.iter().cloned());
        }
        let own = self.home(environment).and_then(|home| Some((home, home.document.as_ref()?)));
        let Some((home, own)) = own else {
            return (None, unreadable(environment, findings));
        };
        let document = protected.unwrap_or(own).clone();
        let documents = self.merged(&layers);
        findings.extend(reach::of_nothing(home, &documents, &self.sources));
        let (stated, tree) = (stated::of(home, &documents), self.tree(environment, &layers));
        let order = expand::Order { sources: &self.sources, documents, stated, tree };
        let (expanded, mut more) = expand::expand(document, order);
        for finding in &mut more {
            if let Some(text) = self.sources.find(&finding.at.file) {
                discreet::reword(text, std::slice::from_mut(finding));
            }
        }
        findings.extend(more);
        (Some(expanded), findings.into_iter().collect())
    }

    /// Returns a line of a file, for drawing findings.
    #[must_use]
    pub fn line(&self, file: &str, number: u32) -> Option<&str> {
        self.sources.find(file)?.line(number)
    }

    /// Returns how many files were read.
    #[must_use]
    pub fn files(&self) -> usize {
        self.sources.len()
    }

    fn merged(&self, layers: &[Arc<str>]) -> Vec<Merged> {
        let mut overlay = Overlay::default();
        for (index, layer) in layers.iter().enumerate() {
            if index + 1 == layers.len() {
                overlay.drop_own(&[OwnKind::Environment, OwnKind::Approval]);
            }
            overlay.lay(
                layer,
                self.directories.get(layer).into_iter().flat_map(|directory| &directory.documents),
            );
        }
        overlay.into_documents().collect()
    }

    /// Digests environment, bases and policies by path and content, so that it stays the same through a squash merge.
    fn tree(&self, environment: &EnvironmentRef, layers: &[Arc<str>]) -> TreeHash {
        let directories = layers.iter().filter_map(|layer| self.directories.get(layer));
        let files = directories.flat_map(|directory| &directory.contents).chain(&self.policies);
        let parts = files.flat_map(|(path, digest)| [path.as_bytes(), digest.as_str().as_bytes()]);
        let digest = Digest::of([environment.directory.as_bytes()].into_iter().chain(parts));
        TreeHash::new(digest.as_str())
    }
}

fn unreadable(environment: &EnvironmentRef, mut findings: BTreeSet<Diagnostic>) -> Vec<Diagnostic> {
    if !findings.iter().any(|finding| finding.severity == Severity::Error) {
        let at = crate::diagnostic::Location::start_of(format!("{}/environment.yaml", environment.directory));
        findings.insert(Diagnostic::error(
            codes::UNKNOWN_ENVIRONMENT,
            at,
            "there is no readable Environment here",
        ));
    }
    findings.into_iter().collect()
}
