//! Rights, and what lives at the top of a cluster.

use super::super::coins::Coins;
use serde_json::{Value, json};

fn rules(coins: &Coins) -> Value {
    let verbs = coins.pick(&[json!(["get"]), json!(["get", "list"]), json!(["*"])]);
    coins.items(vec![
        json!({"apiGroups": [""], "resources": ["pods"], "verbs": verbs}),
        json!({"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"], "resourceNames": ["one"]}),
    ])
}

pub(super) fn role(coins: &Coins) -> Value {
    json!({"rules": coins.pick(&[Value::Null, json!([])])}).pipe(|mut role| {
        if !coins.once_in(4) {
            role["rules"] = rules(coins);
        }
        role
    })
}

trait Pipe: Sized {
    fn pipe<T>(self, then: impl FnOnce(Self) -> T) -> T {
        then(self)
    }
}

impl Pipe for Value {}

fn binding(coins: &Coins, kind: &str) -> Value {
    let subjects = coins.items(vec![
        json!({"kind": "User", "name": "ann", "apiGroup": "rbac.authorization.k8s.io"}),
        json!({"kind": "User", "name": "bob"}),
        json!({"kind": "ServiceAccount", "name": "robot", "namespace": "default"}),
    ]);
    let mut role = json!({"kind": kind, "name": "reader", "apiGroup": "rbac.authorization.k8s.io"});
    if coins.once_in(3) {
        role["apiGroup"] = json!("");
    }
    json!({"roleRef": role, "subjects": subjects})
}

pub(super) fn role_binding(coins: &Coins) -> Value {
    binding(coins, "Role")
}

pub(super) fn cluster_role_binding(coins: &Coins) -> Value {
    binding(coins, "ClusterRole")
}

pub(super) fn cluster_role(coins: &Coins) -> Value {
    if coins.once_in(4) {
        return json!({"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"x": coins.text(&["a", "b"])}}]}, "rules": []});
    }
    json!({"rules": rules(coins)})
}

pub(super) fn volume(coins: &Coins) -> Value {
    let entries = vec![
        ("persistentVolumeReclaimPolicy", coins.text(&["Retain", "Delete"])),
        ("storageClassName", coins.text(&["fast", "slow", ""])),
        ("mountOptions", coins.pick(&[json!(["ro"]), json!(["ro", "hard"]), json!([])])),
    ];
    let mut spec = coins.some(entries);
    spec["capacity"] = json!({"storage": coins.text(&["1Gi", "1024Mi", "2Gi"])});
    spec["accessModes"] = json!(["ReadWriteOnce"]);
    spec["hostPath"] = json!({"path": "/tmp"});
    json!({"spec": spec})
}

pub(super) fn namespace(coins: &Coins) -> Value {
    if coins.once_in(3) { json!({"spec": {"finalizers": ["kubernetes"]}}) } else { json!({}) }
}

pub(super) fn storage_class(coins: &Coins) -> Value {
    let entries = vec![
        ("allowVolumeExpansion", coins.pick(&[json!(true), json!(false)])),
        ("reclaimPolicy", json!("Delete")),
        ("volumeBindingMode", json!("Immediate")),
        ("mountOptions", json!(["ro"])),
    ];
    let mut class = coins.some(entries);
    class["provisioner"] = json!("example.com/disk");
    class
}

pub(super) fn priority_class(coins: &Coins) -> Value {
    let entries = vec![
        ("description", coins.text(&["one", "two", ""])),
        ("globalDefault", json!(false)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
    ];
    let mut class = coins.some(entries);
    class["value"] = coins.pick(&[json!(10), json!(10), json!(0)]);
    class
}

pub(super) fn runtime_class(coins: &Coins) -> Value {
    let overhead = json!({"podFixed": {"cpu": coins.text(&["0.1", "100m", "200m"])}});
    let scheduling = json!({"nodeSelector": {"x": coins.text(&["a", "b"])}, "tolerations": [{"key": "k", "operator": "Exists"}]});
    let mut class = coins.some(vec![("overhead", overhead), ("scheduling", scheduling)]);
    class["handler"] = json!("runc");
    class
}

pub(super) fn webhooks(coins: &Coins) -> Value {
    let hook = |name: &str, coins: &Coins| {
        let entries = vec![
            ("failurePolicy", json!("Ignore")),
            ("timeoutSeconds", coins.pick(&[json!(10), json!(5)])),
            ("matchPolicy", json!("Equivalent")),
            ("namespaceSelector", coins.pick(&[json!({"matchLabels": {"no": "never"}}), json!({})])),
            (
                "rules",
                json!([{"apiGroups": ["none.example"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["none"]}]),
            ),
        ];
        let mut hook = coins.some(entries);
        let mut service = json!({"name": "hook", "namespace": "default"});
        if coins.once_in(2) {
            service["port"] = coins.pick(&[json!(443), json!(8443)]);
        }
        hook["name"] = json!(name);
        hook["clientConfig"] = json!({"service": service});
        hook["sideEffects"] = json!("None");
        hook["admissionReviewVersions"] = json!(["v1"]);
        hook["failurePolicy"] = json!("Ignore");
        if hook.get("rules").is_none() {
            hook["rules"] = json!([{"apiGroups": ["none.example"], "apiVersions": ["v1"], "operations": ["*"], "resources": ["none"], "scope": "Namespaced"}]);
        }
        hook
    };
    let hooks = vec![hook("one.example.com", coins), hook("two.example.com", coins)];
    json!({"webhooks": coins.items(hooks)})
}
