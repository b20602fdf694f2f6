//! The `legacy` engine: one partition per ProduceRequest, partitions in turn, as librdkafka schedules them.
//!
//! A partition is nowhere (nothing to do before its timer), in `runnable` (there is news: to be looked at in this
//! pass), or in `stalled` (the row of those that wait for room). Its timer stands for linger, retry back-off and
//! message timeout, whichever comes first.
//! Messages stay on the partition's append side until a batch is formed, so a partition announces itself once per batch
//! and not once per message, also while the broker is down.

use super::{Output, Pass};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::producer::batch::{Batch, request_overhead};
use crate::producer::partition::{Appended, Partition, SendSide};
use crate::producer::queue::BatchLimits;
use crate::producer::report::Report;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// The legacy engine's part of a partition.
#[derive(Default)]
pub(super) struct LegacyPartition {
    /// In `runnable` or `stalled`.
    listed: bool,
    /// The earliest timer that stands for this partition.
    timer: Deadline,
}

#[derive(Default)]
pub struct Legacy {
    runnable: VecDeque<Arc<Partition>>,
    stalled: VecDeque<Arc<Partition>>,
    timers: BinaryHeap<Timer>,
    was_flushing: bool,
}

struct Timer {
    at: Time,
    partition: Arc<Partition>,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives its greatest element: the earliest timer.
        other.at.cmp(&self.at)
    }
}

/// What a visit to a partition came to.
#[derive(PartialEq)]
enum Visit {
    /// Nothing to do before the timer, if there is one.
    Rest,
    /// It goes to the end of the row: a batch is due but there is no room, or one was formed and there may be another.
    Wait,
}

impl Legacy {
    #[must_use]
    pub fn wants_room(&self) -> bool {
        !self.stalled.is_empty()
    }

    pub fn serve(&mut self, newly_ready: &mut Vec<Arc<Partition>>, pass: &Pass<'_>) -> Output {
        let mut out = Output::default();
        for p in newly_ready.drain(..) {
            self.list(p, pass);
        }
        self.fire_timers(pass, &mut out);
        // What has news is looked at in any case, what merely waits for room only while there is room: the cost of a
        // pass does not grow with the partitions that wait.
        loop {
            let room = pass.room.saturating_sub(out.requests.len());
            let next = match self.runnable.pop_front() {
                None if room > 0 => self.stalled.pop_front(),
                found => found,
            };
            let Some(p) = next else { break };
            if self.visit(&p, room, pass, &mut out) == Visit::Wait {
                self.stalled.push_back(p);
            }
        }
        out.next = self.timers.peek().map_or(Deadline::NEVER, |t| Deadline::at(t.at));
        out
    }

    /// Puts a partition into the row, unless it stands there already or belongs to another broker by now (whose engine's
    /// notes about it must not be touched).
    fn list(&mut self, p: Arc<Partition>, pass: &Pass<'_>) {
        let mut send = p.lock_send();
        let Some(waiting) = p.appended_for(pass.ready) else { return };
        if std::mem::replace(&mut send.engine.legacy.listed, true) {
            // It keeps its place in the row. If all messages that it had when it got there have expired, there is no
            // timer for the new ones.
            let timeout = message_deadline(&p, &send, &waiting);
            self.arm(&p, &mut send, timeout);
        } else {
            drop(send);
            self.runnable.push_back(p);
        }
    }

    fn fire_timers(&mut self, pass: &Pass<'_>, out: &mut Output) {
        // Linger times end all at once when somebody starts to wait in flush().
        let all = pass.flushing && !self.was_flushing;
        self.was_flushing = pass.flushing;
        let mut fired = Vec::new();
        while self.timers.peek().is_some_and(|t| all || t.at <= pass.now) {
            fired.extend(self.timers.pop());
        }
        for Timer { at, partition } in fired {
            let mut send = partition.lock_send();
            let Some(mut waiting) = partition.appended_for(pass.ready) else { continue };
            let notes = &mut send.engine.legacy;
            if notes.timer.time() == Some(at) {
                notes.timer = Deadline::NEVER;
            }
            if !std::mem::replace(&mut notes.listed, true) {
                drop(send);
                self.runnable.push_back(partition);
            } else {
                // It keeps its place in the row, but its messages may have expired.
                expire(&partition, &mut send, &mut waiting, pass, out);
                let timeout = message_deadline(&partition, &send, &waiting);
                self.arm(&partition, &mut send, timeout);
            }
        }
    }

    /// Makes sure that the partition is looked at by `at`.
    fn arm(&mut self, p: &Arc<Partition>, send: &mut SendSide, at: Deadline) {
        let timer = &mut send.engine.legacy.timer;
        let Some(t) = at.time() else { return };
        if timer.time().is_none_or(|armed| t < armed) {
            *timer = at;
            self.timers.push(Timer { at: t, partition: p.clone() });
        }
    }

    fn visit(&mut self, p: &Arc<Partition>, room: usize, pass: &Pass<'_>, out: &mut Output) -> Visit {
        let mut send = p.lock_send();
        let send = &mut *send;
        let Some(mut waiting) = p.appended_for(pass.ready) else {
            // It moved to another broker, which has been told.
            return Visit::Rest;
        };
        send.engine.legacy.listed = false;
        expire(p, send, &mut waiting, pass, out);
        let messages = send.queue.len() + waiting.messages;
        let Some(oldest) = send.queue.oldest().or(waiting.oldest) else {
            return Visit::Rest;
        };
        let timeout = message_deadline(p, send, &waiting);
        if !send.backoff.is_never() && !send.backoff.is_due(pass.now) {
            self.arm(p, send, timeout.min(send.backoff));
            return Visit::Rest;
        }
        let linger = oldest + pass.settings.linger;
        let full = messages >= pass.settings.batch_num_messages
            || send.queue.wire_bytes() + waiting.wire_bytes >= pass.settings.batch_size;
        if !full && !pass.flushing && pass.now < linger {
            self.arm(p, send, timeout.min(Deadline::at(linger)));
            return Visit::Rest;
        }
        if room == 0 {
            self.arm(p, send, timeout);
            send.engine.legacy.listed = true;
            return Visit::Wait;
        }
        if send.inflight > 0 && pass.settings.max_in_flight == 1 {
            // Out with the leader before this one. One request at a time means in order, also across a change of leaders;
            // whoever settles that batch wakes us.
            self.arm(p, send, timeout);
            return Visit::Rest;
        }
        send.backoff = Deadline::NEVER;
        p.drain(send);
        let limits = BatchLimits {
            messages: pass.settings.batch_num_messages,
            bytes: pass.settings.message_max_bytes.min(pass.settings.batch_size),
            base: request_overhead(p.topic(), &pass.settings.client_id),
        };
        let runs = send.queue.take_batch(limits);
        send.inflight += 1;
        out.requests.push(vec![Batch::new(p.clone(), runs)]);
        // What is left may have to wait longer than it lives. (What has been appended since announces itself.)
        let timeout = message_deadline(p, send, &Appended::default());
        self.arm(p, send, timeout);
        send.engine.legacy.listed = true;
        Visit::Wait
    }
}

/// When the partition's oldest message times out.
fn message_deadline(p: &Partition, send: &SendSide, waiting: &Appended) -> Deadline {
    match (send.queue.oldest().or(waiting.oldest), p.topic().settings.message_timeout) {
        (Some(t), Some(timeout)) => Deadline::at(t + timeout),
        _ => Deadline::NEVER,
    }
}

/// Fails the messages whose `message.timeout.ms` has passed.
fn expire(p: &Partition, send: &mut SendSide, waiting: &mut Appended, pass: &Pass<'_>, out: &mut Output) {
    if !message_deadline(p, send, waiting).is_due(pass.now) {
        return;
    }
    p.drain(send);
    *waiting = Appended::default();
    let runs = send.queue.take_expired(pass.now, p.topic().settings.message_timeout);
    if !runs.is_empty() {
        out.reports.push(Report::failed(p.topic(), p.id(), runs, ErrorCode::_MSG_TIMED_OUT));
    }
}
