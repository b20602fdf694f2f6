//! The bytes that arrive on a connection, and the responses in them.

use crate::base::error::{Error, ErrorCode};
use crate::consumer::fetch::receive::Receiver;
use crate::net::{CloseReason, Transport};
use std::ops::{Range, RangeInclusive};

/// Bytes asked of the connection at a time.
const READ_CHUNK: usize = 64 << 10;
/// An empty buffer larger than this is given back.
const MAX_KEPT: usize = 4 * READ_CHUNK;
/// Bytes asked for where the records of the next partition may begin: what comes of those in the same call
/// has to be moved.
const HEAD_CHUNK: usize = 8 << 10;
/// Bytes asked for at a time that need not be moved.
const DIRECT_CHUNK: usize = 256 << 10;

#[derive(Default)]
pub struct Inbox {
    bytes: Vec<u8>,
    /// Where the unread part begins.
    read_at: usize,
    stream: Option<Stream>,
}

/// A response that is looked into while it arrives.
struct Stream {
    correlation_id: i32,
    size: usize,
    /// Bytes that have not been taken yet.
    left: usize,
    receiver: Box<Receiver>,
}

/// A response, not yet looked into.
pub struct Frame {
    pub correlation_id: i32,
    /// Bytes on the wire without the length field.
    pub size: usize,
    /// The place of what stands behind the correlation id.
    pub body: Range<usize>,
    /// Has the body of a response for which there is one.
    pub receiver: Option<Box<Receiver>>,
}

impl Inbox {
    /// Reads what has arrived. Returns false when there is nothing more for now. Earlier bodies are gone.
    ///
    /// # Errors
    /// The connection is over.
    pub fn fill(&mut self, transport: &mut dyn Transport) -> Result<bool, CloseReason> {
        if self.read_at > 0 {
            self.bytes.drain(..self.read_at);
            self.read_at = 0;
        }
        if self.bytes.is_empty() && self.bytes.capacity() > MAX_KEPT {
            self.bytes = Vec::new();
        }
        let mut chunk = READ_CHUNK;
        if let Some(stream) = &mut self.stream {
            // Where records are received directly, nothing is left of what came before: they take all of it.
            if let Some((into, most)) = stream.receiver.direct() {
                debug_assert!(self.bytes.is_empty());
                let most = most.min(DIRECT_CHUNK);
                let n = transport.recv(into, most)?;
                stream.receiver.received();
                stream.left -= n;
                return Ok(n == most);
            }
            chunk = HEAD_CHUNK;
        }
        Ok(transport.recv(&mut self.bytes, chunk)? == chunk)
    }

    /// The next complete response of at most `max` bytes; `Ok(None)` when more bytes are needed. `receiver`
    /// gets the correlation id of a response that begins to arrive, and says who is to look into it.
    ///
    /// # Errors
    /// When what arrives cannot be a response: the connection is of no more use.
    pub fn next_frame(
        &mut self,
        max: usize,
        receiver: &mut dyn FnMut(i32) -> Option<Box<Receiver>>,
    ) -> Result<Option<Frame>, Error> {
        if self.stream.is_some() {
            return Ok(self.next_of_stream());
        }
        let Some(size) = self.announced(4..=max)? else { return Ok(None) };
        let unread = self.bytes.get(self.read_at + 4..).unwrap_or_default();
        let Some(id) = unread.first_chunk::<4>() else { return Ok(None) };
        let correlation_id = i32::from_be_bytes(*id);
        if let Some(receiver) = receiver(correlation_id) {
            self.read_at += 8;
            self.stream = Some(Stream { correlation_id, size, left: size - 4, receiver });
            return Ok(self.next_of_stream());
        }
        let Some(place) = self.take(4..=max)? else { return Ok(None) };
        let body = place.start + 4..place.end;
        Ok(Some(Frame { correlation_id, size: place.len(), body, receiver: None }))
    }

    /// Has the stream take what there is, and returns it at its end.
    fn next_of_stream(&mut self) -> Option<Frame> {
        let stream = self.stream.as_mut()?;
        let unread = self.bytes.get(self.read_at..).unwrap_or_default();
        let taken = stream.receiver.feed(unread.get(..stream.left).unwrap_or(unread), stream.left);
        self.read_at += taken;
        stream.left -= taken;
        let Stream { correlation_id, size, receiver, .. } = self.stream.take_if(|s| s.left == 0)?;
        Some(Frame { correlation_id, size, body: 0..0, receiver: Some(receiver) })
    }

    /// The next complete message without a correlation id, as [`Self::next_frame`]. It may be empty.
    pub fn next_bare_frame(&mut self, max: usize) -> Result<Option<Range<usize>>, Error> {
        self.take(0..=max)
    }

    /// Takes what a length field announces, if it is there as a whole.
    fn take(&mut self, sizes: RangeInclusive<usize>) -> Result<Option<Range<usize>>, Error> {
        let Some(len) = self.announced(sizes)? else { return Ok(None) };
        let start = self.read_at + 4;
        if self.bytes.len() - start < len {
            return Ok(None);
        }
        self.read_at = start + len;
        Ok(Some(start..self.read_at))
    }

    /// What the length field says that comes next.
    fn announced(&self, sizes: RangeInclusive<usize>) -> Result<Option<usize>, Error> {
        let unread = self.bytes.get(self.read_at..).unwrap_or_default();
        let Some(size) = unread.first_chunk::<4>() else { return Ok(None) };
        let size = i32::from_be_bytes(*size);
        let len = usize::try_from(size).ok().filter(|n| sizes.contains(n)).ok_or_else(|| {
            let max = sizes.end();
            let text = format!("Invalid response size {size} (0..{max}): increase receive.message.max.bytes");
            Error::new(ErrorCode::_BAD_MSG, text)
        })?;
        Ok(Some(len))
    }

    /// A body, until the next [`Self::fill`].
    pub fn body(&self, place: Range<usize>) -> &[u8] {
        self.bytes.get(place).unwrap_or_default()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests;
