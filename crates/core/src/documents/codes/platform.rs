//! What `evenkeel explain` says about findings on Kafka and Kafka Connect.

pub(super) const DEADLY_SETTING: &str =
"Kafka takes it without a word.

    replicationFactor: 3
    config: {min.insync.replicas: 2}      # one of three may be down

`min.insync.replicas` above the replication factor protects nothing: brokers cap it. One as high as the factor stops every
producer with acks=all as soon as one broker is away. One copy is gone with its broker. After an unclean election
records are missing that were acknowledged. Segments go as a whole, so a retention below a segment keeps more than it
says. `compact,delete` deletes the last value of a key, too, once it is old.

Of a graph's changes only one partition keeps the order: a relationship may come before its nodes, and sinks drop it
without an error. A record above a topic's `max.message.bytes` fails the source's task. Tasks above the number of
partitions stand idle.

Azure Event Hubs closes a connection that says nothing for 240 s without a word, and takes less than brokers do, by tier
(`eventHubs` of the KafkaCluster). A worker's clients have to be quicker; what only its own configuration says, Git says, too:

    spec: {workerSettings: {connections.max.idle.ms: 180000, producer.connections.max.idle.ms: 180000, …}}

Two topics whose names differ in `.` and `_` only share the names of their metrics, and Kafka refuses the second.
Topics of Kafka's own (`__consumer_offsets`), of Connect workers (`storageTopics` of their document) and of MirrorMaker
(`mm2-offsets.…internal`) are their own affair.";

pub(super) const CLEAR_TEXT: &str = "Everybody between here and there could read it, and log in with it.

    spec: {bootstrap: [\"kafka:9093\"], tls: {}, sasl: {plain: {…}}}        # by TLS
    spec: {bootstrap: [\"kafka:9092\"], sasl: {scramSha512: {…}}}         # proved, and not sent
    spec: {url: \"https://connect:8083\", basicAuth: {…}}

Without TLS, passwords and tokens are sent to this machine only: 127.0.0.1, ::1, localhost. Where something on the way
encrypts what the client sends in clear text, a mesh, a sidecar or a tunnel, say so:

    spec: {bootstrap: [\"kafka:9092\"], sasl: {plain: {…}}, clearText: {because: the mesh speaks mTLS between nodes}}";

pub(super) const SHARED_GROUP: &str =
"Kafka shares the partitions out among all members of a group, so each of the two misses what the other one got, and each
one's commits move the other one's offsets. A sink's group is `connect-NAME`, unless its workers have a
`consumer.group.id` (`groupIdOverride` of the ConnectCluster), unless it has one of its own:

    config: {consumer.override.group.id: connect-orders}";
