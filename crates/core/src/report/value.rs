//! Values as people read them: old and new on one line, long ones below each other, texts as a diff, secrets in words.

use super::plain;
use crate::engine::value::{Map, SecretSource, Value};
use similar::TextDiff;

/// How many lines of one text's diff are shown; the rest is counted, and Git and the JSON rendering have it.
const DIFF_LINES: usize = 60;

/// How an old and a new value are best told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// On one line: `"4g" -> "6g"`.
    Line(String),
    /// As the lines of a diff, each beginning with its sign.
    Lines(Vec<String>),
}

/// The columns there are beside the path, and on lines of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Beside the path.
    pub beside: usize,
    /// Below it.
    pub below: usize,
}

/// Shows a change from one value to another; absent where there is none.
#[must_use]
pub fn change(old: Option<&Value>, new: Option<&Value>, room: Room) -> Shown {
    if let Some(lines) = text_diff(old, new) {
        return Shown::Lines(lines);
    }
    let line = match (old, new) {
        (Some(Value::Opaque(_) | Value::Secret(_)), Some(new @ (Value::Opaque(_) | Value::Secret(_)))) => {
            changed_secret(new)
        }
        _ => format!("{} -> {}", side(old), side(new)),
    };
    if plain::width_of(&line) <= room.beside {
        return Shown::Line(line);
    }
    Shown::Lines(two_lines(old, new, room.below))
}

/// Returns a value on one line. A secret is named by its source, a digest by a word: neither is ever shown.
#[must_use]
pub fn one_line(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => plain::quoted(text),
        Value::List(items) => format!("[{}]", joined(items.iter().map(one_line))),
        Value::Map(map) => map_line(map),
        Value::Output(output) => format!("(known after {}: {})", output.of, plain::line(&output.name)),
        Value::Secret(secret) => format!("(secret from {})", plain::line(&secret.source.to_string())),
        Value::Opaque(_) => "(secret)".to_owned(),
    }
}

fn map_line(map: &Map) -> String {
    let entries = map.iter().map(|(key, value)| format!("{}: {}", plain::quoted(key), one_line(value)));
    format!("{{{}}}", joined(entries))
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn side(value: Option<&Value>) -> String {
    value.map_or_else(|| "(absent)".to_owned(), one_line)
}

fn changed_secret(new: &Value) -> String {
    match new {
        Value::Secret(secret) if matches!(secret.source, SecretSource::Generate { length: _ }) => {
            "(secret, changed; kept, as what was generated is nowhere else)".to_owned()
        }
        Value::Secret(secret) => {
            format!("(secret, changed; from {})", plain::line(&secret.source.to_string()))
        }
        _ => "(secret, changed)".to_owned(),
    }
}

/// A unified diff, if either side is a text of several lines and the other one is a text or absent.
fn text_diff(old: Option<&Value>, new: Option<&Value>) -> Option<Vec<String>> {
    let text = |value: Option<&Value>| match value {
        None => Some(String::new()),
        Some(value) => value.as_text().map(str::to_owned),
    };
    let (old, new) = (text(old)?, text(new)?);
    if !old.trim_end().contains('\n') && !new.trim_end().contains('\n') {
        return None;
    }
    let diff = TextDiff::from_lines(&old, &new);
    let mut lines: Vec<String> = diff
        .unified_diff()
        .context_radius(2)
        .missing_newline_hint(false)
        .to_string()
        .lines()
        .map(plain::visible)
        .collect();
    if lines.is_empty() {
        return None;
    }
    if lines.len() > DIFF_LINES {
        let more = lines.len() - DIFF_LINES;
        lines.truncate(DIFF_LINES);
        lines.push(format!("… {more} more lines; --format json has them all"));
    }
    Some(lines)
}

fn two_lines(old: Option<&Value>, new: Option<&Value>, room: usize) -> Vec<String> {
    let (old, new) = (side(old), side(new));
    let same = old.chars().zip(new.chars()).take_while(|(one, two)| one == two).count();
    vec![format!("- {}", excerpt(&old, same, room)), format!("+ {}", excerpt(&new, same, room))]
}

/// Cuts a long value so that the first difference stays in sight: what is the same in both is shortened first.
fn excerpt(text: &str, same: usize, room: usize) -> String {
    const KEPT: usize = 20;
    let room = room.max(3 * KEPT);
    if plain::width_of(text) <= room {
        return text.to_owned();
    }
    let skipped = if same > room / 2 { same - KEPT } else { 0 };
    let rest: Vec<char> = text.chars().skip(skipped).collect();
    let head = if skipped > 0 { "…" } else { "" };
    if rest.len() <= room {
        return format!("{head}{}", rest.iter().collect::<String>());
    }
    let cut: String = rest[..room].iter().collect();
    format!("{head}{cut}… ({} more characters)", rest.len() - room)
}
