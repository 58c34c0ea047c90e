//! Maintenance windows: at a given moment, whether changes may start, and when that changes.
//!
//! Time zones come from a table that is compiled in: the same specs mean the same on every machine, and no file is
//! read. Around a change of clocks a window opens once: one whose beginning is skipped opens as much later as the
//! clock jumped, one whose beginning comes twice opens the first time (unless it opens in every hour of the day).

mod schedule;

pub use schedule::{NoSchedule, Schedule};

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, Timestamp};
use std::time::Duration;

/// So far ahead an end is looked for: what is open longer than this has none that matters.
const HORIZON: SignedDuration = SignedDuration::from_hours(8 * 24);

/// The longest window, in days; longer ones are no windows.
pub const LONGEST_DAYS: u32 = 366;

/// So many days ahead a beginning is looked for: the 29th of February is at most eight years away.
const DAYS_AHEAD: usize = 9 * 366;

/// The windows of an environment; without any, changes may start at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows(Vec<Window>);

/// A time in which changes may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    opens: Schedule,
    lasts: SignedDuration,
    zone: TimeZone,
}

/// How windows stand at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Changes may start.
    Open {
        /// Until then; absent where no end is in sight.
        until: Option<Timestamp>,
    },
    /// Nothing starts.
    Closed {
        /// Until then; absent if it never opens again.
        opens: Option<Timestamp>,
    },
}

/// Why a window cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWindow {
    /// Its schedule.
    #[error(transparent)]
    Schedule(#[from] NoSchedule),
    /// Its time zone.
    #[error("`{0}` is no time zone")]
    Zone(String),
    /// It lasts no time, or longer than a year.
    #[error("a window lasts longer than no time, and at most {LONGEST_DAYS} days")]
    Length,
}

/// Returns a time zone by its IANA name.
#[must_use]
pub fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// Returns the names of all time zones.
#[must_use]
pub fn time_zones() -> Vec<String> {
    TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect()
}

impl Window {
    /// Returns the window that opens by a cron schedule in a time zone (UTC if absent) and stays open for a while.
    pub fn new(opens: &str, lasts: Duration, zone: Option<&str>) -> Result<Self, NoWindow> {
        let zone = match zone {
            None => TimeZone::UTC,
            Some(name) => time_zone(name).ok_or_else(|| NoWindow::Zone(name.to_owned()))?,
        };
        let lasts = SignedDuration::try_from(lasts).map_err(|_| NoWindow::Length)?;
        let longest = SignedDuration::from_hours(i64::from(LONGEST_DAYS) * 24);
        if lasts.is_zero() || lasts > longest {
            return Err(NoWindow::Length);
        }
        Ok(Self { opens: opens.parse()?, lasts, zone })
    }

    /// Returns when it opens for the first time after a moment; never, if its schedule fits no day.
    #[must_use]
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let days = self.day_before(moment)?.series(Span::new().days(1)).take(DAYS_AHEAD);
        days.filter(|day| self.opens.is_on(*day))
            .find_map(|day| self.starts_on(day).into_iter().find(|start| *start > moment))
    }

    /// Returns when what is open at a moment closes; nothing if it is closed then.
    fn open_until(&self, moment: Timestamp) -> Option<Timestamp> {
        let mut day = self.day_before(moment)?.checked_add(Span::new().days(2)).ok()?;
        let first = self.day_before(moment.checked_sub(self.lasts).ok()?)?;
        while day >= first {
            let on = self.opens.is_on(day);
            let starts = if on { self.starts_on(day) } else { Vec::new() };
            if let Some(start) = starts.into_iter().rfind(|start| *start <= moment) {
                return start.checked_add(self.lasts).ok().filter(|end| *end > moment);
            }
            day = day.yesterday().ok()?;
        }
        None
    }

    /// A clock that jumps carries a beginning to the next day at most.
    fn day_before(&self, moment: Timestamp) -> Option<Date> {
        self.zone.to_datetime(moment).date().yesterday().ok()
    }

    /// Returns when it opens on a day, in order.
    fn starts_on(&self, day: Date) -> Vec<Timestamp> {
        let mut starts = Vec::new();
        for hour in &self.opens.hours {
            for minute in &self.opens.minutes {
                let wall = self.zone.to_ambiguous_timestamp(day.at(*hour, *minute, 0, 0));
                if self.opens.is_hourly() && wall.is_ambiguous() {
                    starts.extend(wall.later());
                }
                starts.extend(wall.compatible());
            }
        }
        starts.sort();
        starts.dedup();
        starts
    }
}

impl Windows {
    /// Returns these windows.
    #[must_use]
    pub fn of(windows: Vec<Window>) -> Self {
        Self(windows)
    }

    /// Tells whether there are none, so that changes may start at any time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how they stand at a moment.
    #[must_use]
    pub fn at(&self, moment: Timestamp) -> Standing {
        if self.is_empty() {
            return Standing::Open { until: None };
        }
        match self.0.iter().filter_map(|window| window.open_until(moment)).max() {
            None => {
                Standing::Closed { opens: self.0.iter().filter_map(|window| window.next_after(moment)).min() }
            }
            Some(end) => Standing::Open { until: self.joined(moment, end) },
        }
    }

    /// Windows that begin before another one ends, or as it ends, are one.
    fn joined(&self, moment: Timestamp, mut end: Timestamp) -> Option<Timestamp> {
        let horizon = moment.checked_add(HORIZON).ok()?;
        let mut starts: Vec<(Timestamp, SignedDuration)> = Vec::new();
        for window in &self.0 {
            let days = window.day_before(moment)?.series(Span::new().days(1));
            let days = days
                .take_while(|day| window.zone.to_timestamp(day.at(0, 0, 0, 0)).is_ok_and(|at| at <= horizon));
            let starts_on = |day| window.starts_on(day).into_iter().map(|start| (start, window.lasts));
            starts.extend(days.filter(|day| window.opens.is_on(*day)).flat_map(starts_on));
        }
        starts.sort();
        for (start, lasts) in starts.into_iter().filter(|(start, _)| *start > moment) {
            if start > end {
                break;
            }
            end = end.max(start.checked_add(lasts).ok()?);
        }
        (end < horizon).then_some(end)
    }
}

#[cfg(test)]
mod tests;
