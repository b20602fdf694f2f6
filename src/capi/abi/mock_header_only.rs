//! The variadic functions of rdkafka_mock.h. cbindgen reads this file; the crate does not contain it.

/// Lets the next `cnt` requests of an API fail, one error each, whichever broker gets them.
///
/// RD_KAFKA_RESP_ERR_NO_ERROR lets one request through; RD_KAFKA_RESP_ERR__TRANSPORT closes the connection.
///
/// @param ApiKey The API's number in the Kafka protocol.
/// @param cnt How many errors (rd_kafka_resp_err_t) follow, in their order.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_push_request_errors(
    mcluster: *mut rd_kafka_mock_cluster_t,
    ApiKey: i16,
    cnt: usize,
    ...
) {
}

/// Makes the next `cnt` requests of an API to one broker fail or take longer. These errors are used before
/// those of rd_kafka_mock_push_request_errors().
///
/// @param ApiKey The API's number in the Kafka protocol.
/// @param cnt How many pairs of an error (rd_kafka_resp_err_t) and a delay in milliseconds (int) follow. The
/// delay
///            adds to the broker's round-trip time.
///
/// @return RD_KAFKA_RESP_ERR__UNKNOWN_BROKER when there is no such broker.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_push_request_error_rtts(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
    ApiKey: i16,
    cnt: usize,
    ...
) -> rd_kafka_resp_err_t {
}

/// Lets the next `cnt` requests of an API fail for one partition, one error each. The topic is created if it
/// does not exist. Produce and Fetch look at these.
///
/// @param ApiKey The API's number in the Kafka protocol.
/// @param cnt How many errors (rd_kafka_resp_err_t) follow, in their order.
///
/// @return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART when there is no such partition.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_partition_push_request_errors(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    partition: i32,
    ApiKey: i16,
    cnt: usize,
    ...
) -> rd_kafka_resp_err_t {
}
