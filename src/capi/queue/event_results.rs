//! What an event shows if it is the outcome of an admin request.

use crate::capi::abi::consts::*;
use crate::capi::abi::opaque::*;
use crate::capi::abi::types::{rd_kafka_event_t, rd_kafka_event_type_t};
use crate::capi::queue::event::with_event;
use std::ptr::null;

/// The event as a result, if it is one of that kind.
///
/// # Safety
/// `rkev` is NULL or a live event.
unsafe fn result(rkev: *mut rd_kafka_event_t, kind: rd_kafka_event_type_t) -> *const rd_kafka_event_t {
    // SAFETY: by this function's own contract.
    unsafe { with_event(rkev, null(), |ev| if ev.kind() == kind { rkev.cast_const() } else { null() }) }
}

/// Returns the result of rd_kafka_CreateTopics() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_CreateTopics_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_CreateTopics_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_CREATETOPICS_RESULT) }
}

/// Returns the result of rd_kafka_DeleteTopics() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DeleteTopics_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DeleteTopics_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DELETETOPICS_RESULT) }
}

/// Returns the result of rd_kafka_CreatePartitions() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_CreatePartitions_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_CreatePartitions_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT) }
}

/// Returns the result of rd_kafka_AlterConfigs() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_AlterConfigs_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_AlterConfigs_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_ALTERCONFIGS_RESULT) }
}

/// Returns the result of rd_kafka_IncrementalAlterConfigs() that an event holds, valid until the event is
/// destroyed; NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_IncrementalAlterConfigs_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_IncrementalAlterConfigs_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT) }
}

/// Returns the result of rd_kafka_DescribeConfigs() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DescribeConfigs_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DescribeConfigs_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT) }
}

/// Returns the result of rd_kafka_DeleteRecords() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DeleteRecords_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DeleteRecords_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DELETERECORDS_RESULT) }
}

/// Returns the result of rd_kafka_ListConsumerGroups() that an event holds, valid until the event is
/// destroyed; NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_ListConsumerGroups_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_ListConsumerGroups_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT) }
}

/// Returns the result of rd_kafka_DescribeConsumerGroups() that an event holds, valid until the event is
/// destroyed; NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DescribeConsumerGroups_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DescribeConsumerGroups_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT) }
}

/// Returns the result of rd_kafka_DescribeTopics() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DescribeTopics_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DescribeTopics_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT) }
}

/// Returns the result of rd_kafka_DescribeCluster() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DescribeCluster_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DescribeCluster_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT) }
}

/// Returns the result of rd_kafka_DeleteGroups() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DeleteGroups_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DeleteGroups_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DELETEGROUPS_RESULT) }
}

/// Returns the result of rd_kafka_DeleteConsumerGroupOffsets() that an event holds, valid until the event is
/// destroyed; NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DeleteConsumerGroupOffsets_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DeleteConsumerGroupOffsets_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DELETECONSUMERGROUPOFFSETS_RESULT) }
}

/// Returns the result of rd_kafka_CreateAcls() that an event holds, valid until the event is destroyed; NULL
/// if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_CreateAcls_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_CreateAcls_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_CREATEACLS_RESULT) }
}

/// Returns the result of rd_kafka_DescribeAcls() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DescribeAcls_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DescribeAcls_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DESCRIBEACLS_RESULT) }
}

/// Returns the result of rd_kafka_DeleteAcls() that an event holds, valid until the event is destroyed; NULL
/// if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DeleteAcls_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DeleteAcls_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DELETEACLS_RESULT) }
}

/// Returns the result of rd_kafka_AlterConsumerGroupOffsets() that an event holds, valid until the event is
/// destroyed; NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_AlterConsumerGroupOffsets_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_AlterConsumerGroupOffsets_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT) }
}

/// Returns the result of rd_kafka_DescribeUserScramCredentials() that an event holds, valid until the event
/// is destroyed; NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_DescribeUserScramCredentials_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_DescribeUserScramCredentials_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_DESCRIBEUSERSCRAMCREDENTIALS_RESULT) }
}

/// Returns the result of rd_kafka_AlterUserScramCredentials() that an event holds, valid until the event is
/// destroyed; NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_AlterUserScramCredentials_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_AlterUserScramCredentials_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_ALTERUSERSCRAMCREDENTIALS_RESULT) }
}

/// Returns the result of rd_kafka_ListOffsets() that an event holds, valid until the event is destroyed; NULL
/// if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_ListOffsets_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_ListOffsets_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_LISTOFFSETS_RESULT) }
}

/// Returns the result of rd_kafka_ListConsumerGroupOffsets() that an event holds, valid until the event is
/// destroyed; NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_ListConsumerGroupOffsets_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_ListConsumerGroupOffsets_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT) }
}

/// Returns the result of rd_kafka_ElectLeaders() that an event holds, valid until the event is destroyed;
/// NULL if it is another event.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_ElectLeaders_result(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_ElectLeaders_result_t {
    // SAFETY: the caller's event.
    unsafe { result(rkev, RD_KAFKA_EVENT_ELECTLEADERS_RESULT) }
}
