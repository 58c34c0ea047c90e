//! A picture in Mermaid, which forges draw in comments and documents.

use super::{Graph, Key, Look, Node};
use crate::report::markdown::fenced;
use crate::report::plain::line;
use std::fmt::Write;

/// Renders it as Mermaid.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let numbers = graph.numbers();
    let mut out = format!("%% {}\nflowchart LR\n", line(&graph.title).replace('%', ""));
    for (index, (group, nodes)) in graph.groups().into_iter().enumerate() {
        if let Some(group) = group {
            let _infallible = writeln!(out, "  subgraph g{index} [\"{}\"]", escaped(group));
        }
        for (key, node) in nodes {
            let indent = if group.is_some() { "    " } else { "  " };
            out.push_str(indent);
            out.push_str(&drawn(numbers[key.as_str()], node));
        }
        if group.is_some() {
            out.push_str("  end\n");
        }
    }
    for (first, then) in graph.numbered() {
        let _infallible = writeln!(out, "  n{first} --> n{then}");
    }
    out + &looks(graph)
}

/// Renders it as a block that a forge draws.
#[must_use]
pub fn markdown(graph: &Graph) -> String {
    fenced("mermaid", &mermaid(graph))
}

fn drawn(number: usize, node: &Node) -> String {
    let label = node.lines.iter().map(|text| escaped(text)).collect::<Vec<_>>().join("<br/>");
    let class = class(node.look).map_or_else(String::new, |class| format!(":::{class}"));
    format!("n{number}[\"{label}\"]{class}\n")
}

fn class(look: Look) -> Option<&'static str> {
    match look {
        Look::Plain => None,
        Look::Going => Some("going"),
        Look::Risky => Some("risky"),
        Look::Held => Some("held"),
    }
}

/// The looks that are used; strokes, so that nothing depends on colour alone.
fn looks(graph: &Graph) -> String {
    let used = |look: Look| graph.nodes.iter().any(|(_, node): (&Key, &Node)| node.look == look);
    let styles = [
        (Look::Going, "stroke-dasharray:2 2"),
        (Look::Risky, "stroke-width:3px"),
        (Look::Held, "stroke-dasharray:6 3"),
    ];
    let used = styles.into_iter().filter(|(look, _)| used(*look));
    let lines = used.filter_map(|(look, style)| Some(format!("  classDef {} {style}\n", class(look)?)));
    lines.collect()
}

/// Everything that could end a label or begin something else is spelt as an entity.
fn escaped(text: &str) -> String {
    line(text).chars().fold(String::new(), |mut out, character| {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | '[' | ']' | '{' | '}' | '|' | ';' | '\\' => {
                let _infallible = write!(out, "#{};", u32::from(character));
            }
            other => out.push(other),
        }
        out
    })
}
