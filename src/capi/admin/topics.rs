//! Topics to create, delete and extend, records to delete, and topics to describe.

use super::{
    MAX_BROKERS, MAX_PARTITIONS, Partitions, broker_ids, destroy, destroy_array, into_handle_or_errstr,
    owned_cstring,
};
use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::{rd_kafka_ElectionType_t, rd_kafka_resp_err_t};
use crate::capi::abi::types::rd_kafka_topic_partition_list_t;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::array;
use crate::capi::ffi::pointers::{BoxHandle, borrow_mut};
use crate::capi::ffi::strings::write_buf;
use std::ffi::{CString, c_char, c_int};
use std::ptr::null_mut;

/// A topic to create.
pub struct rd_kafka_NewTopic_s {
    pub(super) topic: CString,
    pub(super) partitions: c_int,
    pub(super) replication_factor: c_int,
    /// Broker ids by partition.
    pub(super) replicas: Vec<Vec<i32>>,
    pub(super) config: Vec<(CString, Option<CString>)>,
}
/// A topic to create.
pub type rd_kafka_NewTopic_t = rd_kafka_NewTopic_s;

/// A topic to delete.
pub struct rd_kafka_DeleteTopic_s {
    pub(super) topic: CString,
}
/// A topic to delete.
pub type rd_kafka_DeleteTopic_t = rd_kafka_DeleteTopic_s;

/// Partitions to add to a topic.
pub struct rd_kafka_NewPartitions_s {
    pub(super) topic: CString,
    pub(super) total: usize,
    /// Broker ids by new partition.
    pub(super) replicas: Vec<Vec<i32>>,
}
/// Partitions to add to a topic.
pub type rd_kafka_NewPartitions_t = rd_kafka_NewPartitions_s;

/// Records to delete, by partition and offset.
#[allow(dead_code)] // For the request, which is not built yet.
pub struct rd_kafka_DeleteRecords_s {
    before: Partitions,
}
/// Records to delete, by partition and offset.
pub type rd_kafka_DeleteRecords_t = rd_kafka_DeleteRecords_s;

/// Topics to describe.
pub struct rd_kafka_TopicCollection_s {
    pub(super) topics: Vec<CString>,
}
/// Topics to describe.
pub type rd_kafka_TopicCollection_t = rd_kafka_TopicCollection_s;

/// Partitions to elect leaders for.
#[allow(dead_code)] // For the request, which is not built yet.
pub struct rd_kafka_ElectLeaders_s {
    election: c_int,
    /// `None`: all of them.
    partitions: Option<Partitions>,
}
/// Partitions to elect leaders for.
pub type rd_kafka_ElectLeaders_t = rd_kafka_ElectLeaders_s;

impl BoxHandle for rd_kafka_NewTopic_s {
    type Handle = Self;
}
impl BoxHandle for rd_kafka_DeleteTopic_s {
    type Handle = Self;
}
impl BoxHandle for rd_kafka_NewPartitions_s {
    type Handle = Self;
}
impl BoxHandle for rd_kafka_DeleteRecords_s {
    type Handle = Self;
}
impl BoxHandle for rd_kafka_TopicCollection_s {
    type Handle = Self;
}
impl BoxHandle for rd_kafka_ElectLeaders_s {
    type Handle = Self;
}

/// Describes a topic to create.
///
/// @param num_partitions Its number of partitions, or -1 for the broker's default.
/// @param replication_factor Its number of replicas, or -1 for the broker's default or an own assignment.
/// @param errstr Receives the reason when the call fails.
///
/// @return A new object, to be released with rd_kafka_NewTopic_destroy(); NULL for a number out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_NewTopic_new(
    topic: *const c_char,
    num_partitions: c_int,
    replication_factor: c_int,
    errstr: *mut c_char,
    errstr_size: usize,
) -> *mut rd_kafka_NewTopic_t {
    let within = |n: c_int, max: usize| n == -1 || usize::try_from(n).is_ok_and(|n| n <= max);
    guard(null_mut(), || {
        // SAFETY: the caller's string.
        let object = match unsafe { owned_cstring(topic) } {
            None => Err("Invalid topic name".to_owned()),
            Some(_) if !within(num_partitions, MAX_PARTITIONS) => Err(format!(
                "num_partitions out of expected range 1..{MAX_PARTITIONS} or -1 for broker default"
            )),
            Some(_) if !within(replication_factor, MAX_BROKERS) => {
                Err(format!("replication_factor out of expected range -1..{MAX_BROKERS}"))
            }
            Some(topic) => Ok(rd_kafka_NewTopic_s {
                topic,
                partitions: num_partitions,
                replication_factor,
                replicas: Vec::new(),
                config: Vec::new(),
            }),
        };
        // SAFETY: the caller's buffer.
        unsafe { into_handle_or_errstr(object, errstr, errstr_size) }
    })
}

/// Releases the description of a topic. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_NewTopic_destroy(new_topic: *mut rd_kafka_NewTopic_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(new_topic) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_NewTopic_destroy_array(
    new_topics: *mut *mut rd_kafka_NewTopic_t,
    new_topic_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(new_topics, new_topic_cnt) }
}

/// Turns a refusal into a code and a text.
///
/// # Safety
/// `errstr` is valid for `errstr_size` bytes or NULL.
unsafe fn answer(result: Result<(), String>, errstr: *mut c_char, errstr_size: usize) -> rd_kafka_resp_err_t {
    match result {
        Ok(()) => 0,
        Err(text) => {
            // SAFETY: by this function's own contract.
            unsafe { write_buf(errstr, errstr_size, &text) };
            ErrorCode::_INVALID_ARG.0
        }
    }
}

/// Appends the replicas of the next partition.
///
/// # Safety
/// A non-null `first` points to `cnt` elements.
unsafe fn assign(
    replicas: &mut Vec<Vec<i32>>,
    what: &str,
    partition: i32,
    first: *const i32,
    cnt: usize,
) -> Result<(), String> {
    let next = replicas.len();
    if usize::try_from(partition) != Ok(next) {
        return Err(format!(
            "Partitions must be added in order, starting at 0: expecting {what} {next}, not {partition}"
        ));
    }
    // SAFETY: by this function's own contract.
    replicas.push(unsafe { broker_ids(first, cnt)? });
    Ok(())
}

/// Sets the brokers of a partition of a topic to create; the first is to be its leader. Partitions are given
/// in order from 0 on, and the replication factor has to be -1.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_NewTopic_set_replica_assignment(
    new_topic: *mut rd_kafka_NewTopic_t,
    partition: i32,
    broker_ids: *mut i32,
    broker_id_cnt: usize,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's object, array and buffer.
        unsafe {
            let result = match borrow_mut(new_topic) {
                None => Err("No topic".to_owned()),
                Some(t) if t.replication_factor != -1 => {
                    Err("Specifying a replication factor and a replica assignment are mutually exclusive"
                        .to_owned())
                }
                Some(t) if t.partitions == -1 => Err(
                    "Specifying a default partition count and a replica assignment are mutually exclusive"
                        .to_owned(),
                ),
                Some(t) => assign(&mut t.replicas, "partition", partition, broker_ids, broker_id_cnt),
            };
            answer(result, errstr, errstr_size)
        }
    })
}

/// Sets a property of a topic to create. The broker checks name and value.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG without a name.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_NewTopic_set_config(
    new_topic: *mut rd_kafka_NewTopic_t,
    name: *const c_char,
    value: *const c_char,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's object and strings.
        let (topic, name, value) =
            unsafe { (borrow_mut(new_topic), owned_cstring(name), owned_cstring(value)) };
        let (Some(topic), Some(name)) = (topic, name) else { return ErrorCode::_INVALID_ARG.0 };
        topic.config.push((name, value));
        0
    })
}

/// Names a topic to delete.
///
/// @return A new object, to be released with rd_kafka_DeleteTopic_destroy(); NULL without a name.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteTopic_new(
    topic: *const c_char,
) -> *mut rd_kafka_DeleteTopic_t {
    // SAFETY: the caller's string.
    let topic = || unsafe { owned_cstring(topic) };
    guard(null_mut(), || topic().map_or(null_mut(), |topic| rd_kafka_DeleteTopic_s { topic }.into_handle()))
}

/// Releases the name of a topic to delete. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteTopic_destroy(del_topic: *mut rd_kafka_DeleteTopic_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(del_topic) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteTopic_destroy_array(
    del_topics: *mut *mut rd_kafka_DeleteTopic_t,
    del_topic_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(del_topics, del_topic_cnt) }
}

/// Describes partitions to add to a topic.
///
/// @param new_total_cnt How many partitions the topic is to have then.
/// @param errstr Receives the reason when the call fails.
///
/// @return A new object, to be released with rd_kafka_NewPartitions_destroy(); NULL for a number out of
/// range.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_NewPartitions_new(
    topic: *const c_char,
    new_total_cnt: usize,
    errstr: *mut c_char,
    errstr_size: usize,
) -> *mut rd_kafka_NewPartitions_t {
    guard(null_mut(), || {
        // SAFETY: the caller's string.
        let object = match unsafe { owned_cstring(topic) } {
            None => Err("Invalid topic name".to_owned()),
            Some(_) if !(1..=MAX_PARTITIONS).contains(&new_total_cnt) => {
                Err(format!("new_total_cnt out of expected range 1..{MAX_PARTITIONS}"))
            }
            Some(topic) => Ok(rd_kafka_NewPartitions_s { topic, total: new_total_cnt, replicas: Vec::new() }),
        };
        // SAFETY: the caller's buffer.
        unsafe { into_handle_or_errstr(object, errstr, errstr_size) }
    })
}

/// Releases the description of new partitions. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_NewPartitions_destroy(new_parts: *mut rd_kafka_NewPartitions_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(new_parts) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_NewPartitions_destroy_array(
    new_parts: *mut *mut rd_kafka_NewPartitions_t,
    new_parts_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(new_parts, new_parts_cnt) }
}

/// Sets the brokers of a new partition; the first is to be its leader. Partitions are given in order; the
/// first new one has index 0.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_NewPartitions_set_replica_assignment(
    new_parts: *mut rd_kafka_NewPartitions_t,
    new_partition_idx: i32,
    broker_ids: *mut i32,
    broker_id_cnt: usize,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's object, array and buffer.
        unsafe {
            let parts = borrow_mut(new_parts).ok_or_else(|| "No partitions".to_owned());
            let result = parts.and_then(|p| {
                assign(&mut p.replicas, "partition index", new_partition_idx, broker_ids, broker_id_cnt)
            });
            answer(result, errstr, errstr_size)
        }
    })
}

/// Names records to delete: those before the offset of each partition in the list.
///
/// @return A new object, to be released with rd_kafka_DeleteRecords_destroy(); NULL without a list.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteRecords_new(
    before_offsets: *const rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_DeleteRecords_t {
    // SAFETY: the caller's list.
    let before = || unsafe { Partitions::copy(before_offsets) };
    guard(null_mut(), || {
        before().map_or(null_mut(), |before| rd_kafka_DeleteRecords_s { before }.into_handle())
    })
}

/// Releases the names of records to delete. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteRecords_destroy(del_records: *mut rd_kafka_DeleteRecords_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(del_records) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteRecords_destroy_array(
    del_records: *mut *mut rd_kafka_DeleteRecords_t,
    del_record_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(del_records, del_record_cnt) }
}

/// Makes a collection of topics from their names.
///
/// @return A new object, to be released with rd_kafka_TopicCollection_destroy(); NULL if a name is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicCollection_of_topic_names(
    topics: *mut *const c_char,
    topics_cnt: usize,
) -> *mut rd_kafka_TopicCollection_t {
    guard(null_mut(), || {
        // SAFETY: the caller's array of strings.
        let names = unsafe { array(topics.cast_const(), topics_cnt) };
        // SAFETY: as above.
        let topics = names.into_iter().map(|n| unsafe { owned_cstring(n) }).collect::<Option<Vec<_>>>();
        topics.map_or(null_mut(), |topics| rd_kafka_TopicCollection_s { topics }.into_handle())
    })
}

/// Releases a collection of topics. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicCollection_destroy(topics: *mut rd_kafka_TopicCollection_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(topics) }
}

/// Names partitions to elect leaders for, all of them if the list is NULL.
///
/// @return A new object, to be released with rd_kafka_ElectLeaders_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ElectLeaders_new(
    election_type: rd_kafka_ElectionType_t,
    partitions: *mut rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_ElectLeaders_t {
    guard(null_mut(), || {
        // SAFETY: the caller's list.
        let partitions = unsafe { Partitions::copy(partitions) };
        rd_kafka_ElectLeaders_s { election: election_type, partitions }.into_handle()
    })
}

/// Releases the names of partitions to elect leaders for. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ElectLeaders_destroy(elect_leaders: *mut rd_kafka_ElectLeaders_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(elect_leaders) }
}
