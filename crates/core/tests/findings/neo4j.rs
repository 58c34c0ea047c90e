//! What is said about documents of Neo4j.

use super::told_of;

fn told_of_cluster(spec: &str) -> String {
    let head = "apiVersion: evenkeel.dev/v1alpha1\nkind: Neo4jCluster\nmetadata: {name: orders}\nspec:\n";
    told_of(&format!("{head}{spec}"))
}

/// What every cluster of these tests has.
const SOUND: &str = "  edition: enterprise
  acceptLicense: eval
  storage: {dynamic: {size: 10Gi}}
  cypher: {password: {fromEnv: NEO4J_PASSWORD}}
";

const NOTES: &str = "  edition: community
  version: 5.26.0
  storage: {dynamic: {size: 10Gi}}
  cypher: {password: {fromEnv: NEO4J_PASSWORD}}
";

#[test]
fn a_sound_cluster_has_nothing_to_tell() {
    let cluster = format!("{SOUND}  version: 5.26.0\n  servers: {{primaries: {{count: 3}}}}\n");
    insta::assert_snapshot!(told_of_cluster(&cluster));
}

#[test]
fn a_version_that_cannot_be_run_says_what_can() {
    let told = ["4.4.31", "5.26", "latest"].map(|version| {
        told_of_cluster(&format!("{SOUND}  version: \"{version}\"\n  servers: {{primaries: {{count: 3}}}}\n"))
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn settings_are_those_of_the_version_and_stand_where_they_belong() {
    let cluster = format!(
        "{SOUND}  version: 5.26.0
  servers: {{primaries: {{count: 3}}}}
  config:
    dbms.memory.heap.max_size: 4g
    causal_clustering.raft_log_prune_strategy: keep
    db.query.default_language: CYPHER_25
    db.tx_log.rotation.sise: 256m
    db.transaction.timeout: two minutes
    server.memory.pagecache.size: 2g
    server.cluster.advertised_address: orders:6000
    dbms.security.ldap.authorization.system_password: hunter2
  env: {{NEO4J_AUTH: neo4j/hunter2}}
  jvm: {{arguments: [-Xmx4g]}}
"
    );
    insta::assert_snapshot!(told_of_cluster(&cluster));
}

#[test]
fn databases_fit_on_the_servers_that_there_are() {
    let cluster = format!(
        "{SOUND}  version: 2026.02.0
  servers: {{primaries: {{count: 4}}, secondaries: {{count: 1, names: [a, b]}}, discovery: v2Only}}
  databases:
    - {{name: sales, topology: {{primaries: 5}}, default: true}}
    - {{name: stock, topology: {{primaries: 3, secondaries: 3}}, cdc: full, default: true}}
    - {{name: system}}
  aliases: [{{name: revenue, database: slaes}}]
  terminationGracePeriod: 5m
"
    );
    insta::assert_snapshot!(told_of_cluster(&cluster));
}

#[test]
fn memory_that_does_not_fit_kills_the_server_and_is_refused() {
    let cluster = format!(
        "{SOUND}  version: 5.26.0
  servers: {{primaries: {{count: 3}}}}
  resources: {{cpu: 250m, memory: 8Gi}}
  memory: {{heap: 4g, pageCache: 4g}}
"
    );
    let small = format!(
        "{SOUND}  version: 5.26.0\n  servers: {{primaries: {{count: 3, resources: {{memory: 1Gi}}}}}}\n"
    );
    insta::assert_snapshot!([told_of_cluster(&cluster), told_of_cluster(&small)].join("\n"));
}

#[test]
fn community_says_at_each_field_what_it_does_not_have() {
    let cluster = format!(
        "{NOTES}  servers: {{primaries: {{count: 3}}, secondaries: {{count: 1}}}}
  databases: [{{name: sales, cdc: diff, topology: {{primaries: 1}}}}]
  roles: [{{name: analyst, privileges: []}}]
  users: [{{name: alice, password: {{fromEnv: ALICE}}, roles: [analyst], home: neo4j}}]
  constraints: [{{name: id, on: {{node: Order}}, require: key, properties: [id]}}]
  monitoring: {{prometheus: true}}
  tls: {{backup: {{secret: tls}}}}
  config: {{server.metrics.filter: \"*\"}}
"
    );
    insta::assert_snapshot!(told_of_cluster(&cluster));
}

#[test]
fn what_only_cypher_can_do_needs_a_login_and_enterprise_a_licence() {
    let cluster = "  edition: enterprise
  version: 5.26.0
  storage: {dynamic: {size: 10Gi, class: azurefile-premium}}
  servers: {primaries: {count: 3, names: [orders-1, orders-1, a-name-that-is-far-too-long-for-the-pods-that-are-made-of-it]}}
";
    insta::assert_snapshot!(told_of_cluster(cluster));
}

#[test]
fn a_password_is_never_a_text() {
    let cluster = format!(
        "{SOUND}  version: 5.26.0\n  servers: {{primaries: {{count: 3}}}}\n  users: [{{name: alice, password: hunter2}}]\n"
    );
    insta::assert_snapshot!(told_of_cluster(&cluster));
}
