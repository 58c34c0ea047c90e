//! What an apply tells while it goes on and when it is over.

use crate::story;
use crate::world::*;
use evenkeel_core::engine::apply::{
    End, EndReason, Ended, NotStarted, Notice, Progress, Stage, StepEnd, StepProgress, StepState, Suspension,
};
use evenkeel_core::engine::journal::{Found, Moved, Remains};
use evenkeel_core::engine::ledger::Ledger;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::plan::{Held, HeldChange, Plan};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::report::Style;
use evenkeel_core::report::apply::{self, ApplyReport, Lines};
use evenkeel_core::report::exit::{Exit, of_apply};
use serde_json::json;
use std::time::Duration;

fn steps() -> Plan {
    let steps = vec![
        create("kubernetes:Namespace/graph"),
        update("kubernetes:ConfigMap/graph/orders-2-user-config", vec![]),
        create("kubernetes:Deployment/graph/web"),
        adopt("kubernetes:Service/graph/orders-lb"),
        delete("kubernetes:ConfigMap/graph/old"),
        create("kubernetes:Pod/graph/canary"),
    ];
    plan(steps, vec![], vec![])
}

fn over(plan: &Plan, reason: EndReason, ends: Vec<Ended>) -> End {
    let steps = plan.steps.iter().zip(ends).map(|(step, how)| StepEnd {
        step: step.id.clone(),
        address: step.address.clone(),
        how,
    });
    End { reason, steps: steps.collect(), earlier: vec![], ledger: Ledger::default() }
}

fn refused() -> Ended {
    Ended::Refused(Why {
        trouble: Trouble::Forbidden,
        message: "PATCH deployments/web: 403 forbidden".to_owned(),
    })
}

fn done() -> Ended {
    Ended::Done(Found::ByAnswer)
}

fn ends_with_trouble(plan: &Plan) -> End {
    let moved = Moved::Places(vec![Path::of(&["data", "mode"])]);
    let culprit = plan.steps[2].id.clone();
    let ends = vec![
        Ended::DoneBefore,
        Ended::Stale(moved, Remains::Nothing, None),
        refused(),
        Ended::Done(Found::ByReading),
        Ended::LeftOpen(None),
        Ended::NotStarted(NotStarted::Blocked { culprit }),
    ];
    over(plan, EndReason::Finished, ends)
}

#[test]
fn a_step_that_ended_has_one_line_that_says_how() {
    let plan = steps();
    let lines = Lines::new(&plan, Style::plain());
    let took = [40, 1200, 72_000, 300, 90, 0].map(Duration::from_millis);
    let ends = [vec![done(); 6], ends_with_trouble(&plan).steps.into_iter().map(|step| step.how).collect()];
    let told = ends.concat().into_iter().zip(plan.steps.iter().zip(took).cycle());
    let told: Vec<String> = told.map(|(how, (step, took))| lines.ended(&step.id, &how, Some(took))).collect();
    story!("steps-as-they-end", told.join("\n"));
}

#[test]
fn what_nobody_answered_for_is_told_with_the_reason_that_there_was_no_answer() {
    let plan = steps();
    let lines = Lines::new(&plan, Style::plain());
    let cause = || Some(Why { trouble: Trouble::TimedOut, message: "no echo after 30 s".to_owned() });
    let told = |how: &Ended| {
        lines.ended(&plan.steps[0].id, how, None).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let in_vain = told(&Ended::InVain(3, cause()));
    assert!(
        in_vain.ends_with("sent 3 times without an answer, and it does not show: no echo after 30 s"),
        "{in_vain}"
    );
    let in_part = told(&Ended::InPart(Box::new(Ended::InVain(3, cause()))));
    let words = "a part of it was carried out; sent 3 times without an answer, and the rest does not show: no echo after 30 s";
    assert!(in_part.ends_with(words), "{in_part}");
    let not_taken = told(&Ended::Stale(Moved::Vanished, Remains::NotTaken, cause()));
    assert!(not_taken.ends_with("; nothing shows of what was sent: no echo after 30 s"), "{not_taken}");
    let in_conflict = told(&Ended::Stale(Moved::Vanished, Remains::NotTaken, None));
    assert!(in_conflict.ends_with("; what was sent was not taken"), "{in_conflict}");
    let stale = told(&Ended::Stale(Moved::Vanished, Remains::Perhaps, cause()));
    assert!(stale.ends_with("something of ours may be in it: no echo after 30 s"), "{stale}");
    let step = StepProgress {
        step: plan.steps[0].id.clone(),
        address: plan.steps[0].address.clone(),
        blocks: 0,
        state: StepState::Unknown(Duration::from_secs(71), cause()),
        since: Duration::from_secs(19),
    };
    let running = lines.running_step(&step, Duration::from_secs(60)).expect("it runs");
    assert!(running.ends_with("no echo after 30 s; what became of it is looked up in 11 s"), "{running}");
}

#[test]
fn what_runs_says_what_it_waits_for_and_what_waits_for_it() {
    let plan = steps();
    let states = [
        StepState::Ended(done()),
        StepState::Following("2 of 3 replicas are available".to_owned()),
        StepState::Unknown(Duration::from_secs(71), None),
        StepState::Sent,
        StepState::Starting,
        StepState::Waiting(vec![plan.steps[2].id.clone()]),
    ];
    let steps = plan.steps.iter().zip(states).map(|(step, state)| StepProgress {
        step: step.id.clone(),
        address: step.address.clone(),
        blocks: u32::from(matches!(state, StepState::Unknown(..))),
        state,
        since: Duration::from_secs(19),
    });
    let progress = Progress { stage: Stage::Running, steps: steps.collect(), awaited: Vec::new() };
    let (lines, now) = (Lines::new(&plan, Style::plain()), Duration::from_secs(60));
    let mut told = lines.running(&progress, now);
    told.push(lines.stage(&progress, now));
    story!("steps-as-they-run", told.join("\n"));
}

#[test]
fn a_killed_apply_says_that_it_is_continued() {
    let lines = Lines::new(&steps(), Style::plain());
    let notice = Notice::Continuing { plan: "4f1c9a2be07d".into(), done: 3, of: 6, open: 1 };
    assert_eq!(
        lines.notice(&notice).expect("told"),
        "continuing plan 4f1c9a2be07d: 3 of 6 steps were done; of 1 nobody knows yet, it is looked up"
    );
}

#[test]
fn a_complete_apply_ends_as_terraform_users_know_it() {
    let mut plan = steps();
    plan.held = vec![held("kubernetes:ConfigMap/graph/x", HeldChange::Update, Held::NotOwned)];
    let end = over(&plan, EndReason::Finished, vec![done(); 6]);
    let report = ApplyReport { plan: &plan, end: &end, next: None };
    assert_eq!(of_apply(&end, &plan), Exit::Denied);
    story!("a-complete-apply", apply::text(&report, Style::plain()));
}

#[test]
fn what_is_left_names_its_culprit() {
    let plan = steps();
    let mut end = ends_with_trouble(&plan);
    end.earlier = vec![(address("kubernetes:Service/graph/other"), Ended::Held)];
    let report = ApplyReport { plan: &plan, end: &end, next: Some("evenkeel apply plan.json".to_owned()) };
    assert_eq!(of_apply(&end, &plan), Exit::Failed);
    story!("what-is-left-names-its-culprit", apply::text(&report, Style::plain()));
    let mut json = apply::json(&report);
    json["evenkeel_version"] = json!("0.0.0");
    story!("what-is-left-for-programs", serde_json::to_string_pretty(&json).expect("writes"));
    assert!(
        apply::markdown(&report).starts_with("`prod`: Applied in part: 1 added, 0 changed, 0 destroyed.")
    );
}

#[test]
fn a_suspended_apply_says_by_whom_and_until_when() {
    let plan = steps();
    let suspension = Suspension {
        until: time("2026-11-21T04:30:00Z"),
        reason: "storage is being moved".into(),
        by: "alice".into(),
    };
    let stopped = vec![Ended::NotStarted(NotStarted::Stopped); 6];
    let end = over(&plan, EndReason::Suspended(suspension), stopped);
    let report = ApplyReport { plan: &plan, end: &end, next: None };
    assert_eq!(of_apply(&end, &plan), Exit::Locked);
    story!("a-suspended-apply", apply::text(&report, Style::plain()));
}

#[test]
fn what_was_changed_and_not_seen_ready_is_not_called_nothing() {
    let plan = steps();
    let mut ends = vec![Ended::NotStarted(NotStarted::Stopped); 6];
    ends[2] = Ended::StoppedWaiting("1 of 3 pods are ready".to_owned());
    let end = over(&plan, EndReason::Interrupted, ends);
    let report = ApplyReport { plan: &plan, end: &end, next: None };
    assert_eq!(of_apply(&end, &plan), Exit::Partial);
    story!("a-step-that-was-not-seen-ready", apply::text(&report, Style::plain()));
}

#[test]
fn what_was_made_and_may_not_be_read_any_more_says_that_it_was_made() {
    let plan = steps();
    let mut ends = vec![Ended::NotStarted(NotStarted::Stopped); 6];
    ends[2] = Ended::Unseen(Why { trouble: Trouble::Forbidden, message: "pods is forbidden".to_owned() });
    let end = over(&plan, EndReason::Finished, ends);
    let next = Some("evenkeel preflight prod".to_owned());
    let report = ApplyReport { plan: &plan, end: &end, next };
    assert_eq!(of_apply(&end, &plan), Exit::Partial, "the others were not started");
    story!("a-step-that-may-not-be-read", apply::text(&report, Style::plain()));
}
