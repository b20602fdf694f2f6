//! For how much of the time the application of a consumer waits in polls: measured while brokers want to
//! know.

use crate::capi::instance::object::Instance;
use crate::client::consumer::Consumer;
use crate::client::events::EventQueue;

/// Measures a poll, if somebody wants to know.
#[inline]
pub(crate) fn watched<T>(rk: &Instance, poll: impl FnOnce() -> T) -> T {
    if !rk.client().consumer().is_some_and(|c| c.polls().is_on()) {
        return poll();
    }
    // Callbacks may destroy the instance.
    let client = rk.client().clone();
    let polls = client.consumer().map(Consumer::polls);
    polls.inspect(|polls| polls.poll_begins(client.now()));
    let outcome = poll();
    polls.inspect(|polls| polls.poll_ends(client.now()));
    outcome
}

/// The same where any queue may be polled: of interest are those with messages of a consumer.
#[inline]
pub(crate) fn watched_on<T>(rk: &Instance, queue: &EventQueue, poll: impl FnOnce() -> T) -> T {
    if rk.client().consumer().is_some_and(|c| c.polls().is_on()) && queue.is_consumed() {
        watched(rk, poll)
    } else {
        poll()
    }
}
