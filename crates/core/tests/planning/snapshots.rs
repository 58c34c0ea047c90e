//! Plans from a snapshot: the same as at the system, and unknown where it has nothing.

use crate::platform::{NOW, Platform, config_map, held, id, is_empty, steps};
use evenkeel_core::engine::fingerprint::Digest;
use evenkeel_core::engine::id::Revision;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::{Held, Next, Plan, Planner};
use evenkeel_core::engine::question::{Answer, Question, Scope, Trouble, Why};
use evenkeel_core::engine::snapshot::{Recorded, SnapshotError};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the platform's plan takes, written down and read back.
fn recorded(platform: &Platform) -> Recorded {
    let (mut planner, mut live) = (Planner::new(&platform.inputs), Live::default());
    while let Next::Ask(questions) = planner.plan(&live, NOW) {
        for question in questions {
            let answer = platform.answer(&question);
            live.insert(question, answer, NOW);
        }
    }
    let mut recorded = Recorded {
        environment: "prod".into(),
        revision: Revision::new("1a2b3c4"),
        taken: NOW,
        systems: 1,
        targets: Digest::of([b"here".as_slice()]),
        ledger: platform.inputs.history.ledger().cloned(),
        blocked: BTreeMap::new(),
        digested_under: platform.inputs.digested_under,
        names: BTreeMap::new(),
        live,
    };
    let scope = Scope::of(&id("ConfigMap/graph/a"));
    let names = platform.live.keys().filter(|id| Scope::of(id) == scope).map(|id| id.name.clone());
    recorded.keep_names(&scope, Ok(names.collect()));
    let bytes = recorded.to_bytes().expect("writes");
    let read = Recorded::read(&bytes).expect("reads");
    assert_eq!(read, recorded, "nothing is lost on the way");
    assert_eq!(read.to_bytes().expect("writes"), bytes, "the same snapshot has the same bytes");
    read
}

fn plan(platform: &Platform, recorded: &Recorded) -> Plan {
    let inputs = recorded.inputs(platform.inputs.clone());
    let (mut planner, mut live) = (Planner::new(&inputs), Live::default());
    loop {
        match planner.plan(&live, NOW) {
            Next::Ready(plan) => return *plan,
            Next::Ask(questions) => {
                for question in questions {
                    let (answer, as_of) = recorded.answer(&question);
                    live.insert(question, answer, as_of);
                }
            }
        }
    }
}

#[test]
fn a_plan_from_a_snapshot_is_the_plan_at_the_system() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    let b = platform.want(&config_map("b", "one"), &[]);
    platform.apply();
    platform.write(&a, "kubectl-edit", "by hand");
    platform.want(&config_map("c", "one"), &[]);
    platform.unwant(&b);
    let here = platform.plan();
    let recorded = recorded(&platform);
    platform.live.clear();
    assert_eq!(plan(&platform, &recorded), here);
    assert_eq!(here.steps.len(), 3);
}

#[test]
fn what_is_new_in_git_is_created_if_the_names_prove_that_it_is_not_there() {
    let mut platform = Platform::new();
    platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    let recorded = recorded(&platform);
    let new = platform.want(&config_map("new", "one"), &[]);
    assert_eq!(steps(&plan(&platform, &recorded), &new).len(), 1);
}

#[test]
fn what_the_snapshot_has_only_the_name_of_is_unknown() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    let theirs = platform.want(&config_map("theirs", "one"), &[]);
    platform.apply();
    platform.unwant(&theirs);
    platform.ledger().rows.remove(&theirs);
    let mut recorded = recorded(&platform);
    forget(&mut recorded, &theirs);
    platform.want(&config_map("theirs", "one"), &[]);
    let plan = plan(&platform, &recorded);
    let Held::Unreadable(why) = held(&plan, &theirs) else { panic!("{:?}", plan.held) };
    assert_eq!(why.trouble, Trouble::NotInSnapshot);
    assert!(steps(&plan, &a).is_empty());
}

/// The inventory did not bring it: it is somebody else's.
fn forget(recorded: &mut Recorded, id: &evenkeel_core::engine::id::ResourceId) {
    let mut live = Live::default();
    for (question, answered) in recorded.live.iter() {
        let answer = match answered.answer.clone() {
            Answer::Inventory { rows, complete } => {
                let rows = rows.into_iter().filter(|seen| seen.id != *id).collect();
                Answer::Inventory { rows, complete }
            }
            other => other,
        };
        live.insert(question.clone(), answer, answered.as_of);
    }
    recorded.live = live;
}

#[test]
fn a_kind_that_the_snapshot_never_asked_about_is_unknown_and_not_absent() {
    let mut platform = Platform::new();
    platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    let recorded = recorded(&platform);
    assert!(is_empty(&plan(&platform, &recorded)));
    let secret = platform.want(&crate::platform::secret("new"), &[]);
    let plan = plan(&platform, &recorded);
    assert!(plan.steps.is_empty() && plan.unknown.len() == 1, "{plan:?}");
    assert!(matches!(held(&plan, &secret), Held::Unreadable(_)));
    let (answer, _) = recorded.answer(&Question::Inventory(Scope::of(&secret)));
    assert!(matches!(answer, Answer::Unreadable(_)));
}

#[test]
fn a_snapshot_stands_for_one_environment_and_its_connections() {
    let recorded = recorded(&Platform::new());
    let here = Digest::of([b"here".as_slice()]);
    let check = |name: &str, targets: &Digest| recorded.check(&name.into(), targets);
    assert!(check("prod", &here).is_ok());
    assert!(matches!(check("staging", &here), Err(SnapshotError::Environment(_))));
    assert!(matches!(check("prod", &Digest::of([])), Err(SnapshotError::Targets)));
    let other = BTreeSet::from(["{}", "[]", "", "{\"kind\":\"Plan\",\"format\":1}"]);
    assert!(
        other.into_iter().all(|text| matches!(Recorded::read(text.as_bytes()), Err(SnapshotError::Another)))
    );
}

#[test]
fn names_that_could_not_be_listed_are_counted_and_their_reason_is_told() {
    let mut recorded = recorded(&Platform::new());
    assert!(recorded.is_complete());
    let scope = Scope::of(&id("ConfigMap/graph/a"));
    let why = Why { trouble: Trouble::Forbidden, message: "may not list".to_owned() };
    recorded.keep_names(&scope, Err(why.clone()));
    assert_eq!(recorded.unreadable(), 1);
    let (answer, _) = recorded.answer(&Question::Object(id("ConfigMap/graph/new")));
    assert_eq!(answer, Answer::Unreadable(why));
}

#[test]
fn half_a_snapshot_is_damaged_and_one_of_another_version_may_be_read_by_that() {
    let bytes = recorded(&Platform::new()).to_bytes().expect("writes");
    for end in [bytes.len() / 2, 30] {
        let half = Recorded::read(&bytes[..end]);
        assert!(matches!(half, Err(SnapshotError::Damaged(_))), "{half:?}");
    }
    let text = r#"{"kind":"Snapshot","format":1,"version":"9.0.0","names":3}"#;
    let told = Recorded::read(text.as_bytes()).expect_err("damaged").to_string();
    assert!(told.contains("evenkeel 9.0.0"), "{told}");
    assert!(matches!(Recorded::read(b"{}"), Err(SnapshotError::Another)));
}
