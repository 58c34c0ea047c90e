//! What is taken away while an apply runs, a worker or somebody's rights, and given back: what was on its way is looked for,
//! the rest is made by whoever is next, and nothing is made twice.

use super::doorkeeper::{Doorkeeper, Moment};
use super::rights::{Owner, signed_in};
use super::{Story, connector, source, systems, topic};
use crate::support::broker::{Variant, eventually};
use crate::support::repository::{Repository, Run};
use evenkeel_kafka_admin::{Acl, AclPattern, AclPermission, AclResource, Code, Operation, Rights};
use std::time::Duration;

/// Enough that some are made, one is on its way and some are not begun.
const CONNECTORS: usize = 6;

/// So many are made before the one that is held.
const BEFORE: usize = 2;

/// A reading counts for at most a third of the lease of 2 s; what was read before a worker died is not sent later.
const NO_READING_COUNTS: Duration = Duration::from_secs(1);

/// One step at a time, so that one is on its way.
const ENVIRONMENT: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  state: {directory: \
     .state}\n  limits: {requestTimeout: 10s, lease: 2s, parallelism: 1}\n";

impl Doorkeeper {
    /// Lets a worker die alone while the creation of a connector is on its way, of which nobody hears any more.
    fn let_the_worker_die(&self, story: &Story<'_>) -> String {
        let held = self.wait_until_held();
        story.broker.kill_worker();
        std::thread::sleep(NO_READING_COUNTS);
        self.close();
        held
    }
}

/// Puts somebody before the worker, and many connectors into Git; all but they are there.
fn many_connectors(story: &Story<'_>) -> Doorkeeper {
    let url = story.broker.known("CONNECT_URL");
    let door = Doorkeeper::before(&url);
    story.write("environment.yaml", ENVIRONMENT);
    story.write("kafka.yaml", &systems(story.broker, Variant::Plaintext).replace(&url, door.url()));
    std::fs::write(story.file("in.txt"), "one\n").expect("a file");
    story.write("topics.yaml", &topic("lines", 1, "-1"));
    story.apply();
    let connectors =
        (0..CONNECTORS).map(|number| source(&format!("read-{number}"), &story.file("in.txt"), "lines"));
    story.write("connectors.yaml", &connectors.collect::<String>());
    door
}

fn all() -> Vec<String> {
    (0..CONNECTORS).map(|number| format!("read-{number}")).collect()
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_worker_that_dies_after_it_made_a_connector_and_comes_back_is_asked_for_it_and_makes_the_rest() {
    Story::on_each(Variant::Plaintext, |story| {
        let door = many_connectors(story);
        door.hold_after(BEFORE, Moment::OnceItIsDone);
        let apply = story.start(&["apply", "--auto-approve"]);
        let held = door.let_the_worker_die(story);
        let asked = door.asked().len();
        story.broker.up_worker();
        let run = Run::wait(apply);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stdout.contains(&format!("Apply complete: {CONNECTORS} added")), "{run:?}");
        let found =
            run.stderr.lines().filter(|line| line.contains("its answer was lost; found done by reading"));
        let found: Vec<&str> = found.collect();
        assert!(matches!(found.as_slice(), [only] if only.contains(&held)), "{found:?} and not {held}");
        let is_question = |path: &str| path == format!("/connectors/{held}");
        assert!(
            door.asked()[asked..]
                .iter()
                .any(|it| it.method == "GET" && is_question(&it.path) && it.code == Some(200)),
            "{held}: {:?}",
            door.asked()
        );
        assert_eq!(door.made(), all(), "each once");
        story.expect_no_changes();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_worker_that_dies_before_it_is_asked_and_comes_back_makes_all_of_them_once() {
    Story::on_each(Variant::Plaintext, |story| {
        let door = many_connectors(story);
        door.hold_after(BEFORE, Moment::BeforeItIsAsked);
        let apply = story.start(&["apply", "--auto-approve"]);
        door.let_the_worker_die(story);
        story.broker.up_worker();
        let run = Run::wait(apply);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stdout.contains(&format!("Apply complete: {CONNECTORS} added")), "{run:?}");
        assert!(!run.stderr.contains("found done by reading"), "{run:?}");
        assert_eq!(door.made(), all(), "each once");
        story.expect_no_changes();
    });
}

const PASSWORD: &str = "limited-4716";

/// What it takes to make topics and to see them.
const NEEDED: [Operation; 4] =
    [Operation::Describe, Operation::DescribeConfigs, Operation::Create, Operation::AlterConfigs];

/// A denial is believed after ten seconds; patience with what does not answer would be two minutes.
const SOON: Duration = Duration::from_secs(60);

/// The topics that come after a connector, and so after something that a test can hold.
const LATE: usize = 3;

fn entry(operation: Operation) -> Acl {
    Acl {
        resource: AclResource::Topic,
        name: "limited-".to_owned(),
        pattern: AclPattern::Prefixed,
        principal: "User:limited".to_owned(),
        host: "*".to_owned(),
        operation,
        permission: AclPermission::Allow,
    }
}

/// Somebody with few rights: one topic, a connector that needs it, and topics that wait for the connector.
struct Limited<'a> {
    story: &'a Story<'a>,
    owner: Owner,
    door: Doorkeeper,
    repository: Repository,
}

impl<'a> Limited<'a> {
    fn begin(story: &'a Story<'a>) -> Self {
        std::fs::write(story.file("limited"), PASSWORD).expect("a file");
        story.write(
            "user.yaml",
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaUser\nmetadata: {name: limited}\nspec: {password: {fromFile: \
             limited}}\n",
        );
        story.apply();
        let (owner, door) = (Owner::of(story), Doorkeeper::before(&story.broker.known("CONNECT_URL")));
        for operation in NEEDED {
            owner.grant_entry(&entry(operation));
        }
        let repository = Repository::new();
        repository.write("limited", PASSWORD);
        repository.write("environments/prod/environment.yaml", ENVIRONMENT);
        let limited = Self { story, owner, door, repository };
        limited.repository.write("environments/prod/all.yaml", &limited.documents());
        limited.until(|may| may);
        limited
    }

    fn documents(&self) -> String {
        let (bootstrap, url) = (self.story.broker.bootstrap(), self.door.url());
        let systems = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec:\n  bootstrap: \
             [\"{bootstrap}\"]\n  sasl: {{scramSha512: {{username: limited, password: {{fromFile: limited}}}}}}\n---\n\
             apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {{name: main}}\nspec: {{url: \"{url}\"}}\n"
        );
        let sink = connector("between", "FileStreamSinkConnector", "file: /dev/null, topics: limited-first");
        let late = (0..LATE).map(|number| {
            let after = "annotations: {evenkeel.dev/depends-on: connect:Connector/main/between}";
            let name = format!("limited-{number}");
            topic(&name, 1, "604800001")
                .replace(&format!("{{name: {name}}}"), &format!("{{name: {name}, {after}}}"))
        });
        [systems, topic("limited-first", 1, "604800001"), sink, late.collect()].concat()
    }

    /// Waits until the brokers let the user look, or do not: they see what was granted a moment later.
    fn until(&self, is_so: impl Fn(bool) -> bool) {
        let client = signed_in(self.story, "limited", PASSWORD);
        eventually("the brokers know the rights", || {
            let topic = client.describe_topics(&["limited-first"], Rights::Skip).expect("it is asked");
            let denied = topic["limited-first"]
                .as_ref()
                .is_err_and(|error| error.code() == Some(Code::TOPIC_AUTHORIZATION_FAILED));
            is_so(!denied).then_some(())
        });
    }

    /// Applies, and takes rights away once the first topic is made and the connector is on its way.
    fn apply_without(&self, taken: &[Operation]) -> Run {
        self.door.hold_after(0, Moment::BeforeItIsAsked);
        let apply = self.repository.start(&["apply", "prod", "--auto-approve"]);
        assert_eq!(self.door.wait_until_held(), "between");
        for operation in taken {
            self.owner.revoke_entry(&entry(*operation));
        }
        if taken.contains(&Operation::Describe) {
            self.until(|may| !may);
        }
        self.door.let_go();
        Run::wait_within(apply, SOON)
    }

    fn give_back(&self, taken: &[Operation]) {
        for operation in taken {
            self.owner.grant_entry(&entry(*operation));
        }
        self.until(|may| may);
    }

    fn topics(&self) -> usize {
        let listed = self.story.broker.tool(super::TOPICS, &["--list"]);
        listed.lines().filter(|line| line.starts_with("limited-")).count()
    }

    /// What is missing is made, and nothing else.
    fn expect_the_rest(&self) {
        let again = self.repository.expect(0, &["apply", "prod", "--auto-approve"]);
        assert!(again.stdout.contains(&format!("{LATE} added, 0 changed, 0 destroyed")), "{}", again.stdout);
        self.repository.expect(0, &["plan", "prod", "--detailed-exitcode"]);
        assert_eq!(self.topics(), LATE + 1);
        assert_eq!(self.door.made(), ["between"], "once");
    }
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn whoever_may_not_even_look_any_more_is_told_so_soon_and_with_the_rights_the_next_apply_makes_the_rest() {
    Story::on_each(Variant::Scram, |story| {
        let limited = Limited::begin(story);
        let run = limited.apply_without(&NEEDED);
        assert_eq!(run.code, 7, "{run:?}");
        assert!(run.stdout.contains("could not be read"), "{run:?}");
        assert!(run.stdout.contains("TOPIC_AUTHORIZATION_FAILED"), "{run:?}");
        assert!(run.stdout.contains("next: evenkeel preflight prod"), "{run:?}");
        assert_eq!(limited.topics(), 1);
        // Unknown is not absent: nothing is planned, what was made included.
        let plan = limited.repository.expect(7, &["plan", "prod", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("0 to add, 0 to change, 0 to destroy"), "{}", plan.stdout);
        limited.repository.expect(7, &["apply", "prod", "--auto-approve"]);
        assert_eq!(limited.topics(), 1);

        limited.give_back(&NEEDED);
        limited.expect_the_rest();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn whoever_may_look_and_make_nothing_any_more_is_refused_in_the_brokers_words_and_goes_on_with_the_right() {
    Story::on_each(Variant::Scram, |story| {
        let limited = Limited::begin(story);
        let taken = [Operation::Create];
        let run = limited.apply_without(&taken);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stdout.contains("refused: "), "{run:?}");
        assert!(run.stdout.contains("TOPIC_AUTHORIZATION_FAILED"), "{run:?}");
        assert!(run.stdout.contains("next: evenkeel preflight prod"), "{run:?}");
        assert_eq!(limited.topics(), 1);
        let missing = limited.repository.run(&["preflight", "prod"]);
        assert!(missing.code != 0 && missing.stdout.contains("Create"), "{missing:?}");

        limited.give_back(&taken);
        limited.expect_the_rest();
    });
}
