//! The protected base where brokers and workers are named: a pull request that points them elsewhere contacts nobody
//! there, and brings nothing of its own to those in force.

use super::{Story, source, topic};
use crate::support::broker::Variant;
use crate::support::listener::Listener;

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_pull_request_that_points_brokers_and_workers_elsewhere_contacts_nobody_there() {
    Story::on_each(Variant::Plaintext, |story| {
        let (from, events) = (story.file("from.txt"), "events");
        std::fs::write(&from, "").expect("a file");
        story.write("line.yaml", &[topic(events, 1, "604800001"), source("reads", &from, events)].concat());
        story.apply();
        story.repository.protect();

        let (brokers, workers) = (Listener::start(), Listener::start());
        let file = story.repository.path().join("environments/prod/kafka.yaml");
        let in_force = std::fs::read_to_string(&file).expect("the systems");
        let elsewhere = in_force
            .replace(&story.broker.bootstrap(), &brokers.address)
            .replace(&story.broker.known("CONNECT_URL"), &format!("http://{}", workers.address));
        story.write("kafka.yaml", &elsewhere);
        story.write("line.yaml", &[topic(events, 1, "604800002"), source("reads", &from, events)].concat());
        let base = ["--base", "main"];
        for (code, verb) in [
            (0, &["plan", "--out", "plan.json"][..]),
            (0, &["snapshot", "--out", "live.json"]),
            (0, &["plan", "--live", "live.json"]),
            (0, &["preflight"]),
            (0, &["drift"]),
            (0, &["rehearse"]),
            (0, &["apply", "--auto-approve"]),
            // The topic holds data, so it stays.
            (4, &["destroy", "--out", "down.json"]),
        ] {
            let run = story.expect(code, &[verb, &base].concat());
            if verb[0] == "plan" {
                for told in ["Not in force until merged", "spec.bootstrap", "spec.url"] {
                    assert!(run.stdout.contains(told), "{told}\n{}", run.stdout);
                }
            }
        }
        for address in ["kafka:Topic/main/events", "connect:Connector/main/reads"] {
            story.repository.expect(0, &["explain", address, "prod", "--base", "main"]);
        }
        assert!(
            story.described(events).contains("retention.ms=604800002"),
            "the brokers in force were changed"
        );
        assert_eq!(brokers.connections(), 0, "not a connection to the new brokers");
        assert_eq!(workers.connections(), 0, "not a connection to the new workers");

        story.expect(7, &["plan"]);
        assert!(brokers.connections() > 0 && workers.connections() > 0, "without a base they are met");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_certificate_in_the_checkout_is_refused_under_a_base() {
    Story::on_each(Variant::Plaintext, |story| {
        let file = story.repository.path().join("environments/prod/kafka.yaml");
        let systems = std::fs::read_to_string(&file).expect("the systems");
        let trusting =
            systems.replacen("\n  bootstrap:", "\n  tls: {ca: {fromFile: ca.pem}}\n  bootstrap:", 1);
        story.write("kafka.yaml", &trusting);
        story.repository.write("ca.pem", "whom to trust");
        story.repository.protect();
        let plan = story.expect(4, &["plan", "--base", "main"]);
        assert!(
            plan.stderr.contains("KafkaCluster/main takes ca.pem out of the checkout"),
            "{}",
            plan.stderr
        );
        assert!(plan.stderr.contains("fromSecret"), "{}", plan.stderr);
    });
}
