//! Versions of Neo4j: by meaning up to 5.26, by calendar from 2025.01 on, in one order.

use std::fmt;
use std::str::FromStr;

/// A version in full: a tag without its last number moves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    series: u32,
    minor: u32,
    patch: u32,
}

/// The first version that is named by the calendar.
const CALENDAR: u32 = 2025;

/// Why a text is no version that can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// It is not made of numbers.
    #[error("write its three numbers: 5.26.0 or 2026.02.1")]
    Shape,
    /// It names a line, and not a version.
    #[error("name the last number too: an image of this tag moves by itself")]
    Moving,
    /// It is of a series that the chart's layout does not fit.
    #[error("5.x, 2025.x and later are known; 4.4 comes to 5 by a migration of its stores")]
    Series,
}

impl Version {
    /// Returns a version of a series.
    #[must_use]
    pub const fn new(series: u32, minor: u32, patch: u32) -> Self {
        Self { series, minor, patch }
    }

    /// Tells whether it is named by the calendar.
    #[must_use]
    pub fn is_calendar(self) -> bool {
        self.series >= CALENDAR
    }

    /// Reads a version or the beginning of one, as tables name them.
    pub(crate) fn beginning(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        let series = numbers.next()??;
        let minor = numbers.next().unwrap_or(Some(0))?;
        let patch = numbers.next().unwrap_or(Some(0))?;
        numbers.next().is_none().then_some(Self { series, minor, patch })
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|letter| letter.is_ascii_digit());
        if !text.split('.').all(digits) {
            return Err(VersionError::Shape);
        }
        let version = Self::beginning(text).ok_or(VersionError::Shape)?;
        match version.series {
            5 | CALENDAR.. if text.split('.').count() < 3 => Err(VersionError::Moving),
            5 | CALENDAR.. => Ok(version),
            _ => Err(VersionError::Series),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { series, minor, patch } = self;
        if self.is_calendar() {
            write!(out, "{series}.{minor:02}.{patch}")
        } else {
            write!(out, "{series}.{minor}.{patch}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_comes_after_the_last_version_by_meaning() {
        let read = |text: &str| text.parse::<Version>().unwrap();
        let order = ["5.9.0", "5.26.0", "5.26.30", "2025.01.0", "2025.12.1", "2026.02.0"];
        assert!(order.windows(2).all(|pair| read(pair[0]) < read(pair[1])));
        assert!(order.iter().all(|text| read(text).to_string() == *text));
    }

    #[test]
    fn what_is_no_version_to_run_says_why() {
        for (text, why) in [
            ("4.4.31", VersionError::Series),
            ("5.26", VersionError::Moving),
            ("2025.01", VersionError::Moving),
            ("latest", VersionError::Shape),
            ("5..1", VersionError::Shape),
            ("", VersionError::Shape),
        ] {
            assert_eq!(text.parse::<Version>(), Err(why), "{text}");
        }
    }
}
