//! The socket of a connection, bare or with TLS on it.

use rustix::buffer::spare_capacity;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

#[cfg(feature = "ssl")]
use crate::tls::{
    error::OpensslError,
    session::{Received, Session},
};

/// So much is encrypted, or received to be decrypted, at a time.
#[cfg(feature = "ssl")]
const CHUNK: usize = 256 << 10;

pub struct Line {
    fd: OwnedFd,
    #[cfg(feature = "ssl")]
    tls: Option<Encrypted>,
}

#[cfg(feature = "ssl")]
struct Encrypted {
    session: Session,
    /// There may be more to be read without asking the socket.
    has_more: bool,
    /// The socket is not asked for now: the other connections have their turn.
    is_paused: bool,
}

impl Line {
    pub fn bare(fd: OwnedFd) -> Self {
        Self {
            fd,
            #[cfg(feature = "ssl")]
            tls: None,
        }
    }

    #[cfg(feature = "ssl")]
    pub fn encrypted(fd: OwnedFd, session: Session) -> Self {
        Self { fd, tls: Some(Encrypted { session, has_more: false, is_paused: false }) }
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Appends received bytes to `buf`, within its spare capacity; 0 when the peer has ended the connection.
    pub fn receive(&mut self, buf: &mut Vec<u8>) -> Result<usize, Errno> {
        #[cfg(feature = "ssl")]
        if let Some(tls) = &mut self.tls {
            let spare = buf.capacity() - buf.len();
            return tls.receive(&self.fd, |s| s.read(buf, spare));
        }
        recv(&self.fd, spare_capacity(buf), RecvFlags::empty()).map(|(n, _)| n)
    }

    /// Fills `space` with received bytes, as [`Self::receive`].
    pub fn receive_into(&mut self, space: &mut [u8]) -> Result<usize, Errno> {
        #[cfg(feature = "ssl")]
        if let Some(tls) = &mut self.tls {
            return tls.receive(&self.fd, |s| s.read_into(space));
        }
        recv(&self.fd, space, RecvFlags::empty()).map(|(n, _)| n)
    }

    /// Whether bytes have been received that the socket does not tell of any more.
    pub fn has_unread(&self) -> bool {
        #[cfg(feature = "ssl")]
        if let Some(tls) = &self.tls {
            return tls.has_more;
        }
        false
    }

    /// Whether only such bytes are to be received.
    #[cfg_attr(not(feature = "ssl"), allow(clippy::unused_self))]
    pub fn pause(&mut self, _paused: bool) {
        #[cfg(feature = "ssl")]
        if let Some(tls) = &mut self.tls {
            tls.is_paused = _paused;
        }
    }

    /// Takes bytes to be sent. Returns how many it is answerable for.
    pub fn send(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        #[cfg(feature = "ssl")]
        if let Some(Encrypted { session, .. }) = &mut self.tls {
            flush(&self.fd, session)?;
            let chunk = bytes.get(..CHUNK).unwrap_or(bytes);
            session.write(chunk).map_err(|_| Errno::PROTO)?;
            return match flush(&self.fd, session) {
                Ok(()) | Err(Errno::AGAIN) => Ok(chunk.len()),
                Err(e) => Err(e),
            };
        }
        send(&self.fd, bytes, SendFlags::NOSIGNAL)
    }

    /// Sends what has been taken and could not be sent yet, or what TLS itself has to say.
    pub fn flush(&mut self) -> Result<(), Errno> {
        #[cfg(feature = "ssl")]
        if let Some(Encrypted { session, .. }) = &mut self.tls {
            return flush(&self.fd, session);
        }
        Ok(())
    }

    /// Whether [`Self::flush`] has something to send.
    pub fn is_behind(&self) -> bool {
        #[cfg(feature = "ssl")]
        if let Some(Encrypted { session, .. }) = &self.tls {
            return !session.outgoing().is_empty();
        }
        false
    }

    /// Tells the peer that nothing more comes.
    pub fn shut_down(&mut self) {
        #[cfg(feature = "ssl")]
        if let Some(Encrypted { session, .. }) = &mut self.tls {
            session.shut_down();
            let _ = flush(&self.fd, session);
        }
    }
}

#[cfg(feature = "ssl")]
impl Encrypted {
    fn receive(
        &mut self,
        fd: &OwnedFd,
        mut read: impl FnMut(&mut Session) -> Result<Received, OpensslError>,
    ) -> Result<usize, Errno> {
        loop {
            let outcome = read(&mut self.session);
            self.has_more = matches!(outcome, Ok(Received::Bytes(_)));
            // An answer of the handshake, or an alert that says why it fails.
            match flush(fd, &mut self.session) {
                Ok(()) | Err(Errno::AGAIN) => {}
                Err(e) => return Err(e),
            }
            match outcome {
                Ok(Received::Bytes(n)) => return Ok(n),
                Ok(Received::Ended) => return Ok(0),
                Err(_) => return Err(Errno::PROTO),
                Ok(Received::Starved) if self.is_paused => return Err(Errno::AGAIN),
                Ok(Received::Starved) => {}
            }
            let received = self.session.received();
            received.reserve(CHUNK);
            if recv(fd, spare_capacity(received), RecvFlags::empty())?.0 == 0 {
                return Ok(0);
            }
        }
    }
}

#[cfg(feature = "ssl")]
fn flush(fd: &OwnedFd, session: &mut Session) -> Result<(), Errno> {
    while !session.outgoing().is_empty() {
        match send(fd, session.outgoing(), SendFlags::NOSIGNAL) {
            Ok(n) => session.remove_sent(n),
            Err(Errno::INTR) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
