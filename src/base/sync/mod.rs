//! Locks with a rank. A thread may only take a lock of a higher rank than any it holds, so the lock order
//! written in `docs/internals/design.md` is checked on every debug run instead of being believed.

mod condvar;
mod pause;

use std::ops::{Deref, DerefMut};

pub use arc_swap::ArcSwap;
pub use condvar::Condvar;
pub use pause::pause;
pub use std::sync::Arc;
pub use std::sync::OnceLock;
pub use std::sync::Weak;
pub use std::sync::atomic;
#[cfg(test)]
pub use std::sync::mpsc;

/// The one lock order, outermost first. Every lock in the library has its rank from this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rank {
    /// What a consumer has been assigned.
    Assignment = 5,
    /// Life-cycle state of a client instance (threads, termination).
    Instance = 10,
    /// Metadata cache and leaders.
    Cluster = 20,
    /// The table of topics by name.
    Topics = 30,
    /// One topic's partition table and messages waiting for it.
    Topic = 40,
    /// One partition's sending side.
    PartitionSend = 50,
    /// One partition's append side.
    PartitionAppend = 60,
    /// A broker's list of partitions with work.
    Ready = 70,
    /// Operation and event queues.
    Queue = 80,
    /// A fetched batch that is being decoded.
    FetchedBatch = 85,
    /// Pools, counters with waiters, and other leaves.
    Leaf = 90,
    /// Log sinks.
    Log = 100,
    /// Which of several waiters that share a thread have been notified.
    Wake = 110,
}

#[cfg(debug_assertions)]
mod held {
    use super::Rank;
    use std::cell::RefCell;

    thread_local! {
        static HELD: RefCell<Vec<Rank>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn acquire(rank: Rank) {
        // A thread that is being torn down has no list any more; nothing can be checked there.
        let _ = HELD.try_with(|h| {
            let mut h = h.borrow_mut();
            if let Some(top) = h.iter().max() {
                assert!(*top < rank, "lock order: {rank:?} taken while {top:?} is held");
            }
            h.push(rank);
        });
    }

    pub(super) fn release(rank: Rank) {
        let _ = HELD.try_with(|h| {
            let mut h = h.borrow_mut();
            if let Some(i) = h.iter().rposition(|r| *r == rank) {
                h.remove(i);
            }
        });
    }
}

#[cfg(not(debug_assertions))]
mod held {
    #[inline(always)]
    pub(super) fn acquire(_: super::Rank) {}
    #[inline(always)]
    pub(super) fn release(_: super::Rank) {}
}

struct Held(Rank);

impl Held {
    fn new(rank: Rank) -> Self {
        held::acquire(rank);
        Self(rank)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        held::release(self.0);
    }
}

/// A mutual-exclusion lock with a rank.
pub struct Mutex<T: ?Sized> {
    rank: Rank,
    inner: parking_lot::Mutex<T>,
}

/// Access to what a [`Mutex`] protects.
pub struct MutexGuard<'a, T: ?Sized> {
    guard: parking_lot::MutexGuard<'a, T>,
    _held: Held,
}

impl<T> Mutex<T> {
    pub const fn new(rank: Rank, value: T) -> Self {
        Self { rank, inner: parking_lot::Mutex::new(value) }
    }

    pub fn into_inner(self) -> T {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let held = Held::new(self.rank);
        MutexGuard { guard: self.inner.lock(), _held: held }
    }

    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }

    /// Whether some thread holds it just now.
    #[cfg(test)]
    pub fn is_locked(&self) -> bool {
        self.inner.is_locked()
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// A readers-writer lock with a rank.
pub struct RwLock<T: ?Sized> {
    rank: Rank,
    inner: parking_lot::RwLock<T>,
}

pub struct ReadGuard<'a, T: ?Sized> {
    guard: parking_lot::RwLockReadGuard<'a, T>,
    _held: Held,
}

pub struct WriteGuard<'a, T: ?Sized> {
    guard: parking_lot::RwLockWriteGuard<'a, T>,
    _held: Held,
}

impl<T> RwLock<T> {
    pub const fn new(rank: Rank, value: T) -> Self {
        Self { rank, inner: parking_lot::RwLock::new(value) }
    }
}

impl<T: ?Sized> RwLock<T> {
    #[inline]
    pub fn read(&self) -> ReadGuard<'_, T> {
        let held = Held::new(self.rank);
        ReadGuard { guard: self.inner.read(), _held: held }
    }

    #[inline]
    pub fn write(&self) -> WriteGuard<'_, T> {
        let held = Held::new(self.rank);
        WriteGuard { guard: self.inner.write(), _held: held }
    }
}

impl<T: ?Sized> Deref for ReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> Deref for WriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> DerefMut for WriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_nest_upwards() {
        let a = Mutex::new(Rank::Topics, 1);
        let b = Mutex::new(Rank::Queue, 2);
        let ga = a.lock();
        let gb = b.lock();
        assert_eq!(*ga + *gb, 3);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "lock order")]
    fn a_lower_rank_inside_a_higher_one_is_caught() {
        let a = Mutex::new(Rank::Topics, 1);
        let b = Mutex::new(Rank::Queue, 2);
        let _gb = b.lock();
        let _ga = a.lock();
    }
}
