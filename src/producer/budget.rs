//! `queue.buffering.max.messages` and `queue.buffering.max.kbytes`: what may be queued, and who waits for
//! space.
//!
//! A message takes up space until its own report has been served. A report covers a whole batch, and one
//! atomic operation per message to give its space back would be dear. So the thread that serves a report only
//! counts ([`Serving`]), and whoever needs the space, or the exact numbers, collects what has been counted.

use crate::base::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::base::sync::{Arc, Condvar, Mutex, Rank};
use std::time::Duration;

/// A produce call that waits for space checks once more after this time. A thread that serves reports reads
/// the number of waiting threads without a memory barrier, and may miss one that has just come.
const SECOND_CHECK: Duration = Duration::from_millis(1);

pub struct Budget {
    max_messages: u64,
    max_bytes: u64,
    used: OwnCacheLine<Used>,
    waiters: AtomicUsize,
    /// Length of [`Servings::active`], to be read without the lock.
    serving: AtomicUsize,
    servings: Mutex<Servings>,
    freed: Condvar,
    /// How often space in brokers' shares has become free.
    shares_freed: AtomicU64,
}

/// Keeps what every produce call writes apart from what each served message reads.
#[repr(align(128))]
struct OwnCacheLine<T>(T);

/// How much of a report has been served: messages and bytes. Only the thread that serves it writes.
#[derive(Default)]
struct ServedCount {
    messages: AtomicU64,
    bytes: AtomicU64,
}

impl ServedCount {
    fn load(&self) -> (u64, u64) {
        let messages = self.messages.load(Ordering::Acquire);
        (messages, self.bytes.load(Ordering::Relaxed))
    }
}

/// A report that is being served.
struct Active {
    served: Arc<ServedCount>,
    /// What of it has been given back.
    returned: (u64, u64),
}

#[derive(Default)]
struct Servings {
    active: Vec<Active>,
    /// Counters to be used again: beginning to serve a report costs no allocation.
    idle: Vec<Arc<ServedCount>>,
}

/// Returns the space of a report's messages, one by one while they are served.
pub struct Serving<'a> {
    budget: &'a Budget,
    served: Arc<ServedCount>,
}

impl Serving<'_> {
    /// A message with `bytes` bytes of value has been served.
    #[inline]
    pub fn served(&self, bytes: u64) {
        // Not read-modify-write operations: no other thread writes these.
        let (messages, before) =
            (self.served.messages.load(Ordering::Relaxed), self.served.bytes.load(Ordering::Relaxed));
        self.served.bytes.store(before + bytes, Ordering::Relaxed);
        self.served.messages.store(messages + 1, Ordering::Release);
        if self.budget.waiters.load(Ordering::Relaxed) > 0 {
            self.budget.wake_waiters();
        }
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.budget.end_serving(&self.served);
    }
}

/// What is claimed. Both numbers in one word where the limits allow: an atomic operation is among the dearest
/// things in the life of a small message.
enum Used {
    Packed(AtomicU64),
    Wide { messages: AtomicU64, bytes: AtomicU64 },
}

/// Bits of the packed form that hold bytes; the messages stand above.
const BYTE_BITS: u32 = 40;
const BYTE_MASK: u64 = (1 << BYTE_BITS) - 1;

impl Used {
    /// The packed form leaves half of each number's range for claims that are about to be withdrawn: hundreds
    /// of threads with messages of the largest size.
    fn new(max_messages: u64, max_bytes: u64) -> Self {
        if max_messages < 1 << (63 - BYTE_BITS) && max_bytes < 1 << (BYTE_BITS - 1) {
            Self::Packed(AtomicU64::new(0))
        } else {
            Self::Wide { messages: AtomicU64::new(0), bytes: AtomicU64::new(0) }
        }
    }

    /// Messages and bytes.
    fn load(&self) -> (u64, u64) {
        match self {
            Self::Packed(both) => unpack(both.load(Ordering::SeqCst)),
            Self::Wide { messages, bytes } => (messages.load(Ordering::SeqCst), bytes.load(Ordering::SeqCst)),
        }
    }

    /// Adds one message and returns what was there before.
    #[inline]
    fn add(&self, len: u64) -> (u64, u64) {
        match self {
            Self::Packed(both) => unpack(both.fetch_add(pack(1, len), Ordering::Relaxed)),
            Self::Wide { messages, bytes } => {
                (messages.fetch_add(1, Ordering::Relaxed), bytes.fetch_add(len, Ordering::Relaxed))
            }
        }
    }

    fn sub(&self, count: u64, len: u64) {
        match self {
            Self::Packed(both) => {
                both.fetch_sub(pack(count, len), Ordering::SeqCst);
            }
            Self::Wide { messages, bytes } => {
                bytes.fetch_sub(len, Ordering::SeqCst);
                messages.fetch_sub(count, Ordering::SeqCst);
            }
        }
    }
}

const fn pack(messages: u64, bytes: u64) -> u64 {
    messages << BYTE_BITS | bytes
}

const fn unpack(both: u64) -> (u64, u64) {
    (both >> BYTE_BITS, both & BYTE_MASK)
}

impl Budget {
    /// `max_messages`: `None` for no limit on the count.
    #[must_use]
    pub fn new(max_messages: Option<usize>, max_bytes: usize) -> Self {
        let max_messages = max_messages.map_or(u64::MAX, |m| m as u64);
        let max_bytes = max_bytes as u64;
        Self {
            max_messages,
            max_bytes,
            used: OwnCacheLine(Used::new(max_messages, max_bytes)),
            waiters: AtomicUsize::new(0),
            serving: AtomicUsize::new(0),
            servings: Mutex::new(Rank::Leaf, Servings::default()),
            freed: Condvar::new(),
            shares_freed: AtomicU64::new(0),
        }
    }

    /// Claims space for one message, if there is any.
    #[inline]
    pub fn try_claim(&self, bytes: u64) -> bool {
        if bytes > self.max_bytes {
            return false;
        }
        if self.add_if_it_fits(bytes) {
            return true;
        }
        self.collect_served();
        // Whether or not there was anything: another thread may have collected it in between.
        self.add_if_it_fits(bytes)
    }

    #[inline]
    fn add_if_it_fits(&self, bytes: u64) -> bool {
        let used = self.used.0.add(bytes);
        let fits = self.fits(used, bytes);
        if !fits {
            // Nobody is woken: those who wait would wake each other for ever by trying.
            self.used.0.sub(1, bytes);
        }
        fits
    }

    fn fits(&self, used: (u64, u64), bytes: u64) -> bool {
        used.0 < self.max_messages && used.1 + bytes <= self.max_bytes
    }

    /// Begins to serve a report of several messages. Their space is returned by what this returns, not by
    /// [`Budget::release`].
    pub fn begin_serving(&self) -> Serving<'_> {
        let mut servings = self.servings.lock();
        let served = servings.idle.pop().unwrap_or_default();
        servings.active.push(Active { served: served.clone(), returned: (0, 0) });
        self.serving.store(servings.active.len(), Ordering::Release);
        Serving { budget: self, served }
    }

    fn end_serving(&self, served: &Arc<ServedCount>) {
        let mut servings = self.servings.lock();
        if let Some(at) = servings.active.iter().position(|a| Arc::ptr_eq(&a.served, served)) {
            let mut active = servings.active.swap_remove(at);
            self.collect(&mut active);
            active.served.messages.store(0, Ordering::Relaxed);
            active.served.bytes.store(0, Ordering::Relaxed);
            servings.idle.push(active.served);
            self.serving.store(servings.active.len(), Ordering::Release);
        }
        drop(servings);
        if self.waiters.load(Ordering::SeqCst) > 0 {
            self.wake_waiters();
        }
    }

    /// Gives back the space of what has been served of a report since the last time.
    fn collect(&self, active: &mut Active) {
        let served = active.served.load();
        let (messages, bytes) = (served.0 - active.returned.0, served.1 - active.returned.1);
        active.returned = served;
        if messages > 0 || bytes > 0 {
            self.used.0.sub(messages, bytes);
        }
    }

    fn collect_all(&self, servings: &mut Servings) {
        for active in &mut servings.active {
            self.collect(active);
        }
    }

    /// Gives back the space of all messages that have been served so far.
    #[cold]
    fn collect_served(&self) {
        if self.serving.load(Ordering::Acquire) > 0 {
            self.collect_all(&mut self.servings.lock());
        }
    }

    /// Waits until something was released, `timeout` ran out or `give_up` says so. The caller claims again.
    pub fn wait_for_space(&self, bytes: u64, timeout: Duration, give_up: &dyn Fn() -> bool) {
        self.wait_while(timeout, give_up, &|| !self.fits(self.used.0.load(), bytes));
    }

    /// Waits until something was released, `timeout` ran out or `give_up` says so, unless nothing is queued.
    /// The caller checks again.
    pub fn wait_until_empty(&self, timeout: Duration, give_up: &dyn Fn() -> bool) {
        self.wait_while(timeout, give_up, &|| self.used.0.load().0 > 0);
    }

    /// Counts how often space in brokers' shares of the queue has become free, for
    /// [`Self::wait_for_share`].
    #[must_use]
    pub fn shares_freed(&self) -> u64 {
        self.shares_freed.load(Ordering::SeqCst)
    }

    /// Space in a broker's share has become free.
    pub fn free_share(&self) {
        self.shares_freed.fetch_add(1, Ordering::SeqCst);
        if self.waiters.load(Ordering::SeqCst) > 0 {
            self.wake_waiters();
        }
    }

    /// Waits until space has become free in some broker's share since `seen` was counted, `timeout` ran out
    /// or `give_up` says so. The caller checks again.
    pub fn wait_for_share(&self, seen: u64, timeout: Duration, give_up: &dyn Fn() -> bool) {
        // Not a plain load: either this sees the other's addition, or the other, who adds after this, sees
        // that somebody waits.
        self.wait_while(timeout, give_up, &|| self.shares_freed.fetch_add(0, Ordering::SeqCst) == seen);
    }

    fn wait_while(&self, timeout: Duration, give_up: &dyn Fn() -> bool, blocked: &dyn Fn() -> bool) {
        self.waiters.fetch_add(1, Ordering::SeqCst);
        {
            let mut servings = self.servings.lock();
            for time in [timeout.min(SECOND_CHECK), timeout.saturating_sub(SECOND_CHECK)] {
                // Checked under the lock that the releaser takes: no release after this is missed.
                self.collect_all(&mut servings);
                if !blocked() || give_up() || self.freed.wait_for(&mut servings, Some(time)) {
                    break;
                }
            }
        }
        self.waiters.fetch_sub(1, Ordering::SeqCst);
    }

    /// Gives space back.
    pub fn release(&self, messages: u64, bytes: u64) {
        self.used.0.sub(messages, bytes);
        if self.waiters.load(Ordering::SeqCst) > 0 {
            self.wake_waiters();
        }
    }

    /// Makes everybody who waits check again.
    #[cold]
    pub fn wake_waiters(&self) {
        self.collect_all(&mut self.servings.lock());
        self.freed.notify_all();
    }

    /// Whether nothing is queued, as far as has been collected: true when the last report has been served.
    pub fn is_empty(&self) -> bool {
        self.used.0.load().0 == 0
    }

    #[must_use]
    pub fn messages(&self) -> u64 {
        self.collect_served();
        self.used.0.load().0
    }

    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.collect_served();
        self.used.0.load().1
    }
}

#[cfg(test)]
mod tests;
