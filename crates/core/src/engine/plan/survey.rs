//! Looks at every resource that is wanted or ours, and says of each what is known; asks for what is not.

use super::forms::{Form, Made, Want};
use super::in_order::InOrder;
use super::inputs::{Doubts, Inputs};
use super::kinds::{Kinds, Service};
use super::round::{Round, Sight};
use crate::engine::id::{ConnectionId, ResourceId};
use crate::engine::ledger::Row;
use crate::engine::question::{Answer, Question, Rejection, Seen, Trouble, Why};
use crate::engine::verdict::Verdict;
use crate::resources;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that matters to the plan, looked at.
pub(super) struct Survey<'a> {
    /// What is wanted, by the address that its system knows.
    pub(super) wanted: BTreeMap<ResourceId, Subject<'a>>,
    /// What is ours and no longer wanted.
    pub(super) leaving: BTreeMap<&'a ResourceId, Leaving<'a>>,
    /// What carries our marker; tells a lost ledger from a first apply.
    pub(super) marked: Vec<&'a ResourceId>,
    /// Who answers behind each connection, or has answered so far.
    pub(super) answering: BTreeMap<ConnectionId, &'a Arc<str>>,
}

impl<'a> Survey<'a> {
    /// Returns what is there under an address, if it was seen.
    pub(super) fn seen(&self, id: &ResourceId) -> Option<&'a Seen> {
        let wanted = self.wanted.get(id).and_then(|subject| match &subject.state {
            State::Compared { form: _, seen, verdict: _ } => Some(*seen),
            State::Refused(_) | State::Unreadable(_) | State::Absent(_) => None,
        });
        wanted.or_else(|| match self.leaving.get(id)?.sight {
            Sight::Seen(seen) => Some(seen),
            Sight::Absent | Sight::Unreadable(_) => None,
        })
    }
}

/// All that is known of a wanted resource.
pub(super) struct Subject<'a> {
    pub(super) row: Option<&'a Row>,
    /// What the ledger has under the address that it had before, if it has one of them only.
    pub(super) moved: Option<Moved<'a>>,
    /// All of them, if the ledger has several.
    pub(super) torn: Vec<&'a ResourceId>,
    pub(super) needs: BTreeSet<ResourceId>,
    pub(super) state: State<'a>,
    /// What the system says to what is to be written, where it was asked ahead.
    pub(super) ahead: Ahead,
    /// Why a secret in it could not be read at its source, if one could not.
    pub(super) unread: Option<&'a Why>,
}

impl<'a> Subject<'a> {
    /// Returns what the ledger has of what was seen, under this address or under the one that it had before.
    pub(super) fn row_of(&self, seen: &Seen) -> Option<&'a Row> {
        row_of((self.row, self.moved), seen)
    }
}

/// What the ledger has under the address that something had before.
#[derive(Clone, Copy)]
pub(super) struct Moved<'a> {
    pub(super) from: &'a ResourceId,
    pub(super) row: &'a Row,
    uid: Means,
}

/// What it means that two things have one uid.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    /// They are one thing.
    One,
    /// They are called the same: that of a user, a right or a connector is its name, and these are on two clusters.
    Namesakes,
}

impl Moved<'_> {
    /// Tells whether this is what was seen.
    pub(super) fn is(&self, seen: &Seen) -> bool {
        self.uid == Means::One && resources::is_incarnation(seen, self.row)
    }
}

/// What the ledger has under an address, and under the one that it was before.
type Rows<'a> = (Option<&'a Row>, Option<Moved<'a>>);

fn row_of<'a>((row, moved): Rows<'a>, seen: &Seen) -> Option<&'a Row> {
    row.or_else(|| moved.filter(|moved| moved.is(seen)).map(|moved| moved.row))
}

/// What a system that can tell before anything is sent says to it.
pub(super) enum Ahead {
    /// It would take it, or does not say.
    Open,
    /// It would refuse it, in these words.
    Refused(String),
}

impl Ahead {
    /// Returns the words of a refusal.
    pub(super) fn refusal(&self) -> Option<&str> {
        match self {
            Self::Open => None,
            Self::Refused(words) => Some(words),
        }
    }
}

/// What is known of a wanted resource.
pub(super) enum State<'a> {
    /// It cannot be as it is written, or nobody serves its kind.
    Refused(String),
    /// It, or its kind, could not be read.
    Unreadable(Why),
    /// It is not there.
    Absent(&'a Form),
    /// It is there and was compared.
    Compared { form: &'a Form, seen: &'a Seen, verdict: Verdict },
}

/// A resource that is ours and no longer wanted.
pub(super) struct Leaving<'a> {
    pub(super) row: &'a Row,
    pub(super) sight: Sight<'a>,
}

/// Looks at everything, or returns what must be asked first.
pub(super) fn survey<'a>(
    inputs: &'a Inputs,
    kinds: &Kinds<'a>,
    made: &'a Made,
    wants: Vec<Want<'a>>,
    round: Round<'a>,
) -> Result<Survey<'a>, Vec<Question>> {
    let rows = inputs.history.ledger().map(|ledger| &ledger.rows);
    let (forms, in_order) = (InOrder::of(&made.forms), rows.map(InOrder::of));
    let mut surveyor = Surveyor { inputs, kinds, made, forms, rows: in_order, round };
    let subject = |want| {
        let subject = surveyor.subject(&want);
        (want.id, subject)
    };
    let wanted: BTreeMap<ResourceId, Option<Subject<'a>>> = wants.into_iter().map(subject).collect();
    let leaving = rows.map(|rows| surveyor.leaving(rows, &wanted)).unwrap_or_default();
    let marked = surveyor.round.listed();
    let connections = wanted.keys().chain(leaving.keys().copied()).map(ResourceId::connection_id);
    let connections: BTreeSet<ConnectionId> = connections.collect();
    let answering = connections.into_iter().filter_map(|connection| {
        let who = surveyor.round.who_answers(inputs, &connection)?;
        Some((connection, who))
    });
    let answering = answering.collect();
    let missing = surveyor.round.missing();
    if !missing.is_empty() {
        return Err(missing);
    }
    let wanted = wanted.into_iter().filter_map(|(id, subject)| Some((id, subject?))).collect();
    Ok(Survey { wanted, leaving, marked, answering })
}

struct Surveyor<'s, 'a> {
    inputs: &'a Inputs,
    kinds: &'s Kinds<'a>,
    made: &'a Made,
    forms: InOrder<'a, Form>,
    rows: Option<InOrder<'a, Row>>,
    round: Round<'a>,
}

impl<'a> Surveyor<'_, 'a> {
    fn subject(&mut self, want: &Want<'a>) -> Option<Subject<'a>> {
        let row = self.rows.as_mut().and_then(|rows| rows.get(&want.id));
        let known = self.moved(want);
        let (moved, torn) = match known.as_slice() {
            [] => (None, Vec::new()),
            [only] => (Some(*only), Vec::new()),
            several => (None, several.iter().map(|moved| moved.from).collect()),
        };
        let (state, ahead) = self.state(want, (row, moved))?;
        let unread = self.made.unread.get(&want.id);
        let needs = self.kinds.needs(want.wanted).collect();
        Some(Subject { row, moved, torn, needs, state, ahead, unread })
    }

    fn moved(&self, want: &Want<'a>) -> Vec<Moved<'a>> {
        let Some(ledger) = self.inputs.history.ledger() else { return Vec::new() };
        let moved_from = want.wanted.moved_from.iter();
        let old = moved_from.map(|from| self.kinds.resolve(from, self.kinds.service(from)));
        let rows = old.filter_map(|from| ledger.rows.get_key_value(&from));
        rows.map(|(from, row)| Moved { from, row, uid: self.means((from, row), &want.id) }).collect()
    }

    fn means(&self, (from, row): (&ResourceId, &Row), to: &ResourceId) -> Means {
        let who = |id: &ResourceId| self.round.who_answers(self.inputs, &id.connection_id());
        let is_a_name = row.uid.as_str() == &*from.name;
        let is_answered_alike = who(from).is_some_and(|it| Some(it) == who(to));
        let is_one_system = from.connection_id() == to.connection_id()
            // Where several may answer alike, the new connection is the old one's new name only if that is no longer there.
            || is_answered_alike
                && (resources::says_who_it_is(from.system) || self.round.is_gone(&from.connection_id()));
        if is_a_name && !is_one_system { Means::Namesakes } else { Means::One }
    }

    fn state(&mut self, want: &Want<'a>, rows: Rows<'a>) -> Option<(State<'a>, Ahead)> {
        let known = |state| Some((state, Ahead::Open));
        let sight = match want.service {
            Service::Unreadable(why) => return known(State::Unreadable(why.clone())),
            Service::Nobody => return known(State::Refused(nobody_serves(&want.id))),
            Service::Coming(_) => Some(Sight::Absent),
            Service::BuiltIn | Service::Live(_) => self.round.sight(&want.id),
        };
        if let Some(words) = self.made.refused.get(&want.id) {
            return known(State::Refused(words.clone()));
        }
        let form = self.forms.get(&want.id)?;
        let sight = sight?;
        if let (Sight::Absent | Sight::Seen(_), Some(why)) = (&sight, own_text_is_lost(form)) {
            return known(State::Unreadable(why));
        }
        match sight {
            Sight::Absent => Some((State::Absent(form), self.asked_ahead(form)?)),
            Sight::Unreadable(why) => known(State::Unreadable(why)),
            Sight::Seen(seen) => match rows.0.and_then(|row| resources::settings::untold(seen, row)) {
                Some(why) => known(State::Unreadable(why)),
                None => self.compared(form, seen, row_of(rows, seen)),
            },
        }
    }

    fn compared(&mut self, form: &'a Form, seen: &'a Seen, row: Option<&Row>) -> Option<(State<'a>, Ahead)> {
        let verdict = resources::compare(&form.normal, seen, row);
        // A dry run sends what is wanted, so it takes the secrets, too.
        let is_unread = self.made.unread.contains_key(&seen.id);
        if let Verdict::Differs(_) = verdict {
            let ahead = self.asked_ahead(form)?;
            return Some((State::Compared { form, seen, verdict }, ahead));
        }
        if !matches!(verdict, Verdict::Undecided(_)) || self.inputs.doubts == Doubts::Leave || is_unread {
            return Some((State::Compared { form, seen, verdict }, Ahead::Open));
        }
        let question = Question::Project(seen.id.clone(), form.normal.fingerprint());
        let (verdict, ahead) = match self.round.ask(question)? {
            Answer::Seen(projected) => {
                (resources::compare_projected(&form.normal, seen, projected, row), Ahead::Open)
            }
            Answer::Rejected(Rejection::Invalid { message, immutable: _ }) => {
                (verdict, Ahead::Refused(message.clone()))
            }
            // Not allowed to ask, or no answer: the doubt stays, and is settled by the step `confirm`.
            Answer::Rejected(Rejection::Forbidden(_) | Rejection::NotServed) | Answer::Unreadable(_) => {
                (verdict, Ahead::Open)
            }
            Answer::NotFound | Answer::Inventory { .. } | Answer::Fact(_) => (verdict, Ahead::Open),
        };
        Some((State::Compared { form, seen, verdict }, ahead))
    }

    /// Asks the system whether it would take what is to be written, where it says so before anything is sent. No answer,
    /// or no right to ask, is none: the step finds out.
    fn asked_ahead(&mut self, form: &'a Form) -> Option<Ahead> {
        let (id, normal) = (form.normal.id(), &form.normal);
        let is_shown = resources::is_checked_ahead(id) && !self.inputs.desired.unshown.contains(id);
        if !is_shown || self.inputs.doubts == Doubts::Leave {
            return Some(Ahead::Open);
        }
        Some(match self.round.ask(Question::Project(id.clone(), normal.fingerprint()))? {
            Answer::Rejected(Rejection::Invalid { message, immutable: _ }) => Ahead::Refused(message.clone()),
            Answer::Rejected(Rejection::Forbidden(_) | Rejection::NotServed) | Answer::Unreadable(_) => {
                Ahead::Open
            }
            Answer::Seen(_) | Answer::NotFound | Answer::Inventory { .. } | Answer::Fact(_) => Ahead::Open,
        })
    }

    fn leaving(
        &mut self,
        rows: &'a BTreeMap<ResourceId, Row>,
        wanted: &BTreeMap<ResourceId, Option<Subject<'a>>>,
    ) -> BTreeMap<&'a ResourceId, Leaving<'a>> {
        let mut wanted = InOrder::of(wanted);
        let concerns = |id: &ResourceId| self.inputs.goal.concerns(id);
        let left: Vec<_> = rows.iter().filter(|(id, _)| wanted.get(id).is_none() && concerns(id)).collect();
        let left = left.into_iter();
        let mut leaving = |id, row| {
            let sight = match self.sight_of_ours(id)? {
                Sight::Seen(seen) => {
                    resources::settings::untold(seen, row).map_or(Sight::Seen(seen), Sight::Unreadable)
                }
                sight @ (Sight::Absent | Sight::Unreadable(_)) => sight,
            };
            Some((id, Leaving { row, sight }))
        };
        left.filter_map(|(id, row)| leaving(id, row)).collect()
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

/// A Secret that refers to itself is never made anew: what it held is not written down anywhere else.
fn own_text_is_lost(form: &Form) -> Option<Why> {
    let lost = resources::lost_sources(&form.normal);
    if lost.is_empty() {
        return None;
    }
    let message = format!(
        "the Secret is the source of its own {}, which is gone: restore it, or take it from elsewhere (fromEnv, generate)",
        lost.join(", ")
    );
    Some(Why { trouble: Trouble::NoSource, message })
}

fn nobody_serves(id: &ResourceId) -> String {
    format!("no kind {} is served, and no CustomResourceDefinition for it is in the specs", id.kind)
}
