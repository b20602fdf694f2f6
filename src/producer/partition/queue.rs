//! A partition's messages in message-id order.

use crate::base::clock::Time;
use crate::producer::format::Magic;
use crate::producer::store::Run;
use std::collections::VecDeque;
use std::time::Duration;

/// Bytes a record costs on the wire at the least beside key, value and headers (format 2, all varints of one
/// byte).
pub const RECORD_MIN_OVERHEAD: usize = 7;

/// An empty queue keeps memory for at most this many runs: what `VecDeque` begins with. One that a backlog
/// has grown would otherwise keep its size in every partition that ever had one.
const KEPT_RUNS: usize = 4;

/// Runs of messages, lowest message id first; or single messages, highest message id first.
#[derive(Default)]
pub struct MsgQueue {
    runs: VecDeque<Run>,
    newest_first: bool,
    count: usize,
    bytes: u64,
}

/// A batch being filled.
struct Fill {
    limits: BatchLimits,
    messages: usize,
    size: Size,
}

/// The size of what was taken. A bound is enough while it is far from the limit, and spares a look at each
/// message.
#[derive(Clone, Copy)]
enum Size {
    AtMost(usize),
    Exactly { size: usize, base_timestamp: i64 },
}

impl Fill {
    /// How many messages of the run are to be taken after the runs that were.
    fn fitting(&mut self, taken: &[Run], run: &Run) -> usize {
        let BatchLimits { messages, bytes, magic, .. } = self.limits;
        if let Size::AtMost(size) = self.size {
            let whole = usize::try_from(run.bytes()).unwrap_or(usize::MAX) + run.len() * magic.max_overhead();
            let bound = size.saturating_add(whole);
            if self.messages + run.len() <= messages && bound <= bytes {
                self.size = Size::AtMost(bound);
                self.messages += run.len();
                return run.len();
            }
        }
        let (mut size, base_timestamp) = self.exactly(taken, run);
        let mut n = 0;
        for m in run.iter() {
            let empty = self.messages == 0;
            let fits = self.messages < messages && size.saturating_add(magic.max_len(&m)) <= bytes;
            if !fits && !empty {
                break;
            }
            size = size.saturating_add(magic.exact_len(&m, self.messages, base_timestamp));
            self.messages += 1;
            n += 1;
        }
        self.size = Size::Exactly { size, base_timestamp };
        n
    }

    /// The size of what was taken, and the timestamp of the batch's first message.
    fn exactly(&self, taken: &[Run], next: &Run) -> (usize, i64) {
        if let Size::Exactly { size, base_timestamp } = self.size {
            return (size, base_timestamp);
        }
        let base_timestamp = taken.first().unwrap_or(next).get(0).timestamp_ms();
        let messages = taken.iter().flat_map(Run::iter).enumerate();
        let lens = messages.map(|(i, m)| self.limits.magic.exact_len(&m, i, base_timestamp));
        (lens.fold(self.limits.base, usize::saturating_add), base_timestamp)
    }
}

/// How much one batch may take.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    pub messages: usize,
    /// Limit of the request size, `base` included.
    pub bytes: usize,
    /// What the request holds before the first message.
    pub base: usize,
    /// The format in which the messages will be written.
    pub magic: Magic,
}

impl BatchLimits {
    /// Whether that much fits without a look at the messages; what is refused may fit all the same.
    #[must_use]
    pub fn surely_take(&self, messages: usize, bytes: usize) -> bool {
        let most = self.base.saturating_add(bytes).saturating_add(messages * self.magic.max_overhead());
        messages <= self.messages && most <= self.bytes
    }
}

impl MsgQueue {
    /// A queue that new messages leave first (`queuing.strategy=lifo`).
    #[must_use]
    pub fn newest_first() -> Self {
        Self { newest_first: true, ..Self::default() }
    }

    #[must_use]
    pub fn is_newest_first(&self) -> bool {
        self.newest_first
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Estimated wire size of all records.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX).saturating_add(self.count * RECORD_MIN_OVERHEAD)
    }

    /// Bytes of all keys, values and headers: what librdkafka compares with `batch.size` to see whether a
    /// batch is full.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn push_back(&mut self, run: Run) {
        if run.is_empty() {
            return;
        }
        if self.newest_first {
            return self.insert(run);
        }
        self.count += run.len();
        self.bytes += run.bytes();
        self.runs.push_back(run);
    }

    /// Puts messages back where their ids belong. Ids of different runs never interleave.
    pub fn insert(&mut self, mut run: Run) {
        if run.is_empty() {
            return;
        }
        self.count += run.len();
        self.bytes += run.bytes();
        if self.newest_first {
            // What goes back comes in any order, and lies near the front.
            while !run.is_empty() {
                let one = run.split_front(1);
                let newer = |r: &Run| r.first_msgid() > one.first_msgid();
                let at = match self.runs.front() {
                    Some(r) if newer(r) => self.runs.partition_point(newer),
                    _ => 0,
                };
                self.runs.insert(at, one);
            }
            return;
        }
        let at = self.runs.partition_point(|r| r.first_msgid() < run.first_msgid());
        self.runs.insert(at, run);
    }

    /// Enqueue time of the oldest message.
    #[must_use]
    pub fn oldest(&self) -> Option<Time> {
        let oldest = if self.newest_first { self.runs.back() } else { self.runs.front() };
        oldest.map(|r| r.get(0).enqueued())
    }

    /// Takes messages from the front: at least one, then as many as fit. Whether another one fits is judged
    /// by the most that it may take; those that were taken count with their exact size. That is librdkafka's
    /// rule.
    pub fn take_batch(&mut self, limits: BatchLimits) -> Vec<Run> {
        // Mostly one run, and never many.
        let mut out = Vec::with_capacity(self.runs.len().min(4));
        let mut fill = Fill { limits, messages: 0, size: Size::AtMost(limits.base) };
        while let Some(run) = self.runs.front() {
            let n = fill.fitting(&out, run);
            let all = n == run.len();
            out.extend(self.pop_part(n));
            if !all || fill.messages >= limits.messages {
                break;
            }
        }
        out
    }

    fn pop_run(&mut self) -> Option<Run> {
        let run = self.runs.pop_front()?;
        self.count -= run.len();
        self.bytes -= run.bytes();
        if self.runs.is_empty() && self.runs.capacity() > KEPT_RUNS {
            self.runs = VecDeque::new();
        }
        Some(run)
    }

    fn pop_part(&mut self, n: usize) -> Option<Run> {
        let run = self.runs.front_mut()?;
        if n == 0 {
            return None;
        }
        if n >= run.len() {
            return self.pop_run();
        }
        let part = run.split_front(n);
        self.count -= part.len();
        self.bytes -= part.bytes();
        Some(part)
    }

    /// Takes the messages whose time is up. Messages are in time order, so only one end is looked at.
    pub fn take_expired(&mut self, now: Time, timeout: Option<Duration>) -> Vec<Run> {
        let mut out = Vec::new();
        let Some(timeout) = timeout else { return out };
        if self.newest_first {
            let overdue = |r: &mut Run| r.get(0).enqueued() + timeout <= now;
            while let Some(run) = self.runs.pop_back_if(overdue) {
                self.count -= run.len();
                self.bytes -= run.bytes();
                out.push(run);
            }
            return out;
        }
        while let Some(run) = self.runs.front() {
            let n = run.iter().take_while(|m| m.enqueued() + timeout <= now).count();
            let all = n == run.len();
            out.extend(self.pop_part(n));
            if !all {
                break;
            }
        }
        out
    }

    /// The most bytes that the first message may take in a batch.
    #[must_use]
    pub fn first_len(&self, magic: Magic) -> Option<usize> {
        self.runs.front().map(|r| magic.max_len(&r.get(0)))
    }

    /// Id of the first message.
    #[must_use]
    pub fn first_msgid(&self) -> Option<u64> {
        self.runs.front().map(Run::first_msgid)
    }

    pub fn take_all(&mut self) -> Vec<Run> {
        self.count = 0;
        self.bytes = 0;
        std::mem::take(&mut self.runs).into()
    }

    pub fn append(&mut self, other: &mut Self) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() && self.newest_first == other.newest_first {
            return std::mem::swap(self, other);
        }
        for run in other.take_all() {
            self.push_back(run);
        }
    }
}

#[cfg(test)]
mod tests;
