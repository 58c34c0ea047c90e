//! Pictures of what an environment wants and of what a plan does: nodes, arrows, and the documents they come from.
//!
//! An arrow leads from what must be there first to what needs it. Nodes are numbered in the order of their addresses, so
//! the same specs give the same bytes, and no name of anybody becomes part of a language.

mod dot;
mod draw;
mod mermaid;

pub use dot::dot;
pub use draw::{of_plan, of_specs};
pub use mermaid::{markdown, mermaid};

use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// More nodes than these are folded by kind and namespace.
pub const MOST: usize = 200;

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// What it shows.
    pub title: String,
    /// Its nodes.
    pub nodes: BTreeMap<Key, Node>,
    /// Its arrows: first, then.
    pub arrows: BTreeSet<(Key, Key)>,
}

/// Names a node within its picture, and gives it its place in the order.
pub type Key = String;

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// What stands in it, line by line.
    pub lines: Vec<String>,
    /// The document it comes from, if that is more than itself.
    pub group: Option<String>,
    /// Where it goes if the picture is folded.
    pub fold: String,
    /// How it is drawn.
    pub look: Look,
}

/// How a node is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// As any other.
    Plain,
    /// Something goes.
    Going,
    /// It costs something: a restart, downtime, data.
    Risky,
    /// It is held back.
    Held,
}

impl Graph {
    /// Returns the picture, folded by kind and namespace if it has too many nodes to be looked at.
    #[must_use]
    pub fn folded(self) -> Self {
        if self.nodes.len() <= MOST {
            return self;
        }
        let mut members: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
        for node in self.nodes.values() {
            members.entry(&node.fold).or_default().push(node);
        }
        let node = |(fold, nodes): (&str, Vec<&Node>)| {
            let lines = vec![fold.to_owned(), format!("{} of them", nodes.len())];
            let look = nodes.iter().map(|node| node.look).max().unwrap_or(Look::Plain);
            (fold.to_owned(), Node { lines, group: None, fold: fold.to_owned(), look })
        };
        let fold = |key: &Key| self.nodes.get(key).map(|node| node.fold.clone());
        let arrows = self.arrows.iter().filter_map(|(first, then)| Some((fold(first)?, fold(then)?)));
        Self {
            title: format!("{}, {} folded by kind and namespace", self.title, self.nodes.len()),
            nodes: members.into_iter().map(node).collect(),
            arrows: arrows.filter(|(first, then)| first != then).collect(),
        }
    }

    /// Returns the number of each node.
    fn numbers(&self) -> BTreeMap<&str, usize> {
        self.nodes.keys().enumerate().map(|(number, key)| (key.as_str(), number)).collect()
    }

    /// Returns the nodes by their groups; those of none come first.
    fn groups(&self) -> BTreeMap<Option<&str>, Vec<(&Key, &Node)>> {
        let mut groups: BTreeMap<Option<&str>, Vec<(&Key, &Node)>> = BTreeMap::new();
        for (key, node) in &self.nodes {
            groups.entry(node.group.as_deref()).or_default().push((key, node));
        }
        groups
    }

    /// Returns the arrows by number; what leads out of the picture is left out.
    fn numbered(&self) -> Vec<(usize, usize)> {
        let numbers = self.numbers();
        let number = |key: &Key| numbers.get(key.as_str()).copied();
        let arrows = self.arrows.iter().filter_map(|(first, then)| Some((number(first)?, number(then)?)));
        arrows.collect()
    }
}

/// Renders it as JSON.
#[must_use]
pub fn json(graph: &Graph) -> Json {
    let node = |(key, node): (&Key, &Node)| {
        let Node { lines, group, fold: _, look } = node;
        let look = match look {
            Look::Plain => "plain",
            Look::Going => "going",
            Look::Risky => "risky",
            Look::Held => "held",
        };
        json!({"id": key, "lines": lines, "group": group, "look": look})
    };
    let arrow = |(first, then): &(Key, Key)| json!({"first": first, "then": then});
    json!({
        "title": graph.title,
        "nodes": graph.nodes.iter().map(node).collect::<Vec<_>>(),
        "arrows": graph.arrows.iter().map(arrow).collect::<Vec<_>>(),
    })
}
