//! Polling: taking events from a queue on the application's threads, and waiting until there are no messages
//! left.

use super::{Client, ReportMode};
use crate::base::error::ErrorCode;
use crate::base::unwind;
use crate::client::queue::events::{Event, EventQueue, Flow, Piece, Popped, Serving, Taken, Wait, left};
use std::cell::Cell;
use std::time::Duration;

/// How long a flush waits before it looks again: the queue may be forwarded elsewhere meanwhile, and a
/// produce call that finds no space makes the number of messages differ from 0 for a moment.
const FLUSH_WAIT: Duration = Duration::from_millis(100);

impl Client {
    /// Serves the events of the main queue; see [`Client::serve_queue`].
    pub fn serve(&self, timeout: Option<Duration>, handle: &mut dyn FnMut(Event) -> Flow) -> usize {
        self.serve_queue(&self.events, timeout, handle)
    }

    /// Waits for an event until `timeout` (`None`: for ever) has passed, then serves what is in the queue.
    /// What arrives meanwhile is left for the next time. Returns how many were served. No lock is held while
    /// `handle` runs, so it may call anything.
    pub fn serve_queue(
        &self,
        queue: &EventQueue,
        timeout: Option<Duration>,
        handle: &mut dyn FnMut(Event) -> Flow,
    ) -> usize {
        let never = || self.is_terminating();
        self.serve_until(queue, timeout, handle, &never)
    }

    fn serve_until(
        &self,
        queue: &EventQueue,
        timeout: Option<Duration>,
        handle: &mut dyn FnMut(Event) -> Flow,
        enough: &dyn Fn() -> bool,
    ) -> usize {
        let Some((mut event, behind)) = self.wait_for_event(queue, timeout, enough) else { return 0 };
        let mut served = 0;
        loop {
            served += 1;
            if let Flow::Stop(rest) = handle(event) {
                if let Some(e) = rest {
                    queue.put_back(e);
                }
                break;
            }
            if served > behind {
                break;
            }
            match queue.pop(Some(Duration::ZERO), enough) {
                Popped::Event(next, _) => event = next,
                // Another thread has taken them.
                Popped::Yield | Popped::Nothing => break,
            }
        }
        served
    }

    /// Takes something from the event in front of a queue, see [`Piece`]: `look` runs under the queue's lock.
    /// Waits for an event as long as `wait` says.
    pub fn take<P>(
        &self,
        queue: &EventQueue,
        wait: &mut Wait,
        look: &mut dyn FnMut(&mut Event) -> Piece<P>,
    ) -> Taken<P> {
        let never = || self.is_terminating();
        let mut taken = queue.pop_piece(Some(Duration::ZERO), &never, look);
        while matches!(taken, Taken::Nothing) && !wait.is_none() && !never() && !unwind::is_pending() {
            let time = wait.left(self.now());
            if time == Some(Duration::ZERO) {
                break;
            }
            taken = queue.pop_piece(time, &never, look);
        }
        taken
    }

    fn wait_for_event(
        &self,
        queue: &EventQueue,
        timeout: Option<Duration>,
        enough: &dyn Fn() -> bool,
    ) -> Option<(Event, usize)> {
        match queue.pop(Some(Duration::ZERO), enough) {
            Popped::Event(event, behind) => return Some((event, behind)),
            Popped::Yield => return None,
            Popped::Nothing if timeout == Some(Duration::ZERO) => return None,
            Popped::Nothing => {}
        }
        let start = self.now();
        loop {
            let time = left(timeout, start, self.now());
            if time == Some(Duration::ZERO) {
                return None;
            }
            match queue.pop(time, enough) {
                Popped::Event(event, behind) => return Some((event, behind)),
                Popped::Yield => return None,
                Popped::Nothing if enough() || unwind::is_pending() => return None,
                Popped::Nothing => {}
            }
        }
    }

    /// Waits until every message queued so far has been reported, serving events meanwhile unless reports are
    /// events. Linger times do not count.
    ///
    /// # Errors
    /// `_TIMED_OUT` if messages or events are left after `timeout`.
    pub fn flush(
        &self,
        timeout: Option<Duration>,
        handle: &mut dyn FnMut(Event) -> Flow,
    ) -> Result<(), ErrorCode> {
        self.begin_flush();
        let done = if self.report_mode == ReportMode::Event {
            self.wait_for_others(timeout)
        } else {
            self.serve_all(timeout, handle)
        };
        self.end_flush();
        if done { Ok(()) } else { Err(ErrorCode::_TIMED_OUT) }
    }

    fn serve_all(&self, timeout: Option<Duration>, handle: &mut dyn FnMut(Event) -> Flow) -> bool {
        let start = self.now();
        let reported = || self.budget.messages() == 0 || self.is_terminating();
        let stopped = Cell::new(false);
        let mut handle = |event| {
            let flow = handle(event);
            stopped.set(stopped.get() || matches!(flow, Flow::Stop(_)));
            flow
        };
        while self.unserved() && !stopped.get() && !self.is_terminating() && !unwind::is_pending() {
            let time = left(timeout, start, self.now());
            let slice = time.map_or(FLUSH_WAIT, |t| t.min(FLUSH_WAIT));
            self.serve_until(&self.events, Some(slice), &mut handle, &reported);
            if time == Some(Duration::ZERO) {
                break;
            }
        }
        !self.unserved()
    }

    fn unserved(&self) -> bool {
        self.budget.messages() > 0 || !self.events.is_empty()
    }

    /// Waits while another thread takes the reports.
    fn wait_for_others(&self, timeout: Option<Duration>) -> bool {
        let start = self.now();
        loop {
            let time = left(timeout, start, self.now());
            if self.budget.messages() == 0 {
                return true;
            }
            if time == Some(Duration::ZERO) || self.is_terminating() || unwind::is_pending() {
                return false;
            }
            let slice = time.map_or(FLUSH_WAIT, |t| t.min(FLUSH_WAIT));
            self.budget.wait_until_empty(slice, &|| self.is_terminating());
        }
    }

    /// To be called before the callbacks of a report of several messages: each message returns its space in
    /// the queue when [`Serving::served`] is called, and not when the report is dropped.
    #[must_use]
    pub fn begin_serving(&self) -> Serving<'_> {
        self.budget.begin_serving()
    }

    /// Messages that have not been reported yet.
    #[must_use]
    pub fn queued_messages(&self) -> usize {
        usize::try_from(self.budget.messages()).unwrap_or(usize::MAX)
    }

    /// Messages that have not been reported yet, and events that wait in the main and the background queue.
    #[must_use]
    pub fn outq_len(&self) -> usize {
        let background = self.background.get().map_or(0, |queue| queue.len());
        self.queued_messages().saturating_add(self.events.len()).saturating_add(background)
    }
}
