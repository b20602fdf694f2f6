//! What the header declares and Rust has no definition of: the variadic functions, which stable Rust cannot
//! define. cbindgen reads this file; the crate does not contain it.

/// Produces a message described by a list of RD_KAFKA_V_..() arguments that ends with RD_KAFKA_V_END. A topic
/// is required, by name or handle; everything else is optional: without a partition the topic's partitioner
/// chooses, without a timestamp the current time is taken, without a value the message is a tombstone. If an
/// argument is given twice, the last one counts; headers add up. Thread-safe.
///
/// The call puts the message into a queue and returns; it waits only for space in the queue, and only with
/// RD_KAFKA_MSG_F_BLOCK. The result arrives later as a delivery report from rd_kafka_poll() or
/// rd_kafka_flush().
///
/// Topic name, key and headers are copied. The value is copied with RD_KAFKA_MSG_F_COPY. Without that flag it
/// is not: its memory must stay valid and unchanged until the message's delivery report has been served, or,
/// with RD_KAFKA_MSG_F_FREE, it must come from malloc(3) and belongs to the library from now on. If the call
/// fails, the value (also with RD_KAFKA_MSG_F_FREE) and the list of RD_KAFKA_V_HEADERS() remain the caller's;
/// if it succeeds, the list belongs to the library. A list and single headers may not be combined.
///
/// @param rk Instance.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or: RD_KAFKA_RESP_ERR__QUEUE_FULL (call rd_kafka_poll() and try
/// again), RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE (`message.max.bytes`), RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
/// RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__CONFLICT (both kinds
/// of headers), RD_KAFKA_RESP_ERR__FATAL (see rd_kafka_fatal_error()), RD_KAFKA_RESP_ERR__STATE (no
/// transaction has begun).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_producev(rk: *mut rd_kafka_t, ...) -> rd_kafka_resp_err_t {}

/// Makes an error object from a code and a printf(3) format with its arguments. With a NULL or empty format
/// the object's text is that of the code.
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
