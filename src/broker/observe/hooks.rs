//! What an observer of a client is told of its messages, requests and connections. The C API makes
//! interceptors of this.

use crate::base::error::ErrorCode;
use crate::broker::handle::BrokerHandle;
use crate::consumer::offset_to_commit::OffsetOutcome;
use crate::net::Endpoint;
use crate::producer::partition::report::Report;
use std::os::fd::RawFd;
use std::time::Duration;

/// An observer. Called on whatever thread the news arises, without any lock held.
pub trait Hooks: Send + Sync {
    /// Messages have met their fate; the application has not been told yet.
    fn acknowledged(&self, report: &Report);

    /// Offsets have been committed for a group, or not: `error` is that of the whole.
    fn committed(&self, error: ErrorCode, offsets: &[OffsetOutcome]);

    /// A request has been written to a connection as a whole.
    fn request_sent(&self, broker: &BrokerHandle, request: &SentRequest);

    /// A response has arrived and has not been looked into yet, or a request has failed.
    fn response_received(&self, broker: &BrokerHandle, response: &ReceivedResponse);

    /// A broker has come to be known, or the state of its connection has changed.
    fn broker_state(&self, node_id: i32, endpoint: &Endpoint, state: &str);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentRequest {
    pub fd: Option<RawFd>,
    pub api_key: i16,
    pub api_version: i16,
    pub correlation_id: i32,
    /// Bytes on the wire, the length field included.
    pub size: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivedResponse {
    /// -1 when nobody asked for this response.
    pub api_key: i16,
    /// -1 when nobody asked for this response.
    pub api_version: i16,
    pub correlation_id: i32,
    /// Bytes on the wire without the length field; 0 when the request failed.
    pub size: usize,
    /// From the last byte sent until now; `None` when the request failed.
    pub rtt: Option<Duration>,
    pub error: ErrorCode,
}
