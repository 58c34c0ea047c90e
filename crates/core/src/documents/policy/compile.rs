//! From documents to policies: each compiled, and proved by its own tests. What is wrong is told at its place.

use super::place::within;
use super::{Expectation, Policy, PolicyBook, PolicyTest};
use crate::diagnostic::{Code, Diagnostic};
use crate::documents::repository::Written;
use crate::documents::source::{Sources, Span};
use crate::documents::yaml::tree::Node;
use crate::documents::{Document, OwnKind, codes};
use crate::engine::policy::cel::{Expression, Fault};
use crate::engine::policy::{self, ChangeAction, Finding, Message, Policies, names};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Compiles the policies of a repository, and tells everything that is wrong with them.
pub(in crate::documents) fn compile(
    documents: &[Arc<Written>],
    sources: &Sources,
) -> (PolicyBook, Vec<Diagnostic>) {
    let (mut rules, mut written, mut findings) = (Vec::new(), Vec::new(), Vec::new());
    let mut first: BTreeMap<&str, &Written> = BTreeMap::new();
    for document in documents {
        if document.own != Some(OwnKind::Policy) {
            findings.push(misplaced(document, sources));
            continue;
        }
        if let Some(other) = first.insert(&document.key.name, document) {
            let message = format!("there are two policies `{}`", document.key.name);
            let finding = Diagnostic::error(codes::DUPLICATE_DOCUMENT, sources.locate(document.at), message);
            findings.push(finding.note(format!("first at {}", sources.locate(other.at))));
        }
        // What is wrong with its form was told when its file was read.
        let Ok(Document::Policy(policy)) = Document::read(document.own, &document.node) else { continue };
        let compiler = Compiler { document, sources };
        match compiler.policy(&policy) {
            Ok(rule) => {
                findings.extend(compiler.unseen(&rule));
                rules.push(rule);
            }
            Err(found) => findings.extend(found),
        }
        written.push(policy);
    }
    (PolicyBook { policies: Policies::of(rules), written }, findings)
}

fn misplaced(document: &Written, sources: &Sources) -> Diagnostic {
    let message = format!("{} does not belong into policies/", document.key.kind);
    Diagnostic::error(codes::POLICY_PLACE, sources.locate(document.at), message)
        .hint("policies/ holds documents of `kind: Policy` only")
}

struct Compiler<'a> {
    document: &'a Written,
    sources: &'a Sources,
}

impl Compiler<'_> {
    fn policy(&self, policy: &Policy) -> Result<policy::Policy, Vec<Diagnostic>> {
        let spec = &policy.spec;
        let over = spec.over.settled();
        let known = names(over);
        let deny = Expression::compile(&spec.deny, known);
        let message = Message::compile(&spec.message, known);
        let (deny, message) = match (deny, message) {
            (Ok(deny), Ok(message)) => (deny, message),
            (deny, message) => {
                let faults = [(deny.err(), "deny"), (message.err(), "message")];
                let told = faults.into_iter().filter_map(|(fault, field)| Some(self.fault(&fault?, field)));
                return Err(told.collect());
            }
        };
        let rule = policy::Policy {
            name: Arc::clone(&self.document.key.name),
            over,
            matching: spec.matching.settled(),
            deny,
            message,
            severity: spec.severity.settled(),
            at: self.sources.locate(self.document.at),
        };
        let failed = self.tests(&rule, &spec.tests);
        if failed.is_empty() { Ok(rule) } else { Err(failed) }
    }

    /// A rule that asks for an action which it is never shown is silent about it, and its tests need not tell.
    fn unseen(&self, rule: &policy::Policy) -> Option<Diagnostic> {
        let compares = rule.deny.asks_for("change", "action");
        if rule.over != policy::Over::Changes || !rule.matching.actions.is_empty() || !compares {
            return None;
        }
        let unseen = ChangeAction::ALL.into_iter().filter(|action| !action.changes_values());
        let asked = unseen.map(ChangeAction::as_str).find(|action| rule.deny.has_text(action))?;
        let at = self.field("deny").map_or(self.document.at, |node| node.span);
        let message =
            format!("`{asked}` is never seen here: without `match.actions` it is changes of values");
        let finding = Diagnostic::warning(codes::POLICY_EXPRESSION, self.sources.locate(at), message);
        let finding = finding.note(format!("in Policy/{}", self.document.key.name));
        Some(finding.hint("write `match: {actions: […]}` with each action that it is about"))
    }

    fn field(&self, field: &str) -> Option<&Node> {
        self.document.node.at(&["spec", field])
    }

    fn error(&self, code: Code, at: Option<Span>, message: String) -> Diagnostic {
        let at = at.unwrap_or(self.document.at);
        let finding = Diagnostic::error(code, self.sources.locate(at), message);
        finding.note(format!("in Policy/{}", self.document.key.name))
    }

    fn fault(&self, fault: &Fault, field: &str) -> Diagnostic {
        let Fault { at, message, label } = fault;
        let at = self.field(field).map(|node| within(node, at, self.sources));
        let finding = self.error(codes::POLICY_EXPRESSION, at, message.clone());
        Diagnostic { label: label.clone(), ..finding }
    }

    fn tests(&self, rule: &policy::Policy, tests: &[PolicyTest]) -> Vec<Diagnostic> {
        let over = rule.over;
        let alone = Policies::of(vec![rule.clone()]);
        let nodes = self.field("tests").and_then(Node::items).unwrap_or_default();
        let mut findings = Vec::new();
        for (index, test) in tests.iter().enumerate() {
            let PolicyTest { name, given, expect } = test;
            let at = nodes.get(index).map(|node| node.get("expect").unwrap_or(node).span);
            match given.judged(&alone, over) {
                Err(why) => {
                    findings.push(self.error(codes::POLICY_TEST, at, format!("test `{name}`: {why}")));
                }
                Ok(judged) => findings.extend(self.outcome(name, *expect, &judged, at)),
            }
        }
        findings.extend(self.untested(tests));
        findings
    }

    fn outcome(
        &self,
        name: &str,
        expect: Expectation,
        judged: &[Finding],
        at: Option<Span>,
    ) -> Option<Diagnostic> {
        let message = |was: &str| format!("test `{name}` fails: {was}");
        match (expect, judged.first()) {
            (Expectation::Denied, Some(_)) | (Expectation::Allowed, None) => None,
            (Expectation::Denied, None) => {
                Some(self.error(codes::POLICY_TEST, at, message("the policy allows it")))
            }
            (Expectation::Allowed, Some(finding)) => {
                let finding_note = format!("it says: {}", finding.message);
                Some(self.error(codes::POLICY_TEST, at, message("the policy denies it")).note(finding_note))
            }
        }
    }

    fn untested(&self, tests: &[PolicyTest]) -> Option<Diagnostic> {
        let has = |expect| tests.iter().any(|test| test.expect == expect);
        let missing = match (has(Expectation::Denied), has(Expectation::Allowed)) {
            (true, true) => return None,
            (false, _) => "denied",
            (true, false) => "allowed",
        };
        let at = self.document.node.get("spec").and_then(|spec| spec.entry("tests"));
        let message = format!("no test shows what is {missing}");
        let finding = self.error(codes::POLICY_TEST, at.map(|entry| entry.key_span), message);
        Some(finding.hint(format!("write a test that expects `{missing}`")))
    }
}
