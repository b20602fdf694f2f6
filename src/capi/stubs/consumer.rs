//! Consumers that are members of a group.

use super::{NOT_IMPLEMENTED, error, not_implemented};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{
    rd_kafka_message_t, rd_kafka_queue_t, rd_kafka_t, rd_kafka_topic_partition_list_t,
};
use crate::capi::data::group_metadata::rd_kafka_consumer_group_metadata_t;
use crate::capi::ffi::error_object::rd_kafka_error_t;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

/// Subscribes a consumer to topics. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_subscribe(
    rk: *mut rd_kafka_t,
    _topics: *const rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_subscribe, NOT_IMPLEMENTED)
}

/// Ends a consumer's subscription. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_unsubscribe(rk: *mut rd_kafka_t) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_unsubscribe, NOT_IMPLEMENTED)
}

/// Returns what a consumer is subscribed to. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_subscription(
    rk: *mut rd_kafka_t,
    _topics: *mut *mut rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_subscription, NOT_IMPLEMENTED)
}

/// Returns whether a consumer has lost its assignment. There is no consumer in this library.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_assignment_lost(rk: *mut rd_kafka_t) -> c_int {
    not_implemented!(rk, rd_kafka_assignment_lost, 0)
}

/// Returns a consumer's rebalance protocol. There is no consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_rebalance_protocol(rk: *mut rd_kafka_t) -> *const c_char {
    not_implemented!(rk, rd_kafka_rebalance_protocol, null())
}

/// Returns a consumer's member id in its group. There is no consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_memberid(rk: *const rd_kafka_t) -> *mut c_char {
    not_implemented!(rk, rd_kafka_memberid, null_mut())
}

/// Returns a consumer's identity in its group. See rd_kafka_consumer_group_metadata_new(). There is no
/// consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata(
    rk: *mut rd_kafka_t,
) -> *mut rd_kafka_consumer_group_metadata_t {
    not_implemented!(rk, rd_kafka_consumer_group_metadata, null_mut())
}

/// Commits offsets. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_commit(
    rk: *mut rd_kafka_t,
    _offsets: *const rd_kafka_topic_partition_list_t,
    _async: c_int,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_commit, NOT_IMPLEMENTED)
}

/// Commits the offset behind a message. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_commit_message(
    rk: *mut rd_kafka_t,
    _rkmessage: *const rd_kafka_message_t,
    _async: c_int,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_commit_message, NOT_IMPLEMENTED)
}

/// Commits offsets; the outcome goes to a queue. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_commit_queue(
    rk: *mut rd_kafka_t,
    _offsets: *const rd_kafka_topic_partition_list_t,
    _rkqu: *mut rd_kafka_queue_t,
    _cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            err: rd_kafka_resp_err_t,
            offsets: *mut rd_kafka_topic_partition_list_t,
            commit_opaque: *mut c_void,
        ),
    >,
    _commit_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_commit_queue, NOT_IMPLEMENTED)
}

/// Looks up committed offsets. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_committed(
    rk: *mut rd_kafka_t,
    _partitions: *mut rd_kafka_topic_partition_list_t,
    _timeout_ms: c_int,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_committed, NOT_IMPLEMENTED)
}

/// Stores offsets to be committed. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_offsets_store(
    rk: *mut rd_kafka_t,
    _offsets: *mut rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_offsets_store, NOT_IMPLEMENTED)
}

/// Stores the offset behind a message to be committed. There is no consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_offset_store_message(
    _rkmessage: *mut rd_kafka_message_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_offset_store_message"))
}
