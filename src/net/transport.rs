//! What a broker's connection needs from the world, and the seam for everything that stands between a socket
//! and the bytes of the protocol.

use super::endpoint::Endpoint;
use super::text::io_text;
use crate::base::blocking::BlockingTask;
use crate::base::clock::Time;
use crate::base::error::Error;
use crate::base::signal::{Interest, Signal, Woken};
use crate::base::sync::Arc;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// One connection at a time to one broker, used by one thread. Nothing here blocks but [`Self::wait`] and,
/// unless names are resolved elsewhere, [`Self::connect`].
///
/// Setting a connection up is `connect`, then `poll_setup` until it says [`Setup::Done`] or
/// [`Setup::Failed`]. A transport that has to agree on something with its peer first, as TLS does, says
/// [`Setup::Handshaking`] meanwhile. Only then are `send` and `recv` called, until one of them says why the
/// connection is over, or `close` ends it.
pub trait Transport: Send {
    /// Says whom the next connection is to: the broker's name in log lines and its id. A transport that asks
    /// or tells somebody about its peer needs to know.
    fn introduce(&mut self, _name: &Arc<str>, _id: i32) {}

    /// Has names resolved by other threads from now on, because this one has others to serve meanwhile.
    fn resolve_elsewhere(&mut self, _elsewhere: Elsewhere) {}

    /// Begins connecting to the endpoint's next address, replacing any earlier connection. Resolves the name
    /// when the known addresses are older than `broker.address.ttl`: now, or, if that is done elsewhere,
    /// while `poll_setup` says [`Setup::Connecting`].
    ///
    /// # Errors
    /// `_RESOLVE` or `_TRANSPORT` with a text that needs no addition to be understood.
    fn connect(&mut self, endpoint: &Endpoint, now: Time) -> Result<(), Error>;

    /// Takes the setting-up of the connection as far as it goes now.
    fn poll_setup(&mut self) -> Setup;

    /// Hands bytes to the connection and returns how many it took; 0 means none for now. A transport that
    /// encrypts takes as many as it can be sure to deliver: they are not handed to it again. Never raises
    /// SIGPIPE.
    ///
    /// # Errors
    /// The connection is over.
    fn send(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason>;

    /// Appends at most `max` received bytes to `buf` and returns how many; 0 means none for now. Fewer than
    /// `max` means that there is nothing more for now, so a transport that has bytes left over gives those
    /// first.
    ///
    /// # Errors
    /// The connection is over.
    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason>;

    /// The descriptor of the connection, if it has one.
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Ends the connection. Harmless without one.
    fn close(&mut self);

    /// Whether there is a connection, established or being established.
    fn is_open(&self) -> bool;

    /// Whether the connection waits for a name to be resolved elsewhere.
    fn is_resolving(&self) -> bool {
        false
    }

    /// The address of the current or last connection attempt for texts: `ipv4#127.0.0.1:9092`.
    fn peer(&self) -> &str;

    /// What the descriptor has to be ready for, so that there is something to be done here: `interest`, and
    /// what the transport needs beside it. `None`: nothing has to be waited for, because received bytes are
    /// left over.
    fn readiness(&self, interest: Interest) -> Option<Interest> {
        Some(interest)
    }

    /// Blocks until the descriptor is ready for `interest`, `signal` is notified, or `timeout` has passed.
    fn poll(&self, signal: &Signal, interest: Interest, timeout: Option<Duration>) -> Woken;

    /// Blocks until there is something to be done here, `signal` is notified, or `timeout` has passed.
    fn wait(&self, signal: &Signal, interest: Interest, timeout: Option<Duration>) -> Woken {
        if let Some(interest) = self.readiness(interest) {
            return self.poll(signal, interest, timeout);
        }
        let woken = self.poll(signal, interest, Some(Duration::ZERO));
        Woken { readable: true, ..woken }
    }
}

/// Where names are resolved if not on the thread that connects.
#[derive(Clone)]
pub struct Elsewhere {
    /// Notified when a name has been resolved.
    pub signal: Arc<Signal>,
    pub run: Arc<dyn Fn(BlockingTask) + Send + Sync>,
}

/// How far the setting-up of a connection has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setup {
    Connecting,
    /// Connected; what else the two sides have to agree on is under way.
    Handshaking,
    Done,
    /// The connection is closed already.
    Failed(Error),
}

/// Why a connection is over.
#[derive(Debug)]
pub enum CloseReason {
    /// The peer has closed it in an orderly way.
    Ended,
    /// The peer has ended the encryption, or the encrypted connection, in an orderly way.
    SslEnded,
    /// The system reports an error.
    Io(io::Error),
    /// What stands above the socket has failed, with an error of its own.
    Protocol(Error),
}

impl CloseReason {
    /// How the peer has closed the connection; `None` for what the peer has no part in.
    #[must_use]
    pub fn disconnect_text(&self) -> Option<&'static str> {
        match self {
            Self::Ended => Some("Disconnected: connection closed by peer: receive 0 after POLLIN"),
            Self::SslEnded => Some("Disconnected: SSL connection closed by peer"),
            Self::Io(e) if e.kind() == io::ErrorKind::ConnectionReset => {
                Some("Disconnected: connection reset by peer")
            }
            Self::Io(_) | Self::Protocol(_) => None,
        }
    }

    /// What has gone wrong, without saying in what.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Ended | Self::SslEnded => "Disconnected".to_owned(),
            Self::Io(e) => io_text(e),
            Self::Protocol(e) => e.text.clone(),
        }
    }
}

impl From<io::Error> for CloseReason {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}
