//! Preflight on a real server: the roles that it prints are enough, and with one verb less it says which one is missing.

use super::line::deployment;
use super::story::{Story, config_map};
use crate::support::repository::Run;
use serde_json::{Value, json};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: bolt}\nspec: {selector: {app: a}, ports: [{port: 7687}]}\n";

/// Kinds of every sort: in a namespace, at the top, custom, a secret from another, and one that only the ledger has.
fn begin(name: &str) -> Story {
    let story = Story::begin(name);
    let Story { namespace, .. } = &story;
    let definition = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: graphs.{namespace}.example.org}}\n\
         spec:\n  group: {namespace}.example.org\n  scope: Namespaced\n  names: {{plural: graphs, singular: graph, kind: Graph}}\n  \
         versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {{openAPIV3Schema: {{type: object, \
         x-kubernetes-preserve-unknown-fields: true}}}}\n"
    );
    story.plane.kubectl_with(&["apply", "-f", "-"], &definition);
    let name = format!("crd/graphs.{namespace}.example.org");
    story.plane.kubectl(&["wait", "--for=condition=Established", &name, "--timeout=20s"]);
    story.kubectl(&["create", "secret", "generic", "source", "--from-literal=password=canary-91"]);
    story.kubectl(&["create", "serviceaccount", "robot"]);
    story.plane.kubectl(&["create", "namespace", &format!("{namespace}-state")]);
    story.write("service.yaml", SERVICE);
    story.apply();
    story.remove("service.yaml");
    let graph = format!(
        "apiVersion: {namespace}.example.org/v1\nkind: Graph\nmetadata: {{name: main}}\nspec: {{size: 1}}\n"
    );
    let class = format!(
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {{name: {namespace}}}\nvalue: 7\n"
    );
    let secret = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {{name: auth}}\nspec:\n  target: {{namespace: {namespace}, \
         name: auth}}\n  data:\n    password: {{fromSecret: {{namespace: {namespace}, name: source, key: password}}}}\n"
    );
    story.write("colours.yaml", &config_map("colours", "green")).write("graph.yaml", &graph);
    story.write("class.yaml", &class).write("secret.yaml", &secret);
    story
}

/// The rest of the story is told by a service account.
pub(super) fn act_as(story: &Story, account: &str) {
    let Story { namespace, environment, .. } = story;
    let file = format!("environments/{environment}/environment.yaml");
    let text = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    let acting = format!("as: \"system:serviceaccount:{namespace}:{account}\", namespace: {namespace}}}}}");
    story.repository.write(&file, &text.replace(&format!("namespace: {namespace}}}}}"), &acting));
}

pub(super) fn printed(story: &Story, purpose: &str) -> Vec<Value> {
    let subject = format!("ServiceAccount:{}/robot", story.namespace);
    let roles = story.expect(0, &["preflight", &format!("--rbac={purpose}"), "--subject", &subject]);
    let list =
        story.plane.kubectl_with(&["create", "--dry-run=client", "-o", "json", "-f", "-"], &roles.stdout);
    let mut stream = serde_json::Deserializer::from_str(&list).into_iter::<Value>();
    let mut all = Vec::new();
    while let Some(Ok(found)) = stream.next() {
        match found["items"].as_array() {
            Some(items) => all.extend(items.iter().cloned()),
            None => all.push(found),
        }
    }
    all
}

pub(super) fn grant(story: &Story, manifests: &[Value]) {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": manifests});
    story.plane.kubectl_with(&["apply", "-f", "-"], &list.to_string());
}

fn revoke(story: &Story, manifests: &[Value]) {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": manifests});
    story.plane.kubectl_with(&["delete", "--ignore-not-found", "-f", "-"], &list.to_string());
}

/// Authorizers see a new role a moment later than whoever made it.
pub(super) fn eventually(story: &Story, code: i32, arguments: &[&str]) -> Run {
    let mut all = vec![arguments[0], story.environment.as_str()];
    all.extend_from_slice(&arguments[1..]);
    for _try in 0..20 {
        let run = story.repository.run(&all);
        if run.code == code {
            return run;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    story.repository.expect(code, &all)
}

/// One verb of one rule of one role, and the roles without it.
#[derive(Debug)]
pub(super) struct Less {
    pub(super) verb: String,
    pub(super) resources: Vec<String>,
    pub(super) roles: Vec<Value>,
}

pub(super) fn one_verb_less(roles: &[Value]) -> Vec<Less> {
    let mut all = Vec::new();
    for (number, manifest) in roles.iter().enumerate() {
        let granting = manifest["rules"].as_array().cloned().unwrap_or_default();
        for (rule, granted) in granting.iter().enumerate() {
            let verbs = granted["verbs"].as_array().expect("verbs");
            for verb in verbs {
                let mut less = roles.to_vec();
                let left: Vec<&Value> = verbs.iter().filter(|other| *other != verb).collect();
                if left.is_empty() {
                    less[number]["rules"].as_array_mut().expect("rules").remove(rule);
                } else {
                    less[number]["rules"][rule]["verbs"] = json!(left);
                }
                let text = |value: &Value| value.as_str().expect("text").to_owned();
                let resources =
                    granted["resources"].as_array().expect("resources").iter().map(text).collect();
                all.push(Less { verb: text(verb), resources, roles: less });
            }
        }
    }
    all
}

/// The rights that a preflight in JSON names as refused, of those that are counted.
pub(super) fn refused(run: &Run, purposes: &[&str]) -> Vec<Refused> {
    let told: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let rights = told["rights"].as_array().expect("rights");
    let counts = |right: &&Value| purposes.iter().any(|purpose| right["for"] == json!(purpose));
    let refused = rights.iter().filter(|right| right["granted"] == json!(false)).filter(counts);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let right = |right: &Value| Refused {
        verb: text(&right["verb"]),
        resource: text(&right["resource"]),
        is_needed: !right["neededTo"].is_null(),
    };
    refused.map(right).collect()
}

/// A right that is refused.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) verb: String,
    resource: String,
    pub(super) is_needed: bool,
}

impl Less {
    /// Tells whether a right is one that this verb of this rule granted.
    pub(super) fn granted(&self, right: &Refused) -> bool {
        let Refused { verb, resource, is_needed: _ } = right;
        let kind = resource.split(['.', '/']).next().expect("a plural");
        *verb == self.verb && self.resources.iter().any(|plural| plural == kind)
    }
}

fn every_verb_is_missed(story: &Story, roles: &[Value], purposes: &[&str], flags: &[&str]) {
    let arguments = [&["preflight", story.environment.as_str(), "--format", "json"], flags].concat();
    for less in one_verb_less(roles) {
        grant(story, &less.roles);
        let mut run = story.repository.run(&arguments);
        for _try in 0..20 {
            let refused = refused(&run, purposes);
            if !refused.is_empty() && refused.iter().all(|right| less.granted(right)) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
            run = story.repository.run(&arguments);
        }
        let refused = refused(&run, purposes);
        let told = format!("without {} of {:?}: {refused:?}", less.verb, less.resources);
        assert!(!refused.is_empty() && refused.iter().all(|right| less.granted(right)), "{told}");
        let is_needed = refused.iter().any(|right| right.is_needed);
        assert_eq!(matches!(run.code, 4 | 7), is_needed, "{told}, exit {}", run.code);
    }
    grant(story, roles);
    eventually(story, 0, &[&["preflight"], flags].concat());
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn the_printed_roles_suffice_to_plan_and_with_any_verb_less_preflight_names_it() {
    let story = begin("plannerrole");
    let roles = printed(&story, "plan");
    act_as(&story, "robot");
    let nothing = story.expect(7, &["preflight", "--plan-only"]);
    assert!(nothing.stdout.contains("state cannot be read"), "{}", nothing.stdout);
    grant(&story, &roles);
    let ready = eventually(&story, 0, &["preflight", "--plan-only"]);
    assert!(ready.stdout.contains("Ready."), "{}", ready.stdout);
    let told = story.expect(4, &["preflight"]);
    assert!(told.stdout.contains("to apply missing"), "{}", told.stdout);
    // A definition that is new answers 429 for a moment.
    let plan = eventually(&story, 2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("Plan: 4 to add, 0 to change, 1 to destroy."), "{}", plan.stdout);
    story.expect(0, &["drift"]);
    every_verb_is_missed(&story, &roles, &["plan"], &["--plan-only"]);

    for (verb, kind) in
        [("get", "configmaps"), ("list", "configmaps"), ("list", "priorityclasses"), ("get", "namespaces")]
    {
        let without = |less: &Less| less.verb == verb && less.resources.iter().any(|plural| plural == kind);
        let less = one_verb_less(&roles).into_iter().find(without).expect("it is granted");
        grant(&story, &less.roles);
        let plan = eventually(&story, 7, &["plan", "--detailed-exitcode"]);
        assert!(
            format!("{}{}", plan.stdout, plan.stderr).contains("forbidden"),
            "{verb} {kind}: {}",
            plan.stdout
        );
    }
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn the_printed_roles_suffice_to_apply_and_with_any_verb_less_preflight_names_it() {
    let story = begin("applierrole");
    let roles = printed(&story, "apply");
    act_as(&story, "robot");
    grant(&story, &roles);
    eventually(&story, 0, &["preflight"]);
    let graph = |size| {
        let group = format!("{}.example.org", story.namespace);
        format!("apiVersion: {group}/v1\nkind: Graph\nmetadata: {{name: main}}\nspec: {{size: {size}}}\n")
    };
    // Each time something is left to do that takes the verb.
    let todo = [
        ("delete", "services", ("colours.yaml", config_map("colours", "green"))),
        ("patch", "graphs", ("graph.yaml", graph(2))),
        ("create", "configmaps", ("more.yaml", config_map("more", "green"))),
        ("update", "leases", ("graph.yaml", graph(3))),
    ];
    for (verb, kind, (file, text)) in todo {
        story.write(file, &text);
        let without = |less: &Less| less.verb == verb && less.resources.iter().any(|plural| plural == kind);
        let less = one_verb_less(&roles).into_iter().find(without).expect("it is granted");
        grant(&story, &less.roles);
        eventually(&story, 4, &["preflight"]);
        let arguments = ["apply", story.environment.as_str(), "--auto-approve"];
        let run = story.repository.run(&arguments);
        assert_ne!(run.code, 0, "{verb} {kind}: {}", run.stdout);
        assert!(
            format!("{}{}", run.stdout, run.stderr).contains("forbidden"),
            "{verb} {kind}: {}",
            run.stdout
        );
    }
    grant(&story, &roles);
    eventually(&story, 0, &["preflight"]);
    story.apply();
    story.expect_no_changes();
    story.expect(0, &["drift"]);
    assert_eq!(story.live("secret/auth", "{.metadata.name}"), "auth");
    story.expect(0, &["suspend", "--for", "1h", "--reason", "the broker is moved"]);
    story.expect(0, &["suspend", "--for", "0s"]);
    story.repository.expect(0, &["lock", "show", &story.environment]);
    story.repository.expect(0, &["ledger", "show", &story.environment]);
    assert_eq!(story.kubectl(&["get", "services", "-o", "name"]), "");
    let again = begin_to_apply(&story);
    every_verb_is_missed(&story, &again, &["plan", "apply"], &[]);
    revoke(&story, &again);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_quota_that_leaves_no_room_and_a_suspension_are_told_before_anything_is_planned() {
    let story = Story::begin("quota");
    story.kubectl(&["create", "quota", "few", "--hard=count/deployments.apps=1,requests.cpu=15m,pods=9"]);
    story.write("web.yaml", &deployment("web", 2));
    let mut told = String::new();
    // The server's own controller says what is used, a moment later.
    for _try in 0..50 {
        told = story.repository.run(&["preflight", &story.environment]).stdout;
        if told.contains("requests.cpu") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(told.contains("few: requests.cpu 0 of 15m used, 20m more do not fit"), "{told}");
    assert!(told.contains("few: pods 0 of 9 used, 2 more fit"), "{told}");
    assert!(told.contains("Not ready: a quota leaves no room."), "{told}");
    story.expect(4, &["preflight"]);
    story.expect(0, &["preflight", "--plan-only"]);
    story.expect(0, &["suspend", "--for", "1h", "--reason", "the broker is moved"]);
    let suspended = story.expect(6, &["preflight"]);
    assert!(suspended.stdout.contains("the broker is moved"), "{}", suspended.stdout);
    story.remove("web.yaml");
    story.expect(0, &["suspend", "--for", "0s"]);
    story.expect(0, &["preflight"]);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_lock_is_told_as_held_while_its_holder_lives_and_as_left_behind_once_it_is_gone() {
    let story = Story::begin("locked");
    let nowhere = "spec:\n      nodeSelector: {zone: nowhere}\n      containers";
    story.write("web.yaml", &deployment("web", 1).replace("spec:\n      containers", nowhere));
    let mut apply = story.repository.start(&["apply", &story.environment, "--auto-approve"]);
    let held = eventually(&story, 6, &["preflight"]);
    assert!(held.stdout.contains("held by"), "{}", held.stdout);
    let address = format!("kubernetes:Deployment/{}/web", story.namespace);
    let explained = story.repository.expect(0, &["explain", &address, &story.environment]);
    assert!(explained.stdout.starts_with(&format!("{address} waits\n")), "{}", explained.stdout);
    let words = explained.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("for {address} ready; an apply waits")), "{}", explained.stdout);
    assert!(words.contains(" now "), "what is missing is told: {}", explained.stdout);
    assert!(
        words.contains(&format!("evenkeel suspend {} --for 1h", story.environment)),
        "{}",
        explained.stdout
    );
    apply.kill().expect("it lives");
    apply.wait().expect("it ends");
    let left = story.expect(0, &["preflight"]);
    assert!(
        left.stdout.split_whitespace().collect::<Vec<_>>().join(" ").contains("and gone since"),
        "{}",
        left.stdout
    );
}

/// After the first apply the ledger has no Service any more, so fewer rights are needed.
fn begin_to_apply(story: &Story) -> Vec<Value> {
    printed(story, "apply").into_iter().filter(|manifest| manifest["kind"] != "List").collect()
}
