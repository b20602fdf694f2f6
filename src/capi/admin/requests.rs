//! Admin requests on topics. Those on configurations are in `config_requests.rs`, those not built in
//! `stubs/admin.rs`.

use super::options::{ResolvedOptions, rd_kafka_AdminOptions_t};
use super::topics::{rd_kafka_DeleteTopic_t, rd_kafka_NewPartitions_t, rd_kafka_NewTopic_t};
use crate::base::error::{Error, ErrorCode};
use crate::capi::abi::consts::{
    RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT, RD_KAFKA_EVENT_CREATETOPICS_RESULT,
    RD_KAFKA_EVENT_DELETETOPICS_RESULT,
};
use crate::capi::abi::types::{rd_kafka_event_type_t, rd_kafka_queue_t, rd_kafka_t};
use crate::capi::ffi::pointers::{BoxHandle, borrow};
use crate::capi::instance::object::with_instance;
use crate::capi::queue::object::{post_outcome, queue_of};
use crate::client::admin::{self, AdminCall, AdminRequest};
use crate::protocol::{create_partitions, create_topics};
use std::ffi::CStr;

/// Sends a request; one that cannot be sent gets its result at once.
///
/// # Safety
/// `rk` is NULL or a live instance, `options` NULL or live options, `rkqu` NULL or a live queue.
pub(super) unsafe fn send(
    rk: *mut rd_kafka_t,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
    kind: rd_kafka_event_type_t,
    call: impl FnOnce(&mut ResolvedOptions) -> Result<AdminCall, Error>,
) {
    // SAFETY: by this function's own contract.
    unsafe {
        with_instance(rk, (), |rk| {
            let client = rk.client();
            let mut resolved = ResolvedOptions::of(options, client.settings().network.socket_timeout);
            let Some(queue) = queue_of(rkqu) else { return };
            match call(&mut resolved) {
                Err(error) => post_outcome(rkqu, kind, error, resolved.opaque),
                Ok(call) => admin::send(
                    client,
                    AdminRequest {
                        call,
                        kind,
                        opaque: resolved.opaque.expose_provenance(),
                        queue,
                        deadline: client.now() + resolved.request_timeout,
                        hide_slow: resolved.operation_timeout_ms <= 0,
                        broker: resolved.broker,
                    },
                ),
            }
        });
    }
}

/// The objects of the caller's array.
///
/// # Safety
/// A non-null `first` points to `cnt` objects, each NULL or live, that nobody changes meanwhile.
pub(super) unsafe fn objects<'a, T: BoxHandle>(first: *mut *mut T, cnt: usize) -> Vec<&'a T> {
    // SAFETY: by this function's own contract.
    let pointers: Vec<*mut T> = unsafe { crate::capi::ffi::pointers::array(first, cnt) };
    // SAFETY: as above.
    pointers.into_iter().filter_map(|p| unsafe { borrow(p) }).collect()
}

pub(super) fn text(s: &CStr) -> String {
    s.to_string_lossy().into_owned()
}

/// Refuses requests that are invalid before a broker is asked.
fn check(names: &[String], none: &str) -> Result<(), Error> {
    if names.is_empty() {
        return Err(refused(none));
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|w| matches!(w, [a, b] if a == b)) {
        return Err(refused("Duplicate topics not allowed"));
    }
    Ok(())
}

/// The error of a request that makes no sense.
pub(super) fn refused(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::_INVALID_ARG, text)
}

/// Creates topics. The result is an event of type RD_KAFKA_EVENT_CREATETOPICS_RESULT on `rkqu`; the objects
/// remain the caller's. The call does not wait. If the request fails as a whole, rd_kafka_event_error() of
/// the event returns the reason; topics that fail on their own have an error in the result.
///
/// @param options May be NULL: request_timeout, operation_timeout, validate_only, broker and opaque count.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_CreateTopics(
    rk: *mut rd_kafka_t,
    new_topics: *mut *mut rd_kafka_NewTopic_t,
    new_topic_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    let call = |resolved: &mut ResolvedOptions| {
        // SAFETY: the caller's objects.
        let topics = unsafe { objects(new_topics, new_topic_cnt) };
        let topics: Vec<_> = topics.into_iter().map(request_topic).collect();
        let names: Vec<String> = topics.iter().map(|t| t.name.clone()).collect();
        check(&names, "No topics to create")?;
        let validate_only = resolved.validate_only;
        Ok(AdminCall::CreateTopics(create_topics::Request {
            topics,
            timeout_ms: resolved.operation_timeout_ms,
            validate_only,
        }))
    };
    // SAFETY: the caller's instance, options and queue.
    unsafe { send(rk, options, rkqu, RD_KAFKA_EVENT_CREATETOPICS_RESULT, call) }
}

fn request_topic(t: &rd_kafka_NewTopic_t) -> create_topics::RequestTopic {
    let assignments: Vec<create_topics::Assignment> = t
        .replicas
        .iter()
        .zip(0..)
        .map(|(ids, partition)| create_topics::Assignment { partition, broker_ids: ids.clone() })
        .collect();
    let config = |(name, value): &(std::ffi::CString, Option<std::ffi::CString>)| create_topics::Config {
        name: text(name),
        value: value.as_deref().map(text),
    };
    // Brokers want no numbers beside an assignment.
    let by_hand = !assignments.is_empty();
    create_topics::RequestTopic {
        name: text(&t.topic),
        num_partitions: if by_hand { -1 } else { t.partitions },
        replication_factor: if by_hand { -1 } else { i16::try_from(t.replication_factor).unwrap_or(-1) },
        assignments,
        configs: t.config.iter().map(config).collect(),
    }
}

/// Deletes topics. The result is an event of type RD_KAFKA_EVENT_DELETETOPICS_RESULT on `rkqu`; the objects
/// remain the caller's. The call does not wait. If the request fails as a whole, rd_kafka_event_error() of
/// the event returns the reason; topics that fail on their own have an error in the result.
///
/// @param options May be NULL: request_timeout, operation_timeout, broker and opaque count.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteTopics(
    rk: *mut rd_kafka_t,
    del_topics: *mut *mut rd_kafka_DeleteTopic_t,
    del_topic_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    let call = |resolved: &mut ResolvedOptions| {
        // SAFETY: the caller's objects.
        let topics = unsafe { objects(del_topics, del_topic_cnt) };
        let topics: Vec<String> =
            topics.into_iter().map(|t: &rd_kafka_DeleteTopic_t| text(&t.topic)).collect();
        check(&topics, "No topics to delete")?;
        Ok(AdminCall::DeleteTopics { topics, timeout_ms: resolved.operation_timeout_ms })
    };
    // SAFETY: the caller's instance, options and queue.
    unsafe { send(rk, options, rkqu, RD_KAFKA_EVENT_DELETETOPICS_RESULT, call) }
}

/// Adds partitions to topics. The result is an event of type RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT on
/// `rkqu`; the objects remain the caller's. The call does not wait. If the request fails as a whole,
/// rd_kafka_event_error() of the event returns the reason; topics that fail on their own have an error in the
/// result.
///
/// @param options May be NULL: request_timeout, operation_timeout, validate_only, broker and opaque count.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_CreatePartitions(
    rk: *mut rd_kafka_t,
    new_parts: *mut *mut rd_kafka_NewPartitions_t,
    new_parts_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    let call = |resolved: &mut ResolvedOptions| {
        // SAFETY: the caller's objects.
        let topics = unsafe { objects(new_parts, new_parts_cnt) };
        if topics.is_empty() {
            return Err(refused("No partitions to create"));
        }
        Ok(AdminCall::CreatePartitions(create_partitions::Request {
            topics: topics.into_iter().map(grown_topic).collect(),
            timeout_ms: resolved.operation_timeout_ms,
            validate_only: resolved.validate_only,
        }))
    };
    // SAFETY: the caller's instance, options and queue.
    unsafe { send(rk, options, rkqu, RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT, call) }
}

fn grown_topic(t: &rd_kafka_NewPartitions_t) -> create_partitions::RequestTopic {
    let on = |ids: &Vec<i32>| create_partitions::Assignment { broker_ids: ids.clone() };
    create_partitions::RequestTopic {
        name: text(&t.topic),
        count: i32::try_from(t.total).unwrap_or(i32::MAX),
        assignments: (!t.replicas.is_empty()).then(|| t.replicas.iter().map(on).collect()),
    }
}
