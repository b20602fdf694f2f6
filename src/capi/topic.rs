//! Topic handles.

/// A topic.
pub struct rd_kafka_topic_s {}
