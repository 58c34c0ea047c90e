//! The canonical text of times: UTC, in whole seconds or with exactly six decimals.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

/// Returns the text in which `metav1.Time` is stored.
pub(super) fn seconds(text: &str) -> Option<String> {
    print(text, 0)
}

/// Returns the text in which `metav1.MicroTime` is stored.
pub(super) fn microseconds(text: &str) -> Option<String> {
    print(text, 6)
}

fn print(text: &str, decimals: u8) -> Option<String> {
    let time: Timestamp = text.parse().ok()?;
    // Go cuts what it does not print; jiff would round.
    let cut = match decimals {
        0 => Timestamp::from_second(time.as_second() - i64::from(time.subsec_nanosecond() < 0)).ok()?,
        _ => Timestamp::from_microsecond(time.as_microsecond()).ok()?,
    };
    Some(DateTimePrinter::new().precision(Some(decimals)).timestamp_to_string(&cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_with_the_decimals_of_their_type() {
        assert_eq!(seconds("2026-11-21T12:00:00.5+01:00").as_deref(), Some("2026-11-21T11:00:00Z"));
        assert_eq!(microseconds("2026-11-21T11:00:00Z").as_deref(), Some("2026-11-21T11:00:00.000000Z"));
        assert_eq!(
            microseconds("2026-11-21T11:00:00.1234567Z").as_deref(),
            Some("2026-11-21T11:00:00.123456Z")
        );
        assert_eq!(seconds("yesterday"), None);
    }
}
