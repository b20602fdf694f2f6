//! Message headers.

/// A list of message headers.
pub struct rd_kafka_headers_s {}
