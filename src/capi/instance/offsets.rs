//! Offsets of partitions, asked of their leaders.

use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_t, rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_t};
use crate::capi::data::partition_list::{elems_mut, rd_kafka_topic_partition_set_leader_epoch};
use crate::capi::ffi::pointers::{borrow, write_out};
use crate::capi::ffi::strings::text;
use crate::capi::instance::object::{Instance, timeout, with_instance};
use crate::client::offsets::{self, FoundOffset, OffsetLookup, Offsets};
use crate::consumer::position::logical::INVALID;
use crate::protocol::list_offsets::{EARLIEST, LATEST};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;
use std::time::Duration;

/// Longer than any wait.
const LONG: Duration = Duration::from_secs(1 << 31);

/// Whether what transactions have not committed counts (`isolation.level`).
fn isolation_level(rk: &Instance) -> i8 {
    let set = rk.conf().and_then(|c| c.get("isolation.level"));
    i8::from(set.as_deref() != Some("read_uncommitted"))
}

fn ask(rk: &Instance, asked: Vec<OffsetLookup>, timeout_ms: c_int) -> Offsets {
    let timeout = timeout(timeout_ms).unwrap_or(LONG);
    offsets::list(rk.client(), asked, isolation_level(rk), timeout)
}

/// Asks the leader of a partition for its lowest and its next offset.
///
/// @param low Set to the lowest offset.
/// @param high Set to the next offset.
/// @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if there is no such partition or
/// it has no leader, RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, or the broker's
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_query_watermark_offsets(
    rk: *mut rd_kafka_t,
    topic: *const c_char,
    partition: i32,
    low: *mut i64,
    high: *mut i64,
    timeout_ms: c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance, topic name and out-parameters.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let Some(topic) = text(topic) else { return ErrorCode::_INVALID_ARG.0 };
            let ask_for = |target| OffsetLookup { topic: topic.clone().into_owned(), partition, target };
            let answer = ask(rk, vec![ask_for(EARLIEST), ask_for(LATEST)], timeout_ms);
            if answer.error != ErrorCode::NO_ERROR {
                return answer.error.0;
            }
            let [first, second] = answer.found[..] else { return ErrorCode::_FAIL.0 };
            let (least, most) = (first.offset.min(second.offset), first.offset.max(second.offset));
            // An empty partition may be known by its end only.
            write_out(low, if least < 0 && most >= 0 { most } else { least });
            write_out(high, most);
            ErrorCode::NO_ERROR.0
        })
    }
}

/// Returns the lowest and the next offset that a consumer has seen of a partition; RD_KAFKA_OFFSET_INVALID
/// for what it has not seen, and for a producer.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if `topic` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_get_watermark_offsets(
    rk: *mut rd_kafka_t,
    topic: *const c_char,
    partition: i32,
    low: *mut i64,
    high: *mut i64,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance, a terminated string and out-parameters.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let Some(topic) = text(topic) else { return ErrorCode::_UNKNOWN_PARTITION.0 };
            let partition = rk.client().consumer().and_then(|c| c.partition(&topic, partition));
            let (lowest, next) = partition.map_or((INVALID, INVALID), |p| p.watermarks());
            write_out(low, lowest);
            write_out(high, next);
            ErrorCode::NO_ERROR.0
        })
    }
}

/// Writes what was found into the caller's element.
///
/// # Safety
/// An element as the list functions keep it.
unsafe fn fill(elem: &mut rd_kafka_topic_partition_t, found: &FoundOffset) {
    elem.err = found.error.0;
    elem.offset = found.offset;
    // SAFETY: the metadata came from malloc or is NULL; see above for the rest.
    unsafe {
        libc::free(elem.metadata);
        (elem.metadata, elem.metadata_size) = (null_mut::<c_void>(), 0);
        rd_kafka_topic_partition_set_leader_epoch(elem, found.leader_epoch);
    }
}

/// Looks up the first offsets whose messages are not older than given times.
///
/// @param offsets For each partition, `offset` holds the time in milliseconds, and afterwards the offset, -1
/// for the end of the partition; `err` is set where a partition has failed.
/// @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR although partitions may have failed; RD_KAFKA_RESP_ERR__INVALID_ARG for
/// an empty list, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if none of the partitions has a leader,
/// RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, or a broker's error.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_offsets_for_times(
    rk: *mut rd_kafka_t,
    offsets: *mut rd_kafka_topic_partition_list_t,
    timeout_ms: c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and list, which nobody else uses during the call.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let Some(asked) = borrow(offsets.cast_const()).map(|list| asked(list)) else {
                return ErrorCode::_INVALID_ARG.0;
            };
            if asked.is_empty() {
                return ErrorCode::_INVALID_ARG.0;
            }
            let answer = ask(rk, asked, timeout_ms);
            let elems = elems_mut(offsets);
            for (elem, code) in elems.iter_mut().zip(&answer.leaders) {
                elem.err = code.0;
            }
            if answer.error == ErrorCode::NO_ERROR {
                let found = elems.iter_mut().zip(&answer.leaders).zip(&answer.found);
                for ((elem, _), found) in found.filter(|((_, leader), _)| **leader == ErrorCode::NO_ERROR) {
                    fill(elem, found);
                }
            }
            answer.error.0
        })
    }
}

/// What a list of partitions asks for, its offsets being times or ends.
///
/// # Safety
/// A list as the list functions keep it.
pub(crate) unsafe fn asked(list: &rd_kafka_topic_partition_list_t) -> Vec<OffsetLookup> {
    // SAFETY: by this function's own contract.
    let elems = unsafe { crate::capi::data::partition_list::elems(list) };
    let one = |e: &rd_kafka_topic_partition_t| OffsetLookup {
        // SAFETY: as above.
        topic: unsafe { text(e.topic) }.unwrap_or_default().into_owned(),
        partition: e.partition,
        target: e.offset,
    };
    elems.iter().map(one).collect()
}
