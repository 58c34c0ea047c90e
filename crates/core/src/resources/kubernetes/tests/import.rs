//! Import on objects that are written down here; real servers have their say in `tests/real/import.rs`.

use super::{entry, value};
use crate::engine::fingerprint::DigestKey;
use crate::engine::id::{ConnectionName, EnvironmentName, Kind, ResourceId, System};
use crate::engine::live::Live;
use crate::engine::question::{Answer, Fact, FactId, Question, Scope, Served};
use crate::report::import::file_text;
use crate::resources::import::{Import, LeftOut, Next};
use crate::resources::kubernetes::import::{ClusterScoped, Order, coverage, import};
use crate::resources::kubernetes::{Lens, builtin_kinds, observe_value};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const CANARY: &str = "Y2FuYXJ5LWEwYjE=";

fn order() -> Order {
    Order {
        environment: EnvironmentName::new("prod"),
        connection: ConnectionName::default(),
        namespaces: vec![Arc::from("shop")],
        kinds: Vec::new(),
        cluster_scoped: ClusterScoped::Left,
        wanted: BTreeSet::new(),
    }
}

/// A cluster that serves the built-in kinds and has these objects.
struct Cluster(Vec<Json>);

impl Cluster {
    fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::Fact(FactId::ServedKinds(_)) => {
                let kinds = builtin_kinds().map(|kind| kind.served.clone()).collect();
                Answer::Fact(Fact::ServedKinds(Served { kinds, ..Served::default() }))
            }
            Question::Everything(scope) => {
                let rows = self.0.iter().map(observed).filter(|seen| Scope::of(&seen.id) == *scope).collect();
                Answer::Inventory { rows, complete: Ok(()) }
            }
            other => panic!("an import does not ask {other:?}"),
        }
    }

    fn known(&self, order: &Order) -> (Live, Import) {
        let mut known = Live::default();
        loop {
            match import(order, &known) {
                Next::Ready(import) => return (known, *import),
                Next::Ask(questions) => {
                    for question in questions {
                        let answer = self.answer(&question);
                        known.insert(question, answer, jiff::Timestamp::UNIX_EPOCH);
                    }
                }
            }
        }
    }

    fn import(&self, order: &Order) -> Import {
        self.known(order).1
    }
}

fn observed(object: &Json) -> crate::engine::question::Seen {
    let (connection, key) = (ConnectionName::default(), DigestKey::new([7; 32]));
    let lens = Lens { connection: &connection, key: &key, expected: None };
    observe_value(value(object), &lens).expect("an object")
}

fn object(version: &str, kind: &str, name: &str, rest: &Json) -> Json {
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {
        "name": name, "namespace": "shop", "uid": name, "resourceVersion": "1", "creationTimestamp": "2026-10-02T08:00:00Z"}});
    merge(&mut object, rest);
    object
}

fn merge(into: &mut Json, from: &Json) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Json::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn text(import: &Import) -> String {
    let texts =
        import.files.iter().map(|file| format!("## {}\n{}", file.name, file_text(file).expect("YAML")));
    texts.collect()
}

fn service(manager: &str, operation: &str) -> Json {
    let fields = json!({"f:spec": {"f:selector": {}, "f:sessionAffinity": {}, "f:type": {},
        "f:ports": {".": {}, "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:protocol": {}, "f:targetPort": {}}}}});
    let controller = entry(
        "kube-controller-manager",
        "Update",
        "v1",
        json!({"f:metadata": {"f:annotations": {"f:seen": {}}}}),
    );
    object(
        "v1",
        "Service",
        "web",
        &json!({
        "metadata": {"annotations": {"seen": "1"}, "managedFields": [entry(manager, operation, "v1", fields), controller]},
        "spec": {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "type": "ClusterIP", "sessionAffinity": "None",
            "internalTrafficPolicy": "Cluster", "selector": {"app": "web"},
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}]},
        "status": {"loadBalancer": {}}}),
    )
}

#[test]
fn defaults_in_the_record_of_an_update_are_the_servers_and_in_that_of_an_apply_somebodys() {
    let spec = |manager: &str, operation: &str| {
        let text = text(&Cluster(vec![service(manager, operation)]).import(&order()));
        text.split_once("spec:\n").expect("a spec").1.to_owned()
    };
    assert_eq!(
        spec("kubectl-create", "Update"),
        "  ports:\n  - port: 80\n    targetPort: 8080\n  selector:\n    app: web\n"
    );
    let applied = spec("kubectl", "Apply");
    assert!(
        applied.contains("type: ClusterIP\n") && applied.contains("sessionAffinity: None\n"),
        "{applied}"
    );
    assert!(!applied.contains("clusterIP:") && !applied.contains("internalTrafficPolicy"), "{applied}");
}

#[test]
fn what_controllers_and_the_cluster_made_is_left_out_with_a_reason() {
    let owned = json!({"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "web-1", "uid": "u", "controller": true}]}});
    let set = json!({"spec": {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}});
    let cluster = Cluster(vec![
        object("v1", "Pod", "web-1-x", &owned),
        object("v1", "ConfigMap", "kube-root-ca.crt", &json!({})),
        object("v1", "ServiceAccount", "default", &json!({})),
        object("v1", "Secret", "token", &json!({"type": "kubernetes.io/service-account-token"})),
        object("v1", "Secret", "release", &json!({"type": "helm.sh/release.v1"})),
        object("apps/v1", "StatefulSet", "db", &set),
        object("v1", "PersistentVolumeClaim", "data-db-0", &json!({})),
        object("v1", "PersistentVolumeClaim", "data-db-x", &json!({})),
        object(
            "v1",
            "ConfigMap",
            "journal",
            &json!({"metadata": {"labels": {"evenkeel.dev/state-of": "prod"}}}),
        ),
        object(
            "v1",
            "ConfigMap",
            "theirs",
            &json!({"metadata": {"labels": {"evenkeel.dev/environment": "staging"}}}),
        ),
        object(
            "v1",
            "ConfigMap",
            "going",
            &json!({"metadata": {"deletionTimestamp": "2026-10-03T08:00:00Z"}}),
        ),
    ]);
    let (known, import) = cluster.known(&order());
    let left: Vec<(String, LeftOut)> =
        import.left_out.iter().map(|(id, why)| (id.name.to_string(), why.clone())).collect();
    let expected = [
        ("going", LeftOut::BeingDeleted),
        ("journal", LeftOut::State),
        ("kube-root-ca.crt", LeftOut::OfTheCluster),
        ("theirs", LeftOut::OtherEnvironment("staging".to_owned())),
        ("data-db-0", LeftOut::Claim("db".to_owned())),
        ("web-1-x", LeftOut::Controlled("ReplicaSet".to_owned())),
        ("release", LeftOut::HelmRecord),
        ("token", LeftOut::Token),
        ("default", LeftOut::OfTheCluster),
    ];
    assert_eq!(left, expected.map(|(name, why)| (name.to_owned(), why)));
    let taken: Vec<String> = import.addresses().map(|id| id.name.to_string()).collect();
    assert_eq!(taken, ["data-db-x", "db"]);
    let has_set = Order { wanted: BTreeSet::from([address("StatefulSet", "db")]), ..order() };
    let covered = coverage(&has_set, &known).expect("all is known");
    assert_eq!(
        (covered.managed, covered.unmanaged),
        (1, vec![address("PersistentVolumeClaim", "data-db-x")])
    );
    assert_eq!(covered.others.len(), 1);
}

fn address(kind: &str, name: &str) -> ResourceId {
    ResourceId {
        system: System::Kubernetes,
        connection: ConnectionName::default(),
        kind: Kind::new(kind),
        namespace: Some(Arc::from("shop")),
        name: Arc::from(name),
    }
}

#[test]
fn an_application_is_one_file_and_its_secret_refers_to_itself() {
    let pod = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"serviceAccountName": "web", "containers": [
        {"name": "main", "image": "web:1", "envFrom": [{"secretRef": {"name": "auth"}}]}]}});
    let scaler = json!({"spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    let deployment =
        json!({"spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": pod}});
    let cluster = Cluster(vec![
        object("apps/v1", "Deployment", "web", &deployment),
        object("autoscaling/v2", "HorizontalPodAutoscaler", "scale", &scaler),
        object(
            "v1",
            "Secret",
            "auth",
            &json!({"data": {"password": CANARY}, "type": "kubernetes.io/basic-auth"}),
        ),
        object("v1", "ServiceAccount", "web", &json!({})),
        service("helm", "Update"),
        object("v1", "ConfigMap", "alone", &json!({"data": {"a": "1"}})),
    ]);
    let import = cluster.import(&order());
    let text = text(&import);
    assert!(!text.contains(CANARY) && !text.contains("canary"), "{text}");
    insta::with_settings!({snapshot_path => "../../../../../../tests/stories/import", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("an-application-is-one-file", text);
    });
}
