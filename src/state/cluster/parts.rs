//! Which parts of which objects are known to be in the cluster, so that those that are no longer needed can go.
//!
//! A part may be deleted after a swap if it was seen before: whoever created it had read an older version than the one
//! that the swap replaced, so their own swap fails.

use crate::state::name::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
pub(super) struct Parts {
    of: Mutex<BTreeMap<Name, BTreeSet<String>>>,
}

impl Parts {
    /// Keeps that a part is there, or is about to be.
    pub(super) fn remember(&self, owner: Name, part: &str) {
        self.lock().entry(owner).or_default().insert(part.to_owned());
    }

    /// Forgets and returns the parts of `owner` that are not `kept`.
    pub(super) fn take_all_but<'a>(&self, owner: Name, kept: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut parts = self.lock();
        let Some(known) = parts.remove(&owner) else { return Vec::new() };
        let kept: BTreeSet<&str> = kept.collect();
        let (stay, go): (BTreeSet<String>, BTreeSet<String>) =
            known.into_iter().partition(|part| kept.contains(part.as_str()));
        if !stay.is_empty() {
            parts.insert(owner, stay);
        }
        go.into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Name, BTreeSet<String>>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
