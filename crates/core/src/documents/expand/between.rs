//! What is wrong between documents that are sound each by itself: two sinks that read as one, a connector and its topics.

use super::manifest::Context;
use super::platform::Platform;
use super::platform_checks::place;
use super::{BTreeMap, Draft, Says};
use crate::documents::codes;
use crate::engine::id::{ResourceId, System};
use crate::engine::value::Value;
use crate::resources::{connect, kafka};

/// The setting by which a connector chooses its group.
const GROUP: &str = "consumer.override.group.id";

pub(super) type Drafts = BTreeMap<ResourceId, Draft>;

impl Context<'_> {
    /// Looks at everything that is wanted together.
    pub(super) fn check_between(&mut self, drafts: &Drafts, platform: &Platform) {
        self.check_groups(drafts, platform);
        self.check_event_hubs(drafts, platform);
        for (id, draft) in drafts.iter().filter(|(id, _)| id.system == System::Connect) {
            let topics: Vec<&Draft> = draft.mentions.iter().filter_map(|(id, _)| drafts.get(id)).collect();
            self.check_order(id, draft, &topics);
            self.check_size(draft, &topics);
            self.check_idle(draft, &topics);
        }
    }

    /// Sinks of one group share out their topics among them, and each one misses what another one got.
    fn check_groups(&mut self, drafts: &Drafts, platform: &Platform) {
        let mut groups: BTreeMap<(&str, String), &ResourceId> = BTreeMap::new();
        for (id, draft) in drafts.iter().filter(|(id, _)| id.system == System::Connect) {
            let Some(workers) = platform.workers(id.connection.as_str()) else { continue };
            let topics = setting(draft, "topics").or_else(|| setting(draft, "topics.regex"));
            if topics.is_none() || setting(draft, "connector.class").is_none_or(connect::is_source) {
                continue;
            }
            let own = setting(draft, GROUP);
            let group = own.or(workers.group_id_override.as_deref());
            let group = group.map_or_else(|| format!("connect-{}", id.name), str::to_owned);
            let key = (workers.kafka_cluster.as_str(), group);
            let Some(first) = groups.get(&key) else {
                groups.insert(key, id);
                continue;
            };
            let at = if own.is_some() {
                place(&draft.merged, &["spec", "config", GROUP])
            } else {
                draft.merged.document.at
            };
            let message = format!("it reads by the group `{}`, as {first} does", key.1);
            let finding = self.error(codes::SHARED_GROUP, at, message);
            let workers_say = format!("groupIdOverride of ConnectCluster/{}", id.connection);
            finding
                .notes
                .extend((own.is_none() && workers.group_id_override.is_some()).then_some(workers_say));
            finding.hint = Some(format!("write {GROUP}: connect-{}", id.name));
        }
    }

    /// Changes of a graph keep their order within one partition only.
    fn check_order(&mut self, id: &ResourceId, draft: &Draft, topics: &[&Draft]) {
        let settings = config(draft).and_then(Value::as_map).into_iter().flatten();
        let of_changes: Vec<&str> = settings
            .filter(|(key, _)| connect::carries_changes(key))
            .filter_map(|(key, value)| Some(connect::topics_of(key, value.as_text()?)))
            .flatten()
            .collect();
        for topic in topics.iter().filter(|topic| of_changes.contains(&&*topic.id.name)) {
            let partitions = count(topic, "partitions").unwrap_or(1);
            if partitions > 1 {
                let message = format!("{partitions} partitions keep no order among changes of a graph");
                let at = place(&topic.merged, &["spec", "partitions"]);
                let finding = self.warning(codes::DEADLY_SETTING, at, message);
                finding.notes.push(format!("{id} carries changes by it"));
                finding.hint =
                    Some("a relationship may come before its nodes, and be dropped: write 1".to_owned());
            }
        }
    }

    /// What a source may send, its topics have to take.
    fn check_size(&mut self, draft: &Draft, topics: &[&Draft]) {
        const SENT: &str = "producer.override.max.request.size";
        let Some(sent) = setting(draft, SENT).and_then(|text| text.trim().parse::<i64>().ok()) else {
            return;
        };
        for topic in topics {
            let taken = setting(topic, "max.message.bytes");
            let taken = taken.and_then(|text| text.trim().parse().ok()).unwrap_or(kafka::MAX_MESSAGE_BYTES);
            if sent > taken {
                let message =
                    format!("records of up to {sent} bytes are sent, and {} takes {taken}", topic.id);
                let at = place(&draft.merged, &["spec", "config", SENT]);
                self.warning(codes::DEADLY_SETTING, at, message).hint =
                    Some("one that is bigger fails the task: raise the topic's max.message.bytes".to_owned());
            }
        }
    }

    /// Tasks beyond what there is to do stand idle, or do the same again.
    fn check_idle(&mut self, draft: &Draft, topics: &[&Draft]) {
        let tasks = setting(draft, "tasks.max").and_then(|text| text.parse::<i64>().ok()).unwrap_or(1);
        let class = setting(draft, "connector.class").unwrap_or_default();
        let at = place(&draft.merged, &["spec", "tasksMax"]);
        if tasks > 1 && connect::has_one_task(class) {
            let message = format!("{class} has one task, whatever is written");
            self.warning(codes::DEADLY_SETTING, at, message).hint = Some("write 1".to_owned());
            return;
        }
        let named = setting(draft, "topics").map_or(0, |topics| connect::topics_of("topics", topics).len());
        let read = topics.iter().filter(|topic| !is_for_the_dead(draft, topic));
        let partitions: Vec<Option<i64>> = read.map(|topic| count(topic, "partitions")).collect();
        let all = partitions.iter().copied().sum::<Option<i64>>();
        if let Some(all) = all
            && named > 0
            && named == partitions.len()
            && tasks > all
            && !connect::is_source(class)
        {
            let message = format!("{tasks} tasks read {all} partitions, so some stand idle");
            self.warning(codes::DEADLY_SETTING, at, message).hint = Some(format!("write {all} or less"));
        }
    }
}

fn is_for_the_dead(draft: &Draft, topic: &Draft) -> bool {
    setting(draft, "errors.deadletterqueue.topic.name").is_some_and(|dead| dead == &*topic.id.name)
}

fn says(draft: &Draft) -> Option<&Value> {
    match &draft.says {
        Says::Made { document: _, api_version: _, config } => Some(config),
        Says::Manifest => None,
    }
}

fn config(draft: &Draft) -> Option<&Value> {
    says(draft)?.get("config")
}

pub(super) fn setting<'d>(draft: &'d Draft, key: &str) -> Option<&'d str> {
    config(draft)?.get(key)?.as_text()
}

pub(super) fn count(draft: &Draft, key: &str) -> Option<i64> {
    says(draft)?.get(key)?.as_integer()
}
