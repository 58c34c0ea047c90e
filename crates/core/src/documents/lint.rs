//! Checks of one document of ours by itself: its schema, and what a schema cannot say.

use super::check::{Extent, check};
use super::environment::{self, Environment, KubernetesConnection, State};
use super::nearest::nearest;
use super::repository::Written;
use super::source::Span;
use super::yaml::tree::Node;
use super::{Document, OwnKind, codes, schema};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::engine::id::ConnectionName;
use crate::engine::windows::{NoWindow, time_zones};
use crate::resources::kubernetes::namespace_trouble;

type Locate<'a> = &'a dyn Fn(Span) -> Location;

/// Returns what is wrong with one document of one layer, whatever the other layers have.
pub(super) fn alone(document: &Written, locate: Locate<'_>) -> Vec<Diagnostic> {
    let Some(own) = document.own else { return Vec::new() };
    let extent = match own {
        OwnKind::Environment | OwnKind::Policy => Extent::Whole,
        OwnKind::Approval
        | OwnKind::ConnectCluster
        | OwnKind::Connector
        | OwnKind::KafkaAcl
        | OwnKind::KafkaCluster
        | OwnKind::KafkaTopic
        | OwnKind::KafkaUser
        | OwnKind::ManagedSecret
        | OwnKind::Neo4jCluster => Extent::Layer,
    };
    let mut findings = check(&document.node, schema::schema(own), extent, locate);
    if findings.is_empty() && own == OwnKind::Environment {
        findings = match Document::read(Some(own), &document.node) {
            Ok(Document::Environment(environment)) => {
                Lint { node: &document.node, locate }.environment(&environment)
            }
            Ok(_) => Vec::new(),
            Err(error) => vec![Diagnostic::error(
                codes::WRONG_TYPE,
                locate(error.at.unwrap_or(document.at)),
                error.message,
            )],
        };
    }
    findings.into_iter().map(|finding| finding.note(within(document))).collect()
}

/// Returns what a merged document lacks, and whether it is otherwise sound.
pub(super) fn whole(document: &Written, locate: Locate<'_>) -> (Vec<Diagnostic>, bool) {
    let Some(own) = document.own else { return (Vec::new(), true) };
    let findings = check(&document.node, schema::schema(own), Extent::Whole, locate);
    let sound = findings.is_empty();
    let missing = findings.into_iter().filter(|finding| finding.code == codes::MISSING_FIELD);
    (missing.map(|finding| finding.note(within(document))).collect(), sound)
}

fn within(document: &Written) -> String {
    format!("in {}/{}", document.key.kind, document.key.name)
}

struct Lint<'a> {
    node: &'a Node,
    locate: Locate<'a>,
}

impl Lint<'_> {
    /// Returns an error at the deepest part of the path that is written.
    fn error(&self, code: Code, path: &[&str], message: impl Into<String>) -> Diagnostic {
        let mut at = self.node.span;
        let mut node = self.node;
        for entry in path.iter().map_while(|key| {
            let entry = node.entry(key)?;
            node = &entry.value;
            Some(entry)
        }) {
            at = if entry.value.text().is_some() { entry.value.span } else { entry.key_span };
        }
        Diagnostic::error(code, (self.locate)(at), message)
    }

    fn environment(&self, environment: &Environment) -> Vec<Diagnostic> {
        let spec = &environment.spec;
        let mut findings = Vec::new();
        if !is_environment_name(&environment.metadata.name) {
            let message = format!("`{}` cannot be the name of an environment", environment.metadata.name);
            let hint = "lowercase letters, digits and `-`, at most 40";
            findings.push(self.error(codes::NAME, &["metadata", "name"], message).hint(hint));
        }
        if spec.sandbox.is_some() && !spec.kubernetes.is_empty() {
            let message = "a sandbox has no real connections";
            let hint = "remove `sandbox`, or `kubernetes`";
            findings.push(self.error(codes::CONTRADICTION, &["spec", "sandbox"], message).hint(hint));
        }
        for (name, connection) in &spec.kubernetes {
            findings.extend(self.connection(name, connection));
        }
        findings.extend(self.namespaces(environment));
        findings.extend(self.state(environment));
        let written = self.node.get("spec").and_then(|spec| spec.get("windows")).and_then(Node::items);
        for (window, node) in spec.windows.iter().zip(written.into_iter().flatten()) {
            findings.extend(self.window(window, node));
        }
        findings
    }

    fn window(&self, written: &environment::Window, node: &Node) -> Option<Diagnostic> {
        let at = |field: &str| (self.locate)(node.get(field).map_or(node.span, |value| value.span));
        match written.settled() {
            Err(NoWindow::Zone(name)) => {
                let names = time_zones();
                let message = format!("`{name}` is no time zone");
                let finding = Diagnostic::error(codes::TIME_ZONE, at("timeZone"), message);
                Some(match nearest(&name, names.iter().map(String::as_str)) {
                    Some(near) => finding.label(format!("there is `{near}`")),
                    None => finding.hint("write its IANA name: Europe/Berlin"),
                })
            }
            Err(error @ NoWindow::Length) => {
                let finding = Diagnostic::error(codes::WINDOW, at("for"), error.to_string());
                Some(finding.hint("for example 3h"))
            }
            Err(error @ NoWindow::Schedule(_)) => {
                Some(Diagnostic::error(codes::SCHEDULE, at("allow"), error.to_string()))
            }
            Ok(window) if window.next_after(jiff::Timestamp::UNIX_EPOCH).is_none() => {
                let message = format!("`{}` never comes, so this window never opens", written.allow);
                Some(Diagnostic::error(codes::WINDOW, at("allow"), message))
            }
            Ok(_) => None,
        }
    }

    fn namespaces(&self, environment: &Environment) -> Vec<Diagnostic> {
        let of_state = match &environment.spec.state {
            Some(State::Kubernetes(state)) => {
                Some((vec!["spec", "state", "kubernetes", "namespace"], &state.namespace))
            }
            Some(State::Directory(_) | State::ObjectStore(_)) | None => None,
        };
        let of_connections = environment.spec.kubernetes.iter().filter_map(|(name, connection)| {
            Some((vec!["spec", "kubernetes", name.as_str(), "namespace"], connection.namespace.as_ref()?))
        });
        let wrong = of_connections.chain(of_state).filter_map(|(path, namespace)| {
            let made_of = namespace_trouble(namespace)?;
            let message = format!("`{namespace}` cannot be a namespace");
            Some(self.error(codes::NAME, &path, message).hint(made_of))
        });
        wrong.collect()
    }

    fn connection(&self, name: &str, connection: &KubernetesConnection) -> Vec<Diagnostic> {
        let path = |field| ["spec", "kubernetes", name, field];
        let KubernetesConnection { kubeconfig, context, in_cluster, namespace: _, acting_as, as_groups } =
            connection;
        let mut findings = Vec::new();
        match (kubeconfig, in_cluster) {
            (None, false) => findings.push(
                self.error(
                    codes::CONNECTION_KIND,
                    &path("")[..3],
                    format!("`{name}` does not say how to connect"),
                )
                .hint("write `kubeconfig: {fromEnv: KUBECONFIG}`, or `inCluster: true`"),
            ),
            (Some(_), true) => findings.push(
                self.error(
                    codes::CONTRADICTION,
                    &path("inCluster"),
                    "a pod's own account needs no kubeconfig",
                )
                .hint("remove `inCluster`, or `kubeconfig`"),
            ),
            (None, true) if context.is_some() => findings.push(
                self.error(codes::CONTRADICTION, &path("context"), "a context is chosen from a kubeconfig")
                    .hint("remove `context`, or name the kubeconfig"),
            ),
            (None, true) | (Some(_), false) => {}
        }
        if acting_as.is_none() && !as_groups.is_empty() {
            let message = "`asGroups` acts as groups of a user, and there is no `as`";
            findings
                .push(self.error(codes::CONTRADICTION, &path("asGroups"), message).hint("write `as` too"));
        }
        findings
    }

    fn state(&self, environment: &Environment) -> Option<Diagnostic> {
        let spec = &environment.spec;
        let state = match spec.state.as_ref() {
            Some(State::Kubernetes(state)) => state,
            Some(State::Directory(path)) => return self.state_directory(path),
            Some(State::ObjectStore(_)) => return None,
            None => return self.state_by_default(environment),
        };
        if spec.sandbox.is_some() || spec.kubernetes.contains_key(&state.connection) {
            return None;
        }
        let message = format!("this environment has no connection `{}`", state.connection);
        let path = ["spec", "state", "kubernetes", "connection"];
        let finding = self.error(codes::UNKNOWN_CONNECTION, &path, message);
        Some(match nearest(&state.connection, spec.kubernetes.keys().map(String::as_str)) {
            Some(near) => finding.label(format!("there is `{near}`")),
            None => finding.hint("add it to spec.kubernetes"),
        })
    }
}

impl Lint<'_> {
    /// State is kept in the cluster of connection `default` unless told otherwise.
    fn state_by_default(&self, environment: &Environment) -> Option<Diagnostic> {
        let connections = &environment.spec.kubernetes;
        let first = connections.keys().next()?;
        if connections.contains_key(ConnectionName::DEFAULT) {
            return None;
        }
        let message = "nothing says where state is kept, as there is no connection `default`";
        let hint = format!("state: {{kubernetes: {{connection: {first}, namespace: evenkeel}}}}");
        Some(self.error(codes::UNKNOWN_CONNECTION, &["spec", "kubernetes"], message).hint(hint))
    }

    /// A relative path is one in the repository; elsewhere is named in full, so that nobody gets there by a slip.
    fn state_directory(&self, path: &str) -> Option<Diagnostic> {
        let error = |message: &str| self.error(codes::STATE_PLACE, &["spec", "state", "directory"], message);
        let mut depth = 0_i32;
        let leaves = path.split('/').any(|part| {
            depth += match part {
                "" | "." => 0,
                ".." => -1,
                _ => 1,
            };
            depth < 0
        });
        if path.is_empty() {
            return Some(error("the directory has no name").hint("directory: state"));
        }
        let hint = "name it by its whole path, from `/`, if it is meant to be elsewhere";
        (leaves && !path.starts_with('/'))
            .then(|| error("this directory is outside of the repository").hint(hint))
    }
}

fn is_environment_name(name: &str) -> bool {
    let sound = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    !name.is_empty()
        && name.len() <= 40
        && name.chars().all(sound)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
