//! Transactions.

use super::{error, not_implemented};
use crate::capi::error_object::rd_kafka_error_t;
use crate::capi::group_metadata::rd_kafka_consumer_group_metadata_t;
use crate::capi::types::{rd_kafka_t, rd_kafka_topic_partition_list_t};
use std::ffi::c_int;

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

/// Makes a consumer's offsets part of the current transaction. Not implemented yet.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_send_offsets_to_transaction(
    rk: *mut rd_kafka_t,
    _offsets: *const rd_kafka_topic_partition_list_t,
    _cgmetadata: *const rd_kafka_consumer_group_metadata_t,
    _timeout_ms: c_int,
) -> *mut rd_kafka_error_t {
    not_implemented!(rk, rd_kafka_send_offsets_to_transaction, error("rd_kafka_send_offsets_to_transaction"))
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
