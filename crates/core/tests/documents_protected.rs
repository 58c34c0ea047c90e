//! Specs of one revision under the rules of a protected one, and what the first would change of the second.

use evenkeel_core::documents::{EnvironmentRef, Repository, Rules, SourceFile, Specs};
use evenkeel_core::engine::plan::{Base, Pending, PendingChange};
use std::sync::Arc;

const ENVIRONMENT: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  extends: [../../base]\n  \
                           kubernetes: {default: {kubeconfig: {fromEnv: KUBECONFIG}, namespace: graph}}\n  limits: {maxDeletes: 3}\n";
const SECRET: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {name: auth}\nspec:\n  \
                      target: {namespace: graph, name: auth}\n  data: {password: {fromEnv: PASSWORD}, made: {generate: {length: 20}}}\n";

fn approval(name: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: {name}}}\nspec:\n  \
         address: kubernetes:ConfigMap/graph/{name}\n  action: adopt\n  until: 2099-01-01T00:00:00Z\n  reason: looked at\n"
    )
}

fn repository(files: &[(&str, &str)]) -> (Repository, EnvironmentRef) {
    let source =
        |(path, text): &(&str, &str)| SourceFile { path: Arc::from(*path), bytes: text.as_bytes().to_vec() };
    let base = ("base/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n");
    let files: Vec<SourceFile> = files.iter().chain([&base]).map(source).collect();
    let (repository, _) = Repository::read(&files);
    let found = repository.find("environments/prod").expect("an environment");
    (repository, found)
}

fn rules(files: &[(&str, &str)]) -> Rules {
    let (repository, found) = repository(files);
    repository.rules(&found).expect("rules")
}

fn under(files: &[(&str, &str)], rules: &Rules) -> Specs {
    let (repository, found) = repository(files);
    repository.specs_under(&found, rules).expect("specs")
}

const HOME: &str = "environments/prod/environment.yaml";

#[test]
fn limits_connections_and_approvals_are_those_of_the_protected_revision() {
    let (ours, theirs) = (approval("ours"), approval("theirs"));
    let rules = rules(&[(HOME, ENVIRONMENT), ("environments/prod/a.yaml", &ours)]);
    let looser = ENVIRONMENT.replace("maxDeletes: 3", "maxDeletes: 999").replace("KUBECONFIG", "ELSEWHERE");
    let specs = under(&[(HOME, &looser), ("environments/prod/b.yaml", &theirs)], &rules);
    assert_eq!(specs.desired.limits.max_deletes, 3);
    assert_eq!(specs.environment, rules.document);
    let named: Vec<&str> = specs.desired.approvals.iter().map(|approval| &*approval.address.name).collect();
    assert_eq!(named, ["ours"]);
}

#[test]
fn what_is_called_otherwise_stays_the_environment_of_its_directory() {
    let rules = rules(&[(HOME, ENVIRONMENT)]);
    let specs = under(&[(HOME, &ENVIRONMENT.replace("name: prod", "name: staging"))], &rules);
    assert_eq!(specs.desired.environment.as_str(), "prod");
}

#[test]
fn only_secrets_that_the_protected_revision_names_for_the_same_resource_are_read() {
    let secret = "environments/prod/secret.yaml";
    let rules = rules(&[(HOME, ENVIRONMENT), (secret, SECRET)]);
    let unread = |text: &str| {
        let specs = under(&[(HOME, ENVIRONMENT), (secret, text)], &rules);
        specs.desired.resources.values().map(|wanted| wanted.unread.len()).sum::<usize>()
    };
    assert_eq!(unread(SECRET), 0);
    assert_eq!(unread(&SECRET.replace("fromEnv: PASSWORD", "fromEnv: TOKEN")), 1, "another source");
    assert_eq!(unread(&SECRET.replace("fromEnv: PASSWORD", "fromFile: guess")), 1, "a guess");
    assert_eq!(unread(&SECRET.replace("name: auth}\n  data", "name: mine}\n  data")), 1, "another Secret");
}

#[test]
fn what_would_change_is_told_by_document_field_and_place() {
    let policy = "apiVersion: evenkeel.dev/v1alpha1\nkind: Policy\nmetadata: {name: none}\nspec: {deny: 'true', message: no, tests: []}\n";
    let (ours, theirs) = (approval("ours"), approval("theirs"));
    let before = [(HOME, ENVIRONMENT), ("environments/prod/a.yaml", &*ours), ("policies/none.yaml", policy)];
    let other = ENVIRONMENT.replace("../../base", "../../base/").replace("namespace: graph", "context: evil");
    let after = [(HOME, &*other), ("environments/prod/b.yaml", &*theirs)];
    let ((base, found), (merged, _)) = (repository(&before), repository(&after));
    let told: Vec<String> = merged
        .pending(&base, &found)
        .iter()
        .map(|pending| {
            let what = match &pending.change {
                PendingChange::Added => "added".to_owned(),
                PendingChange::Removed => "removed".to_owned(),
                PendingChange::Field { path, base, merged } => {
                    format!("{path} {} -> {}", base.is_some(), merged.is_some())
                }
            };
            format!("{} {what} {}:{}", pending.document, pending.at.file, pending.at.line)
        })
        .collect();
    assert_eq!(
        told,
        [
            "Approval/ours removed environments/prod/a.yaml:3",
            "Approval/theirs added environments/prod/b.yaml:3",
            "Environment/prod spec.kubernetes.default.context false -> true environments/prod/environment.yaml:6",
            "Environment/prod spec.kubernetes.default.namespace true -> false environments/prod/environment.yaml:6",
            "Policy/none removed policies/none.yaml:3",
        ]
    );
    assert_eq!(base.pending(&base, &found), []);
}

#[test]
fn an_environment_that_cannot_be_read_gives_no_rules() {
    let (repository, found) =
        repository(&[(HOME, &ENVIRONMENT.replace("maxDeletes: 3", "maxDeletes: many"))]);
    assert!(repository.rules(&found).is_err());
}

#[test]
fn other_systems_are_other_targets_and_other_limits_are_not() {
    let of = |text: &str| rules(&[(HOME, text)]).targets;
    assert_eq!(of(ENVIRONMENT), of(&ENVIRONMENT.replace("maxDeletes: 3", "maxDeletes: 9")));
    assert_ne!(of(ENVIRONMENT), of(&ENVIRONMENT.replace("KUBECONFIG", "ELSEWHERE")));
}

const PLATFORM: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {name: main}\n\
                        spec: {bootstrap: ['broker:9092'], shared: true}\n---\n\
                        apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {name: main}\n\
                        spec: {url: 'http://connect:8083'}\n";

fn connector(name: &str, host: &str) -> String {
    format!(
        "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {{name: {name}}}\nspec:\n  class: io.example.Source\n  \
         config: {{hostname: {host}, password: '${{file:/s:p}}'}}\n"
    )
}

#[test]
fn a_worker_is_shown_no_connector_that_the_protected_revision_does_not_have_like_this() {
    let ours = format!("{PLATFORM}{}{}", connector("same", "db"), connector("moved", "db"));
    let rules = rules(&[(HOME, ENVIRONMENT), ("environments/prod/kafka.yaml", &ours)]);
    let theirs = format!(
        "{PLATFORM}{}{}{}",
        connector("same", "db"),
        connector("moved", "evil.example"),
        connector("new", "db")
    );
    let specs = under(&[(HOME, ENVIRONMENT), ("environments/prod/kafka.yaml", &theirs)], &rules);
    let unshown: Vec<&str> = specs.desired.unshown.iter().map(|id| &*id.name).collect();
    assert_eq!(unshown, ["moved", "new"]);
}

#[test]
fn a_cluster_stays_shared_until_that_is_merged() {
    let rules = rules(&[(HOME, ENVIRONMENT), ("environments/prod/kafka.yaml", PLATFORM)]);
    let theirs = PLATFORM.replace(", shared: true", "");
    let specs = under(&[(HOME, ENVIRONMENT), ("environments/prod/kafka.yaml", &theirs)], &rules);
    assert_eq!(specs.desired.shared.len(), 1);
}

#[test]
fn a_snapshot_of_other_brokers_or_workers_is_one_of_other_targets() {
    let targets = |platform: &str| {
        let (repository, found) =
            repository(&[(HOME, ENVIRONMENT), ("environments/prod/kafka.yaml", platform)]);
        repository.specs(&found).expect("specs").targets()
    };
    let here = targets(PLATFORM);
    assert_ne!(here, targets(&PLATFORM.replace("broker:9092", "elsewhere:9092")));
    assert_ne!(here, targets(&PLATFORM.replace("//connect:8083", "//elsewhere:8083")));
    assert_eq!(here, targets(&PLATFORM.replace("shared: true", "shared: false")), "they are the same ones");
}

#[test]
fn what_a_revision_says_of_brokers_changes_the_environment_and_what_it_says_of_policies_does_not() {
    let of = |files: &[(&str, &str)]| {
        let (base, found) = repository(&[(HOME, ENVIRONMENT), ("environments/prod/kafka.yaml", PLATFORM)]);
        let (ours, _) = repository(files);
        let pending = ours.pending(&base, &found);
        assert!(!pending.is_empty());
        let rules = base.rules(&found).expect("rules");
        Base { revision: "main".into(), tree: rules.tree, targets: rules.targets, pending }
            .changes_environment()
    };
    let moved = PLATFORM.replace("broker:9092", "elsewhere:9092");
    assert!(of(&[(HOME, ENVIRONMENT), ("environments/prod/kafka.yaml", &moved)]));
    let approval = approval("more");
    let files = [
        (HOME, ENVIRONMENT),
        ("environments/prod/kafka.yaml", PLATFORM),
        ("environments/prod/a.yaml", &approval),
    ];
    assert!(!of(&files));
}

const NEO4J: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Neo4jCluster\nmetadata: {name: orders}\nspec:\n  version: 5.26.0\n  \
                     cypher: {url: 'https://{server}.example.com'}\n";

#[test]
fn of_a_neo4j_cluster_only_how_it_is_reached_waits_for_the_merge() {
    let file = "environments/prod/neo4j.yaml";
    let base = repository(&[(HOME, ENVIRONMENT), (file, NEO4J)]);
    let told = |text: &str| {
        let (merged, found) = repository(&[(HOME, ENVIRONMENT), (file, text)]);
        let path = |pending: Pending| match pending.change {
            PendingChange::Field { path, base: _, merged: _ } => format!("{} {path}", pending.document),
            PendingChange::Added | PendingChange::Removed => format!("{} as a whole", pending.document),
        };
        merged.pending(&base.0, &found).into_iter().map(path).collect::<Vec<_>>()
    };
    assert_eq!(told(&NEO4J.replace("5.26.0", "5.26.1")), Vec::<String>::new(), "that is what is planned");
    assert_eq!(told(&NEO4J.replace("example.com", "evil.example")), ["Neo4jCluster/orders spec.cypher.url"]);
    assert_eq!(told(&format!("{NEO4J}  shared: true\n")), ["Neo4jCluster/orders spec.shared"]);
    assert_eq!(
        told(&NEO4J.replace("name: orders", "name: other")),
        ["Neo4jCluster/orders spec.cypher", "Neo4jCluster/other spec.cypher"]
    );
}
