//! A queue of operations for one thread, with its wake-up signal.

use super::signal::Signal;
use super::sync::{Arc, Mutex, Rank};
use std::collections::VecDeque;

/// Operations for a thread. Any thread pushes; the owner takes them all at once.
pub struct OpQueue<T> {
    ops: Mutex<VecDeque<T>>,
    signal: Arc<Signal>,
}

impl<T> OpQueue<T> {
    pub fn new(signal: Arc<Signal>) -> Self {
        Self { ops: Mutex::new(Rank::Queue, VecDeque::new()), signal }
    }

    pub fn push(&self, op: T) {
        self.ops.lock().push_back(op);
        self.signal.notify();
    }

    /// Moves everything queued into `into`.
    pub fn take(&self, into: &mut VecDeque<T>) {
        into.append(&mut self.ops.lock());
    }

    pub fn signal(&self) -> &Arc<Signal> {
        &self.signal
    }
}
