//! JSON merge patch (RFC 7386) on spanned trees: what wins keeps its place, so every value knows its file.

use crate::documents::yaml::tree::{Content, Entry, Node};

/// Lays `patch` over `base`: maps are merged, null removes, anything else replaces.
#[must_use]
pub(crate) fn merge(base: Node, patch: &Node) -> Node {
    let Content::Map(changes) = &patch.content else { return patch.clone() };
    let (span, mut entries) = match base.content {
        Content::Map(entries) => (base.span, entries),
        _ => (patch.span, Vec::new()),
    };
    for change in changes {
        apply(&mut entries, change);
    }
    Node { span, content: Content::Map(entries) }
}

fn apply(entries: &mut Vec<Entry>, change: &Entry) {
    let position = entries.iter().position(|entry| entry.key == change.key);
    match (position, &change.value.content) {
        (Some(position), Content::Null) => {
            entries.remove(position);
        }
        (None, Content::Null) => {}
        (Some(position), _) => {
            let Entry { key, key_span: _, value } = entries.remove(position);
            let value = merge(value, &change.value);
            entries.insert(position, Entry { key, key_span: change.key_span, value });
        }
        (None, _) => {
            let nothing = Node { span: change.value.span, content: Content::Null };
            let value = merge(nothing, &change.value);
            entries.push(Entry { key: change.key.clone(), key_span: change.key_span, value });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::yaml::testing::tree;
    use crate::engine::value::Value;

    /// The cases of RFC 7386, appendix A, whose documents are maps.
    const CASES: &[(&str, &str, &str)] = &[
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"{"a":"foo"}"#, r#"{"b":{"bb":{"ccc":null}}}"#, r#"{"a":"foo","b":{"bb":{}}}"#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
    ];

    #[test]
    fn patches_do_what_the_rfc_says() {
        for (base, patch, expected) in CASES {
            let merged = merge(tree(base), &tree(patch)).to_value();
            assert_eq!(merged, serde_json::from_str::<Value>(expected).unwrap(), "{base} + {patch}");
        }
    }
}
