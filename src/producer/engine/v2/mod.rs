//! The `v2` engine: many partitions per ProduceRequest.
//!
//! A partition with messages waits in the [`collector`] for others to share a request with. When the waiting
//! is over, all that waits becomes [`due`]. Requests are cut from the due partitions in the order that the
//! [`policy`] gives them, as far as the [`calculator`] finds that they fit. A request has one batch of a
//! partition at most (Kafka demands it). What a partition has beyond that gets its next turn with the next
//! generation.
//!
//! A partition is idle (it announces itself with its next message), listed (in the collector or due, by its
//! ticket), or it rests: something has to happen before its messages may leave.

mod adaptive;
mod calculator;
mod collector;
mod due;
mod policy;

pub use adaptive::Feedback;

use super::context::{Output, ServeContext};
use super::inspect::{
    batch_limits, inspect, put_back, put_segment_back, take_batch, take_segment, waits_its_turn,
};
use super::timers::{Timer, Timers};
use crate::base::clock::{Time, micros};
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::conf::Settings;
use crate::producer::batch::Batch;
use crate::producer::partition::queue::BatchLimits;
use crate::producer::partition::ready::News;
use crate::producer::partition::{Announcement, Partition, Place, QueueState, SendSide};
use adaptive::{Controller, InFlight};
use calculator::{Calculator, Limits};
use collector::{Caps, Collector};
use due::{Due, Entry};
use policy::{Candidate, Ranking};

/// A request is closed when this many partitions did not fit into it.
const MAX_MISFITS: usize = 16;
/// Brokers refuse larger requests (`socket.request.max.bytes`).
const BROKER_REQUEST_LIMIT: usize = 100 << 20;
/// A partition cannot save up more turns than this.
const MAX_DEFICIT_BATCHES: usize = 16;

#[derive(Default)]
pub struct V2 {
    collector: Collector,
    due: Due,
    timers: Timers,
    calculator: Calculator,
    /// Partitions that did not fit into the request that is being built.
    aside: Vec<Entry>,
    next_ticket: u64,
    /// The last ticket that was handed out before the request that is being built.
    last_ticket_before: u64,
    /// The most partitions that a request has had so far.
    widest: usize,
    /// With `adaptive.batching.enable`.
    adaptive: Option<Controller>,
    /// There may be entries of partitions that have left or have nothing to send any more.
    stale: bool,
}

/// What a visit to a due partition came to.
#[derive(PartialEq)]
enum Visit {
    Done,
    /// It does not fit into this request.
    Aside,
}

impl V2 {
    #[must_use]
    pub fn new(s: &Settings) -> Self {
        let controller = |a| Controller::new(a, s.engine.v2.linger, s.engine.v2.batch_max_bytes);
        Self { adaptive: s.engine.v2.adaptive.as_ref().map(controller), ..Self::default() }
    }

    /// A request was answered.
    pub fn response_received(&mut self, f: &Feedback) {
        if let Some(c) = &mut self.adaptive {
            c.response_received(f);
        }
    }

    /// Adjusts linger time and size to how the broker is doing.
    fn adapt(&mut self, ctx: &ServeContext<'_>) {
        let most = ctx.settings.engine.v2.max_partitions.unwrap_or(self.widest.max(1));
        let out = InFlight { requests: ctx.in_flight, age: ctx.in_flight_since.map(|t| ctx.now.since(t)) };
        if let Some(c) = &mut self.adaptive
            && c.step(ctx.now, out, most)
        {
            ctx.ready.set_linger(c.decision().linger);
            ctx.stats.set_adaptive(c.snapshot());
        }
    }

    fn caps(&self, s: &Settings) -> Caps {
        let caps = Caps {
            partitions: s.engine.v2.batch_max_partitions,
            bytes: s.engine.v2.batch_max_bytes,
            linger: s.engine.v2.linger,
        };
        match self.adaptive.as_ref().map(Controller::decision) {
            None => caps,
            Some(d) => Caps { bytes: Some(d.bytes), linger: d.linger, ..caps },
        }
    }

    fn request_limits(&self, s: &Settings) -> Limits {
        let decided = self.adaptive.as_ref().and_then(|c| c.decision().partitions);
        let most = s.engine.v2.max_partitions.unwrap_or(usize::MAX);
        Limits {
            bytes: request_bytes(s),
            overfill: overfill(s),
            partitions: decided.map_or(most, |d| d.min(most)),
            partitions_per_topic: s.engine.v2.max_partitions_per_topic.unwrap_or(usize::MAX),
        }
    }

    #[must_use]
    pub fn has_due_messages(&self) -> bool {
        !self.due.is_empty()
    }

    /// Partitions may have left, or lost their messages.
    pub fn partitions_left(&mut self) {
        self.stale = true;
    }

    pub fn serve(&mut self, announced: &mut Vec<Announcement>, ctx: &ServeContext<'_>) -> Output {
        let mut out = Output::default();
        for a in announced.drain(..) {
            self.admit(&a.partition, a.news, ctx, &mut out);
        }
        self.fire_timers(ctx, &mut out);
        if std::mem::take(&mut self.stale) {
            self.drop_stale(ctx);
        }
        self.adapt(ctx);
        let caps = self.caps(ctx.settings);
        let bytes = ctx.ready.bytes();
        let last_slot = ctx.max_requests > 0 && ctx.free_in_flight == 1 && !self.due.is_empty();
        if let Some(trigger) = self.collector.trigger(&caps, bytes, ctx.flushing, last_slot, ctx.now) {
            ctx.stats.triggered(trigger);
            if let Some(oldest) = self.collector.oldest() {
                ctx.stats.record_wait(micros(ctx.now.since(oldest)));
            }
            let due = &mut self.due;
            self.collector.take(&mut |place, p| due.push(Entry::new(p, place.ticket, place.since)));
        }
        while out.requests.len() < ctx.max_requests
            && let Some(request) = self.build(ctx, &mut out)
        {
            out.requests.push(request);
        }
        ctx.ready.wake_at_bytes(caps.bytes.map(|cap| cap.max(1)));
        ctx.ready.wake_at_count(caps.partitions.map(|cap| cap.max(1).saturating_sub(self.collector.len())));
        out.next = self.timers.next().min(self.collector.deadline(&caps));
        out
    }

    fn admit(&mut self, p: &Arc<Partition>, news: News, ctx: &ServeContext<'_>, out: &mut Output) {
        let mut send = p.lock_send();
        let send = &mut *send;
        if !send.is_owned_by(ctx.ready) {
            return;
        }
        match (news, send.engine.v2().state) {
            (News::First(since), standing) => {
                let timeout = p.topic().settings.message_timeout;
                self.arm(p, send, timeout.map_or(Deadline::NEVER, |t| Deadline::at(since + t)));
                // What a resting partition rested for may have been purged: then nothing but this would wake
                // it.
                let emptied = standing == QueueState::Resting && send.oldest().is_none();
                if standing == QueueState::Idle || emptied {
                    self.collect(p, send, since);
                }
            }
            (News::Full, QueueState::Idle) => self.make_due(p, send, ctx.now),
            (News::Full, QueueState::Listed(place)) => self.make_due_now(p, place),
            (News::Full, QueueState::Resting) => {}
            (News::Changed, _) => self.look_again(p, send, ctx, out),
        }
    }

    /// After an error, a change of owner or at a timer: sees what is to be done about the partition.
    fn look_again(
        &mut self,
        p: &Arc<Partition>,
        send: &mut SendSide,
        ctx: &ServeContext<'_>,
        out: &mut Output,
    ) {
        let Some(found) = inspect(p, send, ctx, out) else { return };
        self.arm(p, send, found.timeout);
        let standing = send.engine.v2().state;
        let Some(oldest) = found.oldest else {
            if standing != QueueState::Idle {
                send.engine.v2().state = QueueState::Idle;
                self.stale = true;
            }
            return;
        };
        match (found.held_until, standing) {
            (Some(until), _) => {
                if standing == QueueState::Idle {
                    send.engine.v2().state = QueueState::Resting;
                }
                self.arm(p, send, until);
            }
            (None, QueueState::Listed(place)) => self.make_due_now(p, place),
            // Messages that came before there was a leader wait for other partitions like all others.
            (None, QueueState::Idle) => {
                let full = found.again || is_full(found.messages, found.wire_bytes, ctx.settings);
                self.list(p, send, oldest, full, ctx);
            }
            (None, QueueState::Resting) => self.make_due(p, send, oldest),
        }
    }

    /// Lets the partition wait for others, so that they share a request.
    fn collect(&mut self, p: &Arc<Partition>, send: &mut SendSide, since: Time) {
        let place = self.place(since);
        send.engine.v2().state = QueueState::Listed(place);
        self.collector.insert(place, p.clone());
    }

    fn make_due(&mut self, p: &Arc<Partition>, send: &mut SendSide, since: Time) {
        let place = self.place(since);
        send.engine.v2().state = QueueState::Listed(place);
        self.due.push(Entry::new(p.clone(), place.ticket, since));
    }

    /// Ends the waiting of one partition, if it waits.
    fn make_due_now(&mut self, p: &Arc<Partition>, place: Place) {
        if self.collector.remove(place) {
            self.due.push(Entry::new(p.clone(), place.ticket, place.since));
        }
    }

    fn place(&mut self, since: Time) -> Place {
        self.next_ticket += 1;
        Place { since, ticket: self.next_ticket }
    }

    /// Makes sure that the partition is looked at by `at`.
    fn arm(&mut self, p: &Arc<Partition>, send: &mut SendSide, at: Deadline) {
        self.timers.arm(p, &mut send.engine.v2().timer, at);
    }

    fn fire_timers(&mut self, ctx: &ServeContext<'_>, out: &mut Output) {
        for Timer { at, partition: p } in self.timers.take_due(ctx.now, false) {
            let mut send = p.lock_send();
            let send = &mut *send;
            if !send.is_owned_by(ctx.ready) {
                continue;
            }
            let notes = send.engine.v2();
            if notes.timer.time() == Some(at) {
                notes.timer = Deadline::NEVER;
            }
            let was = notes.state;
            if was == QueueState::Resting {
                self.look_again(&p, send, ctx, out);
            } else if let Some(found) = inspect(&p, send, ctx, out) {
                self.arm(&p, send, found.timeout);
                if found.oldest.is_none() && was != QueueState::Idle {
                    send.engine.v2().state = QueueState::Idle;
                    self.stale = true;
                }
            }
        }
    }

    /// Takes out the entries of partitions that belong to another broker or have nothing to send.
    fn drop_stale(&mut self, ctx: &ServeContext<'_>) {
        let here = |ticket: u64, p: &Arc<Partition>| {
            let mut send = p.lock_send();
            if !send.is_owned_by(ctx.ready) || !send.engine.v2().has_ticket(ticket) {
                return false;
            }
            let empty = send.oldest().is_none() && p.appended_for(ctx.ready).is_none_or(|a| a.messages == 0);
            if empty {
                send.engine.v2().state = QueueState::Idle;
            }
            !empty
        };
        self.collector.retain(&mut |place, p| here(place.ticket, p));
        self.due.retain(&mut |e| here(e.ticket, &e.partition));
    }

    /// The next request, if anything is due.
    fn build(&mut self, ctx: &ServeContext<'_>, out: &mut Output) -> Option<Vec<Batch>> {
        if self.due.is_empty() {
            return None;
        }
        self.last_ticket_before = self.next_ticket;
        let limits = self.request_limits(ctx.settings);
        self.calculator.begin(limits, ctx.format.version, ctx.settings);
        let ranking = self.ranking(ctx.settings);
        while !self.calculator.is_full() && self.aside.len() < MAX_MISFITS {
            let mut rank = |generation: &mut Vec<Entry>| rank(&ranking, generation, ctx);
            let Some(entry) = self.due.next(self.calculator.class(), &mut rank) else { break };
            if self.visit(&entry, ctx, out) == Visit::Aside {
                self.aside.push(entry);
            }
        }
        self.due.put_back(&mut self.aside);
        self.add_segments(ctx);
        let fill = self.calculator.fill_permille();
        let request = self.calculator.finish();
        if let Some(batches) = &request {
            self.widest = self.widest.max(batches.len());
            ctx.stats.record_fill(fill);
        }
        request
    }

    fn visit(&mut self, e: &Entry, ctx: &ServeContext<'_>, out: &mut Output) -> Visit {
        let p = &e.partition;
        let mut send = p.lock_send();
        let send = &mut *send;
        if !send.is_owned_by(ctx.ready) || !send.engine.v2().has_ticket(e.ticket) {
            return Visit::Done;
        }
        let Some(found) = inspect(p, send, ctx, out) else { return Visit::Done };
        if found.oldest.is_none() {
            send.engine.v2().state = QueueState::Idle;
            return Visit::Done;
        }
        if found.held_until.is_some() || waits_its_turn(p, send, ctx) {
            send.engine.v2().state = QueueState::Resting;
            self.arm(p, send, found.timeout.min(found.held_until.unwrap_or(Deadline::NEVER)));
            return Visit::Done;
        }
        let again = send.sequencer.has_sealed();
        let (batch, timeout) = {
            let limits = batch_limits(p, ctx);
            let about = found.wire_bytes.min(limits.bytes.saturating_sub(limits.base));
            // A partition that was listed again meanwhile has its batch in this request already.
            if e.ticket > self.last_ticket_before || !self.calculator.admits(p, about) {
                return Visit::Aside;
            }
            take_batch(p, send, limits)
        };
        let bytes = batch.wire_bytes();
        let more = !again && !send.queue.is_empty();
        if let Some(batch) = self.calculator.add(batch, more) {
            put_back(send, batch);
            return Visit::Aside;
        }
        if let (Some(c), Some(oldest), false) = (&mut self.adaptive, found.oldest, again) {
            let linger = c.decision().linger;
            c.record_wait(ctx.now.since(oldest).saturating_sub(linger));
        }
        let notes = send.engine.v2();
        if let Some(ranked) = &mut notes.ranked {
            ranked.last_turn = Some(ctx.now);
            ranked.deficit = ranked.deficit.saturating_sub(bytes);
        }
        self.arm(p, send, timeout);
        self.list_again(p, send, ctx);
        Visit::Done
    }

    fn ranking(&self, s: &Settings) -> Ranking {
        Ranking {
            policy: s.engine.v2.policy,
            bias: s.engine.v2.latency_bias,
            linger: self.caps(s).linger,
            batch_bytes: s.batching.size,
        }
    }

    /// Partitions with more than a batch use the space that others have left.
    fn add_segments(&mut self, ctx: &ServeContext<'_>) {
        let mut take = |batch: &mut Batch, space: usize| {
            let p = batch.partition.clone();
            let mut send = p.lock_send();
            let send = &mut *send;
            if !send.is_owned_by(ctx.ready)
                || !send.engine.v2().may_grow(batch.first_msgid(), batch.segments.len())
            {
                return false;
            }
            let alone = batch_limits(&p, ctx);
            let bytes = alone.bytes.saturating_sub(alone.base).min(space);
            let limits = BatchLimits { base: 0, bytes, ..alone };
            // If that takes all that the partition has, its entry in the list finds out when its turn comes.
            take_segment(batch, send, limits)
        };
        let mut undo = |batch: &mut Batch| {
            let p = batch.partition.clone();
            put_segment_back(batch, &mut p.lock_send());
        };
        self.calculator.grow(ctx.settings.engine.v2.max_segments_per_partition, &mut take, &mut undo);
    }

    /// What is left of a partition leaves with the next generation, or waits for other partitions again.
    fn list_again(&mut self, p: &Arc<Partition>, send: &mut SendSide, ctx: &ServeContext<'_>) {
        let Some(oldest) = send.oldest() else {
            let notes = send.engine.v2();
            notes.state = QueueState::Idle;
            if let Some(ranked) = &mut notes.ranked {
                ranked.deficit = 0;
            }
            return;
        };
        let full =
            send.sequencer.has_sealed() || is_full(send.queue.len(), send.queue.wire_bytes(), ctx.settings);
        self.list(p, send, oldest, full, ctx);
    }

    /// Lets messages leave if it is time, or else wait for those of other partitions.
    fn list(
        &mut self,
        p: &Arc<Partition>,
        send: &mut SendSide,
        oldest: Time,
        full: bool,
        ctx: &ServeContext<'_>,
    ) {
        if full || ctx.flushing || oldest + self.caps(ctx.settings).linger <= ctx.now {
            self.make_due(p, send, oldest);
        } else {
            self.collect(p, send, oldest);
        }
    }
}

/// Whether there is a batch that needs no more messages.
fn is_full(messages: usize, wire_bytes: usize, s: &Settings) -> bool {
    messages >= s.batching.num_messages || wire_bytes >= s.batching.size
}

/// What a request may have without the overfill. A message of the largest size has to fit.
fn request_bytes(s: &Settings) -> usize {
    s.engine.v2.max_bytes.unwrap_or(0).max(s.batching.message_max_bytes)
}

/// How far a request may grow beyond that.
fn overfill(s: &Settings) -> usize {
    let (bytes, percent) = (request_bytes(s), s.engine.v2.overfill_percent as usize);
    let extra = bytes / 100 * percent + bytes % 100 * percent / 100;
    extra.min(BROKER_REQUEST_LIMIT.saturating_sub(bytes))
}

/// The largest request that the engine allows.
#[must_use]
pub fn largest_request(s: &Settings) -> usize {
    request_bytes(s) + overfill(s)
}

/// Puts a generation in order. Everything that the order depends on is read first, so that no partition is
/// locked twice.
fn rank(ranking: &Ranking, generation: &mut Vec<Entry>, ctx: &ServeContext<'_>) {
    if !ranking.needs_candidates() {
        return;
    }
    let mut candidates: Vec<Candidate> =
        generation.iter().enumerate().map(|(i, e)| candidate(i, e, ranking, ctx)).collect();
    ranking.sort(&mut candidates);
    let mut entries: Vec<Option<Entry>> = std::mem::take(generation).into_iter().map(Some).collect();
    generation.extend(candidates.iter().filter_map(|c| entries.get_mut(c.index)?.take()));
}

fn candidate(index: usize, e: &Entry, ranking: &Ranking, ctx: &ServeContext<'_>) -> Candidate {
    let mut send = e.partition.lock_send();
    let waiting = e.partition.appended_for(ctx.ready).unwrap_or_default();
    let bytes = send.queue.wire_bytes() + waiting.wire_bytes();
    let oldest = send.queue.oldest().or(waiting.oldest).unwrap_or(e.since);
    if !send.is_owned_by(ctx.ready) {
        return Candidate { index, ..Candidate::default() };
    }
    let ranked = send.engine.v2().ranked.get_or_insert_default();
    let quantum = ranking.batch_bytes.max(1);
    ranked.deficit = (ranked.deficit + quantum.min(bytes)).min(quantum.saturating_mul(MAX_DEFICIT_BATCHES));
    Candidate {
        index,
        bytes,
        age: ctx.now.since(oldest),
        since_turn: ctx.now.since(ranked.last_turn.unwrap_or(oldest)),
        deficit: ranked.deficit,
    }
}
