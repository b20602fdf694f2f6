//! `rd_kafka_conf_*`.

/// A configuration.
pub struct rd_kafka_conf_s {}

/// A topic configuration.
pub struct rd_kafka_topic_conf_s {}
