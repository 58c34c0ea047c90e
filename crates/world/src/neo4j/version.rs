//! Versions of Neo4j, and which may run beside which.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A version: `5.26.30`, or `2025.01.0` by the calendar. Those of the calendar come after 5.26.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    numbers: Vec<u32>,
    text: String,
}

impl Version {
    /// Reads a version, with or without a suffix such as `-enterprise`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.split('-').next().unwrap_or_default();
        let numbers: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        let numbers = numbers.ok().filter(|numbers| numbers.len() >= 2)?;
        Some(Self { numbers, text: text.to_owned() })
    }

    /// Tells whether it is one of 2025 or later.
    #[must_use]
    pub fn is_by_calendar(&self) -> bool {
        self.numbers.first().is_some_and(|major| *major >= 2025)
    }

    /// Tells whether a server of this version may join servers of `other`: 5.26 is the only way from 5 to the calendar.
    ///
    /// Upgrade guide, `version-2025-2026/upgrade`.
    pub(super) fn joins(&self, other: &Self) -> bool {
        let (older, newer) = if self <= other { (self, other) } else { (other, self) };
        if older.is_by_calendar() == newer.is_by_calendar() {
            return older.numbers.first() == newer.numbers.first() || older.is_by_calendar();
        }
        older.numbers.first() == Some(&5) && older.numbers.get(1).is_some_and(|minor| *minor >= 26)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}
