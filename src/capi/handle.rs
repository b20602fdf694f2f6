//! The client instance as C sees it.

/// A client instance.
pub struct rd_kafka_s {}
