//! How the server spells single values of built-in kinds: quantities, times and bytes have one canonical text each.
//!
//! Texts are compared, not amounts: the server keeps the format, so `536870912` over `512Mi` is a change.

mod base64;
mod quantity;
mod time;

use super::schema::Format;
use crate::engine::value::Value;
use std::borrow::Cow;

pub(crate) use base64::{decode, encode};
pub use quantity::thousandths;

/// Tells whether the server would fail to read the value as what it is, with 500 instead of a refusal.
pub(crate) fn is_unreadable(value: &Value, format: Format) -> bool {
    match (format, value) {
        (Format::Quantity | Format::QuantityMilli, Value::Text(text)) => !quantity::is_plausible(text),
        (Format::MicroTime, Value::Text(text)) => time::microseconds(text).is_none(),
        _ => false,
    }
}

/// Returns the value as the server would spell it; what cannot be read stays as it is, for the server to refuse.
pub(crate) fn canonical(value: &Value, format: Format) -> Cow<'_, Value> {
    let respelt = match (format, value) {
        (Format::Quantity, Value::Text(text)) => quantity::canonical(text, quantity::NANO),
        (Format::QuantityMilli, Value::Text(text)) => quantity::canonical(text, quantity::MILLI),
        (Format::Quantity, Value::Number(number)) => quantity::canonical(&number.to_string(), quantity::NANO),
        (Format::QuantityMilli, Value::Number(number)) => {
            quantity::canonical(&number.to_string(), quantity::MILLI)
        }
        (Format::Time, Value::Text(text)) => time::seconds(text),
        (Format::MicroTime, Value::Text(text)) => time::microseconds(text),
        (Format::Bytes, Value::Text(text)) => base64::decode(text).map(|bytes| base64::encode(&bytes)),
        (
            Format::Plain
            | Format::Text
            | Format::IntOrString
            | Format::Quantity
            | Format::QuantityMilli
            | Format::Time
            | Format::MicroTime
            | Format::Bytes,
            _,
        ) => None,
    };
    match respelt {
        Some(text) if value.as_text() != Some(&text) => Cow::Owned(Value::Text(text)),
        Some(_) | None => Cow::Borrowed(value),
    }
}
