//! Looking after a write until it shows: workers take a call on, and carry it out a moment later.

use super::Connect;
use crate::backend::unrecorded::whole;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{Answer, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Outcome, Readiness, Receipt};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::Verdict;
use evenkeel_core::resources;
use evenkeel_core::resources::settings::is_masked;
use std::time::Duration;

/// How long to wait before looking again whether a write shows.
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// How often to look whether a restart has begun, before what is told still is taken to be its end.
const LOOKS_FOR_A_RESTART: usize = 20;

impl Connect {
    /// Waits until the failure that was there before is no longer told. One that comes again is told by whoever waits
    /// for the connector to run.
    pub(super) async fn until_it_is_tried(&self, address: &ResourceId) {
        for _look in 0..LOOKS_FOR_A_RESTART {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            match self.look(address).await {
                Answer::Seen(seen) if matches!(resources::readiness(&seen), Readiness::Failed(_)) => {}
                _ => return,
            }
        }
    }

    /// Waits until a connector shows what was sent.
    pub(super) async fn until_shown(&self, address: &ResourceId, config: &Value) -> Result<Outcome, Outcome> {
        let shown = |answer: &Answer| match answer {
            Answer::Seen(seen) => self.shown(address, config, seen),
            _ => false,
        };
        let seen = self.until(address, shown).await?;
        let uid = seen.as_ref().map(|seen| seen.uid.clone());
        Ok(Outcome::Done(Receipt { uid, seen, ..Receipt::default() }))
    }

    /// Tells whether a connector shows all that can be seen of what was sent: secrets it never shows, and behind a mask
    /// there may be anything.
    fn shown(&self, address: &ResourceId, config: &Value, seen: &Seen) -> bool {
        let live = whole(seen);
        let is_hidden = |path: &Path| path.find(live).is_some_and(is_masked);
        // What is made to stand still first shows that, and not yet what Git says.
        let is_as_sent =
            |path: &Path| *path == Path::of(&["state"]) && live.get("state") == config.get("state");
        let same = self.reading.forms.get(address).is_none_or(|form| {
            match resources::compare(&form.normal, seen, None) {
                Verdict::Same | Verdict::Own(_) | Verdict::Undecided(_) => true,
                Verdict::Differs(difference) => difference.fields.iter().all(|field| {
                    let is_secret = matches!(field.wanted, Some(Value::Secret(_)));
                    is_secret || is_hidden(&field.path) || is_as_sent(&field.path)
                }),
            }
        });
        let gone = |key: &String| live.at(&["config", key]).is_none();
        let nulls = config.get("config").and_then(Value::as_map).into_iter().flatten();
        same && nulls.filter(|(_, value)| **value == Value::Null).all(|(key, _)| gone(key))
    }

    /// Looks until the workers show what was sent; returns it.
    pub(super) async fn until(
        &self,
        address: &ResourceId,
        is_so: impl Fn(&Answer) -> bool,
    ) -> Result<Option<Seen>, Outcome> {
        let looking = async {
            loop {
                let answer = self.look(address).await;
                if is_so(&answer) {
                    return if let Answer::Seen(seen) = answer { Some(seen) } else { None };
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        let deadline = self.connection.deadline();
        tokio::time::timeout(deadline, looking).await.map_err(|_late| {
            let seconds = deadline.as_secs_f32();
            let message = format!("the workers took the call, and do not show its effect after {seconds} s");
            Outcome::Unknown(Why { trouble: Trouble::TimedOut, message })
        })
    }
}
