//! Functions of the mock cluster that do nothing here yet; see `stubs.rs`. A file of their own for a header
//! of their own.

use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::rd_kafka_topic_partition_list_t;
use crate::capi::ffi::pointers::write_out;
use crate::capi::mock::cluster::rd_kafka_mock_cluster_t;
use crate::capi::stubs::{NOT_IMPLEMENTED, not_implemented};
use std::ffi::{c_char, c_int};

/// Sets the session timeout of share groups. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_set_session_timeout(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _session_timeout_ms: c_int,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_set_session_timeout, ())
}

/// Sets the heartbeat interval of share groups. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_set_heartbeat_interval(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _heartbeat_interval_ms: c_int,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_set_heartbeat_interval, ())
}

/// Sets how often share groups try to deliver a record. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_set_max_delivery_attempts(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _max_attempts: c_int,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_set_max_delivery_attempts, ())
}

/// Sets how long members of share groups hold a record. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_set_record_lock_duration(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _lock_duration_ms: c_int,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_set_record_lock_duration, ())
}

/// Sets the isolation level of share groups. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_set_isolation_level(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _level: c_int,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_set_isolation_level, ())
}

/// Sets the highest number of members of share groups. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_set_max_size(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _max_size: c_int,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_set_max_size, ())
}

/// Sets the highest number of fetch sessions of share groups. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_set_max_fetch_sessions(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _max_fetch_sessions: c_int,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_set_max_fetch_sessions, ())
}

/// Sets the highest number of records that members of share groups hold. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_set_max_record_locks(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _max_record_locks: c_int,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_set_max_record_locks, ())
}

/// Sets where share groups start. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_set_auto_offset_reset(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _auto_offset_reset: c_int,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_set_auto_offset_reset, ())
}

/// Sets the assignment of the members of a share group. Not implemented yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_target_assignment(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _group_id: *const c_char,
    _member_ids: *mut *const c_char,
    _assignments: *mut *mut rd_kafka_topic_partition_list_t,
    _member_cnt: usize,
) {
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_target_assignment, ())
}

/// Returns the ids of the members of a share group. Not implemented yet.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_sharegroup_get_member_ids(
    mcluster: *mut rd_kafka_mock_cluster_t,
    _group_id: *const c_char,
    _member_ids_out: *mut *mut *mut c_char,
    member_cnt_out: *mut usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(member_cnt_out, 0) };
    not_implemented!(cluster mcluster, rd_kafka_mock_sharegroup_get_member_ids, NOT_IMPLEMENTED)
}
