//! Plain scalars that readers of YAML 1.1 (kubectl, Helm, `PyYAML`) take otherwise than we do.
//!
//! What counts is kubectl's reader, go-yaml v2: it has `y`, `no` and `off`, leading-zero octal, `0b` and `_`. Two
//! classes come from the 1.1 specification itself: sixtieths (`12:30:45`) and numbers with a bare exponent
//! (`1e3`). Dates stay text for kubectl and for us, so they are no trap.

use super::scalar::{Scalar, resolve};
use std::fmt;

/// How a reader of YAML 1.1 takes a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As a truth value.
    Bool(bool),
    /// As this whole number.
    Integer(i64),
    /// As a number, which one depends on the reader.
    SomeNumber,
    /// As text, where we take a number.
    Text,
}

impl fmt::Display for Reading {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(out, "`{value}`"),
            Self::Integer(number) => write!(out, "the number {number}"),
            Self::SomeNumber => out.write_str("a number"),
            Self::Text => out.write_str("text"),
        }
    }
}

/// Returns how a reader of YAML 1.1 takes a plain scalar, if that is not as we do.
#[must_use]
pub fn trap(text: &str) -> Option<Reading> {
    match text.as_bytes().first()? {
        b'y' | b'Y' | b'n' | b'N' | b'o' | b'O' => word(text),
        b'0'..=b'9' | b'+' | b'-' => number(text),
        b'=' if text == "=" => Some(Reading::SomeNumber),
        _ => None,
    }
}

fn word(text: &str) -> Option<Reading> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Reading::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Reading::Bool(false)),
        _ => None,
    }
}

fn number(text: &str) -> Option<Reading> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if is_sixtieths(unsigned) {
        return Some(Reading::SomeNumber);
    }
    if let Some(reading) = octal_or_binary(&unsigned.replace('_', ""), negative) {
        return Some(reading);
    }
    if unsigned.contains('_') {
        let plain = text.replace('_', "");
        return matches!(resolve(&plain), Scalar::Number(_)).then(|| integer(&plain));
    }
    let signed = unsigned.len() != text.len();
    if signed && unsigned.starts_with("0x") && matches!(resolve(unsigned), Scalar::Number(_)) {
        return Some(Reading::SomeNumber);
    }
    let bare_exponent =
        !unsigned.starts_with("0x") && unsigned.contains(['e', 'E']) && !unsigned.contains('.');
    (bare_exponent && matches!(resolve(text), Scalar::Number(_))).then_some(Reading::Text)
}

/// `010`, `0o10` (text to the specification, 8 to kubectl) and `0b10`; `08` is no octal number, yet no plain 8 either.
fn octal_or_binary(unsigned: &str, negative: bool) -> Option<Reading> {
    let signed = |number: i64| Reading::Integer(if negative { -number } else { number });
    let digits = unsigned.strip_prefix('0').filter(|digits| !digits.is_empty())?;
    let (digits, radix) = match digits.as_bytes().first()? {
        b'b' | b'B' => (&digits[1..], 2),
        b'o' | b'O' => (&digits[1..], 8),
        b'X' => (&digits[1..], 16),
        b'0'..=b'9' if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            return Some(i64::from_str_radix(digits, 8).map_or(Reading::SomeNumber, signed));
        }
        _ => return None,
    };
    i64::from_str_radix(digits, radix).ok().map(signed)
}

fn integer(plain: &str) -> Reading {
    plain.parse().map_or(Reading::SomeNumber, Reading::Integer)
}

/// `[1-9][0-9_]*(:[0-5]?[0-9])+`, and the same with leading zeros, which some readers allow.
fn is_sixtieths(unsigned: &str) -> bool {
    let mut parts = unsigned.split(':');
    let leads =
        parts.next().is_some_and(|first| first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_'));
    let mut rest = parts.peekable();
    leads && rest.peek().is_some() && rest.all(is_sixtieth)
}

fn is_sixtieth(part: &str) -> bool {
    let part = part.split_once('.').map_or(part, |(whole, _)| whole);
    part.len() <= 2 && part.parse::<u8>().is_ok_and(|number| number < 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_older_readers_take_otherwise_is_a_trap() {
        for (text, reading) in [
            ("no", Reading::Bool(false)),
            ("Yes", Reading::Bool(true)),
            ("y", Reading::Bool(true)),
            ("N", Reading::Bool(false)),
            ("off", Reading::Bool(false)),
            ("010", Reading::Integer(8)),
            ("-010", Reading::Integer(-8)),
            ("0o10", Reading::Integer(8)),
            ("08", Reading::SomeNumber),
            ("0b11", Reading::Integer(3)),
            ("0X1F", Reading::Integer(31)),
            ("1_000", Reading::Integer(1000)),
            ("0_7", Reading::Integer(7)),
            ("1_0.5", Reading::SomeNumber),
            ("-0x1F", Reading::SomeNumber),
            ("12:30:45", Reading::SomeNumber),
            ("22:22", Reading::SomeNumber),
            ("1e3", Reading::Text),
            ("12e45", Reading::Text),
        ] {
            assert_eq!(trap(text), Some(reading), "{text}");
        }
    }

    #[test]
    fn what_everybody_reads_alike_is_none() {
        for text in [
            "",
            "0",
            "7",
            "-7",
            "+7",
            "0x1F",
            ".5",
            "1.5",
            "1.5e+3",
            "true",
            "null",
            "nope",
            "only",
            "yesterday",
            "2001-01-01",
            "10:99",
            "a:1",
            "1.2.3",
            "0.5",
            "12e4567a",
            "1_000x",
            "-",
            "-a",
            "0o9",
            "0b2",
        ] {
            assert_eq!(trap(text), None, "{text}");
        }
    }
}
