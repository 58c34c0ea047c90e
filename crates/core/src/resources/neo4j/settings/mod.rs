//! The settings of Neo4j by version: which there are, what they take, what they were called before, and when a change
//! of one takes effect.
//!
//! A server that is not told to be strict ignores what it does not know, so a slip of the finger is a setting without
//! effect. The table is data (`table.txt`, `renamed.txt`); each file names its source.

mod setting_type;

pub use setting_type::{SettingType, bytes};

use super::Version;
use crate::nearest::nearest;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A setting that some version has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name; a part in angle brackets is for people to choose.
    pub name: &'static str,
    /// What its value is.
    pub value: SettingType,
    /// When a change of it takes effect.
    pub effect: Effect,
    /// Who has it.
    pub has: Has,
    since: Since,
}

/// When a change of a setting takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Neo4j can take it while it runs (`dbms.setConfigValue`, Enterprise); from its files it takes it at a start only.
    WhileRunning,
    /// At the next start.
    AtStart,
}

/// Which editions have a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Has {
    /// All.
    Every,
    /// Enterprise only.
    Enterprise,
}

/// The first version of each way of counting that has a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Since {
    five: Option<Version>,
    calendar: Option<Version>,
}

/// What there is to say of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// This version has it.
    Known(&'static Setting),
    /// It is called otherwise since.
    Renamed(&'static str),
    /// No version from here on has it; it has no successor.
    Gone,
    /// A later version has it.
    NotYet(Version),
    /// No version has it; this one is called almost so.
    Unknown(Option<&'static str>),
    /// It belongs to a plugin or is internal: nothing is known of it.
    Unjudged,
}

/// Names that plugins have, or nobody documents.
const UNJUDGED: [&str; 6] = ["apoc.", "dbms.bloom.", "gds.", "genai.", "internal.", "n10s."];

static SETTINGS: LazyLock<BTreeMap<&'static str, Setting>> = LazyLock::new(|| {
    let lines = include_str!("table.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(Setting::read).map(|setting| (setting.name, setting)).collect()
});

static RENAMED: LazyLock<BTreeMap<&'static str, Option<&'static str>>> = LazyLock::new(|| {
    let lines = include_str!("renamed.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').map_or((line, None), |(old, new)| (old, Some(new)))).collect()
});

impl Setting {
    fn read(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let (name, value) = (words.next()?, SettingType::read(words.next()?)?);
        let since = Since {
            five: words.next().and_then(Version::beginning),
            calendar: words.next().and_then(Version::beginning),
        };
        let effect = if words.next()? == "dynamic" { Effect::WhileRunning } else { Effect::AtStart };
        let has = if words.next()? == "enterprise" { Has::Enterprise } else { Has::Every };
        Some(Self { name, value, effect, has, since })
    }

    fn is_in(&self, version: Version) -> bool {
        let Since { five, calendar } = self.since;
        let since = if version.is_calendar() { calendar } else { five };
        since.is_some_and(|since| since <= version)
    }
}

/// Returns the setting of a name in whichever version has it.
#[must_use]
pub fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.get(name).or_else(|| SETTINGS.values().find(|setting| is_one_of(name, setting.name)))
}

/// Tells what a version makes of a name.
#[must_use]
pub fn judge(name: &str, version: Version) -> Judgement {
    if UNJUDGED.iter().any(|beginning| name.starts_with(beginning)) {
        return Judgement::Unjudged;
    }
    match setting(name) {
        Some(setting) if setting.is_in(version) => Judgement::Known(setting),
        Some(setting) => match (RENAMED.get(name), later(setting.since, version)) {
            (Some(Some(new)), _) => Judgement::Renamed(new),
            (_, Some(first)) => Judgement::NotYet(first),
            (_, None) => Judgement::Gone,
        },
        None => match RENAMED.get(name) {
            Some(Some(new)) => Judgement::Renamed(current(new, version)),
            Some(None) => Judgement::Gone,
            None => Judgement::Unknown(nearest(name, in_version(version))),
        },
    }
}

/// Follows a name to what this version calls it.
fn current(name: &'static str, version: Version) -> &'static str {
    let is_there = setting(name).is_some_and(|setting| setting.is_in(version));
    match RENAMED.get(name) {
        Some(Some(new)) if !is_there => new,
        _ => name,
    }
}

fn later(since: Since, version: Version) -> Option<Version> {
    let Since { five, calendar } = since;
    [five, calendar].into_iter().flatten().filter(|first| *first > version).min()
}

fn in_version(version: Version) -> impl Iterator<Item = &'static str> {
    SETTINGS.values().filter(move |setting| setting.is_in(version)).map(|setting| setting.name)
}

/// Tells whether a name is what people made of a pattern: `dbms.ssl.policy.bolt.enabled` of `dbms.ssl.policy.<scope>.enabled`.
fn is_one_of(name: &str, pattern: &str) -> bool {
    let Some((beginning, rest)) = pattern.split_once('<') else { return false };
    let Some((_, end)) = rest.split_once('>') else { return false };
    let chosen = name.strip_prefix(beginning).and_then(|name| name.strip_suffix(end));
    chosen.is_some_and(|chosen| !chosen.is_empty() && !chosen.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Version = Version::new(5, 26, 0);
    const CALENDAR: Version = Version::new(2026, 2, 0);

    #[test]
    fn every_line_of_the_tables_is_read_and_every_new_name_is_a_setting() {
        let lines = |text: &'static str| text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(SETTINGS.len(), lines(include_str!("table.txt")));
        assert_eq!(RENAMED.len(), lines(include_str!("renamed.txt")));
        for new in RENAMED.values().flatten() {
            assert!(setting(new).is_some(), "{new}");
        }
    }

    #[test]
    fn a_name_of_an_older_version_leads_to_what_this_one_calls_it() {
        for (old, version, new) in [
            ("dbms.memory.heap.max_size", FIVE, "server.memory.heap.max_size"),
            ("causal_clustering.discovery_type", CALENDAR, "dbms.cluster.discovery.resolver_type"),
            ("causal_clustering.initial_discovery_members", FIVE, "dbms.cluster.discovery.endpoints"),
            ("causal_clustering.initial_discovery_members", CALENDAR, "dbms.cluster.endpoints"),
            ("dbms.cluster.discovery.v2.endpoints", CALENDAR, "dbms.cluster.endpoints"),
            ("metrics.prometheus.enabled", FIVE, "server.metrics.prometheus.enabled"),
        ] {
            assert_eq!(judge(old, version), Judgement::Renamed(new), "{old}");
        }
    }

    #[test]
    fn a_setting_is_known_in_the_versions_that_have_it() {
        let known = |name, version| matches!(judge(name, version), Judgement::Known(_));
        assert!(known("db.tx_log.rotation.retention_policy", FIVE));
        assert!(known("dbms.ssl.policy.bolt.enabled", CALENDAR));
        assert!(known("dbms.cluster.discovery.version", FIVE));
        assert_eq!(judge("dbms.cluster.discovery.version", CALENDAR), Judgement::Gone);
        assert_eq!(judge("dbms.mode", FIVE), Judgement::Gone);
        let first = Version::new(2025, 6, 0);
        assert_eq!(judge("db.query.default_language", FIVE), Judgement::NotYet(first));
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_setting_and_a_plugin_is_left_alone() {
        let near = Some("server.memory.heap.max_size");
        assert_eq!(judge("server.memory.heap.maxsize", FIVE), Judgement::Unknown(near));
        assert_eq!(judge("gds.enterprise.license_file", FIVE), Judgement::Unjudged);
    }
}
