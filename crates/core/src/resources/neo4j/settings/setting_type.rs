//! What the value of a setting is, and whether a text is one.

use crate::resources::settings::ValueType;

/// What a setting takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingType {
    /// true or false.
    Bool,
    /// A whole number within bounds.
    Integer {
        /// The smallest.
        at_least: Option<i64>,
        /// The largest.
        at_most: Option<i64>,
    },
    /// Any number.
    Number,
    /// A length of time.
    Duration,
    /// A number of bytes.
    Bytes,
    /// Texts with commas between.
    List,
    /// The same, where order says nothing.
    Set,
    /// One of these words.
    One(Vec<&'static str>),
    /// A host with a port, or either.
    Address,
    /// A path.
    Path,
    /// Any text.
    Text,
    /// A text that is nobody's to read.
    Secret,
}

impl SettingType {
    pub(super) fn read(word: &'static str) -> Option<Self> {
        let (name, inner) = match word.split_once('(') {
            Some((name, rest)) => (name, rest.strip_suffix(')')?),
            None => (word, ""),
        };
        Some(match name {
            "bool" => Self::Bool,
            "integer" => {
                let (at_least, at_most) = inner.split_once("..").unwrap_or_default();
                Self::Integer { at_least: at_least.parse().ok(), at_most: at_most.parse().ok() }
            }
            "number" => Self::Number,
            "duration" => Self::Duration,
            "bytes" => Self::Bytes,
            "list" => Self::List,
            "set" => Self::Set,
            "one" => Self::One(inner.split('|').collect()),
            "address" => Self::Address,
            "path" => Self::Path,
            "text" => Self::Text,
            "secret" => Self::Secret,
            _ => return None,
        })
    }

    /// Tells whether a text is one of these. What a server expands while it starts is one of anything.
    #[must_use]
    pub fn reads(&self, text: &str) -> bool {
        let text = text.trim();
        if text.starts_with("$(") {
            return true;
        }
        match self {
            Self::Bool => matches!(text.to_ascii_lowercase().as_str(), "true" | "false"),
            Self::Integer { at_least, at_most } => text.parse::<i64>().is_ok_and(|number| {
                at_least.is_none_or(|least| number >= least) && at_most.is_none_or(|most| number <= most)
            }),
            Self::Number => text.parse::<f64>().is_ok(),
            Self::Duration => is_duration(text),
            Self::Bytes => bytes(text).is_some(),
            Self::One(words) => words.iter().any(|word| word.eq_ignore_ascii_case(text)),
            Self::List | Self::Set | Self::Address | Self::Path | Self::Text | Self::Secret => true,
        }
    }

    /// Says what such a value looks like.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Integer { at_least: Some(least), at_most: Some(most) } => {
                format!("a whole number from {least} to {most}")
            }
            Self::Integer { at_least: Some(least), at_most: None } => {
                format!("a whole number from {least} on")
            }
            Self::Integer { at_least: None, at_most: _ } => "a whole number".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Duration => "a length of time with its unit: `500ms`, `30s`, `1m30s`".to_owned(),
            Self::Bytes => "a number of bytes: `512m`, `4g`, `100MiB`".to_owned(),
            Self::One(words) => format!("one of {}", words.join(", ")),
            Self::List | Self::Set => "texts with commas between".to_owned(),
            Self::Address => "a host and a port".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Text | Self::Secret => "a text".to_owned(),
        }
    }

    /// Returns how its spellings are compared.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::Bool => ValueType::Bool,
            Self::Integer { .. } | Self::Number => ValueType::Number,
            Self::Duration => ValueType::Duration,
            Self::One(_) => ValueType::Keyword,
            Self::List => ValueType::List,
            Self::Set => ValueType::Set,
            Self::Bytes => ValueType::Bytes,
            Self::Address | Self::Path | Self::Text | Self::Secret => ValueType::Text,
        }
    }
}

/// Numbers, each with a unit; the last may have none, which is seconds.
fn is_duration(text: &str) -> bool {
    let units = ["ns", "μs", "ms", "s", "m", "h", "d", ""];
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let end =
            rest[digits..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        if digits == 0 || !units.contains(&&rest[digits..end]) {
            return false;
        }
        rest = &rest[end..];
    }
    !text.is_empty()
}

/// Reads a number of bytes as Neo4j writes and reads it: `4g`, `512m`, `100MiB`, `2.50GiB`.
#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "tb" | "tib" => 4,
        "pb" | "pib" => 5,
        "eb" | "eib" => 6,
        _ => return None,
    };
    let factor = 1_u64 << (10 * unit);
    match number.parse::<u64>() {
        Ok(number) => number.checked_mul(factor),
        Err(_) => fraction(number, factor),
    }
}

/// Reads digits with a point among them, exactly.
fn fraction(text: &str, factor: u64) -> Option<u64> {
    let (whole, part) = text.split_once('.')?;
    let digits = u32::try_from(part.len()).ok().filter(|digits| (1..=9).contains(digits))?;
    let (whole, part): (u64, u64) = (whole.parse().ok()?, part.parse().ok()?);
    let part = u128::from(part) * u128::from(factor) / u128::from(10_u64.pow(digits));
    whole.checked_mul(factor)?.checked_add(u64::try_from(part).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_another_type_is_told_from_one_that_fits() {
        let port = SettingType::Integer { at_least: Some(1), at_most: Some(11) };
        for (value, text, fits) in [
            (&SettingType::Bool, "TRUE", true),
            (&SettingType::Bool, "yes", false),
            (&port, "3", true),
            (&port, "12", false),
            (&SettingType::Duration, "1m30s", true),
            (&SettingType::Duration, "20", true),
            (&SettingType::Duration, "2 days", false),
            (&SettingType::Bytes, "4g", true),
            (&SettingType::Bytes, "4 pounds", false),
            (&SettingType::One(vec!["OFF", "INFO"]), "info", true),
            (&SettingType::One(vec!["OFF", "INFO"]), "some", false),
            (&SettingType::Bool, "$(bash -c 'echo true')", true),
        ] {
            assert_eq!(value.reads(text), fits, "{value:?} {text}");
        }
    }

    #[test]
    fn bytes_are_read_in_every_spelling() {
        assert_eq!(bytes("2g"), Some(2 << 30));
        assert_eq!(bytes("512.00MiB"), Some(512 << 20));
        assert_eq!(bytes("3.50GiB"), Some(3584 << 20));
        assert_eq!(bytes("a lot"), None);
    }
}
