//! What one revision would change of what another one has in force: its Environment, its Approvals, the systems
//! that it talks to, the Policies.

use super::{EnvironmentRef, Repository, Written};
use crate::diagnostic::Location;
use crate::documents::OwnKind;
use crate::documents::yaml::tree::{Content, Node};
use crate::engine::path::{Path, Segment};
use crate::engine::plan::{Pending, PendingChange};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Tells whether documents of a kind are about a system to talk to.
fn is_a_system(kind: OwnKind) -> bool {
    matches!(kind, OwnKind::KafkaCluster | OwnKind::ConnectCluster | OwnKind::Neo4jCluster)
}

/// What of a `Neo4jCluster` says how it is reached; all else of it is what is planned.
const REACHED_BY: [&str; 3] = ["cypher", "namespace", "shared"];

/// What stands in one of two revisions, by kind and name.
type Ruling<'a> = BTreeMap<(OwnKind, Arc<str>), &'a Arc<Written>>;

impl Repository {
    /// Tells what this revision would change of what `base` has in force for an environment.
    #[must_use]
    pub fn pending(&self, base: &Self, environment: &EnvironmentRef) -> Vec<Pending> {
        let (before, after) = (base.ruling(environment), self.ruling(environment));
        let mut pending = Vec::new();
        let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for key in names.into_iter().filter(|(kind, _)| *kind == OwnKind::Neo4jCluster) {
            pending.extend(self.reached(base, key, [before.get(key).copied(), after.get(key).copied()]));
        }
        let is_whole = |kind: OwnKind| kind != OwnKind::Neo4jCluster;
        for (key, written) in before.iter().filter(|((kind, _), _)| is_whole(*kind)) {
            match after.get(key) {
                None => pending.push(base.whole(key, written, PendingChange::Removed)),
                Some(now) => self.fields(base, (key, written, now), &mut pending),
            }
        }
        let added = after.iter().filter(|(key, _)| is_whole(key.0) && !before.contains_key(*key));
        pending.extend(added.map(|(key, written)| self.whole(key, written, PendingChange::Added)));
        pending.sort();
        pending
    }

    /// An environment is the one of its directory, whatever it is called.
    fn ruling(&self, environment: &EnvironmentRef) -> Ruling<'_> {
        let layers = self.layers(environment);
        let layers = layers.iter().filter_map(|layer| Some((layer, self.directories.get(layer)?)));
        let documents = layers
            .flat_map(|(layer, directory)| directory.documents.iter().map(move |document| (layer, document)));
        let own = documents.filter(|(layer, document)| match document.own {
            // An approval counts for the environment that it stands in.
            Some(OwnKind::Approval) => **layer == environment.directory,
            own => own.is_some_and(is_a_system),
        });
        let own = own.map(|(_, document)| document);
        let rules = self.rules.iter().filter(|document| document.own == Some(OwnKind::Policy));
        let named = own
            .chain(rules)
            .filter_map(|document| Some(((document.own?, Arc::clone(&document.key.name)), document)));
        let home = self.home(environment).and_then(|home| home.written.as_ref());
        let home =
            home.map(|written| ((OwnKind::Environment, Arc::from(environment.name.as_str())), written));
        named.chain(home).collect()
    }

    fn whole(&self, key: &(OwnKind, Arc<str>), written: &Written, change: PendingChange) -> Pending {
        Pending { document: called(key), change, at: self.sources.locate(written.at) }
    }

    /// Tells what says otherwise how a `Neo4jCluster` is reached; of one that is new, all that says it.
    fn reached(
        &self,
        base: &Self,
        key: &(OwnKind, Arc<str>),
        [before, after]: [Option<&Arc<Written>>; 2],
    ) -> Vec<Pending> {
        let is_at = after.map(|written| self.sources.locate(written.at));
        let was_at = before.map(|written| base.sources.locate(written.at));
        let Some(at) = is_at.or(was_at) else { return Vec::new() };
        let mut found = Vec::new();
        let mut walk = Walk { base, merged: self, found: &mut found };
        for field in REACHED_BY {
            let of = |written: Option<&Arc<Written>>| {
                written.and_then(|written| written.node.at(&["spec", field])).cloned()
            };
            let (before, after) = (of(before), of(after));
            let places = [&before, &after].map(|node| node.as_ref().map(|node| node.span));
            let was_at = places[0].map_or(at.clone(), |span| base.sources.locate(span));
            let is_at = places[1].map_or(at.clone(), |span| self.sources.locate(span));
            let path = Path::of(&["spec", field]);
            walk.compare(&path, (before.as_ref(), was_at), (after.as_ref(), is_at));
        }
        found.into_iter().map(|(change, at)| Pending { document: called(key), change, at }).collect()
    }

    fn fields(
        &self,
        base: &Self,
        (key, before, after): (&(OwnKind, Arc<str>), &Written, &Written),
        pending: &mut Vec<Pending>,
    ) {
        let mut found = Vec::new();
        let places = (base.sources.locate(before.at), self.sources.locate(after.at));
        let mut walk = Walk { base, merged: self, found: &mut found };
        walk.compare(&Path::default(), (Some(&before.node), places.0), (Some(&after.node), places.1));
        let told = found.into_iter().filter(|(change, _)| !is_extends(key.0, change));
        pending.extend(told.map(|(change, at)| Pending { document: called(key), change, at }));
    }
}

fn called((kind, name): &(OwnKind, Arc<str>)) -> Arc<str> {
    Arc::from(format!("{}/{name}", kind.as_str()))
}

/// Which documents an environment shares is part of what is planned.
fn is_extends(kind: OwnKind, change: &PendingChange) -> bool {
    match change {
        PendingChange::Field { path, base: _, merged: _ } => {
            kind == OwnKind::Environment && Path::of(&["spec", "extends"]).contains(path)
        }
        PendingChange::Added | PendingChange::Removed => false,
    }
}

struct Walk<'a> {
    base: &'a Repository,
    merged: &'a Repository,
    found: &'a mut Vec<(PendingChange, Location)>,
}

impl Walk<'_> {
    /// Goes down where both are maps, and tells everything else that is not the same.
    fn compare(
        &mut self,
        path: &Path,
        (before, was_at): (Option<&Node>, Location),
        (after, is_at): (Option<&Node>, Location),
    ) {
        let maps = [before, after].map(|node| node.map(|node| &node.content));
        if let [Some(Content::Map(old)), Some(Content::Map(new))] = maps {
            let added = new.iter().filter(|entry| old.iter().all(|other| other.key != entry.key));
            let keys: Vec<Arc<str>> = old.iter().chain(added).map(|entry| Arc::clone(&entry.key)).collect();
            for key in keys {
                let one = old.iter().find(|entry| entry.key == key);
                let two = new.iter().find(|entry| entry.key == key);
                let was_at = one.map_or(was_at.clone(), |entry| self.base.sources.locate(entry.key_span));
                let is_at = two.map_or(is_at.clone(), |entry| self.merged.sources.locate(entry.key_span));
                let below = path.with(Segment::Field(key));
                let sides = (one.map(|entry| &entry.value), two.map(|entry| &entry.value));
                self.compare(&below, (sides.0, was_at), (sides.1, is_at));
            }
            return;
        }
        let (old, new) = (before.map(Node::to_value), after.map(Node::to_value));
        if old != new {
            let at = if new.is_some() { is_at } else { was_at };
            let change = PendingChange::Field { path: path.clone(), base: old, merged: new };
            self.found.push((change, at));
        }
    }
}
