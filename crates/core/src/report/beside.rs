//! What others set on resources of ours beside what Git says: how much of it there is, and how to see it.

use super::humane::count;
use super::plain;
use crate::engine::id::{EnvironmentName, ResourceId};
use std::collections::BTreeMap;

/// Says in one line how many settings others set, by resource; they stay, and are no drift. Nothing if there are none.
#[must_use]
pub fn told(settings: &BTreeMap<ResourceId, usize>, environment: &EnvironmentName) -> Option<String> {
    let (first, _) = settings.first_key_value()?;
    let all = count(settings.values().sum(), "setting");
    let places = count(settings.len(), "resource");
    let explain = plain::command(&plain::line(&format!("evenkeel explain {first} {environment}")));
    Some(format!("{all} on {places} set by others, beside what Git says: {explain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_set_is_counted_and_the_first_of_it_can_be_looked_at() {
        let id = |text: &str| text.parse::<ResourceId>().expect("an address");
        let prod = EnvironmentName::new("prod");
        let two = BTreeMap::from([(id("kafka:Topic/main/orders"), 3), (id("kafka:Topic/main/audit"), 1)]);
        assert_eq!(
            told(&two, &prod).as_deref().map(plain::sentence).as_deref(),
            Some(
                "4 settings on 2 resources set by others, beside what Git says: evenkeel explain \
                 kafka:Topic/main/audit prod"
            )
        );
        assert_eq!(told(&BTreeMap::new(), &prod), None);
    }
}
