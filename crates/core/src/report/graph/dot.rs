//! A picture in the language of Graphviz.

use super::{Graph, Look, Node};
use crate::report::plain::line;
use std::fmt::Write;

/// Renders it as DOT.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let numbers = graph.numbers();
    let mut out =
        format!("digraph {{\n  label=\"{}\";\n  rankdir=LR;\n  node [shape=box];\n", escaped(&graph.title));
    for (index, (group, nodes)) in graph.groups().into_iter().enumerate() {
        if let Some(group) = group {
            let _infallible =
                writeln!(out, "  subgraph cluster_{index} {{\n    label=\"{}\";", escaped(group));
        }
        for (key, node) in nodes {
            let indent = if group.is_some() { "    " } else { "  " };
            out.push_str(indent);
            out.push_str(&drawn(numbers[key.as_str()], node));
        }
        if group.is_some() {
            out.push_str("  }\n");
        }
    }
    for (first, then) in graph.numbered() {
        let _infallible = writeln!(out, "  n{first} -> n{then};");
    }
    out + "}\n"
}

fn drawn(number: usize, node: &Node) -> String {
    let label = node.lines.iter().map(|text| escaped(text)).collect::<Vec<_>>().join("\\n");
    let style = match node.look {
        Look::Plain => "",
        Look::Going => ", style=dotted",
        Look::Risky => ", style=bold",
        Look::Held => ", style=dashed",
    };
    format!("n{number} [label=\"{label}\"{style}];\n")
}

fn escaped(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('"', "\\\"")
}
