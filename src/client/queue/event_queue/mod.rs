//! A queue of events of any kind. It can be forwarded to another one, and tell somebody outside that it is
//! not empty any more.

use crate::base::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::base::sync::{Arc, Condvar, Mutex, MutexGuard, Rank};
use crate::base::unwind::CancellationDeferred;
use std::cell::Cell;
use std::collections::VecDeque;
use std::time::Duration;

/// What happens when an event arrives in an empty queue.
#[derive(Clone)]
pub enum Wakeup {
    /// Called once between two polls, under the queue's lock: it must be short and use nothing of this
    /// library.
    Write(Arc<dyn Fn() + Send + Sync>),
    /// Called each time, without a lock.
    Call(Arc<dyn Fn() + Send + Sync>),
}

/// An event that may pass others.
pub trait Prioritized {
    /// Events of a higher priority pass those of a lower one.
    fn priority(&self) -> u8;
}

/// What was found in a queue.
pub enum Popped<E> {
    /// An event, and how many more wait behind it.
    Event(E, usize),
    /// Somebody wants the poll to end.
    Yield,
    Nothing,
}

/// What happens to an event after a part of it was taken.
pub enum Piece<P> {
    /// It is taken as it is.
    Whole,
    /// Something of it is taken, and it stays: there may be more in it.
    Part(P),
    /// There is nothing left in it.
    Spent,
}

/// What has been taken from a queue, see [`Piece`].
pub enum Taken<E, P> {
    Event(E),
    Part(P),
    /// To be dropped, now that no lock is held.
    Spent(E),
    /// Somebody wants the poll to end.
    Yield,
    Nothing,
}

/// Where the events of a queue go.
enum Route<E> {
    Here,
    To(Arc<Queue<E>>),
    /// Nobody will poll any more: events are dropped.
    Closed,
}

struct QueueState<E> {
    events: VecDeque<E>,
    route: Route<E>,
    wakeup: Option<Wakeup>,
    /// A [`Wakeup::Write`] has happened since the last poll.
    written: bool,
    yielded: bool,
    /// Calls of [`Wakeup::Call`] that have not returned.
    calling: usize,
}

impl<E: Prioritized> QueueState<E> {
    fn insert(&mut self, event: E) {
        let priority = event.priority();
        if priority == 0 {
            self.events.push_back(event);
        } else {
            let at = self.events.iter().position(|e| e.priority() < priority);
            self.events.insert(at.unwrap_or(self.events.len()), event);
        }
    }
}

pub struct Queue<E> {
    state: Mutex<QueueState<E>>,
    arrived: Condvar,
    waiting: AtomicUsize,
    /// Whether the route leads elsewhere; saves [`Queue::wake_all`] a lock.
    forwarded: AtomicBool,
    /// Whether a consumer's messages come here.
    consumed: AtomicBool,
    /// The last wake-up call has returned.
    quiet: Condvar,
}

/// Held while routes change, so that no cycle can come about.
static ROUTES: Mutex<()> = Mutex::new(Rank::Instance, ());

thread_local! {
    /// How many wake-up calls this thread is inside of.
    static IN_WAKEUP: Cell<usize> = const { Cell::new(0) };
}

/// A wake-up call that is due, to be made without a lock.
struct Due<'a, E>(&'a Queue<E>, Arc<dyn Fn() + Send + Sync>);

impl<E> Due<'_, E> {
    fn call(self) {
        IN_WAKEUP.set(IN_WAKEUP.get() + 1);
        (self.1)();
        IN_WAKEUP.set(IN_WAKEUP.get().saturating_sub(1));
        self.0.state.lock().calling -= 1;
        self.0.quiet.notify_all();
    }
}

/// Whether a queue of a chain has taken what it was given.
enum Pushed<E, T> {
    Done,
    /// It belongs to the next one, or is to be dropped.
    Elsewhere(T, Option<Arc<Queue<E>>>),
}

impl<E: Prioritized> Default for Queue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Prioritized> Queue<E> {
    #[must_use]
    pub const fn new() -> Self {
        let state = QueueState {
            events: VecDeque::new(),
            route: Route::Here,
            wakeup: None,
            written: false,
            yielded: false,
            calling: 0,
        };
        Self {
            state: Mutex::new(Rank::Queue, state),
            arrived: Condvar::new(),
            waiting: AtomicUsize::new(0),
            forwarded: AtomicBool::new(false),
            consumed: AtomicBool::new(false),
            quiet: Condvar::new(),
        }
    }

    pub fn push(&self, event: E) {
        self.deposit(event, QueueState::insert);
    }

    /// Adds events that belong together: one lock and one wake-up for all of them, so that whoever polls
    /// finds them all and does not run after them one by one.
    pub fn push_all(&self, events: Vec<E>) {
        if !events.is_empty() {
            self.deposit(events, |state, events| events.into_iter().for_each(|e| state.insert(e)));
        }
    }

    /// Puts an event that was taken but not served back in front.
    pub(in crate::client) fn put_back(&self, event: E) {
        self.deposit(event, |state, event| state.events.push_front(event));
    }

    #[inline]
    fn deposit<T>(&self, what: T, insert: impl Fn(&mut QueueState<E>, T)) {
        let mut pushed = self.try_deposit(what, &insert);
        while let Pushed::Elsewhere(what, Some(next)) = pushed {
            pushed = next.try_deposit(what, &insert);
        }
    }

    fn try_deposit<T>(&self, what: T, insert: impl Fn(&mut QueueState<E>, T)) -> Pushed<E, T> {
        let mut state = self.state.lock();
        match &state.route {
            Route::Here => {}
            Route::To(next) => return Pushed::Elsewhere(what, Some(next.clone())),
            Route::Closed => return Pushed::Elsewhere(what, None),
        }
        let before = state.events.len();
        insert(&mut state, what);
        let arrived = state.events.len() - before;
        let due = if before == 0 { self.begin_wakeup(&mut state) } else { None };
        self.release(state, arrived);
        if let Some(due) = due {
            due.call();
        }
        Pushed::Done
    }

    /// Unlocks, and wakes those who wait for the events that have arrived.
    fn release(&self, state: MutexGuard<'_, QueueState<E>>, arrived: usize) {
        let wake = self.waiting.load(Ordering::SeqCst) > 0;
        drop(state);
        if wake && arrived == 1 {
            self.arrived.notify_one();
        } else if wake {
            self.arrived.notify_all();
        }
    }

    /// Tells who wants to know that the queue is not empty any more.
    fn begin_wakeup(&self, state: &mut QueueState<E>) -> Option<Due<'_, E>> {
        match state.wakeup.as_ref()? {
            Wakeup::Write(write) => {
                if !state.written {
                    state.written = true;
                    write();
                }
                None
            }
            Wakeup::Call(call) => {
                let call = call.clone();
                state.calling += 1;
                Some(Due(self, call))
            }
        }
    }

    /// Sets who is told when an event arrives in the empty queue. When this returns, who was set before is
    /// not being told and will not be, unless this is called from such a call.
    pub fn set_wakeup(&self, wakeup: Option<Wakeup>) {
        // What the former calls use may be gone afterwards, so this wait must not end early.
        let _deferred = CancellationDeferred::new();
        let mut state = self.state.lock();
        let _old = std::mem::replace(&mut state.wakeup, wakeup);
        state.written = false;
        while state.calling > 0 && IN_WAKEUP.get() == 0 {
            self.quiet.wait(&mut state);
        }
        drop(state);
    }

    /// Makes everybody who waits look at their conditions again.
    pub(in crate::client) fn wake_all(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            // A waiter that has counted itself but not yet looked holds the lock: it cannot miss this.
            let _state = self.state.lock();
            self.arrived.notify_all();
        }
        if self.forwarded.load(Ordering::SeqCst)
            && let Some(next) = self.next()
        {
            next.wake_all();
        }
    }

    /// Ends the poll that waits on the queue, or the next one that finds nothing.
    pub fn yield_poll(&self) {
        let mut state = self.state.lock();
        match &state.route {
            Route::Here => {}
            Route::To(next) => {
                let next = next.clone();
                drop(state);
                return next.yield_poll();
            }
            Route::Closed => return,
        }
        state.yielded = true;
        self.arrived.notify_all();
        let due = if state.events.is_empty() { self.begin_wakeup(&mut state) } else { None };
        drop(state);
        if let Some(due) = due {
            due.call();
        }
    }

    /// The next event. Waits for one until `timeout` (`None`: for ever) has passed or `enough` says so.
    pub(in crate::client) fn pop(&self, timeout: Option<Duration>, enough: &dyn Fn() -> bool) -> Popped<E> {
        let mut take = |state: &mut QueueState<E>| match state.events.pop_front() {
            Some(event) => Some(Popped::Event(event, state.events.len())),
            None if std::mem::take(&mut state.yielded) => Some(Popped::Yield),
            None => None,
        };
        self.follow(timeout, enough, &mut take).unwrap_or(Popped::Nothing)
    }

    /// As [`Queue::pop`], for events that are taken part by part: `split` decides what happens to the event
    /// in front. It runs under the queue's lock.
    pub(in crate::client) fn pop_piece<P>(
        &self,
        timeout: Option<Duration>,
        enough: &dyn Fn() -> bool,
        split: &mut dyn FnMut(&mut E) -> Piece<P>,
    ) -> Taken<E, P> {
        let mut take = |state: &mut QueueState<E>| match state.events.front_mut().map(&mut *split) {
            Some(Piece::Part(part)) => {
                // There may be something left for others who wait.
                if self.waiting.load(Ordering::SeqCst) > 0 {
                    self.arrived.notify_one();
                }
                Some(Taken::Part(part))
            }
            Some(Piece::Whole) => state.events.pop_front().map(Taken::Event),
            Some(Piece::Spent) => state.events.pop_front().map(Taken::Spent),
            None if std::mem::take(&mut state.yielded) => Some(Taken::Yield),
            None => None,
        };
        self.follow(timeout, enough, &mut take).unwrap_or(Taken::Nothing)
    }

    /// Takes a part of the event in front of this very queue, if there is one, under the queue's lock. What
    /// `take` returns was part of the event, which stays. Does not wait.
    #[inline]
    pub fn take_part<P>(&self, take: impl FnOnce(&mut E) -> Option<P>) -> Option<P> {
        let mut state = self.state.lock();
        let part = take(state.events.front_mut()?)?;
        state.written = false;
        if self.waiting.load(Ordering::SeqCst) > 0 {
            // There may be something left for others who wait.
            self.arrived.notify_one();
        }
        Some(part)
    }

    /// Takes something from the queue at the end of the route.
    #[inline]
    fn follow<T>(
        &self,
        timeout: Option<Duration>,
        enough: &dyn Fn() -> bool,
        take: &mut dyn FnMut(&mut QueueState<E>) -> Option<T>,
    ) -> Option<T> {
        let mut taken = self.try_take(timeout, enough, take);
        loop {
            match taken {
                Ok(taken) => return taken,
                Err(next) => taken = next.try_take(timeout, enough, take),
            }
        }
    }

    /// Takes something from this queue only: the error is the queue to look at instead.
    fn try_take<T>(
        &self,
        timeout: Option<Duration>,
        enough: &dyn Fn() -> bool,
        take: &mut dyn FnMut(&mut QueueState<E>) -> Option<T>,
    ) -> Result<Option<T>, Arc<Self>> {
        let mut state = self.state.lock();
        if let Route::To(next) = &state.route {
            return Err(next.clone());
        }
        state.written = false;
        let found = take(&mut state);
        if found.is_some() || timeout == Some(Duration::ZERO) {
            return Ok(found);
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut found = None;
        // One wait only: the caller knows the time, and comes again if there is any left.
        if !enough() {
            self.arrived.wait_for(&mut state, timeout);
            state.written = false;
            found = take(&mut state);
        }
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        Ok(found)
    }

    fn next(&self) -> Option<Arc<Self>> {
        match &self.state.lock().route {
            Route::To(next) => Some(next.clone()),
            Route::Here | Route::Closed => None,
        }
    }

    fn leads_to(self: &Arc<Self>, target: &Arc<Self>) -> bool {
        let mut at = Some(self.clone());
        while let Some(queue) = at {
            if Arc::ptr_eq(&queue, target) {
                return true;
            }
            at = queue.next();
        }
        false
    }

    /// Sends all events, those that wait and those to come, to another queue; `None`: no longer. A route that
    /// would lead back here is ignored.
    pub fn forward(self: &Arc<Self>, to: Option<&Arc<Self>>) {
        let routes = ROUTES.lock();
        if to.is_some_and(|to| to.leads_to(self)) {
            return;
        }
        to.filter(|_| self.consumed.load(Ordering::Relaxed)).inspect(|to| to.mark_consumed());
        let mut due = Vec::new();
        let mut unwanted = VecDeque::new();
        let old = loop {
            let mut state = self.state.lock();
            if matches!(state.route, Route::Closed) {
                break Route::Closed;
            }
            let Some(to) = to else {
                self.forwarded.store(false, Ordering::SeqCst);
                break std::mem::replace(&mut state.route, Route::Here);
            };
            if state.events.is_empty() {
                self.forwarded.store(true, Ordering::SeqCst);
                let old = std::mem::replace(&mut state.route, Route::To(to.clone()));
                // Who waits here goes on to wait there.
                self.arrived.notify_all();
                break old;
            }
            // As long as the route is not set, nothing that arrives now can get ahead of these.
            let waiting = std::mem::take(&mut state.events);
            state.written = false;
            drop(state);
            Self::append(to.clone(), waiting, &mut due, &mut unwanted);
        };
        drop(routes);
        for queue in due {
            queue.wake_outside();
        }
        // Queues and events go without a lock held: what they let go of may wake others.
        drop((old, unwanted));
    }

    /// Moves events to the end of a chain; lists the queues whose wake-ups are due.
    fn append(mut to: Arc<Self>, events: VecDeque<E>, due: &mut Vec<Arc<Self>>, unwanted: &mut VecDeque<E>) {
        while let Some(next) = to.next() {
            to = next;
        }
        let mut state = to.state.lock();
        if matches!(state.route, Route::Closed) {
            unwanted.extend(events);
            return;
        }
        let was_empty = state.events.is_empty();
        let arrived = events.len();
        for event in events {
            state.insert(event);
        }
        to.release(state, arrived);
        if was_empty {
            due.push(to);
        }
    }

    fn wake_outside(&self) {
        let mut state = self.state.lock();
        let due = self.begin_wakeup(&mut state);
        drop(state);
        if let Some(due) = due {
            due.call();
        }
    }

    /// Drops what waits and what is still to come, and returns how many events waited. Queues forwarded to
    /// this one stay so; where this one was forwarded to, nothing changes.
    pub fn close(&self) -> usize {
        let mut state = self.state.lock();
        let events = std::mem::take(&mut state.events);
        let route = std::mem::replace(&mut state.route, Route::Closed);
        let wakeup = state.wakeup.take();
        self.forwarded.store(false, Ordering::SeqCst);
        drop(state);
        self.arrived.notify_all();
        let waited = events.len();
        drop((events, route, wakeup));
        waited
    }

    #[must_use]
    pub fn len(&self) -> usize {
        let state = self.state.lock();
        match &state.route {
            Route::To(next) => {
                let next = next.clone();
                drop(state);
                next.len()
            }
            Route::Here | Route::Closed => state.events.len(),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

mod consumed;
#[cfg(test)]
mod tests;
