//! Brokers and workers of a preflight for people: who answers, what may be done there, which classes there are.

use super::lacking::Lacking;
use super::text::{LABEL, told_identity};
use crate::engine::id::{ConnectionId, ConnectionName, System};
use crate::engine::preflight::{Answerer, Plugin, Preflight, Storage};
use crate::engine::rights::{KafkaRight, Operation, Target};
use crate::report::acls::commands;
use crate::report::plain::{line, wrapped};
use crate::report::style::{Role, Style};
use crate::report::words;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// So many names of one sort are told at the most.
const TOLD: usize = 10;

/// Returns who answers, and of workers, which classes they have.
pub(super) fn platform(preflight: &Preflight, style: Style) -> String {
    let told = preflight.platform.iter().map(|(id, Answerer { identity, pin })| {
        let heading = style.paint(Role::Heading, &id.to_string());
        let told = wrapped(&told_identity(identity, pin), LABEL + 2, style.width);
        let head = format!("\n{heading}\n  {:LABEL$}{}", "cluster", told.trim_start());
        head + &classes(preflight, id, style) + &storage(preflight, id, style)
    });
    told.collect()
}

fn classes(preflight: &Preflight, workers: &ConnectionId, style: Style) -> String {
    let here = |at: &ConnectionName| workers.system == System::Connect && *at == workers.name;
    let classes = preflight.plugins.iter().filter(|((at, _), _)| here(at));
    let told = classes.map(|((_, class), Plugin { connectors, versions })| {
        let class = line(class);
        let of = || format!("; wanted by {}", few(connectors));
        let told = match versions {
            Ok(versions) if versions.is_empty() => format!("{class} is not installed{}", of()),
            Ok(versions) => {
                let versions: Vec<String> = versions.iter().map(|version| line(version)).collect();
                format!("{class} {}", versions.join(", "))
            }
            Err(why) => format!("{class}: not known: {}{}", words::why(why), of()),
        };
        format!("  {:LABEL$}{}", "class", wrapped(&told, LABEL + 2, style.width).trim_start())
    });
    told.collect()
}

/// Workers keep the last value of each key, and nothing of what goes by its age.
fn storage(preflight: &Preflight, workers: &ConnectionId, style: Style) -> String {
    let here = |at: &ConnectionName| workers.system == System::Connect && *at == workers.name;
    let topics = preflight.storage.iter().filter(|((at, _), _)| here(at));
    let told = topics.map(|((_, topic), told)| {
        let topic = line(topic);
        let told = match told {
            Ok(Storage::Missing) => {
                format!("{topic} is not there; the workers make it, or `storageTopics` names others")
            }
            Ok(storage @ Storage::There { policy }) if storage.forgets() => format!(
                "{topic} has the cleanup.policy {}: connectors vanish, or where they stood, once it is old",
                line(policy)
            ),
            Ok(Storage::There { policy: _ }) => format!("{topic} is compacted"),
            Err(why) => format!("{topic}: whether it is compacted is not known: {}", words::why(why)),
        };
        format!("  {:LABEL$}{}", "storage", wrapped(&told, LABEL + 2, style.width).trim_start())
    });
    told.collect()
}

/// Returns the first names of several.
pub(super) fn few(names: &BTreeSet<Arc<str>>) -> String {
    let told = names.iter().take(TOLD).map(|name| line(name)).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

/// Returns rows for the table of rights: topics that lack the same are told together.
pub(super) fn rows(preflight: &Preflight, style: Style) -> String {
    let brokers = &preflight.brokers;
    let mut lacking: BTreeMap<(&ConnectionName, &Target), Lacking<Operation>> = BTreeMap::new();
    for (right, need) in &brokers.needs.0 {
        let KafkaRight { cluster, target, operation } = right;
        let granted = brokers.granted.get(right).and_then(|granted| granted.as_ref().ok());
        lacking.entry((cluster, target)).or_default().count(*operation, *need, granted.copied());
    }
    let mut rows: BTreeMap<(&ConnectionName, Lacking<Operation>), Vec<&Target>> = BTreeMap::new();
    for ((cluster, target), lacking) in lacking {
        rows.entry((cluster, lacking)).or_default().push(target);
    }
    let told =
        rows.iter().map(|((cluster, lacking), targets)| lacking.row(&objects(cluster, targets), style));
    told.collect()
}

fn objects(cluster: &ConnectionName, targets: &[&Target]) -> String {
    let itself = targets.iter().any(|target| matches!(target, Target::Cluster));
    let topics: BTreeSet<Arc<str>> = targets.iter().filter_map(|target| topic(target)).collect();
    let told = [
        itself.then(|| "the cluster itself".to_owned()),
        (!topics.is_empty()).then(|| format!("{} {}", noun(topics.len()), few(&topics))),
    ];
    format!("on kafka:{cluster}: {}", told.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn topic(target: &Target) -> Option<Arc<str>> {
    match target {
        Target::Cluster => None,
        Target::Topic(name) => Some(Arc::clone(name)),
    }
}

fn noun(topics: usize) -> &'static str {
    if topics == 1 { "topic" } else { "topics" }
}

/// Returns why brokers did not say whether something needed is granted, once each.
pub(super) fn silences(preflight: &Preflight) -> BTreeSet<String> {
    let brokers = &preflight.brokers;
    let needed = brokers.needs.0.iter().filter(|(_, need)| need.needed_by.is_some());
    let why = |(right, _): (&KafkaRight, _)| brokers.granted.get(right)?.as_ref().err().map(words::why);
    needed.filter_map(why).map(|why| format!("not known: {why}")).collect()
}

/// Returns the commands that grant what is lacking.
pub(super) fn granting(preflight: &Preflight) -> Vec<String> {
    let brokers = &preflight.brokers;
    let lacking = brokers.lacking(preflight.aim);
    let granting = brokers.grantees.iter().flat_map(|(cluster, grantee)| {
        commands(grantee, lacking.iter().copied().filter(|right| right.cluster == *cluster))
    });
    granting.collect()
}

/// Returns the classes in Git that workers do not have.
pub(super) fn missing_classes(preflight: &Preflight) -> BTreeSet<Arc<str>> {
    let missing = preflight.plugins.iter().filter(|(_, plugin)| is_missing(plugin));
    missing.map(|((_, class), _)| Arc::clone(class)).collect()
}

/// Tells whether workers do not have a class.
pub(super) fn is_missing(plugin: &Plugin) -> bool {
    plugin.versions.as_ref().is_ok_and(BTreeSet::is_empty)
}
