//! Cron schedules of five fields: minute, hour, day of month, month and day of week.

use jiff::civil::Date;
use std::collections::BTreeSet;
use std::str::FromStr;

/// When something begins, by the clock on the wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub(super) minutes: BTreeSet<i8>,
    pub(super) hours: BTreeSet<i8>,
    days: BTreeSet<i8>,
    months: BTreeSet<i8>,
    /// From 0, which is Sunday.
    weekdays: BTreeSet<i8>,
    either_day: EitherDay,
}

/// Why a text is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no cron schedule")]
pub struct NoSchedule(String);

/// Cron's own rule: where day of month and day of week are both restricted, either of them is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EitherDay {
    Suffices,
    BothMustFit,
}

struct Field {
    low: i8,
    high: i8,
    /// The first stands for `low`, or for January where `low` is 1.
    names: &'static [&'static str],
}

const MINUTE: Field = Field { low: 0, high: 59, names: &[] };
const HOUR: Field = Field { low: 0, high: 23, names: &[] };
const DAY: Field = Field { low: 1, high: 31, names: &[] };
const MONTH: Field = Field {
    low: 1,
    high: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// Sunday is 0, and 7 as well.
const WEEKDAY: Field = Field { low: 0, high: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };

impl FromStr for Schedule {
    type Err = NoSchedule;

    fn from_str(text: &str) -> Result<Self, NoSchedule> {
        let refuse = || NoSchedule(text.to_owned());
        let [minute, hour, day, month, weekday] =
            text.split_ascii_whitespace().collect::<Vec<_>>().try_into().map_err(|_| refuse())?;
        let restricted = |field: &str| !field.starts_with('*');
        let either = restricted(day) && restricted(weekday);
        Ok(Self {
            minutes: MINUTE.read(minute).ok_or_else(refuse)?,
            hours: HOUR.read(hour).ok_or_else(refuse)?,
            days: DAY.read(day).ok_or_else(refuse)?,
            months: MONTH.read(month).ok_or_else(refuse)?,
            weekdays: WEEKDAY.read(weekday).ok_or_else(refuse)?.into_iter().map(|day| day % 7).collect(),
            either_day: if either { EitherDay::Suffices } else { EitherDay::BothMustFit },
        })
    }
}

impl Schedule {
    /// Tells whether it begins on this day at all.
    pub(super) fn is_on(&self, date: Date) -> bool {
        let day = self.days.contains(&date.day());
        let weekday = self.weekdays.contains(&date.weekday().to_sunday_zero_offset());
        let fits = match self.either_day {
            EitherDay::Suffices => day || weekday,
            EitherDay::BothMustFit => day && weekday,
        };
        fits && self.months.contains(&date.month())
    }

    /// Tells whether it begins in every hour of the day, so that an hour that comes twice counts twice.
    pub(super) fn is_hourly(&self) -> bool {
        self.hours.len() == 24
    }
}

impl Field {
    /// Reads a list of parts.
    fn read(&self, field: &str) -> Option<BTreeSet<i8>> {
        let mut all = BTreeSet::new();
        for part in field.split(',') {
            all.extend(self.part(part)?);
        }
        Some(all)
    }

    /// `*`, `N` or `N-M`, each with an optional `/STEP`; `N/STEP` goes on to the end.
    fn part(&self, part: &str) -> Option<impl Iterator<Item = i8> + use<>> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<usize>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            None if range == "*" => (self.low, self.high),
            None if step.is_some() => (self.value(range)?, self.high),
            None => (self.value(range)?, self.value(range)?),
        };
        (from <= to).then(|| (from..=to).step_by(step.unwrap_or(1)))
    }

    fn value(&self, text: &str) -> Option<i8> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(place) => i8::try_from(place).ok()? + self.low,
            None if text.bytes().all(|letter| letter.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (self.low..=self.high).contains(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_schedule(text: &str) -> bool {
        text.parse::<Schedule>().is_ok()
    }

    #[test]
    fn five_fields_in_their_bounds_are_a_schedule() {
        for text in [
            "0 2 * * 1-5",
            "*/15 * * * *",
            "0 0 1 JAN,jul *",
            "30 2 * * SUN",
            "0 8-18/2 * * 1,3,5",
            "5/20 * * * 7",
        ] {
            assert!(is_schedule(text), "{text}");
        }
        let wrong = [
            "",
            "0 2 * *",
            "60 2 * * *",
            "0 24 * * *",
            "* * * * * *",
            "0 2 * * FOO",
            "*/0 * * * *",
            "a b c d e",
            "0 5-2 * * *",
            "+5 * * * *",
            "0 0 0 * *",
            "0 0 * 13 *",
            "0 0 * * 8",
            "1,,2 * * * *",
        ];
        for text in wrong {
            assert!(!is_schedule(text), "{text}");
        }
    }

    #[test]
    fn either_day_is_enough_where_both_are_restricted() {
        let is_on = |text: &str, date: &str| {
            text.parse::<Schedule>().expect(text).is_on(date.parse::<Date>().expect(date))
        };
        let (thirteenth, friday, neither) = ("2026-01-13", "2026-01-16", "2026-01-14");
        assert!(is_on("0 0 13 * FRI", thirteenth) && is_on("0 0 13 * FRI", friday));
        assert!(!is_on("0 0 13 * FRI", neither));
        assert!(!is_on("0 0 13 * *", friday) && is_on("0 0 * * FRI", friday));
        assert!(is_on("0 0 * * 7", "2026-01-18") && is_on("0 0 * * 0", "2026-01-18"));
    }
}
