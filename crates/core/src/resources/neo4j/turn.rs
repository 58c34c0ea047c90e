//! Whose turn it is among the servers that are restarted: asked again before every step, as leaders move at every
//! restart and no order that was fixed when the plan was made would still hold.

use super::safety::Rank;
use super::topology::{Health, Member, ServerState, Topology};
use super::watch::{Answers, object, topology};
use crate::engine::id::{ConnectionName, ResourceId, Uid};
use crate::engine::question::{Answer, Body, Question, Seen};
use crate::engine::sketch::{Match, Sketch};
use crate::engine::step::{Readiness, Risk};
use crate::engine::value::Value;
use crate::resources::kubernetes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One server's turn among those that a plan restarts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// Of which cluster.
    pub cluster: ConnectionName,
    /// Whose turn.
    pub server: Arc<str>,
    /// Every server that is to be restarted.
    pub among: BTreeMap<Arc<str>, Going>,
    /// The bound on how many may be away at once, which an eviction asks.
    pub budget: Option<ResourceId>,
    /// What may stop serving while the server is away.
    pub outage: Outage,
}

/// One server that is to be restarted, as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Going {
    /// Its `serverId`, where it was told.
    pub id: Option<Uid>,
    /// The pod that it ran in.
    pub pod: Pod,
    /// What its turn begins with: while that is as it was, its turn has not come.
    pub begins: Option<Untouched>,
}

/// One incarnation of a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// Its address, which the next one has as well.
    pub id: ResourceId,
    /// Which incarnation.
    pub uid: Uid,
}

/// Something that a turn writes, and how it looked before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Untouched {
    /// What.
    pub what: ResourceId,
    /// How it looked where it is to change.
    pub as_it_was: Sketch,
}

/// What may stop serving while one server is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outage {
    /// Nothing.
    None,
    /// Databases that have this one primary only; the plan says so.
    OfOnlyPrimaries,
    /// Everything: there is no other server.
    OfEverything,
}

impl Outage {
    /// Returns what it is for those who use the databases.
    #[must_use]
    pub fn risk(self) -> Risk {
        match self {
            Self::None => Risk::Restart,
            Self::OfOnlyPrimaries | Self::OfEverything => Risk::Downtime,
        }
    }
}

/// Where a server stands in a round of restarts.
enum Round {
    /// It runs as it did, and waits.
    YetToGo,
    /// It does not work, and waits: to start it again takes nothing away.
    Down,
    /// Its turn has begun: nobody else's does before it is back.
    Begun,
    /// It was started again, and works.
    Back,
    /// It is on its way, or nobody can tell.
    Between(String),
    /// Somebody else started it again.
    Disturbed(String),
}

impl Turn {
    /// Returns what is asked to know; where nobody may look at the budget, the eviction itself finds out.
    #[must_use]
    pub fn asks(&self) -> Vec<Question> {
        let budget = self.budget.clone().map(Question::Object);
        self.needs().into_iter().chain(budget).collect()
    }

    /// Returns what has to be answered.
    pub(super) fn needs(&self) -> Vec<Question> {
        let going = self.among.values();
        let pods = going.clone().map(|going| going.pod.id.clone());
        let first = going.filter_map(|going| Some(going.begins.as_ref()?.what.clone()));
        pods.chain(first).map(Question::Object).chain([topology(&self.cluster)]).collect()
    }

    /// Says by which rule turns are taken.
    pub(super) fn rule(&self) -> String {
        match self.among.len() {
            1 => "what a server reads is written when its pod is about to go, once everybody is there and every database \
                  keeps its majority without it"
                .to_owned(),
            _ => "one server after the other, what it reads and then its pod: secondaries, then those that vote, then those \
                  that take writes, the leader of system last, as it is then; each once everybody is back and every \
                  database keeps its majority without it"
                .to_owned(),
        }
    }

    /// Tells whether it is this server's turn: everybody who went is back, the cluster stands still, its databases keep
    /// their majorities without it, and nobody who is yet to go comes before it.
    #[must_use]
    pub fn judge(&self, answers: &Answers<'_>) -> Readiness {
        let mut waiting: BTreeMap<&Arc<str>, Round> = BTreeMap::new();
        for (name, going) in &self.among {
            match going.round(answers) {
                Round::Disturbed(why) => return Readiness::Failed(why),
                Round::Between(why) => return Readiness::Waiting(why),
                Round::Back => {}
                round @ (Round::YetToGo | Round::Down | Round::Begun) => drop(waiting.insert(name, round)),
            }
        }
        let found = super::watch::read(&self.cluster, answers);
        let may = match (waiting.get(&self.server), found) {
            (Some(Round::Down), Err(why)) if has_somebody_up(&waiting) => Err(why),
            (Some(Round::Down), Err(_)) => self.is_first_of_those_down(&waiting),
            (Some(Round::Down), Ok(found)) => self.may_go_unready(found, &waiting),
            (Some(_) | None, found) => found.and_then(|found| self.may_go((found, answers), &waiting)),
        };
        may.map_or_else(Readiness::Waiting, |()| Readiness::Ready)
    }

    /// A server whose pod is told not to be ready goes before those that work, as one that is down does, and may vote all
    /// the same. The budget need not have room: Kubernetes evicts such a pod while enough others are healthy.
    fn may_go_unready(&self, found: &Topology, waiting: &BTreeMap<&Arc<str>, Round>) -> Result<(), String> {
        self.is_first_of_those_down(waiting)?;
        match self.id_of(&self.server, found).and_then(|id| found.servers.get(id)) {
            None => self.is_nobody_who_votes(found),
            Some(member) if member.health == Health::Unavailable => Ok(()),
            Some(_) => {
                if let Some((other, _)) = waiting.iter().find(|(_, round)| matches!(round, Round::Begun)) {
                    return Err(format!("{other} is being restarted"));
                }
                found.stands_still()?;
                self.is_spared(found)
            }
        }
    }

    /// A server that nobody named is told of by its id alone: any that is not one of the others may be it.
    fn is_nobody_who_votes(&self, found: &Topology) -> Result<(), String> {
        let named: BTreeSet<&Uid> = self.among.keys().filter_map(|name| self.id_of(name, found)).collect();
        let works = |(id, member): &(&Uid, &Member)| {
            member.health == Health::Available && member.state != ServerState::Dropped && !named.contains(id)
        };
        let losses = found.servers.iter().filter(works).map(|(id, member)| (member, found.loss_without(id)));
        let mut needed = losses.filter_map(|(member, loss)| Some((member, loss.quorum.first().cloned()?)));
        match needed.next() {
            Some((member, database)) => Err(format!(
                "{} may be {}, without which database {database} has no majority",
                self.server, member.name
            )),
            None => Ok(()),
        }
    }

    fn is_first_of_those_down(&self, waiting: &BTreeMap<&Arc<str>, Round>) -> Result<(), String> {
        let mut down = waiting.iter().filter(|(_, round)| matches!(round, Round::Down));
        match down.next() {
            Some((first, _)) if **first != self.server => Err(format!("{first} goes first: it is down")),
            Some(_) | None => Ok(()),
        }
    }

    fn may_go(
        &self,
        (found, answers): (&Topology, &Answers<'_>),
        waiting: &BTreeMap<&Arc<str>, Round>,
    ) -> Result<(), String> {
        let has_begun = matches!(waiting.get(&self.server), Some(Round::Begun));
        for (other, round) in waiting.iter().filter(|(name, _)| ***name != self.server) {
            match round {
                // Two that begun at once, as a leader moved between their readings, must not wait for each other.
                Round::Begun if has_begun && ***other > *self.server => {}
                Round::Begun => return Err(format!("{other} is being restarted")),
                // Who is down waits for who has begun, and what is told of the cluster keeps this one where it has to stay.
                Round::Down if has_begun => {}
                Round::Down => return Err(format!("{other} goes first: it is down")),
                Round::YetToGo | Round::Back | Round::Between(_) | Round::Disturbed(_) => {}
            }
        }
        found.stands_still()?;
        self.is_spared(found)?;
        if !has_begun {
            self.is_first(found, waiting)?;
        }
        self.has_room(answers)
    }

    /// Tells whether no database loses its majority while this server is away.
    fn is_spared(&self, found: &Topology) -> Result<(), String> {
        if self.outage == Outage::OfEverything {
            return Ok(());
        }
        let Some(id) = self.id_of(&self.server, found) else {
            return Err(format!("server {} is not told of", self.server));
        };
        let loss = found.loss_without(id);
        match (loss.quorum.first(), loss.only_primary.first(), self.outage) {
            (Some(database), _, _) => {
                Err(format!("without {} database {database} has no majority", self.server))
            }
            (None, Some(database), Outage::None) => {
                Err(format!("database {database} has its only primary on {}", self.server))
            }
            (None, Some(_), Outage::OfOnlyPrimaries | Outage::OfEverything) | (None, None, _) => Ok(()),
        }
    }

    /// Secondaries go before those that vote, those before the ones that are written to, the leader of `system` last.
    fn is_first(&self, found: &Topology, waiting: &BTreeMap<&Arc<str>, Round>) -> Result<(), String> {
        let place = |name: &Arc<str>| {
            let rank = self.id_of(name, found).map(|id| found.rank(id))?;
            Some((rank, Arc::clone(name)))
        };
        // Who is not told of waits for that: nobody waits for it in turn.
        let Some(own) = place(&self.server) else { return Ok(()) };
        match waiting.keys().filter_map(|name| place(name)).filter(|other| *other < own).min() {
            Some((rank, other)) => Err(format!("{other} goes first: it {}", rank.words())),
            None => Ok(()),
        }
    }

    fn id_of<'a>(&'a self, name: &str, found: &'a Topology) -> Option<&'a Uid> {
        let told = self.among.get(name).and_then(|going| going.id.as_ref());
        told.filter(|id| found.servers.contains_key(*id)).or_else(|| found.named(name).map(|(id, _)| id))
    }

    /// Tells whether an eviction would go through: the budget's controller may be behind.
    fn has_room(&self, answers: &Answers<'_>) -> Result<(), String> {
        let Some(budget) = &self.budget else { return Ok(()) };
        match answers(&object(budget)) {
            Some(Answer::Seen(Seen { body: Body::Whole(body), .. })) => {
                let allowed = body.at(&["status", "disruptionsAllowed"]).and_then(Value::as_integer);
                if allowed.is_none_or(|allowed| allowed > 0) {
                    return Ok(());
                }
                Err(format!("{budget} lets nobody go at the moment"))
            }
            // Where there is none, or nobody may look at it, the eviction itself finds out.
            Some(_) | None => Ok(()),
        }
    }
}

/// While nobody knows who votes, a server of a pod that is not ready counts as one that may: others that work may need it.
/// Where nobody works there is nothing to take away.
fn has_somebody_up(waiting: &BTreeMap<&Arc<str>, Round>) -> bool {
    waiting.values().any(|round| matches!(round, Round::YetToGo | Round::Begun))
}

impl Going {
    fn round(&self, answers: &Answers<'_>) -> Round {
        let untouched = self.is_untouched(answers);
        match (answers(&object(&self.pod.id)), untouched) {
            (_, Err(why)) => Round::Between(why),
            (Some(Answer::Seen(seen)), Ok(_)) if kubernetes::being_deleted(seen).is_some() => {
                Round::Between(format!("{} is being taken away", self.pod.id))
            }
            (Some(Answer::Seen(seen)), Ok(untouched)) if seen.uid == self.pod.uid => {
                match (kubernetes::readiness(seen), untouched) {
                    (Readiness::Ready, true) => Round::YetToGo,
                    (Readiness::Ready, false) => Round::Begun,
                    (Readiness::Waiting(_) | Readiness::Failed(_), _) => Round::Down,
                }
            }
            (Some(Answer::Seen(_) | Answer::NotFound), Ok(true)) if self.begins.is_some() => {
                Round::Disturbed(format!(
                    "{} was taken away before its turn, by somebody else, and comes back with what it had; plan again",
                    self.pod.id
                ))
            }
            (answer, Ok(_)) => match self.pod.is_replaced(answer) {
                Readiness::Ready => Round::Back,
                Readiness::Waiting(why) | Readiness::Failed(why) => Round::Between(why),
            },
        }
    }

    /// Tells whether nothing of its turn was written yet. Without anything to write it never is.
    fn is_untouched(&self, answers: &Answers<'_>) -> Result<bool, String> {
        let Some(Untouched { what, as_it_was }) = &self.begins else { return Ok(true) };
        match answers(&object(what)) {
            Some(Answer::Seen(seen)) => Ok(as_it_was.matches(seen) == Match::Same),
            Some(Answer::Unreadable(why)) => Err(why.message.clone()),
            Some(_) => Ok(false),
            None => Err(format!("{what}: no answer")),
        }
    }
}

impl Pod {
    /// Tells whether another incarnation does its work by now.
    pub(super) fn is_replaced(&self, answer: Option<&Answer>) -> Readiness {
        let waiting = |why: &str| Readiness::Waiting(format!("{}: {why}", self.id));
        match answer {
            Some(Answer::Seen(seen)) if seen.uid == self.uid => waiting("it is still there"),
            Some(Answer::Seen(seen)) => match kubernetes::readiness(seen) {
                Readiness::Ready => Readiness::Ready,
                Readiness::Waiting(why) | Readiness::Failed(why) => waiting(&why),
            },
            Some(Answer::NotFound) => waiting("it is not back yet"),
            Some(Answer::Unreadable(why)) => waiting(&why.message),
            Some(Answer::Inventory { .. } | Answer::Fact(_) | Answer::Rejected(_)) | None => {
                waiting("no answer")
            }
        }
    }
}

impl Rank {
    fn words(self) -> &'static str {
        match self {
            Self::Secondary => "votes nowhere",
            Self::Follower => "takes no writes",
            Self::Writer => "does not lead system",
            Self::LeadsSystem => "leads system, too",
        }
    }
}
