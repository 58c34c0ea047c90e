//! Every verb that prints a result prints it for people, for a forge and for programs.

use super::{GRAPH, golden, on_a_terminal, repository};
use crate::support::repository::{Repository, Run};
use serde_json::{Value as Json, json};

fn parsed(run: &Run) -> Json {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{}", run.stdout))
}

fn in_json(repository: &Repository, code: i32, arguments: &[&str]) -> Json {
    parsed(&repository.expect(code, &[arguments, &["--format", "json"]].concat()))
}

fn in_markdown(repository: &Repository, code: i32, arguments: &[&str]) -> Run {
    repository.expect(code, &[arguments, &["--format", "markdown"]].concat())
}

#[test]
fn what_is_wrong_with_the_specs_is_told_to_a_forge() {
    let repository = repository();
    let wrong =
        GRAPH.replace("kind: ConfigMap", "kind: ConfigMaps").replace("kind: Service", "kind: ServiceX");
    repository.write("environments/prod/graph.yaml", &format!("{wrong}---\nkind: Service\n"));
    golden("wrong-specs-in-markdown", &in_markdown(&repository, 1, &["validate"]));
    repository.write("environments/prod/graph.yaml", GRAPH);
    golden("right-specs-in-markdown", &in_markdown(&repository, 0, &["validate"]));
    assert_eq!(in_json(&repository, 0, &["validate"]), json!({"findings": []}));
}

#[test]
fn a_rehearsal_is_told_to_forges_and_programs() {
    let repository = repository();
    golden("a-rehearsal-in-markdown", &in_markdown(&repository, 0, &["rehearse", "prod"]));
    let told = in_json(&repository, 0, &["rehearse", "prod"]);
    assert_eq!(told["plan"]["resource_changes"].as_array().map(Vec::len), Some(3));
    assert_eq!(told["rehearsed"]["counts"]["added"], json!(3));
    assert_eq!(told["rehearsed"]["complete"], json!(true));
    assert_eq!(told["left"], json!({"add": 0, "change": 0, "destroy": 0, "held": 0, "unknown": 0}));
    assert_eq!(told["exit"], json!(0));
}

#[test]
fn the_lock_is_told_to_forges_and_programs() {
    let repository = repository();
    golden("a-lock-in-markdown", &in_markdown(&repository, 0, &["lock", "show", "prod"]));
    assert_eq!(in_json(&repository, 0, &["lock", "show", "prod"])["lock"], Json::Null);
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.expect(0, &["suspend", "prod", "--for", "1h", "--reason", "storage is being moved"]);
    let told = in_json(&repository, 0, &["lock", "show", "prod"]);
    assert_eq!((&told["environment"], &told["lock"]["state"]), (&json!("prod"), &json!("free")));
    assert_eq!(told["suspension"]["reason"], json!("storage is being moved"));
    assert_eq!((&told["apply"], &told["open"], &told["held"]), (&Json::Null, &json!([]), &json!([])));
}

#[test]
fn a_suspension_is_told_to_forges_and_programs() {
    let repository = repository();
    let suspend = ["suspend", "prod", "--for", "1h", "--reason", "storage is being *moved*"];
    golden("a-suspension", &repository.expect(0, &suspend));
    golden("a-suspension-in-markdown", &in_markdown(&repository, 0, &suspend));
    let told = in_json(&repository, 0, &suspend);
    assert_eq!(told["suspension"]["reason"], json!("storage is being *moved*"));
    let told = in_json(&repository, 0, &["suspend", "prod", "--for", "0s"]);
    assert_eq!(told, json!({"environment": "prod", "suspension": null}));
    golden("a-suspension-that-is-over", &repository.expect(0, &["suspend", "prod", "--for", "0s"]));
}

#[test]
fn an_apply_ends_in_one_document_of_its_own_shape_whatever_it_finds_to_do() {
    let repository = repository();
    for added in [3, 0] {
        let apply = repository.expect(0, &["apply", "prod", "--auto-approve", "--format", "json"]);
        let told = parsed(&apply);
        assert_eq!((&told["complete"], &told["counts"]["added"]), (&json!(true), &json!(added)), "{told}");
        assert!(!apply.stderr.contains("resource_changes"), "the plan beside it is text\n{}", apply.stderr);
    }
    let idle = in_markdown(&repository, 0, &["apply", "prod", "--auto-approve"]);
    assert!(idle.stdout.starts_with("`prod`: Apply complete: 0 added"), "{}", idle.stdout);
}

#[test]
fn an_apply_that_was_agreed_to_at_a_terminal_gives_one_document() {
    let repository = repository();
    let (code, _) = on_a_terminal(&repository, "apply prod --format json >result.json", "yes\n");
    assert_eq!(code, Some(0));
    let result = std::fs::read_to_string(repository.path().join("result.json")).expect("a result");
    let told: Json = serde_json::from_str(&result).unwrap_or_else(|error| panic!("{error}\n{result}"));
    assert_eq!(told["counts"]["added"], json!(3), "{told}");
}

#[test]
fn what_is_wrong_with_the_specs_of_a_plan_is_its_result_for_forges_and_programs() {
    let repository = repository();
    repository.write(
        "environments/prod/graph.yaml",
        &GRAPH.replace("metadata: {name: orders,", "metadata: {nam: orders,"),
    );
    let told = in_json(&repository, 1, &["plan", "prod"]);
    assert_eq!(told["findings"][0]["severity"], json!("error"), "{told}");
    let told = in_markdown(&repository, 1, &["plan", "prod"]);
    assert!(told.stdout.contains("`nam`") && !told.stderr.contains("`nam`"), "{told:?}");
    let told = repository.expect(1, &["plan", "prod"]);
    assert!(told.stdout.is_empty() && told.stderr.contains("`nam`"), "{told:?}");
}

#[test]
fn the_ledger_is_told_to_a_forge() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    golden("the-ledger-in-markdown", &in_markdown(&repository, 0, &["ledger", "show", "prod"]));
    let told = in_json(&repository, 0, &["ledger", "show", "prod"]);
    assert_eq!(told["resources"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_code_is_explained_to_forges_and_programs() {
    let repository = Repository::new();
    golden("a-code-in-markdown", &in_markdown(&repository, 0, &["explain", "E0102"]));
    let told = in_json(&repository, 0, &["explain", "E0102"]);
    assert_eq!(told["code"], json!("E0102"));
    assert!(told["explanation"].as_str().is_some_and(|text| text.starts_with("Fields")), "{told}");
}
