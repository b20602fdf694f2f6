//! One connection's requests: those waiting to be written, those waiting for their response, and the bytes that arrive.

pub(super) mod expiry;

use super::ControlRequest;
use super::observe::hooks::SentRequest;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::net::Transport;
use crate::producer::batch::Batch;
use crate::producer::partition::Partition;
use crate::producer::writer::Frame;
use crate::protocol::ApiKey;
use crate::stats::broker::Pending;
use expiry::{Expired, Expiry};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::os::fd::RawFd;
use std::time::Duration;

/// Slices per system call. More would not fit the usual limit of 1,024, fewer would cost calls.
const MAX_SLICES: usize = 256;
/// Bytes asked of the connection at a time.
const READ_CHUNK: usize = 64 << 10;
/// Requests are searched for timed-out messages no more often than this: there may be very many, each with a time of its own.
const EXPIRY_SCAN: Duration = Duration::from_millis(10);

/// What a request is for, and so what its response means.
pub(super) enum Purpose {
    Produce(Vec<Batch>),
    ApiVersions,
    Control(ControlRequest),
}

pub(super) struct Request {
    pub(super) correlation_id: i32,
    pub(super) api: ApiKey,
    pub(super) version: i16,
    pub(super) purpose: Purpose,
    /// When the request counts as lost.
    pub(super) deadline: Deadline,
    /// When messages in it time out; of ProduceRequests.
    pub(super) expiry: Expiry,
    /// acks=0: the broker sends no response.
    pub(super) expects_response: bool,
    pub(super) frame: Frame,
    /// Bytes already written.
    pub(super) written: usize,
    pub(super) sent_at: Time,
}

impl Request {
    pub(super) fn batches(&self) -> &[Batch] {
        match &self.purpose {
            Purpose::Produce(batches) => batches,
            _ => &[],
        }
    }

    pub(super) fn messages(&self) -> usize {
        self.batches().iter().map(|b| b.messages).sum()
    }

    pub(super) fn sent_request(&self, fd: Option<RawFd>) -> SentRequest {
        SentRequest {
            fd,
            api_key: self.api.0,
            api_version: self.version,
            correlation_id: self.correlation_id,
            size: self.written,
        }
    }

    /// Whether the broker may have seen anything of it.
    pub(super) fn was_sent(&self) -> bool {
        self.written > 0
    }
}

/// The requests of one connection.
#[derive(Default)]
pub(super) struct Connection {
    out: VecDeque<Request>,
    waiting: VecDeque<Request>,
    received: Vec<u8>,
    /// Where the unread part of `received` begins.
    read_at: usize,
    next_correlation_id: i32,
    /// No request is overdue before this time.
    next_timeout: Deadline,
}

/// A response with the request it answers.
pub(super) struct Response {
    pub(super) request: Request,
    /// The response behind the correlation id.
    pub(super) bytes: std::ops::Range<usize>,
}

impl Connection {
    pub(super) fn next_correlation_id(&mut self) -> i32 {
        self.next_correlation_id = self.next_correlation_id.wrapping_add(1) & i32::MAX;
        self.next_correlation_id
    }

    pub(super) fn push(&mut self, request: Request) {
        self.next_timeout = self.next_timeout.min(request.deadline).min(request.expiry.first());
        self.out.push_back(request);
    }

    pub(super) fn unsent(&self) -> usize {
        self.out.len()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.waiting.len()
    }

    /// The requests under way and their messages.
    pub(super) fn pending(&self) -> Pending {
        let messages = |q: &VecDeque<Request>| q.iter().map(Request::messages).sum();
        Pending {
            out_requests: self.out.len(),
            out_messages: messages(&self.out),
            waiting_requests: self.waiting.len(),
            waiting_messages: messages(&self.waiting),
        }
    }

    /// Whether there is something that may be written: at most `max_in_flight` requests wait for their responses.
    pub(super) fn may_write(&self, max_in_flight: usize) -> bool {
        !self.out.is_empty() && self.waiting.len() < max_in_flight
    }

    /// When the oldest request that waits for its response was sent.
    pub(super) fn in_flight_since(&self) -> Option<Time> {
        self.waiting.front().map(|r| r.sent_at)
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.out.is_empty() && self.waiting.is_empty()
    }

    pub(super) fn next_timeout(&self) -> Deadline {
        self.next_timeout
    }

    /// Writes as much as the connection takes. Requests that are out completely and expect no response, and the frames of
    /// the others, are handed to `sent`.
    pub(super) fn flush(
        &mut self,
        transport: &mut dyn Transport,
        now: Time,
        max_in_flight: usize,
        sent: &mut dyn FnMut(Sent<'_>),
    ) -> io::Result<()> {
        while self.may_write(max_in_flight) {
            let mut slices: Vec<IoSlice<'_>> = Vec::with_capacity(16);
            for r in self.out.iter().take(max_in_flight - self.waiting.len()) {
                r.frame.slices(r.batches(), r.written, MAX_SLICES, &mut slices);
                if slices.len() >= MAX_SLICES {
                    break;
                }
            }
            let n = match transport.send(&slices) {
                Ok(n) => n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            drop(slices);
            self.note_written(n, now, sent);
        }
        Ok(())
    }

    fn note_written(&mut self, mut n: usize, now: Time, sent: &mut dyn FnMut(Sent<'_>)) {
        while let Some(r) = self.out.front_mut() {
            let left = r.frame.len() - r.written;
            if n < left {
                r.written += n;
                return;
            }
            n -= left;
            r.written = r.frame.len();
            if let Some(mut r) = self.out.pop_front() {
                let waited = now.since(std::mem::replace(&mut r.sent_at, now));
                sent(Sent::Written(&r, waited));
                sent(Sent::Frame(std::mem::take(&mut r.frame)));
                if r.expects_response {
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
    /// `None` for the orderly end of the connection.
    pub(super) fn fill(&mut self, transport: &mut dyn Transport) -> Result<bool, Option<io::Error>> {
        if self.read_at > 0 {
            self.received.drain(..self.read_at);
            self.read_at = 0;
        }
        if self.received.is_empty() && self.received.capacity() > 4 * READ_CHUNK {
            self.received = Vec::new();
        }
        loop {
            return match transport.recv(&mut self.received, READ_CHUNK) {
                Ok(0) => Err(None),
                Ok(n) => Ok(n == READ_CHUNK),
                Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(false),
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => Err(Some(e)),
            };
        }
    }

    /// The next complete response. `Ok(None)`: more bytes are needed.
    ///
    /// # Errors
    /// When what arrives cannot be a response: the connection is of no more use.
    ///
    /// `stray` is told correlation id and size of responses that no request waits for.
    pub(super) fn next_response(
        &mut self,
        max_bytes: usize,
        stray: &mut dyn FnMut(i32, usize),
    ) -> Result<Option<Response>, Error> {
        loop {
            let unread = self.received.get(self.read_at..).unwrap_or_default();
            let Some((size, rest)) = unread.split_first_chunk::<4>() else { return Ok(None) };
            let size = i32::from_be_bytes(*size);
            let len =
                usize::try_from(size).ok().filter(|n| (4..=max_bytes).contains(n)).ok_or_else(|| {
                    let text = format!(
                        "Invalid response size {size} (0..{max_bytes}): increase receive.message.max.bytes"
                    );
                    Error::new(ErrorCode::_BAD_MSG, text)
                })?;
            if rest.len() < len {
                return Ok(None);
            }
            let id = rest.first_chunk::<4>().map_or(0, |b| i32::from_be_bytes(*b));
            let start = self.read_at + 8;
            let end = self.read_at + 4 + len;
            self.read_at = end;
            // Kafka answers in order, so this is the front, but nothing here depends on it. An answer to a request that was
            // given up is dropped.
            if let Some(i) = self.waiting.iter().position(|r| r.correlation_id == id)
                && let Some(request) = self.waiting.remove(i)
            {
                return Ok(Some(Response { request, bytes: start..end }));
            }
            stray(id, len);
        }
    }

    pub(super) fn bytes(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.received.get(range).unwrap_or_default()
    }

    /// Takes the requests whose time is up: those in flight, then those not yet written. A partly written request is
    /// left: only the end of the connection can call it back.
    pub(super) fn take_overdue(&mut self, now: Time) -> (Vec<Request>, Vec<Request>) {
        if !self.waiting.iter().chain(&self.out).any(|r| r.deadline.is_due(now)) {
            return Default::default();
        }
        let overdue = |q: &mut VecDeque<Request>, spare: &dyn Fn(&Request) -> bool| {
            let mut taken = Vec::new();
            let mut kept = VecDeque::with_capacity(q.len());
            for r in q.drain(..) {
                if r.deadline.is_due(now) && !spare(&r) { taken.push(r) } else { kept.push_back(r) }
            }
            *q = kept;
            taken
        };
        let in_flight = overdue(&mut self.waiting, &|_| false);
        let unsent = overdue(&mut self.out, &Request::was_sent);
        (in_flight, unsent)
    }

    /// Takes the messages whose time is up out of the requests. Those that have not been written are for `rewrite` to encode anew.
    pub(super) fn take_expired(&mut self, now: Time, rewrite: &mut dyn FnMut(&mut Request)) -> Expired {
        let mut expired = Expired::default();
        self.waiting.iter_mut().for_each(|r| r.expire_sent(now, &mut expired));
        for r in &mut self.out {
            if r.was_sent() {
                r.expire_sent(now, &mut expired);
            } else if r.expire_unsent(now, &mut expired) {
                rewrite(r);
            }
        }
        self.out.retain(|r| {
            r.was_sent() || !matches!(&r.purpose, Purpose::Produce(batches) if batches.is_empty())
        });
        expired
    }

    /// Notes when something is due next. To be called when everything that is due has been taken.
    pub(super) fn note_next_timeout(&mut self, now: Time) {
        let under_way = || self.waiting.iter().chain(&self.out);
        let requests = under_way().map(|r| r.deadline);
        // A request that is due and still here is partly written: the connection ends with it.
        let requests = requests.filter(|at| !at.is_due(now)).fold(Deadline::NEVER, Deadline::min);
        let messages = under_way().map(|r| r.expiry.first()).fold(Deadline::NEVER, Deadline::min);
        let messages = messages.time().map(|at| at.max(now + EXPIRY_SCAN));
        self.next_timeout = requests.min(messages.map_or(Deadline::NEVER, Deadline::at));
    }

    /// The oldest request in flight.
    pub(super) fn oldest(&self) -> Option<&Request> {
        self.waiting.front()
    }

    /// Whether a partly written request is overdue: only the end of the connection can call it back.
    pub(super) fn is_stuck(&self, now: Time) -> bool {
        self.out.front().is_some_and(|r| r.was_sent() && r.deadline.is_due(now))
    }

    /// Takes the unwritten Produce requests.
    pub(super) fn take_unsent(&mut self) -> Vec<Request> {
        let mut taken = Vec::new();
        let mut kept = VecDeque::with_capacity(self.out.len());
        for r in self.out.drain(..) {
            let wanted = matches!(&r.purpose, Purpose::Produce(_));
            if wanted && !r.was_sent() { taken.push(r) } else { kept.push_back(r) }
        }
        self.out = kept;
        taken
    }

    /// Takes a Produce request of which only a part is written. After that, the connection is of no more use.
    pub(super) fn take_partly_written(&mut self) -> Option<Request> {
        self.out.pop_front_if(|r| r.was_sent() && matches!(r.purpose, Purpose::Produce(_)))
    }

    /// Takes the batches of one partition out of the unwritten Produce requests, and the requests that are empty then. What
    /// else the others hold is for `rewrite` to encode anew.
    pub(super) fn take_unsent_of(
        &mut self,
        p: &Arc<Partition>,
        rewrite: &mut dyn FnMut(&mut Request),
    ) -> (Vec<Batch>, Vec<Request>) {
        let (mut taken, mut empty) = (Vec::new(), Vec::new());
        let mut kept = VecDeque::with_capacity(self.out.len());
        for mut r in self.out.drain(..) {
            let sent = r.was_sent();
            if let Purpose::Produce(batches) = &mut r.purpose
                && !sent
                && batches.iter().any(|b| Arc::ptr_eq(&b.partition, p))
            {
                taken.extend(batches.extract_if(.., |b| Arc::ptr_eq(&b.partition, p)));
                if batches.is_empty() {
                    empty.push(r);
                    continue;
                }
                rewrite(&mut r);
            }
            kept.push_back(r);
        }
        self.out = kept;
        (taken, empty)
    }

    /// Takes the batches of all Produce requests in flight; their responses will find nothing to settle.
    pub(super) fn take_batches_in_flight(&mut self) -> Vec<Batch> {
        let mut taken = Vec::new();
        for r in &mut self.waiting {
            if let Purpose::Produce(batches) = &mut r.purpose {
                taken.append(batches);
            }
        }
        taken
    }

    /// Ends everything: requests in flight, then unwritten ones.
    pub(super) fn reset(&mut self) -> (Vec<Request>, Vec<Request>) {
        self.received = Vec::new();
        self.read_at = 0;
        self.next_timeout = Deadline::NEVER;
        (self.waiting.drain(..).collect(), self.out.drain(..).collect())
    }
}

/// What writing came to.
pub(super) enum Sent<'a> {
    /// A request is out as a whole, and how long it had waited.
    Written(&'a Request, Duration),
    /// A frame's memory, for reuse.
    Frame(Frame),
    /// A request that will not be answered.
    Done(Request),
}
