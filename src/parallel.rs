//! Spreads work that only computes over the processors; what waits for others is the runtime's affair.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// More threads than this only wait for memory together.
const MOST: usize = 8;

/// Does `work` to every item; who does which is left to chance, as nothing depends on it.
///
/// A panic in one of the threads goes on in the caller.
pub(crate) fn each<T: Send>(items: Vec<T>, work: impl Fn(T) + Sync) {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let helpers = processors.min(MOST).min(items.len()).saturating_sub(1);
    let queue = Mutex::new(items.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let run = || std::iter::from_fn(next).for_each(&work);
    thread::scope(|scope| {
        let others: Vec<_> = (0..helpers).map(|_| scope.spawn(run)).collect();
        run();
        for other in others {
            other.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        for count in [0, 1, 2, 1000] {
            let mut items = vec![0; count];
            each(items.iter_mut().collect(), |item| *item += 1);
            assert_eq!(items, vec![1; count]);
        }
    }
}
