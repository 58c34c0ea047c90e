//! Kafka's rights as commands of Kafka's own tool: what `preflight --acls` prints, and what it says to do.

use super::plain::line;
use crate::engine::id::{ConnectionName, EnvironmentName};
use crate::engine::preflight::Grantee;
use crate::engine::rights::{KafkaRight, Need, Needs, Operation, Purpose, Target};
use std::collections::{BTreeMap, BTreeSet};

/// So many topics are granted by one command at the most, so that it stays one that can be read.
const AT_ONCE: usize = 20;

/// The rights of an environment on one cluster.
#[derive(Clone, Copy, Debug)]
pub struct AclsReport<'a> {
    /// Whose.
    pub environment: &'a EnvironmentName,
    /// On which cluster.
    pub cluster: &'a ConnectionName,
    /// What they are to grant.
    pub needs: &'a Needs<KafkaRight>,
    /// For which purposes.
    pub purposes: &'a [Purpose],
    /// To whom.
    pub grantee: &'a Grantee,
}

/// Returns a script that grants, for each purpose, the fewest rights that do.
#[must_use]
pub fn script(report: &AclsReport<'_>) -> String {
    let AclsReport { environment, cluster, needs: _, purposes, grantee: _ } = report;
    let mut out = format!(
        "# What environment {environment} needs on kafka:{cluster}, and nothing else.\n\
         # Whoever runs this signs in with --command-config FILE.\n"
    );
    if purposes.len() > 1 {
        out.push_str("# Who applies needs no rights for planning beside: grant one of the two.\n");
    }
    let parts = purposes.iter().map(|purpose| part(report, *purpose));
    out + &parts.collect::<String>()
}

fn part(report: &AclsReport<'_>, purpose: Purpose) -> String {
    let AclsReport { environment: _, cluster, needs, purposes: _, grantee } = report;
    let to = match purpose {
        Purpose::Plan => "planning",
        Purpose::Apply => "applying",
    };
    let granted = |need: &Need| need.granted_to.is_some_and(|to| to <= purpose);
    let here = |right: &KafkaRight| right.cluster == **cluster;
    let rights = needs.0.iter().filter(|(right, need)| here(right) && granted(need));
    let commands = commands(grantee, rights.map(|(right, _)| right));
    format!("\n# For {to}.\n{}\n", commands.join("\n"))
}

/// Returns the commands that grant rights on one cluster: the fewest operations that do, topics of the same ones together.
pub fn commands<'a>(grantee: &Grantee, rights: impl Iterator<Item = &'a KafkaRight>) -> Vec<String> {
    let mut operations: BTreeMap<&Target, BTreeSet<Operation>> = BTreeMap::new();
    for KafkaRight { cluster: _, target, operation } in rights {
        operations.entry(target).or_default().insert(*operation);
    }
    let mut targets: BTreeMap<BTreeSet<Operation>, Vec<&Target>> = BTreeMap::new();
    for (target, operations) in operations {
        targets.entry(Operation::fewest(&operations)).or_default().push(target);
    }
    let granting = targets.iter().flat_map(|(operations, targets)| {
        let (clusters, topics): (Vec<&Target>, Vec<&Target>) =
            targets.iter().partition(|target| matches!(target, Target::Cluster));
        let parts: Vec<Vec<&Target>> =
            clusters.chunks(1).chain(topics.chunks(AT_ONCE)).map(<[_]>::to_vec).collect();
        parts.into_iter().map(|targets| command(grantee, operations, &targets))
    });
    granting.collect()
}

fn command(grantee: &Grantee, operations: &BTreeSet<Operation>, targets: &[&Target]) -> String {
    let Grantee { bootstrap, principal } = grantee;
    let principal = principal.as_deref().unwrap_or("User:NAME");
    let head = format!(
        "kafka-acls --bootstrap-server {} --add --allow-principal {}",
        word(bootstrap),
        word(principal)
    );
    let operations = operations.iter().map(|operation| format!(" --operation {}", operation.as_str()));
    let targets = targets.iter().map(|target| match target {
        Target::Cluster => " --cluster".to_owned(),
        Target::Topic(name) => format!(" --topic {}", word(name)),
    });
    head + &operations.chain(targets).collect::<String>()
}

/// Returns a text as one word of a shell.
fn word(text: &str) -> String {
    let text = line(text);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:,/=@+".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn right(target: Target, operation: Operation) -> KafkaRight {
        KafkaRight { cluster: ConnectionName::new("main"), target, operation }
    }

    #[test]
    fn topics_that_lack_the_same_are_granted_it_together_and_nothing_that_comes_with_another_right() {
        let grantee =
            Grantee { bootstrap: "a:9092,b:9092".to_owned(), principal: Some("User:CN=it's me".to_owned()) };
        let mut rights = vec![right(Target::Cluster, Operation::Describe)];
        for topic in ["orders", "audit"] {
            for operation in [Operation::Describe, Operation::Alter, Operation::DescribeConfigs] {
                rights.push(right(Target::Topic(Arc::from(topic)), operation));
            }
        }
        let head =
            r"kafka-acls --bootstrap-server a:9092,b:9092 --add --allow-principal 'User:CN=it'\''s me'";
        assert_eq!(
            commands(&grantee, rights.iter()),
            [
                format!("{head} --operation Describe --cluster"),
                format!("{head} --operation DescribeConfigs --operation Alter --topic audit --topic orders"),
            ]
        );
    }
}
