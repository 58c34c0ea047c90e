//! What a resource looked like at the places that are compared: small enough for a journal, exact enough to settle a step.
//!
//! A sketch names its places in full, so that a step found open after a crash is settled without its specs, and a
//! stale one can say what moved. It never covers status, leaders or resource versions (design-apply.md).

use super::fingerprint::{Fingerprint, LeafHash};
use super::id::Uid;
use super::path::Path;
use super::question::{Body, Seen};
use super::value::Value;
use serde::{Deserialize, Serialize};

/// Places of a resource and the hash of what stood there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sketch {
    /// Which incarnation; absent where any will do (a resource that is yet to be created).
    pub uid: Option<Uid>,
    /// Each place with the hash of its value; no hash where nothing stood.
    pub places: Vec<(Path, Option<LeafHash>)>,
}

/// How a seen resource compares with a sketch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// The same incarnation with the same values at every place.
    Same,
    /// Another incarnation of the same name.
    OtherUid(Uid),
    /// These places have other values.
    Moved(Vec<Path>),
}

impl Sketch {
    /// Returns the sketch of `root` at `places`.
    #[must_use]
    pub fn of(uid: Option<Uid>, root: &Value, places: impl IntoIterator<Item = Path>) -> Self {
        let places = places.into_iter().map(|path| {
            let hash = path.find(root).map(LeafHash::of);
            (path, hash)
        });
        Self { uid, places: places.collect() }
    }

    /// Compares a seen resource with this sketch.
    ///
    /// A body that was not kept equals what the ledger remembers, so the caller must not hand one in while it
    /// settles a step; it is reported as moved everywhere, which is safe.
    #[must_use]
    pub fn matches(&self, seen: &Seen) -> Match {
        if let Some(uid) = &self.uid
            && *uid != seen.uid
        {
            return Match::OtherUid(seen.uid.clone());
        }
        let Body::Whole(root) = &seen.body else {
            return Match::Moved(self.places.iter().map(|(path, _)| path.clone()).collect());
        };
        let moved: Vec<Path> = self
            .places
            .iter()
            .filter(|(path, hash)| path.find(root).map(LeafHash::of) != *hash)
            .map(|(path, _)| path.clone())
            .collect();
        if moved.is_empty() { Match::Same } else { Match::Moved(moved) }
    }

    /// Returns 128 bits that stand for the whole sketch.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self)
    }
}
