//! Simulated Neo4j clusters from the command line: formed, changed server by server, made smaller, disturbed and upgraded.

use crate::support::golden::assert_golden;
use crate::support::repository::{Repository, Run};
use evenkeel_core::engine::id::ConnectionName;
use evenkeel_world::World;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr};

/// Three that vote, two that only read, and a database on all of them.
const ORDERS: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Neo4jCluster
metadata: {name: orders}
spec:
  edition: enterprise
  version: 5.26.0
  acceptLicense: \"yes\"
  servers:
    primaries: {count: 3}
    secondaries: {count: 2}
  resources: {cpu: \"2\", memory: 8Gi}
  storage: {dynamic: {size: 100Gi}}
  config: {db.transaction.timeout: 10m}
  cypher: {password: {fromFile: password}}
  databases:
    - {name: sales, topology: {primaries: 3, secondaries: 2}}
";

/// The policies that are shipped.
const POLICIES: &str = include_str!("../../policies/databases.yaml");

/// Nobody only reads.
const NO_SECONDARIES: [(&str, &str); 2] =
    [("    secondaries: {count: 2}\n", ""), ("primaries: 3, secondaries: 2}", "primaries: 3}")];

/// A simulated environment in which time passes faster than outside.
fn repository() -> Repository {
    let repository = super::repository();
    let environment = "environments/prod/environment.yaml";
    let text = std::fs::read_to_string(repository.path().join(environment)).expect("an environment");
    repository.write(environment, &text.replace("{seed: 7}", "{seed: 7, speed: 30}"));
    repository.remove("environments/prod/graph.yaml");
    repository.write("password", "a-long-password");
    repository
}

/// Writes the document with these changes.
fn write(repository: &Repository, changes: &[(&str, &str)]) {
    let text = changes.iter().fold(ORDERS.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    repository.write("environments/prod/neo4j.yaml", &text);
}

/// A cluster that was formed and has settled.
fn formed(changes: &[(&str, &str)]) -> Repository {
    let repository = repository();
    write(&repository, changes);
    apply(&repository);
    settled(&repository);
    repository
}

fn planned(repository: &Repository, code: i32) -> Run {
    repository.expect(code, &["plan", "prod", "--detailed-exitcode"])
}

fn apply(repository: &Repository) -> Run {
    repository.expect(0, &["apply", "prod", "--auto-approve"])
}

fn settled(repository: &Repository) {
    let plan = planned(repository, 0).stdout;
    assert!(plan.contains("No changes. Live matches Git."), "{plan}");
}

fn golden(name: &str, run: &Run) {
    let aside = [
        // What a server starts with is told by a digest.
        (r#""[0-9a-f]{32}""#, "[digest]"),
        // Where a database was put depends on how long each server took to start.
        (r"(?m)^ +\w+ goes to orders-\d\n", ""),
        // So does what is still on its way when we look.
        (r"\nAs Git says, and not at work\n(  .*\n)+", ""),
        (r"\d+ settings on", "[number] settings on"),
        (r"until: \S+", "until: [date]"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[uid]"),
    ];
    assert_golden("../stories/sandbox", name, run, &aside);
}

/// A text as if its lines had no end.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns who takes the writes of a database now.
fn writer(repository: &Repository, database: &str) -> String {
    let file = repository.path().join(".evenkeel/prod/world.json");
    let mut world: World = serde_json::from_slice(&std::fs::read(file).expect("a world")).expect("a world");
    let cluster = world.neo4j(&ConnectionName::new("orders"));
    cluster.writer(database).expect("somebody takes them").to_owned()
}

/// The servers that an apply says it restarted, in this order.
fn restarted(told: &str) -> Vec<&str> {
    let pods = told.lines().filter_map(|line| line.trim().strip_prefix("✓ restart kubernetes:Pod/default/"));
    pods.filter_map(|rest| rest.split_whitespace().next()?.strip_suffix("-0")).collect()
}

/// An apply that restarts servers, and has restarted one.
struct Rolling {
    running: Child,
    talk: BufReader<ChildStderr>,
    told: String,
}

impl Rolling {
    fn begin(repository: &Repository) -> Self {
        let mut running = repository.start(&["apply", "prod", "--auto-approve"]);
        let mut talk = BufReader::new(running.stderr.take().expect("piped"));
        let mut told = String::new();
        while restarted(&told).is_empty() {
            assert_ne!(talk.read_line(&mut told).expect("UTF-8"), 0, "it has ended: {told}");
        }
        Self { running, talk, told }
    }

    fn end(mut self) -> Run {
        self.talk.read_to_string(&mut self.told).expect("UTF-8");
        Run { stderr: self.told, ..Run::wait(self.running) }
    }
}

#[test]
fn three_and_two_are_formed_and_a_changed_setting_reaches_secondaries_first_and_the_leader_last() {
    let repository = repository();
    write(&repository, &[]);
    golden("three-and-two-are-formed", &planned(&repository, 2));
    let formed = apply(&repository);
    assert!(formed.stdout.contains("0 changed, 0 destroyed"), "{}", formed.stdout);
    settled(&repository);

    write(&repository, &[("10m", "20m")]);
    golden("a-changed-setting-of-three-and-two", &planned(&repository, 2));
    let begun = Rolling::begin(&repository);
    let leader = writer(&repository, "system");
    let rolled = begun.end();
    assert_eq!(rolled.code, 0, "{}", rolled.stdout);
    let order = restarted(&rolled.stderr);
    assert_eq!(order.len(), 5, "{}", rolled.stderr);
    assert!(order[..2].iter().all(|server| server.contains("secondary")), "{order:?}");
    assert_eq!(order[4], leader, "{order:?}");
    settled(&repository);
}

#[test]
fn five_become_three_with_every_step_in_the_plan() {
    let repository = formed(&[NO_SECONDARIES[0], NO_SECONDARIES[1], ("count: 3", "count: 5")]);
    write(&repository, &NO_SECONDARIES);
    golden("five-become-three", &planned(&repository, 2));
    let smaller = apply(&repository);
    for step in ["cordon", "drain", "delete"] {
        for server in ["orders-4", "orders-5"] {
            let line = format!("✓ {step} neo4j:Server/orders/{server} ");
            assert!(smaller.stderr.contains(&line), "{line}\n{}", smaller.stderr);
        }
    }
    settled(&repository);
}

#[test]
fn three_do_not_become_two_and_the_database_and_system_are_named() {
    // What the document does not name is there all the same: the databases `neo4j` and `system`.
    let no_databases = ("  databases:\n    - {name: sales, topology: {primaries: 3}}\n", "");
    let three = [NO_SECONDARIES[0], NO_SECONDARIES[1], no_databases];
    let repository = formed(&three);
    write(&repository, &[three[0], three[1], three[2], ("count: 3", "count: 2")]);
    let refused = planned(&repository, 4);
    golden("three-do-not-become-two", &refused);
    let why = "database neo4j is on 3 that vote, database system is on 3 that vote";
    assert!(in_one_line(&refused.stdout).contains(why), "{}", refused.stdout);
    repository.expect(4, &["apply", "prod", "--auto-approve"]);
    write(&repository, &three);
    apply(&repository);
    settled(&repository);
}

#[test]
fn a_writers_pod_that_somebody_deletes_in_the_middle_stops_the_restarts_and_is_named() {
    let repository = formed(&[]);
    write(&repository, &[("10m", "20m")]);
    let begun = Rolling::begin(&repository);
    let writer = writer(&repository, "sales");
    repository.write(".evenkeel/prod/delete", &format!("kubernetes:Pod/default/{writer}-0\n"));
    let stopped = begun.end();

    let went = restarted(&stopped.stderr);
    assert!(went.iter().all(|server| server.contains("secondary")), "nobody who votes went: {went:?}");
    let why = format!("kubernetes:Pod/default/{writer}-0 was taken away before its turn, by somebody else");
    assert!(in_one_line(&stopped.stdout).contains(&why), "{}", stopped.stdout);
    assert!(stopped.stdout.contains("next: evenkeel plan prod"), "{}", stopped.stdout);
    assert_eq!(stopped.code, 1, "{}", stopped.stdout);
    apply(&repository);
    settled(&repository);
}

#[test]
fn an_upgrade_without_a_fresh_backup_is_denied_by_the_policy_that_is_shipped() {
    let repository = formed(&[]);
    repository.write("policies/databases.yaml", POLICIES);
    write(&repository, &[("5.26.0", "5.26.1")]);
    golden("an-upgrade-without-a-fresh-backup", &planned(&repository, 4));
    let denied = repository.expect(4, &["apply", "prod", "--auto-approve"]);
    assert!(denied.stdout.contains("fresh-backups-before-risky-steps"), "{}", denied.stdout);
    write(&repository, &[]);
    settled(&repository);
}
