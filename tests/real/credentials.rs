//! Where credentials come from: exec plugins, kubeconfigs, and the service account of a pod.

use super::story::{Story, config_map};
use std::path::Path;
use std::process::{Command, Output};

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
    let outside = tempfile::TempDir::new().expect("a temporary directory");
    let path = outside.path().join("kubeconfig");
    std::fs::write(&path, &with_plugin).expect("a kubeconfig");
    let file = format!("environments/{}/environment.yaml", story.environment);
    let text = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    story
        .repository
        .write(&file, &text.replace("{fromEnv: KUBECONFIG}", &format!("{{fromFile: {}}}", path.display())));
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

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_kubeconfig_in_the_repository_is_refused_before_it_can_run_anything() {
    let story = Story::begin("inside");
    let canary = story.repository.path().join("ran");
    let kubeconfig = std::fs::read_to_string(story.plane.kubeconfig()).expect("a kubeconfig");
    let exec = format!(
        "users: [{{name: admin, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
         command: touch, args: [{}]}}}}}}]\n",
        canary.display()
    );
    let users = kubeconfig.find("users:").expect("users");
    story.repository.write("kubeconfig", &format!("{}{exec}", &kubeconfig[..users]));
    let file = format!("environments/{}/environment.yaml", story.environment);
    let text = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    story.repository.write(&file, &text.replace("{fromEnv: KUBECONFIG}", "{fromFile: kubeconfig}"));
    let plan = story.expect(7, &["plan"]);
    assert!(plan.stderr.contains("a pull request could make it run programs"), "{}", plan.stderr);
    assert!(!canary.exists());
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_broken_kubeconfig_is_not_quoted() {
    let story = Story::begin("broken");
    let outside = tempfile::TempDir::new().expect("a temporary directory");
    let path = outside.path().join("kubeconfig");
    std::fs::write(&path, "users: [{name: a, user: {token: canary-token-71c}\n  broken")
        .expect("a kubeconfig");
    let file = format!("environments/{}/environment.yaml", story.environment);
    let text = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    story
        .repository
        .write(&file, &text.replace("{fromEnv: KUBECONFIG}", &format!("{{fromFile: {}}}", path.display())));
    let plan = story.expect(7, &["plan"]);
    assert!(!format!("{}{}", plan.stdout, plan.stderr).contains("canary-token"), "{}", plan.stderr);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_list_of_kubeconfigs_is_merged_as_kubectl_does() {
    let story = Story::begin("merged");
    let outside = tempfile::TempDir::new().expect("a temporary directory");
    let mine = outside.path().join("mine");
    let text = "apiVersion: v1\nkind: Config\ncurrent-context: mine\n\
                contexts: [{name: mine, context: {cluster: test, user: admin}}]\n";
    std::fs::write(&mine, text).expect("a kubeconfig");
    let missing = outside.path().join("missing");
    let list = std::env::join_paths([missing, mine, story.plane.kubeconfig()]).expect("a list");
    story.write("colours.yaml", &config_map("colours", "green"));
    let mut plan = story.repository.command(&["plan", &story.environment, "--detailed-exitcode"]);
    let plan = plan.env("KUBECONFIG", list).output().expect("runs");
    let stdout = String::from_utf8_lossy(&plan.stdout);
    assert_eq!(plan.status.code(), Some(2), "{stdout}{}", String::from_utf8_lossy(&plan.stderr));
    assert!(stdout.contains("Plan: 1 to add"), "{stdout}");
}

/// Runs a command as in a pod: with this token and these certificates where Kubernetes puts them, in a mount namespace
/// of its own, so that nothing of it remains.
fn in_a_pod(story: &Story, token: &str, arguments: &[&str]) -> Output {
    let kubeconfig = std::fs::read_to_string(story.plane.kubeconfig()).expect("a kubeconfig");
    let quoted = |key: &str| {
        let rest = kubeconfig.split(&format!("{key}: \"")).nth(1).expect("it is there");
        rest.split('"').next().expect("it ends").to_owned()
    };
    let account = tempfile::TempDir::new().expect("a temporary directory");
    let write = |name: &str, text: &str| std::fs::write(account.path().join(name), text).expect("a file");
    write("token", token);
    write("namespace", &story.namespace);
    let certificate = std::fs::read_to_string(quoted("certificate-authority")).expect("a certificate");
    write("ca.crt", &certificate);
    let server = quoted("server");
    let port = server.rsplit(':').next().expect("a port");
    let script = "mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io/serviceaccount && \
                  cp \"$0\"/* /run/secrets/kubernetes.io/serviceaccount && exec \"$@\"";
    let inside = story.repository.command(arguments);
    let mut pod = Command::new("unshare");
    pod.args(["--mount", "--map-root-user", "sh", "-c", script]).arg(account.path());
    pod.arg(inside.get_program()).args(inside.get_args()).current_dir(story.repository.path());
    pod.env_remove("KUBECONFIG").env("NO_COLOR", "1").env("CI", "true");
    pod.env("KUBERNETES_SERVICE_HOST", "127.0.0.1").env("KUBERNETES_SERVICE_PORT", port);
    pod.output().expect("unshare runs")
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn in_a_pod_the_service_account_is_who_we_are() {
    let story = Story::begin("pod");
    let file = format!("environments/{}/environment.yaml", story.environment);
    let text = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    let text = text.replace("kubeconfig: {fromEnv: KUBECONFIG}", "inCluster: true");
    assert!(text.contains("inCluster"), "{text}");
    story.repository.write(&file, &text);
    story.write("colours.yaml", &config_map("colours", "green"));
    let token = story.kubectl(&["create", "token", "default"]);
    let apply = ["apply", story.environment.as_str(), "--auto-approve"];
    let refused = in_a_pod(&story, token.trim(), &apply);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(7), "{said}");
    assert!(said.contains(&format!("system:serviceaccount:{}:default", story.namespace)), "{said}");

    let account = format!("--serviceaccount={}:default", story.namespace);
    story.kubectl(&[
        "create",
        "clusterrolebinding",
        &story.namespace,
        "--clusterrole=cluster-admin",
        &account,
    ]);
    let applied = in_a_pod(&story, token.trim(), &apply);
    let said = String::from_utf8_lossy(&applied.stderr).into_owned();
    assert_eq!(applied.status.code(), Some(0), "{said}");
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
    assert!(!Path::new("/run/secrets/kubernetes.io/serviceaccount/token").exists(), "nothing of it remains");
}
