//! Consumer groups to delete, and offsets of consumer groups to list, set and delete.

use super::{Partitions, destroy, destroy_array, owned_cstring};
use crate::capi::abi::types::rd_kafka_topic_partition_list_t;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::BoxHandle;
use std::ffi::{CString, c_char};
use std::ptr::null_mut;

/// A consumer group to delete.
#[allow(dead_code)] // For the request, which is not built yet.
pub struct rd_kafka_DeleteGroup_s {
    group: CString,
}
/// A consumer group to delete.
pub type rd_kafka_DeleteGroup_t = rd_kafka_DeleteGroup_s;

/// A consumer group whose offsets are wanted.
#[allow(dead_code)] // For the request, which is not built yet.
pub struct rd_kafka_ListConsumerGroupOffsets_s {
    group: CString,
    partitions: Option<Partitions>,
}
/// A consumer group whose offsets are wanted.
pub type rd_kafka_ListConsumerGroupOffsets_t = rd_kafka_ListConsumerGroupOffsets_s;

/// Offsets of a consumer group to set.
#[allow(dead_code)] // For the request, which is not built yet.
pub struct rd_kafka_AlterConsumerGroupOffsets_s {
    group: CString,
    partitions: Partitions,
}
/// Offsets of a consumer group to set.
pub type rd_kafka_AlterConsumerGroupOffsets_t = rd_kafka_AlterConsumerGroupOffsets_s;

/// Offsets of a consumer group to delete.
#[allow(dead_code)] // For the request, which is not built yet.
pub struct rd_kafka_DeleteConsumerGroupOffsets_s {
    group: CString,
    partitions: Partitions,
}
/// Offsets of a consumer group to delete.
pub type rd_kafka_DeleteConsumerGroupOffsets_t = rd_kafka_DeleteConsumerGroupOffsets_s;

impl BoxHandle for rd_kafka_DeleteGroup_s {
    type Handle = Self;
}
impl BoxHandle for rd_kafka_ListConsumerGroupOffsets_s {
    type Handle = Self;
}
impl BoxHandle for rd_kafka_AlterConsumerGroupOffsets_s {
    type Handle = Self;
}
impl BoxHandle for rd_kafka_DeleteConsumerGroupOffsets_s {
    type Handle = Self;
}

/// Names a consumer group to delete.
///
/// @return A new object, to be released with rd_kafka_DeleteGroup_destroy(); NULL without a name.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteGroup_new(
    group: *const c_char,
) -> *mut rd_kafka_DeleteGroup_t {
    // SAFETY: the caller's string.
    let group = || unsafe { owned_cstring(group) };
    guard(null_mut(), || group().map_or(null_mut(), |group| rd_kafka_DeleteGroup_s { group }.into_handle()))
}

/// Releases the name of a consumer group to delete. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteGroup_destroy(del_group: *mut rd_kafka_DeleteGroup_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(del_group) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteGroup_destroy_array(
    del_groups: *mut *mut rd_kafka_DeleteGroup_t,
    del_group_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(del_groups, del_group_cnt) }
}

/// Asks for the committed offsets of a consumer group, of all partitions if the list is NULL.
///
/// @return A new object, to be released with rd_kafka_ListConsumerGroupOffsets_destroy(); NULL without a
/// group.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListConsumerGroupOffsets_new(
    group_id: *const c_char,
    partitions: *const rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_ListConsumerGroupOffsets_t {
    guard(null_mut(), || {
        // SAFETY: the caller's string and list.
        let (group, partitions) = unsafe { (owned_cstring(group_id), Partitions::copy(partitions)) };
        group.map_or(null_mut(), |group| {
            rd_kafka_ListConsumerGroupOffsets_s { group, partitions }.into_handle()
        })
    })
}

/// Releases such an object. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListConsumerGroupOffsets_destroy(
    list_grpoffsets: *mut rd_kafka_ListConsumerGroupOffsets_t,
) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(list_grpoffsets) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListConsumerGroupOffsets_destroy_array(
    list_grpoffsets: *mut *mut rd_kafka_ListConsumerGroupOffsets_t,
    list_grpoffset_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(list_grpoffsets, list_grpoffset_cnt) }
}

/// Names a consumer group and the offsets to set.
///
/// @return A new object, to be released with rd_kafka_AlterConsumerGroupOffsets_destroy(); NULL without a
/// group or a list.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterConsumerGroupOffsets_new(
    group_id: *const c_char,
    partitions: *const rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_AlterConsumerGroupOffsets_t {
    guard(null_mut(), || {
        // SAFETY: the caller's string and list.
        match unsafe { (owned_cstring(group_id), Partitions::copy(partitions)) } {
            (Some(group), Some(partitions)) => {
                rd_kafka_AlterConsumerGroupOffsets_s { group, partitions }.into_handle()
            }
            _ => null_mut(),
        }
    })
}

/// Releases such an object. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterConsumerGroupOffsets_destroy(
    alter_grpoffsets: *mut rd_kafka_AlterConsumerGroupOffsets_t,
) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(alter_grpoffsets) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterConsumerGroupOffsets_destroy_array(
    alter_grpoffsets: *mut *mut rd_kafka_AlterConsumerGroupOffsets_t,
    alter_grpoffset_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(alter_grpoffsets, alter_grpoffset_cnt) }
}

/// Names a consumer group and the partitions whose offsets are to be deleted.
///
/// @return A new object, to be released with rd_kafka_DeleteConsumerGroupOffsets_destroy(); NULL without a
/// group or a list.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteConsumerGroupOffsets_new(
    group: *const c_char,
    partitions: *const rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_DeleteConsumerGroupOffsets_t {
    guard(null_mut(), || {
        // SAFETY: the caller's string and list.
        match unsafe { (owned_cstring(group), Partitions::copy(partitions)) } {
            (Some(group), Some(partitions)) => {
                rd_kafka_DeleteConsumerGroupOffsets_s { group, partitions }.into_handle()
            }
            _ => null_mut(),
        }
    })
}

/// Releases such an object. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteConsumerGroupOffsets_destroy(
    del_grpoffsets: *mut rd_kafka_DeleteConsumerGroupOffsets_t,
) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(del_grpoffsets) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteConsumerGroupOffsets_destroy_array(
    del_grpoffsets: *mut *mut rd_kafka_DeleteConsumerGroupOffsets_t,
    del_grpoffset_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(del_grpoffsets, del_grpoffset_cnt) }
}
