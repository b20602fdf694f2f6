//! fork(2): a child process has a copy of every instance, but none of its threads, and locks may be held for
//! ever by threads that are not there. So in the child nothing of an inherited instance is touched: calls
//! fail at once, and destroying it gives up the handle. An instance that the child itself creates is a whole
//! one.

use crate::base::sync::OnceLock;
use crate::base::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// How many forks lie between this process and the one that loaded the library.
static GENERATION: AtomicU32 = AtomicU32::new(0);
/// How many instances this process has, for rd_kafka_wait_destroyed().
pub(crate) static INSTANCES: AtomicUsize = AtomicUsize::new(0);

/// Runs in the child before fork() returns there. Atomics only: another thread may have held any lock.
unsafe extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    INSTANCES.store(0, Ordering::Relaxed);
}

/// The process that an instance belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// This one, whose forks are watched from now on.
    pub(crate) fn this() -> Self {
        static WATCHED: OnceLock<()> = OnceLock::new();
        WATCHED.get_or_init(|| {
            // SAFETY: the handler is a function of this library, which stays loaded: it has threads while
            // there are instances, and the C library forgets the handler when it is unloaded.
            unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        });
        Self(GENERATION.load(Ordering::Relaxed))
    }

    #[inline]
    pub(crate) fn is_this(self) -> bool {
        self.0 == GENERATION.load(Ordering::Relaxed)
    }
}
