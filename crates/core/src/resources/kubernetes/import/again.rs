//! Answers a plan's questions from what an import has seen already, so that both look at the very same objects.

use crate::engine::id::{ConnectionName, EnvironmentName, ResourceId};
use crate::engine::live::Live;
use crate::engine::question::{Answer, Body, Fact, FactId, Question, Scope, Seen};
use crate::engine::value::{SecretSource, Value};
use crate::resources::kubernetes::MARKER;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Returns the answer that an import's answers imply; nothing where they imply none.
#[must_use]
pub fn answer_again(question: &Question, known: &Live, environment: &EnvironmentName) -> Option<Answer> {
    match question {
        Question::Inventory(scope) => {
            let rows = everything(scope, known)?;
            let ours = rows.iter().filter(|seen| is_ours(seen, environment)).cloned().collect();
            Some(Answer::Inventory { rows: ours, complete: Ok(()) })
        }
        Question::Object(id) => {
            let mut rows = everything(&Scope::of(id), known)?.iter();
            let found = rows.find(|seen| seen.id == *id);
            Some(found.map_or(Answer::NotFound, |seen| Answer::Seen(seen.clone())))
        }
        Question::Fact(FactId::SecretDigest(source)) => digest(source, known),
        Question::Everything(_) | Question::Project(..) | Question::Fact(_) => known.get(question).cloned(),
    }
}

fn everything<'a>(scope: &Scope, known: &'a Live) -> Option<&'a [Seen]> {
    match known.get(&Question::Everything(scope.clone()))? {
        Answer::Inventory { rows, complete: Ok(()) } => Some(rows),
        Answer::Inventory { rows: _, complete: Err(_) } | Answer::Seen(_) | Answer::NotFound => None,
        Answer::Fact(_) | Answer::Unreadable(_) | Answer::Rejected(_) => None,
    }
}

fn is_ours(seen: &Seen, environment: &EnvironmentName) -> bool {
    let Body::Whole(live) = &seen.body else { return true };
    live.at(&["metadata", "labels", MARKER]).and_then(Value::as_text) == Some(environment.as_str())
}

/// The digest that a Secret was read with is that of its text, under the same key.
fn digest(source: &SecretSource, known: &Live) -> Option<Answer> {
    let SecretSource::FromSecret { connection, namespace, name, key } = source else { return None };
    let secrets = known.iter().filter_map(|(question, _)| match question {
        Question::Everything(scope) => Some(scope).filter(|scope| {
            scope.kind.as_str() == "Secret"
                && scope.connection.as_str() == connection
                && scope.namespace.as_deref() == Some(namespace)
        }),
        Question::Inventory(_) | Question::Object(_) | Question::Project(..) | Question::Fact(_) => None,
    });
    let mut rows = secrets.filter_map(|scope| everything(scope, known)).flatten();
    let secret = rows.find(|seen| *seen.id.name == **name)?;
    let Body::Whole(live) = &secret.body else { return None };
    match live.at(&["data", key])? {
        Value::Opaque(digest) => Some(Answer::Fact(Fact::SecretDigest(digest.clone()))),
        _ => None,
    }
}

/// Returns the addresses that Git has, each with and without the namespace that it may leave out.
#[must_use]
pub fn in_git(
    wanted: impl Iterator<Item = ResourceId>,
    default: impl Fn(&ConnectionName) -> Arc<str>,
) -> BTreeSet<ResourceId> {
    wanted
        .flat_map(|id| {
            let namespace = id.namespace.clone().unwrap_or_else(|| default(&id.connection));
            let settled = ResourceId { namespace: Some(namespace), ..id.clone() };
            [id, settled]
        })
        .collect()
}
