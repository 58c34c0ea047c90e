//! Writes YAML that readers of 1.1 and of 1.2 read alike.
//!
//! `serde-saphyr` lays it out. It quotes what the core schema would not take for text, and most of what 1.1 would
//! not; texts that [`legacy`](super::legacy) knows as traps, and a few more classes of 1.1, are quoted here.

use super::legacy;
use super::scalar::{Scalar, resolve};
use crate::documents::source::{FileIndex, SourceFile};
use crate::engine::value::{Map, Value};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_saphyr::DoubleQuoted;
use std::sync::Arc;

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

/// Returns the value as one YAML document as people write manifests: comments first, what it is before what it says,
/// lists at the level of their key.
///
/// What was written is read back and compared; a value that this style cannot carry is laid out as [`to_yaml`] does.
pub fn to_manifest(value: &Value, comments: &[String]) -> Result<String, WriteError> {
    check(value)?;
    let plain = to_yaml(value)?;
    let comments: Vec<String> = comments.iter().map(|comment| comment_line(comment)).collect();
    let mut text = ended(&comments);
    let written = manifest(value).filter(|written| read_back(written).as_ref() == Some(value));
    text.push_str(written.as_deref().unwrap_or(&plain));
    Ok(text)
}

/// Returns a comment of one line, whatever stands in it.
#[must_use]
pub fn comment_line(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    format!("# {}", line.trim()).trim_end().to_owned()
}

fn read_back(text: &str) -> Option<Value> {
    let source = SourceFile { path: Arc::from(""), bytes: text.as_bytes().to_vec() };
    let read = super::read(&source, FileIndex(0));
    match read.trees.as_slice() {
        [tree] if read.findings.is_empty() => Some(tree.root.to_value()),
        _ => None,
    }
}

/// These keys come first, wherever they stand.
const FIRST: &[&str] = &["apiVersion", "kind", "metadata", "name", "namespace", "type", "image", "target"];

fn manifest(value: &Value) -> Option<String> {
    let Value::Map(map) = value else { return None };
    let mut lines = Vec::new();
    map_lines(map, &mut lines)?;
    Some(ended(&lines))
}

/// Returns the lines, each with its end.
fn ended(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn map_lines(map: &Map, lines: &mut Vec<String>) -> Option<()> {
    let first = FIRST.iter().filter_map(|name| map.get_key_value(*name));
    let rest = map.iter().filter(|(name, _)| !FIRST.contains(&name.as_str()));
    for (name, value) in first.chain(rest) {
        match value {
            Value::Map(inner) if !inner.is_empty() => {
                lines.push(key(name)?);
                let from = lines.len();
                map_lines(inner, lines)?;
                indent(&mut lines[from..]);
            }
            Value::List(items) if !items.is_empty() => {
                lines.push(key(name)?);
                items.iter().try_for_each(|item| item_lines(item, lines))?;
            }
            scalar => lines.extend(laid_out(&Map::from([(name.clone(), scalar.clone())]))?),
        }
    }
    Some(())
}

fn item_lines(item: &Value, lines: &mut Vec<String>) -> Option<()> {
    let from = lines.len();
    match item {
        Value::Map(map) if !map.is_empty() => {
            map_lines(map, lines)?;
            indent(&mut lines[from..]);
            let first = lines.get_mut(from)?;
            first.replace_range(..1, "-");
        }
        other => {
            let text = serde_saphyr::to_string(&Plain(&Value::List(vec![other.clone()]))).ok()?;
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    Some(())
}

/// Returns `NAME:`, quoted where that is needed.
fn key(name: &str) -> Option<String> {
    let line = laid_out(&Map::from([(name.to_owned(), Value::Null)]))?.pop()?;
    line.strip_suffix(" null").map(str::to_owned)
}

fn laid_out(map: &Map) -> Option<Vec<String>> {
    let text = serde_saphyr::to_string(&Plain(&Value::Map(map.clone()))).ok()?;
    Some(text.lines().map(str::to_owned).collect())
}

fn indent(lines: &mut [String]) {
    for line in lines.iter_mut().filter(|line| !line.is_empty()) {
        line.insert_str(0, "  ");
    }
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
    fn a_manifest_reads_as_people_write_one() {
        let json = r#"{"kind": "Deployment", "metadata": {"namespace": "shop", "name": "web", "labels": {}}, "apiVersion": "apps/v1",
            "spec": {"template": {"spec": {"containers": [{"image": "web:1", "args": ["-c", "echo 1\necho 2\n", "- x"],
            "name": "main", "env": [{"value": "1.10", "name": "VERSION"}]}]}}, "empty": []}}"#;
        let value: Value = serde_json::from_str(json).expect("JSON");
        insta::assert_snapshot!(to_manifest(&value, &["one\nline".to_owned()]).unwrap(), @r#"
# one line
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {}
spec:
  empty: []
  template:
    spec:
      containers:
      - name: main
        image: web:1
        args:
        - "-c"
        - |
          echo 1
          echo 2
        - "- x"
        env:
        - name: VERSION
          value: "1.10"
"#);
    }

    #[test]
    fn texts_with_odd_lines_come_back_as_they_were() {
        for text in [
            "a\n\n\nb",
            "  a\nb\n",
            "a\n\n",
            "\na",
            "a\tb\nc",
            "a \nb",
            "\n",
            "---\na: 1\n",
            "a\r\nb",
            "# a\nb",
            "\u{7f}\nx",
        ] {
            let value = map("outer", Value::List(vec![map("key", Value::from(text)), Value::from(text)]));
            let written = to_manifest(&value, &[]).unwrap();
            assert_eq!(tree(&written).to_value(), value, "{written}");
        }
    }

    #[test]
    fn nothing_secret_can_be_written() {
        let digest = crate::engine::fingerprint::Digest::of([b"x".as_slice()]);
        assert!(to_yaml(&map("password", Value::Opaque(digest))).is_err());
    }
}
