//! One connection's TLS, without a socket: whoever has one puts in what was received, and sends what is to
//! leave.

use super::error::OpensslError;
use super::sys;
use openssl::ssl::{ErrorCode, Ssl, SslRef, SslStream};
use std::io::{self, Read, Write};

/// The most bytes that one record takes.
pub const RECORD: usize = 16 << 10;

/// What has been received and is still encrypted, and what has been encrypted and is to be sent.
#[derive(Default)]
struct Wire {
    received: Vec<u8>,
    taken: usize,
    outgoing: Vec<u8>,
    sent: usize,
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let unread = self.received.get(self.taken..).unwrap_or_default();
        if unread.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = unread.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), unread.get(..n)) {
            to.copy_from_slice(from);
        }
        self.taken += n;
        if self.taken == self.received.len() {
            self.received.clear();
            self.taken = 0;
        }
        Ok(n)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The result of an attempt to read.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    Bytes(usize),
    /// More has to be received first.
    Starved,
    /// The peer says that it sends no more.
    Ended,
}

pub struct Session {
    stream: SslStream<Wire>,
}

impl Session {
    /// # Errors
    /// Out of memory.
    pub fn new(ssl: Ssl) -> Result<Self, OpensslError> {
        let stream = SslStream::new(ssl, Wire::default()).map_err(|e| OpensslError::of(&e))?;
        Ok(Self { stream })
    }

    pub fn ssl(&self) -> &SslRef {
        self.stream.ssl()
    }

    /// Where to append what has been received.
    pub fn received(&mut self) -> &mut Vec<u8> {
        let wire = self.stream.get_mut();
        if wire.taken > 0 {
            wire.received.drain(..wire.taken);
            wire.taken = 0;
        }
        &mut wire.received
    }

    /// Whether something has been received that was not looked at yet.
    pub fn has_unread(&self) -> bool {
        !self.stream.get_ref().received.is_empty() || self.stream.ssl().pending() > 0
    }

    /// What is to be sent.
    pub fn outgoing(&self) -> &[u8] {
        let wire = self.stream.get_ref();
        wire.outgoing.get(wire.sent..).unwrap_or_default()
    }

    /// So many bytes of it have been sent.
    pub fn remove_sent(&mut self, n: usize) {
        let wire = self.stream.get_mut();
        wire.sent += n;
        if wire.sent >= wire.outgoing.len() {
            wire.outgoing.clear();
            wire.sent = 0;
        }
    }

    /// Takes the handshake as far as it goes with what has been received. Returns whether it is over.
    ///
    /// # Errors
    /// The two cannot agree. There may be an alert to be sent.
    pub fn shake_hands(&mut self) -> Result<bool, OpensslError> {
        match self.stream.do_handshake() {
            Ok(()) => Ok(true),
            Err(e) if is_starved(e.code()) => Ok(false),
            Err(e) => Err(failure(&e)),
        }
    }

    /// Appends decrypted bytes to `buf`, at most `max`.
    ///
    /// # Errors
    /// What has come cannot be decrypted, or the peer has sent an alert.
    pub fn read(&mut self, buf: &mut Vec<u8>, max: usize) -> Result<Received, OpensslError> {
        outcome(sys::read_append(&mut self.stream, buf, max))
    }

    /// Fills a buffer with decrypted bytes, as far as there are any.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_into(&mut self, space: &mut [u8]) -> Result<Received, OpensslError> {
        outcome(self.stream.ssl_read(space))
    }

    /// Encrypts bytes, a record for every [`RECORD`] of them.
    ///
    /// # Errors
    /// The connection is of no more use.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), OpensslError> {
        while !bytes.is_empty() {
            // Writing never has to wait: what is encrypted is kept until it is sent.
            let n = self.stream.ssl_write(bytes).map_err(|e| failure(&e))?;
            bytes = bytes.get(n..).unwrap_or_default();
        }
        Ok(())
    }

    /// Tells the peer that nothing more comes.
    pub fn shut_down(&mut self) {
        let _ = self.stream.shutdown();
        // What a broken connection has to say to that is of no interest, and must not be taken for the error
        // of another one.
        let _ = OpensslError::take();
    }
}

fn outcome(read: Result<usize, openssl::ssl::Error>) -> Result<Received, OpensslError> {
    match read {
        Ok(n) => Ok(Received::Bytes(n)),
        Err(e) if is_starved(e.code()) => Ok(Received::Starved),
        Err(e) if e.code() == ErrorCode::ZERO_RETURN => Ok(Received::Ended),
        Err(e) => Err(failure(&e)),
    }
}

fn is_starved(code: ErrorCode) -> bool {
    code == ErrorCode::WANT_READ || code == ErrorCode::WANT_WRITE
}

fn failure(e: &openssl::ssl::Error) -> OpensslError {
    e.ssl_error().map_or_else(OpensslError::take, OpensslError::of)
}
