//! What is the same for every thread of the library: it is counted, it belongs to a client or to several, and
//! a panic ends no more than a client.

use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, set_thread_name};
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::base::sync::{Arc, Weak};
use crate::base::unwind;
use crate::client::instance::Client;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Told when a thread begins and ends (`on_thread_start`, `on_thread_exit`).
pub type ThreadHook = Arc<dyn Fn(ThreadKind, bool) + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadKind {
    Main,
    Broker,
    /// Serves the background queue.
    Background,
}

thread_local! {
    /// The client that this thread belongs to, as its address. std's own notion of the current thread would
    /// leave memory behind on threads of the application.
    static OWNER: Cell<usize> = const { Cell::new(0) };
    /// Whether this thread works for several clients.
    static IS_SHARED: Cell<bool> = const { Cell::new(false) };
}

static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// The threads that run for clients in this process.
#[must_use]
pub fn count() -> usize {
    RUNNING.load(Ordering::SeqCst)
}

/// Counts a thread from before it is spawned until it has ended.
pub(super) struct Counted;

impl Counted {
    pub fn new() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether the calling thread is one of the client's, or of those that it has in common with others.
#[must_use]
pub fn is_own(client: &Client) -> bool {
    OWNER.get() == std::ptr::from_ref(client).addr()
        || (IS_SHARED.get() && client.settings().network.io_threads > 0)
}

/// From now on this thread works for this client.
pub(super) fn works_for(client: &Weak<Client>) {
    OWNER.set(client.as_ptr().addr());
}

/// To be called at the root of a thread that works for several clients.
pub(super) fn shared_thread(name: &str) {
    unwind::own_thread();
    IS_SHARED.set(true);
    set_thread_name(name);
}

/// The root of every thread of one client: a panic ends the client instance, not the process.
pub(super) fn run(kind: ThreadKind, client: &Weak<Client>, hook: Option<&ThreadHook>, body: impl FnOnce()) {
    unwind::own_thread();
    works_for(client);
    if let Some(hook) = hook {
        hook(kind, true);
    }
    if catch_unwind(AssertUnwindSafe(body)).is_err() {
        fail_client(client, kind);
    }
    if let Some(hook) = hook {
        hook(kind, false);
    }
}

/// Ends a client instance after a panic.
pub(super) fn fail_client(client: &Weak<Client>, kind: ThreadKind) {
    let Some(client) = client.upgrade() else { return };
    client.logger().log(
        Level::Crit,
        "PANIC",
        format_args!("internal error in {kind:?} thread: this client instance has failed"),
    );
    client.set_fatal(Error::new(ErrorCode::_FAIL, "internal error in a thread of the client"));
    client.fail_everything();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::view_with;
    use crate::conf::Settings;

    #[test]
    fn a_thread_that_clients_have_in_common_is_each_ones_own() {
        let client = |io_threads| {
            let mut settings = Settings::default();
            settings.network.io_threads = io_threads;
            view_with(settings).client
        };
        let (sharing, other) = (client(1), client(0));
        assert!(!is_own(&sharing));
        let thread = std::thread::spawn(move || {
            shared_thread("io1");
            let before = (is_own(&sharing), is_own(&other));
            works_for(&Arc::downgrade(&other));
            (before, is_own(&sharing), is_own(&other))
        });
        // To wait there for the end of one that shares would be to wait for oneself.
        assert_eq!(thread.join().unwrap(), ((true, false), true, true));
    }
}
