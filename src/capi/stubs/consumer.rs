//! Consumers that are members of a group.

use super::{NOT_IMPLEMENTED, not_implemented};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_t, rd_kafka_topic_partition_list_t};
use crate::capi::data::group_metadata::rd_kafka_consumer_group_metadata_t;
use std::ffi::{c_char, c_int};
use std::ptr::{null, null_mut};

/// Subscribes a consumer to topics. Consumers do not join groups yet.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_subscribe(
    rk: *mut rd_kafka_t,
    _topics: *const rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_subscribe, NOT_IMPLEMENTED)
}

/// Ends a consumer's subscription. Consumers do not join groups yet.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_unsubscribe(rk: *mut rd_kafka_t) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_unsubscribe, NOT_IMPLEMENTED)
}

/// Returns what a consumer is subscribed to. Consumers do not join groups yet.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_subscription(
    rk: *mut rd_kafka_t,
    _topics: *mut *mut rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_subscription, NOT_IMPLEMENTED)
}

/// Returns whether a consumer has lost its assignment. Consumers do not join groups yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_assignment_lost(rk: *mut rd_kafka_t) -> c_int {
    not_implemented!(rk, rd_kafka_assignment_lost, 0)
}

/// Returns a consumer's rebalance protocol. Consumers do not join groups yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_rebalance_protocol(rk: *mut rd_kafka_t) -> *const c_char {
    not_implemented!(rk, rd_kafka_rebalance_protocol, null())
}

/// Returns a consumer's member id in its group. Consumers do not join groups yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_memberid(rk: *const rd_kafka_t) -> *mut c_char {
    not_implemented!(rk, rd_kafka_memberid, null_mut())
}

/// Returns a consumer's identity in its group. See rd_kafka_consumer_group_metadata_new().
/// Consumers do not join groups yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata(
    rk: *mut rd_kafka_t,
) -> *mut rd_kafka_consumer_group_metadata_t {
    not_implemented!(rk, rd_kafka_consumer_group_metadata, null_mut())
}
