//! Offsets of a consumer's group: storing, committing and looking them up.

use super::poll::{error_object, group_consumer};
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::base::unwind;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{
    rd_kafka_message_t, rd_kafka_queue_t, rd_kafka_t, rd_kafka_topic_partition_list_t,
};
use crate::capi::data::offset_list::{show, to_commit};
use crate::capi::data::partition_list::elems_mut;
use crate::capi::ffi::error_object::rd_kafka_error_t;
use crate::capi::ffi::pointers::borrow;
use crate::capi::instance::commits::{address_of, call_back};
use crate::capi::instance::object::{Instance, TopicHandle, keep, timeout, with_handle, with_instance};
use crate::capi::queue::object::queue_of;
use crate::client::events::{Event, EventQueue, Flow, Results};
use crate::client::group;
use crate::consumer::offset_to_commit::OffsetToCommit;
use crate::consumer::position::Position;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::time::Duration;

fn code(result: Result<(), ErrorCode>) -> rd_kafka_resp_err_t {
    result.err().unwrap_or(ErrorCode::NO_ERROR).0
}

/// Commits offsets, or what was stored, and waits for the outcome unless that is not wanted.
fn commit(rk: &Instance, offsets: Option<Vec<OffsetToCommit>>, waits: bool) -> rd_kafka_resp_err_t {
    if waits {
        return code(group::commit(rk.client(), offsets));
    }
    group::commit_in_background(rk.client(), offsets);
    ErrorCode::NO_ERROR.0
}

/// Commits offsets of the consumer's group.
///
/// @param offsets Topics, partitions and offsets: those of the next messages to be read. An invalid offset
/// leaves its partition out. NULL: what was stored of the partitions that are assigned.
/// @param async 0: wait for the outcome. Otherwise the offset commit callback receives it, or else an
/// event of type RD_KAFKA_EVENT_OFFSET_COMMIT has it; a failure that neither takes is logged.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`,
/// RD_KAFKA_RESP_ERR__NO_OFFSET if there is nothing to be committed, RD_KAFKA_RESP_ERR__WAIT_COORD if no
/// coordinator was found within `session.timeout.ms`, or the coordinator's error.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_commit(
    rk: *mut rd_kafka_t,
    offsets: *const rd_kafka_topic_partition_list_t,
    r#async: c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and list.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| match group_consumer(rk) {
            Ok(_) => commit(rk, to_commit(offsets), r#async == 0),
            Err(code) => code.0,
        })
    }
}

/// Commits the offset behind a message, as rd_kafka_commit() does.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_commit_message(
    rk: *mut rd_kafka_t,
    rkmessage: *const rd_kafka_message_t,
    r#async: c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and message.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            if let Err(code) = group_consumer(rk) {
                return code.0;
            }
            match borrow(rkmessage).and_then(|m| behind(m)) {
                Some(offset) => commit(rk, Some(vec![offset]), r#async == 0),
                None => ErrorCode::_INVALID_ARG.0,
            }
        })
    }
}

/// The offset behind a message; `None` for an error.
///
/// # Safety
/// A live message of a consumer's.
unsafe fn behind(m: &rd_kafka_message_t) -> Option<OffsetToCommit> {
    // SAFETY: by this function's own contract; its topic's handle is alive as long as the message.
    let topic = unsafe { TopicHandle::from_handle(m.rkt) }.filter(|_| m.err == 0)?;
    Some(OffsetToCommit {
        topic: topic.topic().name().to_owned(),
        partition: m.partition,
        offset: m.offset.saturating_add(1),
        leader_epoch: -1,
        metadata: None,
    })
}

/// Commits offsets as rd_kafka_commit() does. The outcome is an event of type RD_KAFKA_EVENT_OFFSET_COMMIT.
///
/// @param rkqu Queue for the event. NULL: the call waits for the outcome and calls `cb` itself.
/// @param cb Called in place of the event if the queue is served by rd_kafka_queue_poll_callback(). May be
/// NULL.
/// @param commit_opaque Given to `cb`, and returned by rd_kafka_event_opaque().
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR if the commit is on its way or, without a queue, done; else an error as
/// for rd_kafka_commit().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_commit_queue(
    rk: *mut rd_kafka_t,
    offsets: *const rd_kafka_topic_partition_list_t,
    rkqu: *mut rd_kafka_queue_t,
    cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            err: rd_kafka_resp_err_t,
            offsets: *mut rd_kafka_topic_partition_list_t,
            commit_opaque: *mut c_void,
        ),
    >,
    commit_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance, list and queue.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            if let Err(code) = group_consumer(rk) {
                return code.0;
            }
            let (offsets, told) = (to_commit(offsets), (address_of(cb), commit_opaque.expose_provenance()));
            match queue_of(rkqu) {
                Some(queue) => {
                    group::commit_by_event(rk.client(), offsets, queue, told);
                    ErrorCode::NO_ERROR.0
                }
                None => commit_and_call_back(&keep(rk), offsets, told),
            }
        })
    }
}

fn commit_and_call_back(
    rk: &Instance,
    offsets: Option<Vec<OffsetToCommit>>,
    told: (usize, usize),
) -> rd_kafka_resp_err_t {
    let queue = Arc::new(EventQueue::new());
    group::commit_by_event(rk.client(), offsets, queue.clone(), told);
    let mut code = ErrorCode::_INTR;
    let mut serve = |event| {
        if let Event::Outcome { error, opaque, results: Results::Commits(commits), .. } = event {
            code = error.code;
            call_back(rk, code, opaque, &commits);
        }
        Flow::Continue
    };
    while rk.client().serve_queue(&queue, None, &mut serve) == 0 {
        if rk.client().is_terminating() || unwind::is_pending() {
            break;
        }
    }
    code.0
}

/// Looks up what the group has committed.
///
/// @param partitions Topics and partitions. Offset, metadata, leader epoch and `err` of each are set; the
/// offset is RD_KAFKA_OFFSET_INVALID if there is none.
/// @param timeout_ms Longest time to wait in milliseconds.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP without a `group.id`,
/// RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__DESTROY if the consumer is closed, or the coordinator's
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_committed(
    rk: *mut rd_kafka_t,
    partitions: *mut rd_kafka_topic_partition_list_t,
    timeout_ms: c_int,
) -> rd_kafka_resp_err_t {
    let body = |rk: &Instance| {
        // SAFETY: the caller's list.
        let Some(asked) = (unsafe { to_commit(partitions) }) else { return ErrorCode::_INVALID_ARG.0 };
        if let Err(code) = group_consumer(rk) {
            return code.0;
        }
        if asked.is_empty() {
            return ErrorCode::NO_ERROR.0;
        }
        let places = asked.into_iter().map(|o| (o.topic, o.partition)).collect();
        let found = group::committed(rk.client(), places, timeout(timeout_ms).unwrap_or(Duration::MAX));
        // SAFETY: the caller's list, which it does not use meanwhile.
        let elems = unsafe { elems_mut(partitions) };
        match found {
            Ok(found) => {
                // SAFETY: elements of the list.
                found.iter().zip(elems).for_each(|(outcome, elem)| unsafe { show(outcome, elem) });
                ErrorCode::NO_ERROR.0
            }
            Err(ErrorCode::_TIMED_OUT) => ErrorCode::_TIMED_OUT.0,
            Err(code) => {
                elems.iter_mut().for_each(|elem| elem.offset = Position::INVALID.offset);
                code.0
            }
        }
    };
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, ErrorCode::_INVALID_ARG.0, body) }
}

/// Stores offsets to be committed, those of the next messages to be read. Needs
/// `enable.auto.offset.store=false`.
///
/// @param offsets Topics, partitions and offsets; the `err` of each is set.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR if one was stored, else the last error:
/// RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, or RD_KAFKA_RESP_ERR__STATE for a partition that is not assigned.
/// RD_KAFKA_RESP_ERR__INVALID_ARG while `enable.auto.offset.store` is on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_offsets_store(
    rk: *mut rd_kafka_t,
    offsets: *mut rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    let body = |rk: &Instance| {
        let Some(consumer) = rk.client().consumer() else { return ErrorCode::_INVALID_ARG.0 };
        if consumer.settings().auto_offset_store {
            return ErrorCode::_INVALID_ARG.0;
        }
        let (mut stored, mut last) = (false, ErrorCode::NO_ERROR);
        // SAFETY: the caller's list.
        let (asked, elems) = unsafe { (to_commit(offsets).unwrap_or_default(), elems_mut(offsets)) };
        for (o, elem) in asked.iter().zip(elems) {
            let at = Position::new(o.offset, o.leader_epoch);
            let metadata = o.metadata.as_deref().unwrap_or_default();
            let result = consumer.store_offset(&o.topic, o.partition, at, metadata);
            elem.err = code(result);
            stored |= result.is_ok();
            last = result.err().unwrap_or(last);
        }
        if stored { ErrorCode::NO_ERROR.0 } else { last.0 }
    };
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, ErrorCode::_INVALID_ARG.0, body) }
}

/// Stores the offset behind a message to be committed. Needs `enable.auto.offset.store=false`.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_offset_store_message(
    rkmessage: *mut rd_kafka_message_t,
) -> *mut rd_kafka_error_t {
    let invalid = |text: &str| error_object(Error::new(ErrorCode::_INVALID_ARG, text));
    // SAFETY: the caller's message.
    let Some(m) = (unsafe { borrow(rkmessage.cast_const()) }) else {
        return invalid("Must pass rkmessage");
    };
    if m.err != 0 {
        return invalid("Message object must not have an error set");
    }
    if m.rkt.is_null() {
        return invalid("Invalid message object, not a consumed message");
    }
    // SAFETY: as above.
    let epoch = unsafe { crate::capi::data::message::rd_kafka_message_leader_epoch(rkmessage) };
    let body = |topic: &TopicHandle| {
        let Some(consumer) = topic.instance().client().consumer() else {
            return invalid("Invalid message object, not a consumed message");
        };
        let at = Position::new(m.offset.saturating_add(1), epoch);
        match consumer.store_offset(topic.topic().name(), m.partition, at, &[]) {
            Ok(()) => null_mut(),
            Err(ErrorCode::_STATE) => {
                error_object(Error::new(ErrorCode::_STATE, "Partition is not assigned"))
            }
            Err(code) => error_object(Error::new(code, code.describe())),
        }
    };
    // SAFETY: the topic's handle is alive as long as the message.
    unsafe { with_handle(m.rkt, null_mut(), body) }
}
