//! The all-findings pass: one walk over a tree and its schema that stops at nothing.
//!
//! It understands what schemas of our own types are made of, and each finding names what was expected and the
//! nearest valid name. A layer is checked without its missing fields, as another layer may have them.

use super::codes;
use super::nearest::nearest;
use super::setting;
use super::source::Span;
use super::yaml::tree::{Content, Entry, Node};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::engine::id::ResourceId;
use crate::engine::windows::Schedule;
use serde_json::Value as Json;

/// Whether a document is all there is, or one layer of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it: required fields must be there.
    Whole,
    /// One layer: fields may be missing, and null removes what is below.
    Layer,
}

/// Returns everything in `node` that is not as `schema` says.
pub(super) fn check(
    node: &Node,
    schema: &Json,
    extent: Extent,
    locate: &dyn Fn(Span) -> Location,
) -> Vec<Diagnostic> {
    let title = schema["title"].as_str().unwrap_or("the document");
    let mut pass = Pass { root: schema, extent, locate, findings: Vec::new() };
    let at = node.entries().and_then(<[Entry]>::first).map_or(node.span, |entry| entry.key_span);
    pass.node(node, schema, Place { kind: title, name: title, at });
    pass.findings
}

/// Where the walk is, in words.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The kind of the document.
    kind: &'a str,
    /// The field whose value is looked at; the kind at the top.
    name: &'a str,
    /// The field's key.
    at: Span,
}

impl Place<'_> {
    /// `metadata` and `spec` are the document itself to people.
    fn owner(&self) -> &str {
        if matches!(self.name, "spec" | "metadata") { self.kind } else { self.name }
    }
}

struct Pass<'a> {
    root: &'a Json,
    extent: Extent,
    locate: &'a dyn Fn(Span) -> Location,
    findings: Vec<Diagnostic>,
}

impl<'a> Pass<'a> {
    fn error(&mut self, code: Code, at: Span, message: String) -> &mut Diagnostic {
        self.findings.push(Diagnostic::error(code, (self.locate)(at), message));
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    fn node(&mut self, node: &Node, schema: &'a Json, place: Place<'_>) {
        let schema = self.resolve(schema);
        if node.content == Content::Null && (self.extent == Extent::Layer || allows(schema, "null")) {
            return;
        }
        if let Some(alternatives) =
            schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Json::as_array)
        {
            return self.alternatives(node, alternatives, place);
        }
        if let Some(words) = words(schema) {
            return self.word(node, &words, place);
        }
        if schema["format"] == setting::FORMAT {
            return self.setting(node, place);
        }
        match schema["type"].as_str().or_else(|| schema["type"].as_array()?.first()?.as_str()) {
            Some("object") => self.map(node, schema, place),
            Some("array") => self.list(node, schema, place),
            Some("string") => self.text(node, schema, place),
            Some("integer") => self.integer(node, schema, place),
            Some("boolean") if !matches!(node.content, Content::Bool(_)) => {
                self.wrong(node, "true or false", place);
            }
            _ => {}
        }
    }

    fn resolve(&self, schema: &'a Json) -> &'a Json {
        let reference =
            schema.get("$ref").and_then(Json::as_str).and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }

    /// An option, a choice of words, or a choice of one entry (`{fromEnv: …}` or `{fromFile: …}`).
    fn alternatives(&mut self, node: &Node, alternatives: &'a [Json], place: Place<'_>) {
        let resolved: Vec<&Json> = alternatives.iter().map(|schema| self.resolve(schema)).collect();
        if node.content == Content::Null && resolved.iter().any(|schema| allows(schema, "null")) {
            return;
        }
        let real: Vec<&Json> = resolved.into_iter().filter(|schema| schema["type"] != "null").collect();
        if let [only] = real[..] {
            return self.node(node, only, place);
        }
        if let Some(all) = real.iter().map(|schema| words(schema)).collect::<Option<Vec<_>>>() {
            return self.word(node, &all.concat(), place);
        }
        self.choice(node, &real, place);
    }

    fn choice(&mut self, node: &Node, alternatives: &[&'a Json], place: Place<'_>) {
        let entries =
            alternatives.iter().filter_map(|schema| schema["properties"].as_object()?.iter().next());
        let choices: Vec<(&str, &'a Json)> = entries.map(|(name, schema)| (name.as_str(), schema)).collect();
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let Some(written) = node.entries() else {
            return self.wrong(node, &format!("a map with one of {}", quoted(&names)), place);
        };
        let mut chosen = Vec::new();
        for entry in written {
            match choices.iter().find(|(name, _)| *name == &*entry.key) {
                Some((name, schema)) => {
                    chosen.push(entry.key_span);
                    self.node(&entry.value, schema, Place { name, at: entry.key_span, ..place });
                }
                None => self.unknown(entry, &names, place),
            }
        }
        match chosen[..] {
            [] if self.extent == Extent::Whole && written.is_empty() => {
                let message = format!("`{}` says nothing: one of {} is needed", place.name, quoted(&names));
                self.error(codes::MISSING_FIELD, place.at, message);
            }
            [_, second, ..] => {
                let message = format!("`{}` takes only one of {}", place.name, quoted(&names));
                self.error(codes::CONTRADICTION, second, message).hint =
                    Some("remove all but one".to_owned());
            }
            _ => {}
        }
    }

    fn map(&mut self, node: &Node, schema: &'a Json, place: Place<'_>) {
        let Some(entries) = node.entries() else { return self.wrong(node, "a map", place) };
        let properties = schema["properties"].as_object();
        let names: Vec<&str> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        for entry in entries {
            let inner = Place { name: &entry.key, at: entry.key_span, ..place };
            if let Some(schema) = properties.and_then(|properties| properties.get(&*entry.key)) {
                self.node(&entry.value, schema, inner);
            } else {
                match &schema["additionalProperties"] {
                    Json::Bool(false) => self.unknown(entry, &names, place),
                    Json::Object(_) => self.node(&entry.value, &schema["additionalProperties"], inner),
                    _ => {}
                }
            }
        }
        if self.extent == Extent::Whole {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
            required.filter(|name| node.get(name).is_none()).for_each(|name| self.missing(name, place));
        }
    }

    fn missing(&mut self, name: &str, place: Place<'_>) {
        let message = if place.name == place.kind {
            format!("`{name}` is missing")
        } else {
            format!("`{name}` is missing in `{}`", place.name)
        };
        self.error(codes::MISSING_FIELD, place.at, message);
    }

    fn unknown(&mut self, entry: &Entry, names: &[&str], place: Place<'_>) {
        let label = match nearest(&entry.key, names.iter().copied()) {
            Some(near) => format!("{} has `{near}`", place.owner()),
            None => format!("{} has {}", place.owner(), quoted(names)),
        };
        self.error(codes::UNKNOWN_FIELD, entry.key_span, format!("unknown field `{}`", entry.key)).label =
            Some(label);
    }

    fn list(&mut self, node: &Node, schema: &'a Json, place: Place<'_>) {
        let Some(items) = node.items() else { return self.wrong(node, "a list", place) };
        for item in items {
            self.node(item, &schema["items"], place);
        }
    }

    fn word(&mut self, node: &Node, words: &[&str], place: Place<'_>) {
        let Some(text) = node.text() else {
            return self.wrong(node, &format!("one of {}", quoted(words)), place);
        };
        if words.contains(&&**text) {
            return;
        }
        let label = match nearest(text, words.iter().copied()) {
            Some(near) => format!("there is `{near}`"),
            None => format!("{} is {}", place.name, either(words)),
        };
        let message = format!("`{}` cannot be `{text}`", place.name);
        self.error(codes::UNKNOWN_VALUE, node.span, message).label = Some(label);
    }

    fn text(&mut self, node: &Node, schema: &Json, place: Place<'_>) {
        let Some(text) = node.text() else {
            self.wrong(node, "text", place);
            if let (Content::Number(number), Some("duration")) = (&node.content, schema["format"].as_str()) {
                let hint = Some(format!("write it with a unit: {number}s"));
                self.findings.last_mut().into_iter().for_each(|finding| finding.hint.clone_from(&hint));
            }
            return;
        };
        let (code, message, hint) = match schema["format"].as_str() {
            Some("duration") if text.parse::<super::duration::Duration>().is_err() => (
                codes::DURATION,
                format!("`{text}` is no duration"),
                "write it with a unit: 30s, 15m, 1h30m, 2d",
            ),
            Some("date-time") if text.parse::<jiff::Timestamp>().is_err() => (
                codes::TIMESTAMP,
                format!("`{text}` is no point in time"),
                "write date, time and offset: 2026-12-01T18:00:00Z",
            ),
            Some("address") => match text.parse::<ResourceId>() {
                Ok(_) => return,
                Err(error) => {
                    (codes::ADDRESS, error.to_string(), "for example kubernetes:Secret/graph/orders-auth")
                }
            },
            Some("cron") if text.parse::<Schedule>().is_err() => (
                codes::SCHEDULE,
                format!("`{text}` is no cron schedule"),
                "write minute, hour, day of month, month, day of week: \"0 2 * * 1-5\"",
            ),
            _ if text.is_empty() && schema["minLength"].as_u64().is_some() => {
                (codes::WRONG_TYPE, format!("`{}` is empty", place.name), "write at least a word")
            }
            _ => return,
        };
        self.error(code, node.span, message).hint = Some(hint.to_owned());
    }

    /// Whatever a system can keep as a text.
    fn setting(&mut self, node: &Node, place: Place<'_>) {
        match node.content {
            Content::Bool(_) | Content::Number(_) | Content::Text(_) => {}
            Content::Null | Content::List(_) | Content::Map(_) => {
                self.wrong(node, "text, a number, true or false", place);
            }
        }
    }

    fn integer(&mut self, node: &Node, schema: &Json, place: Place<'_>) {
        let Content::Number(number) = node.content else { return self.wrong(node, "a whole number", place) };
        let Some(integer) = number.as_integer() else { return self.wrong(node, "a whole number", place) };
        #[expect(clippy::cast_precision_loss, reason = "bounds of our types are small, or those of 64 bits")]
        let beyond = |bound: &str, sign: f64| {
            schema[bound].as_f64().is_some_and(|bound| sign * (integer as f64) > sign * bound)
        };
        for (bound, sign, word) in [("minimum", -1.0, "at least"), ("maximum", 1.0, "at most")] {
            if beyond(bound, sign) {
                let message = format!("`{}` is {word} {}", place.name, schema[bound]);
                self.error(codes::UNKNOWN_VALUE, node.span, message);
            }
        }
    }

    fn wrong(&mut self, node: &Node, expected: &str, place: Place<'_>) {
        let message = format!("`{}` is {expected}, and this is {}", place.name, node.describe());
        let hint = match (&node.content, expected) {
            (Content::Bool(value), "text") => Some(format!("write \"{value}\"")),
            (Content::Number(number), "text") => Some(format!("write \"{number}\"")),
            (Content::Text(text), "a whole number") if text.parse::<i64>().is_ok() => {
                Some(format!("write {text}"))
            }
            (Content::Text(text), "true or false") if matches!(&**text, "true" | "false") => {
                Some(format!("write {text}"))
            }
            (Content::Text(text), "a list") => Some(format!("write [{text}]")),
            _ => None,
        };
        self.error(codes::WRONG_TYPE, node.span, message).hint = hint;
    }
}

fn allows(schema: &Json, name: &str) -> bool {
    let of = &schema["type"];
    of == name || of.as_array().is_some_and(|types| types.iter().any(|one| one == name))
}

/// Returns the words of a closed list, if the schema is one.
fn words(schema: &Json) -> Option<Vec<&str>> {
    if let Some(word) = schema.get("const") {
        return Some(vec![word.as_str()?]);
    }
    if let Some(words) = schema.get("enum") {
        return words.as_array()?.iter().map(Json::as_str).collect();
    }
    let alternatives = schema.get("oneOf")?.as_array()?;
    Some(alternatives.iter().map(words).collect::<Option<Vec<_>>>()?.concat())
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => format!("{} or `{last}`", quoted(first)),
    }
}
