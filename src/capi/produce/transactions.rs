//! Transactions.

use crate::base::error::ErrorCode;
use crate::base::unwind;
use crate::capi::abi::types::{rd_kafka_t, rd_kafka_topic_partition_list_t};
use crate::capi::data::group_metadata::rd_kafka_consumer_group_metadata_t;
use crate::capi::data::offset_list::to_commit;
use crate::capi::ffi::error_object::{rd_kafka_error_s, rd_kafka_error_t};
use crate::capi::ffi::pointers::{BoxHandle, borrow};
use crate::capi::instance::object::with_instance_or_error;
use crate::capi::instance::object::{Instance, keep, timeout};
use crate::capi::queue::poll::{forget_yield, serve};
use crate::client::txn::{Calls, ErrorClass, TxnError};
use std::ffi::c_int;
use std::ptr::null_mut;

/// The error object for the result of a call; NULL for success.
fn outcome(result: Result<(), TxnError>) -> *mut rd_kafka_error_t {
    match result {
        // The call does not return, so nobody would release an error.
        _ if unwind::is_pending() => null_mut(),
        Ok(()) => null_mut(),
        Err(f) => rd_kafka_error_s::of_transaction(f).into_handle(),
    }
}

/// Runs a call on an instance, which stays alive even if a callback destroys it.
///
/// # Safety
/// The caller's instance, or NULL.
unsafe fn call(
    rk: *mut rd_kafka_t,
    body: impl FnOnce(&Instance) -> Result<(), TxnError>,
) -> *mut rd_kafka_error_t {
    // SAFETY: by this function's own contract.
    unsafe {
        with_instance_or_error(rk, |rk| {
            let rk = keep(rk);
            forget_yield();
            outcome(body(&rk))
        })
    }
}

/// Prepares a producer with a `transactional.id` for transactions: finds its coordinator and acquires its
/// producer id. Any transaction that an earlier producer with this id has left open is aborted, and that
/// producer is fenced. To be called before the first transaction. Thread-safe, though only one transactional
/// call can run at a time.
///
/// @param timeout_ms Longest time to wait in milliseconds; -1 for twice the `transaction.timeout.ms`.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy(). If it is retriable, such as
/// RD_KAFKA_RESP_ERR__TIMED_OUT, the operation continues: call again. RD_KAFKA_RESP_ERR__NOT_CONFIGURED:
/// there is no `transactional.id`; RD_KAFKA_RESP_ERR__STATE: transactions have been prepared already; after a
/// fatal error the producer accepts no more messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_init_transactions(
    rk: *mut rd_kafka_t,
    timeout_ms: c_int,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance.
    unsafe { call(rk, |rk| Calls::of(rk.client())?.init_transactions(timeout(timeout_ms))) }
}

/// Begins a transaction. Messages may be produced from here on, until the transaction is committed or
/// aborted; they are all part of it.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy(): RD_KAFKA_RESP_ERR__STATE outside
/// of a state in which a transaction can begin, or the fatal error after which the producer accepts no more
/// messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_begin_transaction(rk: *mut rd_kafka_t) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance.
    unsafe { call(rk, |rk| Calls::of(rk.client())?.begin_transaction()) }
}

/// Makes a consumer's offsets part of the transaction: they are committed if and when it is. Waits until the
/// group's coordinator has them. Elements without a valid offset are left out; a list without any does
/// nothing.
///
/// @param offsets The next offsets to be consumed; copied.
/// @param cgmetadata The consumer's identity in its group; copied.
/// @param timeout_ms Longest time to wait in milliseconds, at most the `transaction.timeout.ms`; -1 for that.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy(); rd_kafka_error_is_retriable(),
/// rd_kafka_error_txn_requires_abort() and rd_kafka_error_is_fatal() tell what to do.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_send_offsets_to_transaction(
    rk: *mut rd_kafka_t,
    offsets: *const rd_kafka_topic_partition_list_t,
    cgmetadata: *const rd_kafka_consumer_group_metadata_t,
    timeout_ms: c_int,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's objects.
    let (list, group) = unsafe { (borrow(offsets), borrow(cgmetadata)) };
    let (Some(list), Some(group)) = (list, group) else {
        let text = "cgmetadata and offsets are required parameters";
        return outcome(Err(TxnError::new(ErrorClass::Plain, ErrorCode::_INVALID_ARG, text)));
    };
    // SAFETY: the caller's list, and its instance.
    unsafe {
        let offsets = to_commit(list).unwrap_or_default();
        call(rk, |rk| {
            Calls::of(rk.client())?.send_offsets_to_transaction(group.member(), offsets, timeout(timeout_ms))
        })
    }
}

/// Commits the transaction: sends what is queued, waits until every message has been delivered, serving
/// events meanwhile as rd_kafka_flush() does, and has the coordinator commit.
///
/// @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy(). If it is retriable, the operation
/// continues: call again. If rd_kafka_error_txn_requires_abort() says so, for instance since a message could
/// not be delivered: call rd_kafka_abort_transaction(). After a fatal error the producer accepts no more
/// messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_commit_transaction(
    rk: *mut rd_kafka_t,
    timeout_ms: c_int,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance.
    unsafe {
        call(rk, |rk| {
            Calls::of(rk.client())?.commit_transaction(timeout(timeout_ms), &mut |event| serve(rk, event))
        })
    }
}

/// Aborts the transaction: drops what is queued (those messages fail with RD_KAFKA_RESP_ERR__PURGE_QUEUE),
/// waits for what is in flight, serving events meanwhile as rd_kafka_flush() does, and has the coordinator
/// abort.
///
/// @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy(). If it is retriable, the operation
/// continues: call again. After a fatal error the producer accepts no more messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_abort_transaction(
    rk: *mut rd_kafka_t,
    timeout_ms: c_int,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance.
    unsafe {
        call(rk, |rk| {
            Calls::of(rk.client())?.abort_transaction(timeout(timeout_ms), &mut |event| serve(rk, event))
        })
    }
}
