//! `queue.buffering.max.broker.percent`: how much of the queue the messages for one broker may take.
//!
//! What a slow broker does not take stays in the queue, until it fills all of it and nobody else's messages
//! find space. With a limit for each broker, its own are refused first. Partitions that have lost their
//! leader have a share in common.

use crate::base::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::base::sync::{Arc, Mutex, Rank};
use crate::conf::ShareLimits;
use std::collections::HashMap;

/// What the messages for the partitions of one owner take of the queue, from when they are queued until they
/// are reported.
#[derive(Debug)]
pub struct Share {
    limits: ShareLimits,
    messages: AtomicU64,
    bytes: AtomicU64,
    /// A message has been refused, and since then more than half of the share has been full.
    is_full: AtomicBool,
}

impl Share {
    #[must_use]
    pub fn new(limits: ShareLimits) -> Self {
        let (messages, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { limits, messages, bytes, is_full: AtomicBool::new(false) }
    }

    /// Messages and their bytes.
    #[must_use]
    pub fn used(&self) -> (u64, u64) {
        (self.messages.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// Whether a message of so many bytes has space. One that is alone always has. Threads that ask at the
    /// same time may all be told yes.
    fn has_space(&self, bytes: u64) -> bool {
        let (messages, used) = self.used();
        messages == 0 || messages < self.limits.messages && used + bytes <= self.limits.bytes
    }

    /// A message has been refused. Returns whether that is the first one since the share was last half empty.
    pub fn refused(&self) -> bool {
        !self.is_full.swap(true, Ordering::Relaxed)
    }

    fn add(&self, messages: u64, bytes: u64) {
        self.messages.fetch_add(messages, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn remove(&self, messages: u64, bytes: u64) {
        let messages = self.messages.fetch_sub(messages, Ordering::Relaxed) - messages;
        let bytes = self.bytes.fetch_sub(bytes, Ordering::Relaxed) - bytes;
        let is_half = messages <= self.limits.messages / 2 && bytes <= self.limits.bytes / 2;
        if is_half && self.is_full.load(Ordering::Relaxed) {
            self.is_full.store(false, Ordering::Relaxed);
        }
    }
}

/// A partition's part of its owner's share.
pub struct Outstanding(Mutex<Held>);

struct Held {
    messages: u64,
    bytes: u64,
    share: Option<Arc<Share>>,
}

impl Default for Outstanding {
    fn default() -> Self {
        Self(Mutex::new(Rank::Leaf, Held { messages: 0, bytes: 0, share: None }))
    }
}

impl Outstanding {
    /// Checks that a message of so many bytes has space.
    ///
    /// # Errors
    /// The share that is full.
    pub fn check(&self, bytes: u64) -> Result<(), Arc<Share>> {
        match &self.0.lock().share {
            Some(share) if !share.has_space(bytes) => Err(share.clone()),
            _ => Ok(()),
        }
    }

    /// Messages have been queued.
    pub fn add(&self, messages: u64, bytes: u64) {
        let mut held = self.0.lock();
        held.messages += messages;
        held.bytes += bytes;
        if let Some(share) = &held.share {
            share.add(messages, bytes);
        }
    }

    /// Messages have been reported, or will be queued once more.
    pub fn remove(&self, messages: u64, bytes: u64) {
        let mut held = self.0.lock();
        debug_assert!(messages <= held.messages && bytes <= held.bytes, "more is removed than was added");
        let (messages, bytes) = (messages.min(held.messages), bytes.min(held.bytes));
        held.messages -= messages;
        held.bytes -= bytes;
        if let Some(share) = &held.share {
            share.remove(messages, bytes);
        }
    }

    /// All of it counts for another owner from now on.
    pub fn move_to(&self, share: Option<&Arc<Share>>) {
        let mut held = self.0.lock();
        if let Some(share) = &held.share {
            share.remove(held.messages, held.bytes);
        }
        if let Some(share) = share {
            share.add(held.messages, held.bytes);
        }
        held.share = share.cloned();
    }
}

/// The partitions of a topic whose outstanding messages are counted.
pub struct OutstandingOfTopic(Mutex<HashMap<i32, Arc<Outstanding>>>);

impl Default for OutstandingOfTopic {
    fn default() -> Self {
        Self(Mutex::new(Rank::Leaf, HashMap::new()))
    }
}

impl OutstandingOfTopic {
    /// Those of a partition, which are counted from now on.
    pub fn of(&self, partition: i32) -> Arc<Outstanding> {
        self.0.lock().entry(partition).or_default().clone()
    }

    /// Messages of a partition are reported. Returns whether they were counted.
    pub fn reported(&self, partition: i32, (messages, bytes): (u64, u64)) -> bool {
        let counted = self.0.lock().get(&partition).cloned();
        counted.is_some_and(|of_partition| {
            of_partition.remove(messages, bytes);
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(messages: u64, bytes: u64) -> Arc<Share> {
        Arc::new(Share::new(ShareLimits { messages, bytes }))
    }

    #[test]
    fn messages_are_refused_when_their_owner_has_its_share() {
        let (mine, other) = (share(3, 1000), share(3, 1000));
        let (a, b, c) = (Outstanding::default(), Outstanding::default(), Outstanding::default());
        [&a, &b].into_iter().for_each(|p| p.move_to(Some(&mine)));
        c.move_to(Some(&other));
        a.add(1, 10);
        a.add(1, 10);
        assert!(b.check(10).is_ok());
        b.add(1, 10);
        assert!([&a, &b].into_iter().all(|p| p.check(10).is_err_and(|full| Arc::ptr_eq(&full, &mine))));
        assert!(c.check(10).is_ok());
        a.remove(1, 10);
        assert!(b.check(10).is_ok());
        assert_eq!((mine.used(), other.used()), ((2, 20), (0, 0)));
    }

    #[test]
    fn bytes_count_too_and_a_message_that_is_alone_has_space() {
        let (mine, p) = (share(100, 1000), Outstanding::default());
        p.move_to(Some(&mine));
        assert!(p.check(5000).is_ok());
        p.add(1, 600);
        assert!(p.check(400).is_ok() && p.check(401).is_err());
    }

    #[test]
    fn a_partition_takes_its_part_along() {
        let (old, new) = (share(2, 1000), share(2, 1000));
        let p = Outstanding::default();
        p.add(1, 1);
        p.move_to(Some(&old));
        p.add(1, 1);
        assert!(p.check(1).is_err());
        p.move_to(Some(&new));
        assert_eq!((old.used(), new.used()), ((0, 0), (2, 2)));
        assert!(p.check(1).is_err());
        p.move_to(None);
        assert_eq!(new.used(), (0, 0));
        assert!(p.check(1).is_ok());
    }

    #[test]
    fn the_first_refusal_is_told_until_half_of_the_share_is_free() {
        let (mine, p) = (share(4, 1000), Outstanding::default());
        p.move_to(Some(&mine));
        (0..4).for_each(|_| p.add(1, 1));
        assert!(mine.refused() && !mine.refused());
        p.remove(1, 1);
        assert!(!mine.refused());
        p.remove(1, 1);
        assert!(mine.refused());
    }
}
