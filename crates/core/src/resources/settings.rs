//! Resources that are a map of named settings: how wanted and live are compared, sketched and remembered.
//!
//! A topic, an ACL, a user, a connector: each is a tree of maps whose leaves are settings. What Git names is compared;
//! what it does not name is somebody else's, unless the ledger says that we set it. Nobody keeps who wrote what.

mod incarnation;
mod spelling;
#[cfg(test)]
mod tests;
mod value_type;

pub use incarnation::{is_incarnation, is_known_by, not_as_left, sketch_deleted, untold};
pub use spelling::{is_mask, is_masked};
pub use value_type::ValueType;

use crate::engine::fingerprint::{Fingerprint, LeafHash};
use crate::engine::id::ResourceId;
use crate::engine::ledger::{Remembered, RememberedLeaf, Row};
use crate::engine::path::{Path, Segment};
use crate::engine::question::{Body, Seen};
use crate::engine::sketch::Sketch;
use crate::engine::value::{Map, Value};
use crate::engine::verdict::{Cause, Difference, FieldChange, Verdict, Writer};
use crate::engine::wanted::Wanted;
use crate::resources::{neo4j, still};
use spelling::Spelling;
use std::sync::Arc;

/// Where an answer keeps what holds although nobody set it: the default of the broker or of the connector's class.
pub const DEFAULTS: &str = "defaults";

/// What is wanted of a resource that is a map of named settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its address.
    pub id: ResourceId,
    /// What is wanted and sent, secrets by reference.
    pub value: Arc<Value>,
    /// The settings that are left to others: neither compared, nor sent, nor removed.
    ignored: Vec<Path>,
    fingerprint: Fingerprint,
    spelling: Spelling,
    /// What its class says holds where nobody sets it.
    defaults: Value,
}

impl Settings {
    /// Returns the form in which it is compared.
    #[must_use]
    pub fn of(wanted: &Wanted) -> Self {
        let value = Arc::clone(&wanted.config);
        let (fingerprint, spelling) = (Fingerprint::of(&value), Spelling::of(&wanted.id, &value));
        let ignored = wanted.ignored.clone();
        let defaults = spelling.defaults(&value);
        Self { id: wanted.id.clone(), value, ignored, fingerprint, spelling, defaults }
    }

    /// Returns what tells whether this is what was applied last.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Calls `each` for every wanted setting with what is live there.
    fn each<'a>(&'a self, live: &'a Value, each: &mut impl FnMut(&Path, &'a Value, Sight<'a>)) {
        each_leaf(&self.value, &mut Path::default(), &mut |path, wanted| {
            each(path, wanted, Sight::of(path, wanted, [live, &self.defaults]));
        });
    }
}

/// What can be seen of one setting.
#[derive(Clone, Copy)]
enum Sight<'a> {
    /// It is set to this.
    Set(&'a Value),
    /// Nobody set it, and this holds.
    Default(&'a Value),
    /// Nobody set it.
    Unset,
    /// The system does not show it: a password.
    Hidden,
}

impl<'a> Sight<'a> {
    fn of(path: &Path, wanted: &Value, [live, of_class]: [&'a Value; 2]) -> Self {
        if matches!(wanted, Value::Secret(_)) {
            return Self::Hidden;
        }
        match path.find(live) {
            Some(value) if is_masked(value) => Self::Hidden,
            Some(value) => Self::Set(value),
            None => {
                let told = live.get(DEFAULTS).and_then(|defaults| path.find(defaults));
                told.or_else(|| path.find(of_class)).map_or(Self::Unset, Self::Default)
            }
        }
    }

    fn shown(self) -> Option<&'a Value> {
        match self {
            Self::Set(value) | Self::Default(value) => Some(value),
            Self::Unset | Self::Hidden => None,
        }
    }
}

/// Compares what is wanted with what was seen.
#[must_use]
pub fn compare(wanted: &Settings, seen: &Seen, row: Option<&Row>) -> Verdict {
    let Body::Whole(live) = &seen.body else { return Verdict::Same };
    let row = row.filter(|row| is_known_by((&seen.id, &seen.uid), row));
    let mut fields = Vec::new();
    wanted.each(live, &mut |path, value, sight| {
        let remembered = row.and_then(|row| leaf(row, path));
        if let Some(cause) = difference(&wanted.spelling, (path, value, sight), row, remembered) {
            let live = sight.shown().cloned();
            fields.push(FieldChange { path: path.clone(), live, wanted: Some(value.clone()), cause });
        }
    });
    fields.extend(row.map(|row| removals(wanted, live, row)).unwrap_or_default());
    if fields.is_empty() {
        return Verdict::Same;
    }
    Verdict::Differs(Difference { fields, takes_over: Vec::new(), doubts: Vec::new() })
}

/// Says why a setting differs, if it does.
fn difference(
    spelling: &Spelling,
    (path, wanted, sight): (&Path, &Value, Sight<'_>),
    row: Option<&Row>,
    remembered: Option<&RememberedLeaf>,
) -> Option<Cause> {
    let shown = sight.shown();
    let wanted_moved = remembered.is_none_or(|leaf| leaf.wanted != wanted_hash(wanted));
    let same = match sight {
        Sight::Hidden => !wanted_moved,
        Sight::Set(live) | Sight::Default(live) => spelling.is_same(path, wanted, live),
        Sight::Unset => false,
    };
    if same {
        return None;
    }
    let (Some(_), Some(leaf)) = (row, remembered) else {
        return Some(row.map_or(Cause::NeverOurs(Writer::Unrecorded), |_| Cause::SpecEdited));
    };
    let live_moved = !matches!(sight, Sight::Hidden) && live_hash(shown) != leaf.live.unwrap_or(leaf.wanted);
    match (wanted_moved, live_moved) {
        (true, true) => Some(Cause::EditedOverDrift(Writer::Unrecorded)),
        (true, false) => Some(Cause::SpecEdited),
        (false, true) => Some(Cause::Drifted(Writer::Unrecorded)),
        // It was read back like this right after we wrote it: the system's own spelling.
        (false, false) => None,
    }
}

/// What Git takes a setting out of by no longer naming it; how many partitions a topic has cannot be unset.
const UNSET: [&str; 2] = ["config", "scram"];

/// Returns the settings that we set once, that are still set, and that Git no longer has.
fn removals(wanted: &Settings, live: &Value, row: &Row) -> Vec<FieldChange> {
    let mut found = Vec::new();
    each_leaf(live, &mut Path::default(), &mut |path, value| {
        let can_go = matches!(path.0.first(), Some(Segment::Field(first)) if UNSET.contains(&&**first));
        let can_go = can_go && !wanted.ignored.contains(path);
        if can_go && leaf(row, path).is_some() && path.find(&wanted.value).is_none() {
            let (live, path) = (Some(value.clone()), path.clone());
            found.push(FieldChange { path, live, wanted: None, cause: Cause::SpecEdited });
        }
    });
    found
}

/// Returns the settings that somebody else set and Git does not have: they stay, and are no drift.
#[must_use]
pub fn foreign(wanted: &Settings, seen: &Seen, row: Option<&Row>) -> Vec<(Path, Value)> {
    let Body::Whole(live) = &seen.body else { return Vec::new() };
    let row = row.filter(|row| is_known_by((&seen.id, &seen.uid), row));
    let mut found = Vec::new();
    each_leaf(live, &mut Path::default(), &mut |path, value| {
        let [Segment::Field(place), Segment::Field(key)] = path.0.as_slice() else { return };
        let is_ours = path.find(&wanted.value).is_some() || row.is_some_and(|row| leaf(row, path).is_some());
        // What a managed service keeps for itself nobody set.
        if &**place == "config" && !is_ours && !key.starts_with("__") {
            found.push((path.clone(), value.clone()));
        }
    });
    found
}

/// Writes into what is sent that a setting goes: a null, as what is not named stays.
pub fn unset(config: &mut Value, path: &Path) {
    let mut value = config;
    for segment in &path.0 {
        let (Value::Map(map), Segment::Field(name)) = (value, segment) else { return };
        value = map.entry(name.to_string()).or_insert_with(|| Value::Map(Map::new()));
    }
    *value = Value::Null;
}

/// Returns how the resource will look where it is compared, once it is written.
#[must_use]
pub fn sketch_wanted(wanted: &Settings) -> Sketch {
    let mut places = Vec::new();
    each_leaf(&wanted.value, &mut Path::default(), &mut |path, value| {
        if !matches!(value, Value::Secret(_)) {
            places.push((path.clone(), Some(LeafHash::of(value))));
        }
    });
    Sketch { uid: None, places }
}

/// Returns how the resource looks now at the wanted places.
#[must_use]
pub fn sketch_seen(wanted: &Settings, seen: &Seen) -> Sketch {
    let uid = Some(seen.uid.clone());
    let places = sketch_wanted(wanted).places.into_iter().map(|(path, _)| path);
    match &seen.body {
        Body::Whole(live) => Sketch::of(uid, live, places),
        Body::Remembered => Sketch { uid, places: Vec::new() },
    }
}

/// Returns what to remember of what was found by reading: that a secret was sent is seen nowhere.
#[must_use]
pub fn remember_found(wanted: &Settings, seen: &Seen) -> Remembered {
    let mut remembered = remember(wanted, seen);
    let Body::Whole(live) = &seen.body else { return remembered };
    let mut hidden = Vec::new();
    wanted.each(live, &mut |path, _, sight| {
        if matches!(sight, Sight::Hidden) {
            hidden.push(LeafHash::of(path));
        }
    });
    remembered.leaves.retain(|leaf| !hidden.contains(&leaf.path));
    remembered
}

/// Returns what to remember after a write.
#[must_use]
pub fn remember(wanted: &Settings, seen: &Seen) -> Remembered {
    let Body::Whole(live) = &seen.body else { return Remembered::default() };
    let mut leaves = Vec::new();
    wanted.each(live, &mut |path, value, sight| {
        let wanted = wanted_hash(value);
        let live = match sight {
            Sight::Hidden => None,
            Sight::Set(_) | Sight::Default(_) | Sight::Unset => Some(live_hash(sight.shown())),
        };
        let live = live.filter(|live| *live != wanted);
        if live.is_some() && (still::is_state(path) || neo4j::waits_for_a_restart(&seen.id, path)) {
            // Made to stand still first, or read at the next start: nobody has rewritten that, and it is not as Git says
            // yet.
            return;
        }
        leaves.push(RememberedLeaf { path: LeafHash::of(path), wanted, live });
    });
    leaves.sort_by_key(|leaf| leaf.path);
    Remembered { wanted: Some(wanted.fingerprint()), live: None, entry: None, schema: None, leaves }
}

fn leaf<'r>(row: &'r Row, path: &Path) -> Option<&'r RememberedLeaf> {
    let path = LeafHash::of(path);
    let leaves = &row.remembered.leaves;
    leaves.binary_search_by_key(&path, |leaf| leaf.path).ok().map(|found| &leaves[found])
}

/// A secret is remembered by its digest: where it comes from may change without its text.
fn wanted_hash(value: &Value) -> LeafHash {
    match value {
        Value::Secret(secret) => match &secret.digest {
            Some(digest) => LeafHash::of(&Value::Opaque(digest.clone())),
            None => LeafHash::of(value),
        },
        _ => LeafHash::of(value),
    }
}

fn live_hash(value: Option<&Value>) -> LeafHash {
    LeafHash::of(value.unwrap_or(&Value::Null))
}

/// Calls `each` for every setting: whatever is no map.
fn each_leaf<'a>(value: &'a Value, path: &mut Path, each: &mut impl FnMut(&Path, &'a Value)) {
    let Value::Map(map) = value else { return each(path, value) };
    for (name, value) in map {
        path.0.push(Segment::Field(name.as_str().into()));
        each_leaf(value, path, each);
        path.0.pop();
    }
}
