//! What a user sees of reading specs: repositories in, wanted resources or findings out.

use evenkeel_core::documents::{Repository, SourceFile, Specs};
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

fn repository(files: &[(&str, &str)]) -> Repository {
    let files: Vec<SourceFile> = files
        .iter()
        .map(|(path, text)| SourceFile { path: (*path).into(), bytes: text.as_bytes().to_vec() })
        .collect();
    Repository::read(&files).0
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
    let start = std::time::Instant::now();
    let (repository, findings) = Repository::read(&files);
    let read = start.elapsed();
    let findings = [findings, repository.validate()].concat();
    println!("{bytes} bytes: read {read:?}, all {:?}", start.elapsed());
    assert_eq!(findings, Vec::new());
}
