//! From merged documents to what the environment wants: addresses, configurations, needs and waves.

mod annotations;
mod graph;
mod index;
mod manifest;
mod order;
mod provenance;
mod references;

pub use provenance::Provenance;

use super::Document;
use super::environment::Environment;
use super::repository::overlay::Merged;
use super::source::{Sources, Span};
use crate::diagnostic::Diagnostic;
use crate::engine::id::{ConnectionName, EnvironmentName, ResourceId, TreeHash};
use crate::engine::wanted::{Approval, Desired, Wanted};
use index::Index;
use manifest::Context;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An environment, read: whom it talks to, what it wants, and where each value is written.
#[derive(Clone, Debug)]
pub struct Specs {
    /// The environment's own document.
    pub environment: Environment,
    /// What it wants. Namespaces are as written; see `default_namespaces`.
    pub desired: Desired,
    /// Legal, but probably not what was meant.
    pub warnings: Vec<Diagnostic>,
    /// Where each value is written.
    pub provenance: Provenance,
    /// The namespace of namespaced resources that name none, by connection.
    ///
    /// Only discovery knows which kinds of custom resources are namespaced, hence
    /// [`Desired::with_default_namespaces`] once it is known.
    pub default_namespaces: BTreeMap<ConnectionName, Arc<str>>,
}

/// What is to be expanded.
pub(super) struct Order<'a> {
    pub sources: &'a Arc<Sources>,
    pub documents: Vec<Merged>,
    pub tree: TreeHash,
}

/// A resource on its way: what is wanted, and the places that it was made from.
pub(super) struct Draft {
    pub wanted: Wanted,
    pub merged: Merged,
    pub depends_on: Vec<(ResourceId, Span)>,
}

/// Expands everything; findings do not stop it, so that all of them come at once.
pub(super) fn expand(environment: Environment, order: Order<'_>) -> (Specs, Vec<Diagnostic>) {
    let Order { sources, documents, tree } = order;
    let default_namespaces = default_namespaces(&environment);
    let mut findings = Vec::new();
    let mut approvals = Vec::new();
    let mut drafts: BTreeMap<ResourceId, Draft> = BTreeMap::new();
    let mut context = Context {
        environment: &environment,
        namespaces: &default_namespaces,
        sources,
        findings: &mut findings,
    };
    for merged in documents {
        match context.read(&merged) {
            None | Some(Document::Environment(_)) => {}
            Some(Document::Approval(approval)) => {
                let approval = approval.spec.settled(sources.locate(merged.document.at));
                context.approval(&approval, merged.document.at);
                approvals.push(approval);
            }
            Some(Document::ManagedSecret(secret)) => {
                if let Some(draft) = context.managed_secret(&secret, merged) {
                    context.keep(&mut drafts, draft);
                }
            }
            Some(Document::Manifest) => {
                let draft = context.manifest(merged);
                context.keep(&mut drafts, draft);
            }
        }
    }
    let mut drafts: Vec<Draft> = drafts.into_values().collect();
    let index = Index::of(&drafts, &default_namespaces);
    findings.extend(graph::connect(&mut drafts, &index, sources));
    findings.extend(index.twice(&drafts, sources));
    approvals.sort();
    let desired = Desired {
        environment: EnvironmentName::new(environment.metadata.name.as_str()),
        tree,
        limits: environment.spec.limits.settled(),
        approvals,
        resources: BTreeMap::new(),
    };
    (assemble(environment, desired, drafts, Arc::clone(sources), default_namespaces), findings)
}

fn assemble(
    environment: Environment,
    mut desired: Desired,
    drafts: Vec<Draft>,
    sources: Arc<Sources>,
    default_namespaces: BTreeMap<ConnectionName, Arc<str>>,
) -> Specs {
    let mut provenance = Provenance::new(sources);
    for Draft { wanted, merged, depends_on: _ } in drafts {
        provenance.add(wanted.id.clone(), merged);
        desired.resources.insert(wanted.id.clone(), wanted);
    }
    Specs { environment, desired, warnings: Vec::new(), provenance, default_namespaces }
}

/// Nobody asks a sandbox for its kubeconfig, so it has the namespace that every cluster has.
fn default_namespaces(environment: &Environment) -> BTreeMap<ConnectionName, Arc<str>> {
    if environment.spec.sandbox.is_some() {
        return BTreeMap::from([(ConnectionName::default(), Arc::from("default"))]);
    }
    let connections = environment.spec.kubernetes.iter();
    let named = connections.filter_map(|(name, connection)| Some((name, connection.namespace.as_deref()?)));
    named.map(|(name, namespace)| (ConnectionName::new(name.as_str()), Arc::from(namespace))).collect()
}
