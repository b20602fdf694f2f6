//! Requests of the session's own.

use crate::protocol::ApiKey;
use std::time::Duration;

/// A request that belongs to the setting-up of a connection.
pub struct SessionRequest {
    pub api: ApiKey,
    pub version: i16,
    /// How long to wait for the answer.
    pub timeout: Duration,
    pub body: Vec<u8>,
    /// The body travels without a request's header, and so does the answer.
    pub is_bare: bool,
    /// What is to be logged about the request before.
    pub remark: Option<Remark>,
}

/// Something to be logged.
pub struct Remark {
    /// The debug context; `None`: an error.
    pub context: Option<u32>,
    pub facility: &'static str,
    pub text: String,
}
