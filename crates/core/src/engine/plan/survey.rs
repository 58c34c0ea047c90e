//! Looks at every resource that is wanted or ours, and says of each what is known; asks for what is not.

use super::inputs::{Doubts, Inputs};
use super::kinds::{Kinds, Service};
use super::round::{Round, Sight};
use super::shapes::Shapes;
use crate::engine::fingerprint::Digest;
use crate::engine::id::{ConnectionName, ResourceId};
use crate::engine::ledger::Row;
use crate::engine::live::Live;
use crate::engine::question::{Answer, Fact, FactId, Question, Rejection, Seen, Why};
use crate::engine::value::{SecretRef, SecretSource, Value};
use crate::engine::verdict::Verdict;
use crate::engine::wanted::Wanted;
use crate::resources::kubernetes::{self, Normal, Refusal, Shape};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that matters to the plan, looked at.
pub(super) struct Survey<'a> {
    /// What is wanted, by the address that its system knows.
    pub(super) wanted: BTreeMap<ResourceId, Subject<'a>>,
    /// What is ours and no longer wanted.
    pub(super) leaving: BTreeMap<&'a ResourceId, Leaving<'a>>,
    /// What carries our marker; tells a lost ledger from a first apply.
    pub(super) marked: Vec<&'a Seen>,
}

/// A wanted resource and all that is known of it.
pub(super) struct Subject<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) row: Option<&'a Row>,
    pub(super) needs: BTreeSet<ResourceId>,
    pub(super) state: State<'a>,
}

/// What is known of a wanted resource.
pub(super) enum State<'a> {
    /// It cannot be as it is written, or nobody serves its kind.
    Refused(String),
    /// It, or its kind, could not be read.
    Unreadable(Why),
    /// It is not there.
    Absent(Box<Form>),
    /// It is there and was compared.
    Compared { form: Box<Form>, seen: &'a Seen, verdict: Verdict },
}

/// A wanted resource in the form that is compared and sent, and how it is compared.
#[derive(Clone, Debug)]
pub struct Form {
    /// What is compared and sent.
    pub normal: Normal,
    /// How.
    pub shape: Shape,
    /// What it needs, by the addresses that systems know.
    pub needs: Vec<ResourceId>,
}

/// A resource that is ours and no longer wanted.
pub(super) struct Leaving<'a> {
    pub(super) row: &'a Row,
    pub(super) sight: Sight<'a>,
}

/// Looks at everything, or returns what must be asked first.
pub(super) fn survey<'a>(inputs: &'a Inputs, known: &'a Live) -> Result<Survey<'a>, Vec<Question>> {
    let kinds = Kinds::of(inputs, known);
    let mut surveyor =
        Surveyor { inputs, kinds, shapes: Shapes::of(inputs), round: Round::of(inputs, known) };
    surveyor.introduce();
    let wanted = surveyor.wanted();
    let leaving = surveyor.leaving(&wanted);
    let marked = surveyor.round.listed().collect();
    let missing = surveyor.round.missing();
    if !missing.is_empty() {
        return Err(missing);
    }
    let wanted = wanted.into_iter().filter_map(|(id, subject)| Some((id, subject?))).collect();
    Ok(Survey { wanted, leaving, marked })
}

/// Returns the form of every wanted resource that can be known from these answers.
///
/// The shell reads live systems through them: what is as the ledger remembers need not be kept.
#[must_use]
pub fn forms<'a>(inputs: &'a Inputs, known: &'a Live) -> BTreeMap<ResourceId, Form> {
    let kinds = Kinds::of(inputs, known);
    let mut surveyor =
        Surveyor { inputs, kinds, shapes: Shapes::of(inputs), round: Round::of(inputs, known) };
    let form = |wanted: &'a Wanted| {
        let id = surveyor.kinds.resolve(&wanted.id);
        let form = surveyor.form(&id, wanted)?.ok()?;
        Some((id, form))
    };
    inputs.desired.resources.values().filter_map(form).collect()
}

struct Surveyor<'a> {
    inputs: &'a Inputs,
    kinds: Kinds<'a>,
    shapes: Shapes<'a>,
    round: Round<'a>,
}

impl<'a> Surveyor<'a> {
    /// Asks each connection who it is and what it serves.
    fn introduce(&mut self) {
        for connection in self.connections() {
            let _first_contact = self.round.ask(Question::Fact(FactId::Identity(connection.clone())));
            let _kinds = self.round.ask(Question::Fact(FactId::ServedKinds(connection)));
        }
    }

    fn connections(&self) -> BTreeSet<ConnectionName> {
        let wanted = self.inputs.desired.resources.keys();
        let ours = self.inputs.history.ledger().into_iter().flat_map(|ledger| ledger.rows.keys());
        wanted.chain(ours).map(|id| id.connection.clone()).collect()
    }

    fn wanted(&mut self) -> BTreeMap<ResourceId, Option<Subject<'a>>> {
        let inputs = self.inputs;
        let look = |wanted: &'a Wanted| {
            let id = self.kinds.resolve(&wanted.id);
            let subject = self.subject(&id, wanted);
            (id, subject)
        };
        inputs.desired.resources.values().map(look).collect()
    }

    fn subject(&mut self, id: &ResourceId, wanted: &'a Wanted) -> Option<Subject<'a>> {
        let row = self.inputs.history.ledger().and_then(|ledger| ledger.rows.get(id));
        let needs = wanted.needs.iter().map(|need| self.kinds.resolve(need)).collect();
        let state = self.state(id, wanted, row)?;
        Some(Subject { wanted, row, needs, state })
    }

    fn state(&mut self, id: &ResourceId, wanted: &'a Wanted, row: Option<&'a Row>) -> Option<State<'a>> {
        let sight = match self.kinds.service(id) {
            Service::Unreadable(why) => return Some(State::Unreadable(why.clone())),
            Service::Coming(_) => Some(Sight::Absent),
            Service::BuiltIn | Service::Live(_) => self.round.sight(id),
            Service::Nobody => None,
        };
        let form = match self.form(id, wanted)? {
            Ok(form) => Box::new(form),
            Err(message) => return Some(State::Refused(message)),
        };
        match sight? {
            Sight::Absent => Some(State::Absent(form)),
            Sight::Unreadable(why) => Some(State::Unreadable(why)),
            Sight::Seen(seen) => self.compared(form, seen, row),
        }
    }

    /// Returns the form in which a wanted resource is compared and sent, once its schema and digests are answered.
    fn form(&mut self, id: &ResourceId, wanted: &'a Wanted) -> Option<Result<Form, String>> {
        let shape = match self.kinds.service(id) {
            Service::Nobody => return Some(Err(nobody_serves(id))),
            Service::Unreadable(why) => return Some(Err(why.message.clone())),
            Service::Coming(crd) => Some(self.shapes.of_coming(id, wanted, crd)),
            Service::BuiltIn => match kubernetes::builtin(&wanted.api_version, id.kind.short()) {
                Some(kind) => Some(Shape::of_builtin(kind)),
                None => return Some(Err(nobody_serves_version(wanted))),
            },
            Service::Live(served) => self.shapes.of_served(&mut self.round, id, wanted, served),
        };
        let wanted = self.with_digests(id, wanted);
        let (shape, wanted) = (shape?, wanted?);
        let normal = kubernetes::normalise(&wanted, &self.inputs.desired.environment, &shape);
        let needs = wanted.needs.iter().map(|need| self.kinds.resolve(need)).collect();
        Some(normal.map(|normal| Form { normal, shape, needs }).map_err(|refusals| refusal_words(&refusals)))
    }

    fn compared(&mut self, form: Box<Form>, seen: &'a Seen, row: Option<&Row>) -> Option<State<'a>> {
        let verdict = kubernetes::compare(&form.normal, seen, row, &form.shape);
        if !matches!(verdict, Verdict::Undecided(_)) || self.inputs.doubts == Doubts::Leave {
            return Some(State::Compared { form, seen, verdict });
        }
        let question = Question::Project(seen.id.clone(), form.normal.fingerprint());
        Some(match self.round.ask(question)? {
            Answer::Seen(projected) => {
                let verdict = kubernetes::compare_projected(&form.normal, seen, projected, row, &form.shape);
                State::Compared { form, seen, verdict }
            }
            Answer::Rejected(Rejection::Invalid { message, immutable: _ }) => State::Refused(message.clone()),
            // Not allowed to ask, or no answer: the doubt stays, and is settled by the step `confirm`.
            Answer::Rejected(_) | Answer::Unreadable(_) => State::Compared { form, seen, verdict },
            Answer::NotFound | Answer::Inventory { .. } | Answer::Fact(_) => {
                State::Compared { form, seen, verdict }
            }
        })
    }

    /// Returns the wanted resource with the digests of its secrets filled in, once those are answered.
    fn with_digests(&mut self, id: &ResourceId, wanted: &'a Wanted) -> Option<Cow<'a, Wanted>> {
        let mut sources = BTreeSet::new();
        collect_sources(&wanted.config, &mut sources);
        if sources.is_empty() && *id == wanted.id {
            return Some(Cow::Borrowed(wanted));
        }
        let digests: BTreeMap<SecretSource, Option<&Answer>> = sources
            .into_iter()
            .map(|source| {
                (source.clone(), self.round.ask(Question::Fact(FactId::SecretDigest(source.clone()))))
            })
            .collect();
        if digests.values().any(Option::is_none) {
            return None;
        }
        let digest_of = |source: &SecretSource| match digests.get(source).copied().flatten() {
            Some(Answer::Fact(Fact::SecretDigest(digest))) => Some(digest.clone()),
            _ => None,
        };
        let mut config = wanted.config.as_ref().clone();
        fill_digests(&mut config, &digest_of);
        Some(Cow::Owned(Wanted { id: id.clone(), config: Arc::new(config), ..wanted.clone() }))
    }

    fn leaving(
        &mut self,
        wanted: &BTreeMap<ResourceId, Option<Subject<'a>>>,
    ) -> BTreeMap<&'a ResourceId, Leaving<'a>> {
        let Some(ledger) = self.inputs.history.ledger() else { return BTreeMap::new() };
        let left = ledger.rows.iter().filter(|(id, _)| !wanted.contains_key(*id));
        left.filter_map(|(id, row)| Some((id, Leaving { row, sight: self.sight_of_ours(id)? }))).collect()
    }

    /// What we made stays readable under its own kind; if nobody serves that kind any more, its objects went with it.
    fn sight_of_ours(&mut self, id: &ResourceId) -> Option<Sight<'a>> {
        match self.kinds.service(id) {
            Service::BuiltIn | Service::Live(_) => self.round.sight(id),
            Service::Unreadable(why) => Some(Sight::Unreadable(why.clone())),
            Service::Nobody | Service::Coming(_) => Some(Sight::Absent),
        }
    }
}

fn collect_sources<'v>(value: &'v Value, sources: &mut BTreeSet<&'v SecretSource>) {
    match value {
        // What is generated has no source to read: the live Secret keeps it.
        Value::Secret(SecretRef { source: SecretSource::Generate { .. }, digest: _ }) => {}
        Value::Secret(secret) => {
            sources.insert(&secret.source);
        }
        Value::List(items) => items.iter().for_each(|item| collect_sources(item, sources)),
        Value::Map(map) => map.values().for_each(|item| collect_sources(item, sources)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        Value::Output(_) | Value::Opaque(_) => {}
    }
}

fn fill_digests(value: &mut Value, digest_of: &impl Fn(&SecretSource) -> Option<Digest>) {
    match value {
        Value::Secret(secret) => secret.digest = digest_of(&secret.source),
        Value::List(items) => items.iter_mut().for_each(|item| fill_digests(item, digest_of)),
        Value::Map(map) => map.values_mut().for_each(|item| fill_digests(item, digest_of)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        Value::Output(_) | Value::Opaque(_) => {}
    }
}

fn nobody_serves(id: &ResourceId) -> String {
    format!("no kind {} is served, and no CustomResourceDefinition for it is in the specs", id.kind)
}

fn nobody_serves_version(wanted: &Wanted) -> String {
    format!("{} {} is not known", wanted.api_version, wanted.id.kind.short())
}

fn refusal_words(refusals: &[Refusal]) -> String {
    let words: Vec<String> =
        refusals.iter().map(|refusal| format!("{}: {}", refusal.path, refusal.why)).collect();
    words.join("; ")
}
