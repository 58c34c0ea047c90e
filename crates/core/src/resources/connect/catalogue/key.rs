//! One setting of a class of connectors: what it is, what holds where nobody sets it, and which versions have it.

use crate::resources::settings::ValueType;
use std::fmt;
use std::str::FromStr;

/// A version of a plugin, as far as settings come and go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Before the dot.
    pub major: u32,
    /// After it.
    pub minor: u32,
}

/// A text that starts with no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoVersion;

/// A setting by its full name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// How it is called.
    pub name: &'static str,
    /// What it is.
    pub value_type: ValueType,
    /// What holds where nobody sets it, if every version says the same.
    pub default: Option<&'static str>,
    /// The first version that has it; all that we know if there is none.
    pub since: Option<Version>,
    /// The first version that no longer has it.
    pub until: Option<Version>,
    /// What does its work in versions that do not have it.
    pub instead: Option<&'static str>,
}

impl Version {
    /// Returns a version.
    #[must_use]
    pub const fn of(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }
}

impl FromStr for Version {
    type Err = NoVersion;

    /// Reads the first two numbers: `5.5.2` is 5.5.
    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let mut numbers = text.split('.').map(|number| number.parse().map_err(|_| NoVersion));
        let major = numbers.next().ok_or(NoVersion)??;
        Ok(Self { major, minor: numbers.next().unwrap_or(Ok(0))? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

impl Key {
    /// Returns a setting that every version has.
    pub(super) const fn of(name: &'static str, value_type: ValueType) -> Self {
        Self { name, value_type, default: None, since: None, until: None, instead: None }
    }

    /// Says what holds where nobody sets it.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// Says which version has it first.
    pub(super) const fn since(self, major: u32, minor: u32) -> Self {
        Self { since: Some(Version::of(major, minor)), ..self }
    }

    /// Says which version no longer has it.
    pub(super) const fn until(self, major: u32, minor: u32) -> Self {
        Self { until: Some(Version::of(major, minor)), ..self }
    }

    /// Says what does its work in other versions.
    pub(super) const fn now(self, instead: &'static str) -> Self {
        Self { instead: Some(instead), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_its_first_two_numbers() {
        assert_eq!("5.5.2".parse(), Ok(Version::of(5, 5)));
        assert_eq!("6".parse(), Ok(Version::of(6, 0)));
        assert_eq!("latest".parse::<Version>(), Err(NoVersion));
        assert!(Version::of(5, 10) > Version::of(5, 9));
    }
}
