//! Consumers that read partitions of their choice.

use super::not_implemented;
use crate::capi::abi::types::{rd_kafka_message_t, rd_kafka_queue_t, rd_kafka_topic_t};
use libc::ssize_t;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// Starts to consume a partition. There is no consumer in this library.
///
/// @return -1, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_start(
    rkt: *mut rd_kafka_topic_t,
    _partition: i32,
    _offset: i64,
) -> c_int {
    not_implemented!(topic rkt, rd_kafka_consume_start, -1)
}

/// Starts to consume a partition into a queue. There is no consumer in this library.
///
/// @return -1, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_start_queue(
    rkt: *mut rd_kafka_topic_t,
    _partition: i32,
    _offset: i64,
    _rkqu: *mut rd_kafka_queue_t,
) -> c_int {
    not_implemented!(topic rkt, rd_kafka_consume_start_queue, -1)
}

/// Stops consuming a partition. There is no consumer in this library.
///
/// @return -1, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_stop(rkt: *mut rd_kafka_topic_t, _partition: i32) -> c_int {
    not_implemented!(topic rkt, rd_kafka_consume_stop, -1)
}

/// Returns the next message of a partition. There is no consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume(
    rkt: *mut rd_kafka_topic_t,
    _partition: i32,
    _timeout_ms: c_int,
) -> *mut rd_kafka_message_t {
    not_implemented!(topic rkt, rd_kafka_consume, null_mut())
}

/// Returns the next messages of a partition. There is no consumer in this library.
///
/// @return -1, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_batch(
    rkt: *mut rd_kafka_topic_t,
    _partition: i32,
    _timeout_ms: c_int,
    _rkmessages: *mut *mut rd_kafka_message_t,
    _rkmessages_size: usize,
) -> ssize_t {
    not_implemented!(topic rkt, rd_kafka_consume_batch, -1)
}

/// Calls back for the messages of a partition. There is no consumer in this library.
///
/// @return -1, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_callback(
    rkt: *mut rd_kafka_topic_t,
    _partition: i32,
    _timeout_ms: c_int,
    _consume_cb: Option<
        unsafe extern "C-unwind" fn(rkmessage: *mut rd_kafka_message_t, commit_opaque: *mut c_void),
    >,
    _commit_opaque: *mut c_void,
) -> c_int {
    not_implemented!(topic rkt, rd_kafka_consume_callback, -1)
}

/// Returns the next message of a queue. There is no consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_queue(
    _rkqu: *mut rd_kafka_queue_t,
    _timeout_ms: c_int,
) -> *mut rd_kafka_message_t {
    not_implemented!(null_mut())
}

/// Returns the next messages of a queue. There is no consumer in this library.
///
/// @return -1, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_batch_queue(
    _rkqu: *mut rd_kafka_queue_t,
    _timeout_ms: c_int,
    _rkmessages: *mut *mut rd_kafka_message_t,
    _rkmessages_size: usize,
) -> ssize_t {
    not_implemented!(-1)
}

/// Calls back for the messages of a queue. There is no consumer in this library.
///
/// @return -1, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_callback_queue(
    _rkqu: *mut rd_kafka_queue_t,
    _timeout_ms: c_int,
    _consume_cb: Option<
        unsafe extern "C-unwind" fn(rkmessage: *mut rd_kafka_message_t, commit_opaque: *mut c_void),
    >,
    _commit_opaque: *mut c_void,
) -> c_int {
    not_implemented!(-1)
}
