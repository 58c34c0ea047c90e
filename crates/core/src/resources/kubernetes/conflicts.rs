//! Compares the conflict that a server answered with the takeovers that the plan announced.

use crate::engine::path::{Path, Segment};
use crate::engine::value::Value;
use crate::engine::verdict::TakeOver;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Tells whether a conflict names nothing beyond the announced fields and owners.
///
/// `causes` are the pairs of field and message of the 409 (`.spec.replicas`, `conflict with "flux" using apps/v1`).
/// An applier's message names no version, so only the quoted name counts (design-diff.md, "Traps").
#[must_use]
pub fn conflict_is_expected(causes: &[(&str, &str)], takes_over: &[TakeOver]) -> bool {
    let announced: BTreeSet<(String, &str)> =
        takes_over.iter().map(|taken| (field(&taken.path), taken.manager.as_ref())).collect();
    let named: BTreeSet<(String, &str)> =
        causes.iter().map(|(field, message)| ((*field).to_owned(), quoted(message))).collect();
    named.is_subset(&announced)
}

fn quoted(message: &str) -> &str {
    message.split('"').nth(1).unwrap_or(message)
}

/// Returns a path as the server writes it in a conflict.
fn field(path: &Path) -> String {
    path.0.iter().fold(String::new(), |mut text, segment| {
        match segment {
            Segment::Field(name) => {
                let _infallible = write!(text, ".{name}");
            }
            Segment::Keyed(keys) => {
                let keys: Vec<String> =
                    keys.iter().map(|(key, value)| format!("{key}={}", json(value))).collect();
                let _infallible = write!(text, "[{}]", keys.join(","));
            }
            Segment::Member(member) => {
                let _infallible = write!(text, "[={}]", json(member));
            }
            Segment::Index(index) => {
                let _infallible = write!(text, "[{index}]");
            }
        }
        text
    })
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::value::Map;
    use std::sync::Arc;

    fn takes(path: Path) -> Vec<TakeOver> {
        vec![TakeOver { path, manager: Arc::from("kubectl-edit") }]
    }

    #[test]
    fn the_announced_field_of_the_announced_owner_may_be_taken() {
        let replicas = takes(Path::of(&["spec", "replicas"]));
        let message = r#"conflict with "kubectl-edit" using apps/v1"#;
        assert!(conflict_is_expected(&[(".spec.replicas", message)], &replicas));
        assert!(!conflict_is_expected(&[(".spec.paused", message)], &replicas));
        assert!(!conflict_is_expected(&[(".spec.replicas", r#"conflict with "flux""#)], &replicas));
    }

    #[test]
    fn items_of_keyed_lists_are_named_by_all_their_keys() {
        let keys =
            Map::from([("port".to_owned(), Value::from(53)), ("protocol".to_owned(), Value::from("UDP"))]);
        let path =
            Path::of(&["spec", "ports"]).with(Segment::Keyed(keys)).with(Segment::Field(Arc::from("name")));
        let field = r#".spec.ports[port=53,protocol="UDP"].name"#;
        assert!(conflict_is_expected(&[(field, r#"conflict with "kubectl-edit""#)], &takes(path)));
    }
}
