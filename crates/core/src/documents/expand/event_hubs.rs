//! What Azure Event Hubs does not do as brokers do: limits by tier, no rights of Kafka's, and connections that it closes
//! while a worker believes in them.

use super::between::{Drafts, count, setting};
use super::manifest::Context;
use super::platform::Platform;
use super::platform_checks::place;
use super::{BTreeMap, Draft};
use crate::documents::codes;
use crate::documents::connect::cluster::ConnectClusterSpec;
use crate::documents::kafka::cluster::{EventHubs, KafkaClusterSpec};
use crate::documents::repository::overlay::Merged;
use crate::documents::setting::Setting;
use crate::engine::id::{ConnectionName, ResourceId, System};
use crate::resources::kafka;
use std::collections::BTreeSet;

/// What a tier takes. Source: the tables of tiers in Azure's documentation of Event Hubs, 2026-02.
struct Limits {
    partitions: i64,
    days: i64,
    /// Of premium it depends on how many units are paid for.
    topics: Option<usize>,
    compression: &'static [&'static str],
}

const STANDARD: Limits = Limits { partitions: 32, days: 7, topics: Some(10), compression: &[] };
const PREMIUM: Limits = Limits { partitions: 100, days: 90, topics: None, compression: &["gzip"] };
const DEDICATED: Limits = Limits { partitions: 1024, days: 90, topics: Some(1000), compression: &["gzip"] };

/// The biggest event of any tier.
const BIGGEST: i64 = 1_048_576;
const DAY: i64 = 24 * 3600 * 1000;
/// A connection that says nothing for so long is closed, and its client is not told.
const IDLE: i64 = 240_000;

/// The hosts of its namespaces, in the clouds that there are.
const HOSTS: [&str; 3] =
    [".servicebus.windows.net", ".servicebus.usgovcloudapi.net", ".servicebus.chinacloudapi.cn"];

/// The settings of a client that say how long a connection may say nothing.
const QUIET: [&str; 2] = ["connections.max.idle.ms", "metadata.max.age.ms"];

/// How a connector asks for transactions.
const TRANSACTIONS: &str = "exactly.once.support";

/// The clients of a worker, as it calls their settings, and as a connector does that sets its own.
const CLIENTS: [(&str, Option<&str>); 3] =
    [("", None), ("producer.", Some("producer.override.")), ("consumer.", Some("consumer.override."))];

impl EventHubs {
    fn limits(self) -> Limits {
        match self {
            Self::Standard => STANDARD,
            Self::Premium => PREMIUM,
            Self::Dedicated => DEDICATED,
        }
    }
}

/// Tells whether a cluster is a namespace of Event Hubs, by what is said of it or by where it is.
fn is_event_hubs(cluster: &KafkaClusterSpec) -> bool {
    let host =
        |address: &String| address.rsplit_once(':').map_or(address.clone(), |(host, _)| host.to_owned());
    let is_there = |host: String| HOSTS.iter().any(|end| host.to_ascii_lowercase().ends_with(end));
    cluster.event_hubs.is_some() || cluster.bootstrap.iter().map(host).any(is_there)
}

impl Context<'_> {
    /// Looks at everything that is on namespaces of Event Hubs.
    pub(super) fn check_event_hubs(&mut self, drafts: &Drafts, platform: &Platform) {
        for (name, cluster, merged) in platform.clusters().filter(|(_, cluster, _)| is_event_hubs(cluster)) {
            let on_it =
                |(id, _): &(&ResourceId, &Draft)| id.system == System::Kafka && id.connection == *name;
            for (id, draft) in drafts.iter().filter(on_it) {
                self.check_hub(id, draft, cluster.event_hubs);
            }
            self.check_number(name, cluster.event_hubs, merged, &names(name, drafts, platform));
            let workers = platform.groups().filter(|(_, workers, _)| workers.kafka_cluster == name.as_str());
            for (group, workers, merged) in workers {
                self.check_quiet(workers, merged);
                let on_them =
                    drafts.iter().filter(|(id, _)| id.system == System::Connect && id.connection == *group);
                for (_, draft) in on_them {
                    self.check_client(draft, cluster.event_hubs);
                }
            }
        }
    }

    fn check_hub(&mut self, id: &ResourceId, draft: &Draft, tier: Option<EventHubs>) {
        let at = |path: &[&str]| place(&draft.merged, path);
        if id.kind.as_str() != kafka::TOPIC {
            let message = "Event Hubs has neither rights nor users of Kafka's".to_owned();
            self.warning(codes::DEADLY_SETTING, draft.merged.document.at, message).hint =
                Some("say in Azure who may do what, by roles or by shared access".to_owned());
            return;
        }
        if let Some(bytes) = number(draft, "max.message.bytes").filter(|bytes| *bytes > BIGGEST) {
            let message = format!("{bytes} bytes a record, and Event Hubs takes {BIGGEST}");
            self.warning(codes::DEADLY_SETTING, at(&["spec", "config", "max.message.bytes"]), message);
        }
        let Some(tier) = tier else { return };
        let limits = tier.limits();
        let told = tier.as_str();
        if let Some(partitions) = count(draft, "partitions").filter(|number| *number > limits.partitions) {
            let message = format!("{partitions} partitions, and the tier {told} has {}", limits.partitions);
            self.warning(codes::DEADLY_SETTING, at(&["spec", "partitions"]), message);
        }
        let goes = setting(draft, "cleanup.policy").is_none_or(|policy| policy.contains("delete"));
        let kept = number(draft, "retention.ms").filter(|_| goes);
        if kept.is_some_and(|kept| kept < 0 || kept > limits.days * DAY) {
            let message = format!("the tier {told} keeps events for {} days at most", limits.days);
            self.warning(codes::DEADLY_SETTING, at(&["spec", "config", "retention.ms"]), message).hint =
                Some(format!("write {} or less, or have another tier", limits.days * DAY));
        }
        let compression = setting(draft, "compression.type").unwrap_or("producer");
        if !["producer", "uncompressed"].contains(&compression) && !limits.compression.contains(&compression)
        {
            let message = format!("the tier {told} takes no events compressed by {compression}");
            self.warning(codes::DEADLY_SETTING, at(&["spec", "config", "compression.type"]), message);
        }
    }

    /// Workers and dead letters need event hubs, too; where none is left, workers do not start.
    fn check_number(
        &mut self,
        cluster: &ConnectionName,
        tier: Option<EventHubs>,
        merged: &Merged,
        names: &BTreeSet<String>,
    ) {
        let Some(tier) = tier else {
            let message = format!("nobody says which tier of Event Hubs {cluster} is");
            self.warning(codes::DEADLY_SETTING, merged.document.at, message).hint =
                Some("limits differ: write `eventHubs`: standard, premium or dedicated".to_owned());
            return;
        };
        let Some(most) = tier.limits().topics.filter(|most| names.len() > *most) else { return };
        let message = format!("{} event hubs, and the tier {} has {most}", names.len(), tier.as_str());
        let finding = self.warning(codes::DEADLY_SETTING, place(merged, &["spec", "eventHubs"]), message);
        finding.notes.push(
            "those of Git, those in which workers keep everything, and those of dead letters".to_owned(),
        );
    }

    /// Event Hubs closes a quiet connection without a word: the worker's task stays RUNNING and moves nothing.
    fn check_quiet(&mut self, workers: &ConnectClusterSpec, merged: &Merged) {
        let settings = &workers.worker_settings;
        let wrong: Vec<String> = CLIENTS
            .iter()
            .flat_map(|(client, _)| QUIET.iter().map(move |setting| format!("{client}{setting}")))
            .filter_map(|key| unquiet(&key, settings))
            .collect();
        if wrong.is_empty() {
            return;
        }
        let message = "Event Hubs closes connections that say nothing for 240 s, and workers do not notice";
        let finding = self.warning(codes::DEADLY_SETTING, merged.document.at, message.to_owned());
        finding.notes.extend(wrong);
        finding.hint = Some("set these to 180000 on the workers, and say so in `workerSettings`".to_owned());
    }

    fn check_client(&mut self, draft: &Draft, tier: Option<EventHubs>) {
        let overrides = CLIENTS.iter().filter_map(|(_, of_connector)| *of_connector);
        for key in overrides.flat_map(|client| QUIET.iter().map(move |setting| format!("{client}{setting}")))
        {
            if let Some(text) = setting(draft, &key).filter(|text| !is_quiet(text)) {
                let message = format!("{text} ms, and Event Hubs closes what says nothing for {IDLE}");
                let at = place(&draft.merged, &["spec", "config", &key]);
                self.warning(codes::DEADLY_SETTING, at, message).hint = Some("write 180000".to_owned());
            }
        }
        if tier == Some(EventHubs::Standard) && setting(draft, TRANSACTIONS) == Some("required") {
            let at = place(&draft.merged, &["spec", "config", TRANSACTIONS]);
            let message = "the tier standard has no transactions".to_owned();
            self.warning(codes::DEADLY_SETTING, at, message);
        }
    }
}

fn number(draft: &Draft, key: &str) -> Option<i64> {
    setting(draft, key)?.trim().parse().ok()
}

fn is_quiet(text: &str) -> bool {
    text.trim().parse::<i64>().is_ok_and(|milliseconds| (1..IDLE).contains(&milliseconds))
}

/// Says what is wrong with a setting of the workers, if they may outlast what Event Hubs waits for.
fn unquiet(key: &str, settings: &BTreeMap<String, Setting>) -> Option<String> {
    match settings.get(key).map(Setting::text) {
        Some(text) if is_quiet(&text) => None,
        Some(text) => Some(format!("{key} is {text}")),
        None => Some(format!("{key} is not told")),
    }
}

/// Returns the event hubs that there will be, as far as Git says.
fn names(cluster: &ConnectionName, drafts: &Drafts, platform: &Platform) -> BTreeSet<String> {
    const DEAD: &str = "errors.deadletterqueue.topic.name";
    let topics = drafts.keys().filter(|id| id.system == System::Kafka && id.connection == *cluster);
    let topics = topics.filter(|id| id.kind.as_str() == kafka::TOPIC).map(|id| id.name.to_string());
    let groups = || platform.groups().filter(|(_, workers, _)| workers.kafka_cluster == cluster.as_str());
    let kept = groups().flat_map(|(_, workers, _)| workers.storage_topics.iter().cloned());
    let on_them = |id: &ResourceId| {
        id.system == System::Connect && groups().any(|(group, _, _)| id.connection == *group)
    };
    let connectors = drafts.iter().filter(|(id, _)| on_them(id));
    let dead = connectors.filter_map(|(_, draft)| setting(draft, DEAD)).filter(|name| !name.contains("${"));
    let dead: Vec<String> = dead.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    topics.chain(kept).chain(dead).collect()
}
