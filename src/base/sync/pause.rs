//! Sleeping.

use super::{Condvar, Mutex, Rank};
use std::time::Duration;

/// Sleeps. Unlike a sleep of the C library's in Rust code, it may be cancelled.
pub fn pause(time: Duration) {
    let nobody = Mutex::new(Rank::Leaf, ());
    Condvar::new().wait_for(&mut nobody.lock(), Some(time));
}
