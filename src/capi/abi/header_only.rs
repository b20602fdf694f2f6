//! What the header declares and Rust has no definition of: the variadic functions, which stable Rust cannot define.
//! cbindgen reads this file; the crate does not contain it.

/// Produces a message described by a list of RD_KAFKA_V_..() arguments that ends with RD_KAFKA_V_END. Needed is a
/// topic (name or handle); everything else is optional: without a partition the topic's partitioner chooses, without
/// a timestamp the current time is taken, without a value the message is a tombstone.
///
/// The call does not wait, except for room in the queue with RD_KAFKA_MSG_F_BLOCK. The outcome arrives as a delivery
/// report from rd_kafka_poll() or rd_kafka_flush().
///
/// On failure the value (also with RD_KAFKA_MSG_F_FREE) and the headers remain the caller's. A header list may not
/// be combined with single headers.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or: RD_KAFKA_RESP_ERR__QUEUE_FULL (serve delivery reports and try again),
/// RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
/// RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__CONFLICT (both kinds of headers),
/// RD_KAFKA_RESP_ERR__FATAL (the instance has failed), RD_KAFKA_RESP_ERR__STATE (outside a transaction).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_producev(rk: *mut rd_kafka_t, ...) -> rd_kafka_resp_err_t {}

/// Makes an error object from a code and a printf(3) format with its arguments. With a NULL or empty format the
/// object's text is that of the code.
///
/// @return A new object, to be released with rd_kafka_error_destroy().
/// cbindgen:postfix=RD_FORMAT(printf, 2, 3)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_error_new(
    code: rd_kafka_resp_err_t,
    fmt: *const c_char,
    ...
) -> *mut rd_kafka_error_t {
}
