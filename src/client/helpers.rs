//! Threads that help the brokers' threads with the compression of large batches (`compression.threads`).
//!
//! None is started before there is work for it. A helper that has had nothing to do for a while lets go of
//! its memory; the thread stays until the client ends.

use crate::base::clock::{Clock, Time};
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::base::sync::{Arc, Condvar, Mutex, OnceLock, Rank};
use crate::producer::wire::side_by_side::{self, BatchCompressor, Round};
use std::collections::VecDeque;
use std::num::NonZero;
use std::time::Duration;

/// As many help at the most if the configuration says nothing: a broker's thread has to send what they make.
const DEFAULT_MOST: usize = 3;
/// How long a helper without work keeps its memory.
const KEEP: Duration = Duration::from_secs(1);
/// After this time it is tried again to start a thread.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Starts a thread that does this; returns whether there is one now.
pub type StartThread = Box<dyn Fn(Box<dyn FnOnce() + Send>) -> bool + Send + Sync>;

pub struct Helpers {
    clock: Arc<dyn Clock>,
    start: StartThread,
    /// `compression.threads`; `None` leaves the number to us.
    wanted: Option<usize>,
    count_processors: fn() -> usize,
    processors: OnceLock<usize>,
    /// Brokers' threads that compress.
    busy: AtomicUsize,
    shared: Arc<Shared>,
}

/// What the helpers' threads have in common.
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    /// Where help is wanted: no more than there are helpers that rest.
    rounds: VecDeque<Arc<Round>>,
    threads: usize,
    /// Helpers that do nothing, or have not begun yet.
    resting: usize,
    has_ended: bool,
    next_attempt: Time,
}

impl Helpers {
    /// `wanted`: how many threads there may be; `None` leaves that to the number of processors, which
    /// `count_processors` is asked for when there is work for the first time.
    pub fn new(
        wanted: Option<usize>,
        count_processors: fn() -> usize,
        clock: Arc<dyn Clock>,
        start: StartThread,
    ) -> Self {
        let state = State {
            rounds: VecDeque::new(),
            threads: 0,
            resting: 0,
            has_ended: false,
            next_attempt: Time(i64::MIN),
        };
        let shared = Arc::new(Shared { state: Mutex::new(Rank::Leaf, state), wake: Condvar::new() });
        let (processors, busy) = (OnceLock::new(), AtomicUsize::new(0));
        Self { clock, start, wanted, count_processors, processors, busy, shared }
    }

    /// Processors beside those that brokers' threads need now.
    fn other_processors(&self) -> usize {
        let all = *self.processors.get_or_init(self.count_processors);
        all.saturating_sub(self.busy.load(Ordering::Relaxed).max(1))
    }

    /// Starts the thread of a helper that has been counted already.
    fn start(&self) {
        let shared = self.shared.clone();
        if (self.start)(Box::new(move || shared.help())) {
            return;
        }
        let mut state = self.shared.state.lock();
        state.threads -= 1;
        state.resting -= 1;
        // What was meant for it; another helper may have taken that already.
        let excess = state.rounds.len().saturating_sub(state.resting);
        state.rounds.drain(..excess);
        state.next_attempt = self.clock.now() + TRY_AGAIN;
    }
}

impl side_by_side::Helpers for Helpers {
    fn most(&self) -> usize {
        self.wanted.unwrap_or(DEFAULT_MOST).min(self.other_processors())
    }

    fn count(&self, begins: bool) {
        if begins {
            self.busy.fetch_add(1, Ordering::Relaxed);
        } else {
            self.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn join(&self, round: &Arc<Round>, n: usize) {
        let most = self.most();
        for _ in 0..n {
            let mut state = self.shared.state.lock();
            let working = state.threads - state.resting + state.rounds.len();
            if state.has_ended || working >= most {
                return;
            }
            let is_new = state.rounds.len() >= state.resting;
            if is_new && self.clock.now() < state.next_attempt {
                return;
            }
            state.threads += usize::from(is_new);
            state.resting += usize::from(is_new);
            state.rounds.push_back(round.clone());
            drop(state);
            if is_new {
                self.start();
            } else {
                self.shared.wake.notify_one();
            }
        }
    }

    fn end(&self) {
        self.shared.state.lock().has_ended = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    /// What a helper's thread does.
    fn help(&self) {
        let mut compressor = None;
        loop {
            match self.next(compressor.is_some()) {
                Next::Work(round) => {
                    round.work(compressor.get_or_insert_with(BatchCompressor::default));
                    drop(round);
                    self.state.lock().resting += 1;
                }
                Next::Trim => compressor = None,
                Next::End => return,
            }
        }
    }

    /// Waits for work, for so long only if there is memory to let go of.
    fn next(&self, has_memory: bool) -> Next {
        let mut state = self.state.lock();
        loop {
            if state.has_ended {
                return Next::End;
            }
            if let Some(round) = state.rounds.pop_front() {
                state.resting -= 1;
                return Next::Work(round);
            }
            if !self.wake.wait_for(&mut state, has_memory.then_some(KEEP)) && has_memory {
                return Next::Trim;
            }
        }
    }
}

enum Next {
    Work(Arc<Round>),
    Trim,
    End,
}

/// The processors that this process may use.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
mod tests;
