//! Durations as people write them: `500ms`, `30s`, `15m`, `1h30m`, `2d`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::str::FromStr;

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub std::time::Duration);

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no duration")]
pub struct DurationError(String);

impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let refuse = || DurationError(text.to_owned());
        let mut rest = text;
        let mut total = std::time::Duration::ZERO;
        while !rest.is_empty() {
            let digits = rest.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(refuse)?;
            let unit_end = rest[digits..]
                .find(|letter: char| letter.is_ascii_digit())
                .map_or(rest.len(), |at| digits + at);
            let count: u64 = rest[..digits].parse().map_err(|_| refuse())?;
            let part = milliseconds(&rest[digits..unit_end])
                .and_then(|unit| count.checked_mul(unit))
                .ok_or_else(refuse)?;
            total = total.checked_add(std::time::Duration::from_millis(part)).ok_or_else(refuse)?;
            rest = &rest[unit_end..];
        }
        if text.is_empty() { Err(refuse()) } else { Ok(Self(total)) }
    }
}

fn milliseconds(unit: &str) -> Option<u64> {
    match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "duration",
            "pattern": "^([0-9]+(ms|s|m|h|d))+$",
            "examples": ["30s", "15m", "1h30m"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        for (text, seconds) in [("30s", 30), ("1h30m", 5400), ("2d", 172_800), ("0s", 0)] {
            assert_eq!(text.parse::<Duration>().unwrap().0.as_secs(), seconds, "{text}");
        }
        assert_eq!("500ms".parse::<Duration>().unwrap().0.as_millis(), 500);
    }

    #[test]
    fn a_number_without_a_unit_is_no_duration() {
        for text in
            ["", "30", "s", "1.5h", "-1s", "1w", "30 s", "99999999999999999999s", "18446744073709551615d"]
        {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
