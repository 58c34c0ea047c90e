//! Rehearsals: what would be done is done in a world that is thrown away, whether it is planned now or was reviewed.

use super::{GRAPH, golden, repository};
use std::fmt::Write;

#[test]
fn a_rehearsal_touches_nothing() {
    let repository = repository();
    let rehearsal = repository.expect(0, &["rehearse", "prod"]);
    assert!(rehearsal.stdout.contains("nothing real was touched"), "{}", rehearsal.stdout);
    repository.expect(2, &["plan", "prod", "--detailed-exitcode"]);
    let failing = repository.run(&["rehearse", "prod", "--fail", "kubernetes:ConfigMap/graph/orders-config"]);
    golden("a-rehearsal-with-a-failing-step", &failing);
    assert_eq!(failing.code, 1);
}

#[test]
fn a_rehearsal_knows_what_is_ours_already() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    let unchanged = repository.expect(0, &["rehearse", "prod"]);
    assert!(unchanged.stdout.contains("Left to do there: No changes."), "{}", unchanged.stdout);
    repository.write("environments/prod/graph.yaml", &GRAPH.replace("4g", "6g"));
    let changed = repository.expect(0, &["rehearse", "prod"]);
    assert!(changed.stdout.contains("0 added, 1 changed, 0 destroyed"), "{}", changed.stdout);
    assert!(changed.stdout.contains("Left to do there: No changes."), "{}", changed.stdout);
}

#[test]
fn a_plan_file_is_rehearsed_with_its_own_steps() {
    let repository = repository();
    let many = (0..5).fold(GRAPH.to_owned(), |mut text, number| {
        let name = format!("{{name: tenant-{number}, namespace: graph}}");
        let _infallible =
            write!(text, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name}\ndata: {{a: b}}\n");
        text
    });
    repository.write("environments/prod/graph.yaml", &many);
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.write("environments/prod/graph.yaml", GRAPH);
    repository.expect(0, &["plan", "prod", "--expect-deletes", "5", "--out", "plan.json"]);
    let planned_now = repository.expect(4, &["rehearse", "prod"]);
    assert!(planned_now.stderr.contains("5 held"), "{}", planned_now.stderr);
    let reviewed = repository.expect(0, &["rehearse", "plan.json"]);
    assert!(
        reviewed.stdout.contains("Apply complete: 0 added, 0 changed, 5 destroyed."),
        "{}",
        reviewed.stdout
    );

    repository.expect(0, &["apply", "plan.json"]);
    let moved = repository.expect(3, &["rehearse", "plan.json"]);
    assert!(moved.stderr.contains("tenant-0"), "{}", moved.stderr);
    repository.write("environments/prod/graph.yaml", &GRAPH.replace("4g", "6g"));
    let stale = repository.expect(3, &["rehearse", "plan.json"]);
    assert!(stale.stderr.contains("not those that the plan was made from"), "{}", stale.stderr);
}
