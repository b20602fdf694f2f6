//! `rd_kafka_mock_*`.

/// A mock cluster.
pub struct rd_kafka_mock_cluster_s {}
