//! What a `Neo4jCluster` becomes, beside what the official chart makes of the same values.

mod adoption;
mod autoscaling;
mod examples;
mod expansion;
mod rows;
mod turns;

use evenkeel_core::documents::{Repository, SourceFile, Specs};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::value::Value;

const ENVIRONMENT: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  kubernetes: {default: {inCluster: true, namespace: graph}}
";

/// Returns what an environment with this document wants.
fn specs(document: &str) -> Specs {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), bytes: text.as_bytes().to_vec() };
    let files = [file("prod/environment.yaml", ENVIRONMENT), file("prod/neo4j.yaml", document)];
    let (repository, findings) = Repository::read(&files);
    assert_eq!(findings, Vec::new());
    let environment = repository.find("prod").expect("prod is there");
    repository.specs(&environment).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

fn id(text: &str) -> ResourceId {
    text.parse().expect("an address")
}

/// Returns what is wanted of one resource.
fn wanted<'a>(specs: &'a Specs, address: &str) -> &'a Value {
    &specs.desired.resources.get(&id(address)).unwrap_or_else(|| panic!("no {address}")).config
}

/// Returns one text of many lines.
fn lines(lines: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    lines.into_iter().map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
}

/// Three that vote and two that only read.
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
  storage: {dynamic: {size: 100Gi, class: managed-premium}}
  cypher: {password: {fromSecret: {name: orders-cypher, key: password}}}
  databases:
    - {name: sales, topology: {primaries: 3, secondaries: 2}, default: true}
  aliases: [{name: revenue, database: sales}]
  roles: [{name: analyst, privileges: [GRANT ACCESS ON DATABASE `sales`]}]
  users:
    - name: alice
      password: {fromEnv: ALICE}
      roles: [analyst]
      home: sales
  constraints:
    - {name: order_id, database: sales, on: {node: Order}, require: unique, properties: [id]}
";
