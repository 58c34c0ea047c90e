//! Pictures of specs and plans: golden texts, hostile names, and folding.

use crate::story;
use crate::world::*;
use evenkeel_core::engine::plan::{Held, HeldChange};
use evenkeel_core::engine::step::{Condition, Gate, Risk, Step};
use evenkeel_core::report::graph::{Graph, dot, json, markdown, mermaid, of_plan, of_specs};
use std::time::Duration;

const GIT: [&str; 4] = [
    "kubernetes:Namespace/graph",
    "kubernetes:ConfigMap/graph/config",
    "kubernetes:Secret/graph/auth",
    "kubernetes:Deployment/graph/web",
];

fn specs() -> Graph {
    let mut desired = desired(&GIT);
    for id in ["kubernetes:Secret/graph/auth", "kubernetes:ConfigMap/graph/config"] {
        let wanted = desired.resources.get_mut(&address(id)).expect("it is wanted");
        wanted.document = Some("ManagedSecret/auth".into());
    }
    of_specs(&desired)
}

fn steps() -> Graph {
    let first = create("kubernetes:ConfigMap/graph/config");
    let mut second = update("kubernetes:Deployment/graph/web", vec![]);
    second.after.insert(first.id.clone());
    second.wave = 2;
    second.gates = vec![Gate {
        condition: Condition::Ready(address("kubernetes:ConfigMap/graph/config")),
        patience: Duration::from_secs(60),
        stable_for: Duration::ZERO,
    }];
    let second = Step { risk: Risk::Restart, ..second };
    let mut third = delete("kubernetes:Service/graph/old");
    third.after.insert(second.id.clone());
    let claim = held("kubernetes:PersistentVolumeClaim/graph/data", HeldChange::Delete, Held::HoldsData);
    of_plan(&plan(vec![first, second, third], vec![claim], vec![secrets_forbidden()]), &desired(&GIT), now())
}

#[test]
fn what_git_wants_is_drawn_with_documents_as_groups() {
    let graph = specs();
    story!("graph-of-specs", format!("{}\n{}", mermaid(&graph), dot(&graph)));
    assert!(markdown(&graph).starts_with("```mermaid\n"));
    assert_eq!(json(&graph)["arrows"].as_array().expect("arrows").len(), 3);
}

#[test]
fn what_a_plan_does_is_drawn_with_its_order_gates_and_risks() {
    let graph = steps();
    story!("graph-of-steps", format!("{}\n{}", mermaid(&graph), dot(&graph)));
}

#[test]
fn no_name_becomes_part_of_the_language() {
    let hostile = [
        "kubernetes:ConfigMap/graph/end\"]; n0 --> n1 %% <script>",
        "kubernetes:ConfigMap/graph/a`b|c{d}[e]#f;g&h\\",
        "kubernetes:ConfigMap/graph/x\n  click n0 href \u{202e}",
    ];
    let mut desired = desired(&hostile);
    for wanted in desired.resources.values_mut() {
        wanted.document = Some("Evil\"/\\ \n} digraph".into());
    }
    let graph = of_specs(&desired);
    is_mermaid(&mermaid(&graph));
    is_dot(&dot(&graph));
}

#[test]
fn golden_pictures_are_what_their_languages_take() {
    for graph in [specs(), steps()] {
        is_mermaid(&mermaid(&graph));
        is_dot(&dot(&graph));
    }
}

#[test]
fn more_than_can_be_looked_at_is_folded_by_kind_and_namespace() {
    let names: Vec<String> = (0..150)
        .flat_map(|n| {
            [format!("kubernetes:Service/graph/s{n:03}"), format!("kubernetes:Deployment/other/d{n:03}")]
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let graph = of_specs(&desired(&names)).folded();
    assert_eq!((graph.nodes.len(), graph.arrows.len()), (2, 2), "{graph:?}");
    let drawn = mermaid(&graph);
    assert!(drawn.contains("Service in graph<br/>150 of them"), "{drawn}");
    assert!(drawn.contains("300 folded"), "{drawn}");
    assert_eq!(specs().folded(), specs(), "few are not");
}

/// Every line is one of the few sorts that are written, and labels hold nothing that could end them.
fn is_mermaid(text: &str) {
    let is_node =
        |word: &str| word.strip_prefix(['n', 'g']).is_some_and(|number| number.parse::<usize>().is_ok());
    let mut depth = 0;
    for line in text.lines().skip(2).map(str::trim) {
        let (head, label) = match (line.split_once("[\""), line.rsplit_once("\"]")) {
            (Some((head, rest)), Some(_)) => (head.trim(), rest.rsplit_once("\"]").expect("it ends").0),
            (None, None) => (line, ""),
            _ => panic!("a label that does not end: {line}"),
        };
        assert!(
            !label.replace("<br/>", "").contains(['"', '<', '>', '[', ']', '`', '|', '{', '}']),
            "{line}"
        );
        match head.split(' ').collect::<Vec<_>>().as_slice() {
            ["subgraph", group] if is_node(group) => depth += 1,
            ["end"] => depth -= 1,
            ["classDef", _, _] | ["classDef", _, _, _] => {}
            [first, "-->", then] if is_node(first) && is_node(then) => {}
            [node] if is_node(node) && !label.is_empty() => {}
            other => panic!("not written by us: {other:?}"),
        }
    }
    assert_eq!(depth, 0, "{text}");
    assert!(text.starts_with("%% ") && text.lines().nth(1) == Some("flowchart LR"), "{text}");
}

/// The part of Graphviz' grammar that is written: statements end with `;`, strings are quoted.
fn is_dot(text: &str) {
    let tokens = tokens(text);
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let rest = match tokens.as_slice() {
        ["digraph", "{", rest @ ..] => statements(rest),
        other => panic!("no digraph: {other:?}"),
    };
    assert!(rest.is_empty(), "after the end: {rest:?}");
}

fn statements<'t, 's>(mut rest: &'t [&'s str]) -> &'t [&'s str] {
    loop {
        rest = match rest {
            ["}", rest @ ..] => return rest,
            ["subgraph", _, "{", rest @ ..] => statements(rest),
            [_, "=" | "->", _, ";", rest @ ..] => rest,
            [_, "[", rest @ ..] => attributes(rest),
            other => panic!("no statement: {:?}", &other[..other.len().min(5)]),
        };
    }
}

fn attributes<'t, 's>(mut rest: &'t [&'s str]) -> &'t [&'s str] {
    loop {
        rest = match rest {
            [_, "=", _, ",", rest @ ..] => rest,
            [_, "=", _, "]", ";", rest @ ..] => return rest,
            other => panic!("no attributes: {:?}", &other[..other.len().min(5)]),
        };
    }
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\n' => {}
            '"' => {
                let mut string = String::from('"');
                loop {
                    match letters.next().expect("a string ends") {
                        '\\' => drop(letters.next().expect("an escape is not the end")),
                        '"' => break,
                        '\n' => panic!("a string ends before its line: {string}"),
                        other => string.push(other),
                    }
                }
                tokens.push(string);
            }
            '-' => {
                assert_eq!(letters.next(), Some('>'));
                tokens.push("->".to_owned());
            }
            '{' | '}' | '[' | ']' | '=' | ';' | ',' => tokens.push(letter.to_string()),
            _ => {
                let mut word = letter.to_string();
                while let Some(next) = letters.next_if(|next| next.is_ascii_alphanumeric() || *next == '_') {
                    word.push(next);
                }
                tokens.push(word);
            }
        }
    }
    tokens
}
