//! A connector that is made under a new name goes on where the old one stands, and what a kill left is gone on with.

use crate::platform::{NOW, Platform, held, is_deletion, steps};
use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::id::{ResourceId, System, Uid};
use evenkeel_core::engine::plan::{Held, Immovable};
use evenkeel_core::engine::question::{ApiVersion, Body, Seen};
use evenkeel_core::engine::step::{Action, Operation, OwnOffsets, Step, WriteMode};
use evenkeel_core::engine::wanted::{ApprovedAction, Wanted};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) fn connector(cluster: &str, name: &str) -> ResourceId {
    ResourceId::of(System::Connect, "Connector", cluster, name)
}

pub(crate) fn want(platform: &mut Platform, id: &ResourceId, state: &str) {
    let config = json!({"config": {"connector.class": "a.B", "tasks.max": "1"}, "state": state});
    let wanted = Wanted {
        id: id.clone(),
        api_version: ApiVersion::new("evenkeel.dev/v1alpha1"),
        config: Arc::new(serde_json::from_value(config).expect("JSON is a value")),
        needs: BTreeSet::new(),
        moved_from: Vec::new(),
        ignored: Vec::new(),
        unread: BTreeSet::new(),
        document: None,
        at: Location::start_of("connect.yaml"),
    };
    platform.inputs.desired.resources.insert(id.clone(), wanted);
}

pub(crate) fn is_live(platform: &mut Platform, id: &ResourceId, state: &str) {
    let body: Json = json!({"config": {"connector.class": "a.B", "tasks.max": "1"}, "state": state,
                            "status": {"state": state, "tasks": []}});
    let body = Body::Whole(Arc::new(serde_json::from_value(body).expect("JSON is a value")));
    let seen = Seen { id: id.clone(), uid: Uid::new(&*id.name), version: Arc::from(""), body };
    platform.live.insert(id.clone(), seen);
}

/// `old` runs and is ours; Git has it as `new` by now.
pub(crate) fn renamed(from: &ResourceId, to: &ResourceId) -> Platform {
    let mut platform = Platform::new();
    want(&mut platform, from, "RUNNING");
    is_live(&mut platform, from, "RUNNING");
    platform.adopt(from);
    platform.unwant(from);
    want(&mut platform, to, "RUNNING");
    platform.moved(to, from);
    platform
}

fn place<'p>(all: &[&'p Step], is: impl Fn(&Action) -> bool) -> &'p Step {
    all.iter().copied().find(|step| is(&step.action)).expect("there is such a step")
}

fn is_stop(action: &Action) -> bool {
    matches!(action, Action::Operation(Operation::Stop { .. }))
}

fn is_carry(action: &Action) -> bool {
    matches!(action, Action::Operation(Operation::CarryOffsets { .. }))
}

fn is_start(action: &Action) -> bool {
    matches!(action, Action::Write { mode: WriteMode::Update, .. })
}

#[test]
fn the_new_one_is_made_standing_still_and_runs_once_it_stands_where_the_old_one_stopped() {
    let (from, to) = (connector("main", "old"), connector("main", "new"));
    let plan = renamed(&from, &to).plan();
    let (new, old) = (steps(&plan, &to), steps(&plan, &from));
    let Action::Write { mode: WriteMode::Create, config, wanted: _ } = &new[0].action else {
        panic!("{new:?}")
    };
    assert_eq!(config.get("state").and_then(|state| state.as_text()), Some("STOPPED"));
    let (stop, carry, start) = (place(&old, is_stop), place(&new, is_carry), place(&new, is_start));
    let deletion = old.iter().find(|step| is_deletion(step)).expect("the old one goes");
    assert!(stop.after.contains(&new[0].id), "what cannot be made stops nothing");
    assert!(carry.after.contains(&stop.id));
    assert!(start.after.contains(&carry.id));
    assert!(deletion.after.contains(&start.id) && deletion.after.contains(&stop.id));
}

#[test]
fn what_a_kill_left_standing_still_is_carried_over_before_it_runs() {
    let (from, to) = (connector("main", "old"), connector("main", "new"));
    let mut platform = renamed(&from, &to);
    is_live(&mut platform, &to, "STOPPED");
    platform.adopt(&to);
    for state in ["RUNNING", "STOPPED"] {
        is_live(&mut platform, &from, state);
        let plan = platform.plan();
        let (new, old) = (steps(&plan, &to), steps(&plan, &from));
        let (stop, carry, start) = (place(&old, is_stop), place(&new, is_carry), place(&new, is_start));
        assert!(carry.after.contains(&stop.id));
        assert!(start.after.contains(&carry.id));
        assert!(old.iter().any(|step| is_deletion(step) && step.after.contains(&start.id)));
    }
}

#[test]
fn what_runs_by_now_is_left_where_it_is_and_the_old_one_goes() {
    let (from, to) = (connector("main", "old"), connector("main", "new"));
    let mut platform = renamed(&from, &to);
    is_live(&mut platform, &to, "RUNNING");
    platform.adopt(&to);
    let plan = platform.plan();
    assert_eq!(plan.steps.len(), 1);
    assert!(is_deletion(&plan.steps[0]));
}

#[test]
fn offsets_that_are_there_are_replaced_by_an_approval_only() {
    let (from, to) = (connector("main", "old"), connector("main", "new"));
    let mut platform = renamed(&from, &to);
    let own = |platform: &Platform| {
        let plan = platform.plan();
        let Action::Operation(Operation::CarryOffsets { from: _, own }) =
            place(&steps(&plan, &to), is_carry).action
        else {
            panic!("it is carried")
        };
        own
    };
    assert_eq!(own(&platform), OwnOffsets::Keep);
    platform.approve(&to, ApprovedAction::ResetOffsets).until = NOW + std::time::Duration::from_secs(60);
    assert_eq!(own(&platform), OwnOffsets::Replace);

    let approved_for = |platform: &mut Platform, uid: &str| {
        let approvals = &mut platform.inputs.desired.approvals;
        approvals[0].uid = Some(Uid::new(uid));
    };
    approved_for(&mut platform, "new");
    assert_eq!(own(&platform), OwnOffsets::Replace, "a connector is known by its name");
    approved_for(&mut platform, "another");
    assert_eq!(own(&platform), OwnOffsets::Keep);
}

#[test]
fn what_others_set_on_a_connector_stays_behind_with_its_old_name() {
    let (from, to) = (connector("main", "old"), connector("main", "new"));
    let mut platform = renamed(&from, &to);
    platform.edit(&from, |body| body["config"]["errors.tolerance"] = json!("all"));
    let plan = platform.plan();
    let create =
        place(&steps(&plan, &to), |action| matches!(action, Action::Write { mode: WriteMode::Create, .. }));
    let Action::Write { config, .. } = &create.action else { panic!("{create:?}") };
    let config = config.get("config").expect("it has settings");
    assert!(config.get("errors.tolerance").is_none(), "{config:?}");
    assert!(steps(&plan, &from).iter().any(|step| is_deletion(step)));
}

#[test]
fn nothing_moves_to_workers_that_do_not_know_where_it_stands() {
    let (from, to) = (connector("main", "old"), connector("other", "old"));
    let plan = renamed(&from, &to).plan();
    assert!(plan.steps.is_empty());
    assert_eq!(held(&plan, &to), &Held::CannotMove { from: from.clone(), why: Immovable::ElsewhereKept });
    assert_eq!(held(&plan, &from), &Held::WaitsFor(vec![to]));
}

/// A kill has left `new` standing still.
fn killed(from: &ResourceId, to: &ResourceId) -> Platform {
    let mut platform = renamed(from, to);
    is_live(&mut platform, to, "STOPPED");
    platform.adopt(to);
    platform
}

#[test]
fn what_a_kill_left_standing_still_does_not_run_while_the_old_one_may_not_go() {
    let (from, to) = (connector("main", "old"), connector("main", "new"));
    let mut platform = killed(&from, &to);
    platform.edit(&from, |body| body["config"]["tasks.max"] = json!("4"));
    let plan = platform.plan();
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    assert_eq!(held(&plan, &to), &Held::WaitsFor(vec![from.clone()]));

    let mut platform = killed(&from, &to);
    platform.inputs.blocked.insert(from.clone(), "an earlier apply left something here".to_owned());
    let plan = platform.plan();
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    assert_eq!(held(&plan, &to), &Held::WaitsFor(vec![from]));
}

#[test]
fn what_a_kill_left_standing_still_does_not_run_where_the_old_one_took_its_place_along() {
    let (from, to) = (connector("main", "old"), connector("main", "new"));
    let mut platform = killed(&from, &to);
    platform.live.remove(&from);
    let plan = platform.plan();
    assert!(steps(&plan, &to).is_empty(), "{:?}", plan.steps);
    assert_eq!(held(&plan, &to), &Held::CannotMove { from, why: Immovable::Gone });
}

#[test]
fn a_namesake_on_other_workers_is_nobody_that_moved_there() {
    let (from, to) = (connector("main", "old"), connector("other", "old"));
    let mut platform = renamed(&from, &to);
    is_live(&mut platform, &to, "RUNNING");
    // Both keep everything on one Kafka cluster, as groups of workers do.
    let plan = platform.plan();
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    assert_eq!(held(&plan, &to), &Held::CannotMove { from: from.clone(), why: Immovable::ElsewhereKept });
    assert_eq!(held(&plan, &from), &Held::WaitsFor(vec![to]));
}
