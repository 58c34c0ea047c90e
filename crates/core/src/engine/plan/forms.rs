//! The forms of what is wanted: each is made once, however many rounds of questions a plan takes.

use super::in_order::InOrder;
use super::inputs::Inputs;
use super::kinds::{Kinds, Service};
use super::round::Round;
use super::shapes::Shapes;
use crate::engine::fingerprint::Digest;
use crate::engine::id::{ConnectionName, ResourceId, System};
use crate::engine::live::Live;
use crate::engine::question::{Answer, Fact, FactId, Question, Trouble, Why};
use crate::engine::value::{SecretSource, Value};
use crate::engine::wanted::Wanted;
use crate::resources::Normal;
use crate::resources::kubernetes::{self, Refusal};
use crate::resources::settings::Settings;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A wanted resource in the form that is compared and sent, and how it is compared.
#[derive(Clone, Debug)]
pub struct Form {
    /// What is compared and sent, and how.
    pub normal: Normal,
    /// What it needs, by the addresses that systems know.
    pub needs: Vec<ResourceId>,
}

/// Forms by the address that their system knows; shared, so that a reader of live systems may hold them.
pub type Forms = Arc<BTreeMap<ResourceId, Form>>;

/// A wanted resource under the address that its system knows.
pub(super) struct Want<'a> {
    pub(super) id: ResourceId,
    pub(super) wanted: &'a Wanted,
    pub(super) service: Service<'a>,
}

/// What was made of the specs so far, and the facts that it rests on.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) forms: Forms,
    /// What cannot be as it is written, in words.
    pub(super) refused: BTreeMap<ResourceId, String>,
    /// Whose secrets could not all be read, and why.
    pub(super) unread: BTreeMap<ResourceId, Why>,
    facts: BTreeMap<FactId, Answer>,
}

impl Made {
    /// Forgets everything if a fact that it rests on was answered anew; facts that are added change nothing.
    pub(super) fn keep_what_holds(&mut self, known: &Live) {
        let facts: BTreeMap<FactId, Answer> = known.iter().filter_map(fact).collect();
        if self.facts.iter().any(|(id, answer)| facts.get(id) != Some(answer)) {
            *self = Self::default();
        }
        self.facts = facts;
    }

    /// Makes every form that was not made yet and can be, and asks for what the others lack.
    pub(super) fn make<'a>(
        &mut self,
        inputs: &'a Inputs,
        kinds: &Kinds<'a>,
        round: &mut Round<'a>,
    ) -> Vec<Want<'a>> {
        let mut maker = Maker { inputs, kinds, shapes: Shapes::of(inputs), round, unread: BTreeMap::new() };
        let (mut wants, mut made) = (Vec::with_capacity(inputs.desired.resources.len()), Vec::new());
        let forms = Forms::clone(&self.forms);
        let mut earlier = InOrder::of(&forms);
        for wanted in inputs.desired.resources.values() {
            let service = kinds.service(&wanted.id);
            let want = Want { id: kinds.resolve(&wanted.id, service), wanted, service };
            if earlier.get(&want.id).is_none() && !self.refused.contains_key(&want.id) {
                match maker.form(&want) {
                    Some(Ok(form)) => made.push((want.id.clone(), form)),
                    Some(Err(words)) => drop(self.refused.insert(want.id.clone(), words)),
                    None => {}
                }
            }
            wants.push(want);
        }
        drop(forms);
        self.unread.append(&mut maker.unread);
        self.add(made);
        wants
    }

    fn add(&mut self, made: Vec<(ResourceId, Form)>) {
        if self.forms.is_empty() {
            self.forms = Arc::new(made.into_iter().collect());
        } else if !made.is_empty() {
            Arc::make_mut(&mut self.forms).extend(made);
        }
    }
}

/// Identities are no part of a form.
fn fact((question, answered): (&Question, &crate::engine::live::Answered)) -> Option<(FactId, Answer)> {
    match question {
        Question::Fact(FactId::Identity(_)) | Question::Inventory(_) | Question::Everything(_) => None,
        Question::Object(_) | Question::Project(_, _) => None,
        Question::Fact(id) => Some((id.clone(), answered.answer.clone())),
    }
}

struct Maker<'m, 'a> {
    inputs: &'a Inputs,
    kinds: &'m Kinds<'a>,
    shapes: Shapes<'a>,
    round: &'m mut Round<'a>,
    unread: BTreeMap<ResourceId, Why>,
}

impl<'a> Maker<'_, 'a> {
    /// Returns the form in which a wanted resource is compared and sent, once all that it takes is answered.
    fn form(&mut self, want: &Want<'a>) -> Option<Result<Form, String>> {
        match want.id.system {
            System::Kubernetes => self.object(want),
            System::Kafka | System::Connect | System::Neo4j => self.settings(want).map(Ok),
        }
    }

    fn settings(&mut self, want: &Want<'a>) -> Option<Form> {
        let wanted = self.with_digests(&want.id, want.wanted)?;
        let needs = self.kinds.needs(&wanted).collect();
        Some(Form { normal: Normal::Settings(Settings::of(&wanted)), needs })
    }

    /// A Kubernetes object takes the schema of its kind.
    fn object(&mut self, want: &Want<'a>) -> Option<Result<Form, String>> {
        let Want { id, wanted, service } = want;
        let shape = match service {
            // Whatever is not known yet, or not at all, has no form; the survey says so of it.
            Service::Nobody | Service::Unreadable(_) => return None,
            Service::Coming(_) if !self.kinds.is_known(&id.connection) => return None,
            Service::Coming(crd) => Some(self.shapes.of_coming(id, wanted, crd)),
            Service::BuiltIn => match self.shapes.of_builtin(id, wanted) {
                Some(shape) => Some(shape),
                None => return Some(Err(nobody_serves_version(wanted))),
            },
            Service::Live(served) => self.shapes.of_served(self.round, id, wanted, served),
        };
        let wanted = self.with_digests(id, wanted);
        let (shape, wanted) = (shape?, wanted?);
        let normal = kubernetes::normalise(&wanted, &self.inputs.desired.environment, &shape);
        let needs = self.kinds.needs(&wanted).collect();
        let form = normal.map(|normal| Form { normal: Normal::Kubernetes { normal, shape }, needs });
        Some(form.map_err(|refusals| refusal_words(&refusals)))
    }

    /// Tells whether a source that is not there is part of a Secret that these specs make: it will be there in time.
    fn is_coming(&self, source: &SecretSource, why: &Why) -> bool {
        let SecretSource::FromSecret { connection, namespace, name, key: _ } = source else { return false };
        let mut id = ResourceId::kubernetes("Secret", Some(namespace), name);
        id.connection = ConnectionName::new(connection.as_str());
        why.trouble == Trouble::NoSource && self.inputs.desired.resources.contains_key(&id)
    }

    /// Returns the wanted resource with the digests of its secrets filled in, once those are answered.
    fn with_digests(&mut self, id: &ResourceId, wanted: &'a Wanted) -> Option<Cow<'a, Wanted>> {
        // What is generated has no source to read: the live Secret keeps it.
        let sources: BTreeSet<SecretSource> = wanted.sources().difference(&wanted.unread).cloned().collect();
        if let Some(why) = not_in_force(wanted) {
            self.unread.insert(id.clone(), why);
        }
        if sources.is_empty() && *id == wanted.id {
            return Some(Cow::Borrowed(wanted));
        }
        let digests: BTreeMap<SecretSource, Option<&Answer>> = sources
            .into_iter()
            .map(|source| {
                let answer = self.round.ask(Question::Fact(FactId::SecretDigest(source.clone())));
                (source, answer)
            })
            .collect();
        if digests.values().any(Option::is_none) {
            return None;
        }
        if let Some(why) = unread(&digests, |source, why| self.is_coming(source, why)) {
            self.unread.entry(id.clone()).or_insert(why);
        }
        let digest_of = |source: &SecretSource| match digests.get(source).copied().flatten() {
            Some(Answer::Fact(Fact::SecretDigest(digest))) => Some(digest.clone()),
            _ => None,
        };
        let mut config = wanted.config.as_ref().clone();
        fill_digests(&mut config, &digest_of);
        Some(Cow::Owned(Wanted { id: id.clone(), config: Arc::new(config), ..wanted.clone() }))
    }
}

/// Says which of these sources could not be read, all of them at once.
fn unread(
    digests: &BTreeMap<SecretSource, Option<&Answer>>,
    is_coming: impl Fn(&SecretSource, &Why) -> bool,
) -> Option<Why> {
    let whys = digests.iter().filter_map(|(source, answer)| match answer {
        Some(Answer::Fact(Fact::SecretDigest(_))) | None => None,
        Some(Answer::Unreadable(why)) => Some((source, why.clone())),
        Some(Answer::Seen(_) | Answer::NotFound | Answer::Inventory { .. }) => {
            Some((source, no_secret(source)))
        }
        Some(Answer::Fact(_) | Answer::Rejected(_)) => Some((source, no_secret(source))),
    });
    let whys: Vec<Why> = whys.filter(|(source, why)| !is_coming(source, why)).map(|(_, why)| why).collect();
    let message = whys.iter().map(|why| why.message.as_str()).collect::<Vec<_>>().join("; ");
    Some(Why { trouble: whys.first()?.trouble, message })
}

fn no_secret(source: &SecretSource) -> Why {
    Why { trouble: Trouble::NoSource, message: format!("there is no {source}") }
}

/// Equal or different would be an answer to a guess: a secret that only the planned revision names is not looked at.
fn not_in_force(wanted: &Wanted) -> Option<Why> {
    let unread: Vec<String> = wanted.unread.iter().map(ToString::to_string).collect();
    if unread.is_empty() {
        return None;
    }
    let message = format!(
        "it takes a secret from {}, as this revision says and the protected one does not",
        unread.join(", ")
    );
    Some(Why { trouble: Trouble::NotInForce, message })
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

fn nobody_serves_version(wanted: &Wanted) -> String {
    format!("{} {} is not known", wanted.api_version, wanted.id.kind.short())
}

fn refusal_words(refusals: &[Refusal]) -> String {
    let words: Vec<String> =
        refusals.iter().map(|refusal| format!("{}: {}", refusal.path, refusal.why)).collect();
    words.join("; ")
}
