//! Where credentials come from: exec plugins, and acting as somebody else.

use super::story::{Story, config_map};

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_exec_plugin_is_asked_for_its_token() {
    let story = Story::begin("exec");
    let kubeconfig = std::fs::read_to_string(story.plane.kubeconfig()).expect("a kubeconfig");
    let token =
        kubeconfig.split("token: \"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    let plugin = story.repository.path().join("plugin");
    let credential = format!(
        "{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"{token}\"}}}}"
    );
    std::fs::write(&plugin, format!("#!/bin/sh\necho '{credential}'\n")).expect("a plugin");
    std::process::Command::new("chmod").arg("755").arg(&plugin).status().expect("chmod");
    let exec = format!(
        "{{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: {}}}}}",
        plugin.display()
    );
    let with_plugin = kubeconfig.replace(&format!("{{token: \"{token}\"}}"), &exec);
    assert!(!with_plugin.contains(token), "{with_plugin}");
    story.repository.write("kubeconfig", &with_plugin);
    let file = format!("environments/{}/environment.yaml", story.environment);
    let text = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    story.repository.write(&file, &text.replace("{fromEnv: KUBECONFIG}", "{fromFile: kubeconfig}"));
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_kubeconfig_that_is_not_there_is_named() {
    let story = Story::begin("nofile");
    let file = format!("environments/{}/environment.yaml", story.environment);
    let text = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    story.repository.write(&file, &text.replace("{fromEnv: KUBECONFIG}", "{fromFile: nowhere.yaml}"));
    let plan = story.expect(7, &["plan"]);
    assert!(plan.stderr.contains("nowhere.yaml"), "{}", plan.stderr);
}
