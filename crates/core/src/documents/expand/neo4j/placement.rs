//! On which nodes a server may run.

use super::layout::{CATEGORY, Layout};
use crate::documents::neo4j::servers::{AntiAffinity, Operator, Placement, TaintEffect, Toleration};
use serde_json::{Value as Json, json};

/// The label of a node's zone.
const ZONE: &str = "topology.kubernetes.io/zone";

/// Keeps servers apart, and within the zones.
pub(super) fn affinity(layout: &Layout<'_>, placement: &Placement) -> Json {
    let (category, instance) = CATEGORY;
    let others = json!({
        "labelSelector": {"matchLabels": {"app": layout.name, category: instance}},
        "topologyKey": "kubernetes.io/hostname",
    });
    let apart = match placement.anti_affinity {
        AntiAffinity::Required => json!({"requiredDuringSchedulingIgnoredDuringExecution": [others]}),
        AntiAffinity::Preferred => {
            let weighed = json!({"weight": 100, "podAffinityTerm": others});
            json!({"preferredDuringSchedulingIgnoredDuringExecution": [weighed]})
        }
        AntiAffinity::None => Json::Null,
    };
    let zones = (!placement.zones.is_empty()).then(|| {
        let within = json!({"key": ZONE, "operator": "In", "values": placement.zones});
        let terms = json!({"nodeSelectorTerms": [{"matchExpressions": [within]}]});
        json!({"requiredDuringSchedulingIgnoredDuringExecution": terms})
    });
    match (apart, zones) {
        (Json::Null, None) => Json::Null,
        (apart, zones) => json!({"podAntiAffinity": apart, "nodeAffinity": zones}),
    }
}

/// Spreads servers over the zones. Volumes are bound to theirs, so it is a wish once they are.
pub(super) fn spread(layout: &Layout<'_>, placement: &Placement) -> Json {
    if placement.zones.len() < 2 {
        return Json::Null;
    }
    let (category, instance) = CATEGORY;
    json!([{
        "maxSkew": 1,
        "topologyKey": ZONE,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": layout.name, category: instance}},
    }])
}

pub(super) fn tolerations(placement: &Placement) -> Json {
    let each: Vec<Json> = placement.tolerations.iter().map(toleration).collect();
    if each.is_empty() { Json::Null } else { Json::Array(each) }
}

fn toleration(written: &Toleration) -> Json {
    let Toleration { key, operator, value, effect, toleration_seconds } = written;
    let operator = operator.map(|operator| match operator {
        Operator::Equal => "Equal",
        Operator::Exists => "Exists",
    });
    let effect = effect.map(|effect| match effect {
        TaintEffect::NoSchedule => "NoSchedule",
        TaintEffect::PreferNoSchedule => "PreferNoSchedule",
        TaintEffect::NoExecute => "NoExecute",
    });
    json!({
        "key": key,
        "operator": operator,
        "value": value,
        "effect": effect,
        "tolerationSeconds": toleration_seconds,
    })
}

pub(super) fn node_selector(placement: &Placement) -> Json {
    let labels = &placement.node_selector;
    if labels.is_empty() { Json::Null } else { json!(labels) }
}
