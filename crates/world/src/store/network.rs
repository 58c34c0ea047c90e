//! What becomes of a request on its way: it arrives, late or not at all, and so does its answer.

use crate::Random;
use std::time::Duration;

/// How much goes wrong, each in percent of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// The request never arrives.
    pub lost: u8,
    /// It is carried out, and the answer never arrives.
    pub unanswered: u8,
    /// It is carried out after everybody gave it up.
    pub late: u8,
}

/// The times of a simulated network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The longest way that counts as usual.
    pub usual: Duration,
    /// The deadline of a request.
    pub deadline: Duration,
    /// How long after its deadline a request may still land.
    pub landing: Duration,
}

/// When a request is carried out and when its answer arrives, both counted from when it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) lands: Option<Duration>,
    pub(super) answered: Option<Duration>,
}

impl Network {
    /// Decides what becomes of one request.
    pub(super) fn fate(self, random: &mut Random, trouble: Trouble) -> Fate {
        let usual = |random: &mut Random| Duration::from_millis(1 + random.below(millis(self.usual)));
        if random.happens(trouble.lost) {
            return Fate { lands: None, answered: None };
        }
        if random.happens(trouble.late) {
            // Half of them at the last moment: that is where a wait that is too short shows.
            let last = (self.deadline + self.landing).saturating_sub(Duration::from_millis(1));
            let some = Duration::from_millis(random.below(millis(last)));
            let lands = if random.happens(50) { last } else { some };
            return Fate { lands: Some(lands), answered: None };
        }
        let lands = usual(random);
        let answered = (!random.happens(trouble.unanswered)).then(|| lands + usual(random));
        Fate { lands: Some(lands), answered }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
