//! The one resolver of plain scalars: the YAML 1.2 core schema, and nothing that JSON could not carry.

use crate::engine::value::Number;

/// What a plain scalar means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `~`, `null` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// A number that a configuration cannot hold.
    Unrepresentable(Lacking),
    /// Anything else is text.
    Text,
}

/// Why a number cannot be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lacking {
    /// A whole number beyond 64 bits would be rounded in silence.
    Precision,
    /// JSON has neither infinities nor NaN.
    Finiteness,
}

impl Lacking {
    /// Says it in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Precision => "it does not fit 64 bits",
            Self::Finiteness => "JSON has no word for it",
        }
    }
}

/// Returns the meaning of a plain scalar.
#[must_use]
pub fn resolve(text: &str) -> Scalar {
    match text.as_bytes().first() {
        None => Scalar::Null,
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => word(text),
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text),
        Some(_) => Scalar::Text,
    }
}

fn word(text: &str) -> Scalar {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => Scalar::Text,
    }
}

fn number(text: &str) -> Scalar {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Scalar::Unrepresentable(Lacking::Finiteness);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|digit| digit.is_digit(radix))
        {
            return integer(i64::from_str_radix(digits, radix).ok());
        }
    }
    if all_digits(unsigned) {
        return integer(text.parse().ok());
    }
    if is_float(unsigned) {
        return text
            .parse()
            .ok()
            .and_then(Number::from_float)
            .map_or(Scalar::Unrepresentable(Lacking::Finiteness), Scalar::Number);
    }
    Scalar::Text
}

fn integer(parsed: Option<i64>) -> Scalar {
    parsed
        .map_or(Scalar::Unrepresentable(Lacking::Precision), |integer| Scalar::Number(Number::from(integer)))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, the sign taken off.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let sound = match mantissa.split_once('.') {
        Some(("", fraction)) => all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && (fraction.is_empty() || all_digits(fraction)),
        None => all_digits(mantissa),
    };
    sound && exponent.is_none_or(all_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(number: i64) -> Scalar {
        Scalar::Number(Number::from(number))
    }

    fn float(number: f64) -> Scalar {
        Scalar::Number(Number::from_float(number).unwrap())
    }

    #[test]
    fn plain_scalars_mean_what_the_core_schema_says() {
        for (text, meaning) in [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("NULL", Scalar::Null),
            ("nUll", Scalar::Text),
            ("True", Scalar::Bool(true)),
            ("tRUE", Scalar::Text),
            ("no", Scalar::Text),
            ("on", Scalar::Text),
            ("y", Scalar::Text),
            ("0", whole(0)),
            ("-7", whole(-7)),
            ("+7", whole(7)),
            ("010", whole(10)),
            ("0o10", whole(8)),
            ("-0o10", Scalar::Text),
            ("0x1F", whole(31)),
            ("0x", Scalar::Text),
            ("0b1", Scalar::Text),
            ("1_000", Scalar::Text),
            ("12:30:45", Scalar::Text),
            (".5", float(0.5)),
            ("1.", whole(1)),
            ("-1.5e-3", float(-0.0015)),
            ("1e3", whole(1000)),
            ("1.2.3", Scalar::Text),
            (".", Scalar::Text),
            ("-", Scalar::Text),
            ("e3", Scalar::Text),
            ("infinity", Scalar::Text),
            ("-.inf", Scalar::Unrepresentable(Lacking::Finiteness)),
            (".nan", Scalar::Unrepresentable(Lacking::Finiteness)),
            ("1e999", Scalar::Unrepresentable(Lacking::Finiteness)),
            ("9223372036854775807", whole(i64::MAX)),
            ("9223372036854775808", Scalar::Unrepresentable(Lacking::Precision)),
            ("2001-01-01", Scalar::Text),
        ] {
            assert_eq!(resolve(text), meaning, "{text}");
        }
    }
}
