//! Ways to sign in, and what somebody with few rights, a wrong password or a wrong authority is told; no password is.

use super::{Story, topic};
use crate::support::broker::{Broker, Variant};
use crate::support::repository::{Repository, Run};
use std::time::{Duration, Instant};

/// A token without a signature: `{"alg":"none"}` and claims of `admin` that never end, in base64.
pub(super) const UNSIGNED: &str =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjo0MTAwMDAwMDAwfQ.";

/// Plans one topic that is not there on a broker, signing in as these lines of a `KafkaCluster` say.
pub(super) fn plan(broker: &Broker, sign_in: &str, files: &[(&str, &str)]) -> Run {
    let repository = Repository::new();
    let bootstrap = broker.bootstrap();
    repository.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  state: {directory: \
         .state}\n  limits: {requestTimeout: 5s}\n",
    );
    repository.write(
        "environments/prod/kafka.yaml",
        &format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec:\n  bootstrap: \
             [\"{bootstrap}\"]\n{sign_in}{}",
            topic("never-made", 1, "604800001")
        ),
    );
    for (name, text) in files {
        repository.write(name, text);
    }
    repository.run(&["plan", "prod", "--detailed-exitcode"])
}

pub(super) fn comes_in(run: &Run) {
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stdout.contains("Plan: 1 to add"), "{}", run.stdout);
}

pub(super) fn is_told(run: &Run, cause: &str) {
    assert_eq!(run.code, 7, "{run:?}");
    assert!(run.stdout.contains(cause), "{}", run.stdout);
    assert!(
        run.stdout.contains("Plan: 0 to add, 0 to change, 0 to destroy. 1 not compared."),
        "{}",
        run.stdout
    );
}

fn sasl(mechanism: &str) -> String {
    format!("  sasl: {{{mechanism}: {{username: admin, password: {{fromFile: password}}}}}}\n")
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn passwords_and_tokens_come_in() {
    Broker::on_each(Variant::Scram, |broker| {
        let password = broker.known("KAFKA_PASSWORD");
        for mechanism in ["scramSha512", "plain"] {
            let run = plan(broker, &sasl(mechanism), &[("password", &password)]);
            comes_in(&run);
            assert!(!run.stdout.contains(&password) && !run.stderr.contains(&password), "{run:?}");
        }
        let token = "  sasl: {oauthBearer: {token: {fromFile: token}, principal: admin}}\n";
        comes_in(&plan(broker, token, &[("token", UNSIGNED)]));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn an_authority_of_ones_own_and_a_clients_certificate_come_in() {
    Broker::on_each(Variant::Ssl, |broker| {
        let read = |name: &str| std::fs::read_to_string(broker.known(name)).expect("a certificate");
        let (ca, certificate, key) = (read("KAFKA_CA"), read("KAFKA_CLIENT_CERT"), read("KAFKA_CLIENT_KEY"));
        let files: [(&str, &str); 3] = [("ca.pem", &ca), ("client.pem", &certificate), ("client.key", &key)];
        comes_in(&plan(broker, "  tls: {ca: {fromFile: ca.pem}}\n", &files));
        let both = "  tls: {ca: {fromFile: ca.pem}, certificate: {fromFile: client.pem}, key: {fromFile: client.key}}\n";
        comes_in(&plan(broker, both, &files));
        // The client's certificate signed nobody.
        is_told(&plan(broker, "  tls: {ca: {fromFile: client.pem}}\n", &files), "certificate verify failed");
        is_told(&plan(broker, "", &[]), "not compared");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_wrong_password_is_told_at_once_and_is_not_told_itself() {
    const CANARY: &str = "canary-4712-password";
    Broker::on_each(Variant::Scram, |broker| {
        for mechanism in ["scramSha512", "scramSha256", "plain"] {
            let begun = Instant::now();
            let run = plan(broker, &sasl(mechanism), &[("password", CANARY)]);
            is_told(&run, "the broker refuses the login");
            assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
            assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY), "{run:?}");
        }
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_topic_that_one_may_not_see_is_unknown_and_the_rest_is_applied() {
    Story::on_each(Variant::Scram, |story| {
        const PASSWORD: &str = "limited-4713";
        let documents = [topic("hidden", 1, "604800001"), topic("mine", 1, "604800001")];
        story.write("topics.yaml", &documents[0]);
        story.apply();
        std::fs::write(story.file("limited"), PASSWORD).expect("a file");
        story.write(
            "user.yaml",
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaUser\nmetadata: {name: limited}\nspec: {password: \
             {fromFile: limited}}\n---\napiVersion: evenkeel.dev/v1alpha1\nkind: KafkaAcl\nmetadata: {name: limited}\n\
             spec:\n  principal: User:limited\n  rules: [{resource: {topic: mine}, operations: [all]}]\n",
        );
        story.apply();
        let bootstrap = story.broker.bootstrap();
        let limited = Repository::new();
        limited.write(
            "environments/prod/environment.yaml",
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  state: {directory: \
             .state}\n  limits: {requestTimeout: 10s, lease: 2s}\n",
        );
        let cluster = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec:\n  bootstrap: \
             [\"{bootstrap}\"]\n  sasl: {{scramSha512: {{username: limited, password: {{fromFile: limited}}}}}}\n"
        );
        limited.write("limited", PASSWORD);
        limited.write("environments/prod/kafka.yaml", &(cluster + &documents.concat()));
        let plan = limited.expect(7, &["plan", "prod", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("Plan: 1 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
        let apply = limited.expect(7, &["apply", "prod", "--auto-approve"]);
        assert!(apply.stdout.contains("1 added"), "{}", apply.stdout);
        assert!(story.described("hidden").contains("retention.ms=604800001"));
        assert!(story.described("mine").contains("retention.ms=604800001"));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_plan_leaves_a_missing_topic_missing_where_brokers_make_whatever_is_asked_for() {
    Broker::own_on_each(Variant::Plaintext, &["auto.create.topics.enable=true"], |broker| {
        comes_in(&plan(broker, "", &[]));
        let listed = broker.tool("org.apache.kafka.tools.TopicCommand", &["--list"]);
        assert!(!listed.contains("never-made"), "{listed}");
    });
}
