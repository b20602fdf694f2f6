//! Results of admin requests that describe groups.

use super::not_implemented;
use crate::capi::abi::enum_ints::{
    rd_kafka_AclOperation_t, rd_kafka_consumer_group_state_t, rd_kafka_consumer_group_type_t,
};
use crate::capi::abi::opaque::{
    rd_kafka_AlterConsumerGroupOffsets_result_t, rd_kafka_ConsumerGroupDescription_t,
    rd_kafka_ConsumerGroupListing_t, rd_kafka_DeleteConsumerGroupOffsets_result_t,
    rd_kafka_DeleteGroups_result_t, rd_kafka_DescribeConsumerGroups_result_t,
    rd_kafka_ListConsumerGroupOffsets_result_t, rd_kafka_ListConsumerGroups_result_t,
    rd_kafka_MemberAssignment_t, rd_kafka_MemberDescription_t, rd_kafka_group_result_t,
};
use crate::capi::abi::types::rd_kafka_topic_partition_list_t;
use crate::capi::admin::describe_results::rd_kafka_Node_t;
use crate::capi::ffi::error_object::rd_kafka_error_t;
use crate::capi::ffi::pointers::write_out;
use std::ffi::{c_char, c_int};
use std::ptr::{null, null_mut};

/// Returns the error for a group. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_group_result_error(
    _groupres: *const rd_kafka_group_result_t,
) -> *const rd_kafka_error_t {
    not_implemented!(null())
}

/// Returns the name of the group of a result. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_group_result_name(
    _groupres: *const rd_kafka_group_result_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns the partitions of the result for a group. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_group_result_partitions(
    _groupres: *const rd_kafka_group_result_t,
) -> *const rd_kafka_topic_partition_list_t {
    not_implemented!(null())
}

/// Returns the results of rd_kafka_DeleteGroups(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteGroups_result_groups(
    _result: *const rd_kafka_DeleteGroups_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_group_result_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the results of rd_kafka_ListConsumerGroupOffsets(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListConsumerGroupOffsets_result_groups(
    _result: *const rd_kafka_ListConsumerGroupOffsets_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_group_result_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the results of rd_kafka_AlterConsumerGroupOffsets(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterConsumerGroupOffsets_result_groups(
    _result: *const rd_kafka_AlterConsumerGroupOffsets_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_group_result_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the results of rd_kafka_DeleteConsumerGroupOffsets(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteConsumerGroupOffsets_result_groups(
    _result: *const rd_kafka_DeleteConsumerGroupOffsets_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_group_result_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the groups that rd_kafka_ListConsumerGroups() has found. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListConsumerGroups_result_valid(
    _result: *const rd_kafka_ListConsumerGroups_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConsumerGroupListing_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the errors that rd_kafka_ListConsumerGroups() has met. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListConsumerGroups_result_errors(
    _result: *const rd_kafka_ListConsumerGroups_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_error_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the name of a listed group. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupListing_group_id(
    _grplist: *const rd_kafka_ConsumerGroupListing_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns whether a listed group only stores offsets. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupListing_is_simple_consumer_group(
    _grplist: *const rd_kafka_ConsumerGroupListing_t,
) -> c_int {
    not_implemented!(0)
}

/// Returns the state of a listed group. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupListing_state(
    _grplist: *const rd_kafka_ConsumerGroupListing_t,
) -> rd_kafka_consumer_group_state_t {
    not_implemented!(0)
}

/// Returns the type of a listed group. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupListing_type(
    _grplist: *const rd_kafka_ConsumerGroupListing_t,
) -> rd_kafka_consumer_group_type_t {
    not_implemented!(0)
}

/// Returns the results of rd_kafka_DescribeConsumerGroups(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeConsumerGroups_result_groups(
    _result: *const rd_kafka_DescribeConsumerGroups_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConsumerGroupDescription_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the name of a described group. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_group_id(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns the error for a described group. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_error(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
) -> *const rd_kafka_error_t {
    not_implemented!(null())
}

/// Returns whether a described group only stores offsets. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
) -> c_int {
    not_implemented!(0)
}

/// Returns the assignor of a described group. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_partition_assignor(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns what may be done with a described group. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_authorized_operations(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
    cntp: *mut usize,
) -> *const rd_kafka_AclOperation_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null())
}

/// Returns the state of a described group. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_state(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
) -> rd_kafka_consumer_group_state_t {
    not_implemented!(0)
}

/// Returns the type of a described group. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_type(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
) -> rd_kafka_consumer_group_type_t {
    not_implemented!(0)
}

/// Returns the coordinator of a described group. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_coordinator(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
) -> *const rd_kafka_Node_t {
    not_implemented!(null())
}

/// Returns the number of members of a described group. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_member_count(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
) -> usize {
    not_implemented!(0)
}

/// Returns a member of a described group. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConsumerGroupDescription_member(
    _grpdesc: *const rd_kafka_ConsumerGroupDescription_t,
    _idx: usize,
) -> *const rd_kafka_MemberDescription_t {
    not_implemented!(null())
}

/// Returns the client id of a member. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_MemberDescription_client_id(
    _member: *const rd_kafka_MemberDescription_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns the instance id of a static member. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_MemberDescription_group_instance_id(
    _member: *const rd_kafka_MemberDescription_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns the id of a member. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_MemberDescription_consumer_id(
    _member: *const rd_kafka_MemberDescription_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns the host of a member. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_MemberDescription_host(
    _member: *const rd_kafka_MemberDescription_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns the assignment of a member. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_MemberDescription_assignment(
    _member: *const rd_kafka_MemberDescription_t,
) -> *const rd_kafka_MemberAssignment_t {
    not_implemented!(null())
}

/// Returns the assignment that a member is to have. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_MemberDescription_target_assignment(
    _member: *const rd_kafka_MemberDescription_t,
) -> *const rd_kafka_MemberAssignment_t {
    not_implemented!(null())
}

/// Returns the partitions of an assignment. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_MemberAssignment_partitions(
    _assignment: *const rd_kafka_MemberAssignment_t,
) -> *const rd_kafka_topic_partition_list_t {
    not_implemented!(null())
}
