//! Access control lists, and what somebody with few rights is told.

use crate::broker::{Variant, eventually};
use crate::topics::made;
use crate::{as_administrator, client, scram, settings, unused};
use evenkeel_kafka_admin::{
    Acl, AclFilter, AclPattern, AclPatternFilter, AclPermission, AclResource, Client, Code, ConfigChange,
    Configured, Error, Mode, NewTopic, Operation, PartitionId, Password, Position, Rights, ScramChange,
    ScramMechanism,
};
use std::collections::{BTreeMap, BTreeSet};

fn read_by(principal: &str, topic: &str) -> Acl {
    Acl {
        resource: AclResource::Topic,
        name: topic.to_owned(),
        pattern: AclPattern::Literal,
        principal: principal.to_owned(),
        host: "*".to_owned(),
        operation: Operation::Read,
        permission: AclPermission::Allow,
    }
}

fn of(principal: &str) -> AclFilter {
    AclFilter { principal: Some(principal.to_owned()), ..AclFilter::default() }
}

fn make(client: &Client, acls: &[Acl]) {
    for outcome in client.create_acls(acls).unwrap() {
        outcome.unwrap();
    }
}

/// Waits until entries are known to the broker.
fn known(client: &Client, filter: &AclFilter, count: usize) -> BTreeSet<Acl> {
    eventually("the entries are known", || {
        let found = client.describe_acls(filter).unwrap();
        (found.len() == count).then(|| found.into_iter().collect())
    })
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn entries_form_a_set() {
    as_administrator(Variant::Scram, |_, client| {
        let principal = format!("User:{}", unused("set"));
        let one = read_by(&principal, "orders");
        let prefixed = Acl {
            pattern: AclPattern::Prefixed,
            operation: Operation::Write,
            permission: AclPermission::Deny,
            host: "10.0.0.1".to_owned(),
            ..one.clone()
        };
        let group = Acl { resource: AclResource::Group, ..one.clone() };
        let cluster = Acl {
            resource: AclResource::Cluster,
            name: "kafka-cluster".to_owned(),
            operation: Operation::IdempotentWrite,
            ..one.clone()
        };
        let producer = Acl { resource: AclResource::TransactionalId, ..one.clone() };
        let all = [one.clone(), prefixed.clone(), group, cluster, producer];
        make(client, &all);
        make(client, &all);
        assert_eq!(known(client, &of(&principal), 5), all.into());
        // What applies to a topic that begins so: by name and by prefix.
        let about = AclFilter {
            resource: Some(AclResource::Topic),
            name: Some("orders".to_owned()),
            pattern: AclPatternFilter::Match,
            ..of(&principal)
        };
        assert_eq!(known(client, &about, 2), [one.clone(), prefixed].into());

        let filters = [AclFilter::from(&one), of("User:nobody")];
        let gone = client.delete_acls(&filters).unwrap();
        assert_eq!(gone, [Ok(vec![one]), Ok(vec![])]);
        known(client, &of(&principal), 4);
        client.delete_acls(&[of(&principal)]).unwrap()[0].clone().unwrap();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn an_entry_that_cannot_be_is_refused_and_the_others_are_made() {
    as_administrator(Variant::Scram, |_, client| {
        let principal = format!("User:{}", unused("mixed"));
        let outcomes = client.create_acls(&[read_by(&principal, "a"), read_by("nobody", "a")]).unwrap();
        assert_eq!(outcomes[0], Ok(()));
        assert!(outcomes[1].clone().unwrap_err().to_string().contains("no colon"), "{outcomes:?}");
        let unsendable = Acl { operation: Operation::Other(14), ..read_by(&principal, "a") };
        assert!(matches!(client.create_acls(&[unsendable]), Err(Error::Unsupported { message: _ })));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_cluster_without_an_authorizer_says_so() {
    as_administrator(Variant::Plaintext, |_, client| {
        let error = client.describe_acls(&AclFilter::default()).unwrap_err();
        assert_eq!(error.code().map(Code::name).as_deref(), Some("SECURITY_DISABLED"), "{error}");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn what_one_may_not_see_is_not_told_to_be_absent() {
    as_administrator(Variant::Scram, |broker, administrator| {
        let (user, password) = (unused("few"), "small rights".to_owned());
        let change = ScramChange::Upsert {
            user: user.clone(),
            mechanism: ScramMechanism::Sha512,
            iterations: 4096,
            password: Password::new(password.clone()),
            salt: None,
        };
        administrator.alter_scram_users(&[change]).unwrap()[&user].clone().unwrap();
        let (seen, hidden) = (made(administrator, "seen", 1), made(administrator, "hidden", 1));
        make(administrator, &[read_by(&format!("User:{user}"), &seen)]);
        let mut settings = settings(broker, Variant::Scram);
        settings.login = Some(scram(&user, password));
        let few = eventually("the user is known", || {
            let few = client(&settings);
            few.list_topics().is_ok_and(|topics| topics.contains_key(&seen)).then_some(few)
        });

        assert_eq!(few.list_topics().unwrap(), BTreeMap::from([(seen.clone(), 1)]));
        let topics = few.describe_topics(&[&seen, &hidden, "not-there"], Rights::Ask).unwrap();
        let rights = topics[&seen].clone().unwrap().rights.unwrap();
        assert_eq!(rights, [Operation::Read, Operation::Describe].into());
        for name in [hidden.as_str(), "not-there"] {
            let error = topics[name].clone().unwrap_err();
            assert!(
                matches!(error, Error::Unauthorized { code: Code::TOPIC_AUTHORIZATION_FAILED, .. }),
                "{error}"
            );
        }
        refuses_all_that_needs_rights(&few, &seen, &hidden);
    });
}

fn unauthorized<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Unauthorized { code: _, message: _ }))
}

/// Asks for everything else. Each way to say no has a code of its own in librdkafka.
fn refuses_all_that_needs_rights(few: &Client, seen: &str, hidden: &str) {
    let topic = Configured::Topic(seen.to_owned());
    assert!(unauthorized(&few.describe_configs(std::slice::from_ref(&topic)).unwrap()[&topic]));
    let change = BTreeMap::from([("retention.ms".to_owned(), ConfigChange::Delete)]);
    let changes = BTreeMap::from([(topic.clone(), change)]);
    assert!(unauthorized(&few.incremental_alter_configs(&changes, Mode::Commit).unwrap()[&topic]));
    let (name, settings) = ("mine".to_owned(), BTreeMap::new());
    let new = NewTopic { name, partitions: None, replication_factor: None, settings };
    assert!(unauthorized(&few.create_topics(&[new], Mode::ValidateOnly).unwrap()["mine"]));
    let total = BTreeMap::from([(seen.to_owned(), 2)]);
    assert!(unauthorized(&few.create_partitions(&total, Mode::Commit).unwrap()[seen]));
    assert!(unauthorized(&few.delete_topics(&[seen]).unwrap()[seen]));

    let listed = few.describe_acls(&AclFilter::default()).unwrap_err();
    assert_eq!(listed.code(), Some(Code::CLUSTER_AUTHORIZATION_FAILED), "{listed}");
    assert!(unauthorized(&few.create_acls(&[read_by("User:me", hidden)]).unwrap()[0]));
    assert!(unauthorized(&few.delete_acls(&[of("User:me")]).unwrap()[0]));
    assert!(unauthorized(&few.describe_scram_users(&[])));
    assert!(unauthorized(&few.describe_scram_users(&["admin"])));
    let user = ScramChange::Delete { user: "admin".to_owned(), mechanism: ScramMechanism::Sha512 };
    assert!(unauthorized(&few.alter_scram_users(&[user]).unwrap()["admin"]));

    assert_eq!(few.list_groups().unwrap(), BTreeMap::new());
    assert!(unauthorized(&few.describe_groups(&["other"]).unwrap()["other"]));
    assert!(unauthorized(&few.group_offsets("other")));
    assert!(unauthorized(&few.delete_groups(&["other"]).unwrap()["other"]));
    let partition = PartitionId { topic: seen.to_owned(), number: 0 };
    let offset = BTreeMap::from([(partition.clone(), 1)]);
    assert!(unauthorized(&few.alter_group_offsets("other", &offset)));
    assert!(unauthorized(&few.delete_group_offsets("other", &[partition].into())));
    let partition = PartitionId { topic: hidden.to_owned(), number: 0 };
    let places = BTreeMap::from([(partition.clone(), Position::Latest)]);
    assert!(unauthorized(&few.list_offsets(&places).unwrap()[&partition]));
}
