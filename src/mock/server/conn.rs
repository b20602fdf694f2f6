//! One client connection of the socket server: bytes in, frames out of them; answers in order, bytes out of
//! them.

use crate::base::clock::Time;
use crate::mock::cluster::{Cluster, Reply};
use crate::mock::server::line::Line;
use rustix::io::Errno;
use std::collections::VecDeque;

/// As much is read at a time at least.
const READ_CHUNK: usize = 256 << 10;
/// A larger buffer is given back when it is empty. Giving back one that requests use all the time would cost
/// a page fault for every 4 KiB received.
const MAX_KEPT: usize = 8 << 20;
/// After so much the other connections get their turn.
const READ_TURN: usize = 4 << 20;
/// A request from here on is received into memory of its own, which may stay with the log that it is for.
const LARGE: usize = 64 << 10;
/// After a large request: what follows is likely to be another one, and most of it is not to be received
/// anywhere else.
const PEEK: usize = 4 << 10;
/// A client that does not fetch its answers is not read from beyond this.
const MAX_UNSENT: usize = if cfg!(test) { 1 << 20 } else { 64 << 20 };
const MAX_UNANSWERED: usize = 10_000;

/// A request that is being received.
struct Large {
    /// Its length is the space there is; grows with what has really been received.
    memory: Vec<u8>,
    received: usize,
    len: usize,
}

/// An answer, given or still to come. They leave in the order of their requests.
enum PendingResponse {
    Parked(u64),
    Due { at: Time, bytes: Vec<u8>, close: bool },
}

pub struct Connection {
    pub line: Line,
    pub id: u64,
    pub broker_id: i32,
    /// What the poller waits for at present.
    pub interest: (bool, bool),
    input: Vec<u8>,
    consumed: usize,
    large: Option<Large>,
    after_large: bool,
    responses: VecDeque<PendingResponse>,
    /// Bytes of the answers in `responses`.
    held: usize,
    output: Vec<u8>,
    sent: usize,
    /// No more requests are taken: the connection ends when its answers have been sent.
    ending: bool,
}

/// The connection is over.
#[derive(Debug, PartialEq, Eq)]
pub struct Gone(pub Option<String>);

impl Connection {
    pub fn new(line: Line, id: u64, broker_id: i32) -> Self {
        Self {
            line,
            id,
            broker_id,
            interest: (true, false),
            input: Vec::new(),
            consumed: 0,
            large: None,
            after_large: false,
            responses: VecDeque::new(),
            held: 0,
            output: Vec::new(),
            sent: 0,
            ending: false,
        }
    }

    /// Whether to wait for more requests, and whether for space to send.
    pub fn wants(&self) -> (bool, bool) {
        let unsent = self.output.len() - self.sent;
        (self.takes_more(), unsent > 0 || self.line.is_behind())
    }

    fn takes_more(&self) -> bool {
        let unsent = self.output.len() - self.sent + self.held;
        !self.ending && unsent < MAX_UNSENT && self.responses.len() < MAX_UNANSWERED
    }

    /// Whether something has been received that was not handled for want of space, and there is space again.
    pub fn has_backlog(&self) -> bool {
        self.takes_more() && (self.line.has_unread() || self.has_frame())
    }

    fn has_frame(&self) -> bool {
        let unread = self.input.get(self.consumed..).unwrap_or_default();
        let Some((length, rest)) = unread.split_first_chunk() else { return false };
        usize::try_from(i32::from_be_bytes(*length)).is_ok_and(|l| l <= rest.len())
    }

    /// Handles what [`Self::has_backlog`] tells of.
    pub fn go_on(&mut self, cluster: &mut Cluster, max_frame: usize, time: (Time, i64)) -> Result<(), Gone> {
        self.take_frames(cluster, max_frame, time)?;
        if self.line.has_unread() { self.readable(cluster, max_frame, time) } else { Ok(()) }
    }

    /// Reads what has arrived and handles the requests in it.
    pub fn readable(
        &mut self,
        cluster: &mut Cluster,
        max_frame: usize,
        time: (Time, i64),
    ) -> Result<(), Gone> {
        let mut turn = 0;
        while (turn < READ_TURN || self.line.has_unread()) && self.wants().0 {
            self.line.pause(turn >= READ_TURN);
            let received = match &mut self.large {
                Some(large) => large.receive(&mut self.line),
                None => self.receive(),
            };
            match received {
                Ok(0) => return Err(Gone(None)),
                Ok(n) => turn += n,
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(_) => return Err(Gone(None)),
            }
            if self.large.is_some() {
                self.take_large(cluster, time);
            } else {
                self.take_frames(cluster, max_frame, time)?;
                self.begin_large(cluster);
            }
        }
        if self.input.len() == self.consumed && self.input.capacity() > MAX_KEPT {
            self.input = Vec::new();
            self.consumed = 0;
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<usize, Errno> {
        let unread = self.input.len() - self.consumed;
        if self.consumed > 0 && (unread == 0 || self.input.capacity() - self.input.len() < READ_CHUNK) {
            self.input.drain(..self.consumed);
            self.consumed = 0;
        }
        if std::mem::take(&mut self.after_large) && unread == 0 {
            let mut peek = [0; PEEK];
            let n = self.line.receive_into(&mut peek)?;
            self.input.extend_from_slice(peek.get(..n).unwrap_or_default());
            return Ok(n);
        }
        // Space grows with what has really been received, never with what a length field promises.
        self.input.reserve(READ_CHUNK.max(unread));
        self.line.receive(&mut self.input)
    }

    /// If the rest of the input is the beginning of a large request: receives that elsewhere. Its length has
    /// been checked.
    fn begin_large(&mut self, cluster: &mut Cluster) {
        let unread = self.input.get(self.consumed..).unwrap_or_default();
        let Some((length, begun)) = unread.split_first_chunk() else { return };
        let len = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
        if !self.takes_more() || len < LARGE || begun.len() >= len {
            return;
        }
        let mut memory = cluster.take_memory(len);
        let space = len.min(memory.capacity().max(READ_CHUNK.max(begun.len())));
        memory.resize(space, 0);
        if let Some(place) = memory.get_mut(..begun.len()) {
            place.copy_from_slice(begun);
        }
        self.large = Some(Large { memory, received: begun.len(), len });
        self.input.clear();
        self.consumed = 0;
    }

    /// Handles the large request when it is there as a whole.
    fn take_large(&mut self, cluster: &mut Cluster, time: (Time, i64)) {
        if let Some(large) = self.large.take_if(|large| large.received == large.len) {
            self.after_large = true;
            let at = (self.broker_id, self.id);
            let reply = cluster.handle_in_memory(at, large.memory, large.len, time);
            self.queue(reply, time.0);
        }
    }

    /// Handles the requests that have arrived, as far as there is space for their answers.
    pub fn take_frames(
        &mut self,
        cluster: &mut Cluster,
        max_frame: usize,
        (now, wall_ms): (Time, i64),
    ) -> Result<(), Gone> {
        while self.takes_more() {
            let Some((length, rest)) = self.input.get(self.consumed..).and_then(<[u8]>::split_first_chunk)
            else {
                return Ok(());
            };
            let length = i32::from_be_bytes(*length);
            let Some(length) = usize::try_from(length).ok().filter(|l| *l <= max_frame) else {
                return Err(Gone(Some(format!("request of {length} bytes refused"))));
            };
            let Some(frame) = rest.get(..length) else { return Ok(()) };
            let reply = cluster.handle(self.broker_id, self.id, frame, now, wall_ms);
            self.consumed += 4 + length;
            self.queue(reply, now);
        }
        Ok(())
    }

    fn queue(&mut self, reply: Reply, now: Time) {
        self.ending |= reply.close;
        self.held += reply.bytes.as_ref().map_or(0, Vec::len);
        if let Some(ticket) = reply.parked {
            self.responses.push_back(PendingResponse::Parked(ticket));
        } else if reply.bytes.is_some() || reply.close {
            self.responses.push_back(due(reply, now));
        }
    }

    /// Puts the answer to a parked request into its place.
    pub fn resumed(&mut self, ticket: u64, reply: Reply, now: Time) {
        let place =
            self.responses.iter_mut().find(|s| matches!(s, PendingResponse::Parked(t) if *t == ticket));
        if let Some(response) = place {
            self.ending |= reply.close;
            self.held += reply.bytes.as_ref().map_or(0, Vec::len);
            *response = due(reply, now);
        }
    }

    /// When the next answer is to leave, if that is later than now.
    pub fn next_due(&self) -> Option<Time> {
        match self.responses.front() {
            Some(PendingResponse::Due { at, .. }) => Some(*at),
            _ => None,
        }
    }

    /// Sends what is due, as far as the socket takes it.
    pub fn flush(&mut self, now: Time) -> Result<(), Gone> {
        while let Some(PendingResponse::Due { bytes, close, .. }) =
            self.responses.pop_front_if(|s| matches!(s, PendingResponse::Due { at, .. } if *at <= now))
        {
            self.held = self.held.saturating_sub(bytes.len());
            if self.output.is_empty() {
                self.output = bytes;
            } else {
                self.output.extend_from_slice(&bytes);
            }
            if close {
                self.responses.clear();
            }
        }
        self.write()?;
        let answered = self.output.is_empty() && self.responses.is_empty();
        if self.ending && answered { Err(Gone(None)) } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Gone> {
        while let Some(unsent) = self.output.get(self.sent..).filter(|u| !u.is_empty()) {
            match self.line.send(unsent) {
                Ok(n) => self.sent += n,
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(_) => return Err(Gone(None)),
            }
        }
        self.output.clear();
        self.sent = 0;
        match self.line.flush() {
            Ok(()) | Err(Errno::AGAIN) => Ok(()),
            Err(_) => Err(Gone(None)),
        }
    }
}

impl Large {
    fn receive(&mut self, line: &mut Line) -> Result<usize, Errno> {
        if self.received == self.memory.len() {
            self.memory.resize(self.len.min(2 * self.memory.len()), 0);
        }
        let end = self.len.min(self.memory.len());
        let space = self.memory.get_mut(self.received..end).unwrap_or_default();
        let n = line.receive_into(space)?;
        self.received += n;
        Ok(n)
    }
}

fn due(reply: Reply, now: Time) -> PendingResponse {
    PendingResponse::Due { at: now + reply.delay, bytes: reply.bytes.unwrap_or_default(), close: reply.close }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, send, socketpair};

    #[test]
    fn a_promise_of_much_takes_no_more_memory_than_what_came() {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None).unwrap();
        let mut cluster = Cluster::new(crate::mock::cluster::Settings::default());
        let mut connection = Connection::new(Line::bare(ours), 1, 1);
        let mut sent = send(&theirs, &(90i32 << 20).to_be_bytes(), SendFlags::NOSIGNAL).unwrap();
        for _ in 0..40 {
            sent += send(&theirs, &[0; 60_000], SendFlags::NOSIGNAL).unwrap();
            connection.readable(&mut cluster, 100 << 20, (Time(0), 0)).unwrap();
            let memory = connection.large.as_ref().map_or(0, |large| large.memory.capacity());
            assert!(memory <= READ_CHUNK + 2 * sent, "{memory} for {sent}");
        }
        assert!(sent > 2_000_000 && connection.large.is_some_and(|large| large.received + 4 == sent));
    }
}
