//! The admin request for offsets of partitions, and its results.

use super::Listed;
use super::options::{ResolvedOptions, rd_kafka_AdminOptions_t};
use crate::base::error::{Error, ErrorCode};
use crate::capi::abi::consts::RD_KAFKA_EVENT_LISTOFFSETS_RESULT;
use crate::capi::abi::opaque::rd_kafka_ListOffsets_result_t;
use crate::capi::abi::types::{
    rd_kafka_queue_t, rd_kafka_t, rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_t,
};
use crate::capi::data::partition_list::{
    elems_mut, rd_kafka_topic_partition_list_add, rd_kafka_topic_partition_list_destroy,
    rd_kafka_topic_partition_list_new, rd_kafka_topic_partition_set_leader_epoch,
};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{borrow, write_out};
use crate::capi::ffi::strings::c_string;
use crate::capi::instance::object::with_instance;
use crate::capi::instance::offsets::asked;
use crate::capi::queue::event::with_event;
use crate::capi::queue::object::{post_outcome, queue_of};
use crate::client::events::Results;
use crate::client::offsets::{self, OffsetLookup, OffsetResult};
use crate::protocol::list_offsets::MAX_TIMESTAMP;
use std::ptr::{null, null_mut};

/// Offset and timestamp of a partition.
pub struct rd_kafka_ListOffsetsResultInfo_s {
    partition: *const rd_kafka_topic_partition_t,
    timestamp: i64,
}
/// Offset and timestamp of a partition.
pub type rd_kafka_ListOffsetsResultInfo_t = rd_kafka_ListOffsetsResultInfo_s;

/// The offsets that an event holds.
pub(crate) struct OffsetResults {
    infos: Listed<rd_kafka_ListOffsetsResultInfo_t>,
    /// What the infos point into.
    list: *mut rd_kafka_topic_partition_list_t,
}

impl OffsetResults {
    fn of(results: &Results) -> Option<Self> {
        match results {
            Results::Offsets(found) => Some(Self::new(found)),
            _ => None,
        }
    }

    fn new(results: &[OffsetResult]) -> Self {
        let list = rd_kafka_topic_partition_list_new(i32::try_from(results.len()).unwrap_or(0));
        for r in results {
            // SAFETY: the list is this function's own; the name is copied.
            unsafe {
                let name = c_string(&r.asked.topic);
                let elem = rd_kafka_topic_partition_list_add(list, name.as_ptr(), r.asked.partition);
                if let Some(elem) = elem.as_mut() {
                    (elem.offset, elem.err) = (r.found.offset, r.found.error.0);
                    rd_kafka_topic_partition_set_leader_epoch(elem, r.found.leader_epoch);
                }
            }
        }
        // SAFETY: as above; the list is not changed any more, so its elements stay where they are.
        let elems = unsafe { elems_mut(list) };
        let info = |(elem, r): (&mut rd_kafka_topic_partition_t, &OffsetResult)| {
            rd_kafka_ListOffsetsResultInfo_s { partition: elem, timestamp: r.found.timestamp }
        };
        Self { infos: Listed::new(elems.iter_mut().zip(results).map(info)), list }
    }
}

impl Drop for OffsetResults {
    fn drop(&mut self) {
        // SAFETY: the list is this object's own.
        unsafe { rd_kafka_topic_partition_list_destroy(self.list) };
    }
}

/// Refuses requests that are invalid before a broker is asked.
fn check(all: &[OffsetLookup]) -> Result<(), String> {
    for (i, a) in all.iter().enumerate() {
        if a.topic.is_empty() {
            return Err(format!("Partition topic name at index {i} must be non-empty"));
        }
        if a.partition < 0 {
            return Err(format!("Partition at index {i} cannot be negative"));
        }
    }
    let mut sorted: Vec<(&str, i32)> = all.iter().map(|a| (a.topic.as_str(), a.partition)).collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|w| matches!(w, [a, b] if a == b)) {
        return Err("Partitions must not contain duplicates".to_owned());
    }
    match all.iter().enumerate().find(|(_, a)| a.target < MAX_TIMESTAMP) {
        Some((i, a)) => Err(format!("Partition {i} has an invalid offset {}", a.target)),
        None => Ok(()),
    }
}

/// Lists offsets of partitions. The result is an event of type RD_KAFKA_EVENT_LISTOFFSETS_RESULT on `rkqu`;
/// the list remains the caller's. The call does not wait. If the request fails as a whole,
/// rd_kafka_event_error() of the event returns the reason; partitions that fail on their own have an error in
/// the result.
///
/// @param topic_partitions For each partition, `offset` is a time in milliseconds or one of
/// RD_KAFKA_OFFSET_SPEC_...
/// @param options May be NULL: request_timeout, isolation_level and opaque count.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListOffsets(
    rk: *mut rd_kafka_t,
    topic_partitions: *mut rd_kafka_topic_partition_list_t,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    const KIND: i32 = RD_KAFKA_EVENT_LISTOFFSETS_RESULT;
    // SAFETY: the caller's instance, list, options and queue.
    unsafe {
        with_instance(rk, (), |rk| {
            let client = rk.client();
            let resolved = ResolvedOptions::of(options, client.settings().network.socket_timeout);
            let Some(queue) = queue_of(rkqu) else { return };
            let all = borrow(topic_partitions.cast_const()).map(|l| asked(l)).unwrap_or_default();
            if let Err(text) = check(&all) {
                return post_outcome(rkqu, KIND, Error::new(ErrorCode::_INVALID_ARG, text), resolved.opaque);
            }
            let opaque = resolved.opaque.expose_provenance();
            let answer_to = (KIND, opaque, queue);
            offsets::list_by_event(
                client,
                all,
                resolved.isolation_level,
                resolved.request_timeout,
                answer_to,
            );
        });
    }
}

/// Returns the results of rd_kafka_ListOffsets(), one for each partition, valid until the event is destroyed.
///
/// @param cntp Set to the number of results.
///
/// @return The results; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListOffsets_result_infos(
    result: *const rd_kafka_ListOffsets_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ListOffsetsResultInfo_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe {
        write_out(cntp, 0);
        with_event(result, null_mut(), |ev| {
            ev.results(OffsetResults::of).map_or(null_mut(), |all| all.infos.give(cntp))
        })
    }
}

/// Returns partition, offset and error of a result, valid until the event is destroyed; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListOffsetsResultInfo_topic_partition(
    result_info: *const rd_kafka_ListOffsetsResultInfo_t,
) -> *const rd_kafka_topic_partition_t {
    // SAFETY: the caller's result, or NULL.
    guard(null(), || unsafe { borrow(result_info) }.map_or(null(), |r| r.partition))
}

/// Returns the timestamp of a result in milliseconds, -1 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListOffsetsResultInfo_timestamp(
    result_info: *const rd_kafka_ListOffsetsResultInfo_t,
) -> i64 {
    // SAFETY: the caller's result, or NULL.
    guard(-1, || unsafe { borrow(result_info) }.map_or(-1, |r| r.timestamp))
}
