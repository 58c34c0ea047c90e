//! Whether an environment is about any system, which takes all of its documents to tell.

use super::{Home, Merged, Sources};
use crate::diagnostic::{Code, Diagnostic};
use crate::documents::{OwnKind, codes};

/// Returns what is wrong with an environment that talks to nothing, or that has nowhere to keep its state.
pub(super) fn of_nothing(home: &Home, documents: &[Merged], sources: &Sources) -> Option<Diagnostic> {
    let spec = &home.document.as_ref()?.spec;
    if spec.sandbox.is_some() || !spec.kubernetes.is_empty() {
        return None;
    }
    let written = home.written.as_ref()?;
    let at = written.node.entry("spec").map_or(written.at, |spec| spec.key_span);
    let error = |code: Code, message: &str, hint: &str| {
        let finding = Diagnostic::error(code, sources.locate(at), message);
        finding.hint(hint).note(format!("in {}/{}", written.key.kind, written.key.name))
    };
    let is_system = |own| matches!(own, Some(OwnKind::KafkaCluster | OwnKind::ConnectCluster));
    if !documents.iter().any(|merged| is_system(merged.document.own)) {
        let hint = "add `kubernetes: {default: {kubeconfig: {fromEnv: KUBECONFIG}}}`, `sandbox: {seed: 1}`, or a KafkaCluster";
        return Some(error(codes::NO_SYSTEM, "this environment talks to nothing", hint));
    }
    let hint = "without a Kubernetes cluster it has a directory: `state: {directory: state/prod}`";
    let homeless = || error(codes::STATE_PLACE, "this environment has nowhere to keep its state", hint);
    spec.state.is_none().then(homeless)
}
