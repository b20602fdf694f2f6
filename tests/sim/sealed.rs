//! A stand-in for TLS between a client and a broker: a handshake of two flights, then records. It has TLS's
//! troubles without its cost, and is a function of the seed: a broker that never answers the first flight, a
//! certificate that is not believed, a record that was damaged, and cuts and pauses anywhere in all of that.

use super::pipe::Pipe;
use fastrand::Rng;
use rdkafka::base::clock::Time;
use rdkafka::base::error::{Error, ErrorCode};
use std::io::IoSlice;
use std::time::Duration;

const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;
/// Kind and length.
const HEADER: usize = 3;
/// The most bytes that a record takes.
const RECORD: usize = 16 << 10;
/// So much is sealed before it is sent.
const OUTGOING: usize = 4 * RECORD;
const MASK: u8 = 0xa5;
/// What the flights of a handshake are as long as.
const HELLO: usize = 300;
const CERTIFICATES: usize = 1_500;
const FINISHED: usize = 80;

/// Troubles of encrypted connections: probabilities.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seal {
    /// Per connection: the handshake stalls.
    pub stalls: f64,
    /// Per connection: the certificate is not believed.
    pub strangers: f64,
    /// Per record that a broker sends.
    pub damages: f64,
}

impl Seal {
    pub fn draw(rng: &mut Rng) -> Self {
        let mut some = |one_in: u32, most: f64| if rng.u32(0..one_in) == 0 { rng.f64() * most } else { 0.0 };
        Self { stalls: some(3, 0.4), strangers: some(3, 0.4), damages: some(3, 0.05) }
    }
}

fn record(kind: u8, body: &[u8], into: &mut Vec<u8>) {
    let sum = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    into.push(kind);
    into.extend(u16::try_from(body.len() + 1).unwrap().to_be_bytes());
    into.extend(body.iter().map(|byte| byte ^ MASK));
    into.push(sum);
}

/// A record that has arrived as a whole: its kind, and its body unless it is damaged.
fn next_record(raw: &mut Vec<u8>) -> Option<(u8, Option<Vec<u8>>)> {
    let (kind, len) = (*raw.first()?, usize::from(u16::from_be_bytes(raw.get(1..HEADER)?.try_into().ok()?)));
    let mut body: Vec<u8> = raw.get(HEADER..HEADER + len)?.to_vec();
    raw.drain(..HEADER + len);
    let sum = body.pop()?;
    body.iter_mut().for_each(|byte| *byte ^= MASK);
    let is_whole = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) == sum;
    Some((kind, is_whole.then_some(body)))
}

/// A client's end.
#[derive(Default)]
pub struct Client {
    is_shaken: bool,
    /// Received and not looked at.
    pub raw: Vec<u8>,
    /// Opened and not asked for yet.
    pub plain: Vec<u8>,
    /// Sealed and not taken by the network yet.
    pub outgoing: Vec<u8>,
}

impl Client {
    pub fn new() -> Self {
        let mut client = Self::default();
        record(HANDSHAKE, &[1; HELLO], &mut client.outgoing);
        client
    }

    /// Takes the handshake as far as it goes. Whether it is over.
    pub fn shake_hands(&mut self) -> Result<bool, Error> {
        if !self.is_shaken
            && let Some((kind, body)) = next_record(&mut self.raw)
        {
            assert_eq!(kind, HANDSHAKE);
            if body.is_none_or(|body| body[0] == 0) {
                return Err(Error::new(ErrorCode::_SSL, "SSL handshake failed: certificate verify failed"));
            }
            record(HANDSHAKE, &[2; FINISHED], &mut self.outgoing);
            self.is_shaken = true;
        }
        Ok(self.is_shaken)
    }

    /// Seals as much as is worth a system call. Returns how many bytes that is: they are not handed over
    /// again.
    pub fn seal(&mut self, bufs: &[IoSlice<'_>]) -> usize {
        let mut taken = 0;
        for buf in bufs {
            for part in buf.chunks(RECORD) {
                if self.outgoing.len() >= OUTGOING {
                    return taken;
                }
                record(DATA, part, &mut self.outgoing);
                taken += part.len();
            }
        }
        taken
    }

    /// Opens the records that are there.
    pub fn open(&mut self) -> Result<(), Error> {
        while let Some((_, body)) = next_record(&mut self.raw) {
            let Some(body) = body else {
                return Err(Error::new(ErrorCode::_TRANSPORT, "Receive failed: bad record mac"));
            };
            self.plain.extend(body);
        }
        Ok(())
    }
}

/// A broker's end.
pub struct Server {
    troubles: Seal,
    stalls: bool,
    is_stranger: bool,
    raw: Vec<u8>,
}

impl Server {
    pub fn new(troubles: Seal, rng: &mut Rng) -> Self {
        let (stalls, is_stranger) = (rng.f64() < troubles.stalls, rng.f64() < troubles.strangers);
        Self { troubles, stalls, is_stranger, raw: Vec::new() }
    }

    /// Whether no handshake with it comes to a good end.
    pub fn is_in_trouble(&self) -> bool {
        self.stalls || self.is_stranger
    }

    /// Takes what has arrived. What the client has sent goes to `plain`, what the broker answers by itself is
    /// returned.
    pub fn open(&mut self, arrived: &[u8], plain: &mut Vec<u8>) -> Vec<u8> {
        let mut answer = Vec::new();
        if self.stalls {
            return answer;
        }
        self.raw.extend_from_slice(arrived);
        while let Some((kind, body)) = next_record(&mut self.raw) {
            let body = body.expect("the client has sent a damaged record");
            match kind {
                HANDSHAKE if body[0] == 1 => {
                    let mut flight = [7; CERTIFICATES];
                    flight[0] = u8::from(!self.is_stranger);
                    record(HANDSHAKE, &flight, &mut answer);
                }
                HANDSHAKE => {}
                _ => plain.extend(body),
            }
        }
        answer
    }

    /// Sends an answer in records of all sizes.
    pub fn send(&self, bytes: &[u8], at: Time, latency: Duration, down: &mut Pipe, rng: &mut Rng) {
        let mut rest = bytes;
        let mut sealed = Vec::new();
        while !rest.is_empty() {
            let (part, left) = rest.split_at(rng.usize(1..=RECORD).min(rest.len()));
            let begin = sealed.len();
            record(DATA, part, &mut sealed);
            if rng.f64() < self.troubles.damages {
                sealed[begin + HEADER] ^= 1;
            }
            rest = left;
        }
        down.push(at, latency, sealed);
    }
}
