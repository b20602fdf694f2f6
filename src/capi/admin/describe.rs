//! Admin requests that describe topics and the cluster. Brokers answer them with their metadata.

use super::options::{ResolvedOptions, rd_kafka_AdminOptions_t};
use super::requests::{refused, send, text};
use super::topics::rd_kafka_TopicCollection_t;
use crate::base::error::{Error, ErrorCode};
use crate::capi::abi::consts::{RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT, RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT};
use crate::capi::abi::types::{rd_kafka_queue_t, rd_kafka_t};
use crate::capi::ffi::pointers::borrow;
use crate::capi::instance::object::with_instance;
use crate::capi::queue::object::post_outcome;
use crate::client::admin::AdminCall;

/// Describes topics: their partitions, leaders and replicas. The result is an event of type
/// RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT on `rkqu`; the collection remains the caller's. Without topics it
/// comes at once, empty. The call does not wait. If the request fails as a whole, rd_kafka_event_error() of
/// the event returns the reason; topics that fail on their own have an error in the result.
///
/// @param options May be NULL: request_timeout, include_authorized_operations, broker and opaque count.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeTopics(
    rk: *mut rd_kafka_t,
    topics: *const rd_kafka_TopicCollection_t,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    const KIND: i32 = RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT;
    // SAFETY: the caller's collection.
    let names: Vec<String> =
        unsafe { borrow(topics) }.map(|t| t.topics.iter().map(|n| text(n)).collect()).unwrap_or_default();
    // SAFETY: the caller's instance, options and queue.
    unsafe {
        if names.is_empty() {
            // Kafka would take a request without names for one about all topics.
            with_instance(rk, (), |rk| {
                let resolved = ResolvedOptions::of(options, rk.client().settings().network.socket_timeout);
                post_outcome(rkqu, KIND, Error::new(ErrorCode::NO_ERROR, ""), resolved.opaque);
            });
            return;
        }
        send(rk, options, rkqu, KIND, |resolved| {
            check(&names)?;
            let authorized_operations = resolved.authorized_operations;
            Ok(AdminCall::DescribeTopics { topics: names, authorized_operations })
        });
    }
}

/// Refuses requests that are invalid before a broker is asked.
fn check(names: &[String]) -> Result<(), Error> {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|w| matches!(w, [a, b] if a == b)) {
        return Err(refused("Duplicate topics not allowed"));
    }
    match names.iter().position(String::is_empty) {
        Some(i) => Err(refused(format!("Empty topic name at index {i} isn't allowed"))),
        None => Ok(()),
    }
}

/// Describes the cluster: its id, its controller and its brokers. The result is an event of type
/// RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT on `rkqu`. The call does not wait. If the request fails,
/// rd_kafka_event_error() of the event returns the reason.
///
/// @param options May be NULL: request_timeout, include_authorized_operations, broker and opaque count.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeCluster(
    rk: *mut rd_kafka_t,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    let call = |resolved: &mut ResolvedOptions| {
        Ok(AdminCall::DescribeCluster { authorized_operations: resolved.authorized_operations })
    };
    // SAFETY: the caller's instance, options and queue.
    unsafe { send(rk, options, rkqu, RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT, call) }
}
