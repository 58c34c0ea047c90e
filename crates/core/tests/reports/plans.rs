//! What a plan tells.

use crate::story;
use crate::world::*;
use evenkeel_core::engine::plan::{Held, HeldChange};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{Action, Operation, Reason, Risk, Step, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::{Cause, Writer};
use evenkeel_core::report::{Style, plan as reports};

fn told(steps: Vec<Step>) -> String {
    reports::text(&report(&plan(steps, Vec::new(), Vec::new())), Style::plain())
}

#[test]
fn an_edited_and_a_drifted_field_stand_below_each_other_with_their_causes() {
    let heap = field(
        &["data", "server.memory.heap.max_size"],
        Some("4g".into()),
        Some("6g".into()),
        Cause::SpecEdited,
    );
    let mode =
        field(&["data", "mode"], Some("slow".into()), Some("fast".into()), Cause::Drifted(kubectl_edit()));
    let affinity = field(
        &["spec", "sessionAffinity"],
        Some("ClientIP".into()),
        Some("None".into()),
        Cause::Drifted(Writer::Unknown),
    );
    let steps = vec![
        create("kubernetes:ConfigMap/graph/new"),
        Step {
            risk: Risk::Restart,
            ..update("kubernetes:ConfigMap/graph/orders-2-user-config", vec![heap, mode])
        },
        update("kubernetes:Service/graph/orders-lb", vec![affinity]),
        Step { approvals: vec![approval()], ..delete("kubernetes:ConfigMap/graph/old") },
    ];
    story!("an-edited-and-a-drifted-field", told(steps));
}

#[test]
fn long_values_stand_below_each_other_and_texts_of_several_lines_are_a_diff() {
    let old = "listen: 7687\nlog: info\ncache: 1g\nthreads: 4\ntls: off\nroutes: [a, b]\n";
    let new = "listen: 7687\nlog: info\ncache: 2g\nthreads: 4\ntls: off\nroutes: [a, b]\nretry: 3\n";
    let long = |end: &str| Value::from(format!("{}{end}", "--jvm.additional=-XX:+UseG1GC ".repeat(6)));
    let fields = vec![
        field(&["data", "neo4j.yaml"], Some(old.into()), Some(new.into()), Cause::SpecEdited),
        field(&["data", "flags"], Some(long("-Xmx4g")), Some(long("-Xmx6g")), Cause::SpecEdited),
        field(&["data", "gone"], Some("x".into()), None, Cause::SpecEdited),
        field(&["data", "added"], None, Some(Value::List(vec![1.into(), Value::Null])), Cause::SpecEdited),
    ];
    story!(
        "long-values-and-texts-of-several-lines",
        told(vec![update("kubernetes:ConfigMap/graph/server", fields)])
    );
}

#[test]
fn what_only_settles_ownership_is_no_change_and_the_line_says_so() {
    let confirm = Action::Confirm { config: std::sync::Arc::new(map(&[])), wanted: Sketch::default() };
    let managers = vec!["helm".into()];
    let migrate = Action::Operation(Operation::MigrateManagers { managers, left: Vec::new() });
    let steps = vec![
        adopt("kubernetes:ConfigMap/graph/found"),
        adopt("kubernetes:Service/graph/found"),
        write("kubernetes:Service/graph/labelled", WriteMode::Own, map(&[]), Reason::OwnershipIncomplete),
        with_action("kubernetes:Deployment/graph/web", confirm, Reason::Doubtful),
        with_action("kubernetes:Deployment/graph/chart", migrate, Reason::OwnershipIncomplete),
    ];
    story!("adoptions-and-confirmations-are-no-changes", told(steps));
}

#[test]
fn nothing_to_do_is_said_in_terraforms_words() {
    let text = told(Vec::new());
    assert!(text.ends_with("\nNo changes. Live matches Git.\n"), "{text}");
    let held = vec![held("kubernetes:ConfigMap/graph/x", HeldChange::Update, Held::Contested(vec![flux()]))];
    let text_of = |plan| reports::text(&report(&plan), Style::plain());
    assert!(
        text_of(plan(vec![], held, vec![]))
            .ends_with("\nPlan: 0 to add, 0 to change, 0 to destroy. 1 held.\n")
    );
    let unread = text_of(plan(vec![], vec![], vec![secrets_forbidden()]));
    assert!(unread.ends_with("\nPlan: 0 to add, 0 to change, 0 to destroy. 1 not compared.\n"));
    story!("nothing-to-do", text);
}

#[test]
fn a_replacement_is_one_entry_and_counts_as_terraform_counts_it() {
    let name = "kubernetes:Job.batch/graph/load";
    let because = Reason::MustReplace(evenkeel_core::engine::path::Path::of(&["spec", "selector"]));
    let down = Step { because: because.clone(), ..delete(name) };
    let up = Step { because, id: "second".into(), ..create(name) };
    story!("a-replacement-is-one-entry", told(vec![down, up]));
}

#[test]
fn every_held_resource_says_why_and_what_would_lift_it() {
    let mut contested =
        held("kubernetes:Deployment/graph/web", HeldChange::Update, Held::Contested(vec![flux()]));
    contested.fields = vec![field(
        &["spec", "replicas"],
        Some(5.into()),
        Some(3.into()),
        Cause::Contested(Writer::Manager(flux())),
    )];
    let unavailable = Why { trouble: Trouble::Unavailable, message: "GET /api: 503 for 30 s".to_owned() };
    let all = vec![
        held("kubernetes:PersistentVolumeClaim/graph/data-orders-1", HeldChange::Delete, Held::HoldsData),
        held("kubernetes:StatefulSet/graph/orders-1", HeldChange::Replace, Held::HoldsData),
        contested,
        held("kubernetes:ConfigMap/graph/theirs", HeldChange::Update, Held::NotOwned),
        held(
            "kubernetes:Service/graph/open",
            HeldChange::Create,
            Held::Denied(vec![denial(
                "no-public-load-balancer",
                "a Service of type LoadBalancer needs the annotation for internal addresses",
            )]),
        ),
        held(
            "kubernetes:Pod/graph/canary",
            HeldChange::Create,
            Held::WaitsFor(vec![
                address("kubernetes:Secret/graph/auth"),
                address("kubernetes:Namespace/graph"),
            ]),
        ),
        held("kubernetes:ConfigMap/graph/a", HeldChange::Delete, Held::OverLimit { deletes: 12, allowed: 3 }),
        held("kubernetes:Namespace/other", HeldChange::Unknown, Held::Unreadable(unavailable)),
        held(
            "kubernetes:Service/graph/bad",
            HeldChange::Create,
            Held::Rejected("spec.ports: Required value".into()),
        ),
    ];
    story!(
        "everything-that-can-hold-a-resource",
        reports::text(&report(&plan(vec![], all, vec![])), Style::plain())
    );
}

#[test]
fn what_could_not_be_read_is_told_once_with_what_it_freezes() {
    let why = secrets_forbidden().why;
    let frozen = held("kubernetes:Secret/graph/auth", HeldChange::Unknown, Held::Unreadable(why));
    let plan = plan(vec![create("kubernetes:ConfigMap/graph/new")], vec![frozen], vec![secrets_forbidden()]);
    story!("one-kind-is-forbidden", reports::text(&report(&plan), Style::plain()));
}

#[test]
fn a_comment_shows_in_the_open_what_needs_a_decision_and_folds_the_rest() {
    let text = "one\n````\n</details> @team\n| a |\n";
    let hostile = field(&["data", "x|`y`"], Some("old\n".into()), Some(text.into()), Cause::SpecEdited);
    let steps = vec![
        create("kubernetes:ConfigMap/graph/new"),
        Step { risk: Risk::Restart, ..update("kubernetes:ConfigMap/graph/config", vec![hostile]) },
        delete("kubernetes:ConfigMap/graph/old"),
    ];
    let data =
        held("kubernetes:PersistentVolumeClaim/graph/data-orders-1", HeldChange::Delete, Held::HoldsData);
    let prod = plan(steps, vec![data], vec![secrets_forbidden()]);
    let mut staging = plan(vec![], vec![], vec![]);
    staging.environment = "staging|<b>@ops".into();
    story!("a-comment-on-a-pull-request", reports::markdown_of(&[report(&prod), report(&staging)]));
}

#[test]
fn a_comment_that_is_too_long_is_cut_in_its_folds_only() {
    let steps: Vec<Step> =
        (0..3000).map(|index| create(&format!("kubernetes:ConfigMap/graph/map-{index}"))).collect();
    let plan =
        plan(steps, vec![held("kubernetes:ConfigMap/graph/x", HeldChange::Update, Held::NotOwned)], vec![]);
    let comment = reports::markdown(&report(&plan));
    assert!(comment.len() < 65_536, "{} characters", comment.len());
    assert!(comment.contains("more lines: the job's output has them all\n```"));
    assert!(comment.contains("kubernetes:ConfigMap/graph/x"));
}

#[test]
fn colour_changes_no_character() {
    let steps = vec![create("kubernetes:ConfigMap/graph/new"), delete("kubernetes:ConfigMap/graph/old")];
    let plan =
        plan(steps, vec![held("kubernetes:ConfigMap/graph/x", HeldChange::Update, Held::NotOwned)], vec![]);
    let coloured = reports::text(&report(&plan), Style::ansi());
    let mut bare = String::new();
    for (index, part) in coloured.split('\u{1b}').enumerate() {
        bare.push_str(if index == 0 { part } else { part.split_once('m').expect("a colour code").1 });
    }
    assert_eq!(bare, reports::text(&report(&plan), Style::plain()));
}

#[test]
fn a_brake_over_many_deletions_is_told_once_with_every_address() {
    let all = (0..30).map(|index| {
        let address = format!("kubernetes:ConfigMap/graph/settings-{index}");
        held(&address, HeldChange::Delete, Held::OverLimit { deletes: 31, allowed: 3 })
    });
    let last =
        held("kubernetes:Service/graph/web", HeldChange::Delete, Held::OverLimit { deletes: 31, allowed: 3 });
    let plan = plan(vec![], all.chain([last]).collect(), vec![]);
    let text = reports::text(&report(&plan), Style::plain());
    assert!((0..30).all(|index| text.contains(&format!("settings-{index}"))), "{text}");
    story!("a-brake-over-many-deletions", text);
}
