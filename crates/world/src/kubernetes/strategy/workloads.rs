//! Deployments, `StatefulSets` and `ReplicaSets`: their selectors, their templates, and what may not change.

use super::validate::subdomain;
use super::{Choice, text_at};
use crate::kubernetes::error::Invalid;
use crate::kubernetes::object::{Stored, set_at};
use evenkeel_core::engine::value::{Map, Value};

const MAY_CHANGE: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

const RETAIN: &[&str] = &["Retain", "Delete"];

/// Fields that take one of a few words.
const CHOICES: &[Choice] = &[
    Choice { field: &["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"], of: RETAIN },
    Choice { field: &["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"], of: RETAIN },
];

pub(super) fn validate(after: &Value, old: Option<&Stored>) -> Vec<Invalid> {
    let mut found = Vec::new();
    let selector = after.at(&["spec", "selector"]);
    let labels = after.at(&["spec", "template", "metadata", "labels"]).cloned().unwrap_or_default();
    if selector.is_none() {
        found.push(Invalid::required("spec.selector", ""));
    }
    let wanted = selector.and_then(|selector| selector.get("matchLabels")).and_then(Value::as_map);
    let wanted = wanted.filter(|wanted| !wanted.is_empty());
    let is_empty = selector.is_some() && wanted.is_none();
    if is_empty {
        let detail = "empty selector is invalid for deployment";
        found.push(Invalid::value("spec.selector", &Value::Map(Map::new()), detail));
    }
    let matches = is_empty
        || wanted.is_some_and(|wanted| wanted.iter().all(|(name, value)| labels.get(name) == Some(value)));
    if !matches {
        let detail = "`selector` does not match template `labels`";
        found.push(Invalid::value("spec.template.metadata.labels", &labels, detail));
    }
    found.extend(containers(after));
    found.extend(volumes(after));
    found.extend(probes(after));
    found.extend(mixed_strategy(after));
    found.extend(types(after));
    found.extend(bounds(after));
    found.extend(super::choices(after, CHOICES));
    let account = after.at(&["spec", "template", "spec", "serviceAccountName"]);
    let path = "spec.template.spec.serviceAccountName";
    found.extend(account.and_then(|account| subdomain(path, account)));
    if let Some(old) = old {
        found.extend(frozen(after, &old.body));
    }
    found
}

fn containers(after: &Value) -> Vec<Invalid> {
    let path = "spec.template.spec.containers";
    let list =
        after.at(&["spec", "template", "spec", "containers"]).and_then(Value::as_list).unwrap_or_default();
    if list.is_empty() {
        return vec![Invalid::required(path, "")];
    }
    let missing = list.iter().enumerate().flat_map(|(at, container)| {
        let fields = ["name", "image"].into_iter();
        fields
            .filter(|field| text_at(container, &[field]).is_empty())
            .map(move |field| Invalid::required(format!("{path}[{at}].{field}"), ""))
            .collect::<Vec<_>>()
    });
    missing.collect()
}

/// A probe over the network needs a port.
fn probes(after: &Value) -> Vec<Invalid> {
    let path = "spec.template.spec.containers";
    let list =
        after.at(&["spec", "template", "spec", "containers"]).and_then(Value::as_list).unwrap_or_default();
    let mut found = Vec::new();
    for (at, container) in list.iter().enumerate() {
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            let means = ["httpGet", "tcpSocket", "exec", "grpc"];
            let Some(given) = container.get(probe) else { continue };
            if means.iter().all(|means| given.get(means).is_none()) {
                let field = format!("{path}[{at}].{probe}");
                found.push(Invalid::required(field, "must specify a handler type"));
            }
            for means in &means[..2] {
                let Some(port) = given.get(means).map(|means| means.get("port")) else { continue };
                let port = port.cloned().unwrap_or_default();
                if port == Value::Null || port == Value::from(0) {
                    let field = format!("{path}[{at}].{probe}.{means}.port");
                    found.push(Invalid::value(field, &port, "must be between 1 and 65535, inclusive"));
                }
            }
        }
    }
    found
}

/// A volume has one source, and mounts name volumes that are right.
fn volumes(after: &Value) -> Vec<Invalid> {
    let path = "spec.template.spec";
    let list =
        |field| after.at(&["spec", "template", "spec", field]).and_then(Value::as_list).unwrap_or_default();
    let mut found = Vec::new();
    // A set's pods mount the claims that are made for them, too.
    let claims = after.at(&["spec", "volumeClaimTemplates"]).and_then(Value::as_list).unwrap_or_default();
    let mut right: Vec<&str> = claims.iter().map(|claim| text_at(claim, &["metadata", "name"])).collect();
    for (at, volume) in list("volumes").iter().enumerate() {
        let sources = volume.as_map().into_iter().flatten().filter(|(field, _)| field.as_str() != "name");
        // An empty directory counts first, whatever else there is.
        let mut sources: Vec<&str> = sources.map(|(field, _)| field.as_str()).collect();
        sources.sort_by_key(|source| *source != "emptyDir");
        right.extend((sources.len() <= 1).then(|| text_at(volume, &["name"])));
        found.extend(sources.into_iter().skip(1).map(|source| {
            Invalid::forbidden(
                format!("{path}.volumes[{at}].{source}"),
                "may not specify more than 1 volume type",
            )
        }));
    }
    for (at, container) in list("containers").iter().enumerate() {
        let mounts = container.get("volumeMounts").and_then(Value::as_list).unwrap_or_default();
        for (number, mount) in mounts.iter().enumerate() {
            let name = text_at(mount, &["name"]);
            if !right.contains(&name) {
                let field = format!("{path}.containers[{at}].volumeMounts[{number}].name");
                found.push(Invalid::not_found(field, name));
            }
        }
    }
    found
}

/// Bounds of a rolling update are numbers or percentages.
fn bounds(after: &Value) -> Vec<Invalid> {
    let detail = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
    let wrong = ["maxSurge", "maxUnavailable"].into_iter().filter_map(|bound| {
        let given = after.at(&["spec", "strategy", "rollingUpdate", bound])?;
        let digits = given.as_text()?.strip_suffix('%').unwrap_or_default();
        let is_percentage = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit());
        let field = format!("spec.strategy.rollingUpdate.{bound}");
        (!is_percentage).then(|| Invalid::value(field, given, detail))
    });
    wrong.collect()
}

/// How updates and pods come about takes one of two words; each field says so in its own way: seen on 1.36.
fn types(after: &Value) -> Vec<Invalid> {
    let mut found = Vec::new();
    let strategy = after.at(&["spec", "strategy"]).cloned().unwrap_or_default();
    if !matches!(text_at(&strategy, &["type"]), "" | "Recreate" | "RollingUpdate") {
        found.push(Invalid::unsupported("spec.strategy", &strategy, &["Recreate", "RollingUpdate"]));
    }
    let update = after.at(&["spec", "updateStrategy"]).cloned().unwrap_or_default();
    if !matches!(text_at(&update, &["type"]), "" | "RollingUpdate" | "OnDelete") {
        let detail = "must be 'RollingUpdate' or 'OnDelete'";
        found.push(Invalid::value("spec.updateStrategy", &update, detail));
    }
    let order = after.at(&["spec", "podManagementPolicy"]).cloned().unwrap_or_default();
    if !matches!(order.as_text().unwrap_or_default(), "" | "OrderedReady" | "Parallel") {
        let detail = "must be 'OrderedReady' or 'Parallel'";
        found.push(Invalid::value("spec.podManagementPolicy", &order, detail));
    }
    found
}

/// `Recreate` does not go with the defaults of a rolling update that are still there.
fn mixed_strategy(after: &Value) -> Option<Invalid> {
    let update = &["spec", "updateStrategy"];
    if text_at(after, &["spec", "updateStrategy", "type"]) == "OnDelete"
        && let Some(rolling) = after.at(update).and_then(|update| update.get("rollingUpdate"))
    {
        let detail = "only allowed for updateStrategy 'RollingUpdate'";
        return Some(Invalid::value("spec.updateStrategy.rollingUpdate", rolling, detail));
    }
    let mixed = text_at(after, &["spec", "strategy", "type"]) == "Recreate"
        && after.at(&["spec", "strategy", "rollingUpdate"]).is_some();
    let detail = "may not be specified when strategy `type` is 'Recreate'";
    mixed.then(|| Invalid::forbidden("spec.strategy.rollingUpdate", detail))
}

fn frozen(after: &Value, before: &Value) -> Option<Invalid> {
    if text_at(after, &["kind"]) == "StatefulSet" {
        let rest = |object: &Value| {
            let mut spec = object.get("spec").cloned().unwrap_or_default();
            for field in MAY_CHANGE {
                set_at(&mut spec, &[field], Value::Null);
            }
            spec
        };
        let detail = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        return (rest(after) != rest(before)).then(|| Invalid::forbidden("spec", detail));
    }
    let selector = after.at(&["spec", "selector"]);
    let moved = selector != before.at(&["spec", "selector"]);
    moved.then(|| Invalid::value("spec.selector", selector.unwrap_or(&Value::Null), "field is immutable"))
}
