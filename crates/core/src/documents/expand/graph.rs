//! What needs what: references and `evenkeel.dev/depends-on` as they are written, Kubernetes' own order where it fits.
//!
//! A circle of written needs is an error that names it. An edge of Kubernetes' own order inside a circle is dropped:
//! it is a habit, and what is written counts more. Edges grow with references, never with pairs of resources.

use super::index::Index;
use super::references::{references, service_account, subjects};
use super::{Draft, Sources};
use crate::diagnostic::Diagnostic;
use crate::documents::codes;
use crate::documents::nearest::nearest;
use crate::documents::source::Span;
use crate::documents::yaml::tree::Node;
use crate::engine::id::{Kind, ResourceId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many bindings of one service account a workload waits for; more would make edges grow with pairs.
const BINDINGS: usize = 16;

/// How many members of a circle are named.
const NAMED: usize = 8;

/// Edges from each resource to what it needs, and where the need is written.
type Edges = Vec<Vec<(usize, Span)>>;

/// Fills in `needs` and tells what is wrong with them.
pub(super) fn connect(drafts: &mut [Draft], index: &Index<'_>, sources: &Sources) -> Vec<Diagnostic> {
    let (written, mut findings) = written(drafts, index, sources);
    let circles = components(&written);
    findings.extend(circles.iter().filter_map(|circle| tell(circle, &written, drafts, sources)));
    let mut all = written.clone();
    for (from, edges) in usual(drafts, index).into_iter().enumerate() {
        all[from].extend(edges);
    }
    let group = groups(&components(&all), drafts.len());
    let needs: Vec<Vec<ResourceId>> = all
        .iter()
        .enumerate()
        .map(|(from, edges)| {
            let given = written[from].len();
            let fits = |(rank, to): (usize, usize)| to != from && (rank < given || group[to] != group[from]);
            let targets =
                edges.iter().enumerate().map(|(rank, (to, _))| (rank, *to)).filter(|edge| fits(*edge));
            targets.map(|(_, to)| drafts[to].id.clone()).collect()
        })
        .collect();
    for (draft, needs) in drafts.iter_mut().zip(needs) {
        draft.needs = needs.into_iter().collect();
    }
    findings
}

/// Needs that somebody wrote down.
fn written(drafts: &[Draft], index: &Index<'_>, sources: &Sources) -> (Edges, Vec<Diagnostic>) {
    let mut edges = Edges::with_capacity(drafts.len());
    let mut lost = Vec::new();
    for (from, draft) in drafts.iter().enumerate() {
        let Draft { id, says: _, ignored: _, moved_from: _, needs: _, depends_on, mentions, merged } = draft;
        let named = references(id, &merged.document.node).into_iter();
        let named = named.map(|reference| (reference.target, reference.at)).chain(mentions.iter().cloned());
        let found = named.filter_map(|(target, at)| Some((index.find(&target)?, at)));
        let mut own: Vec<(usize, Span)> = found.filter(|(to, _)| *to != from).collect();
        for (address, at) in depends_on {
            match index.find(address) {
                Some(to) => own.push((to, *at)),
                None => lost.push((address, *at)),
            }
        }
        edges.push(own);
    }
    (edges, dangling(&lost, sources, drafts))
}

/// Tells addresses that name nothing. The nearest name is looked for a few times only: each look goes through all.
fn dangling(lost: &[(&ResourceId, Span)], sources: &Sources, drafts: &[Draft]) -> Vec<Diagnostic> {
    const LOOKS: usize = 50;
    let known: Vec<String> = match lost {
        [] => Vec::new(),
        _ => drafts.iter().map(|draft| draft.id.to_string()).collect(),
    };
    let told = lost.iter().enumerate().map(|(rank, (address, at))| {
        let text = address.to_string();
        let near = (rank < LOOKS).then(|| nearest(&text, known.iter().map(String::as_str))).flatten();
        let finding = Diagnostic::error(
            codes::DANGLING,
            sources.locate(*at),
            format!("this environment has no {text}"),
        );
        match near {
            Some(near) => finding.label(format!("there is {near}")),
            None => finding.hint("name a resource of this environment, or remove the entry"),
        }
    });
    told.collect()
}

/// Namespaces before what lives in them, definitions before their resources, rights before those who use them.
fn usual(drafts: &[Draft], index: &Index<'_>) -> Edges {
    let definitions = definitions(drafts);
    let mut rights: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, draft) in drafts.iter().enumerate() {
        for subject in subjects(&draft.id, &draft.merged.document.node) {
            rights.entry(index.find(&subject.target).unwrap_or(usize::MAX)).or_default().push(place);
        }
    }
    let edges = drafts.iter().map(|draft| {
        let Draft { id, says: _, ignored: _, moved_from: _, needs: _, depends_on: _, mentions: _, merged } =
            draft;
        let at = merged.document.at;
        let namespace = id.namespace.as_ref().and_then(|name| index.find(&namespace_of(id, name)));
        let definition = definitions.get(&(&id.connection, &id.kind)).copied();
        let account =
            service_account(id, &merged.document.node).and_then(|account| index.find(&account.target));
        let bindings =
            account.and_then(|account| rights.get(&account)).into_iter().flatten().take(BINDINGS).copied();
        namespace.into_iter().chain(definition).chain(bindings).map(|to| (to, at)).collect()
    });
    edges.collect()
}

fn namespace_of(id: &ResourceId, name: &Arc<str>) -> ResourceId {
    ResourceId { kind: Kind::new("Namespace"), namespace: None, name: Arc::clone(name), ..id.clone() }
}

type Definitions<'a> = BTreeMap<(&'a crate::engine::id::ConnectionName, &'a Kind), usize>;

fn definitions(drafts: &[Draft]) -> BTreeMap<(&crate::engine::id::ConnectionName, &Kind), usize> {
    let mut defined: BTreeMap<(&crate::engine::id::ConnectionName, Kind), usize> = BTreeMap::new();
    for (place, draft) in drafts.iter().enumerate() {
        if draft.id.kind.as_str() == "CustomResourceDefinition"
            && let Some(kind) = defines(&draft.merged.document.node)
        {
            defined.insert((&draft.id.connection, kind), place);
        }
    }
    let mut found = Definitions::new();
    for draft in drafts.iter().filter(|_| !defined.is_empty()) {
        let Some(place) = defined.get(&(&draft.id.connection, draft.id.kind.clone())) else { continue };
        found.insert((&draft.id.connection, &draft.id.kind), *place);
    }
    found
}

fn defines(node: &Node) -> Option<Kind> {
    let kind = node.text_at(&["spec", "names", "kind"])?;
    Some(Kind::kubernetes(node.text_at(&["spec", "group"])?, kind))
}

/// Tells a circle of written needs, if these resources are one.
fn tell(circle: &[usize], edges: &Edges, drafts: &[Draft], sources: &Sources) -> Option<Diagnostic> {
    let first = *circle.iter().min()?;
    let path = around(first, &circle.iter().copied().collect(), edges)?;
    let names: Vec<String> = path.iter().map(|(place, _)| drafts[*place].id.to_string()).collect();
    let (_, at) = path.first()?;
    let shown = match &names[..] {
        [first, .., last] if names.len() > NAMED => {
            format!("{first} -> … {} more … -> {last}", names.len() - 2)
        }
        all => all.join(" -> "),
    };
    let message = format!("these need each other in a circle: {shown} -> {}", names.first()?);
    let mut finding = Diagnostic::error(codes::CYCLE, sources.locate(*at), message);
    for (index, (_, at)) in path.iter().enumerate().take(NAMED) {
        let to = &names[(index + 1) % names.len()];
        finding = finding.note(format!("{} needs {to}: {}", names[index], sources.locate(*at)));
    }
    Some(finding.hint("remove one of these references"))
}

/// Returns a shortest way from a resource back to itself, with the place of each edge on it.
fn around(first: usize, circle: &BTreeSet<usize>, edges: &Edges) -> Option<Vec<(usize, Span)>> {
    let mut came_from: BTreeMap<usize, (usize, Span)> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([first]);
    while let Some(place) = queue.pop_front() {
        for (to, at) in &edges[place] {
            if circle.contains(to) && !came_from.contains_key(to) {
                came_from.insert(*to, (place, *at));
                queue.push_back(*to);
            }
        }
    }
    let mut path = Vec::new();
    let mut place = first;
    loop {
        let (before, at) = came_from.get(&place)?;
        path.push((*before, *at));
        place = *before;
        if place == first {
            path.reverse();
            return Some(path);
        }
    }
}

fn groups(components: &[Vec<usize>], count: usize) -> Vec<usize> {
    let mut groups: Vec<usize> = (count..2 * count).collect();
    for (number, component) in components.iter().enumerate() {
        for place in component {
            groups[*place] = number;
        }
    }
    groups
}

/// Returns the circles (strongly connected components of more than one, or with an edge to themselves), by Tarjan's
/// algorithm with a stack of its own: a chain of ten thousand needs must not be ten thousand calls deep.
fn components(edges: &Edges) -> Vec<Vec<usize>> {
    let mut search = Search {
        edges,
        order: vec![0; edges.len()],
        low: vec![0; edges.len()],
        open: vec![false; edges.len()],
        stack: Vec::new(),
        next: 1,
        found: Vec::new(),
    };
    for place in 0..edges.len() {
        if search.order[place] == 0 {
            search.from(place);
        }
    }
    search.found
}

struct Search<'a> {
    edges: &'a Edges,
    order: Vec<usize>,
    low: Vec<usize>,
    open: Vec<bool>,
    stack: Vec<usize>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn from(&mut self, start: usize) {
        let mut calls = vec![(start, 0)];
        self.enter(start);
        while let Some((place, edge)) = calls.last_mut() {
            let place = *place;
            if let Some((to, _)) = self.edges[place].get(*edge) {
                *edge += 1;
                if self.order[*to] == 0 {
                    self.enter(*to);
                    calls.push((*to, 0));
                } else if self.open[*to] {
                    self.low[place] = self.low[place].min(self.order[*to]);
                }
            } else {
                calls.pop();
                if let Some((above, _)) = calls.last() {
                    self.low[*above] = self.low[*above].min(self.low[place]);
                }
                self.leave(place);
            }
        }
    }

    fn enter(&mut self, place: usize) {
        self.order[place] = self.next;
        self.low[place] = self.next;
        self.next += 1;
        self.open[place] = true;
        self.stack.push(place);
    }

    fn leave(&mut self, place: usize) {
        if self.low[place] != self.order[place] {
            return;
        }
        let start = self.stack.iter().rposition(|other| *other == place).unwrap_or_default();
        let component = self.stack.split_off(start);
        for member in &component {
            self.open[*member] = false;
        }
        if component.len() > 1 || self.edges[place].iter().any(|(to, _)| *to == place) {
            self.found.push(component);
        }
    }
}
