//! Defaults that depend on other fields; those that never do are in the table. Each was seen on 1.36.

use super::object::set_at;
use super::strategy::is_reachable;
use crate::base64;
use evenkeel_core::engine::value::{Map, Value};

/// Fills in what constant defaults would hide: it must be known what was not written.
pub(crate) fn before_constants(object: &mut Value, kind: &str) {
    match kind {
        "Secret" => move_string_data(object),
        "Deployment" if is_rolling(object) => {
            set_missing(object, &["spec", "strategy", "rollingUpdate", "maxSurge"], Value::from("25%"));
            set_missing(object, &["spec", "strategy", "rollingUpdate", "maxUnavailable"], Value::from("25%"));
        }
        // A written type keeps the partition away: seen on 1.36.
        "StatefulSet" if object.at(&["spec", "updateStrategy", "type"]).is_none() => {
            set_missing(object, &["spec", "updateStrategy", "rollingUpdate", "partition"], Value::from(0));
        }
        _ => {}
    }
}

/// Fills in what depends on constant defaults.
pub(crate) fn after_constants(object: &mut Value, kind: &str) {
    match kind {
        "Deployment" | "StatefulSet" | "ReplicaSet" => {
            default_pod(object, &["spec", "template", "spec"]);
            if kind == "StatefulSet" {
                edit_items(object, &["spec", "volumeClaimTemplates"], |claim| {
                    set_missing(claim, &["status", "phase"], Value::from("Pending"));
                });
                let rolling = &["spec", "updateStrategy", "rollingUpdate"];
                if object.at(rolling).is_some_and(|found| *found != Value::Null) {
                    set_missing(object, &[rolling, &["partition"][..]].concat(), Value::from(0));
                }
            }
        }
        "Pod" => {
            default_pod(object, &["spec"]);
            edit_items(object, &["spec", "containers"], request_what_is_limited);
        }
        "Service" => default_service(object),
        "HorizontalPodAutoscaler" => {
            default_metrics(object);
            default_behavior(object);
        }
        "CustomResourceDefinition" => default_definition(object),
        _ => {}
    }
}

fn is_rolling(object: &Value) -> bool {
    let written = object.at(&["spec", "strategy", "type"]).and_then(Value::as_text).unwrap_or_default();
    matches!(written, "" | "RollingUpdate") && object.get("spec").is_some()
}

/// Writes a value where nothing stands.
pub(crate) fn set_missing(object: &mut Value, path: &[&str], value: Value) {
    if object.at(path).is_none_or(|found| *found == Value::Null) {
        set_at(object, path, value);
    }
}

/// Changes each item of a list.
pub(crate) fn edit_items(object: &mut Value, path: &[&str], mut change: impl FnMut(&mut Value)) {
    let list = path.iter().try_fold(object, |value, field| value.as_map_mut()?.get_mut(*field));
    if let Some(Value::List(items)) = list {
        items.iter_mut().for_each(&mut change);
    }
}

/// `stringData` wins over `data` and is never shown.
fn move_string_data(object: &mut Value) {
    let given = object.get("stringData").and_then(Value::as_map).cloned().unwrap_or_default();
    for (key, text) in given {
        let text = text.as_text().unwrap_or_default();
        set_at(object, &["data", &key], Value::from(base64::encode(text.as_bytes())));
    }
    set_at(object, &["stringData"], Value::Null);
}

fn default_pod(object: &mut Value, pod: &[&str]) {
    for list in ["containers", "initContainers"] {
        edit_items(object, &[pod, &[list]].concat(), |container| {
            let image = container.get("image").and_then(Value::as_text).unwrap_or_default();
            let policy = if pulls_always(image) { "Always" } else { "IfNotPresent" };
            set_missing(container, &["imagePullPolicy"], Value::from(policy));
        });
    }
    edit_items(object, &[pod, &["volumes"]].concat(), |volume| {
        if volume.as_map().is_some_and(|volume| volume.len() <= 1) {
            set_missing(volume, &["emptyDir"], Value::Map(Map::new()));
        }
    });
    // The older name is an alias; where both are written, the newer one counts: seen on 1.36.
    let (name, alias) = ([pod, &["serviceAccountName"]].concat(), [pod, &["serviceAccount"]].concat());
    if let Some(account) = object.at(&name).or(object.at(&alias)).cloned() {
        set_at(object, &name, account.clone());
        set_at(object, &alias, account);
    }
}

/// An image without a tag, or tagged `latest`, is pulled each time.
fn pulls_always(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    !name.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn request_what_is_limited(container: &mut Value) {
    let limits = container.at(&["resources", "limits"]).and_then(Value::as_map).cloned().unwrap_or_default();
    for (name, amount) in limits {
        set_missing(container, &["resources", "requests", &name], amount);
    }
}

fn default_service(object: &mut Value) {
    let text = |path| object.at(path).and_then(Value::as_text).unwrap_or_default().to_owned();
    let (of_type, affinity) = (text(&["spec", "type"]), text(&["spec", "sessionAffinity"]));
    edit_items(object, &["spec", "ports"], |port| {
        if let Some(number) = port.get("port").cloned()
            && port
                .get("targetPort")
                .is_none_or(|target| matches!(target, Value::Null) || *target == Value::from(0))
        {
            set_at(port, &["targetPort"], number);
        }
    });
    match affinity.as_str() {
        "ClientIP" => {
            let patience = &["spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"];
            set_missing(object, patience, Value::from(10_800));
        }
        "None" => set_at(object, &["spec", "sessionAffinityConfig"], Value::Null),
        _ => {}
    }
    if of_type != "ExternalName" {
        set_missing(object, &["spec", "internalTrafficPolicy"], Value::from("Cluster"));
    }
    if is_reachable(object) {
        set_missing(object, &["spec", "externalTrafficPolicy"], Value::from("Cluster"));
    }
    if of_type == "LoadBalancer" {
        set_missing(object, &["spec", "allocateLoadBalancerNodePorts"], Value::from(true));
    }
}

/// Who writes a behaviour in one direction, or none in either, gets the other rules as well: seen on 1.36.
fn default_behavior(object: &mut Value) {
    if object.at(&["spec", "behavior"]).is_none_or(|behavior| *behavior == Value::Null) {
        return;
    }
    let rules = [
        (&["spec", "behavior", "scaleUp", "stabilizationWindowSeconds"], "0"),
        (&["spec", "behavior", "scaleUp", "selectPolicy"], r#""Max""#),
        (
            &["spec", "behavior", "scaleUp", "policies"],
            r#"[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}]"#,
        ),
        (&["spec", "behavior", "scaleDown", "selectPolicy"], r#""Max""#),
        (
            &["spec", "behavior", "scaleDown", "policies"],
            r#"[{"type":"Percent","value":100,"periodSeconds":15}]"#,
        ),
    ];
    for (path, rule) in rules {
        set_missing(object, path, serde_json::from_str(rule).expect("a rule"));
    }
}

fn default_metrics(object: &mut Value) {
    let metrics = object.at(&["spec", "metrics"]).and_then(Value::as_list).unwrap_or_default();
    if metrics.is_empty() {
        let metric: Value = serde_json::from_str(
            r#"[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}]"#,
        )
        .expect("a metric");
        set_at(object, &["spec", "metrics"], metric);
    }
}

fn default_definition(object: &mut Value) {
    let kind = object.at(&["spec", "names", "kind"]).and_then(Value::as_text).unwrap_or_default().to_owned();
    set_missing(object, &["spec", "names", "singular"], Value::from(kind.to_lowercase()));
    set_missing(object, &["spec", "names", "listKind"], Value::from(format!("{kind}List")));
    set_missing(object, &["spec", "conversion", "strategy"], Value::from("None"));
}
