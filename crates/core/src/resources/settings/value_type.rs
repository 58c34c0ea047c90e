//! What a setting is for whoever reads its text, and the one spelling that stands for all that mean the same.

use crate::resources::neo4j::settings::bytes;
use std::borrow::Cow;

/// What a setting is, for whoever reads its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// Nothing is known of it: every character counts.
    Text,
    /// A number.
    Number,
    /// true or false, in any case.
    Bool,
    /// One word out of a few, in any case.
    Keyword,
    /// Words between commas, whose order says nothing.
    Set,
    /// Words between commas, in this order.
    List,
    /// Graph patterns between commas, whose order says nothing; a pattern may have commas in brackets.
    Patterns,
    /// A length of time, such as `60s`, `1m` or `1m30s`.
    Duration,
    /// A number of bytes, such as `512m` or `4.00GiB`; who shows it rounds it to two digits.
    Bytes,
}

impl ValueType {
    /// Tells whether a text is one of these; of texts and words every one is.
    #[must_use]
    pub fn reads(self, text: &str) -> bool {
        let text = text.trim();
        match self {
            Self::Text | Self::Keyword | Self::Set | Self::Patterns | Self::List => true,
            Self::Number => text.parse::<f64>().is_ok(),
            Self::Bool => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            Self::Duration => milliseconds(text).is_some(),
            Self::Bytes => bytes(text).is_some(),
        }
    }

    /// Says what such a text looks like, for whoever wrote something else.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::Keyword => "a text",
            Self::Set | Self::Patterns | Self::List => "a list with commas between",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Bytes => "a number of bytes: `512m`, `4g`",
            Self::Duration => "a length of time with its unit: `500ms`, `30s`, `1m30s`",
        }
    }
}

/// Returns the one spelling that stands for all that mean the same; what cannot be read stays as it is.
pub(super) fn canonical(value_type: ValueType, text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    match value_type {
        ValueType::Text => Cow::Borrowed(text),
        ValueType::Number => match trimmed.parse::<i64>() {
            Ok(number) => Cow::Owned(number.to_string()),
            Err(_) => match trimmed.parse::<f64>() {
                Ok(number) => Cow::Owned(number.to_string()),
                Err(_) => Cow::Borrowed(text),
            },
        },
        ValueType::Bool | ValueType::Keyword => Cow::Owned(trimmed.to_ascii_lowercase()),
        ValueType::Set => {
            let mut words: Vec<&str> = words(trimmed).collect();
            words.sort_unstable();
            words.dedup();
            Cow::Owned(words.join(","))
        }
        ValueType::Patterns => {
            let mut patterns: Vec<&str> = patterns(trimmed).collect();
            patterns.sort_unstable();
            Cow::Owned(patterns.join(","))
        }
        ValueType::List => Cow::Owned(words(trimmed).collect::<Vec<_>>().join(",")),
        ValueType::Duration => match milliseconds(trimmed) {
            Some(milliseconds) => Cow::Owned(format!("{milliseconds}ms")),
            None => Cow::Borrowed(text),
        },
        ValueType::Bytes => bytes(trimmed).map_or(Cow::Borrowed(text), |bytes| Cow::Owned(shown(bytes))),
    }
}

/// Returns a number of bytes as Neo4j shows it: in the largest unit of which there is a whole one, with two digits.
fn shown(bytes: u64) -> String {
    let unit = (1..=6_u32).rev().find(|unit| bytes >> (10 * unit) > 0).unwrap_or(0);
    let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let name = names.get(unit as usize).copied().unwrap_or_default();
    let hundredths = (u128::from(bytes) * 100 + ((1_u128 << (10 * unit)) >> 1)) >> (10 * unit);
    if unit == 0 {
        format!("{bytes}{name}")
    } else {
        format!("{}.{:02}{name}", hundredths / 100, hundredths % 100)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// Splits at the commas that stand in no bracket.
fn patterns(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    let split = text.split(move |letter| {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    split.map(str::trim).filter(|pattern| !pattern.is_empty())
}

/// Reads `1m30s` and its like: numbers, each with `ms`, `s`, `m`, `h` or `d`.
fn milliseconds(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        sum = sum.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[letters..];
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_mean_the_same_are_the_same() {
        for (value_type, one, other) in [
            (ValueType::Number, "0060", "60"),
            (ValueType::Bool, "True", "true"),
            (ValueType::Keyword, "earliest", "EARLIEST"),
            (ValueType::Set, "compact, delete", "delete,compact"),
            (ValueType::List, "a, b", "a,b"),
            (ValueType::Patterns, "(:A{a,b}), (:B)", "(:B),(:A{a,b})"),
            (ValueType::Duration, "60s", "1m"),
            (ValueType::Duration, "1m30s", "90s"),
            (ValueType::Bytes, "4g", "4.00GiB"),
            (ValueType::Bytes, "2867m", "2.80GiB"),
            (ValueType::Bytes, "4096m", "4GB"),
        ] {
            assert_eq!(canonical(value_type, one), canonical(value_type, other), "{one} and {other}");
        }
    }

    #[test]
    fn spellings_that_mean_something_else_stay_different() {
        for (value_type, one, other) in [
            (ValueType::Text, "a", "A"),
            (ValueType::Text, "1", "01"),
            (ValueType::List, "a,b", "b,a"),
            (ValueType::Patterns, "(:A{a,b}),(:B{c,d})", "(:A{a,d}),(:B{c,b})"),
            (ValueType::Duration, "60", "60s"),
            (ValueType::Duration, "1m", "1ms"),
            (ValueType::Number, "one", "1"),
        ] {
            assert_ne!(canonical(value_type, one), canonical(value_type, other), "{one} and {other}");
        }
    }
}
