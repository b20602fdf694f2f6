//! Functions that applications link against but that do nothing here yet: those of consumers, and what comes later for
//! producers. Each fails as it would for another reason, and the instance logs once that it was called.
//! `include/exports.txt` lists every function of this file as `stub`.

use super::enum_ints::rd_kafka_resp_err_t;
use super::error_object::{rd_kafka_error_s, rd_kafka_error_t};
use super::errors::set_last_error;
use super::handle::{rd_kafka_s, with_instance};
use super::handles::BoxHandle;
use super::strings::c_string;
use super::topic::with_handle;
use super::types::{
    rd_kafka_message_t, rd_kafka_queue_t, rd_kafka_t, rd_kafka_topic_partition_list_t, rd_kafka_topic_t,
};
use crate::base::error::ErrorCode;
use crate::base::log::Level;
use crate::base::sync::atomic::{AtomicBool, Ordering};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

/// Logs once per function that it was called.
fn note(rk: &rd_kafka_s, function: &str, noted: &AtomicBool) {
    if !noted.swap(true, Ordering::Relaxed) {
        let log = rk.client().logger();
        log.log(Level::Warning, "NOTIMPL", format_args!("{function}() is not implemented by this library"));
    }
}

/// The body of a stub on an instance: note the call and return `$default`.
macro_rules! not_implemented {
    ($rk:expr, $function:ident, $default:expr) => {{
        static NOTED: AtomicBool = AtomicBool::new(false);
        set_last_error(ErrorCode::_NOT_IMPLEMENTED, libc::ENOSYS);
        // SAFETY: the caller's instance.
        unsafe { with_instance($rk, (), |rk| note(rk, stringify!($function), &NOTED)) };
        $default
    }};
    (topic $rkt:expr, $function:ident, $default:expr) => {{
        static NOTED: AtomicBool = AtomicBool::new(false);
        set_last_error(ErrorCode::_NOT_IMPLEMENTED, libc::ENOSYS);
        // SAFETY: the caller's handle.
        unsafe { with_handle($rkt, (), |t| note(t.instance(), stringify!($function), &NOTED)) };
        $default
    }};
}

const NOT_IMPLEMENTED: rd_kafka_resp_err_t = ErrorCode::_NOT_IMPLEMENTED.0;

fn error(function: &str) -> *mut rd_kafka_error_t {
    super::guard::guard(null_mut(), || {
        let text = c_string(&format!("{function}() is not implemented by this library"));
        rd_kafka_error_s::new(ErrorCode::_NOT_IMPLEMENTED, Some(text)).into_handle()
    })
}

/// Prepares the instance for transactions. Not implemented yet.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_init_transactions(
    rk: *mut rd_kafka_t,
    _timeout_ms: c_int,
) -> *mut rd_kafka_error_t {
    not_implemented!(rk, rd_kafka_init_transactions, error("rd_kafka_init_transactions"))
}

/// Begins a transaction. Not implemented yet.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_begin_transaction(rk: *mut rd_kafka_t) -> *mut rd_kafka_error_t {
    not_implemented!(rk, rd_kafka_begin_transaction, error("rd_kafka_begin_transaction"))
}

/// Commits the current transaction. Not implemented yet.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_commit_transaction(
    rk: *mut rd_kafka_t,
    _timeout_ms: c_int,
) -> *mut rd_kafka_error_t {
    not_implemented!(rk, rd_kafka_commit_transaction, error("rd_kafka_commit_transaction"))
}

/// Aborts the current transaction. Not implemented yet.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_abort_transaction(
    rk: *mut rd_kafka_t,
    _timeout_ms: c_int,
) -> *mut rd_kafka_error_t {
    not_implemented!(rk, rd_kafka_abort_transaction, error("rd_kafka_abort_transaction"))
}

/// Makes a queue. Not implemented yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_queue_new(rk: *mut rd_kafka_t) -> *mut rd_kafka_queue_t {
    not_implemented!(rk, rd_kafka_queue_new, null_mut())
}

/// Releases a queue. There are none yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_queue_destroy(_rkqu: *mut rd_kafka_queue_t) {}

/// Returns a consumer's member id in its group. Producers have none.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_memberid(rk: *const rd_kafka_t) -> *mut c_char {
    not_implemented!(rk, rd_kafka_memberid, null_mut())
}

/// Subscribes a consumer to topics. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_subscribe(
    rk: *mut rd_kafka_t,
    _topics: *const rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_subscribe, NOT_IMPLEMENTED)
}

/// Sets a consumer's assignment. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_assign(
    rk: *mut rd_kafka_t,
    _partitions: *const rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_assign, NOT_IMPLEMENTED)
}

/// Adds to a consumer's assignment. There is no consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_incremental_assign(
    rk: *mut rd_kafka_t,
    _partitions: *const rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(rk, rd_kafka_incremental_assign, error("rd_kafka_incremental_assign"))
}

/// Removes from a consumer's assignment. There is no consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_incremental_unassign(
    rk: *mut rd_kafka_t,
    _partitions: *const rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(rk, rd_kafka_incremental_unassign, error("rd_kafka_incremental_unassign"))
}

/// Returns whether a consumer has lost its assignment. There is no consumer in this library.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_assignment_lost(rk: *mut rd_kafka_t) -> c_int {
    not_implemented!(rk, rd_kafka_assignment_lost, 0)
}

/// Returns a consumer's rebalance protocol. There is no consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_rebalance_protocol(rk: *mut rd_kafka_t) -> *const c_char {
    not_implemented!(rk, rd_kafka_rebalance_protocol, null())
}

/// Makes rd_kafka_poll() serve a consumer's messages. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_poll_set_consumer(rk: *mut rd_kafka_t) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_poll_set_consumer, NOT_IMPLEMENTED)
}

/// Returns a consumer's next message. There is no consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_consumer_poll(
    rk: *mut rd_kafka_t,
    _timeout_ms: c_int,
) -> *mut rd_kafka_message_t {
    not_implemented!(rk, rd_kafka_consumer_poll, null_mut())
}

/// Closes a consumer. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_consumer_close(rk: *mut rd_kafka_t) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_consumer_close, NOT_IMPLEMENTED)
}

/// Looks up offsets by time. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_offsets_for_times(
    rk: *mut rd_kafka_t,
    _offsets: *mut rd_kafka_topic_partition_list_t,
    _timeout_ms: c_int,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_offsets_for_times, NOT_IMPLEMENTED)
}

/// Stores an offset to be committed. There is no consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_offset_store(
    rkt: *mut rd_kafka_topic_t,
    _partition: i32,
    _offset: i64,
) -> rd_kafka_resp_err_t {
    not_implemented!(topic rkt, rd_kafka_offset_store, NOT_IMPLEMENTED)
}

/// Starts to consume a partition into a queue. There is no consumer in this library.
///
/// @return -1, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_consume_start_queue(
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
pub unsafe extern "C" fn rd_kafka_consume_stop(rkt: *mut rd_kafka_topic_t, _partition: i32) -> c_int {
    not_implemented!(topic rkt, rd_kafka_consume_stop, -1)
}

/// Calls back for the messages of a queue. There is no consumer in this library.
///
/// @return -1, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_consume_callback_queue(
    _rkqu: *mut rd_kafka_queue_t,
    _timeout_ms: c_int,
    _consume_cb: Option<unsafe extern "C" fn(rkmessage: *mut rd_kafka_message_t, commit_opaque: *mut c_void)>,
    _commit_opaque: *mut c_void,
) -> c_int {
    not_implemented!(null(), rd_kafka_consume_callback_queue, -1)
}
