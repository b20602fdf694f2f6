//! Polling a consumer's own queue, and closing it.

use super::legacy::next_message;
use crate::base::error::{Error, ErrorCode};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_message_t, rd_kafka_queue_t, rd_kafka_t};
use crate::capi::data::message::error::ErrorMessage;
use crate::capi::ffi::error_object::{rd_kafka_error_s, rd_kafka_error_t};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::BoxHandle;
use crate::capi::ffi::strings::{c_string, text};
use crate::capi::instance::object::{Instance, keep, timeout, with_instance, with_instance_or_error};
use crate::capi::queue::object::{QueueHandle, queue_of};
use crate::capi::queue::poll::serve;
use crate::client::consumer::Consumer;
use crate::client::group;
use std::ffi::{c_char, c_int};
use std::ptr::null_mut;
use std::time::Duration;

/// The consumer of an instance that has a group; else librdkafka's word for that.
pub(crate) fn group_consumer(rk: &Instance) -> Result<&Consumer, ErrorCode> {
    rk.client().consumer().filter(|c| c.has_group()).ok_or(ErrorCode::_UNKNOWN_GROUP)
}

pub(super) fn error_object(error: Error) -> *mut rd_kafka_error_t {
    guard(null_mut(), || rd_kafka_error_s::new(error.code, Some(c_string(&error.text))).into_handle())
}

/// Has rd_kafka_poll() serve the consumer's queue as well: the main queue is forwarded there. Call
/// rd_kafka_consumer_poll() from then on.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_poll_set_consumer(rk: *mut rd_kafka_t) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| match group_consumer(rk) {
            Ok(consumer) => {
                rk.client().main_queue().forward(Some(consumer.queue()));
                ErrorCode::NO_ERROR.0
            }
            Err(code) => code.0,
        })
    }
}

/// Returns a consumer's next message, or an error in its place, and calls the application's other callbacks
/// that are due.
///
/// @param timeout_ms How long to wait for it in milliseconds; 0: do not wait, -1: wait for ever.
///
/// @return The message, to be released with rd_kafka_message_destroy(), or NULL, with rd_kafka_last_error()
/// and errno set, if there is none in time. Without a `group.id` an error,
/// RD_KAFKA_RESP_ERR__UNKNOWN_GROUP.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_poll(
    rk: *mut rd_kafka_t,
    timeout_ms: c_int,
) -> *mut rd_kafka_message_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, null_mut(), |rk| match group_consumer(rk) {
            Ok(consumer) => next_message(rk, consumer.queue(), timeout(timeout_ms)),
            Err(code) => ErrorMessage::bare(code),
        })
    }
}

/// Returns the queue that rd_kafka_consumer_poll() serves.
///
/// @return The queue, to be released with rd_kafka_queue_destroy(). NULL without a `group.id`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_get_consumer(rk: *mut rd_kafka_t) -> *mut rd_kafka_queue_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, null_mut(), |rk| match group_consumer(rk) {
            Ok(consumer) => QueueHandle::handle(rk, consumer.queue().clone(), false),
            Err(_) => null_mut(),
        })
    }
}

/// Returns the queue of a partition. An assigned partition's queue is forwarded to the consumer's, which
/// rd_kafka_queue_forward() with NULL ends.
///
/// @return The queue, to be released with rd_kafka_queue_destroy(). NULL for a producer.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_get_partition(
    rk: *mut rd_kafka_t,
    topic: *const c_char,
    partition: i32,
) -> *mut rd_kafka_queue_t {
    // SAFETY: the caller's instance and a terminated string.
    unsafe {
        with_instance(rk, null_mut(), |rk| {
            let (Some(consumer), Some(topic)) = (rk.client().consumer(), text(topic)) else {
                return null_mut();
            };
            QueueHandle::handle(rk, consumer.partition_queue(&topic, partition), false)
        })
    }
}

/// Closes the consumer, and calls the offset commit callback for what is committed at the end, if polling the
/// consumer would.
///
/// # Errors
/// `_DESTROY` if it was closed before.
pub(crate) fn close(rk: &Instance, consumer: &Consumer) -> Result<(), ErrorCode> {
    if !consumer.close() {
        return Err(ErrorCode::_DESTROY);
    }
    group::finish_closing(rk.client());
    if rk.callbacks().offset_commit_cb.is_some() {
        rk.client().serve_queue(consumer.queue(), Some(Duration::ZERO), &mut |event| serve(rk, event));
    }
    Ok(())
}

/// Closes a consumer: its assignment ends, nothing is delivered any more, and with `enable.auto.commit` what
/// was read is committed.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`, or
/// RD_KAFKA_RESP_ERR__DESTROY if it was closed before.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_close(rk: *mut rd_kafka_t) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            // A callback may destroy the instance.
            let rk = keep(rk);
            let closed = group_consumer(&rk).and_then(|consumer| close(&rk, consumer));
            closed.err().unwrap_or(ErrorCode::NO_ERROR).0
        })
    }
}

/// Closes a consumer without waiting. What would have come to the consumer's own queue until it is closed
/// comes to this one, and who waits there is woken once more at the end. rd_kafka_consumer_closed() tells
/// when that is.
///
/// @param rkqu Queue.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_close_queue(
    rk: *mut rd_kafka_t,
    rkqu: *mut rd_kafka_queue_t,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance and queue.
    unsafe {
        let Some(queue) = queue_of(rkqu) else {
            return error_object(Error::new(ErrorCode::_INVALID_ARG, "Queue must be specified"));
        };
        with_instance_or_error(rk, |rk| match group_consumer(rk) {
            Ok(consumer) if consumer.close() => {
                group::begin_closing(rk.client(), queue);
                null_mut()
            }
            Ok(_) => error_object(Error::new(ErrorCode::_DESTROY, "Consumer already closed")),
            Err(code) => error_object(Error::new(code, "Consume close called on non-group consumer")),
        })
    }
}

/// Returns 1 if a consumer has been closed, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_closed(rk: *mut rd_kafka_t) -> c_int {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, 0, |rk| c_int::from(group_consumer(rk).is_ok_and(|c| c.is_closed()))) }
}
