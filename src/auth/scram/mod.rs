//! SCRAM (RFC 5802, RFC 7677) without channel binding: the client, and what both sides have in common.

mod client;
mod hash;

pub use client::Client;
pub use hash::{Hash, Keys};

/// Fewer iterations than this make a stolen verifier too cheap to guess at. Kafka refuses to store fewer
/// (KIP-84), and its Java client refuses to use fewer.
pub const MIN_ITERATIONS: u32 = 4096;

/// More iterations than this are taken for an attempt to keep the client busy. librdkafka's limit.
pub const MAX_ITERATIONS: u32 = 1_000_000;

/// The value of an attribute of a message, `name=value,...`.
#[must_use]
pub fn attribute(message: &str, name: char) -> Option<&str> {
    message.split(',').find_map(|a| a.strip_prefix(name)?.strip_prefix('='))
}
