//! Several connections, of which one does not open or is not let in: the others are looked at, planned and applied.

use super::story::{Story, config_map};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// An environment with a second connection, to the same server, and the kubeconfigs of both.
struct Two {
    story: Story,
    outside: TempDir,
}

impl Two {
    fn begin(name: &str) -> Self {
        let story = Story::begin(name);
        let outside = TempDir::new().expect("a temporary directory");
        let text = std::fs::read_to_string(story.plane.kubeconfig()).expect("a kubeconfig");
        let two = Self { story, outside };
        for name in ["default", "second"] {
            std::fs::write(two.kubeconfig(name), &text).expect("a kubeconfig");
        }
        let Story { namespace, environment, .. } = &two.story;
        let connection = |name: &str| {
            let path = two.kubeconfig(name);
            format!("{name}: {{kubeconfig: {{fromFile: {}}}, namespace: {namespace}}}", path.display())
        };
        let settings = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {{name: {environment}}}\nspec:\n  \
             state: {{kubernetes: {{connection: default, namespace: {namespace}-state}}}}\n  \
             kubernetes:\n    {}\n    {}\n  limits: {{requestTimeout: 5s, lease: 2s}}\n",
            connection("default"),
            connection("second"),
        );
        two.story.write("environment.yaml", &settings);
        two.story.write("here.yaml", &config_map("here", "green"));
        let there = config_map("there", "green").replace("{name: there}", ANNOTATED);
        two.story.write("there.yaml", &there);
        two
    }

    fn kubeconfig(&self, connection: &str) -> std::path::PathBuf {
        self.outside.path().join(connection)
    }

    /// Puts other credentials in the place of a connection's token.
    fn replace_token(&self, connection: &str, with: &str) {
        let path = self.kubeconfig(connection);
        let text = std::fs::read_to_string(&path).expect("a kubeconfig");
        let token = text.split("{token: \"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
        let text = text.replace(&format!("{{token: \"{token}\"}}"), with);
        std::fs::write(path, text).expect("a kubeconfig");
    }

    /// Gives a connection an exec plugin that fails, and returns the file in which it counts how often it ran.
    fn fail(&self, connection: &str) -> std::path::PathBuf {
        let (plugin, ran) = (self.outside.path().join("plugin"), self.outside.path().join("ran"));
        std::fs::write(&plugin, format!("#!/bin/sh\necho ran >> {}\nexit 3\n", ran.display()))
            .expect("a plugin");
        std::process::Command::new("chmod").arg("755").arg(&plugin).status().expect("chmod");
        let exec = format!(
            "{{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: {}}}}}",
            plugin.display()
        );
        self.replace_token(connection, &exec);
        ran
    }

    /// Runs a preflight that finds something, and returns it as people and as programs read it.
    fn preflight(&self, code: i32) -> (String, Value) {
        let text = self.story.expect(code, &["preflight"]).stdout;
        let json = self.story.expect(code, &["preflight", "--format", "json"]).stdout;
        (text.split_whitespace().collect::<Vec<_>>().join(" "), serde_json::from_str(&json).expect("JSON"))
    }
}

const ANNOTATED: &str = "{name: there, annotations: {evenkeel.dev/connection: second}}";

/// What a preflight says of one connection.
fn connection<'a>(told: &'a Value, name: &str) -> &'a Value {
    let all = told["connections"].as_array().expect("connections");
    all.iter().find(|connection| connection["connection"] == name).expect("it is told")
}

fn granted(told: &Value, name: &str) -> Vec<Value> {
    let all = told["rights"].as_array().expect("rights");
    all.iter().filter(|right| right["connection"] == name).map(|right| right["granted"].clone()).collect()
}

fn times(ran: &Path) -> usize {
    std::fs::read_to_string(ran).unwrap_or_default().lines().count()
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_connection_whose_token_is_not_taken_keeps_preflight_from_nothing_else() {
    let two = Two::begin("badtoken");
    two.replace_token("default", "{token: \"not-the-token\"}");
    let (text, told) = two.preflight(7);
    assert!(text.contains("Not ready: not answering as it must: connection default"), "{text}");
    assert!(text.contains("state cannot be read"), "{text}");
    assert!(connection(&told, "default")["why"]["user"].as_str().expect("why").contains("401"), "{told}");
    assert_eq!(connection(&told, "second")["user"], "admin", "{told}");
    let second = granted(&told, "second");
    assert!(!second.is_empty() && second.iter().all(|granted| *granted == true), "{told}");
    assert!(granted(&told, "default").iter().all(Value::is_null), "nobody knows: {told}");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_connection_without_credentials_is_named_by_preflight_beside_those_that_answer() {
    let two = Two::begin("noplugin");
    let ran = two.fail("default");
    let (text, told) = two.preflight(7);
    assert!(text.contains("default credentials cannot be opened: the exec plugin"), "{text}");
    assert!(text.contains("Not ready: not answering as it must: connection default"), "{text}");
    assert_eq!(connection(&told, "default")["server"], Value::Null, "{told}");
    assert!(
        connection(&told, "default")["why"]["opened"].as_str().expect("why").contains("plugin"),
        "{told}"
    );
    assert_eq!(connection(&told, "second")["user"], "admin", "{told}");
    assert_eq!(told["state"]["readable"], false, "{told}");
    // A client asks once for a certificate and once for a token, and two preflights were run.
    let opened_once = times(&ran) / 2;

    let plan = two.story.expect(7, &["plan"]);
    assert!(
        plan.stderr.contains("connection `default` cannot be opened: the exec plugin"),
        "{}",
        plan.stderr
    );
    assert!(plan.stderr.contains("try it with kubectl first"), "{}", plan.stderr);
    assert_eq!(times(&ran), 3 * opened_once, "what could not be opened is not tried twice");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_is_not_behind_the_connection_that_does_not_open_is_planned_and_applied() {
    let two = Two::begin("halfopen");
    let _ran = two.fail("second");
    let plan = two.story.expect(7, &["plan"]);
    assert!(plan.stdout.contains("Plan: 1 to add"), "{}", plan.stdout);
    assert!(plan.stdout.contains("the exec plugin"), "{}", plan.stdout);
    let there = format!("kubernetes:second@ConfigMap/{}/there", two.story.namespace);
    let explained = two.story.repository.expect(7, &["explain", &there, &two.story.environment]);
    assert!(explained.stdout.contains("the exec plugin"), "{}", explained.stdout);
    let (text, _) = two.preflight(7);
    assert!(text.contains("Not ready: not answering as it must: connection second"), "{text}");
    two.story.expect(7, &["apply", "--auto-approve"]);
    assert_eq!(two.story.live("configmap/here", "{.data.colour}"), "green");
    assert_eq!(two.story.kubectl(&["get", "configmap", "there", "--ignore-not-found"]), "");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn the_roles_of_several_connections_are_printed_one_connection_at_a_time() {
    let two = Two::begin("tworoles");
    let state = format!("{}-state", two.story.namespace);
    let which = two.story.expect(64, &["preflight", "--rbac=apply"]);
    assert!(which.stdout.is_empty(), "half of them would be made in the wrong cluster: {}", which.stdout);
    assert!(
        which.stderr.contains("say which with --connection, one at a time: default, second"),
        "{}",
        which.stderr
    );
    let unknown = two.story.expect(64, &["preflight", "--rbac=apply", "--connection", "third"]);
    assert!(unknown.stderr.contains("--connection can be: default, second"), "{}", unknown.stderr);
    let roles = |connection: &str| {
        two.story.expect(0, &["preflight", "--rbac=apply", "--connection", connection]).stdout
    };
    let (first, second) = (roles("default"), roles("second"));
    assert!(first.contains(&format!("namespace: {state}")), "state is there: {first}");
    assert!(!second.contains(&state), "and not here: {second}");
    assert!(second.contains("at connection second") && second.contains("configmaps"), "{second}");
}
