//! The hook that sees every request first: simulation and fuzzing make their faults with it.

use crate::base::clock::Time;
use std::time::Duration;

/// A request as the hook sees it.
#[derive(Clone, Copy, Debug)]
pub struct RequestInfo<'a> {
    pub broker_id: i32,
    pub conn_id: u64,
    pub api_key: i16,
    pub api_version: i16,
    pub correlation_id: i32,
    pub now: Time,
    /// The whole request without its length field.
    pub frame: &'a [u8],
}

/// What is to become of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Handle it.
    Pass,
    /// As if it had never arrived: no effect, no answer, the connection stays.
    Drop,
    /// The connection breaks before the request has an effect.
    Close,
    /// The request has its effect, but the connection breaks and the answer is lost.
    CloseAfterHandling,
    /// The answer comes this much later than it would.
    Delay(Duration),
    /// Only so many bytes of the answer (its length field included) arrive, then the connection breaks.
    Truncate(usize),
    /// The request has no effect and these bytes are the answer, length field included.
    Answer(Vec<u8>),
}

pub type Hook = Box<dyn FnMut(&RequestInfo<'_>) -> Verdict + Send>;
