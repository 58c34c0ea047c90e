//! Habits of real brokers that the simulated ones have: each was seen on 3.9.2 and 4.3.1, unless it says otherwise.

use evenkeel_core::engine::id::ConnectionName;
use evenkeel_world::World;
use evenkeel_world::kafka::{Binding, Brokers, Change, Credential, NewTopic, Refusal, Release, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Long enough for every broker to show what is so.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Brokers of one release, with time of their own.
struct Cluster(World, Release);

impl Cluster {
    fn of(release: Release) -> Self {
        let mut world = World::new(1, "2026-11-21T11:00:00Z".parse().expect("a time"));
        world.start_brokers(&ConnectionName::new("main"), release);
        Self(world, release)
    }

    fn each(test: impl Fn(&mut Self)) {
        for release in [Release::Kafka3, Release::Kafka4] {
            test(&mut Self::of(release));
        }
    }

    fn brokers(&mut self) -> &mut Brokers {
        self.0.brokers(&ConnectionName::new("main"))
    }

    fn topic(&mut self, name: &str, partitions: i64, settings: &[(&str, &str)]) {
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let new = NewTopic { partitions: Some(partitions), replication_factor: Some(1), settings };
        self.brokers().create_topic(name, &new).expect("is made");
        self.0.advance(A_MOMENT);
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        let changes = BTreeMap::from([(key.to_owned(), Change::Set(value.to_owned()))]);
        self.brokers().incremental_alter_configs("orders", &changes)
    }

    fn setting(&mut self, key: &str) -> (String, Source) {
        let mut settings = self.brokers().describe_configs("orders").expect("is described");
        let setting = settings.remove(key).expect("there is such a setting");
        (setting.value, setting.source)
    }
}

fn told(refused: Result<(), Refusal>) -> String {
    refused.expect_err("is refused").to_string()
}

#[test]
fn brokers_of_4_show_a_write_a_moment_later_and_those_of_3_at_once() {
    Cluster::each(|cluster| {
        cluster.topic("orders", 1, &[]);
        cluster.set("retention.ms", "1000").expect("is set");
        let at_once = cluster.setting("retention.ms").0;
        assert_eq!(at_once, if cluster.1 == Release::Kafka3 { "1000" } else { "604800000" });
        cluster.0.advance(Duration::from_millis(20));
        assert_eq!(cluster.setting("retention.ms"), ("1000".to_owned(), Source::DynamicTopic));
    });
}

#[test]
fn somebody_set_it_also_where_it_equals_the_default_and_nobody_did_where_all_brokers_were_set() {
    Cluster::each(|cluster| {
        cluster.topic("orders", 1, &[("retention.ms", "604800000")]);
        assert_eq!(cluster.setting("retention.ms").1, Source::DynamicTopic);
        assert_eq!(cluster.setting("segment.ms").1, Source::Default);
        let of_all =
            if cluster.1 == Release::Kafka4 { Source::DynamicDefaultBroker } else { Source::Default };
        assert_eq!(cluster.setting("min.insync.replicas").1, of_all);
        let settings = cluster.brokers().describe_configs("orders").expect("is described");
        assert_eq!(settings.len(), if cluster.1 == Release::Kafka4 { 33 } else { 36 });
    });
}

#[test]
fn settings_change_all_or_none_and_those_that_are_not_named_stay() {
    Cluster::each(|cluster| {
        cluster.topic("orders", 1, &[("segment.ms", "5000")]);
        let set = |value: &str| Change::Set(value.to_owned());
        let changes = BTreeMap::from([
            ("retention.ms".to_owned(), set("1000")),
            ("retention.bytes".to_owned(), set("abc")),
        ]);
        let refused = cluster.brokers().incremental_alter_configs("orders", &changes);
        assert_eq!(
            told(refused),
            "Invalid value abc for configuration retention.bytes: Not a number of type LONG"
        );
        cluster.0.advance(A_MOMENT);
        assert_eq!(cluster.setting("retention.ms").1, Source::Default);
        let unset = BTreeMap::from([("flush.ms".to_owned(), Change::Delete)]);
        cluster.brokers().incremental_alter_configs("orders", &unset).expect("unset twice is no error");
        assert_eq!(cluster.setting("segment.ms").0, "5000");
    });
}

#[test]
fn a_value_is_looked_at_by_itself_only() {
    Cluster::each(|cluster| {
        cluster.topic("orders", 1, &[]);
        cluster.set("min.insync.replicas", "5").expect("more than there are copies is taken");
        for (key, value, words) in [
            ("retention.ms", "-5", "Value must be at least -1"),
            ("cleanup.policy", "shred", "String must be one of: compact, delete"),
            ("no.such.key", "1", "Unknown topic config name: no.such.key"),
        ] {
            assert!(told(cluster.set(key, value)).ends_with(words), "{key}");
        }
    });
}

#[test]
fn a_number_is_told_as_brokers_read_it() {
    Cluster::each(|cluster| {
        cluster.topic(
            "orders",
            1,
            &[("index.interval.bytes", "08192"), ("cleanup.policy", "delete,compact")],
        );
        cluster.set("min.cleanable.dirty.ratio", "0.250").expect("is set");
        cluster.0.advance(A_MOMENT);
        assert_eq!(cluster.setting("index.interval.bytes").0, "8192");
        assert_eq!(cluster.setting("min.cleanable.dirty.ratio").0, "0.25");
        assert_eq!(cluster.setting("cleanup.policy").0, "delete,compact");
    });
}

#[test]
fn partitions_only_grow_and_as_many_as_there_are_is_an_error() {
    Cluster::each(|cluster| {
        cluster.topic("orders", 3, &[]);
        cluster.brokers().create_partitions("orders", 5).expect("grows");
        assert_eq!(
            told(cluster.brokers().create_partitions("orders", 5)),
            "Topic already has 5 partition(s)."
        );
        assert_eq!(
            told(cluster.brokers().create_partitions("orders", 2)),
            "The topic orders currently has 5 partition(s); 2 would not be an increase."
        );
    });
}

#[test]
fn a_topic_that_is_deleted_is_shown_for_a_moment_and_made_again_it_has_another_id() {
    Cluster::each(|cluster| {
        cluster.topic("orders", 1, &[]);
        let first = cluster.brokers().describe_topic("orders").expect("is there").id;
        cluster.brokers().delete_topic("orders").expect("goes");
        assert!(cluster.brokers().describe_topic("orders").is_ok());
        cluster.0.advance(A_MOMENT);
        assert_eq!(cluster.brokers().describe_topic("orders"), Err(Refusal::UnknownTopic));
        cluster.topic("orders", 1, &[]);
        assert_ne!(cluster.brokers().describe_topic("orders").expect("is there").id, first);
    });
}

#[test]
fn names_that_are_taken_or_collide_and_more_copies_than_brokers_are_refused() {
    Cluster::each(|cluster| {
        cluster.topic("c.d", 1, &[]);
        let make = |cluster: &mut Cluster, name: &str, copies| {
            let new = NewTopic { replication_factor: Some(copies), ..NewTopic::default() };
            told(cluster.brokers().create_topic(name, &new))
        };
        assert_eq!(make(cluster, "c.d", 1), "Topic 'c.d' already exists.");
        assert_eq!(make(cluster, "c_d", 1), "Topic 'c_d' collides with existing topic: c.d");
        assert!(make(cluster, "other", 4).contains("only 3 broker(s) are registered"));
    });
}

#[test]
fn who_may_not_see_a_topic_is_not_told_whether_there_is_one() {
    Cluster::each(|cluster| {
        cluster.topic("orders", 1, &[]);
        for name in ["orders", "none"] {
            cluster.brokers().hide(name);
            assert_eq!(cluster.brokers().describe_topic(name), Err(Refusal::TopicAuthorization));
        }
    });
}

#[test]
fn bindings_are_a_set_and_deleting_what_is_not_there_is_no_error() {
    Cluster::each(|cluster| {
        let binding = Binding { subject: "User:app:topic:orders".to_owned(), operation: "READ".to_owned() };
        for _twice in 0..2 {
            cluster.brokers().create_acls([binding.clone()]).expect("is made");
        }
        cluster.0.advance(A_MOMENT);
        let there = cluster.brokers().describe_acls(&binding.subject).expect("is told");
        assert_eq!(there, BTreeSet::from(["READ".to_owned()]));
        for _twice in 0..2 {
            cluster.brokers().delete_acls(&BTreeSet::from([binding.clone()])).expect("goes");
        }
        cluster.0.advance(A_MOMENT);
        assert_eq!(cluster.brokers().describe_acls(&binding.subject).expect("is told"), BTreeSet::new());
    });
}

#[test]
fn users_are_told_by_mechanism_and_iterations_and_few_iterations_are_refused() {
    Cluster::each(|cluster| {
        let by =
            |iterations| [Credential { mechanism: "SCRAM-SHA-512".to_owned(), iterations: Some(iterations) }];
        assert_eq!(told(cluster.brokers().alter_user("app", &by(4095))), "Too few iterations");
        cluster.brokers().alter_user("app", &by(8192)).expect("is made");
        cluster.0.advance(A_MOMENT);
        let ways = cluster.brokers().describe_user("app").expect("is told");
        assert_eq!(ways, BTreeMap::from([("SCRAM-SHA-512".to_owned(), 8192)]));
        assert!(matches!(cluster.brokers().describe_user("nobody"), Err(Refusal::UnknownUser(_))));
    });
}

/// As its documents and issues say; nobody here has run one.
#[test]
fn a_broker_like_event_hubs_lacks_half_of_the_requests_and_ignores_the_replication_factor() {
    let mut cluster = Cluster::of(Release::EventHubs);
    cluster.topic("orders", 4, &[]);
    let new = NewTopic { replication_factor: Some(9), ..NewTopic::default() };
    cluster.brokers().create_topic("payments", &new).expect("the factor is ignored");
    assert_eq!(cluster.brokers().describe_topic("payments").expect("is there").replication_factor, 1);
    for refused in [
        cluster.brokers().describe_configs("orders").map(drop),
        cluster.brokers().create_partitions("orders", 5),
        cluster.brokers().incremental_alter_configs("orders", &BTreeMap::new()),
        cluster.brokers().describe_acls("User:app:topic:orders").map(drop),
        cluster.brokers().describe_user("app").map(drop),
    ] {
        assert!(matches!(refused, Err(Refusal::Unsupported(_))), "{refused:?}");
    }
    for number in 2..10 {
        cluster.topic(&format!("hub{number}"), 1, &[]);
    }
    let eleventh = cluster.brokers().create_topic("hub10", &NewTopic::default());
    assert!(matches!(eleventh, Err(Refusal::PolicyViolation(_))), "{eleventh:?}");
}
