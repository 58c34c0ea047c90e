//! Which topics a connector names, what they carry, and how many tasks can share in them.

/// The topics in which workers keep what they have to remember, where nobody says otherwise.
///
/// Source: the `connect-distributed.properties` that Kafka comes with.
pub const STORAGE_TOPICS: [&str; 3] = ["connect-configs", "connect-offsets", "connect-status"];

/// The settings of any class whose text is topics.
const LISTS: [&str; 3] = ["topics", "topic", "errors.deadletterqueue.topic.name"];

/// The settings of the Neo4j connector whose text is topics that carry changes.
const LISTS_OF_CHANGES: [&str; 2] = ["neo4j.cdc.source-id.topics", "neo4j.cdc.schema.topics"];

/// What stands before a topic that a source of changes writes to, and what behind it.
const WRITES_CHANGES: (&str, [&str; 3]) =
    ("neo4j.cdc.topic.", [".patterns", ".key-strategy", ".value-strategy"]);

/// Returns the topics that a setting names, by its text or by its own name.
#[must_use]
pub fn topics_of<'s>(key: &'s str, text: &'s str) -> Vec<&'s str> {
    if LISTS.contains(&key) || LISTS_OF_CHANGES.contains(&key) {
        return text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    }
    written_to(key).into_iter().collect()
}

/// Tells whether the topics of a setting carry the changes of a graph.
#[must_use]
pub fn carries_changes(key: &str) -> bool {
    LISTS_OF_CHANGES.contains(&key) || written_to(key).is_some()
}

/// The topic of `neo4j.cdc.topic.TOPIC.patterns.0.pattern`, which may have dots in its name.
fn written_to(key: &str) -> Option<&str> {
    let (before, behind) = WRITES_CHANGES;
    let below = key.strip_prefix(before)?;
    let end = behind.iter().filter_map(|behind| below.rfind(behind)).max()?;
    Some(&below[..end]).filter(|topic| !topic.is_empty())
}

/// Tells whether a class writes to topics and reads none by a consumer group, as far as its name says.
#[must_use]
pub fn is_source(class: &str) -> bool {
    let class = class.to_ascii_lowercase();
    class.contains("source") || class.contains(".mirror")
}

/// Tells whether a class makes one task, whatever it is allowed.
///
/// Source: `FileStreamSourceConnector` and `MirrorHeartbeatConnector`, `taskConfigs`, in Kafka 3.9 and 4.3.
#[must_use]
pub fn has_one_task(class: &str) -> bool {
    ["FileStreamSourceConnector", "MirrorHeartbeatConnector"]
        .contains(&class.rsplit('.').next().unwrap_or(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_found_in_texts_and_in_names_of_settings() {
        assert_eq!(topics_of("topics", "a, b,,c"), ["a", "b", "c"]);
        assert_eq!(topics_of("neo4j.cdc.schema.topics", "a"), ["a"]);
        assert_eq!(topics_of("neo4j.cdc.topic.a.b.patterns", "()"), ["a.b"]);
        assert_eq!(topics_of("neo4j.cdc.topic.a.patterns.0.pattern", "()"), ["a"]);
        assert_eq!(topics_of("neo4j.cdc.topic.a.key-strategy", "SKIP"), ["a"]);
        assert_eq!(topics_of("file", "a"), Vec::<&str>::new());
        assert!(carries_changes("neo4j.cdc.topic.a.patterns") && !carries_changes("topics"));
    }

    #[test]
    fn a_mirror_reads_without_a_group_although_it_names_topics() {
        assert!(is_source("org.apache.kafka.connect.mirror.MirrorCheckpointConnector"));
        assert!(is_source("org.neo4j.connectors.kafka.source.Neo4jConnector"));
        assert!(!is_source("org.neo4j.connectors.kafka.sink.Neo4jConnector"));
        assert!(has_one_task("FileStreamSourceConnector"));
        assert!(!has_one_task("org.apache.kafka.connect.file.FileStreamSinkConnector"));
    }
}
