//! What a user sees of reading specs: repositories in, wanted resources or findings out.

#![expect(clippy::disallowed_methods, reason = "what is hostile must be refused in no time")]

use evenkeel_core::documents::{Reading, Repository, Sheet, SourceFile, Specs};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::path::Path;

const ENVIRONMENT: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  extends: [../base]
  kubernetes:
    default: {kubeconfig: {fromEnv: KUBECONFIG}, context: prod, namespace: graph}
  limits: {maxDeletes: 5, requestTimeout: 1m30s}
";

fn sources(files: &[(&str, &str)]) -> Vec<SourceFile> {
    let source =
        |(path, text): &(&str, &str)| SourceFile { path: (*path).into(), bytes: text.as_bytes().to_vec() };
    files.iter().map(source).collect()
}

fn repository(files: &[(&str, &str)]) -> Repository {
    Repository::read(&sources(files)).0
}

fn specs(files: &[(&str, &str)]) -> Specs {
    let repository = repository(files);
    let environment = repository.find("prod").expect("prod is there");
    match repository.specs(&environment) {
        Ok(specs) => specs,
        Err(findings) => panic!("{findings:#?}"),
    }
}

fn address(text: &str) -> ResourceId {
    text.parse().expect("an address")
}

#[test]
fn an_overlay_changes_what_it_names_and_each_value_knows_its_file() {
    let base = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app, namespace: graph}\ndata:\n  a: '1'\n  b: '2'\n";
    let prod = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app, namespace: graph}\ndata: {b: '3'}\n";
    let specs = specs(&[
        ("environments/prod/environment.yaml", ENVIRONMENT),
        ("environments/base/app.yaml", base),
        ("environments/prod/app.yaml", prod),
    ]);
    let id = address("kubernetes:ConfigMap/graph/app");
    let wanted = &specs.desired.resources[&id];
    assert_eq!(wanted.config.at(&["data", "a"]).and_then(|value| value.as_text()), Some("1"));
    assert_eq!(wanted.config.at(&["data", "b"]).and_then(|value| value.as_text()), Some("3"));
    let place = |key| specs.provenance.locate(&id, &Path::of(&["data", key])).expect("known").to_string();
    assert_eq!(place("a"), "environments/base/app.yaml:5:6");
    assert_eq!(place("b"), "environments/prod/app.yaml:4:11");
    assert_eq!(specs.desired.limits.request_timeout.as_secs(), 90);
    assert_eq!(specs.desired.limits.parallelism, 8);
}

#[test]
fn a_workload_needs_what_it_refers_to_and_nothing_else() {
    let objects = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: graph}
spec:
  template:
    spec:
      serviceAccountName: app
      containers:
      - name: app
        envFrom: [{configMapRef: {name: app}}, {secretRef: {name: elsewhere}}]
        env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: auth, key: password}}}]
---
{apiVersion: v1, kind: Namespace, metadata: {name: graph}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: app}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: graph}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: app, namespace: graph}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: app}
subjects: [{kind: ServiceAccount, name: app}]
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: unrelated}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecret
metadata: {name: auth}
spec: {target: {name: auth}, data: {password: {generate: {}}}}
";
    let specs = specs(&[
        ("environments/prod/environment.yaml", ENVIRONMENT),
        ("environments/prod/app.yaml", objects),
        ("environments/base/shared.yaml", ""),
    ]);
    let needs = &specs.desired.resources[&address("kubernetes:Deployment/graph/app")].needs;
    let needs: Vec<String> = needs.iter().map(ToString::to_string).collect();
    assert_eq!(
        needs,
        [
            "kubernetes:ConfigMap/app",
            "kubernetes:Namespace/graph",
            "kubernetes:RoleBinding/graph/app",
            "kubernetes:Secret/graph/auth",
            "kubernetes:ServiceAccount/graph/app",
        ]
    );
}

#[test]
fn the_order_of_files_and_keys_does_not_matter() {
    let one = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: graph}, data: {one: '1', two: '2'}}\n";
    let turned = "{data: {two: '2', one: '1'}, metadata: {namespace: graph, name: a}, kind: ConfigMap, apiVersion: v1}\n";
    let mut files = [
        ("environments/prod/environment.yaml", ENVIRONMENT),
        ("environments/base/a.yaml", one),
        ("environments/base/b.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n"),
    ];
    let first = specs(&files);
    files.reverse();
    assert_eq!(specs(&files).desired, first.desired);
    files[1].1 = turned;
    let id = address("kubernetes:ConfigMap/graph/a");
    assert_eq!(specs(&files).desired.resources[&id].config, first.desired.resources[&id].config);
}

#[test]
fn a_tree_is_its_environment_its_bases_and_the_policies_and_nothing_else() {
    let tree = |changed: &str| {
        let text = |path: &str, text: &str| {
            if path == changed { format!("{text}# changed\n") } else { text.to_owned() }
        };
        let environment = text("environments/prod/environment.yaml", ENVIRONMENT);
        let other = ENVIRONMENT.replace("prod", "other");
        let (base, other) =
            (text("environments/base/a.yaml", ""), text("environments/other/environment.yaml", &other));
        let (policy, readme) = (text("policies/size.yaml", ""), text("README.md", ""));
        let files = [
            ("environments/prod/environment.yaml", environment.as_str()),
            ("environments/base/a.yaml", &base),
            ("environments/other/environment.yaml", &other),
            ("policies/size.yaml", &policy),
            ("README.md", &readme),
        ];
        specs(&files).desired.tree
    };
    for counts in ["environments/prod/environment.yaml", "environments/base/a.yaml", "policies/size.yaml"] {
        assert_ne!(tree(counts), tree(""), "{counts}");
    }
    for other in ["environments/other/environment.yaml", "README.md"] {
        assert_eq!(tree(other), tree(""), "{other}");
    }
}

#[test]
fn own_order_gives_way_to_what_is_written_and_a_definition_comes_before_its_resources() {
    let objects = "\
apiVersion: v1
kind: Namespace
metadata: {name: graph, annotations: {evenkeel.dev/depends-on: kubernetes:ConfigMap/graph/first}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: first, namespace: graph}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: second, namespace: graph}}
---
{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, namespace: graph}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, names: {kind: Widget, plural: widgets}}
";
    let environment = ENVIRONMENT.replace("extends: [../base]", "extends: []");
    let specs = specs(&[("prod/environment.yaml", &environment), ("prod/all.yaml", objects)]);
    let needs = |id: &str| -> Vec<String> {
        specs.desired.resources[&address(id)].needs.iter().map(ToString::to_string).collect()
    };
    assert_eq!(needs("kubernetes:Namespace/graph"), ["kubernetes:ConfigMap/graph/first"]);
    assert_eq!(needs("kubernetes:ConfigMap/graph/first"), Vec::<String>::new());
    assert_eq!(needs("kubernetes:ConfigMap/graph/second"), ["kubernetes:Namespace/graph"]);
    let widget = needs("kubernetes:Widget.example.com/graph/w");
    assert_eq!(
        widget,
        ["kubernetes:CustomResourceDefinition/widgets.example.com", "kubernetes:Namespace/graph"]
    );
}

#[test]
fn a_chain_of_ten_thousand_needs_is_no_depth_for_the_stack() {
    let link = |number: usize| {
        let needed = format!("kubernetes:ConfigMap/graph/c{}", number + 1);
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c{number}, namespace: graph, annotations: {{evenkeel.dev/depends-on: '{needed}'}}}}}}\n---\n"
        )
    };
    let mut text: String = (0..10_000).map(link).collect();
    text.push_str("{apiVersion: v1, kind: ConfigMap, metadata: {name: c10000, namespace: graph}}\n");
    let environment = ENVIRONMENT.replace("extends: [../base]", "extends: []");
    let specs = specs(&[("prod/environment.yaml", &environment), ("prod/all.yaml", &text)]);
    assert_eq!(specs.desired.resources.len(), 10_001);
}

#[test]
fn lists_are_taken_apart_and_their_items_find_each_other() {
    let list = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- {apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {volumes: [{name: a, configMap: {name: a}}]}}
";
    let environment = ENVIRONMENT.replace("extends: [../base]", "extends: []");
    let specs = specs(&[("prod/environment.yaml", &environment), ("prod/all.yaml", list)]);
    let id = address("kubernetes:Pod/b");
    let needs = &specs.desired.resources[&id].needs;
    assert_eq!(needs.iter().map(ToString::to_string).collect::<Vec<_>>(), ["kubernetes:ConfigMap/a"]);
    assert!(specs.provenance.locate(&id, &Path::default()).is_some());
}

/// Ten thousand documents of about 1 KB; `cargo test --release -- --ignored --nocapture` tells the time.
#[test]
#[ignore = "a measurement, of use in release only"]
fn ten_thousand_documents_are_validated_within_a_second() {
    let one = |number: usize| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}\n  namespace: graph\n  labels: {{app: app-{number}, team: orders}}\nspec:\n  replicas: 2\n  selector: {{matchLabels: {{app: app-{number}}}}}\n  template:\n    metadata:\n      labels:\n        app: app-{number}\n    spec:\n      serviceAccountName: app\n      containers:\n      - name: app\n        image: registry.example.com/orders/app:1.2.{number}\n        args: [\"--listen\", \"0.0.0.0:8080\", \"--verbose\"]\n        ports:\n        - name: http\n          containerPort: 8080\n        env:\n        - name: PASSWORD\n          valueFrom:\n            secretKeyRef:\n              name: app-{number}\n              key: password\n        - name: LEVEL\n          value: \"info\"\n        resources:\n          requests: {{cpu: 100m, memory: 128Mi}}\n          limits: {{memory: 256Mi}}\n        readinessProbe:\n          httpGet:\n            path: /ready\n            port: http\n          periodSeconds: 10\n      volumes:\n      - name: config\n        configMap:\n          name: app-{number}\n---\n"
        )
    };
    let environment = ENVIRONMENT.replace("extends: [../base]", "extends: []");
    let mut files =
        vec![SourceFile { path: "prod/environment.yaml".into(), bytes: environment.into_bytes() }];
    for file in 0..100 {
        let text: String = (0..100).map(|document| one(file * 100 + document)).collect();
        files.push(SourceFile { path: format!("prod/{file}.yaml").into(), bytes: text.into_bytes() });
    }
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    for threads in [1, 2] {
        let start = std::time::Instant::now();
        let repository = read_on(&files, threads);
        let read = start.elapsed();
        let findings = repository.validate();
        let checked = start.elapsed();
        let wanted = repository.specs(&repository.find("prod").unwrap()).unwrap().desired.resources.len();
        println!(
            "{bytes} bytes, {threads} threads: read {read:?}, validated {checked:?}, specs made {:?}",
            start.elapsed()
        );
        assert_eq!((findings, wanted), (Vec::new(), 10_000));
    }
}

/// Reads as the shell does: each thread takes a share of the files.
fn read_on(files: &[SourceFile], threads: usize) -> Repository {
    let mut reading = Reading::of(files);
    let share = reading.sheets().len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for sheets in reading.sheets().chunks_mut(share) {
            scope.spawn(|| sheets.iter_mut().rev().for_each(Sheet::read));
        }
    });
    reading.finish()
}

#[test]
fn files_may_be_read_on_several_threads_and_in_any_order() {
    let files = sources(&[
        ("prod/environment.yaml", &ENVIRONMENT.replace("extends: [../base]", "extends: []")),
        ("prod/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {quiet: no}\n"),
        ("prod/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {quiet: yes\n"),
        ("prod/c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
    ]);
    let (alone, told) = Repository::read(&files);
    assert_eq!(told.len(), 3, "{told:#?}");
    for threads in 1..=4 {
        let together = read_on(&files, threads);
        assert_eq!(together.validate(), alone.validate());
        assert_eq!(together.files(), 4);
    }
}

/// What people copy must be right: the examples of this repository are specs like any other.
#[test]
fn the_living_examples_validate_without_a_finding() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for directory in std::fs::read_dir(root.join("environments")).unwrap().map(|entry| entry.unwrap().path())
    {
        for file in std::fs::read_dir(&directory).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap().into();
            files.push(SourceFile { path, bytes: std::fs::read(&file).unwrap() });
        }
    }
    let (repository, findings) = Repository::read(&files);
    let names: Vec<_> = repository.environments().into_iter().map(|known| known.name.to_string()).collect();
    assert_eq!((findings, repository.validate()), (Vec::new(), Vec::new()));
    assert_eq!(names, ["neo4j", "neo4j-community", "prod", "staging"]);
    assert!(repository.environments().iter().all(|known| repository.specs(known).is_ok()));
}
