//! One connection's requests: those waiting to be written, those waiting for their response, and the bytes
//! that arrive. It knows nothing of the connection's state, and says nothing to anybody: its owner does.

pub mod expiry;
mod inbox;
pub mod request;

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::Error;
use crate::base::sync::Arc;
use crate::conf::Settings;
use crate::net::{CloseReason, Transport};
use crate::producer::batch::Batch;
use crate::producer::partition::Partition;
use crate::producer::wire::writer::Frame;
use crate::stats::broker::Pending;
use expiry::Expired;
use inbox::Inbox;
use request::Request;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;
use std::time::Duration;

/// Slices per system call. More would not fit the usual limit of 1,024, fewer would cost calls.
const MAX_SLICES: usize = 256;
/// Requests are searched for timed-out messages no more often than this: there may be very many, each with a
/// time of its own.
const EXPIRY_SCAN: Duration = Duration::from_millis(10);

/// The requests of one connection, and of those that follow it.
pub struct Connection {
    /// `max.in.flight`
    max_in_flight: usize,
    /// `receive.message.max.bytes`
    max_response: usize,
    out: VecDeque<Request>,
    waiting: VecDeque<Request>,
    inbox: Inbox,
    next_correlation_id: i32,
    /// No request is overdue before this time.
    next_timeout: Deadline,
    /// When it was established, something was written, or a response came.
    last_activity: Time,
    /// Requests that timed out since the last response.
    timeouts: u32,
    /// How long the connection may refuse to take anything; `None` if it is never given up for time-outs.
    patience: Option<Duration>,
    /// Since when it does.
    refused_since: Option<Time>,
    /// It still did when its patience was over.
    is_exhausted: bool,
}

/// A response with the request it answers.
pub struct Response {
    pub request: Request,
    /// Bytes on the wire without the length field.
    pub size: usize,
    /// The place of what stands behind the correlation id; see [`Connection::body`].
    pub body: Range<usize>,
}

/// What has arrived.
pub enum Arrival {
    Response(Response),
    /// A response that no request waits for: the request may have been given up.
    Stray {
        correlation_id: i32,
        size: usize,
    },
}

/// What writing came to.
pub enum Sent<'a> {
    /// A request has been written whole, and how long it had waited.
    Written(&'a mut Request, Duration),
    /// A frame's memory, for reuse.
    Frame(Frame),
    /// A request that will not be answered.
    Done(Request),
}

/// Requests that have timed out.
#[derive(Default)]
pub struct Overdue {
    pub in_flight: Vec<Request>,
    pub unsent: Vec<Request>,
    /// One is partly written and still here: only the end of the connection can call it back. Or the
    /// connection has taken nothing for as long as an answer may take.
    pub is_stuck: bool,
}

impl Connection {
    pub fn new(settings: &Settings, now: Time) -> Self {
        Self {
            max_in_flight: settings.network.max_in_flight,
            max_response: settings.network.receive_message_max_bytes,
            out: VecDeque::new(),
            waiting: VecDeque::new(),
            inbox: Inbox::default(),
            next_correlation_id: 0,
            next_timeout: Deadline::NEVER,
            last_activity: now,
            timeouts: 0,
            patience: (settings.network.socket_max_fails > 0).then_some(settings.network.socket_timeout),
            refused_since: None,
            is_exhausted: false,
        }
    }

    pub fn next_correlation_id(&mut self) -> i32 {
        self.next_correlation_id = self.next_correlation_id.wrapping_add(1) & i32::MAX;
        self.next_correlation_id
    }

    /// Queues a request to be written.
    pub fn push(&mut self, request: Request) {
        self.next_timeout = self.next_timeout.min(request.first_due()).min(self.patience_ends());
        self.out.push_back(request);
    }

    pub fn unsent(&self) -> usize {
        self.out.len()
    }

    pub fn in_flight(&self) -> usize {
        self.waiting.len()
    }

    /// How many more requests `max.in.flight` allows.
    pub fn free_in_flight(&self) -> usize {
        self.max_in_flight.saturating_sub(self.waiting.len() + self.out.len())
    }

    /// The requests under way and their messages.
    pub fn pending(&self) -> Pending {
        let messages = |q: &VecDeque<Request>| q.iter().map(Request::messages).sum();
        Pending {
            out_requests: self.out.len(),
            out_messages: messages(&self.out),
            waiting_requests: self.waiting.len(),
            waiting_messages: messages(&self.waiting),
        }
    }

    /// Whether there is something that may be written.
    pub fn may_write(&self) -> bool {
        !self.out.is_empty() && self.waiting.len() < self.max_in_flight
    }

    /// Whether no request is under way.
    pub fn is_quiet(&self) -> bool {
        self.out.is_empty() && self.waiting.is_empty()
    }

    /// The request that waits longest for its response.
    pub fn oldest(&self) -> Option<&Request> {
        self.waiting.front()
    }

    pub fn next_timeout(&self) -> Deadline {
        self.next_timeout
    }

    /// When it was established, something was written, or a response came.
    pub fn last_activity(&self) -> Time {
        self.last_activity
    }

    /// Since when the connection takes nothing, if that is so.
    pub fn refused_since(&self) -> Option<Time> {
        self.refused_since.filter(|_| !self.out.is_empty())
    }

    /// Requests that timed out since the last response.
    pub fn timeouts(&self) -> u32 {
        self.timeouts
    }

    /// The connection has just been established.
    pub fn on_established(&mut self, now: Time) {
        self.on_sign_of_life(now);
    }

    /// The broker is there, and has not forgotten the connection.
    fn on_sign_of_life(&mut self, now: Time) {
        self.last_activity = now;
        self.timeouts = 0;
        self.on_progress();
    }

    fn on_progress(&mut self) {
        self.refused_since = None;
        self.is_exhausted = false;
    }

    fn on_refusal(&mut self, now: Time) {
        self.refused_since.get_or_insert(now);
        self.is_exhausted = self.patience_ends().is_due(now);
        self.next_timeout = self.next_timeout.min(self.patience_ends());
    }

    /// When a connection that takes nothing any more is given up, if it refuses once more. Requests need not
    /// time out on it: their messages may all do so before, and others take their place.
    fn patience_ends(&self) -> Deadline {
        let end = self.refused_since.zip(self.patience).map(|(since, patience)| since + patience);
        end.map_or(Deadline::NEVER, Deadline::at)
    }

    /// Writes as much as the connection takes; `written_at` is what requests remember as the time of that.
    /// `sent` hears of requests that have been written whole.
    ///
    /// # Errors
    /// The connection is over.
    pub fn flush(
        &mut self,
        transport: &mut dyn Transport,
        now: Time,
        written_at: Time,
        sent: &mut dyn FnMut(Sent<'_>),
    ) -> Result<(), CloseReason> {
        self.last_activity = now;
        while self.may_write() {
            let mut slices: Vec<IoSlice<'_>> = Vec::with_capacity(16);
            for r in self.out.iter().take(self.max_in_flight - self.waiting.len()) {
                r.slices(MAX_SLICES, &mut slices);
                if slices.len() >= MAX_SLICES {
                    break;
                }
            }
            let n = transport.send(&slices)?;
            drop(slices);
            if n == 0 {
                self.on_refusal(now);
                return Ok(());
            }
            self.on_progress();
            self.advance(n, written_at, sent);
        }
        Ok(())
    }

    fn advance(&mut self, mut n: usize, now: Time, sent: &mut dyn FnMut(Sent<'_>)) {
        while let Some(r) = self.out.front_mut() {
            let left = r.unwritten();
            r.advance(n.min(left));
            if n < left {
                return;
            }
            n -= left;
            if let Some(mut r) = self.out.pop_front() {
                let waited = r.mark_sent(now);
                sent(Sent::Written(&mut r, waited));
                sent(Sent::Frame(r.take_frame()));
                if r.expects_response() {
                    self.waiting.push_back(r);
                } else {
                    sent(Sent::Done(r));
                }
            }
        }
    }

    /// Reads what has arrived. Returns false when there is nothing more for now.
    ///
    /// # Errors
    /// The connection is over.
    pub fn fill(&mut self, transport: &mut dyn Transport) -> Result<bool, CloseReason> {
        self.inbox.fill(transport)
    }

    /// The next complete response. `Ok(None)`: more bytes are needed.
    ///
    /// # Errors
    /// When what arrives cannot be a response: the connection is of no more use.
    pub fn next_arrival(&mut self, now: Time) -> Result<Option<Arrival>, Error> {
        if self.waiting.front().is_some_and(Request::is_bare) {
            return self.next_bare_arrival(now);
        }
        let waiting = &mut self.waiting;
        let mut receiver = |id| waiting.iter_mut().find(|r| r.correlation_id() == id)?.take_receiver();
        let Some(frame) = self.inbox.next_frame(self.max_response, &mut receiver)? else { return Ok(None) };
        let (correlation_id, size) = (frame.correlation_id, frame.size);
        // Kafka answers in order, so this is the front, but nothing here depends on it.
        let at = self.waiting.iter().position(|r| r.correlation_id() == correlation_id);
        let Some(mut request) = at.and_then(|i| self.waiting.remove(i)) else {
            return Ok(Some(Arrival::Stray { correlation_id, size }));
        };
        if let Some(receiver) = frame.receiver {
            request.put_receiver(receiver);
        }
        self.on_sign_of_life(now);
        Ok(Some(Arrival::Response(Response { request, size, body: frame.body })))
    }

    /// A response without a header answers the oldest request: the connection is being set up, and there is
    /// no other.
    fn next_bare_arrival(&mut self, now: Time) -> Result<Option<Arrival>, Error> {
        let Some(body) = self.inbox.next_bare_frame(self.max_response)? else { return Ok(None) };
        let Some(request) = self.waiting.pop_front() else { return Ok(None) };
        self.on_sign_of_life(now);
        Ok(Some(Arrival::Response(Response { request, size: body.len(), body })))
    }

    /// The bytes of a response, until the next [`Self::fill`].
    pub fn body(&self, place: Range<usize>) -> &[u8] {
        self.inbox.body(place)
    }

    /// Takes the requests whose time is up. The rest of a partly written one has to be written, so that
    /// stays.
    pub fn take_overdue(&mut self, now: Time) -> Overdue {
        if !self.is_exhausted && !self.waiting.iter().chain(&self.out).any(|r| r.deadline().is_due(now)) {
            return Overdue::default();
        }
        let is_due = |r: &mut Request| r.deadline().is_due(now);
        let overdue = Overdue {
            in_flight: take_from(&mut self.waiting, is_due),
            unsent: take_from(&mut self.out, |r| is_due(r) && !r.was_sent()),
            is_stuck: self.is_exhausted
                || self.out.front().is_some_and(|r| r.was_sent() && r.deadline().is_due(now)),
        };
        let n = overdue.in_flight.len() + overdue.unsent.len() + usize::from(overdue.is_stuck);
        self.timeouts = self.timeouts.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
        overdue
    }

    /// Takes the messages whose time is up out of the requests. Requests that have not been written are for
    /// `rewrite` to encode again without them.
    pub fn take_expired(&mut self, now: Time, rewrite: &mut dyn FnMut(&mut Request)) -> Expired {
        let mut expired = Expired::default();
        self.waiting.iter_mut().for_each(|r| r.expire_sent(now, &mut expired));
        for r in &mut self.out {
            if r.was_sent() {
                r.expire_sent(now, &mut expired);
            } else if r.expire_unsent(now, &mut expired) {
                rewrite(r);
            }
        }
        self.out.retain(|r| r.was_sent() || !r.is_empty_produce());
        expired
    }

    /// Notes when something is due next. To be called when everything that is due has been taken.
    pub fn update_next_timeout(&mut self, now: Time) {
        let under_way = || self.waiting.iter().chain(&self.out);
        let requests = under_way().map(Request::deadline);
        // A request that is due and still here is partly written: the connection ends with it.
        let requests = requests.filter(|at| !at.is_due(now)).fold(Deadline::NEVER, Deadline::min);
        let messages = under_way().map(Request::first_expiry).fold(Deadline::NEVER, Deadline::min);
        let messages = messages.time().map(|at| at.max(now + EXPIRY_SCAN));
        let patience = if self.out.is_empty() { Deadline::NEVER } else { self.patience_ends() };
        // When it is over, the connection ends.
        let patience = if patience.is_due(now) { Deadline::NEVER } else { patience };
        self.next_timeout = requests.min(messages.map_or(Deadline::NEVER, Deadline::at)).min(patience);
    }

    /// Takes the unwritten ProduceRequests.
    pub fn take_unsent(&mut self) -> Vec<Request> {
        take_from(&mut self.out, |r| r.is_produce() && !r.was_sent())
    }

    /// Takes a ProduceRequest of which only a part is written. After that, the connection is of no more use.
    pub fn take_partly_written(&mut self) -> Option<Request> {
        self.out.pop_front_if(|r| r.was_sent() && r.is_produce())
    }

    /// Takes the batches of one partition out of the unwritten ProduceRequests, and the requests that are
    /// empty then. The other requests that had such a batch are for `rewrite` to encode again.
    pub fn take_unsent_of(
        &mut self,
        p: &Arc<Partition>,
        rewrite: &mut dyn FnMut(&mut Request),
    ) -> (Vec<Batch>, Vec<Request>) {
        let mut taken = Vec::new();
        let empty = take_from(&mut self.out, |r| {
            if r.was_sent() {
                return false;
            }
            let before = taken.len();
            taken.extend(r.take_batches(|b| Arc::ptr_eq(&b.partition, p)));
            if taken.len() == before {
                return false;
            }
            let is_empty = r.is_empty_produce();
            if !is_empty {
                rewrite(r);
            }
            is_empty
        });
        (taken, empty)
    }

    /// Takes the batches of all ProduceRequests in flight; their responses will find nothing to settle.
    pub fn take_batches_in_flight(&mut self) -> Vec<Batch> {
        self.waiting.iter_mut().flat_map(|r| r.take_batches(|_| true)).collect()
    }

    /// Ends everything: requests in flight, then unwritten ones.
    pub fn reset(&mut self) -> (Vec<Request>, Vec<Request>) {
        self.inbox.clear();
        self.next_timeout = Deadline::NEVER;
        self.timeouts = 0;
        (self.waiting.drain(..).collect(), self.out.drain(..).collect())
    }
}

/// Takes the requests that `wanted` picks; the others stay in their order.
fn take_from(queue: &mut VecDeque<Request>, mut wanted: impl FnMut(&mut Request) -> bool) -> Vec<Request> {
    let mut taken = Vec::new();
    let mut kept = VecDeque::with_capacity(queue.len());
    for mut r in queue.drain(..) {
        if wanted(&mut r) { taken.push(r) } else { kept.push_back(r) }
    }
    *queue = kept;
    taken
}
