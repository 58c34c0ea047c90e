//! Rights on real brokers: the commands that `preflight` prints are enough, and with one operation less it says which one is
//! missing, and what would give it.

use super::{Story, connector, systems, topic};
use crate::support::broker::{Broker, Variant};
use crate::support::repository::{Repository, Run};
use evenkeel_kafka_admin::{
    Acl, AclFilter, AclPattern, AclPermission, AclResource, Client, Login, Operation, Password,
    ScramMechanism, Settings,
};
use serde_json::{Value, json};
use std::slice;
use std::time::Duration;

const PASSWORD: &str = "few-4714";

/// One operation on one thing, as Kafka's tool takes both.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Right {
    operation: String,
    target: Vec<String>,
}

impl Right {
    /// Returns what a preflight in JSON calls the thing.
    fn resource(&self) -> String {
        match self.target.as_slice() {
            [_, topic] => format!("topic/{topic}"),
            _ => "cluster".to_owned(),
        }
    }

    fn name(&self) -> String {
        format!("{} {}", self.operation, self.resource())
    }

    fn entry(&self) -> Acl {
        let (resource, name) = match self.target.as_slice() {
            [_, topic] => (AclResource::Topic, topic.as_str()),
            _ => (AclResource::Cluster, "kafka-cluster"),
        };
        Acl {
            resource,
            name: name.to_owned(),
            pattern: AclPattern::Literal,
            principal: "User:few".to_owned(),
            host: "*".to_owned(),
            operation: match self.operation.as_str() {
                "Describe" => Operation::Describe,
                "DescribeConfigs" => Operation::DescribeConfigs,
                "Create" => Operation::Create,
                "Alter" => Operation::Alter,
                "AlterConfigs" => Operation::AlterConfigs,
                other => panic!("{other} is not expected"),
            },
            permission: AclPermission::Allow,
        }
    }
}

/// Kafka's own tool for rights, under the name that it has in this version.
fn acls(broker: &Broker, arguments: &[&str]) {
    let is_old = broker.known("KAFKA").contains("kafka-3");
    broker
        .tool(if is_old { "kafka.admin.AclCommand" } else { "org.apache.kafka.tools.AclCommand" }, arguments);
}

/// Whoever grants rights and takes them away again, one by one.
pub(super) struct Owner(Client);

impl Owner {
    pub(super) fn of(story: &Story<'_>) -> Self {
        Self(signed_in(story, "admin", &story.broker.known("KAFKA_PASSWORD")))
    }

    fn grant(&self, right: &Right) {
        self.grant_entry(&right.entry());
    }

    fn revoke(&self, right: &Right) {
        self.revoke_entry(&right.entry());
    }

    pub(super) fn grant_entry(&self, entry: &Acl) {
        self.0.create_acls(slice::from_ref(entry)).expect("it is sent")[0].clone().expect("it is granted");
    }

    pub(super) fn revoke_entry(&self, entry: &Acl) {
        let gone = self.0.delete_acls(&[AclFilter::from(entry)]).expect("it is sent");
        assert_eq!(gone[0].as_ref().map(Vec::len), Ok(1), "{entry:?}");
    }
}

/// Returns a client of somebody's own.
pub(super) fn signed_in(story: &Story<'_>, user: &str, password: &str) -> Client {
    let mut settings = Settings::new(vec![story.broker.bootstrap()]);
    let (mechanism, user) = (ScramMechanism::Sha512, user.to_owned());
    settings.login = Some(Login::Scram { mechanism, user, password: Password::new(password.to_owned()) });
    Client::new(&settings).expect("a client")
}

/// Returns the commands that a run printed, as the words after the tool's name and its broker.
fn commands(printed: &str) -> Vec<Vec<String>> {
    let lines = printed.lines().filter_map(|line| line.split_once("kafka-acls --bootstrap-server "));
    lines.map(|(_, rest)| rest.split(' ').skip(1).map(str::to_owned).collect()).collect()
}

/// Takes a command apart: each of its operations on each of its things.
fn rights(command: &[String]) -> Vec<Right> {
    let (mut operations, mut targets) = (Vec::new(), Vec::new());
    let mut words = command.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--operation" => operations.extend(words.next().cloned()),
            "--topic" => targets.push(vec![word.clone(), words.next().expect("a name").clone()]),
            "--cluster" => targets.push(vec![word.clone()]),
            _ => {}
        }
    }
    let of = |operation: &String| {
        let right = |target: &Vec<String>| Right { operation: operation.clone(), target: target.clone() };
        targets.iter().map(right).collect::<Vec<_>>()
    };
    operations.iter().flat_map(of).collect()
}

/// Runs the commands that were printed.
fn grant(broker: &Broker, printed: &Run) {
    for command in commands(&printed.stdout) {
        acls(broker, &command.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// Returns all rights that a run told how to grant.
fn all(run: &Run) -> Vec<Right> {
    commands(&run.stdout).iter().flat_map(|command| rights(command)).collect()
}

/// An environment that signs in as a user with few rights: a topic that is there, one that is not, and somebody's rights.
fn few(story: &Story<'_>) -> Repository {
    let bootstrap = story.broker.bootstrap();
    let few = Repository::new();
    few.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  state: {directory: \
         .state}\n  limits: {requestTimeout: 5s, lease: 2s}\n",
    );
    few.write("password", PASSWORD);
    few.write(
        "environments/prod/kafka.yaml",
        &format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec:\n  bootstrap: \
             [\"{bootstrap}\"]\n  sasl: {{scramSha512: {{username: few, password: {{fromFile: password}}}}}}\n{}{}---\n\
             apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaAcl\nmetadata: {{name: app}}\nspec:\n  principal: User:app\n  \
             rules: [{{resource: {{topic: there}}, operations: [read]}}]\n",
            topic("there", 2, "604800001"),
            topic("missing", 1, "604800001"),
        ),
    );
    few
}

/// Authorizers see a new right a moment later than whoever made it.
fn eventually(few: &Repository, arguments: &[&str], is_so: impl Fn(&Run) -> bool) -> Run {
    let mut run = few.run(arguments);
    for _try in 0..50 {
        if is_so(&run) {
            return run;
        }
        std::thread::sleep(Duration::from_millis(100));
        run = few.run(arguments);
    }
    panic!("{arguments:?}: {run:?}");
}

/// The rights that a preflight in JSON names as refused, of those that are needed for these purposes.
fn refused(run: &Run, purposes: &[&str]) -> Vec<(String, String)> {
    let told: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let rights = told["rights"].as_array().expect("rights");
    let counts = |right: &&Value| purposes.iter().any(|purpose| right["neededTo"] == json!(purpose));
    let refused = rights.iter().filter(|right| right["granted"] == json!(false)).filter(counts);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    refused.map(|right| (text(&right["resource"]), text(&right["verb"]))).collect()
}

/// Takes each right away in turn: `preflight` names it, and the verb does not come through.
fn each_right_is_missed(
    story: &Story<'_>,
    few: &Repository,
    rights: &[Right],
    flags: &[&str],
    verb: &[&str],
) {
    let preflight = [&["preflight", "prod", "--format", "json"], flags].concat();
    let owner = Owner::of(story);
    for right in rights {
        owner.revoke(right);
        // What comes with it is lost with it, and nothing else is.
        let is_lost = |run: &Run| {
            let refused = refused(run, if flags.is_empty() { &["plan", "apply"] } else { &["plan"] });
            !refused.is_empty() && refused.iter().all(|(resource, _)| *resource == right.resource())
        };
        let run = eventually(few, &preflight, is_lost);
        assert!(matches!(run.code, 4 | 7), "{right:?}: {run:?}");
        let next = few.run(&[&["preflight", "prod"], flags].concat());
        let given = all(&next);
        assert!(given.contains(right), "{right:?}: {}", next.stdout);
        let run = few.run(verb);
        assert!(run.code != 0 && run.code != 2, "without {right:?}: {run:?}");
        owner.grant(right);
    }
    eventually(few, &preflight, |run| run.code == 0);
}

/// Makes the user, and the topic that is there, which is ours to change.
fn begin(story: &Story<'_>) -> Repository {
    std::fs::write(story.file("few"), PASSWORD).expect("a file");
    let user = "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaUser\nmetadata: {name: few}\nspec: {password: \
                {fromFile: few}}\n";
    story.write("all.yaml", user);
    story.apply();
    std::fs::remove_dir_all(story.file(".state")).expect("the state");
    story.write("all.yaml", &topic("there", 1, "5").replace("---\n", ""));
    story.apply();
    let few = few(story);
    // The topic is ours already.
    std::fs::rename(story.file(".state"), few.path().join(".state")).expect("the state");
    few
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn the_printed_rights_suffice_to_plan_and_to_apply_and_with_any_one_less_preflight_names_it() {
    Story::on_each(Variant::Scram, |story| {
        let few = begin(story);
        let plan = ["plan", "prod", "--detailed-exitcode"];

        let nothing = few.expect(4, &["preflight", "prod"]);
        assert!(
            nothing
                .stdout
                .contains("on kafka:main: the cluster itself; missing: Describe to plan and Alter to apply"),
            "{}",
            nothing.stdout
        );
        assert!(!nothing.stdout.contains(PASSWORD) && !nothing.stderr.contains(PASSWORD), "{nothing:?}");
        few.expect(7, &plan);

        let printed = few.expect(0, &["preflight", "prod", "--acls=plan"]);
        let granted = all(&printed);
        assert_eq!(granted.len(), 5, "{}", printed.stdout);
        grant(story.broker, &printed);
        let ready = eventually(&few, &["preflight", "prod", "--plan-only"], |run| run.code == 0);
        assert!(ready.stdout.contains("Ready."), "{}", ready.stdout);
        few.expect(4, &["preflight", "prod"]);
        let planned = few.expect(2, &plan);
        assert!(planned.stdout.contains("Plan: 2 to add, 1 to change"), "{}", planned.stdout);
        // What is not there has no settings to be seen: a plan does without.
        let counted: Vec<Right> =
            granted.iter().filter(|right| right.name() != "DescribeConfigs topic/missing").cloned().collect();
        each_right_is_missed(story, &few, &counted, &["--plan-only"], &plan);
        for right in &granted {
            Owner::of(story).revoke(right);
        }

        let printed = few.expect(0, &["preflight", "prod", "--acls=apply"]);
        let granted = all(&printed);
        assert_eq!(granted.len(), 7, "{}", printed.stdout);
        grant(story.broker, &printed);
        eventually(&few, &["preflight", "prod"], |run| run.code == 0);
        let listed = story.broker.tool(super::TOPICS, &["--list"]);
        assert!(!listed.contains("missing"), "asking whether it may be made does not make it: {listed}");
        // What it takes to make a topic is not needed where it is there.
        let mut counted: Vec<Right> =
            granted.iter().filter(|right| right.name() != "Create topic/there").cloned().collect();
        // Without the one the topic is not made; without the other nobody sees that it is.
        counted.sort_by_key(|right| match right.name().as_str() {
            "Create topic/missing" => 0,
            "AlterConfigs topic/missing" => 2,
            _ => 1,
        });
        each_right_is_missed(story, &few, &counted, &[], &["apply", "prod", "--auto-approve"]);
        few.expect(0, &["apply", "prod", "--auto-approve"]);
        few.expect(0, &plan);
        assert!(story.described("missing").contains("retention.ms=604800001"));
        assert!(story.described("there").contains("PartitionCount: 2"));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn classes_of_connectors_are_told_with_their_version_and_one_that_no_worker_has_is_named() {
    Story::on_each(Variant::Plaintext, |story| {
        let file = story.file("lines.txt");
        let source = connector("read", "FileStreamSourceConnector", &format!("file: {file}, topic: lines"));
        story.write("all.yaml", &format!("{}{source}", topic("lines", 1, "-1")));
        let ready = story.expect(0, &["preflight"]);
        let version = if story.broker.known("KAFKA").contains("kafka-3") { "3.9.2" } else { "4.3.1" };
        let told = format!("class        org.apache.kafka.connect.file.FileStreamSourceConnector {version}");
        assert!(ready.stdout.contains(&told), "{}", ready.stdout);
        let sink = connector("write", "NoSuchConnector", &format!("file: {file}, topics: lines"));
        story.write("more.yaml", sink.trim_start_matches("---\n"));
        let missing = story.expect(1, &["preflight"]);
        assert!(missing.stdout.contains("NoSuchConnector is not installed"), "{}", missing.stdout);
        assert!(missing.stdout.contains("wanted by write"), "{}", missing.stdout);
        story.expect(0, &["preflight", "--plan-only"]);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn topics_of_workers_that_forget_are_told_before_connectors_vanish() {
    Story::on_each(Variant::Plaintext, |story| {
        let topics = "spec: {storageTopics: [connect-config, connect-offset, connect-status], url:";
        let told = systems(story.broker, Variant::Plaintext).replace("spec: {url:", topics);
        story.write("kafka.yaml", &told);
        let ready = story.expect(0, &["preflight"]);
        assert!(ready.stdout.contains("connect-config is compacted"), "{}", ready.stdout);
        story.set("connect-offset", "cleanup.policy=delete");
        let forgetful = story.expect(4, &["preflight"]);
        let told = "connect-offset has the cleanup.policy delete";
        assert!(forgetful.stdout.contains(told), "{}", forgetful.stdout);
        story.expect(0, &["preflight", "--plan-only"]);
    });
}
