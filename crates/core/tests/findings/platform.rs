//! What is said about documents of Kafka and Kafka Connect.

use super::told_of;

const SYSTEMS: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaCluster
metadata: {name: main}
spec: {bootstrap: [\"kafka:9092\"]}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ConnectCluster
metadata: {name: main}
spec: {url: \"http://connect:8083\", secretProviders: [file]}
---
";

fn told_beside_systems(documents: &str) -> String {
    told_of(&format!("{SYSTEMS}{documents}"))
}

#[test]
fn a_system_that_is_not_there_is_named_with_the_nearest() {
    insta::assert_snapshot!(told_beside_systems("apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaTopic\nmetadata: {name: orders}\nspec: {cluster: mian}\n"), @r#"
error[E0206]: this environment has no KafkaCluster `mian`
  --> prod/a.yaml:14:17
   |
14 | spec: {cluster: mian}
   |                 ^^^^ there is `main`

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn settings_are_checked_by_name_and_for_the_harm_that_they_do() {
    let topics = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaTopic
metadata: {name: orders}
spec:
  name: orders/cdc
  replicationFactor: 2
  config: {retention.sm: 1000, min.insync.replicas: 3}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaTopic
metadata: {name: payments}
spec: {partitions: 0, config: {cleanup.policy: [compact]}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaTopic
metadata: {name: __consumer_offsets}
spec: {}
";
    insta::assert_snapshot!(told_beside_systems(topics), @r#"
error[E0309]: `orders/cdc` cannot be the name of a topic
  --> prod/a.yaml:15:9
   |
15 |   name: orders/cdc
   |         ^^^^^^^^^^
   = hint: letters, digits, `.`, `_` and `-`, at most 249

error[E0102]: no topic has a setting `retention.sm`
  --> prod/a.yaml:17:26
   |
17 |   config: {retention.sm: 1000, min.insync.replicas: 3}
   |                          ^^^^ there is `retention.ms`

error[E0321]: min.insync.replicas 3 is above the replication factor 2
  --> prod/a.yaml:17:53
   |
17 |   config: {retention.sm: 1000, min.insync.replicas: 3}
   |                                                     ^
   = hint: brokers cap it silently, so it protects nothing: write 2 or less

error[E0105]: `partitions` is at least 1
  --> prod/a.yaml:22:20
   |
22 | spec: {partitions: 0, config: {cleanup.policy: [compact]}}
   |                    ^
   = in KafkaTopic/payments

error[E0104]: `cleanup.policy` is text, a number, true or false, and this is a list
  --> prod/a.yaml:22:48
   |
22 | spec: {partitions: 0, config: {cleanup.policy: [compact]}}
   |                                                ^^^^^^^^
   = in KafkaTopic/payments

error[E0321]: `__consumer_offsets` is Kafka's own
  --> prod/a.yaml:26:18
   |
26 | metadata: {name: __consumer_offsets}
   |                  ^^^^^^^^^^^^^^^^^^
   = hint: leave it to them: who changes it breaks them

6 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn rights_on_an_empty_name_are_refused_and_are_never_those_on_everything() {
    let acl = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaAcl
metadata: {name: app}
spec:
  principal: \"User:\"
  rules:
    - {resource: {topic: \"\"}, pattern: prefixed, operations: [all]}
    - {resource: {group: orders}, host: \"\", operations: [read]}
";
    insta::assert_snapshot!(told_beside_systems(acl), @r#"
error[E0309]: `User:` is no principal
  --> prod/a.yaml:15:14
   |
15 |   principal: "User:"
   |              ^^^^^^^
   = hint: write User:NAME

error[E0309]: `topic` is empty, which names nothing
  --> prod/a.yaml:17:7
   |
17 |     - {resource: {topic: ""}, pattern: prefixed, operations: [all]}
   |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = hint: write the name, its beginning with `pattern: prefixed`, or "*" for all

error[E0309]: `host` is empty, which is no host
  --> prod/a.yaml:18:7
   |
18 |     - {resource: {group: orders}, host: "", operations: [read]}
   |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = hint: write an address, or leave `host` out for any

3 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn what_cannot_be_left_to_others_is_told_with_what_can() {
    let documents = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaTopic
metadata:
  name: orders
  annotations: {evenkeel.dev/ignore: \"/spec/config/retention.ms, spec.config.segment.ms, /spec/partitions, /spec/cluster\"}
spec: {partitions: 3, config: {retention.ms: 1000}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaAcl
metadata: {name: app, annotations: {evenkeel.dev/ignore: /spec/rules}}
spec:
  principal: User:app
  rules:
    - {resource: {topic: orders}, operations: [read]}
";
    insta::assert_snapshot!(told_beside_systems(documents), @r#"
error[E0312]: spec.cluster cannot be left to others
  --> prod/a.yaml:15:38
   |
15 | …otations: {evenkeel.dev/ignore: "/spec/config/retention.ms, spec.config.segment.ms, /spec/partit…
   |                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = hint: what can: /spec/config/KEY, /spec/partitions and /spec/replicationFactor

error[E0312]: spec.rules cannot be left to others
  --> prod/a.yaml:20:58
   |
20 | metadata: {name: app, annotations: {evenkeel.dev/ignore: /spec/rules}}
   |                                                          ^^^^^^^^^^^
   = hint: rights and users are wanted as a whole: take `evenkeel.dev/ignore` out

2 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn a_password_beside_a_reference_is_found_and_not_drawn() {
    for setting in [
        "sasl.jaas.config: 'PlainLoginModule required username=\"${file:/s:u}\" password=\"hunter2\";'",
        "value.converter.basic.auth.user.info: \"${file:/s:u}:hunter2\"",
        "ssl.keystore.key: hunter2",
        "connection.url: \"jdbc:postgresql://db/x?user=u&password=hunter2\"",
        "connection.url: https://user:hunter2@host/",
        "camel.kamelet.aws-s3-sink.secretKey: hunter2",
        "sasl.jaas.config: 'OAuthBearerLoginModule required clientId=\"${env:ID}\" clientSecret=\"hunter2\";'",
    ] {
        let told = told_beside_systems(&format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {{name: orders}}\nspec:\n  class: \
             org.apache.kafka.connect.file.FileStreamSinkConnector\n  config:\n    topics: orders\n    {setting}\n"
        ));
        assert!(told.contains("error[E0305]"), "{told}");
        assert!(told.contains("the line is left out, as a secret may stand in it"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn two_rules_for_one_topic_are_one() {
    let acl = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaAcl
metadata: {name: app}
spec:
  principal: User:app
  rules:
    - {resource: {topic: orders}, operations: [read]}
    - {resource: {topic: orders}, operations: [write]}
";
    insta::assert_snapshot!(told_beside_systems(acl), @r#"
error[E0201]: kafka:Acl/main/User:app:topic:orders is there twice
  --> prod/a.yaml:13:18
   |
13 | metadata: {name: app}
   |                  ^^^
   = first at prod/a.yaml:13:18
   = hint: put all operations for the same resource, pattern and host into one rule

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn rights_that_mean_nothing_are_told() {
    let acl = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaAcl
metadata: {name: app}
spec:
  principal: app
  rules:
    - {resource: {topic: orders}, operations: [read, clusterAction]}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaAcl
metadata: {name: other}
spec:
  principal: User:other
  rules:
    - {resource: {topics: orders}, operations: [reed]}
";
    insta::assert_snapshot!(told_beside_systems(acl), @r#"
error[E0309]: `app` is no principal
  --> prod/a.yaml:15:14
   |
15 |   principal: app
   |              ^^^
   = hint: write User:app

error[E0321]: CLUSTER_ACTION has no meaning for this resource
  --> prod/a.yaml:17:7
   |
17 |     - {resource: {topic: orders}, operations: [read, clusterAction]}
   |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = hint: Kafka takes it and never asks for it: remove it

error[E0102]: unknown field `topics`
  --> prod/a.yaml:25:19
   |
25 |     - {resource: {topics: orders}, operations: [reed]}
   |                   ^^^^^^ resource has `topic`
   = in KafkaAcl/other

error[E0105]: `operations` cannot be `reed`
  --> prod/a.yaml:25:49
   |
25 |     - {resource: {topics: orders}, operations: [reed]}
   |                                                 ^^^^ there is `read`
   = in KafkaAcl/other

4 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn a_secret_in_a_connector_is_refused_and_not_quoted() {
    let connector = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata: {name: orders}
spec:
  class: org.neo4j.connectors.kafka.sink.Neo4jConnector
  config:
    neo4j.authentication.basic.password: hunter2-canary
    neo4j.uri: neo4j://graph:7687
    topics: orders
    tasks.max: 2
    errors.deadletterqueue.topic.name: ${vault:dead}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaUser
metadata: {name: app}
spec: {password: hunter2-canary}
";
    let told = told_beside_systems(connector);
    assert!(!told.contains("hunter2"), "{told}");
    insta::assert_snapshot!(told, @r#"
error[E0305]: a secret is written out
  --> prod/a.yaml:17:42
   = the line is left out, as a secret may stand in it
   = hint: let the worker fill it in: "${file:PATH:KEY}", or another of its providers

error[E0310]: `tasks.max` is not written in `config`
  --> prod/a.yaml:20:16
   |
20 |     tasks.max: 2
   |                ^
   = hint: write spec.tasksMax

error[E0105]: these workers have no provider `vault`
  --> prod/a.yaml:21:40
   |
21 |     errors.deadletterqueue.topic.name: ${vault:dead}
   |                                        ^^^^^^^^^^^^^

error[E0104]: the value is of another type than the field
  --> prod/a.yaml:26:18
   = in KafkaUser/app
   = the line is left out, as a secret may stand in it
   = hint: a credential names its source: `fromEnv`, `fromFile` or `fromSecret`

4 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn sound_documents_are_silent() {
    let sound = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaTopic
metadata: {name: orders}
spec:
  partitions: 3
  config: {retention.ms: 604800000, cleanup.policy: \"compact,delete\", preallocate: false, min.cleanable.dirty.ratio: 0.5}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaAcl
metadata: {name: app}
spec:
  principal: User:app
  rules:
    - {resource: {topic: orders}, operations: [read, describe]}
    - {resource: {group: app-}, pattern: prefixed, operations: [read]}
    - {resource: {cluster: {}}, permission: deny, host: 10.0.0.1, operations: [all]}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaUser
metadata: {name: app}
spec: {password: {fromSecret: {namespace: graph, name: app, key: password}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata: {name: orders}
spec:
  class: org.apache.kafka.connect.file.FileStreamSourceConnector
  config: {file: /tmp/orders.txt, topic: orders, producer.override.ssl.key.password: \"${file:/etc/secrets:password}\"}
  secrets: {password: {fromEnv: PASSWORD}}
";
    insta::assert_snapshot!(told_beside_systems(sound), @r#"
No errors in 2 files. Nothing was contacted.
"#);
}

const WITH_SLIPS: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata: {name: orders}
spec:
  class: org.neo4j.connectors.kafka.source.Neo4jConnector
  version: 6.0.0
  config:
    neo4j.cdc.poll.interval: 1s
    neo4j.query.force-maps-as-struct: true
    neo4j.connection-timeout: 30
    transforms: drop
    transforms.dorp.type: org.apache.kafka.connect.transforms.DropHeaders
---
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata: {name: payments}
spec:
  class: org.neo4j.connectors.kafka.sink.Neo4jConnector
  version: latest
  config:
    topics: payments
    neo4j.cypher.topic.payments: 'MERGE (p:Payment {id: __value.id})'
    neo4j.retry-max-attempts: 10
---
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata: {name: other}
spec:
  class: com.example.Connector
  config: {whatever.it.reads: 1}
";

#[test]
fn settings_that_a_known_class_does_not_read_are_errors_where_they_stand() {
    insta::assert_snapshot!(told_beside_systems(WITH_SLIPS), @r#"
error[E0102]: org.neo4j.connectors.kafka.source.Neo4jConnector has no setting `neo4j.cdc.poll.interval`
  --> prod/a.yaml:18:5
   |
18 |     neo4j.cdc.poll.interval: 1s
   |     ^^^^^^^^^^^^^^^^^^^^^^^ there is `neo4j.cdc.poll-interval`

error[E0102]: `neo4j.query.force-maps-as-struct` has no effect from version 6.0 on
  --> prod/a.yaml:19:5
   |
19 |     neo4j.query.force-maps-as-struct: true
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ there it is `neo4j.query.map-encoding`

error[E0104]: `neo4j.connection-timeout` cannot be read by its class
  --> prod/a.yaml:20:31
   |
20 |     neo4j.connection-timeout: 30
   |                               ^^ write a length of time with its unit: `500ms`, `30s`, `1m30s`

error[E0102]: `transforms` names no `dorp`, so nobody reads this
  --> prod/a.yaml:22:5
   |
22 |     transforms.dorp.type: org.apache.kafka.connect.transforms.DropHeaders
   |     ^^^^^^^^^^^^^^^^^^^^ there is `drop`

error[E0105]: `latest` is no version
  --> prod/a.yaml:29:12
   |
29 |   version: latest
   |            ^^^^^^
   = hint: write its numbers: "5.5.2"

error[E0102]: `neo4j.retry-max-attempts` has no effect from version 5.1 on
  --> prod/a.yaml:33:5
   |
33 |     neo4j.retry-max-attempts: 10
   |     ^^^^^^^^^^^^^^^^^^^^^^^^ there it is `neo4j.max-retry-time`

6 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn what_moves_has_to_say_whether_it_runs() {
    let connector = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata:
  name: lines
  annotations:
    evenkeel.dev/moved-from: connect:Connector/main/rows
    evenkeel.dev/ignore: /spec/state
spec: {class: org.apache.kafka.connect.file.FileStreamSourceConnector, config: {file: /tmp/a, topic: lines}}
";
    insta::assert_snapshot!(told_beside_systems(connector), @r#"
error[E0213]: connect:Connector/main/lines moves, and nobody says whether it runs then
  --> prod/a.yaml:16:30
   |
16 |     evenkeel.dev/moved-from: connect:Connector/main/rows
   |                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = hint: write `spec.state`, and leave it to others once it has moved

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

const DEADLY_TOPICS: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaCluster
metadata: {name: three}
spec: {bootstrap: [\"a:9092\", \"b:9092\", \"c:9092\"]}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaTopic
metadata: {name: orders}
spec:
  cluster: three
  replicationFactor: 3
  config: {min.insync.replicas: 3, unclean.leader.election.enable: true, retention.ms: 1000, segment.ms: 2000}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaTopic
metadata: {name: single}
spec: {cluster: three, replicationFactor: 1, config: {cleanup.policy: \"compact, delete\"}}
";

#[test]
fn what_kafka_takes_of_a_topic_although_it_does_harm_is_a_warning() {
    insta::assert_snapshot!(told_beside_systems(DEADLY_TOPICS), @r#"
warning[E0321]: all 3 copies are needed for each write
  --> prod/a.yaml:22:33
   |
22 |   config: {min.insync.replicas: 3, unclean.leader.election.enable: true, retention.ms: 1000, seg…
   |                                 ^
   = hint: with one broker away, producers with acks=all stand still: write 2

warning[E0321]: a broker that lacks records may lead, and they are gone for everybody
  --> prod/a.yaml:22:68
   |
22 | ….insync.replicas: 3, unclean.leader.election.enable: true, retention.ms: 1000, segment.ms: 2000}
   |                                                       ^^^^
   = hint: leave it out, unless being there counts for more than being whole

warning[E0321]: retention.ms 1000 is below segment.ms 2000
  --> prod/a.yaml:22:88
   |
22 | ….insync.replicas: 3, unclean.leader.election.enable: true, retention.ms: 1000, segment.ms: 2000}
   |                                                                           ^^^^
   = hint: only whole segments go, so more is kept than is said: lower segment.ms, too

warning[E0321]: one copy, on a cluster of which Git names 3 brokers
  --> prod/a.yaml:27:43
   |
27 | spec: {cluster: three, replicationFactor: 1, config: {cleanup.policy: "compact, delete"}}
   |                                           ^
   = hint: with its broker away, nobody reads or writes it: write 3

warning[E0321]: the last value of a key goes, too, after the brokers' own retention
  --> prod/a.yaml:27:71
   |
27 | spec: {cluster: three, replicationFactor: 1, config: {cleanup.policy: "compact, delete"}}
   |                                                                       ^^^^^^^^^^^^^^^^^
   = hint: write `compact` alone, or for how long: retention.ms

5 warnings in 1 of 2 files. Nothing was contacted.
"#);
}

const DEADLY_CONNECTORS: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaTopic
metadata: {name: changes}
spec: {partitions: 3}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata: {name: source}
spec:
  class: org.neo4j.connectors.kafka.source.Neo4jConnector
  config:
    neo4j.uri: neo4j://graph:7687
    neo4j.cdc.topic.changes.patterns: \"()\"
    producer.override.max.request.size: 2000000
---
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata: {name: lines}
spec:
  class: org.apache.kafka.connect.file.FileStreamSourceConnector
  tasksMax: 2
  config: {file: a, topic: lines}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata: {name: idle}
spec:
  class: org.apache.kafka.connect.file.FileStreamSinkConnector
  tasksMax: 4
  config: {file: a, topics: changes}
";

#[test]
fn what_a_connector_does_to_its_topics_although_it_does_harm_is_a_warning() {
    insta::assert_snapshot!(told_beside_systems(DEADLY_CONNECTORS), @r#"
warning[E0321]: 3 partitions keep no order among changes of a graph
  --> prod/a.yaml:14:20
   |
14 | spec: {partitions: 3}
   |                    ^
   = connect:Connector/main/source carries changes by it
   = hint: a relationship may come before its nodes, and be dropped: write 1

warning[E0321]: records of up to 2000000 bytes are sent, and kafka:Topic/main/changes takes 1048588
  --> prod/a.yaml:24:41
   |
24 |     producer.override.max.request.size: 2000000
   |                                         ^^^^^^^
   = hint: one that is bigger fails the task: raise the topic's max.message.bytes

warning[E0321]: org.apache.kafka.connect.file.FileStreamSourceConnector has one task, whatever is written
  --> prod/a.yaml:31:13
   |
31 |   tasksMax: 2
   |             ^
   = hint: write 1

warning[E0321]: 4 tasks read 3 partitions, so some stand idle
  --> prod/a.yaml:39:13
   |
39 |   tasksMax: 4
   |             ^
   = hint: write 3 or less

4 warnings in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn topics_that_are_somebody_elses_are_left_to_them() {
    let own =
        ["connect-offsets", "mm2-offset-syncs.b.internal", "a.checkpoints.internal", "__transaction_state"];
    for name in own {
        let topic = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaTopic\nmetadata: {{name: {name}}}\nspec: {{}}\n"
        );
        let told = told_beside_systems(&topic);
        assert!(told.contains(&format!("error[E0321]: `{name}` is ")), "{told}");
    }
    let billing =
        "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaTopic\nmetadata: {name: billing.internal}\nspec: {}\n";
    assert!(told_beside_systems(billing).contains("No errors"));
    let workers = "apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {name: b}\nspec: {url: \"http://b:8083\", \
                   storageTopics: [b-configs]}\n---\n";
    let topic =
        "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaTopic\nmetadata: {name: b-configs}\nspec: {}\n";
    insta::assert_snapshot!(told_beside_systems(&format!("{workers}{topic}")), @r#"
error[E0321]: `b-configs` is the Connect workers' own
  --> prod/a.yaml:18:18
   |
18 | metadata: {name: b-configs}
   |                  ^^^^^^^^^
   = hint: leave it to them: who changes it breaks them. If it was ours so far: out of Git with it,
     then `evenkeel forget kafka:Topic/main/b-configs`. If it is not theirs: `storageTopics` of
     ConnectCluster/b, `[]` for none

1 error in 1 of 2 files. Nothing was contacted.
"#);
    let nobodys = workers.replace("[b-configs]", "[]");
    assert!(told_beside_systems(&format!("{nobodys}{topic}")).contains("No errors"));
}

#[test]
fn two_sinks_that_would_read_as_one_are_told() {
    let workers = "apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {name: b}\nspec: {url: \"http://b:8083\", \
                   groupIdOverride: neo4j-cdc-consumer}\n---\n";
    let sink = |name: &str, more: &str| {
        format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {{name: {name}}}\nspec: {{cluster: b, class: \
             org.apache.kafka.connect.file.FileStreamSinkConnector, config: {{file: x, topics: orders{more}}}}}\n---\n"
        )
    };
    let two = told_beside_systems(&format!("{workers}{}{}", sink("one", ""), sink("two", "")));
    insta::assert_snapshot!(two, @r#"
error[E0328]: it reads by the group `neo4j-cdc-consumer`, as connect:Connector/b/one does
  --> prod/a.yaml:23:18
   |
23 | metadata: {name: two}
   |                  ^^^
   = groupIdOverride of ConnectCluster/b
   = hint: write consumer.override.group.id: connect-two

1 error in 1 of 2 files. Nothing was contacted.
"#);
    let own = told_beside_systems(&format!(
        "{workers}{}{}",
        sink("one", ""),
        sink("two", ", consumer.override.group.id: connect-two")
    ));
    assert!(own.contains("No errors"), "{own}");
    let elsewhere = sink("three", ", consumer.override.group.id: connect-four") + &sink("four", "");
    let elsewhere = elsewhere.replace("cluster: b", "cluster: main");
    assert!(told_beside_systems(&elsewhere).contains("error[E0328]"));
}

#[test]
fn a_password_goes_over_no_wire_in_clear_text() {
    let told = told_of(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {name: main}\nspec: {bootstrap: [\"127.0.0.1:1\", \
         \"kafka:9092\"], sasl: {plain: {username: me, password: {fromEnv: PASSWORD}}}}\n---\n\
         apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {name: main}\nspec: {url: \
         \"http://connect:8083\", basicAuth: {username: me, password: {fromEnv: PASSWORD}}}\n",
    );
    insta::assert_snapshot!(told, @r#"
error[E0327]: the password would go to kafka:9092 in clear text
 --> prod/a.yaml:4:56
  |
4 | …ap: ["127.0.0.1:1", "kafka:9092"], sasl: {plain: {username: me, password: {fromEnv: PASSWORD}}}}
  |                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = hint: write `tls: {}`, or log in by `scramSha512`; where something on the way encrypts it:
    `clearText: {because: …}`

error[E0327]: the password would go to connect:8083 in clear text
 --> prod/a.yaml:9:13
  |
9 | spec: {url: "http://connect:8083", basicAuth: {username: me, password: {fromEnv: PASSWORD}}}
  |             ^^^^^^^^^^^^^^^^^^^^^
  = hint: write https://; where something on the way encrypts it: `clearText: {because: …}`

2 errors in 1 of 2 files. Nothing was contacted.
"#);
    for sound in [
        "bootstrap: [\"127.0.0.1:1\"], sasl: {plain: {username: me, password: {fromEnv: PASSWORD}}}",
        "bootstrap: [\"kafka:9093\"], tls: {}, sasl: {plain: {username: me, password: {fromEnv: PASSWORD}}}",
        "bootstrap: [\"kafka:9092\"], clearText: {because: the mesh speaks mTLS}, sasl: {plain: {username: me, password: {fromEnv: \
         PASSWORD}}}",
        "bootstrap: [\"kafka:9092\"], sasl: {scramSha256: {username: me, password: {fromEnv: PASSWORD}}}",
    ] {
        let told = told_of(&format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec: {{{sound}}}\n"
        ));
        assert!(told.contains("No errors"), "{told}");
    }
    for (unsound, code) in [
        (
            "bootstrap: [\"kafka:9092\"], clearText: {because: \" \"}, sasl: {plain: {username: me, password: {fromEnv: P}}}",
            "E0327",
        ),
        ("bootstrap: [\"kafka:9092\"], clearText: {because: a mesh}", "E0310"),
        (
            "bootstrap: [\"kafka:9092\"], tls: {}, clearText: {because: a mesh}, sasl: {plain: {username: me, password: {fromEnv: P}}}",
            "E0310",
        ),
    ] {
        let told = told_of(&format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec: {{{unsound}}}\n"
        ));
        assert!(told.contains("1 error in") && told.contains(&format!("error[{code}]")), "{told}");
    }
    let in_address = told_of(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {name: main}\nspec: {url: \
         \"https://me:hunter2@connect:8083\"}\n",
    );
    assert!(in_address.contains("error[E0305]") && !in_address.contains("hunter2"), "{in_address}");
}

/// A namespace of Event Hubs with workers on it.
fn told_on_event_hubs(cluster: &str, workers: &str, documents: &str) -> String {
    told_of(&format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec: {{bootstrap: \
         [\"graph.servicebus.windows.net:9093\"], tls: {{}}{cluster}}}\n---\n\
         apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {{name: main}}\nspec: {{url: \
         \"https://connect:8083\"{workers}}}\n---\n{documents}"
    ))
}

const QUICK: &str = ", workerSettings: {connections.max.idle.ms: 180000, metadata.max.age.ms: 180000, \
                     producer.connections.max.idle.ms: 180000, producer.metadata.max.age.ms: 180000, \
                     consumer.connections.max.idle.ms: 180000, consumer.metadata.max.age.ms: 180000}";

#[test]
fn workers_on_event_hubs_have_to_be_quicker_than_it_closes() {
    insta::assert_snapshot!(told_on_event_hubs(", eventHubs: standard", ", workerSettings: {producer.connections.max.idle.ms: 540000}", ""), @r#"
warning[E0321]: Event Hubs closes connections that say nothing for 240 s, and workers do not notice
 --> prod/a.yaml:8:18
  |
8 | metadata: {name: main}
  |                  ^^^^
  = connections.max.idle.ms is not told
  = metadata.max.age.ms is not told
  = producer.connections.max.idle.ms is 540000
  = producer.metadata.max.age.ms is not told
  = consumer.connections.max.idle.ms is not told
  = consumer.metadata.max.age.ms is not told
  = hint: set these to 180000 on the workers, and say so in `workerSettings`

1 warning in 1 of 2 files. Nothing was contacted.
"#);
    let told = told_on_event_hubs(", eventHubs: standard", QUICK, "");
    assert!(told.contains("No errors"), "{told}");
    let connector = "apiVersion: evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {name: a}\nspec:\n  class: \
                     org.apache.kafka.connect.file.FileStreamSinkConnector\n  config: {file: x, topics: orders, \
                     consumer.override.metadata.max.age.ms: 300000, exactly.once.support: required}\n";
    let told = told_on_event_hubs(", eventHubs: standard", QUICK, connector);
    for words in [
        "300000 ms, and Event Hubs closes what says nothing for 240000",
        "the tier standard has no transactions",
    ] {
        assert!(told.contains(words), "{told}");
    }
    // Brokers of one's own close nothing that early.
    assert!(told_beside_systems("").contains("No errors"));
}

#[test]
fn event_hubs_take_less_than_brokers_by_tier() {
    let topic = |name: &str, spec: &str| {
        format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaTopic\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n---\n"
        )
    };
    let much = topic(
        "much",
        "partitions: 40, config: {retention.ms: 2592000000, compression.type: gzip, max.message.bytes: 2000000}",
    );
    let acl = "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaAcl\nmetadata: {name: app}\nspec:\n  principal: User:app\n  \
               rules: [{resource: {topic: much}, operations: [read]}]\n";
    insta::assert_snapshot!(told_on_event_hubs(", eventHubs: standard", QUICK, &format!("{much}{acl}")), @r#"
warning[E0321]: 40 partitions, and the tier standard has 32
  --> prod/a.yaml:14:20
   |
14 | spec: {partitions: 40, config: {retention.ms: 2592000000, compression.type: gzip, max.message.by…
   |                    ^^

warning[E0321]: the tier standard keeps events for 7 days at most
  --> prod/a.yaml:14:47
   |
14 | …ons: 40, config: {retention.ms: 2592000000, compression.type: gzip, max.message.bytes: 2000000}}
   |                                  ^^^^^^^^^^
   = hint: write 604800000 or less, or have another tier

warning[E0321]: the tier standard takes no events compressed by gzip
  --> prod/a.yaml:14:77
   |
14 | …ons: 40, config: {retention.ms: 2592000000, compression.type: gzip, max.message.bytes: 2000000}}
   |                                                                ^^^^

warning[E0321]: 2000000 bytes a record, and Event Hubs takes 1048576
  --> prod/a.yaml:14:102
   |
14 | …ons: 40, config: {retention.ms: 2592000000, compression.type: gzip, max.message.bytes: 2000000}}
   |                                                                                         ^^^^^^^

warning[E0321]: Event Hubs has neither rights nor users of Kafka's
  --> prod/a.yaml:18:18
   |
18 | metadata: {name: app}
   |                  ^^^
   = hint: say in Azure who may do what, by roles or by shared access

5 warnings in 1 of 2 files. Nothing was contacted.
"#);
    let told = told_on_event_hubs(", eventHubs: premium", QUICK, &much);
    assert!(told.contains("1 warning in"), "{told}");
    let seven: String = (0..7).map(|number| topic(&format!("t{number}"), "partitions: 1")).collect();
    assert!(told_on_event_hubs(", eventHubs: standard", QUICK, &seven).contains("No errors"));
    let eight = seven + &topic("t8", "partitions: 1");
    let told = told_on_event_hubs(", eventHubs: standard", QUICK, &eight);
    assert!(told.contains("11 event hubs, and the tier standard has 10"), "{told}");
    let told = told_on_event_hubs("", QUICK, "");
    assert!(told.contains("nobody says which tier of Event Hubs main is"), "{told}");
}

#[test]
fn a_token_has_one_source_and_the_secret_for_it_is_told_to_nobody() {
    let told = |bearer: &str| {
        told_of(&format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec:\n  bootstrap: \
             [\"kafka:9093\"]\n  tls: {{}}\n  sasl:\n    oauthBearer: {{{bearer}}}\n"
        ))
    };
    let endpoint = |url: &str, secret: &str| {
        format!("tokenEndpoint: {{url: \"{url}\", clientId: me, clientSecret: {secret}, scope: kafka}}")
    };
    let sound = endpoint("https://login/token", "{fromEnv: SECRET}");
    assert!(told(&format!("{sound}, extensions: {{logicalCluster: lkc-1}}")).contains("No errors"));
    assert!(told(&endpoint("http://localhost:8080/token", "{fromEnv: SECRET}")).contains("No errors"));
    for (bearer, code) in [
        (endpoint("https://login/token", "hunter2"), "E0104"),
        (endpoint("https://me:hunter2@login/token", "{fromEnv: SECRET}"), "E0305"),
        (endpoint("HTTP://login/token", "{fromEnv: SECRET}"), "E0327"),
        (format!("token: {{fromFile: token}}, {sound}"), "E0310"),
        ("principal: me".to_owned(), "E0310"),
        (format!("{sound}, extensions: {{auth: x}}"), "E0309"),
        (format!("{sound}, extensions: {{a-b: x}}"), "E0309"),
    ] {
        let told = told(&bearer);
        assert!(told.contains("1 error in") && told.contains(&format!("error[{code}]")), "{bearer}\n{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
