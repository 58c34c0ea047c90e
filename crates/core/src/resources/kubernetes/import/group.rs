//! Into which files objects go: one for each application, else for the workload that refers to them, else by kind.

use super::look::{Order, Sights};
use super::refers::{named, pod_template, selector, selects};
use super::{Document, Draft, File, header};
use crate::engine::id::ResourceId;
use crate::engine::value::Value;
use crate::resources::kubernetes::order::order as wave;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Returns the files.
pub(super) fn files(order: &Order, sights: &Sights<'_>, drafts: Vec<Draft<'_>>) -> Vec<File> {
    let groups = Groups::of(&drafts).of;
    let mut sorted: BTreeMap<String, (String, Vec<Draft<'_>>)> = BTreeMap::new();
    for (draft, group) in drafts.into_iter().zip(groups) {
        let group = group.unwrap_or_else(|| by_kind(&draft.id, sights));
        let file = file_name(&group, draft.id.namespace.as_ref(), order);
        sorted.entry(file).or_insert_with(|| (group, Vec::new())).1.push(draft);
    }
    sorted.into_iter().map(|(name, (group, drafts))| file(name, &group, drafts)).collect()
}

fn file(name: String, group: &str, mut drafts: Vec<Draft<'_>>) -> File {
    drafts.sort_by_key(|draft| rank(&draft.id));
    let header = header::lines(group, &drafts);
    let documents = drafts.into_iter().map(|draft| {
        let Draft { id, live: _, document, notes } = draft;
        Document { id, value: document, notes }
    });
    File { name, header, documents: documents.collect() }
}

fn rank(id: &ResourceId) -> (impl Ord + use<>, ResourceId) {
    (wave(&id.kind), id.clone())
}

fn file_name(group: &str, namespace: Option<&Arc<str>>, order: &Order) -> String {
    let stem = match namespace {
        Some(namespace) if order.namespaces.len() > 1 => format!("{namespace}-{group}"),
        Some(_) | None => group.to_owned(),
    };
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() || "-_.".contains(letter) {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let stem: String = stem.chars().map(plain).collect();
    match stem.trim_start_matches('.') {
        "" | "environment" => format!("{stem}-objects.yaml"),
        stem => format!("{stem}.yaml"),
    }
}

/// To which group each object belongs, where anything tells; by the place of its draft.
struct Groups {
    of: Vec<Option<String>>,
}

impl Groups {
    fn of(drafts: &[Draft<'_>]) -> Self {
        let known = drafts.iter().map(|draft| {
            let workload = pod_template(&draft.id, draft.live).map(|_| draft.id.name.to_string());
            application(draft.live).map(str::to_owned).or(workload)
        });
        let mut groups = Self { of: known.collect() };
        let pairs = pairs(drafts);
        // What belongs to what belongs to a workload is the workload's, too: the Ingress of its Service, the Role of its
        // account's binding.
        for _ in 0..3 {
            groups.spread(&pairs);
        }
        groups
    }

    /// Gives each object without a group that of its neighbours, if they agree on one.
    fn spread(&mut self, pairs: &[(usize, usize)]) {
        let mut wishes: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for (one, two) in pairs {
            for (whose, from) in [(*one, *two), (*two, *one)] {
                if let (None, Some(group)) = (&self.of[whose], &self.of[from]) {
                    wishes.entry(whose).or_default().insert(group);
                }
            }
        }
        let agreed = wishes.into_iter().filter(|(_, groups)| groups.len() == 1);
        let agreed: Vec<(usize, String)> =
            agreed.filter_map(|(at, groups)| Some((at, (*groups.first()?).to_owned()))).collect();
        for (at, group) in agreed {
            self.of[at] = Some(group);
        }
    }
}

fn by_kind(id: &ResourceId, sights: &Sights<'_>) -> String {
    match sights.kinds.get(&id.kind) {
        Some(served) => served.plural.to_string(),
        None => id.kind.short().to_ascii_lowercase(),
    }
}

/// Returns which objects belong together: the first names, selects or scales the second.
fn pairs(drafts: &[Draft<'_>]) -> Vec<(usize, usize)> {
    type Key<'k> = (Option<&'k str>, &'k str, &'k str);
    let key = |draft: &'_ Draft<'_>| -> (Option<Arc<str>>, String, Arc<str>) {
        (draft.id.namespace.clone(), draft.id.kind.short().to_owned(), Arc::clone(&draft.id.name))
    };
    let keys: Vec<_> = drafts.iter().map(key).collect();
    let places: BTreeMap<Key<'_>, usize> = keys
        .iter()
        .enumerate()
        .map(|(at, (namespace, kind, name))| ((namespace.as_deref(), kind.as_str(), &**name), at))
        .collect();
    let mut pairs = Vec::new();
    for (one, draft) in drafts.iter().enumerate() {
        let namespace = draft.id.namespace.as_deref();
        let named = named(&draft.id, draft.live);
        let found = named.iter().filter_map(|(kind, name)| places.get(&(namespace, kind, name)));
        pairs.extend(found.map(|two| (one, *two)));
        if let Some(selector) = selector(&draft.id, draft.live) {
            let is_selected = |two: &&Draft<'_>| {
                two.id.namespace == draft.id.namespace
                    && pod_template(&two.id, two.live).is_some_and(|template| selects(selector, template))
            };
            pairs.extend(
                drafts.iter().enumerate().filter(|(_, two)| is_selected(two)).map(|(two, _)| (one, two)),
            );
        }
    }
    pairs
}

/// Returns the application that an object says it belongs to.
fn application(live: &Value) -> Option<&str> {
    let label = |name| live.at(&["metadata", "labels", name]).and_then(Value::as_text);
    let release = live.at(&["metadata", "annotations", "meta.helm.sh/release-name"]).and_then(Value::as_text);
    let named = label("app.kubernetes.io/instance").or_else(|| label("app.kubernetes.io/name"));
    named.or(release).filter(|name| !name.is_empty())
}
