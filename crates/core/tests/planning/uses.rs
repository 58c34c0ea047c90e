//! What an environment uses: the kinds in Git, what is left of the ledger, and what nobody serves.

use crate::platform::{Platform, config_map, graph, graphs, storage_class};
use evenkeel_core::engine::id::{ConnectionId, ConnectionName};
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::{Part, Uses, uses};
use evenkeel_core::engine::question::{FactId, Question};
use serde_json::json;
use std::collections::BTreeSet;

/// Asks discovery, as a preflight does.
fn used(platform: &Platform) -> Uses {
    let question = Question::Fact(FactId::ServedKinds(ConnectionName::default()));
    let (answer, mut live) = (platform.answer(&question), Live::default());
    live.insert(question, answer, crate::platform::NOW);
    uses(&platform.inputs, &live)
}

fn parts(uses: &Uses, plural: &str) -> Vec<Part> {
    uses.kinds.iter().filter(|(place, _)| &*place.plural == plural).map(|(_, part)| *part).collect()
}

#[test]
fn a_kind_of_which_some_stay_and_others_leave_is_used_for_both() {
    let mut platform = Platform::new();
    platform.want(&config_map("stays", "one"), &[]);
    let leaves = platform.want(&config_map("leaves", "one"), &[]);
    platform.apply();
    assert_eq!(parts(&used(&platform), "configmaps"), [Part::Wanted]);
    platform.unwant(&leaves);
    assert_eq!(parts(&used(&platform), "configmaps"), [Part::Leaving, Part::Wanted]);
}

#[test]
fn what_is_at_the_top_of_a_cluster_is_used_by_name() {
    let mut platform = Platform::new();
    platform.want(&storage_class("fast", "example.org/disk"), &[]);
    platform.want(&config_map("a", "one"), &[]);
    let names: Vec<_> = used(&platform).kinds.into_iter().map(|(place, _)| place.name).collect();
    assert_eq!(names.iter().flatten().map(|name| &**name).collect::<Vec<_>>(), ["fast"]);
}

#[test]
fn what_has_left_git_and_is_served_by_nobody_any_more_needs_nothing() {
    let mut platform = Platform::new();
    platform.served.kinds.push(graphs());
    let main = platform.want(&graph("main"), &[]);
    platform.apply();
    assert_eq!(used(&platform).definitions.len(), 1);
    platform.unwant(&main);
    let leaving = used(&platform);
    assert_eq!(parts(&leaving, "graphs"), [Part::Leaving]);
    assert!(leaving.definitions.is_empty(), "what is only deleted is compared with nothing");
    platform.served.kinds.clear();
    let gone = used(&platform);
    assert!(gone.kinds.is_empty() && gone.unknown.is_empty(), "{gone:?}");
    platform.want(&graph("main"), &[]);
    assert_eq!(used(&platform).unknown.len(), 1, "what Git wants must be served");
}

#[test]
fn namespaces_that_git_makes_and_clusters_that_are_pinned_are_known() {
    let mut platform = Platform::new();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "graph"}});
    platform.want(&namespace, &[]);
    platform.want(&config_map("a", "one"), &[]);
    let here = ConnectionName::default();
    platform.inputs.pins.insert(ConnectionId::kubernetes(&here), "this cluster".into());
    let used = used(&platform);
    assert_eq!(used.made, BTreeSet::from([(here.clone(), "graph".into())]));
    assert_eq!(used.namespaces(), used.made);
    assert_eq!(used.pinned, BTreeSet::from([here]));
    assert!(!used.has_secrets());
}
