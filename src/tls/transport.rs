//! TLS between a client and its transport.

use super::callback::Callee;
use super::context::{Context, SavedSession, saved_session};
use super::error::OpensslError;
use super::rotation::Contexts;
use super::session::{RECORD, Received, Session};
use super::verify::Complaint;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::signal::{Interest, Signal, Woken};
use crate::base::sync::{Arc, Mutex, Rank};
use crate::conf::Peer;
use crate::net::{CloseReason, Elsewhere, Endpoint, Setup, Transport};
use std::io::IoSlice;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// So much is encrypted before it is sent.
const OUTGOING: usize = 4 * RECORD;
/// Bytes asked of the transport at a time.
const INCOMING: usize = 64 << 10;
/// A segment of at least this length is encrypted where it is; shorter ones are put together to fill records.
const DIRECT: usize = 4 << 10;

pub struct TlsTransport {
    inner: Box<dyn Transport>,
    contexts: Arc<Contexts>,
    /// The one of this connection, or of the last.
    context: Arc<Context>,
    endpoint: Endpoint,
    callee: Callee,
    session: Option<Session>,
    is_shaken: bool,
    /// Received bytes are left over, and asking for more would not show that.
    has_more: bool,
    /// How the transport below has ended, until what came before is read.
    over: Option<CloseReason>,
    saved: SavedSession,
    complaint: Complaint,
    /// Short segments on their way into a record.
    staging: Vec<u8>,
}

impl TlsTransport {
    #[must_use]
    pub fn new(inner: Box<dyn Transport>, contexts: Arc<Contexts>) -> Self {
        Self {
            inner,
            context: contexts.latest(),
            contexts,
            endpoint: Endpoint::default(),
            callee: Callee::default(),
            session: None,
            is_shaken: false,
            has_more: false,
            over: None,
            saved: saved_session(),
            complaint: Arc::new(Mutex::new(Rank::Leaf, None)),
            staging: Vec::new(),
        }
    }

    fn begin(&mut self) -> Result<(), OpensslError> {
        let host = self.endpoint.node();
        let ssl = self.context.connection(host, &self.callee, &self.saved, &self.complaint);
        self.session = Some(Session::new(ssl.map_err(|e| OpensslError::of(&e))?)?);
        Ok(())
    }

    /// Takes the handshake further, by so many steps at the most.
    fn shake_hands(&mut self, steps: usize) -> Setup {
        for step in 1.. {
            let Some(session) = &mut self.session else { return self.failed(&OpensslError::take()) };
            let outcome = session.shake_hands();
            // Also an alert that says why we give up.
            let flushed = flush(session, &mut *self.inner);
            match outcome {
                Err(why) => return self.failed(&why),
                Ok(true) => {
                    if let Some(objection) = self.context.objection(session.ssl()) {
                        return self.objected(objection);
                    }
                    self.is_shaken = true;
                    self.has_more = session.has_unread();
                    return Setup::Done;
                }
                Ok(false) if step == steps => break,
                Ok(false) => {}
            }
            let received = flushed.and_then(|()| self.inner.recv(session.received(), INCOMING));
            match received {
                Ok(0) => break,
                Ok(_) => {}
                Err(why) => return self.lost(&why),
            }
        }
        Setup::Handshaking
    }

    fn objected(&mut self, objection: &str) -> Setup {
        self.end();
        let text = format!("Failed to verify broker certificate: {objection}");
        Setup::Failed(Error::new(ErrorCode::_SSL, text))
    }

    fn failed(&mut self, why: &OpensslError) -> Setup {
        let complaint = self.complaint.lock().take();
        let mut text = format!("SSL handshake failed: {}", why.last);
        if why.last.contains("certificate verify failed") {
            text.push_str(advice(self.context.peer()));
            if let Some(complaint) = complaint {
                text.push_str(": ");
                text.push_str(&complaint);
            }
        }
        if self.context.peer() == Peer::Broker {
            text.push_str(hint(&why.last));
        }
        self.end();
        Setup::Failed(Error::new(ErrorCode::_SSL, text))
    }

    /// The connection has been lost during the handshake.
    fn lost(&mut self, why: &CloseReason) -> Setup {
        self.end();
        let text = match why {
            CloseReason::Ended if self.context.peer() == Peer::Broker => {
                "Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker listener?"
                    .into()
            }
            why => why.disconnect_text().map_or_else(|| why.text(), str::to_owned),
        };
        Setup::Failed(Error::new(ErrorCode::_TRANSPORT, format!("SSL handshake failed: {text}")))
    }

    fn end(&mut self) {
        self.session = None;
        self.is_shaken = false;
        self.has_more = false;
        self.over = None;
        self.inner.close();
    }
}

/// Sends what is encrypted, as far as the transport takes it.
fn flush(session: &mut Session, inner: &mut dyn Transport) -> Result<(), CloseReason> {
    while !session.outgoing().is_empty() {
        let n = inner.send(&[IoSlice::new(session.outgoing())])?;
        if n == 0 {
            break;
        }
        session.remove_sent(n);
    }
    Ok(())
}

/// What is to be encrypted.
struct Plain<'a, 'b> {
    rest: &'a [IoSlice<'b>],
    segment: &'a [u8],
}

impl<'a> Plain<'a, '_> {
    /// What is left of the present segment, or the next one.
    fn segment(&mut self) -> Option<&'a [u8]> {
        while self.segment.is_empty() {
            let (first, rest) = self.rest.split_first()?;
            (self.segment, self.rest) = (first, rest);
        }
        Some(self.segment)
    }

    fn take(&mut self, max: usize) -> &'a [u8] {
        let (taken, left) = self.segment.split_at(max.min(self.segment.len()));
        self.segment = left;
        taken
    }
}

/// Encrypts until so much is to be sent that it is worth a system call. Returns how many bytes were taken.
fn encrypt(
    session: &mut Session,
    plain: &mut Plain<'_, '_>,
    staging: &mut Vec<u8>,
) -> Result<usize, OpensslError> {
    let mut taken = 0;
    while session.outgoing().len() < OUTGOING
        && let Some(segment) = plain.segment()
    {
        if segment.len() >= DIRECT {
            write_staged(session, staging)?;
            let records = segment.len().min(OUTGOING);
            session.write(plain.take(records))?;
            taken += records;
            continue;
        }
        let piece = plain.take(RECORD - staging.len());
        staging.extend_from_slice(piece);
        taken += piece.len();
        if staging.len() == RECORD {
            write_staged(session, staging)?;
        }
    }
    write_staged(session, staging)?;
    Ok(taken)
}

fn write_staged(session: &mut Session, staging: &mut Vec<u8>) -> Result<(), OpensslError> {
    let written = session.write(staging);
    staging.clear();
    written
}

/// What to look at when a certificate is not believed.
fn advice(peer: Peer) -> &'static str {
    match peer {
        Peer::Broker => {
            ": broker certificate could not be verified, verify that ssl.ca.location is correctly configured or \
             root CA certificates are installed (install ca-certificates package)"
        }
        Peer::WebServer => {
            ": server certificate could not be verified, verify that https.ca.location or https.ca.pem is correctly \
             configured or root CA certificates are installed (install ca-certificates package)"
        }
    }
}

/// What to look at when the broker has ended the handshake or the connection with an alert.
fn hint(text: &str) -> &'static str {
    const NUMBER: &str = "SSL alert number ";
    let number = text.split_once(NUMBER).map(|(_, n)| n.trim());
    match number {
        Some("40" | "116") => {
            ": the broker may want a client certificate (ssl.certificate.location, ssl.key.location)"
        }
        Some("42" | "46" | "48") => {
            ": the broker does not trust the client's certificate (ssl.certificate.location)"
        }
        Some("45") => ": the client's certificate has expired (ssl.certificate.location)",
        Some("70") => ": the broker does not speak a version of TLS that the client does",
        _ => "",
    }
}

fn broken(what: &str, why: &OpensslError) -> CloseReason {
    let text = format!("{what}: {}{}", why.last, hint(&why.last));
    CloseReason::Protocol(Error::new(ErrorCode::_TRANSPORT, text))
}

fn not_connected() -> CloseReason {
    std::io::Error::from(std::io::ErrorKind::NotConnected).into()
}

impl Transport for TlsTransport {
    fn introduce(&mut self, name: &Arc<str>, id: i32) {
        self.callee.name = name.clone();
        self.callee.id = id;
    }

    fn resolve_elsewhere(&mut self, elsewhere: Elsewhere) {
        self.inner.resolve_elsewhere(elsewhere);
    }

    fn connect(&mut self, endpoint: &Endpoint, now: Time) -> Result<(), Error> {
        self.close();
        let context = self.contexts.current();
        if self.endpoint != *endpoint || !Arc::ptr_eq(&self.context, &context) {
            // A session is with whom it was begun, and as whom.
            *self.saved.lock() = None;
            self.endpoint = endpoint.clone();
            self.context = context;
        }
        self.callee.address = endpoint.to_string();
        *self.complaint.lock() = None;
        self.inner.connect(endpoint, now)
    }

    fn poll_setup(&mut self) -> Setup {
        if self.session.is_none() {
            match self.inner.poll_setup() {
                Setup::Done => {}
                other => return other,
            }
            if let Err(why) = self.begin() {
                return self.failed(&why);
            }
            // The first message goes out. Whatever comes of it comes while the state is known to be this one.
            return self.shake_hands(1);
        }
        self.shake_hands(usize::MAX)
    }

    fn send(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        let Some(session) = &mut self.session else { return Err(not_connected()) };
        flush(session, &mut *self.inner)?;
        let mut plain = Plain { rest: bufs, segment: &[] };
        let mut taken = 0;
        while session.outgoing().is_empty() {
            match encrypt(session, &mut plain, &mut self.staging).map_err(|e| broken("Send failed", &e))? {
                0 => break,
                n => taken += n,
            }
            flush(session, &mut *self.inner)?;
        }
        Ok(taken)
    }

    fn recv(&mut self, buf: &mut Vec<u8>, max: usize) -> Result<usize, CloseReason> {
        let Some(session) = &mut self.session else { return Err(not_connected()) };
        let _ = flush(session, &mut *self.inner);
        let mut got = 0;
        while got < max {
            match session.read(buf, max - got).map_err(|e| broken("Receive failed", &e))? {
                Received::Bytes(n) => got += n,
                Received::Ended => self.over = Some(CloseReason::SslEnded),
                Received::Starved if self.over.is_none() => {
                    match self.inner.recv(session.received(), INCOMING) {
                        Ok(0) => break,
                        Ok(_) => continue,
                        Err(CloseReason::Ended) => self.over = Some(CloseReason::SslEnded),
                        Err(why) => self.over = Some(why),
                    }
                }
                Received::Starved => {}
            }
            if got == 0
                && let Some(why) = self.over.take()
            {
                return Err(why);
            }
            if self.over.is_some() {
                break;
            }
        }
        self.has_more = got == max || self.over.is_some();
        Ok(got)
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.inner.fd()
    }

    fn close(&mut self) {
        if let Some(session) = self.session.as_mut().filter(|_| self.is_shaken) {
            session.shut_down();
            let _ = flush(session, &mut *self.inner);
        }
        self.end();
    }

    fn is_open(&self) -> bool {
        self.inner.is_open()
    }

    fn is_resolving(&self) -> bool {
        self.inner.is_resolving()
    }

    fn peer(&self) -> &str {
        self.inner.peer()
    }

    fn readiness(&self, mut interest: Interest) -> Option<Interest> {
        interest.write |= self.session.as_ref().is_some_and(|s| !s.outgoing().is_empty());
        if self.has_more && interest.read {
            return None;
        }
        self.inner.readiness(interest)
    }

    fn poll(&self, signal: &Signal, interest: Interest, timeout: Option<Duration>) -> Woken {
        self.inner.poll(signal, interest, timeout)
    }
}

#[cfg(test)]
mod tests;
