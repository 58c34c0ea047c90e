//! Numbers as people read them: with a unit, and no more digits than they can use.

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Returns a duration in at most two units: `0.4 s`, `41 s`, `1 min 12 s`, `3 h 5 min`, `2 days 4 h`.
#[must_use]
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => tenths(time),
        10..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => two(seconds / MINUTE, "min", seconds % MINUTE, "s"),
        HOUR..DAY => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
        DAY.. => two(seconds / DAY, days(seconds / DAY), seconds % DAY / HOUR, "h"),
    }
}

/// Returns how long ago something was, in one unit: `0.4 s ago`, `3 h ago`, `5 days ago`.
///
/// What lies ahead of `now` is `just now`: the clocks of two machines differ, and a report is not the place to say so.
#[must_use]
pub fn ago(now: Timestamp, then: Timestamp) -> String {
    match Duration::try_from(now.duration_since(then)) {
        Ok(age) => format!("{} ago", rough(age)),
        Err(_) => "just now".to_owned(),
    }
}

/// Returns how much time passed between the two, nothing if none did.
#[must_use]
pub fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier).max(SignedDuration::ZERO)).unwrap_or_default()
}

/// Returns a point in time to the minute: `2026-11-20 23:14 UTC`.
#[must_use]
pub fn date_and_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Returns a number of bytes in binary units, two digits where that says more: `41 GiB`, `1.5 MiB`, `512 B`.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut tenths = u128::from(count) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 {
        tenths /= 1024;
        unit += 1;
    }
    match (tenths / 10, tenths % 10) {
        (whole @ 0..10, part @ 1..) => format!("{whole}.{part} {}", UNITS[unit]),
        (whole, _) => format!("{whole} {}", UNITS[unit]),
    }
}

/// Returns a count with its noun: `1 step`, `3 steps`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn rough(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..10 => tenths(age),
        10..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        DAY.. => format!("{} {}", seconds / DAY, days(seconds / DAY)),
    }
}

fn tenths(time: Duration) -> String {
    if time < Duration::from_millis(100) {
        return format!("{} ms", time.as_millis());
    }
    format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100)
}

fn two(many: u64, unit: &str, few: u64, smaller: &str) -> String {
    if few == 0 { format!("{many} {unit}") } else { format!("{many} {unit} {few} {smaller}") }
}

fn days(number: u64) -> &'static str {
    if number == 1 { "day" } else { "days" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        let told = |millis| duration(Duration::from_millis(millis));
        assert_eq!(told(40), "40 ms");
        assert_eq!(told(449), "0.4 s");
        assert_eq!(told(41_900), "41 s");
        assert_eq!(told(60_000), "1 min");
        assert_eq!(told(72_000), "1 min 12 s");
        assert_eq!(told(11_100_000), "3 h 5 min");
        assert_eq!(told(190_800_000), "2 days 5 h");
    }

    #[test]
    fn ages_have_one_unit_and_a_clock_ahead_of_ours_is_just_now() {
        let now: Timestamp = "2026-11-21T02:30:00Z".parse().expect("a time");
        let then = |text: &str| ago(now, text.parse().expect("a time"));
        assert_eq!(then("2026-11-21T02:29:59.6Z"), "0.4 s ago");
        assert_eq!(then("2026-11-20T23:14:00Z"), "3 h ago");
        assert_eq!(then("2026-11-20T02:00:00Z"), "1 day ago");
        assert_eq!(then("2026-11-21T02:30:01Z"), "just now");
        assert_eq!(date_and_time("2026-11-20T23:14:09Z".parse().expect("a time")), "2026-11-20 23:14 UTC");
    }

    #[test]
    fn bytes_have_a_tenth_only_below_ten() {
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(44_023_414_784), "41 GiB");
        assert_eq!(bytes(u64::MAX), "15 EiB");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(count(1, "step"), "1 step");
        assert_eq!(count(0, "step"), "0 steps");
    }
}
