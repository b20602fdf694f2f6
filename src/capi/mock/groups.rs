//! `rd_kafka_mock_*`: consumer groups of the newer protocol (`group.protocol=consumer`) in a mock cluster.

use crate::base::clock::milliseconds;
use crate::capi::abi::types::rd_kafka_topic_partition_list_t;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::array;
use crate::capi::ffi::pointers::{BoxHandle, borrow};
use crate::capi::ffi::strings::text;
use crate::capi::mock::cluster::{rd_kafka_mock_cluster_t, with};
use std::collections::BTreeMap;
use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

/// An assignment for the members of a mock cluster's group.
pub struct rd_kafka_mock_cgrp_consumer_target_assignment_s {
    /// Topics and partitions by member id.
    members: BTreeMap<String, Vec<(String, i32)>>,
}
/// An assignment for the members of a mock cluster's group.
pub type rd_kafka_mock_cgrp_consumer_target_assignment_t = rd_kafka_mock_cgrp_consumer_target_assignment_s;

impl BoxHandle for rd_kafka_mock_cgrp_consumer_target_assignment_t {
    type Handle = Self;
}

/// Sets after how many milliseconds without a heartbeat a member of a group of the newer protocol is removed
/// (30,000 by default).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_set_group_consumer_session_timeout_ms(
    mcluster: *mut rd_kafka_mock_cluster_t,
    group_consumer_session_timeout_ms: c_int,
) {
    let timeout = milliseconds(group_consumer_session_timeout_ms);
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), |c| c.set_consumer_timeouts(Some(timeout), None)) }
}

/// Sets how often, in milliseconds, members of groups of the newer protocol are asked to send a heartbeat
/// (3,000 by default).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_set_group_consumer_heartbeat_interval_ms(
    mcluster: *mut rd_kafka_mock_cluster_t,
    group_consumer_heartbeat_interval_ms: c_int,
) {
    let interval = milliseconds(group_consumer_heartbeat_interval_ms);
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), |c| c.set_consumer_timeouts(None, Some(interval))) }
}

/// Makes an assignment for the members of a group, for rd_kafka_mock_cgrp_consumer_target_assignment().
///
/// @param member_ids The ids of the members.
/// @param member_cnt The number of members.
/// @param assignment The partitions of each member. They are copied.
///
/// @return To be released with rd_kafka_mock_cgrp_consumer_target_assignment_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_cgrp_consumer_target_assignment_new(
    member_ids: *mut *mut c_char,
    member_cnt: c_int,
    assignment: *mut *mut rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_mock_cgrp_consumer_target_assignment_t {
    guard(null_mut(), || {
        // As librdkafka does: fewer than none are none.
        let count = usize::try_from(member_cnt).unwrap_or(0);
        // SAFETY: the caller's arrays of so many elements, or NULL.
        let (ids, lists) = unsafe { (array(member_ids, count), array(assignment, count)) };
        let one = |(id, list): (*mut c_char, *mut rd_kafka_topic_partition_list_t)| {
            // SAFETY: a string and a list of the caller's, or NULL.
            unsafe { Some((text(id.cast_const())?.into_owned(), places(list))) }
        };
        let members = ids.into_iter().zip(lists).filter_map(one).collect();
        rd_kafka_mock_cgrp_consumer_target_assignment_t { members }.into_handle()
    })
}

/// What is in a list.
///
/// # Safety
/// `list` is a live list or NULL.
unsafe fn places(list: *const rd_kafka_topic_partition_list_t) -> Vec<(String, i32)> {
    // SAFETY: by this function's own contract.
    let Some(list) = (unsafe { borrow(list) }) else { return Vec::new() };
    let count = usize::try_from(list.cnt).ok().filter(|n| *n > 0 && !list.elems.is_null());
    let Some(count) = count else { return Vec::new() };
    // SAFETY: a list has as many elements as it says.
    let elements = unsafe { std::slice::from_raw_parts(list.elems.cast_const(), count) };
    let one = |e: &crate::capi::abi::types::rd_kafka_topic_partition_t| {
        // SAFETY: the name in a list's element is a string, or NULL.
        let topic = unsafe { text(e.topic.cast_const()) }?;
        Some((topic.into_owned(), e.partition))
    };
    elements.iter().filter_map(one).collect()
}

/// Releases an assignment for the members of a group.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_cgrp_consumer_target_assignment_destroy(
    target_assignment: *mut rd_kafka_mock_cgrp_consumer_target_assignment_t,
) {
    guard((), || {
        // SAFETY: the caller's object, used no more, or NULL.
        drop(unsafe { rd_kafka_mock_cgrp_consumer_target_assignment_t::take_handle(target_assignment) })
    });
}

/// Sets the assignment of the members of a group of the newer protocol, which the cluster works out by itself
/// otherwise. Members reach it as usual: a partition is assigned to its new member after the former one has
/// revoked it.
///
/// @param group_id The group; nothing happens when it has no members.
/// @param target_assignment The assignment, which stays the caller's. Members that are not in it keep what
/// they have. NULL leaves it to the cluster again.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_cgrp_consumer_target_assignment(
    mcluster: *mut rd_kafka_mock_cluster_t,
    group_id: *const c_char,
    target_assignment: *mut rd_kafka_mock_cgrp_consumer_target_assignment_t,
) {
    // SAFETY: the caller's string, or NULL.
    let Some(group_id) = (unsafe { text(group_id) }) else { return };
    // SAFETY: the caller's object, or NULL.
    let targets = unsafe { borrow(target_assignment) }.map(|t| t.members.clone());
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), |c| c.set_consumer_targets(&group_id, targets)) }
}
