//! The bytes that arrive on a connection, and the responses in them.

use crate::base::error::{Error, ErrorCode};
use crate::net::{CloseReason, Transport};
use std::ops::{Range, RangeInclusive};

/// Bytes asked of the connection at a time.
const READ_CHUNK: usize = 64 << 10;
/// An empty buffer larger than this is given back.
const MAX_KEPT: usize = 4 * READ_CHUNK;

#[derive(Default)]
pub struct Inbox {
    bytes: Vec<u8>,
    /// Where the unread part begins.
    read_at: usize,
}

/// A response, not yet looked into.
pub struct Frame {
    pub correlation_id: i32,
    /// Bytes on the wire without the length field.
    pub size: usize,
    /// The place of what stands behind the correlation id.
    pub body: Range<usize>,
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
        Ok(transport.recv(&mut self.bytes, READ_CHUNK)? == READ_CHUNK)
    }

    /// The next complete response of at most `max` bytes; `Ok(None)` when more bytes are needed.
    ///
    /// # Errors
    /// When what arrives cannot be a response: the connection is of no more use.
    pub fn next_frame(&mut self, max: usize) -> Result<Option<Frame>, Error> {
        let Some(place) = self.take(4..=max)? else { return Ok(None) };
        let correlation_id =
            self.body(place.clone()).first_chunk::<4>().map_or(0, |b| i32::from_be_bytes(*b));
        Ok(Some(Frame { correlation_id, size: place.len(), body: place.start + 4..place.end }))
    }

    /// The next complete message without a correlation id, as [`Self::next_frame`]. It may be empty.
    pub fn next_bare_frame(&mut self, max: usize) -> Result<Option<Range<usize>>, Error> {
        self.take(0..=max)
    }

    /// Takes what a length field announces, if it is there as a whole.
    fn take(&mut self, sizes: RangeInclusive<usize>) -> Result<Option<Range<usize>>, Error> {
        let unread = self.bytes.get(self.read_at..).unwrap_or_default();
        let Some((size, rest)) = unread.split_first_chunk::<4>() else { return Ok(None) };
        let size = i32::from_be_bytes(*size);
        let len = usize::try_from(size).ok().filter(|n| sizes.contains(n)).ok_or_else(|| {
            let max = sizes.end();
            let text = format!("Invalid response size {size} (0..{max}): increase receive.message.max.bytes");
            Error::new(ErrorCode::_BAD_MSG, text)
        })?;
        if rest.len() < len {
            return Ok(None);
        }
        let start = self.read_at + 4;
        self.read_at = start + len;
        Ok(Some(start..self.read_at))
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
