//! Writes YAML that readers of 1.1 and of 1.2 read alike.
//!
//! `serde-saphyr` lays it out. It quotes what the core schema would not take for text, and most of what 1.1 would
//! not; texts that [`legacy`](super::legacy) knows as traps, and a few more classes of 1.1, are quoted here.

use super::legacy;
use super::scalar::{Scalar, resolve};
use crate::engine::value::{Map, Value};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_saphyr::DoubleQuoted;

/// Why a value has no YAML of its own.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// What is known later, or is a digest, cannot stand in a spec.
    #[error("{0} cannot be written into a spec")]
    NotWritable(&'static str),
    /// The writer failed.
    #[error("cannot be laid out: {0}")]
    Layout(String),
}

/// Returns the value as one YAML document, keys in order, ending with a line break.
pub fn to_yaml(value: &Value) -> Result<String, WriteError> {
    check(value)?;
    let mut text =
        serde_saphyr::to_string(&Plain(value)).map_err(|error| WriteError::Layout(error.to_string()))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn check(value: &Value) -> Result<(), WriteError> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => Ok(()),
        Value::List(items) => items.iter().try_for_each(check),
        Value::Map(map) => map.values().try_for_each(check),
        Value::Secret(_) => Err(WriteError::NotWritable("a secret")),
        Value::Output(_) => Err(WriteError::NotWritable("an output")),
        Value::Opaque(_) => Err(WriteError::NotWritable("a digest")),
    }
}

struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) => match number.as_integer() {
                Some(integer) => serializer.serialize_i64(integer),
                None => serializer.serialize_f64(number.as_float()),
            },
            Value::Text(text) => Key(text).serialize(serializer),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(&Plain(item)))?;
                list.end()
            }
            Value::Map(map) => entries(map, serializer),
            Value::Secret(_) | Value::Output(_) | Value::Opaque(_) => {
                Err(serde::ser::Error::custom("not writable"))
            }
        }
    }
}

fn entries<S: Serializer>(map: &Map, serializer: S) -> Result<S::Ok, S::Error> {
    let mut out = serializer.serialize_map(Some(map.len()))?;
    map.iter().try_for_each(|(key, value)| out.serialize_entry(&Key(key), &Plain(value)))?;
    out.end()
}

/// Text, quoted where any reader could take it for something else.
struct Key<'a>(&'a str);

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if is_doubtful(self.0) {
            DoubleQuoted(self.0).serialize(serializer)
        } else {
            serializer.serialize_str(self.0)
        }
    }
}

/// Anything that begins like a number or is a word of either version; quoting too much costs two characters.
fn is_doubtful(text: &str) -> bool {
    legacy::trap(text).is_some()
        || resolve(text) != Scalar::Text
        || matches!(text, "<<" | "=")
        || (!text.contains('\n')
            && text.starts_with(|first: char| first.is_ascii_digit() || "+-.~".contains(first)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::yaml::testing::tree;

    fn map(key: &str, value: Value) -> Value {
        Value::Map(Map::from([(key.to_owned(), value)]))
    }

    #[test]
    fn text_that_an_older_reader_would_take_otherwise_is_quoted() {
        for text in [
            "no",
            "Yes",
            "y",
            "N",
            "on",
            "OFF",
            "~",
            "null",
            "true",
            "010",
            "0o10",
            "1_000",
            "12:30:45",
            "22:22",
            "0b1",
            ".5",
            "1e3",
            "+1",
            "-",
            "0x1F",
            ".inf",
            "2001-01-01",
            "<<",
            "=",
            "",
            " ",
            "- a",
            "a: b",
            "a #b",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "{a",
            "[a",
            "|",
            ">",
            "'",
            "\"",
            "a\tb",
            "\u{feff}a",
            "\u{85}",
        ] {
            let written = to_yaml(&map("key", Value::from(text))).unwrap();
            let value = written.strip_prefix("key: ").unwrap_or_else(|| panic!("{written}"));
            assert!(value.starts_with(['"', '\'', '|', '>']), "{written}");
            assert_eq!(tree(&written).to_value(), map("key", Value::from(text)), "{written}");
            let written = to_yaml(&map(text, Value::from(1))).unwrap();
            assert_eq!(tree(&written).to_value(), map(text, Value::from(1)), "{written}");
        }
    }

    #[test]
    fn many_lines_stay_readable() {
        let script = "#!/bin/sh\necho one\n";
        insta::assert_snapshot!(to_yaml(&map("script", Value::from(script))).unwrap(), @r#"
script: |
  #!/bin/sh
  echo one
"#);
    }

    #[test]
    fn nothing_secret_can_be_written() {
        let digest = crate::engine::fingerprint::Digest::of([b"x".as_slice()]);
        assert!(to_yaml(&map("password", Value::Opaque(digest))).is_err());
    }
}
