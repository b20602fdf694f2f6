//! Where a consumer stands in its partitions, and going elsewhere.

use super::assignment::partitions;
use super::poll::error_object;
use crate::base::error::{Error, ErrorCode};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_t, rd_kafka_topic_partition_list_t, rd_kafka_topic_t};
use crate::capi::data::partition_list::{elems_mut, rd_kafka_topic_partition_set_leader_epoch};
use crate::capi::ffi::error_object::rd_kafka_error_t;
use crate::capi::instance::object::{Instance, with_instance, with_instance_or_error};
use crate::capi::instance::object::{TopicHandle, with_handle};
use crate::client::consumer::Consumer;
use crate::consumer::position::{Position, logical};
use crate::producer::partition::topic::UNASSIGNED;
use std::ffi::c_int;
use std::ptr::null_mut;

/// Returns the positions of a consumer: the offset behind the last message that the application was given.
///
/// @param partitions Topics and partitions; `offset` and `err` of each are set. The offset is
/// RD_KAFKA_OFFSET_INVALID if nothing was given.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_position(
    rk: *mut rd_kafka_t,
    partitions: *mut rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    let body = |rk: &Instance| {
        // SAFETY: the caller's list.
        let (asked, elems) = unsafe { (self::partitions(partitions), elems_mut(partitions)) };
        for (p, elem) in asked.iter().zip(elems) {
            // As in librdkafka, this is a use of the partition.
            let used = rk.client().consumer().map(|c| c.used(&p.topic, p.partition));
            let (offset, epoch) = used.map_or((logical::INVALID, -1), |p| p.position());
            (elem.err, elem.offset) = (ErrorCode::NO_ERROR.0, offset);
            // SAFETY: an element of the list.
            unsafe { rd_kafka_topic_partition_set_leader_epoch(elem, epoch) };
        }
        ErrorCode::NO_ERROR.0
    };
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, ErrorCode::_INVALID_ARG.0, body) }
}

/// Runs a call on a partition of a consumer's topic. Those that the topic is known to have count as used, and
/// so does the one for messages without a partition.
///
/// # Safety
/// `rkt` is NULL or a live handle.
unsafe fn with_consumer(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    body: impl FnOnce(&str, &Consumer) -> Result<(), ErrorCode>,
) -> rd_kafka_resp_err_t {
    let body = |topic: &TopicHandle| {
        let consumer = topic.instance().client().consumer().ok_or(ErrorCode::_UNKNOWN_PARTITION);
        let done = consumer.and_then(|consumer| {
            let name = topic.topic().name();
            let count = topic.topic().table().partitions.len();
            if partition == UNASSIGNED || usize::try_from(partition).is_ok_and(|n| n < count) {
                let _ = consumer.used(name, partition);
            }
            body(name, consumer)
        });
        done.err().unwrap_or(ErrorCode::NO_ERROR).0
    };
    // SAFETY: by this function's own contract.
    unsafe { with_handle(rkt, ErrorCode::_INVALID_ARG.0, body) }
}

/// Goes to another offset of a partition that is being consumed. What was fetched is dropped.
///
/// @param offset An offset, or a logical one.
/// @param timeout_ms Milliseconds to wait until it has taken effect. Not used: it has when the call returns.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, or RD_KAFKA_RESP_ERR__STATE if
/// the partition is not being consumed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_seek(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    offset: i64,
    _timeout_ms: c_int,
) -> rd_kafka_resp_err_t {
    if partition < 0 {
        return ErrorCode::_INVALID_ARG.0;
    }
    // SAFETY: the caller's topic.
    unsafe {
        with_consumer(rkt, partition, |topic, consumer| consumer.seek(topic, partition, Position::at(offset)))
    }
}

/// Goes to other offsets of several partitions.
///
/// @param partitions Topics, partitions and offsets; the `err` of each is set.
/// @param timeout_ms As for rd_kafka_seek().
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_seek_partitions(
    rk: *mut rd_kafka_t,
    partitions: *mut rd_kafka_topic_partition_list_t,
    _timeout_ms: c_int,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance and list.
    unsafe {
        with_instance_or_error(rk, |rk| {
            let Some(consumer) = rk.client().consumer() else {
                return error_object(Error::new(
                    ErrorCode::_INVALID_ARG,
                    "Must only be used on consumer instance",
                ));
            };
            let asked = self::partitions(partitions);
            if asked.is_empty() {
                return error_object(Error::new(ErrorCode::_INVALID_ARG, "partitions must be specified"));
            }
            for (p, elem) in asked.iter().zip(elems_mut(partitions)) {
                let done = consumer.seek(&p.topic, p.partition, Position::new(p.offset, p.leader_epoch));
                elem.err = done.err().unwrap_or(ErrorCode::NO_ERROR).0;
            }
            null_mut()
        })
    }
}

/// Stores the offset behind `offset` to be committed.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, or RD_KAFKA_RESP_ERR__STATE if
/// the partition is not assigned.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_offset_store(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    offset: i64,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's topic.
    unsafe {
        with_consumer(rkt, partition, |topic, consumer| {
            consumer.store_offset(topic, partition, Position::at(offset.saturating_add(1)), &[])
        })
    }
}
