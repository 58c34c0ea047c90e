//! How many secondaries the load asks for: what was measured in, a number out. Nothing here is done: a new secondary copies
//! the stores of its databases before it serves anybody, and one that leaves gives them up, so it is one server at a time.

use super::cluster::Autoscaling;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a pool of secondaries is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// How many there are.
    pub count: u32,
    /// What they asked for together, in thousandths of a processor.
    pub requested: u64,
    /// On how many the databases have to be.
    pub needed: u32,
}

/// What all secondaries together used at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// When.
    pub at: Timestamp,
    /// In thousandths of a processor.
    pub used: u64,
}

/// What the load asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recommendation {
    /// What is used of what was asked for, in percent.
    pub percent: u32,
    /// How many there should be.
    pub count: u32,
    /// Why.
    pub because: Because,
}

/// Why a number is recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Because {
    /// It is near what is aimed at.
    Fits,
    /// One more is needed.
    TooMuch,
    /// More would be needed, and no more are allowed.
    AtMost,
    /// One fewer has been enough for as long as it has to be.
    TooLittle,
    /// One fewer would be enough, and nobody knows yet whether for long.
    TooLittleNow,
    /// One fewer would be enough, and no fewer are allowed.
    AtLeast,
    /// One fewer would be enough, and a database has to be on as many as there are.
    Needed,
}

/// Within a tenth of what is aimed at nothing changes, as with Kubernetes' own autoscaler:
/// <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details>.
const TOLERANCE: u64 = 10;

/// Says how many secondaries there should be; nothing where nothing was measured. Loads are in the order of their times.
///
/// More are recommended at once, as queries wait; fewer only once every load of [`Autoscaling::stabilization`] asks for
/// fewer, as a store that was given up has to be copied again.
#[must_use]
pub fn recommend(bounds: &Autoscaling, pool: Pool, loads: &[Load], now: Timestamp) -> Option<Recommendation> {
    let last = loads.last().filter(|_| pool.requested > 0 && pool.count > 0)?;
    let percent = percent(pool, last);
    let said = |count, because| Some(Recommendation { percent, count, because });
    match asks(bounds, pool, last) {
        Asks::AsMany => said(pool.count, Because::Fits),
        Asks::More if pool.count >= bounds.max => said(pool.count, Because::AtMost),
        Asks::More => said(pool.count + 1, Because::TooMuch),
        Asks::Fewer if pool.count <= bounds.min => said(pool.count, Because::AtLeast),
        Asks::Fewer if pool.count <= pool.needed => said(pool.count, Because::Needed),
        Asks::Fewer if has_asked_for_fewer(bounds, pool, loads, now) => {
            said(pool.count - 1, Because::TooLittle)
        }
        Asks::Fewer => said(pool.count, Because::TooLittleNow),
    }
}

/// What one load asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    Fewer,
    AsMany,
    More,
}

/// One fewer has to be near what is aimed at as well, or there would be one more again right after.
fn asks(bounds: &Autoscaling, pool: Pool, load: &Load) -> Asks {
    let target = u64::from(bounds.target_percent);
    let (used, count) = (load.used * 100, u64::from(pool.count));
    let aimed_at = |servers: u64| pool.requested / count * servers * target;
    if used > aimed_at(count) + aimed_at(count) / TOLERANCE {
        Asks::More
    } else if used <= aimed_at(count - 1) {
        Asks::Fewer
    } else {
        Asks::AsMany
    }
}

fn has_asked_for_fewer(bounds: &Autoscaling, pool: Pool, loads: &[Load], now: Timestamp) -> bool {
    let since = now.checked_sub(bounds.stabilization).unwrap_or(Timestamp::MIN);
    let covers = loads.first().is_some_and(|first| first.at <= since);
    let within = loads.iter().filter(|load| load.at > since);
    covers && within.into_iter().all(|load| asks(bounds, pool, load) == Asks::Fewer)
}

fn percent(pool: Pool, load: &Load) -> u32 {
    u32::try_from(load.used * 100 / pool.requested).unwrap_or(u32::MAX)
}
