//! One request on its way through the mock, and the answer to it.

use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::protocol::ApiKey;
use crate::protocol::header::{self, RequestHeader};
use crate::protocol::primitives::Reader;
use std::time::Duration;

/// A request with its header taken apart.
pub struct Call<'a> {
    pub broker_id: i32,
    pub conn_id: u64,
    /// The number of the request; it keeps it while it waits for its answer.
    pub serial: u64,
    pub api_key: i16,
    pub version: i16,
    pub correlation_id: i32,
    pub client_id: String,
    pub body: &'a [u8],
    pub now: Time,
    pub wall_ms: i64,
    /// What the answer says about how long the client was held back.
    pub throttle_ms: i32,
    /// The error to answer instead of doing anything, if a test has pushed one.
    pub error: ErrorCode,
    /// It has been asked before and has waited since.
    pub resumed: bool,
    /// A request that waited for data has to be answered now with what there is.
    pub last_chance: bool,
}

/// What a handler gives back.
pub enum HandlerResponse {
    /// The whole answer, length field included.
    Bytes(Vec<u8>),
    /// The client expects no answer.
    Nothing { close: bool },
    /// Ask again when something has changed, at the latest then.
    Wait { until: Time },
}

/// What becomes of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The whole answer with its length in front. `None`: there is no answer (or not yet, see `parked`).
    pub bytes: Option<Vec<u8>>,
    /// How long after the request the answer arrives.
    pub delay: Duration,
    /// The connection ends after the bytes, if any.
    pub close: bool,
    /// The answer comes later, from `Cluster::resume`, under this number.
    pub parked: Option<u64>,
}

impl Reply {
    #[must_use]
    pub fn closing() -> Self {
        Self { close: true, ..Self::default() }
    }
}

impl<'a> Call<'a> {
    /// Takes a request apart; `None` when its header is malformed.
    #[must_use]
    pub fn parse(
        broker_id: i32,
        conn_id: u64,
        serial: u64,
        frame: &'a [u8],
        (now, wall_ms): (Time, i64),
    ) -> Option<Self> {
        let mut r = Reader::new(frame);
        let header = RequestHeader::decode(&mut r).ok()?;
        Some(Self {
            broker_id,
            conn_id,
            serial,
            api_key: header.api.0,
            version: header.version,
            correlation_id: header.correlation_id,
            client_id: header.client_id.unwrap_or_default(),
            body: r.rest(),
            now,
            wall_ms,
            throttle_ms: 0,
            error: ErrorCode::NO_ERROR,
            resumed: false,
            last_chance: false,
        })
    }

    /// The answer with the body that `encode` writes.
    pub fn answer(&self, encode: impl FnOnce(&mut Vec<u8>)) -> HandlerResponse {
        self.answer_in_version(self.version, encode)
    }

    /// For the one case where the answer has another version than the request.
    pub fn answer_in_version(&self, version: i16, encode: impl FnOnce(&mut Vec<u8>)) -> HandlerResponse {
        let mut out = Vec::new();
        header::frame(&mut out, |out| {
            header::write_response_header(ApiKey(self.api_key), version, self.correlation_id, out);
            encode(out);
        });
        HandlerResponse::Bytes(out)
    }

    /// The pushed error, or nothing.
    pub fn pushed_error(&self) -> Result<(), ErrorCode> {
        if self.error == ErrorCode::NO_ERROR { Ok(()) } else { Err(self.error) }
    }
}

/// An error code as the protocol writes it.
#[must_use]
pub fn wire_code(code: ErrorCode) -> i16 {
    i16::try_from(code.0).unwrap_or(-1)
}
