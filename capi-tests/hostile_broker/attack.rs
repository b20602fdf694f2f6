//! What a hostile broker does with the answers to one kind of request: one thing after the other, from a
//! table that the answer itself gives. The n-th answer of a kind always gets the n-th treatment, whenever it
//! is asked for.

use super::fields::{Anatomy, anatomy, framed};
use rdkafka::protocol::ApiKey;
use rdkafka::protocol::header::{RequestHeader, read_response_header_rest};
use rdkafka::protocol::primitives::Reader;

/// Of an answer with many elements, so many numbers are tried: elements are alike.
const FIELDS: usize = 70;

/// What leaves in place of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// These bytes, whole.
    Bytes(Vec<u8>),
    /// The same, byte by byte.
    Trickle(Vec<u8>),
    /// These bytes, and the connection is closed.
    BytesAndClose(Vec<u8>),
    /// These bytes, and the connection is reset.
    BytesAndReset(Vec<u8>),
}

impl Treatment {
    /// The same, after which the connection ends.
    fn and_close(self) -> Self {
        match self {
            Self::Bytes(b) | Self::Trickle(b) => Self::BytesAndClose(b),
            ends => ends,
        }
    }

    /// The bytes, and whether the connection ends.
    pub fn simply(self) -> (Vec<u8>, bool) {
        match self {
            Self::Bytes(b) | Self::Trickle(b) => (b, false),
            Self::BytesAndClose(b) | Self::BytesAndReset(b) => (b, true),
        }
    }
}

/// Which answers are treated, and how many have been.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    api: ApiKey,
    next: usize,
    over: bool,
}

impl Attack {
    pub fn on(api: ApiKey) -> Self {
        Self { api, next: 0, over: false }
    }

    /// Whether everything in the table has been tried.
    pub fn is_over(&self) -> bool {
        self.over
    }

    pub fn tried(&self) -> usize {
        self.next
    }

    /// What becomes of the answer to a request. `None`: nothing, it leaves as it is.
    pub fn treat(&mut self, request: &[u8], answer: &[u8]) -> Option<Treatment> {
        let header = RequestHeader::decode(&mut Reader::new(request)).ok().filter(|h| h.api == self.api)?;
        if self.over {
            return None;
        }
        let treatments = table(&header, answer)?;
        let treatment = treatments.into_iter().nth(self.next);
        match &treatment {
            Some(_) => self.next += 1,
            None => self.over = true,
        }
        // Versions are asked for once in a connection: it ends with the answer, so that they are asked for
        // again.
        treatment.map(|t| if self.api == ApiKey::ApiVersions { t.and_close() } else { t })
    }
}

pub const TLS_ALERT: &[u8] = &[0x15, 3, 1, 0, 2, 2, 0x28];
pub const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Everything that is tried with this answer.
fn table(header: &RequestHeader, answer: &[u8]) -> Option<Vec<Treatment>> {
    let mut r = Reader::new(answer.get(8..)?);
    read_response_header_rest(header.api, header.version, &mut r).ok()?;
    let Anatomy { body, fields, disorders } = anatomy(header.api, header.version, r.rest())?;
    let whole = |body: &[u8]| framed(header.api, header.version, header.correlation_id, body);
    let mut all = Vec::new();
    for field in fields.into_iter().take(FIELDS) {
        all.extend(field.extremes().iter().map(|by| Treatment::Bytes(whole(&field.replaced(&body, by)))));
    }
    all.extend(disorders.iter().map(|body| Treatment::Bytes(whole(body))));
    // Cut at every eighth, as a whole frame and as half of one.
    for part in 0..8 {
        all.push(Treatment::Bytes(whole(&body[..body.len() * part / 8])));
        let some = answer.len() * part / 8;
        all.push(Treatment::BytesAndClose(answer[..some].to_vec()));
        all.push(Treatment::BytesAndReset(answer[..some].to_vec()));
    }
    // More than was meant, by zeros and by a second answer.
    all.push(Treatment::Bytes(whole(&[&body[..], &[0; 1000]].concat())));
    all.push(Treatment::Bytes([answer, answer].concat()));
    let other = framed(header.api, header.version, header.correlation_id.wrapping_add(1), &body);
    all.push(Treatment::Bytes(other));
    for length in [0, 3, 4, i32::MAX, i32::MIN, -1] {
        all.push(Treatment::Bytes([&length.to_be_bytes()[..], &answer[4..]].concat()));
    }
    all.extend([TLS_ALERT, HTTP].map(|bytes| Treatment::BytesAndClose(bytes.to_vec())));
    all.extend([TLS_ALERT, HTTP].map(|bytes| Treatment::Bytes(bytes.to_vec())));
    all.push(Treatment::Trickle(answer.to_vec()));
    // Silence, and half an answer without an end: each costs the client a time-out.
    all.push(Treatment::Bytes(Vec::new()));
    all.push(Treatment::Bytes(answer[..answer.len() / 2].to_vec()));
    Some(all)
}
