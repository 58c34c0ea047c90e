//! Errors that say what, where, why and what next: a server that is down, a plugin that is not there, a file that is no plan.

use crate::support::repository::{Repository, Run};

/// Plans an environment whose kubeconfig has this user, and a server that nobody runs.
fn plan(user: &str, arguments: &[&str]) -> Run {
    let outside = tempfile::TempDir::new().expect("a temporary directory");
    let kubeconfig = outside.path().join("kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{server: \"http://127.0.0.1:1\"}}}}]\nusers: [{{name: u, user: {user}}}]\n"
    );
    std::fs::write(&kubeconfig, text).expect("a kubeconfig");
    let repository = Repository::with_kubeconfig(&kubeconfig);
    repository.environment("prod", "default");
    repository.expect(7, &[&["plan", "prod"], arguments].concat())
}

#[test]
fn a_server_that_is_down_is_named_with_its_connection_and_what_to_do() {
    let run = plan("{}", &[]);
    for part in ["connection `default`", "http://127.0.0.1:1", "Connection refused", "next: "] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
}

#[test]
fn verbose_tells_requests_for_state_too_with_their_time_and_without_colour_in_a_pipe() {
    let run = plan("{}", &["--verbose"]);
    let told = run.stderr.lines().find(|line| line.contains("/namespaces/prod-state/"));
    let told = told.unwrap_or_else(|| panic!("no request for state: {}", run.stderr));
    assert!(told.contains("method=GET") && told.contains("took="), "{told}");
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn an_exec_plugin_that_is_not_there_is_named_and_its_cause_said_once() {
    let user = "{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: /nowhere/plugin}}";
    let run = plan(user, &[]);
    assert!(run.stderr.contains("exec plugin `/nowhere/plugin`"), "{}", run.stderr);
    assert_eq!(run.stderr.matches("No such file").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("next: "), "{}", run.stderr);
}

#[test]
fn a_file_that_is_no_json_is_no_plan_file() {
    let repository = super::repository();
    repository.write("plan.json", "certainly not");
    let run = repository.expect(64, &["apply", "plan.json"]);
    assert!(run.stderr.contains("plan.json: this is no plan file, as it is no JSON"), "{}", run.stderr);
    assert!(run.stderr.contains("next: to make one: evenkeel plan ENV --out FILE"), "{}", run.stderr);
}
