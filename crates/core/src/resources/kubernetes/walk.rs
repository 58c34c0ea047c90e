//! Compares every leaf of the manifest with what is live (design-diff.md, rule 2).

use super::atomic::{Atomic, compare_atomic};
use super::defaults::{Filled, Slot, filled, is_empty, is_granular};
use super::fields::same_item;
use super::owners::Entries;
use super::schema::{
    Default, Empty, Flavour, Format, Identity, ListNode, MapNode, Node, NodeId, ROOT, Schema,
};
use super::trail::{Crumb, Trail};
use crate::engine::fingerprint::LeafHash;
use crate::engine::ledger::RememberedLeaf;
use crate::engine::path::Path;
use crate::engine::value::{Map, SecretRef, Value};
use crate::engine::verdict::{Doubt, DoubtClass};

/// What the walk found: places where live is not as wanted, and places where reading cannot tell.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) changes: Vec<Change>,
    pub(crate) doubts: Vec<Doubt>,
}

/// A place where live is not as wanted.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) path: Path,
    pub(crate) live: Option<Value>,
    pub(crate) wanted: Option<Value>,
}

/// The walk's surroundings.
pub(crate) struct Walk<'a> {
    schema: &'a Schema,
    entries: &'a Entries<'a>,
    leaves: &'a [RememberedLeaf],
    trail: Trail<'a>,
    found: Findings,
}

/// Compares a wanted object with a live one, leaf by leaf; `leaves` are sorted by path.
pub(crate) fn walk<'a>(
    wanted: &'a Value,
    live: &'a Value,
    schema: &'a Schema,
    entries: &'a Entries<'a>,
    leaves: &'a [RememberedLeaf],
) -> Findings {
    let mut walk = Walk { schema, entries, leaves, trail: Trail::default(), found: Findings::default() };
    if let (Value::Map(wanted), Value::Map(live)) = (wanted, live) {
        let Node::Map(root) = schema.node(ROOT) else { return walk.found };
        for (name, wanted) in
            wanted.iter().filter(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind"))
        {
            walk.entry(name, wanted, live, Some(root));
        }
    }
    walk.found
}

impl<'a> Walk<'a> {
    fn entry(&mut self, name: &'a str, wanted: &'a Value, live: &'a Map, map: Option<&'a MapNode>) {
        let slot = map.and_then(|map| map.field(name)).map_or(Slot::Entry, Slot::Field);
        let node = self.schema.node(map.map_or(NodeId::UNKNOWN, |map| map.entry(name)));
        self.trail.push(Crumb::Field(name));
        self.value(wanted, live.get(name), node, slot);
        self.trail.pop();
    }

    fn value(&mut self, wanted: &'a Value, live: Option<&'a Value>, node: &'a Node, slot: Slot<'a>) {
        let live = live.filter(|live| self.schema.flavour == Flavour::Custom || **live != Value::Null);
        if is_granular(node, wanted)
            && is_empty(wanted)
            && (*wanted != Value::Null || !self.is_verbatim(slot))
        {
            return self.nothing_inside(wanted, live, slot);
        }
        match (node, wanted, live) {
            (Node::Map(map), Value::Map(wanted), Some(Value::Map(live)))
                if is_granular(node, &Value::Null) =>
            {
                self.entries(wanted, live, Some(map));
            }
            (Node::Untyped, Value::Map(wanted), Some(Value::Map(live))) => self.entries(wanted, live, None),
            (Node::List(list), Value::List(wanted), Some(Value::List(live)))
                if list.identity != Identity::Atomic =>
            {
                self.items(wanted, live, list);
            }
            _ => self.leaf(wanted, live, node, slot),
        }
    }

    fn entries(&mut self, wanted: &'a Map, live: &'a Map, map: Option<&'a MapNode>) {
        for (name, wanted) in wanted {
            self.entry(name, wanted, live, map);
        }
    }

    /// Null or an empty value of a granular type applies nothing; it only makes the place be there.
    fn nothing_inside(&mut self, wanted: &'a Value, live: Option<&'a Value>, slot: Slot<'a>) {
        let vanishes = match slot {
            Slot::Field(field) => {
                slot.is_unset(wanted, self.schema.flavour)
                    || (field.empty == Empty::Null && wanted.as_list().is_some())
            }
            Slot::Entry => false,
        };
        let is_there = live.is_some_and(|live| *live != Value::Null);
        if !is_there && !vanishes {
            self.differs(wanted, live);
        }
    }

    fn items(&mut self, wanted: &'a [Value], live: &'a [Value], list: &'a ListNode) {
        let mut previous = None;
        let mut in_order = true;
        for item in wanted {
            let mut same = live.iter().enumerate().filter(|(_, live)| same_item(item, live, &list.identity));
            let (first, second) = (same.next(), same.next());
            if let Some((at, _)) = first {
                in_order &= previous.is_none_or(|previous| previous < at);
                previous = Some(at);
            }
            self.trail.push(Crumb::Item(item, &list.identity));
            match (first, second) {
                (Some((_, live)), None) => {
                    self.value(item, Some(live), self.schema.node(list.item), Slot::Entry);
                }
                (Some((_, live)), Some(_)) => self.doubled(item, live),
                (None, _) => self.differs(item, None),
            }
            self.trail.pop();
        }
        if !in_order {
            self.order_differs(wanted, live, list);
        }
    }

    /// Reports an item that live has more than once: what is remembered of it is remembered of one.
    fn doubled(&mut self, wanted: &Value, live: &Value) {
        let path = self.trail.path();
        let (live, wanted) = (Some(live.clone()), Some(wanted.clone()));
        self.found.changes.push(Change { path, live, wanted });
    }

    /// Reports another order by the shared items' identities, in either order.
    fn order_differs(&mut self, wanted: &[Value], live: &[Value], list: &ListNode) {
        let shared = |items: &[Value], others: &[Value]| {
            let shared =
                items.iter().filter(|item| others.iter().any(|other| same_item(item, other, &list.identity)));
            Value::List(shared.map(|item| name_of(item, &list.identity)).collect())
        };
        let change = Change {
            path: self.trail.path(),
            live: Some(shared(live, wanted)),
            wanted: Some(shared(wanted, live)),
        };
        self.found.changes.push(change);
    }

    fn leaf(&mut self, wanted: &'a Value, live: Option<&'a Value>, node: &'a Node, slot: Slot<'a>) {
        if matches!(wanted, Value::Output(_)) {
            return;
        }
        if let Value::Secret(secret) = wanted {
            return self.secret(wanted, secret, live);
        }
        if *wanted == Value::Null && self.is_verbatim(slot) {
            return self.doubt(wanted, live, DoubtClass::NullInCustomResource);
        }
        if slot.is_unset(wanted, self.schema.flavour) {
            return self.unset(wanted, live, slot);
        }
        let stored = stored_null(wanted, node);
        let outcome = match live {
            None if is_null_list(wanted, slot) => Atomic::Equal,
            None => Atomic::Other,
            Some(live) => compare_atomic(self.schema, node, stored.as_ref().unwrap_or(wanted), live),
        };
        match outcome {
            Atomic::Equal => {}
            Atomic::Other if is_lengthened(wanted, live, slot) => {
                self.doubt(wanted, live, DoubtClass::ServerSet);
            }
            Atomic::Other => self.differs(wanted, live),
            Atomic::Derived => self.doubt(wanted, live, DoubtClass::AtomicExtra),
            Atomic::Extra => self.extra(wanted, live),
        }
    }

    fn secret(&mut self, wanted: &'a Value, secret: &SecretRef, live: Option<&'a Value>) {
        match (&secret.digest, live) {
            (_, None) => self.differs(wanted, None),
            (Some(digest), Some(Value::Opaque(seen))) if digest == seen => {}
            (Some(_), Some(_)) => self.differs(wanted, live),
            (None, Some(seen)) => self.unread_secret(wanted, secret, seen),
        }
    }

    /// Nobody read the source, so live is held against what the last apply left there.
    ///
    /// What was left can be told; what is wanted now cannot, unless live is where it is kept.
    fn unread_secret(&mut self, wanted: &Value, secret: &SecretRef, live: &Value) {
        let path = self.trail.path();
        let left = self.remembered(&path).map(|leaf| leaf.live.unwrap_or(leaf.wanted));
        if left.is_some_and(|left| left != LeafHash::of(live)) {
            let (live, wanted) = (Some(live.clone()), Some(wanted.clone()));
            self.found.changes.push(Change { path, live, wanted });
        } else if secret.is_unread() {
            self.found.doubts.push(Doubt { path, class: DoubtClass::SecretUnread });
        }
    }

    fn unset(&mut self, wanted: &'a Value, live: Option<&'a Value>, slot: Slot<'a>) {
        let Some(seen) = live else { return };
        let how =
            if let Slot::Field(field) = slot { filled(self.schema, field, seen) } else { Filled::Other };
        match how {
            Filled::Equal => {}
            // Another owner may have written it just as empty, so that it fell back to the default for him, too.
            Filled::Unclear(class) => self.doubt(wanted, live, class),
            Filled::Other if !has_constant(slot) && !self.entries.anybody_owns(&self.trail.path()) => {
                self.doubt(wanted, live, DoubtClass::ServerSet);
            }
            Filled::Other => self.differs(wanted, live),
        }
    }

    /// Live has, inside an atomic value, keys that Git does not have and that are no constant defaults.
    fn extra(&mut self, wanted: &'a Value, live: Option<&'a Value>) {
        let path = self.trail.path();
        if !self.entries.others_at(&path).is_empty() {
            return self.differs(wanted, live);
        }
        match self.remembered(&path) {
            Some(leaf) if is_as_remembered(leaf, wanted, live) => {}
            Some(_) => self.differs(wanted, live),
            None => self.doubt(wanted, live, DoubtClass::AtomicExtra),
        }
    }

    /// Tells whether an empty value here is stored as it was sent.
    fn is_verbatim(&self, slot: Slot<'_>) -> bool {
        self.schema.flavour == Flavour::Custom
            && match slot {
                Slot::Field(field) => field.empty == Empty::Keep,
                Slot::Entry => true,
            }
    }

    fn remembered(&self, path: &Path) -> Option<&'a RememberedLeaf> {
        find_leaf(self.leaves, LeafHash::of(path))
    }

    fn is_absorbed(&self, path: &Path, wanted: &Value, live: Option<&Value>) -> bool {
        self.remembered(path).is_some_and(|leaf| is_as_remembered(leaf, wanted, live))
    }

    fn differs(&mut self, wanted: &Value, live: Option<&Value>) {
        let path = self.trail.path();
        if !self.is_absorbed(&path, wanted, live) {
            self.found.changes.push(Change { path, live: live.cloned(), wanted: Some(wanted.clone()) });
        }
    }

    fn doubt(&mut self, wanted: &Value, live: Option<&Value>, class: DoubtClass) {
        let path = self.trail.path();
        if !self.is_absorbed(&path, wanted, live) {
            self.found.doubts.push(Doubt { path, class });
        }
    }
}

fn name_of(item: &Value, identity: &Identity) -> Value {
    let Identity::Keys(keys) = identity else { return item.clone() };
    let found = keys.iter().filter_map(|key| Some((key.name.to_string(), item.get(&key.name)?.clone())));
    let mut found: Map = found.collect();
    match (found.len(), found.pop_first()) {
        (1, Some((_, only))) => only,
        (_, first) => {
            found.extend(first);
            Value::Map(found)
        }
    }
}

/// Null as the entry of a map of texts is stored as the empty text.
fn stored_null(wanted: &Value, node: &Node) -> Option<Value> {
    let Node::Scalar(format) = node else { return None };
    (*wanted == Value::Null).then(|| match format {
        Format::Quantity | Format::QuantityMilli => Value::from("0"),
        Format::Plain
        | Format::Text
        | Format::IntOrString
        | Format::Time
        | Format::MicroTime
        | Format::Bytes => Value::from(""),
    })
}

fn has_constant(slot: Slot<'_>) -> bool {
    matches!(slot, Slot::Field(field) if matches!(field.default, Default::Constant(_)))
}

/// Tells whether the server may have added items behind ours, as admission does to a pod's tolerations.
fn is_lengthened(wanted: &Value, live: Option<&Value>, slot: Slot<'_>) -> bool {
    let server_set = matches!(slot, Slot::Field(field) if field.default == Default::ServerSet);
    match (wanted, live) {
        (Value::List(wanted), Some(Value::List(live))) => server_set && live.starts_with(wanted),
        _ => false,
    }
}

fn is_null_list(wanted: &Value, slot: Slot<'_>) -> bool {
    let reads_back_null = matches!(slot, Slot::Field(field) if field.empty == Empty::Null);
    reads_back_null && wanted.as_list().is_some_and(<[Value]>::is_empty)
}

/// Returns what is remembered of the leaf at a path.
pub(crate) fn find_leaf(leaves: &[RememberedLeaf], path: LeafHash) -> Option<&RememberedLeaf> {
    leaves.binary_search_by_key(&path, |leaf| leaf.path).ok().map(|at| &leaves[at])
}

/// Tells whether both the wanted and the live value are those of the last apply.
pub(crate) fn is_as_remembered(leaf: &RememberedLeaf, wanted: &Value, live: Option<&Value>) -> bool {
    let wanted = LeafHash::of(wanted);
    leaf.wanted == wanted && live_hash(live) == leaf.live.unwrap_or(wanted)
}

/// Returns the hash of a live value; what is not there has one, too.
pub(crate) fn live_hash(live: Option<&Value>) -> LeafHash {
    live.map_or(LeafHash(0), LeafHash::of)
}
