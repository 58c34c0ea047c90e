//! What a schema cannot say of a topic: names, settings that nobody knows, and those that Kafka takes although they do
//! harm.

use super::manifest::Context;
use super::platform::{Owner, Platform};
use super::platform_checks::place;
use crate::documents::codes;
use crate::documents::kafka::topic::KafkaTopicSpec;
use crate::documents::nearest::nearest;
use crate::documents::repository::overlay::Merged;
use crate::documents::setting::Setting;
use crate::engine::id::{ResourceId, System};
use crate::resources::kafka;

/// What holds where neither Git nor the brokers say otherwise. Source: the defaults of Kafka 3.9 and 4.3.
const DEFAULT_POLICY: &str = "delete";

impl Context<'_> {
    /// Tells what Kafka would refuse of a topic, and what it would take although it does harm.
    pub(super) fn check_topic(
        &mut self,
        platform: &Platform,
        topic: &KafkaTopicSpec,
        name: &str,
        merged: &Merged,
    ) {
        let at = |path: &[&str]| place(merged, path);
        let named_at = topic.name.as_ref().map_or(merged.document.at, |_| at(&["spec", "name"]));
        if let Some(trouble) = kafka::topic_name_trouble(name) {
            let message = format!("`{name}` cannot be the name of a topic");
            self.error(codes::NAME, named_at, message).hint = Some(trouble.to_owned());
        }
        if let Some(owner) = platform.owner_of_topic(&topic.cluster, name) {
            let message = format!("`{name}` is {}", owner.words());
            let address = ResourceId::of(System::Kafka, kafka::TOPIC, &topic.cluster, name);
            self.error(codes::DEADLY_SETTING, named_at, message).hint = Some(left_to(owner, &address));
        }
        for key in topic.config.keys().filter(|key| !kafka::is_topic_setting(key)) {
            let near = nearest(key, kafka::TOPIC_SETTINGS.iter().copied());
            let finding = self.error(
                codes::UNKNOWN_FIELD,
                at(&["spec", "config", key]),
                format!("no topic has a setting `{key}`"),
            );
            finding.label = near.map(|near| format!("there is `{near}`"));
        }
        self.check_copies(platform, topic, merged);
        self.check_how_long(topic, merged);
    }

    fn check_copies(&mut self, platform: &Platform, topic: &KafkaTopicSpec, merged: &Merged) {
        let (in_sync, factor) = (number(topic, "min.insync.replicas"), topic.replication_factor);
        let in_sync_at = place(merged, &["spec", "config", "min.insync.replicas"]);
        match (in_sync, factor.map(i64::from)) {
            (Some(in_sync), Some(factor)) if in_sync > factor => {
                let message =
                    format!("min.insync.replicas {in_sync} is above the replication factor {factor}");
                self.error(codes::DEADLY_SETTING, in_sync_at, message).hint = Some(format!(
                    "brokers cap it silently, so it protects nothing: write {} or less",
                    factor.max(1)
                ));
            }
            (Some(in_sync), Some(factor)) if in_sync == factor && factor > 1 => {
                let message = format!("all {factor} copies are needed for each write");
                self.warning(codes::DEADLY_SETTING, in_sync_at, message).hint = Some(format!(
                    "with one broker away, producers with acks=all stand still: write {}",
                    factor - 1
                ));
            }
            (_, _) => {}
        }
        let brokers = platform.brokers(&topic.cluster);
        if factor == Some(1) && brokers > 1 {
            let message = format!("one copy, on a cluster of which Git names {brokers} brokers");
            let at = place(merged, &["spec", "replicationFactor"]);
            self.warning(codes::DEADLY_SETTING, at, message).hint =
                Some("with its broker away, nobody reads or writes it: write 3".to_owned());
        }
        if is(topic, "unclean.leader.election.enable", "true") {
            let at = place(merged, &["spec", "config", "unclean.leader.election.enable"]);
            let message = "a broker that lacks records may lead, and they are gone for everybody".to_owned();
            self.warning(codes::DEADLY_SETTING, at, message).hint =
                Some("leave it out, unless being there counts for more than being whole".to_owned());
        }
    }

    fn check_how_long(&mut self, topic: &KafkaTopicSpec, merged: &Merged) {
        let policy = topic.config.get("cleanup.policy").map(Setting::text);
        let policy = policy.as_deref().unwrap_or(DEFAULT_POLICY);
        let has = |word: &str| policy.split(',').any(|part| part.trim() == word);
        if !has("delete") {
            return;
        }
        for (kept, cut) in [("retention.ms", "segment.ms"), ("retention.bytes", "segment.bytes")] {
            let (Some(retention), Some(segment)) = (number(topic, kept), number(topic, cut)) else {
                continue;
            };
            if (0..segment).contains(&retention) {
                let at = place(merged, &["spec", "config", kept]);
                let message = format!("{kept} {retention} is below {cut} {segment}");
                self.warning(codes::DEADLY_SETTING, at, message).hint =
                    Some(format!("only whole segments go, so more is kept than is said: lower {cut}, too"));
            }
        }
        if has("compact") && !topic.config.contains_key("retention.ms") {
            let at = place(merged, &["spec", "config", "cleanup.policy"]);
            let message = "the last value of a key goes, too, after the brokers' own retention".to_owned();
            self.warning(codes::DEADLY_SETTING, at, message).hint =
                Some("write `compact` alone, or for how long: retention.ms".to_owned());
        }
    }
}

/// Says how to leave a topic to its owner, also where it was ours so far, and what to do where it is nobody's.
fn left_to(owner: Owner<'_>, address: &ResourceId) -> String {
    let leave = "leave it to them: who changes it breaks them";
    match owner {
        Owner::ByName(_) => leave.to_owned(),
        Owner::Workers(name) => format!(
            "{leave}. If it was ours so far: out of Git with it, then `evenkeel forget {address}`. If it is not theirs: \
             `storageTopics` of ConnectCluster/{name}, `[]` for none"
        ),
    }
}

fn number(topic: &KafkaTopicSpec, key: &str) -> Option<i64> {
    topic.config.get(key)?.text().trim().parse().ok()
}

fn is(topic: &KafkaTopicSpec, key: &str, text: &str) -> bool {
    topic.config.get(key).is_some_and(|setting| setting.text().trim().eq_ignore_ascii_case(text))
}
