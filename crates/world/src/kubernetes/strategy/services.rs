//! Services: addresses and node ports are allocated once and carried over.

use super::{Prepare, text_at};
use crate::kubernetes::defaults::{edit_items, set_missing};
use crate::kubernetes::error::Invalid;
use crate::kubernetes::object::{Stored, set_at};
use evenkeel_core::engine::value::Value;
use std::collections::BTreeMap;

const NODE_PORTS: std::ops::Range<u64> = 30_000..32_768;

pub(super) fn prepare(write: &mut Prepare<'_>) {
    let of_type = text_at(write.after, &["spec", "type"]).to_owned();
    if of_type == "ExternalName" {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            set_at(write.after, &["spec", field], Value::Null);
        }
        return;
    }
    if let Some(old) = write.old {
        carry_over(write.after, old);
        drop_what_the_type_lost(write.after, &old.body);
    }
    allocate_address(write);
    if has_node_ports(write.after) {
        allocate_node_ports(write);
    }
}

fn carry_over(after: &mut Value, old: &Stored) {
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if let Some(value) = old.body.at(&["spec", field]).cloned() {
            set_missing(after, &["spec", field], value);
        }
    }
    // Node ports are found again by the name of their port, whatever else changed: seen on 1.36.
    let ports = old.body.at(&["spec", "ports"]).and_then(Value::as_list).unwrap_or_default();
    let known: BTreeMap<&str, &Value> =
        ports.iter().filter_map(|port| Some((text_at(port, &["name"]), port.get("nodePort")?))).collect();
    if has_node_ports(after) {
        edit_items(after, &["spec", "ports"], |port| {
            if let Some(node_port) = known.get(text_at(port, &["name"])) {
                set_missing(port, &["nodePort"], (*node_port).clone());
            }
        });
    }
}

fn has_node_ports(service: &Value) -> bool {
    matches!(text_at(service, &["spec", "type"]), "NodePort" | "LoadBalancer")
}

/// Fields that a new type has no use for go, if nobody changed them: seen on 1.36.
fn drop_what_the_type_lost(after: &mut Value, before: &Value) {
    let balances = |service: &Value| text_at(service, &["spec", "type"]) == "LoadBalancer";
    let mut lost = Vec::new();
    if balances(before) && !balances(after) {
        lost.push("allocateLoadBalancerNodePorts");
    }
    if has_node_ports(before) && !has_node_ports(after) {
        lost.push("externalTrafficPolicy");
        edit_items(after, &["spec", "ports"], |port| set_at(port, &["nodePort"], Value::Null));
    }
    for field in lost {
        if before.at(&["spec", field]) == after.at(&["spec", field]) {
            set_at(after, &["spec", field], Value::Null);
        }
    }
}

fn allocate_address(write: &mut Prepare<'_>) {
    let headless = text_at(write.after, &["spec", "clusterIP"]) == "None";
    let selects = write.after.at(&["spec", "selector"]).is_some();
    if text_at(write.after, &["spec", "clusterIP"]).is_empty() {
        let (high, low) = (write.random.below(256), write.random.below(254) + 1);
        set_at(write.after, &["spec", "clusterIP"], Value::from(format!("10.96.{high}.{low}")));
    }
    let address = write.after.at(&["spec", "clusterIP"]).cloned().unwrap_or_default();
    set_missing(write.after, &["spec", "clusterIPs"], Value::List(vec![address]));
    // Endpoints of a headless service without selector may be of either family: seen on 1.36.
    let (families, policy): (&[&str], &str) = if headless && !selects {
        (&["IPv4", "IPv6"], "RequireDualStack")
    } else {
        (&["IPv4"], "SingleStack")
    };
    let families = families.iter().map(|family| Value::from(*family)).collect();
    set_missing(write.after, &["spec", "ipFamilies"], Value::List(families));
    set_missing(write.after, &["spec", "ipFamilyPolicy"], Value::from(policy));
}

fn allocate_node_ports(write: &mut Prepare<'_>) {
    let random = &mut *write.random;
    edit_items(write.after, &["spec", "ports"], |port| {
        let drawn = NODE_PORTS.start + random.below(NODE_PORTS.end - NODE_PORTS.start);
        set_missing(port, &["nodePort"], Value::from(i64::try_from(drawn).unwrap_or(i64::MAX)));
    });
}

pub(super) fn validate(after: &Value, old: Option<&Stored>) -> Vec<Invalid> {
    let mut found = Vec::new();
    let of_type = text_at(after, &["spec", "type"]);
    let headless = text_at(after, &["spec", "clusterIP"]) == "None";
    let ports = after.at(&["spec", "ports"]).and_then(Value::as_list).unwrap_or_default();
    if ports.is_empty() && of_type != "ExternalName" && !headless {
        found.push(Invalid::required("spec.ports", ""));
    }
    for (at, port) in ports.iter().enumerate() {
        let name = text_at(port, &["name"]);
        if !name.is_empty() && ports[..at].iter().any(|other| text_at(other, &["name"]) == name) {
            found.push(Invalid::duplicate(format!("spec.ports[{at}].name"), name));
        }
        if ports.len() > 1 && name.is_empty() {
            found.push(Invalid::required(format!("spec.ports[{at}].name"), ""));
        }
        let number = port.get("port").cloned().unwrap_or(Value::from(0));
        if !number.as_integer().is_some_and(|number| (1..=65535).contains(&number)) {
            let field = format!("spec.ports[{at}].port");
            found.push(Invalid::value(field, &number, "must be between 1 and 65535, inclusive"));
        }
    }
    found.extend(moved_address(after, old));
    found
}

fn moved_address(after: &Value, old: Option<&Stored>) -> Option<Invalid> {
    let before = text_at(&old?.body, &["spec", "clusterIP"]);
    let now = text_at(after, &["spec", "clusterIP"]);
    let moved = !before.is_empty() && !now.is_empty() && before != now;
    let shown = Value::List(vec![Value::from(now)]);
    moved.then(|| Invalid::value("spec.clusterIPs[0]", &shown, "may not change once set"))
}
