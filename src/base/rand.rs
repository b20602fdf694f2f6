//! Randomness for back-off, jitter and partitioners; nothing here is fit for secrets.
//!
//! Why not `fastrand`'s own generator: its seeding registers the calling thread with Rust's runtime, which on
//! a thread of the application's is memory that is never given back.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A number to seed a generator with, different on every call.
#[must_use]
pub fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A random number below `limit`; 0 when there is none.
#[must_use]
pub fn below(limit: i32) -> i32 {
    thread_local! {
        static RANDOM: RefCell<fastrand::Rng> = RefCell::new(fastrand::Rng::with_seed(seed()));
    }
    if limit <= 0 {
        return 0;
    }
    RANDOM.try_with(|rng| rng.borrow_mut().i32(0..limit)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_below_the_limit_and_not_all_the_same() {
        let numbers: Vec<i32> = (0..100).map(|_| below(1000)).collect();
        assert!(numbers.iter().all(|n| (0..1000).contains(n)));
        assert!(numbers.windows(2).any(|w| w[0] != w[1]), "{numbers:?}");
        assert_eq!((below(1), below(0), below(-5)), (0, 0, 0));
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(seed(), seed());
    }
}
