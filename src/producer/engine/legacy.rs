//! The `legacy` engine: one partition per ProduceRequest (with `multibatch`, all that a pass finished),
//! partitions in turn, as librdkafka schedules them.
//!
//! A partition is nowhere (nothing to do before its timer), in `runnable` (there is news: to be looked at in
//! this pass), or in `stalled` (the row of those that wait for space). Its timer stands for linger, retry
//! back-off and message timeout, whichever comes first. Messages stay on the partition's append side until a
//! batch is formed, so a partition announces itself once per batch and not once per message, also while the
//! broker is down.

use super::combine::Combiner;
use super::context::{Output, ServeContext};
use super::inspect::{batch_limits, inspect, take_batch, waits_its_turn};
use super::lingers::Lingers;
use super::timers::{Timer, Timers};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::producer::partition::Announcement;
use crate::producer::partition::{Partition, SendSide};
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

pub struct Legacy {
    runnable: VecDeque<Arc<Partition>>,
    stalled: VecDeque<Arc<Partition>>,
    timers: Timers,
    lingers: Lingers,
    was_flushing: bool,
}

/// What a visit to a partition came to.
#[derive(PartialEq)]
enum Visit {
    /// Nothing to do before the timer, if there is one.
    Rest,
    /// It goes to the end of the row: a batch is due but there is no space, or one was formed and there may
    /// be another.
    Wait,
}

impl Legacy {
    /// `slack`: how much longer than their linger time messages may wait, so that the requests of several
    /// partitions leave together.
    #[must_use]
    pub fn new(slack: Duration) -> Self {
        Self {
            runnable: VecDeque::new(),
            stalled: VecDeque::new(),
            timers: Timers::default(),
            lingers: Lingers::new(slack),
            was_flushing: false,
        }
    }

    /// See [`Engine::rest`](super::Engine::rest).
    #[must_use]
    pub fn rest(&self) -> Range<Time> {
        self.lingers.rest()
    }

    #[must_use]
    pub fn has_due_messages(&self) -> bool {
        !self.stalled.is_empty()
    }

    pub fn serve(&mut self, announced: &mut Vec<Announcement>, ctx: &ServeContext<'_>) -> Output {
        let mut out = Output::default();
        for a in announced.drain(..) {
            self.list(a.partition, ctx, &mut out);
        }
        // What has news is looked at in any case, what merely waits for space only while there is space: the
        // cost of a pass does not grow with the partitions that wait.
        let mut finished = Combiner::new(ctx.settings);
        // Requests of many partitions have one batch of each: nobody has a second turn in the pass.
        let mut turns = if finished.is_enabled() { self.stalled.len() } else { usize::MAX };
        let mut is_fired = false;
        loop {
            let space = finished.has_space(ctx);
            let next = match self.runnable.pop_front() {
                // After what was announced, whose linger times may be those that others wait for.
                None if !std::mem::replace(&mut is_fired, true) => {
                    self.fire_timers(ctx, &mut out);
                    continue;
                }
                None if space && turns > 0 => {
                    turns -= 1;
                    self.stalled.pop_front()
                }
                found => found,
            };
            let Some(p) = next else { break };
            if self.visit(&p, space, ctx, &mut finished, &mut out) == Visit::Wait {
                self.stalled.push_back(p);
            }
        }
        out.requests = finished.into_requests();
        self.lingers.sent(&out.requests);
        out.next = self.timers.next().min(self.lingers.next());
        out
    }

    /// Puts a partition into the row, unless it stands there already or belongs to another broker by now
    /// (whose engine's notes about it must not be touched).
    fn list(&mut self, p: Arc<Partition>, ctx: &ServeContext<'_>, out: &mut Output) {
        let mut send = p.lock_send();
        if !send.is_owned_by(ctx.ready) {
            return;
        }
        if std::mem::replace(&mut send.engine.legacy().listed, true) {
            // It keeps its place in the row. If all messages that it had when it got there have expired,
            // there is no timer for the new ones; if some expire now, that is told here.
            self.watch(&p, &mut send, ctx, out);
        } else {
            drop(send);
            self.runnable.push_back(p);
        }
    }

    /// Fails what has waited too long, and sees to it that the rest is looked at in time.
    fn watch(&mut self, p: &Arc<Partition>, send: &mut SendSide, ctx: &ServeContext<'_>, out: &mut Output) {
        if let Some(found) = inspect(p, send, ctx, out) {
            self.arm(p, send, found.timeout);
        }
    }

    fn fire_timers(&mut self, ctx: &ServeContext<'_>, out: &mut Output) {
        // Linger times end all at once when somebody starts to wait in flush().
        let all = ctx.flushing && !self.was_flushing;
        self.was_flushing = ctx.flushing;
        let mut due = self.timers.take_due(ctx.now, all);
        due.extend(self.lingers.take_due(ctx.now, all));
        for Timer { at, partition } in due {
            let mut send = partition.lock_send();
            if !send.is_owned_by(ctx.ready) {
                continue;
            }
            let notes = send.engine.legacy();
            if notes.timer.time() == Some(at) {
                notes.timer = Deadline::NEVER;
            }
            if std::mem::replace(&mut notes.listed, true) {
                // It keeps its place in the row, but its messages may have expired.
                self.watch(&partition, &mut send, ctx, out);
            } else {
                drop(send);
                self.runnable.push_back(partition);
            }
        }
    }

    /// Makes sure that the partition is looked at by `at`.
    fn arm(&mut self, p: &Arc<Partition>, send: &mut SendSide, at: Deadline) {
        self.timers.arm(p, &mut send.engine.legacy().timer, at);
    }

    /// The same for the end of a linger time, unless messages time out before.
    fn arm_linger(&mut self, p: &Arc<Partition>, send: &mut SendSide, linger: Time, timeout: Deadline) {
        if timeout.is_due(linger) {
            self.arm(p, send, timeout);
        } else {
            self.lingers.arm(p, &mut send.engine.legacy().timer, linger);
        }
    }

    fn visit(
        &mut self,
        p: &Arc<Partition>,
        space: bool,
        ctx: &ServeContext<'_>,
        finished: &mut Combiner,
        out: &mut Output,
    ) -> Visit {
        let mut send = p.lock_send();
        let send = &mut *send;
        let Some(found) = inspect(p, send, ctx, out) else {
            // It moved to another broker, which has been told.
            return Visit::Rest;
        };
        send.engine.legacy().listed = false;
        let Some(oldest) = found.oldest else { return Visit::Rest };
        if let Some(until) = found.held_until {
            self.arm(p, send, found.timeout.min(until));
            return Visit::Rest;
        }
        let linger = oldest + ctx.settings.batching.linger;
        if !found.fills_a_batch(ctx.settings) && !ctx.flushing && ctx.now < linger {
            self.arm_linger(p, send, linger, found.timeout);
            return Visit::Rest;
        }
        if !space {
            self.arm(p, send, found.timeout);
            send.engine.legacy().listed = true;
            return Visit::Wait;
        }
        if waits_its_turn(p, send, ctx) {
            self.arm(p, send, found.timeout);
            return Visit::Rest;
        }
        // Whose turn it is may fill the output buffer, and not with full batches only.
        let mut buffers =
            if finished.is_enabled() { 1 } else { ctx.settings.queue.backpressure_threshold.max(1) };
        loop {
            let (batch, timeout) = take_batch(p, send, batch_limits(p, ctx));
            finished.add(batch);
            self.arm(p, send, timeout);
            buffers -= 1;
            let more = buffers > 0 && !send.queue.is_empty() && finished.has_space(ctx);
            if !more || waits_its_turn(p, send, ctx) {
                break;
            }
        }
        send.engine.legacy().listed = true;
        Visit::Wait
    }
}
