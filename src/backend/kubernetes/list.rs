//! Lists, read item by item: each is looked at as soon as it is parsed, so that no list is ever a tree in memory.

use evenkeel_core::engine::value::Value;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What a list says it is, and what was made of its items.
struct Listed<T> {
    kind: String,
    items: Vec<T>,
}

/// Reads a list and keeps what `look` makes of each item.
///
/// It is a `ConfigMapList` or the like: anything else that answers 200 (`{}`, a proxy's page) is no proof that nothing
/// is there.
pub(super) fn read<T>(body: &[u8], look: impl FnMut(Value) -> T) -> serde_json::Result<Vec<T>> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let Listed { kind, items } = json.deserialize_map(ListVisitor { look })?;
    json.end()?;
    if kind.ends_with("List") {
        return Ok(items);
    }
    Err(serde_json::Error::custom(format!("a {kind} was answered where a list was asked for")))
}

struct ListVisitor<F> {
    look: F,
}

impl<'de, T, F: FnMut(Value) -> T> Visitor<'de> for ListVisitor<F> {
    type Value = Listed<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Listed<T>, A::Error> {
        let (mut kind, mut items) = (None, None);
        while let Some(key) = entries.next_key::<String>()? {
            match key.as_str() {
                "kind" => kind = Some(entries.next_value()?),
                "items" => items = Some(entries.next_value_seed(Items { look: &mut self.look })?),
                _ => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        let kind = kind.ok_or_else(|| A::Error::missing_field("kind"))?;
        Ok(Listed { kind, items: items.ok_or_else(|| A::Error::missing_field("items"))? })
    }
}

struct Items<'f, F> {
    look: &'f mut F,
}

impl<'de, T, F: FnMut(Value) -> T> DeserializeSeed<'de> for Items<'_, F> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T, F: FnMut(Value) -> T> Visitor<'de> for Items<'_, F> {
    type Value = Vec<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the items of a list")
    }

    /// Lists of names are converted from another type, and an empty one is written as null then.
    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut looked = Vec::new();
        while let Some(item) = items.next_element()? {
            looked.push((self.look)(item));
        }
        Ok(looked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(body: &str) -> Result<Vec<String>, String> {
        let name = |item: Value| item.get("name").and_then(Value::as_text).unwrap_or_default().to_owned();
        read(body.as_bytes(), name).map_err(|error| error.to_string())
    }

    #[test]
    fn items_are_looked_at_in_order_whatever_stands_around_them() {
        let body = r#"{"metadata": {"x": [1]}, "items": [{"name": "a"}, {"name": "b"}], "kind": "PodList"}"#;
        assert_eq!(names(body), Ok(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn an_empty_list_of_names_has_null_for_items() {
        assert_eq!(
            names(r#"{"kind": "PartialObjectMetadataList", "metadata": {}, "items": null}"#),
            Ok(Vec::new())
        );
    }

    #[test]
    fn what_is_no_whole_list_is_an_error_and_not_an_empty_list() {
        for body in [
            "{}",
            r#"{"kind": "Pod", "items": []}"#,
            r#"{"kind": "PodList"}"#,
            r#"{"items": []}"#,
            r#"{"kind": "PodList", "items": [{}"#,
            "[]",
        ] {
            assert!(names(body).is_err(), "{body}");
        }
        assert!(names(r#"{"kind": "PodList", "items": []} and more"#).is_err());
    }
}
