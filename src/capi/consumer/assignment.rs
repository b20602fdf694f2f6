//! Which partitions a consumer reads.

use super::poll::{error_object, group_consumer};
use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_t, rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_t};
use crate::capi::data::partition_list::{
    elems, elems_mut, rd_kafka_topic_partition_get_leader_epoch, rd_kafka_topic_partition_list_add,
    rd_kafka_topic_partition_list_new, rd_kafka_topic_partition_set_leader_epoch,
};
use crate::capi::ffi::error_object::rd_kafka_error_t;
use crate::capi::ffi::pointers::{borrow, write_out};
use crate::capi::ffi::strings::{c_string, text};
use crate::capi::instance::object::{Instance, with_instance, with_instance_or_error};
use crate::client::consumer::{AssignedPartition, Consumer};
use crate::client::pausing;
use std::ffi::c_int;
use std::ptr::null_mut;

/// The partitions in a list of the application's; none for NULL.
///
/// # Safety
/// NULL, or a list as the list functions keep it.
pub(super) unsafe fn partitions(list: *const rd_kafka_topic_partition_list_t) -> Vec<AssignedPartition> {
    // SAFETY: by this function's own contract.
    unsafe {
        let elems = borrow(list).map_or(&[][..], |list| elems(list));
        let one = |e: &rd_kafka_topic_partition_t| AssignedPartition {
            topic: text(e.topic).unwrap_or_default().into_owned(),
            partition: e.partition,
            offset: e.offset,
            leader_epoch: rd_kafka_topic_partition_get_leader_epoch(e),
        };
        elems.iter().map(one).collect()
    }
}

/// Sets which partitions a consumer reads, and from where. What was read before and is not in the list ends.
///
/// @param partitions Topics, partitions and offsets, which may be logical ones. NULL: none.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`, or
/// RD_KAFKA_RESP_ERR__INVALID_ARG if a partition is in the list twice: then nothing is read any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_assign(
    rk: *mut rd_kafka_t,
    partitions: *const rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and list.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let list = self::partitions(partitions);
            match group_consumer(rk) {
                Ok(consumer) => {
                    let assigned = consumer.assign(list, &rk.client().settings().default_topic);
                    assigned.inspect_err(|e| log_refusal(rk, e)).map_or_else(|e| e.code.0, |()| 0)
                }
                Err(code) => code.0,
            }
        })
    }
}

/// # Safety
/// As for [`rd_kafka_incremental_assign`].
unsafe fn change(
    rk: *mut rd_kafka_t,
    list: *const rd_kafka_topic_partition_list_t,
    change: impl FnOnce(&Instance, &Consumer, Vec<AssignedPartition>) -> Result<(), Error>,
) -> *mut rd_kafka_error_t {
    if list.is_null() {
        return error_object(Error::new(ErrorCode::_INVALID_ARG, "partitions must not be NULL"));
    }
    // SAFETY: by this function's own contract.
    unsafe {
        with_instance_or_error(rk, |rk| {
            let changed = match group_consumer(rk) {
                Ok(consumer) => {
                    change(rk, consumer, partitions(list)).inspect_err(|error| log_refusal(rk, error))
                }
                Err(code) => Err(Error::new(code, "Requires a consumer with group.id configured")),
            };
            changed.map_or_else(error_object, |()| null_mut())
        })
    }
}

fn log_refusal(rk: &Instance, error: &Error) {
    let group = rk.client().consumer().and_then(|c| c.settings().group.as_deref()).unwrap_or_default();
    rk.client().logger().log(
        Level::Warning,
        "ASSIGN",
        format_args!("Group \"{group}\": application *assign() call failed: {}", error.text),
    );
}

/// Adds partitions to those that a consumer reads.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_incremental_assign(
    rk: *mut rd_kafka_t,
    partitions: *const rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance and list.
    unsafe {
        change(rk, partitions, |rk, consumer, list| {
            consumer.incremental_assign(list, &rk.client().settings().default_topic)
        })
    }
}

/// Takes partitions away from those that a consumer reads.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_incremental_unassign(
    rk: *mut rd_kafka_t,
    partitions: *const rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance and list.
    unsafe { change(rk, partitions, |_, consumer, list| consumer.incremental_unassign(&list)) }
}

/// Makes a list for the application.
fn list_of(partitions: &[AssignedPartition]) -> *mut rd_kafka_topic_partition_list_t {
    let list = rd_kafka_topic_partition_list_new(c_int::try_from(partitions.len()).unwrap_or(0));
    for p in partitions {
        let topic = c_string(&p.topic);
        // SAFETY: a new list, and a terminated string that is copied.
        unsafe {
            let elem = rd_kafka_topic_partition_list_add(list, topic.as_ptr(), p.partition);
            if let Some(e) = elem.as_mut() {
                e.offset = p.offset;
                rd_kafka_topic_partition_set_leader_epoch(e, p.leader_epoch);
            }
        }
    }
    list
}

/// Returns which partitions a consumer reads.
///
/// @param partitions Set to a new list, to be released with rd_kafka_topic_partition_list_destroy().
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`, or
/// RD_KAFKA_RESP_ERR__DESTROY if the consumer is closed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_assignment(
    rk: *mut rd_kafka_t,
    partitions: *mut *mut rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and out-parameter.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| match group_consumer(rk) {
            Ok(consumer) => match consumer.assignment() {
                Ok(assignment) => {
                    write_out(partitions, list_of(&assignment));
                    ErrorCode::NO_ERROR.0
                }
                Err(code) => code.0,
            },
            Err(code) => code.0,
        })
    }
}

/// # Safety
/// The caller's instance and list.
unsafe fn set_paused(
    rk: *mut rd_kafka_t,
    list: *mut rd_kafka_topic_partition_list_t,
    paused: bool,
) -> rd_kafka_resp_err_t {
    let body = |rk: &Instance| {
        // SAFETY: by this function's own contract.
        let (asked, elems) = unsafe { (partitions(list), elems_mut(list)) };
        for (p, elem) in asked.iter().zip(elems) {
            let done = pausing::set_paused(rk.client(), &p.topic, p.partition, paused);
            elem.err = done.err().unwrap_or(ErrorCode::NO_ERROR).0;
        }
        ErrorCode::NO_ERROR.0
    };
    // SAFETY: by this function's own contract.
    unsafe { with_instance(rk, ErrorCode::_INVALID_ARG.0, body) }
}

/// Holds partitions back until rd_kafka_resume_partitions(): a producer sends nothing to them, a consumer
/// delivers nothing of them. What was fetched is kept. What was produced times out all the same.
///
/// @param partitions Topics and partitions; the `err` of each is set, to
/// RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION if the topic is not in use.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_pause_partitions(
    rk: *mut rd_kafka_t,
    partitions: *mut rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and list.
    unsafe { set_paused(rk, partitions, true) }
}

/// Lets partitions go on that rd_kafka_pause_partitions() holds back.
///
/// @param partitions Topics and partitions; the `err` of each is set, as by rd_kafka_pause_partitions().
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_resume_partitions(
    rk: *mut rd_kafka_t,
    partitions: *mut rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and list.
    unsafe { set_paused(rk, partitions, false) }
}
