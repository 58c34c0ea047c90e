//! Services: addresses and node ports are allocated once and carried over.

use super::{Choice, Prepare, text_at};
use crate::kubernetes::defaults::{edit_items, set_missing};
use crate::kubernetes::error::Invalid;
use crate::kubernetes::object::{Stored, set_at};
use evenkeel_core::engine::value::Value;
use std::collections::BTreeMap;

/// Fields that take one of a few words.
const CHOICES: &[Choice] = &[
    Choice { field: &["spec", "type"], of: &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"] },
    Choice { field: &["spec", "sessionAffinity"], of: &["ClientIP", "None"] },
    Choice { field: &["spec", "internalTrafficPolicy"], of: &["Cluster", "Local"] },
    Choice { field: &["spec", "externalTrafficPolicy"], of: &["Cluster", "Local"] },
];
const FAMILY_CHOICES: &[Choice] = &[Choice {
    field: &["spec", "ipFamilyPolicy"],
    of: &["PreferDualStack", "RequireDualStack", "SingleStack"],
}];

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

/// Tells whether it can be reached from outside.
pub(crate) fn is_reachable(service: &Value) -> bool {
    let addresses = service.at(&["spec", "externalIPs"]).and_then(Value::as_list).unwrap_or_default();
    has_node_ports(service) || text_at(service, &["spec", "type"]) == "ClusterIP" && !addresses.is_empty()
}

/// Fields that a new type has no use for go, if nobody changed them: seen on 1.36.
fn drop_what_the_type_lost(after: &mut Value, before: &Value) {
    let balances = |service: &Value| text_at(service, &["spec", "type"]) == "LoadBalancer";
    let mut lost = Vec::new();
    if balances(before) && !balances(after) {
        lost.push("allocateLoadBalancerNodePorts");
    }
    if has_node_ports(before) && !has_node_ports(after) {
        edit_items(after, &["spec", "ports"], |port| set_at(port, &["nodePort"], Value::Null));
    }
    if is_reachable(before) && !is_reachable(after) {
        lost.push("externalTrafficPolicy");
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

/// A new service has one node port for one number, whatever the protocols: seen on 1.36.
fn allocate_node_ports(write: &mut Prepare<'_>) {
    let is_new = write.old.is_none();
    let random = &mut *write.random;
    let mut by_number: BTreeMap<i64, Value> = BTreeMap::new();
    edit_items(write.after, &["spec", "ports"], |port| {
        let number = port.get("port").and_then(Value::as_integer).unwrap_or(0);
        let drawn = NODE_PORTS.start + random.below(NODE_PORTS.end - NODE_PORTS.start);
        let drawn = Value::from(i64::try_from(drawn).unwrap_or(i64::MAX));
        let shared = by_number.get(&number).filter(|_| is_new).cloned();
        set_missing(port, &["nodePort"], shared.unwrap_or(drawn));
        by_number.insert(number, port.get("nodePort").cloned().unwrap_or_default());
    });
}

pub(super) fn validate(after: &Value, old: Option<&Stored>) -> Vec<Invalid> {
    let mut found = Vec::new();
    // Addresses and families are refused before anything else is looked at: seen on 1.36.
    let wrong = wrong_family(after);
    if !wrong.is_empty() {
        return wrong;
    }
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
    found.extend(super::choices(after, CHOICES));
    found.extend(moved_address(after, old));
    found
}

fn wrong_family(after: &Value) -> Vec<Invalid> {
    const FAMILIES: &[&str] = &["IPv4", "IPv6"];
    let mut found = super::choices(after, FAMILY_CHOICES);
    let families = after.at(&["spec", "ipFamilies"]).and_then(Value::as_list).unwrap_or_default();
    for (at, family) in families.iter().enumerate() {
        if !FAMILIES.contains(&family.as_text().unwrap_or_default()) {
            found.push(Invalid::unsupported(format!("spec.ipFamilies[{at}]"), family, FAMILIES));
        }
    }
    found.extend(no_address(after));
    found
}

fn no_address(after: &Value) -> Option<Invalid> {
    let first = after.at(&["spec", "clusterIPs"]).and_then(Value::as_list).and_then(<[Value]>::first);
    let given = [after.at(&["spec", "clusterIP"]), first].into_iter().flatten();
    let wrong = given.into_iter().find(|address| !is_address(address.as_text().unwrap_or_default()))?;
    Some(Invalid::value("spec.clusterIPs[0]", wrong, "must be a valid IP address"))
}

fn is_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    text == "None"
        || text.contains(':')
        || parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok())
}

fn moved_address(after: &Value, old: Option<&Stored>) -> Option<Invalid> {
    let before = text_at(&old?.body, &["spec", "clusterIP"]);
    let now = text_at(after, &["spec", "clusterIP"]);
    let moved = !before.is_empty() && !now.is_empty() && before != now;
    let shown = Value::List(vec![Value::from(now)]);
    moved.then(|| Invalid::value("spec.clusterIPs[0]", &shown, "may not change once set"))
}
