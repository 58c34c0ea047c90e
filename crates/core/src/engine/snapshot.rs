//! Live answers and what is ours, written down for planning offline.
//!
//! *What a snapshot does not have is unknown, not absent.* It holds every answer that the plan of its own specs took, and
//! of each kind and place in use all names: so an object that is new in Git is known not to be there, and one that is
//! there and was not asked about is known to be unknown. Secrets are keyed digests, and the key is elsewhere.

use super::fingerprint::{Digest, DigestedUnder};
use super::id::{EnvironmentName, ResourceId, Revision};
use super::ledger::Ledger;
use super::live::Live;
use super::plan::inputs::{History, Inputs};
use super::question::{Answer, Question, Scope, Trouble, Why};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How the file calls itself.
const KIND: &str = "Snapshot";
/// The first bytes of each; a file that was cut off has no head that can be read.
const BEGINNING: &[u8] = br#"{"kind":"Snapshot","#;
/// Who writes it.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The only format there is so far.
const FORMAT: u32 = 1;

/// One environment at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// Which environment.
    pub environment: EnvironmentName,
    /// The revision whose plan asked the questions, as people know it.
    pub revision: Revision,
    /// When it was begun.
    pub taken: Timestamp,
    /// How many live systems were asked.
    pub systems: usize,
    /// Digest of whom the environment talked to and where its state was.
    pub targets: Digest,
    /// What was ours; absent if nothing was ever applied.
    pub ledger: Option<Ledger>,
    /// Addresses that an earlier apply left in doubt, and why.
    pub blocked: BTreeMap<ResourceId, String>,
    /// Under which key secrets are digested in it.
    #[serde(default)]
    pub digested_under: DigestedUnder,
    /// All names of a kind in a place, whoever made them, or why nobody knows.
    pub names: BTreeMap<String, Result<BTreeSet<Arc<str>>, Why>>,
    /// What was answered.
    pub live: Live,
}

/// Why a file cannot stand for live systems.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is something else.
    #[error("it is no snapshot: evenkeel snapshot ENV --out FILE makes one")]
    Another,
    /// It is written in a format of another release.
    #[error("it has format {0}, and this release reads format {FORMAT}")]
    Format(u32),
    /// It begins like one and cannot be read.
    #[error("it is a damaged snapshot")]
    Damaged(#[source] serde_json::Error),
    /// It begins like one, cannot be read, and another version wrote it.
    #[error(
        "it is a damaged snapshot, or one that only evenkeel {writer} can read, which wrote it: take it again with this \
         version"
    )]
    OtherVersion {
        /// The version that wrote it.
        writer: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// It is of another environment.
    #[error("it is of environment {0}")]
    Environment(EnvironmentName),
    /// It was taken when the environment talked to others, or kept its state elsewhere.
    #[error("it was taken through other connections than these specs have, or with state elsewhere")]
    Targets,
}

#[derive(Serialize, Deserialize)]
struct Header {
    kind: String,
    format: u32,
    #[serde(default)]
    version: String,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    header: Header,
    #[serde(flatten)]
    recorded: &'a Recorded,
}

impl Recorded {
    /// Returns the bytes of the file; the same snapshot has the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let header = Header { kind: KIND.to_owned(), format: FORMAT, version: VERSION.to_owned() };
        let mut bytes = serde_json::to_vec(&Written { header, recorded: self })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a file.
    pub fn read(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let is_one = bytes.starts_with(BEGINNING);
        let headless = |error| if is_one { SnapshotError::Damaged(error) } else { SnapshotError::Another };
        let header: Header = serde_json::from_slice(bytes).map_err(headless)?;
        let damaged = |source| match header.version.as_str() {
            VERSION => SnapshotError::Damaged(source),
            writer => SnapshotError::OtherVersion { writer: told(writer), source },
        };
        match (header.kind.as_str(), header.format) {
            (KIND, FORMAT) => serde_json::from_slice(bytes).map_err(damaged),
            (KIND, other) => Err(SnapshotError::Format(other)),
            _ => Err(SnapshotError::Another),
        }
    }

    /// Makes sure that it stands for the live systems of this environment.
    pub fn check(&self, environment: &EnvironmentName, targets: &Digest) -> Result<(), SnapshotError> {
        if self.environment != *environment {
            return Err(SnapshotError::Environment(self.environment.clone()));
        }
        if self.targets == *targets { Ok(()) } else { Err(SnapshotError::Targets) }
    }

    /// Returns the inputs of a plan of these specs, with what was ours when the snapshot was taken.
    #[must_use]
    pub fn inputs(&self, specs: Inputs) -> Inputs {
        let ledger = self.ledger.clone().map(Arc::new);
        let pins = ledger.as_ref().map(|ledger| ledger.pins.clone()).unwrap_or_default();
        let history = ledger.map_or(History::Never, History::Kept);
        let (blocked, digested_under) = (self.blocked.clone(), self.digested_under);
        Inputs { history, pins, blocked, digested_under, ..specs }
    }

    /// Keeps all names of a kind in a place, or why they could not be listed.
    pub fn keep_names(&mut self, scope: &Scope, names: Result<BTreeSet<Arc<str>>, Why>) {
        self.names.insert(scope.to_string(), names);
    }

    /// Returns how many questions had no usable answer.
    #[must_use]
    pub fn unreadable(&self) -> usize {
        let is_unread = |answer: &Answer| match answer {
            Answer::Unreadable(_) | Answer::Inventory { rows: _, complete: Err(_) } => true,
            Answer::Inventory { rows: _, complete: Ok(()) } | Answer::Seen(_) | Answer::NotFound => false,
            Answer::Fact(_) | Answer::Rejected(_) => false,
        };
        let unlisted = self.names.values().filter(|names| names.is_err()).count();
        self.live.iter().filter(|(_, answered)| is_unread(&answered.answer)).count() + unlisted
    }

    /// Tells whether every question had a usable answer.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unreadable() == 0
    }

    /// Answers a question from what was written down, and says when that was so.
    #[must_use]
    pub fn answer(&self, question: &Question) -> (Answer, Timestamp) {
        match self.live.answered(question) {
            Some(known) => (known.answer.clone(), known.as_of),
            None => (self.without(question), self.taken),
        }
    }

    fn without(&self, question: &Question) -> Answer {
        let Question::Object(id) = question else { return unknown() };
        match self.names.get(&Scope::of(id).to_string()) {
            Some(Ok(names)) if !names.contains(&id.name) => Answer::NotFound,
            Some(Err(why)) => Answer::Unreadable(why.clone()),
            Some(Ok(_)) | None => unknown(),
        }
    }
}

/// A version is told, whatever a file calls it, as far as it can be one.
fn told(version: &str) -> String {
    let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || ".-+".contains(*letter);
    let told: String = version.chars().filter(is_plain).take(32).collect();
    if told.is_empty() { "of an unknown version".to_owned() } else { told }
}

fn unknown() -> Answer {
    let message = "the snapshot does not have it: its specs did not ask".to_owned();
    Answer::Unreadable(Why { trouble: Trouble::NotInSnapshot, message })
}
