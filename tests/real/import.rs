//! What runs already, made by hand, by kubectl and by Helm: imported, planned empty, adopted without a write to any spec.

use super::secrets::encoded;
use super::story::Story;
use crate::support::repository::Run;
use serde_json::Value;
use std::collections::BTreeMap;

const CANARY: &str = "canary-81c2d5b7e9";

/// Everything in the namespace, as the API server has it.
fn objects(story: &Story) -> BTreeMap<String, Value> {
    let kinds = story.kubectl(&["api-resources", "--namespaced", "--verbs=list,create", "-o", "name"]);
    let skip = ["events", "leases", "endpoints", "events.events.k8s.io"];
    let kinds: Vec<&str> =
        kinds.lines().filter(|kind| !skip.iter().any(|skip| kind.starts_with(skip))).collect();
    let all = story.kubectl(&[
        "get",
        &kinds.join(","),
        "--ignore-not-found",
        "-o",
        "json",
        "--show-managed-fields",
    ]);
    let all: Value = serde_json::from_str(&all).expect("JSON");
    let items = all["items"].as_array().cloned().unwrap_or_default().into_iter();
    items
        .map(|item| {
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            let name = format!("{}/{}", text(&item["kind"]), text(&item["metadata"]["name"]));
            (name, item)
        })
        .collect()
}

/// What a person would call the object: without what each write changes, and without our label.
fn essence(object: &Value) -> Value {
    let mut object = object.clone();
    let metadata = object["metadata"].as_object_mut().expect("metadata");
    metadata.remove("managedFields");
    metadata.remove("resourceVersion");
    if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
        labels.remove("evenkeel.dev/environment");
    }
    if metadata.get("labels").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
        metadata.remove("labels");
    }
    object.as_object_mut().expect("an object").remove("status");
    object
}

/// Imports. Other tests bring custom kinds to the shared plane and take them away while this one looks: that those could
/// not be listed is told, as it must be, and no matter here.
fn import(story: &Story, code: i32, more: &[&str]) -> Run {
    let mut arguments = vec!["import", story.environment.as_str(), "--from", "kubernetes"];
    arguments.extend(["--namespace", story.namespace.as_str()]);
    arguments.extend_from_slice(more);
    let run = story.repository.run(&arguments);
    let unread: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("Not readable: ")).collect();
    let is_custom = |line: &&str| {
        let address = line.trim_start_matches("Not readable: kubernetes:");
        address.split('/').next().is_some_and(|kind| kind.contains('.'))
    };
    let only_custom = code == 0 && run.code == 7 && !unread.is_empty() && unread.iter().all(is_custom);
    assert!(run.code == code || only_custom, "{}: {}{}", run.code, run.stdout, run.stderr);
    run
}

/// Applies, and expects that nothing but labels and ownership changed.
fn adopt(story: &Story) {
    let before = objects(story);
    story.apply();
    let after = objects(story);
    for (name, object) in &before {
        assert_eq!(essence(object), essence(&after[name]), "{name}");
        assert_eq!(object["metadata"]["generation"], after[name]["metadata"]["generation"], "{name}");
    }
    story.expect_no_changes();
}

fn files(story: &Story) -> String {
    let directory = story.repository.path().join("environments").join(&story.environment);
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .expect("the environment")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = paths.iter().map(|path| {
        format!(
            "## {}\n{}",
            path.file_name().expect("a name").display(),
            std::fs::read_to_string(path).expect("text")
        )
    });
    read.collect()
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn config_maps_and_deployments_of_kubectl_are_imported_and_the_plan_is_empty() {
    let story = Story::begin("thin");
    let manifests =
        format!("{}---\n{}", super::story::config_map("colours", "green"), super::line::deployment("web", 2));
    story.plane.kubectl_with(&["-n", &story.namespace, "apply", "-f", "-"], &manifests);
    import(&story, 0, &[]);
    let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    assert!(plan.stdout.contains("2 to adopt"), "{}", plan.stdout);
    adopt(&story);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_namespace_that_people_and_tools_made_is_imported_adopted_and_kept() {
    let story = Story::begin("import");
    for (arguments, manifest) in [
        (vec!["apply", "-f", "-"], include_str!("import/applied.yaml")),
        (vec!["apply", "--server-side", "-f", "-"], include_str!("import/server-side.yaml")),
        (vec!["create", "-f", "-"], include_str!("import/created.yaml")),
        (vec!["apply", "--server-side", "--field-manager=helm", "-f", "-"], include_str!("import/helm.yaml")),
    ] {
        let mut all = vec!["-n", story.namespace.as_str()];
        all.extend(arguments);
        let manifest = manifest.replace("CANARY", CANARY).replace("ENCODED", &encoded(CANARY));
        story.plane.kubectl_with(&all, &manifest);
    }
    story.kubectl(&["create", "configmap", "by-hand", "--from-literal=size=large"]);
    story.kubectl(&["label", "configmap/by-hand", "team=graph"]);
    story.kubectl(&["scale", "deployment/worker", "--replicas=3"]);
    story.kubectl(&["expose", "deployment/worker", "--port=8080"]);
    story.kubectl(&["rollout", "status", "deployment/web", "--timeout=60s"]);
    let before = objects(&story);
    let run = import(&story, 0, &[]);
    let written = files(&story);
    let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    for text in [&written, &run.stderr, &run.stdout, &plan.stdout, &plan.stderr] {
        assert!(!text.contains(CANARY) && !text.contains(&encoded(CANARY)), "a secret is in what was said");
    }
    let (told, _) = plan.stdout.split_once(" to adopt").expect("how many are adopted");
    let adopted: usize = told.rsplit([' ', '\n']).next().expect("a word").parse().expect("a number");
    assert!(adopted >= 30, "{adopted} of {} objects are adopted", before.len());
    let again = import(&story, 0, &[]);
    assert!(again.stderr.contains("0 objects into 0 files"), "{}", again.stderr);
    adopt(&story);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_field_that_leaves_git_after_the_adoption_leaves_the_object_whoever_wrote_it() {
    let story = Story::begin("pruned");
    let namespace = story.namespace.as_str();
    let two = |name: &str| format!("{}  size: large\n", super::story::config_map(name, "green"));
    for (name, arguments) in [
        ("applied", vec!["apply"]),
        ("created", vec!["create"]),
        ("server-side", vec!["apply", "--server-side"]),
        ("helm", vec!["apply", "--server-side", "--field-manager=helm"]),
    ] {
        let arguments = [vec!["-n", namespace], arguments, vec!["-f", "-"]].concat();
        story.plane.kubectl_with(&arguments, &two(name));
    }
    story.kubectl(&["patch", "configmap/created", "-p", "{\"data\": {\"size\": \"huge\"}}"]);
    import(&story, 0, &[]);
    story.expect_no_changes();
    adopt(&story);
    for name in ["applied", "created", "server-side", "helm"] {
        let file =
            story.repository.path().join(format!("environments/{}/configmaps.yaml", story.environment));
        let text = std::fs::read_to_string(&file).expect("imported");
        let (before, after) = text.split_once(&format!("name: {name}\n")).expect("imported");
        let after = after.replacen("  size: large\n", "", 1).replacen(
            "  size: huge\n",
            "",
            usize::from(name == "created"),
        );
        std::fs::write(&file, format!("{before}name: {name}\n{after}")).expect("written");
    }
    story.expect(2, &["plan", "--detailed-exitcode"]);
    story.apply();
    for name in ["applied", "created", "server-side", "helm"] {
        assert_eq!(story.live(&format!("configmap/{name}"), "{.data}"), "{\"colour\":\"green\"}", "{name}");
    }
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn custom_resources_with_their_definitions_are_imported_with_cluster_scope() {
    let story = Story::begin("custom");
    let definition = include_str!("import/definition.yaml").replace("STORY", &story.namespace);
    story.plane.kubectl_with(&["apply", "-f", "-"], &definition);
    let name = format!("widgets.{}.example", story.namespace);
    story.plane.kubectl(&["wait", "--for=condition=Established", &format!("crd/{name}"), "--timeout=30s"]);
    let resource = include_str!("import/resource.yaml").replace("STORY", &story.namespace);
    story.plane.kubectl_with(&["-n", &story.namespace, "create", "-f", "-"], &resource);
    let run = import(
        &story,
        0,
        &[
            "--cluster-scoped",
            "--kind",
            "Widget",
            "--kind",
            "customresourcedefinitions",
            "--kind",
            "Namespace",
        ],
    );
    let written = files(&story);
    assert!(
        written.contains("kind: Widget\n") && written.contains(&format!("name: {name}\n")),
        "{}\n{written}",
        run.stderr
    );
    assert!(!written.contains("colour: blue"), "what the schema fills in is left out: {written}");
    story.expect_no_changes();
    adopt(&story);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_another_environment_has_is_told_and_never_taken_and_what_is_there_is_never_overwritten() {
    let story = Story::begin("others");
    story.write("colours.yaml", &super::story::config_map("colours", "green"));
    story.apply();
    let second = format!("{}-second", story.environment);
    story.repository.environment(&second, &story.namespace);
    story.kubectl(&["create", "configmap", "free", "--from-literal=size=large"]);
    let arguments =
        ["import", second.as_str(), "--from", "kubernetes", "--namespace", story.namespace.as_str()];
    let printed = story.repository.expect(0, &[arguments.as_slice(), &["--stdout"]].concat());
    let told = format!("ConfigMap/{0}/colours carries the marker of environment {0}", story.namespace);
    assert!(printed.stderr.contains(&told), "{}", printed.stderr);
    assert!(
        printed.stdout.contains("name: free") && !printed.stdout.contains("name: colours"),
        "{}",
        printed.stdout
    );
    let file = format!("environments/{second}/configmaps.yaml");
    assert!(!story.repository.path().join(&file).exists());
    story.repository.write(&file, "# ours\n");
    let refused = story.repository.expect(1, &arguments);
    assert!(refused.stderr.contains("configmaps.yaml is there already"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(story.repository.path().join(&file)).expect("kept"), "# ours\n");
    story.repository.remove(&file);
    story.repository.expect(0, &arguments);
    let plan = story.repository.expect(0, &["plan", &second, "--detailed-exitcode", "--coverage"]);
    assert!(plan.stdout.contains("1 of 1 object managed, 1 by other environments."), "{}", plan.stdout);
    story.kubectl(&["create", "configmap", "more", "--from-literal=size=large"]);
    let plan = story.repository.expect(0, &["plan", &second, "--coverage"]);
    assert!(plan.stdout.contains("1 of 2 objects managed"), "{}", plan.stdout);
    assert!(
        plan.stdout.contains(&format!("  kubernetes:ConfigMap/{}/more", story.namespace)),
        "{}",
        plan.stdout
    );
    let json = story.repository.expect(0, &["plan", &second, "--coverage", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).expect("one document");
    assert_eq!(json["coverage"]["managed"], 1);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_secret_that_is_its_own_source_is_unreadable_when_it_is_gone_and_never_made_anew() {
    let story = Story::begin("gone");
    story.kubectl(&[
        "create",
        "secret",
        "generic",
        "auth",
        &format!("--from-literal=password={CANARY}"),
        "--from-literal=user=a",
    ]);
    import(&story, 0, &[]);
    adopt(&story);
    story.kubectl(&[
        "patch",
        "secret/auth",
        "-p",
        &format!("{{\"data\": {{\"password\": \"{}\"}}}}", encoded("rotated by hand")),
    ]);
    story.expect_no_changes();
    story.kubectl(&["delete", "secret/auth"]);
    let plan = story.expect(7, &["plan", "--detailed-exitcode"]);
    let words: Vec<&str> = plan.stdout.split_whitespace().collect();
    assert!(words.join(" ").contains("the source of its own password, user"), "{}", plan.stdout);
    assert!(!plan.stdout.contains("1 to add"), "{}", plan.stdout);
    story.expect(7, &["apply", "--auto-approve"]);
    assert_eq!(story.kubectl(&["get", "secrets", "-o", "name"]), "");
    assert!(!format!("{}{}", plan.stdout, plan.stderr).contains(CANARY));
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_kind_that_may_not_be_listed_is_told_and_the_rest_is_imported() {
    let story = Story::begin("blind");
    story.kubectl(&["create", "configmap", "colours", "--from-literal=colour=green"]);
    story.kubectl(&["create", "secret", "generic", "auth", "--from-literal=password=x"]);
    let rules = "- {apiGroups: [\"\"], resources: [configmaps, namespaces], verbs: [get, list]}\n\
                 - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, list]}\n";
    super::permissions::restrict(&story, rules);
    let run = import(&story, 7, &["--kind", "ConfigMap", "--kind", "Secret"]);
    assert!(run.stderr.contains("1 object into 1 file"), "{}", run.stderr);
    assert!(run.stderr.contains("Not readable: kubernetes:Secret/"), "{}", run.stderr);
    assert!(files(&story).contains("colour: green"));
}
