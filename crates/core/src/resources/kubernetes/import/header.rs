//! What stands at the top of an imported file: what it is, where it came from, and who managed it so far.

use super::Draft;
use crate::engine::value::Value;
use crate::resources::kubernetes::owners::{Entries, MANAGER};
use std::collections::BTreeSet;

/// Returns the lines of the comment that a file begins with.
pub(super) fn lines(name: &str, drafts: &[Draft<'_>]) -> Vec<String> {
    let namespaces: BTreeSet<&str> =
        drafts.iter().filter_map(|draft| draft.id.namespace.as_deref()).collect();
    let from = match namespaces.into_iter().collect::<Vec<_>>().as_slice() {
        [] => "of the cluster".to_owned(),
        [namespace] => format!("of namespace {namespace}"),
        several => format!("of namespaces {}", several.join(", ")),
    };
    let objects = if drafts.len() == 1 { "object" } else { "objects" };
    let connection = drafts.first().map(|draft| draft.id.connection.to_string()).unwrap_or_default();
    let mut lines =
        vec![format!("{name}: {} {objects} {from}, imported through connection {connection}.", drafts.len())];
    let tools: BTreeSet<String> = drafts.iter().flat_map(|draft| tools(draft.live)).collect();
    let created = drafts.iter().filter_map(|draft| draft.live.at(&["metadata", "creationTimestamp"]));
    let since = created.filter_map(Value::as_text).filter_map(|time| time.get(..10)).min();
    if !tools.is_empty() {
        let tools: Vec<String> = tools.iter().cloned().collect();
        let since = since.map(|day| format!(", since {day}")).unwrap_or_default();
        lines.push(format!("Managed so far by {}{since}.", tools.join(", ")));
    }
    lines.extend(drafts.iter().flat_map(|draft| warnings(draft.live)).collect::<BTreeSet<_>>());
    lines
}

fn text<'v>(live: &'v Value, place: &str, name: &str) -> Option<&'v str> {
    live.at(&["metadata", place, name])?.as_text()
}

fn helm_release(live: &Value) -> Option<&str> {
    text(live, "annotations", "meta.helm.sh/release-name")
}

fn argo_application(live: &Value) -> Option<&str> {
    let tracked = text(live, "annotations", "argocd.argoproj.io/tracking-id");
    let tracked = tracked.and_then(|id| id.split(':').next());
    tracked.or_else(|| text(live, "labels", "argocd.argoproj.io/instance"))
}

fn flux_owner(live: &Value) -> Option<&str> {
    let kustomization = text(live, "labels", "kustomize.toolkit.fluxcd.io/name");
    kustomization.or_else(|| text(live, "labels", "helm.toolkit.fluxcd.io/name"))
}

/// Returns who managed an object, as people know them.
fn tools(live: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    found.extend(helm_release(live).map(|release| format!("Helm release {release}")));
    found.extend(argo_application(live).map(|name| format!("Argo CD application {name}")));
    found.extend(flux_owner(live).map(|name| format!("Flux {name}")));
    let is_told = !found.is_empty();
    for entry in Entries::of(live).others {
        let name = &*entry.manager.name;
        if entry.manager.subresource.is_none() && name != MANAGER && !super::fields::is_controllers(&entry) {
            found.extend(tool(name, is_told).map(str::to_owned));
        }
    }
    found
}

/// Returns what a field manager is called; those that the marks of a tool tell of already are not told again.
fn tool(manager: &str, is_told: bool) -> Option<&str> {
    match manager {
        "kubectl-client-side-apply" | "kubectl-last-applied" => Some("kubectl apply"),
        "kubectl" => Some("kubectl apply --server-side"),
        "kubectl-create" => Some("kubectl create"),
        "helm" | "Helm" if is_told => None,
        "helm" | "Helm" => Some("Helm"),
        "argocd-controller" | "argocd-application-controller" if is_told => None,
        "kustomize-controller" | "helm-controller" if is_told => None,
        "before-first-apply" | "unknown" => None,
        other => Some(other),
    }
}

/// Tools that go on managing an object unless somebody tells them.
fn warnings(live: &Value) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(helm_release(live).map(|release| {
        format!("Helm keeps its record of the release: `helm uninstall {release}` would still delete what is here.")
    }));
    found.extend(argo_application(live).map(|name| {
        format!("Argo CD goes on applying its own copy until application {name} lets go of it.")
    }));
    found.extend(
        flux_owner(live)
            .map(|name| format!("Flux goes on applying its own copy until {name} lets go of it.")),
    );
    found
}
