//! Whether the servers are neither too few nor too many, and whether databases fit on them.

use super::checks::spot;
use super::layout::{Layout, Server, pools};
use crate::documents::codes;
use crate::documents::expand::manifest::Context;
use crate::documents::neo4j::content::Topology;
use crate::documents::neo4j::servers::{ModeConstraint, Pool};
use crate::documents::repository::overlay::Merged;
use crate::resources::neo4j::{Mode, Part};
use std::collections::BTreeSet;

/// How many of a database's servers may vote.
const MOST_PRIMARIES: u32 = 11;
/// How many of them may only read.
const MOST_SECONDARIES: u32 = 20;

impl Context<'_> {
    pub(super) fn check_pools(&mut self, layout: &Layout<'_>, merged: &Merged) {
        let servers = &layout.spec.servers;
        let primaries = servers.primaries.count;
        let at = |path: &[&str]| spot(merged, &[&["servers"], path].concat());
        match primaries {
            0 => {
                let message = "a cluster needs at least one primary".to_owned();
                self.error(codes::POOLS, at(&["primaries", "count"]), message).hint =
                    Some("3 stand the failure of one".to_owned());
            }
            1..=MOST_PRIMARIES => self.check_even(primaries, at(&["primaries", "count"])),
            _ => {
                let message =
                    format!("{primaries} primaries are more than the {MOST_PRIMARIES} of a database");
                self.error(codes::POOLS, at(&["primaries", "count"]), message).hint =
                    Some("5 stand the failure of two; more reading is done by secondaries".to_owned());
            }
        }
        let reading: u32 = pools(layout.spec)
            .filter(|(part, _)| *part != Part::Primary)
            .map(|(_, pool)| pool.count)
            .fold(0, u32::saturating_add);
        if reading > MOST_SECONDARIES {
            let path = if servers.secondaries.is_some() { "secondaries" } else { "analytics" };
            let message =
                format!("{reading} that only read are more than the {MOST_SECONDARIES} of a database");
            self.error(codes::POOLS, at(&[path, "count"]), message);
        }
        if servers.analytics.is_some() && primaries != 1 {
            let message =
                format!("servers for analytics stand beside one primary, and there are {primaries}");
            self.error(codes::POOLS, at(&["primaries", "count"]), message).hint =
                Some("write `count: 1`, or `secondaries` in place of `analytics`".to_owned());
        }
        if servers.analytics.is_some() && servers.secondaries.is_some() {
            let message = "there are secondaries, or servers for analytics, and not both".to_owned();
            self.error(codes::CONTRADICTION, at(&["analytics"]), message).hint =
                Some("remove one of the pools".to_owned());
        }
        if let Some(initial) = servers.initial_primaries.filter(|initial| *initial > primaries) {
            let message =
                format!("the cluster would wait for {initial} primaries, and there are {primaries}");
            self.error(codes::POOLS, at(&["initialPrimaries"]), message).hint =
                Some("it would never form: write at most the number of primaries".to_owned());
        }
        for (part, pool) in pools(layout.spec) {
            self.check_pool(part, pool, merged);
        }
    }

    fn check_pool(&mut self, part: Part, pool: &Pool, merged: &Merged) {
        let at = |field| spot(merged, &["servers", part.field(), field]);
        if !pool.names.is_empty() && pool.names.len() != pool.count as usize {
            let message = format!("there are {} names for {} servers", pool.names.len(), pool.count);
            self.error(codes::POOLS, at("names"), message).hint =
                Some("name all of them, or none".to_owned());
        }
        if !pool.allowed_databases.is_empty() && !pool.denied_databases.is_empty() {
            let message = "a server has databases that it may have, or that it may not have".to_owned();
            self.error(codes::CONTRADICTION, at("deniedDatabases"), message).hint =
                Some("remove one of the lists".to_owned());
        }
        let mut seen = BTreeSet::new();
        if let Some(tag) =
            pool.tags.iter().find(|tag| tag.contains(',') || tag.is_empty() || !seen.insert(*tag))
        {
            let message = format!("`{tag}` cannot be a tag");
            self.error(codes::NAME, at("tags"), message).hint = Some("no commas, and each once".to_owned());
        }
        if part != Part::Primary && pool.mode_constraint == Some(ModeConstraint::Primary) {
            let message = format!("servers of `{}` take copies that only read", part.field());
            self.error(codes::CONTRADICTION, at("modeConstraint"), message).hint =
                Some("put them into `primaries`".to_owned());
        }
        if part == Part::Primary && pool.mode_constraint == Some(ModeConstraint::Secondary) {
            let message = "primaries take copies that vote".to_owned();
            self.error(codes::CONTRADICTION, at("modeConstraint"), message).hint =
                Some("put them into `secondaries`".to_owned());
        }
    }

    /// Warns of a number that stands no more failures than the one below.
    fn check_even(&mut self, primaries: u32, at: crate::documents::source::Span) {
        if primaries > 1 && primaries.is_multiple_of(2) {
            let message = format!("{primaries} that vote stand no more failures than {}", primaries - 1);
            self.warn(codes::POOLS, at, message).hint =
                Some("an odd number costs less, or stands more".to_owned());
        }
    }

    /// Tells if a database does not fit on the servers that there are.
    pub(super) fn check_topology(
        &mut self,
        layout: &Layout<'_>,
        (index, name, topology): (usize, &str, Topology),
        merged: &Merged,
    ) {
        let Topology { primaries, secondaries } = topology;
        let index = index.to_string();
        let at = |field| spot(merged, &["databases", &index, "topology", field]);
        self.check_even(primaries, at("primaries"));
        let count = |wanted: Mode| {
            let takes = |server: &&Server<'_>| server.mode() == wanted && may_have(server.pool, name);
            u32::try_from(layout.servers.iter().filter(takes).count()).unwrap_or(u32::MAX)
        };
        let (voting, reading, any) = (count(Mode::Primary), count(Mode::Secondary), count(Mode::Any));
        if primaries > voting + any {
            let there = voting + any;
            let message = format!("`{name}` wants {primaries} primaries, and {there} servers may be one");
            self.error(codes::POOLS, at("primaries"), message).hint =
                Some("add servers to `servers.primaries`, or lower it".to_owned());
            return;
        }
        let left = reading + any - primaries.saturating_sub(voting);
        if secondaries > left {
            let message =
                format!("`{name}` wants {secondaries} secondaries, and {left} servers are left for them");
            self.error(codes::POOLS, at("secondaries"), message).hint =
                Some("add servers to `servers.secondaries`, or lower it".to_owned());
        }
    }
}

fn may_have(pool: &Pool, database: &str) -> bool {
    let Pool { allowed_databases: allowed, denied_databases: denied, .. } = pool;
    let matches = |pattern: &String| match pattern.split_once('*') {
        Some((beginning, end)) => database.starts_with(beginning) && database.ends_with(end),
        None => pattern == database,
    };
    (allowed.is_empty() || allowed.iter().any(matches)) && !denied.iter().any(matches)
}
