//! Brokers made from what a snapshot saw of real ones, so that a plan can be rehearsed.

use super::Brokers;
use super::access::Binding;
use super::topics::Kept;
use evenkeel_core::engine::question::{Body, Seen};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::kafka;

impl Brokers {
    /// Takes over the id that was seen.
    pub(crate) fn restore_identity(&mut self, id: &str) {
        id.clone_into(&mut self.id);
    }

    /// Takes over a topic, ACL or user that was seen.
    pub(crate) fn restore(&mut self, seen: &Seen) {
        let Body::Whole(body) = &seen.body else { return };
        let name = seen.id.name.to_string();
        match seen.id.kind.as_str() {
            kafka::TOPIC => {
                let number = |key: &str| body.get(key).and_then(Value::as_integer).unwrap_or(1);
                let config = body.get("config").and_then(Value::as_map).into_iter().flatten();
                let set = config.filter_map(|(key, value)| Some((key.clone(), value.as_text()?.to_owned())));
                let kept = Kept {
                    id: seen.uid.as_str().to_owned(),
                    partitions: number("partitions"),
                    copies: number("replicationFactor"),
                    set: set.collect(),
                };
                // What was seen proves that there are so many.
                self.most_copies = self.most_copies.max(kept.copies);
                self.kept.topics.insert(name, kept);
            }
            kafka::ACL => {
                let operations = body.get("operations").and_then(Value::as_list).into_iter().flatten();
                let operations = operations.filter_map(Value::as_text);
                let binding =
                    |operation: &str| Binding { subject: name.clone(), operation: operation.to_owned() };
                self.kept.access.bindings.extend(operations.map(binding));
            }
            kafka::USER => {
                let ways = body.get("scram").and_then(Value::as_map).into_iter().flatten();
                let ways = ways.filter_map(|(mechanism, way)| {
                    Some((mechanism.clone(), way.get("iterations").and_then(Value::as_integer)?))
                });
                self.kept.access.users.insert(name, ways.collect());
            }
            _ => {}
        }
        self.show();
    }
}
