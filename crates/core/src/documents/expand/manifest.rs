//! Wanted resources from manifests and managed secrets, with the checks that need the whole document.

use super::annotations::{Annotations, read_annotations};
use super::{Approval, BTreeMap, Draft, Says};
use crate::diagnostic::{Code, Diagnostic};
use crate::documents::environment::Environment;
use crate::documents::managed_secret::ManagedSecret;
use crate::documents::metadata::ALLOW_LITERAL;
use crate::documents::nearest::nearest;
use crate::documents::repository::overlay::Merged;
use crate::documents::source::{Sources, Span};
use crate::documents::yaml::tree::Node;
use crate::documents::{Document, OwnKind, codes, lint};
use crate::engine::id::{ConnectionName, Kind, ResourceId, System};
use crate::engine::question::ApiVersion;
use crate::engine::wanted::ApprovedAction;
use crate::resources::{kafka, kubernetes};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What expansion knows while it goes through the documents.
pub(super) struct Context<'a> {
    pub environment: &'a Environment,
    pub namespaces: &'a BTreeMap<ConnectionName, Arc<str>>,
    pub sources: &'a Sources,
    pub findings: &'a mut Vec<Diagnostic>,
}

impl Context<'_> {
    pub(super) fn error(&mut self, code: Code, at: Span, message: String) -> &mut Diagnostic {
        self.found(Diagnostic::error(code, self.sources.locate(at), message))
    }

    pub(super) fn warning(&mut self, code: Code, at: Span, message: String) -> &mut Diagnostic {
        self.found(Diagnostic::warning(code, self.sources.locate(at), message))
    }

    fn found(&mut self, finding: Diagnostic) -> &mut Diagnostic {
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    pub(super) fn warn(&mut self, code: Code, at: Span, message: String) -> &mut Diagnostic {
        self.findings.push(Diagnostic::warning(code, self.sources.locate(at), message));
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// Reads a merged document, or tells what it lacks; what else is wrong with it was told of its layers.
    pub(super) fn read(&mut self, merged: &Merged) -> Option<Document> {
        let sources = self.sources;
        let (missing, sound) = lint::whole(&merged.document, &|span| sources.locate(span));
        self.findings.extend(missing);
        if !sound {
            return None;
        }
        let read = Document::read(merged.document.own, &merged.document.node);
        read.map_err(|error| {
            let at = error.at.unwrap_or(merged.document.at);
            self.error(codes::WRONG_TYPE, at, error.message);
        })
        .ok()
    }

    /// Keeps a resource unless its address is taken.
    pub(super) fn keep(&mut self, drafts: &mut BTreeMap<ResourceId, Draft>, draft: Draft) {
        if let Some(other) = drafts.get(&draft.id) {
            let message = format!("{} is there twice", draft.id);
            let note = format!("first at {}", self.sources.locate(other.merged.document.at));
            let finding = self.error(codes::DUPLICATE_DOCUMENT, draft.merged.document.at, message);
            finding.notes.push(note);
            finding.hint = way_to_one(&draft.id).map(str::to_owned);
        } else {
            drafts.insert(draft.id.clone(), draft);
        }
    }

    /// Returns the resource of a plain manifest.
    pub(super) fn manifest(&mut self, merged: Arc<Merged>) -> Draft {
        let document = &merged.document;
        self.check_literals(&document.node);
        let annotations = self.annotations(&document.node);
        let connection =
            document.connection.as_deref().map_or_else(ConnectionName::default, ConnectionName::from);
        let key = &document.key;
        let id = ResourceId {
            system: System::Kubernetes,
            connection: self.known(connection, annotations.connection_at),
            kind: Kind::kubernetes(&key.group, &key.kind),
            namespace: key.namespace.clone(),
            name: Arc::clone(&key.name),
        };
        let Annotations { connection_at: _, depends_on, ignored, moved_from } = annotations;
        let (needs, mentions) = (BTreeSet::new(), Vec::new());
        Draft { id, says: Says::Manifest, ignored, moved_from, needs, depends_on, mentions, merged }
    }

    /// Returns the Secret of a managed secret.
    pub(super) fn managed_secret(&mut self, secret: &ManagedSecret, merged: Arc<Merged>) -> Option<Draft> {
        let annotations = self.annotations(&merged.document.node);
        let target =
            merged.document.node.at(&["spec", "target"]).map_or(merged.document.at, |target| target.span);
        let connection = self.known(secret.spec.connection(), Some(target));
        let written = secret.spec.target.namespace.as_deref().map(Arc::from);
        let Some(namespace) = written.or_else(|| self.namespaces.get(&connection).cloned()) else {
            let hint =
                format!("write `namespace` here, or in spec.kubernetes.{connection} of the environment");
            self.error(codes::NO_NAMESPACE, target, "the target has no namespace".to_owned()).hint =
                Some(hint);
            return None;
        };
        let id = ResourceId {
            system: System::Kubernetes,
            connection,
            kind: Kind::new("Secret"),
            name: Arc::from(secret.spec.target.name.as_str()),
            namespace: Some(Arc::clone(&namespace)),
        };
        self.target_names(&id, &merged.document.node);
        let says = Says::Made {
            document: Arc::from(format!("{}/{}", OwnKind::ManagedSecret.as_str(), secret.metadata.name)),
            api_version: ApiVersion::new("v1"),
            config: secret.spec.manifest(&namespace),
        };
        let Annotations { connection_at: _, depends_on, ignored, moved_from } = annotations;
        let (needs, mentions) = (BTreeSet::new(), Vec::new());
        Some(Draft { id, says, ignored, moved_from, needs, depends_on, mentions, merged })
    }

    /// Tells what of a target cannot be part of an address.
    fn target_names(&mut self, id: &ResourceId, node: &Node) {
        let namespace = id.namespace.as_deref().and_then(kubernetes::namespace_trouble);
        let name = kubernetes::name_trouble(&id.kind, &id.name);
        for (field, trouble) in [("namespace", namespace), ("name", name)] {
            if let (Some(made_of), Some(written)) = (trouble, node.at(&["spec", "target", field])) {
                let message = format!("`{}` cannot be a {field}", written.text().map_or("", |text| &**text));
                self.error(codes::NAME, written.span, message).hint = Some(made_of.to_owned());
            }
        }
    }

    pub(super) fn annotations(&mut self, node: &Node) -> Annotations {
        let (annotations, findings) = read_annotations(node, self.sources);
        self.findings.extend(findings);
        annotations
    }

    /// Tells if the environment has no such connection. A sandbox has the default one.
    pub(super) fn known(&mut self, connection: ConnectionName, at: Option<Span>) -> ConnectionName {
        let spec = &self.environment.spec;
        let simulated = spec.sandbox.map(|_| ConnectionName::DEFAULT);
        let names = || spec.kubernetes.keys().map(String::as_str).chain(simulated);
        let is_there = names().any(|name| name == connection.as_str());
        let Some(at) = at.filter(|_| !is_there) else { return connection };
        let near = nearest(connection.as_str(), names()).map(str::to_owned);
        let all = names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let label = match near {
            Some(near) => format!("there is `{near}`"),
            None if all.is_empty() => "spec.kubernetes has none at all".to_owned(),
            None => format!("there are {all}"),
        };
        let message = format!("this environment has no connection `{connection}`");
        self.error(codes::UNKNOWN_CONNECTION, at, message).label = Some(label);
        connection
    }

    fn check_literals(&mut self, node: &Node) {
        let is_secret = node.text_at(&["kind"]).is_some_and(|kind| &**kind == "Secret")
            && node.text_at(&["apiVersion"]).is_some_and(|version| &**version == "v1");
        let allowed =
            node.text_at(&["metadata", "annotations", ALLOW_LITERAL]).is_some_and(|text| &**text == "true");
        if !is_secret || allowed {
            return;
        }
        for field in ["data", "stringData"] {
            let entry =
                node.entry(field).filter(|entry| entry.value.entries().is_some_and(|data| !data.is_empty()));
            if let Some(entry) = entry {
                let finding = self.error(
                    codes::LITERAL_SECRET,
                    entry.key_span,
                    "this Secret is written out in Git".to_owned(),
                );
                finding.hint = Some(format!(
                    "use a ManagedSecret; if it is no secret, annotate it with {ALLOW_LITERAL}: \"true\""
                ));
            }
        }
    }
}

impl Context<'_> {
    /// Tells if an approval is for a connection that the environment lacks.
    pub(super) fn approval(&mut self, approval: &Approval, at: Span) {
        if approval.address.system == System::Kubernetes {
            self.known(approval.address.connection.clone(), Some(at));
        }
        match (approval.action, &approval.policy) {
            (ApprovedAction::Exempt, None) => {
                let message = "an Approval `exempt` names the policy that is not to count".to_owned();
                self.error(codes::MISSING_FIELD, at, message).hint = Some("write `policy: NAME`".to_owned());
            }
            (ApprovedAction::Exempt, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                let message = "`policy` is for Approvals `exempt` only".to_owned();
                self.error(codes::CONTRADICTION, at, message).hint = Some("remove it".to_owned());
            }
        }
    }
}

/// Says how documents, or rules of one, that mean the same resource become one.
fn way_to_one(id: &ResourceId) -> Option<&'static str> {
    match id.system {
        System::Kubernetes => None,
        System::Kafka if id.kind.as_str() == kafka::ACL => {
            Some("put all operations for the same resource, pattern and host into one rule")
        }
        System::Neo4j => Some("write it once, in one Neo4jCluster"),
        System::Kafka | System::Connect => {
            Some("it is called by `spec.name`, or by the name of the document where that is not written")
        }
    }
}
