//! What brokers say when they are asked to describe topics and the cluster.

use super::Listed;
use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::rd_kafka_AclOperation_t;
use crate::capi::abi::enums::rd_kafka_AclOperation_e as Operation;
use crate::capi::abi::opaque::{rd_kafka_DescribeCluster_result_t, rd_kafka_DescribeTopics_result_t};
use crate::capi::abi::types::rd_kafka_event_t;
use crate::capi::data::uuid::{rd_kafka_Uuid_s, rd_kafka_Uuid_t};
use crate::capi::ffi::error_object::{rd_kafka_error_s, rd_kafka_error_t};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{borrow, write_out};
use crate::capi::ffi::strings::c_string;
use crate::capi::queue::event::with_event;
use crate::client::events::Results;
use crate::protocol::metadata::{Broker, Partition, Response, Topic};
use std::ffi::{CString, c_char, c_int};
use std::ptr::{from_ref, null, null_mut};

/// A broker in the results of admin operations.
pub struct rd_kafka_Node_s {
    id: i32,
    /// `None` for a broker that is named, but not there.
    host: Option<CString>,
    port: u16,
    rack: Option<CString>,
}
/// A broker in the results of admin operations.
pub type rd_kafka_Node_t = rd_kafka_Node_s;

/// A partition in the description of a topic.
pub struct rd_kafka_TopicPartitionInfo_s {
    partition: i32,
    leader: Option<rd_kafka_Node_t>,
    isr: Listed<rd_kafka_Node_t>,
    replicas: Listed<rd_kafka_Node_t>,
}
/// A partition in the description of a topic.
pub type rd_kafka_TopicPartitionInfo_t = rd_kafka_TopicPartitionInfo_s;

/// Description of a topic.
pub struct rd_kafka_TopicDescription_s {
    name: CString,
    id: rd_kafka_Uuid_t,
    is_internal: bool,
    /// `None` for success.
    error: Option<rd_kafka_error_t>,
    operations: Operations,
    partitions: Listed<rd_kafka_TopicPartitionInfo_t>,
}
/// Description of a topic.
pub type rd_kafka_TopicDescription_t = rd_kafka_TopicDescription_s;

/// What an event holds.
pub(crate) struct Described {
    cluster_id: Option<CString>,
    controller: Option<rd_kafka_Node_t>,
    operations: Operations,
    nodes: Listed<rd_kafka_Node_t>,
    topics: Listed<rd_kafka_TopicDescription_t>,
}

impl Described {
    fn of(results: &Results) -> Option<Self> {
        match results {
            Results::Metadata(found) => Some(Self::new(found)),
            _ => None,
        }
    }

    fn new(response: &Response) -> Self {
        let brokers = &response.brokers;
        let nodes = brokers.iter().map(|b| node(b.node_id, brokers));
        let topics = response.topics.iter().map(|t| described(t, brokers));
        Self {
            cluster_id: response.cluster_id.as_deref().map(c_string),
            controller: (response.controller_id >= 0).then(|| node(response.controller_id, brokers)),
            operations: Operations::new(response.cluster_authorized_operations),
            nodes: Listed::new(nodes),
            topics: Listed::new(topics),
        }
    }
}

/// What the client may do (KIP-430).
struct Operations(Option<Box<[rd_kafka_AclOperation_t]>>);

impl Operations {
    /// A negative number: the broker was not asked, or is too old.
    fn new(bits: i32) -> Self {
        let all =
            Operation::RD_KAFKA_ACL_OPERATION_READ as c_int..Operation::RD_KAFKA_ACL_OPERATION__CNT as c_int;
        Self((bits >= 0).then(|| all.filter(|operation| bits >> operation & 1 == 1).collect()))
    }

    /// # Safety
    /// A non-null `cntp` is valid for writing.
    unsafe fn give(&self, cntp: *mut usize) -> *const rd_kafka_AclOperation_t {
        // SAFETY: by this function's own contract.
        unsafe { write_out(cntp, self.0.as_ref().map_or(0, |all| all.len())) };
        self.0.as_ref().map_or(null(), |all| all.as_ptr())
    }
}

fn node(id: i32, brokers: &[Broker]) -> rd_kafka_Node_t {
    let broker = brokers.iter().find(|b| b.node_id == id);
    rd_kafka_Node_s {
        id,
        host: broker.map(|b| c_string(&b.host)),
        port: broker.and_then(|b| u16::try_from(b.port).ok()).unwrap_or(0),
        rack: broker.and_then(|b| b.rack.as_deref()).map(c_string),
    }
}

fn nodes(ids: &[i32], brokers: &[Broker]) -> Listed<rd_kafka_Node_t> {
    Listed::new(ids.iter().map(|id| node(*id, brokers)))
}

fn partition(p: &Partition, brokers: &[Broker]) -> rd_kafka_TopicPartitionInfo_t {
    rd_kafka_TopicPartitionInfo_s {
        partition: p.partition,
        leader: (p.leader_id >= 0).then(|| node(p.leader_id, brokers)),
        isr: nodes(&p.isr, brokers),
        replicas: nodes(&p.replicas, brokers),
    }
}

fn described(t: &Topic, brokers: &[Broker]) -> rd_kafka_TopicDescription_t {
    let code = ErrorCode(i32::from(t.error_code));
    // A topic that could not be looked at has an error and nothing else.
    let known = code == ErrorCode::NO_ERROR;
    let partitions = if known { t.partitions.as_slice() } else { &[] };
    rd_kafka_TopicDescription_s {
        name: c_string(t.name.as_deref().unwrap_or_default()),
        id: rd_kafka_Uuid_s::from_wire(t.topic_id),
        is_internal: known && t.is_internal,
        error: (!known).then(|| rd_kafka_error_s::new(code, None)),
        operations: Operations::new(if known { t.topic_authorized_operations } else { -1 }),
        partitions: Listed::new(partitions.iter().map(|p| partition(p, brokers))),
    }
}

/// The description of the cluster or of topics in an event.
///
/// # Safety
/// `result` is NULL or a live event.
unsafe fn of<R>(result: *const rd_kafka_event_t, none: R, f: impl FnOnce(&Described) -> Option<R>) -> R
where
    R: Copy,
{
    // SAFETY: by this function's own contract.
    unsafe { with_event(result, none, |ev| ev.results(Described::of).and_then(f).unwrap_or(none)) }
}

/// Returns the topics that rd_kafka_DescribeTopics() has described, in the order in which they were asked
/// for, valid until the event is destroyed.
///
/// @param cntp Set to the number of topics.
///
/// @return The topics; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeTopics_result_topics(
    result: *const rd_kafka_DescribeTopics_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_TopicDescription_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe {
        write_out(cntp, 0);
        of(result, null_mut(), |d| Some(d.topics.give(cntp)))
    }
}

/// Returns the name of a described topic, valid as long as the event; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicDescription_name(
    topicdesc: *const rd_kafka_TopicDescription_t,
) -> *const c_char {
    // SAFETY: the caller's description, or NULL.
    guard(null(), || unsafe { borrow(topicdesc) }.map_or(null(), |t| t.name.as_ptr()))
}

/// Returns the id of a described topic, valid as long as the event; NULL for NULL. It is zero if the brokers
/// have no ids (before Kafka 2.8).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicDescription_topic_id(
    topicdesc: *const rd_kafka_TopicDescription_t,
) -> *const rd_kafka_Uuid_t {
    // SAFETY: the caller's description, or NULL.
    guard(null(), || unsafe { borrow(topicdesc) }.map_or(null(), |t| from_ref(&t.id)))
}

/// Returns 1 if a described topic is internal to the cluster, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicDescription_is_internal(
    topicdesc: *const rd_kafka_TopicDescription_t,
) -> c_int {
    // SAFETY: the caller's description, or NULL.
    guard(0, || unsafe { borrow(topicdesc) }.map_or(0, |t| c_int::from(t.is_internal)))
}

/// Returns why a topic could not be described, valid as long as the event; NULL for success.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicDescription_error(
    topicdesc: *const rd_kafka_TopicDescription_t,
) -> *const rd_kafka_error_t {
    guard(null(), || {
        // SAFETY: the caller's description, or NULL.
        unsafe { borrow(topicdesc) }.and_then(|t| t.error.as_ref()).map_or(null(), from_ref)
    })
}

/// Returns the operations that the client is authorized to do on a described topic, valid until the event is
/// destroyed.
///
/// @param cntp Set to the number of operations.
///
/// @return The operations; NULL if they were not asked for.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicDescription_authorized_operations(
    topicdesc: *const rd_kafka_TopicDescription_t,
    cntp: *mut usize,
) -> *const rd_kafka_AclOperation_t {
    // SAFETY: the caller's description, or NULL, and out-parameter.
    guard(null(), || unsafe {
        write_out(cntp, 0);
        borrow(topicdesc).map_or(null(), |t| t.operations.give(cntp))
    })
}

/// Returns the partitions of a described topic, valid as long as the event.
///
/// @param cntp Set to the number of partitions.
///
/// @return The partitions; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicDescription_partitions(
    topicdesc: *const rd_kafka_TopicDescription_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_TopicPartitionInfo_t {
    // SAFETY: the caller's description, or NULL, and out-parameter.
    guard(null_mut(), || unsafe {
        write_out(cntp, 0);
        borrow(topicdesc).map_or(null_mut(), |t| t.partitions.give(cntp))
    })
}

/// Returns the number of a described partition; -1 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicPartitionInfo_partition(
    partition: *const rd_kafka_TopicPartitionInfo_t,
) -> c_int {
    // SAFETY: the caller's partition, or NULL.
    guard(-1, || unsafe { borrow(partition) }.map_or(-1, |p| p.partition))
}

/// Returns the leader of a described partition, valid as long as the event; NULL if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicPartitionInfo_leader(
    partition: *const rd_kafka_TopicPartitionInfo_t,
) -> *const rd_kafka_Node_t {
    guard(null(), || {
        // SAFETY: the caller's partition, or NULL.
        unsafe { borrow(partition) }.and_then(|p| p.leader.as_ref()).map_or(null(), from_ref)
    })
}

/// Returns the in-sync replicas of a described partition, valid as long as the event.
///
/// @param cntp Set to the number of replicas.
///
/// @return The brokers; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicPartitionInfo_isr(
    partition: *const rd_kafka_TopicPartitionInfo_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_Node_t {
    // SAFETY: the caller's partition, or NULL, and out-parameter.
    guard(null_mut(), || unsafe {
        write_out(cntp, 0);
        borrow(partition).map_or(null_mut(), |p| p.isr.give(cntp))
    })
}

/// Returns the replicas of a described partition, valid as long as the event.
///
/// @param cntp Set to the number of replicas.
///
/// @return The brokers; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_TopicPartitionInfo_replicas(
    partition: *const rd_kafka_TopicPartitionInfo_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_Node_t {
    // SAFETY: the caller's partition, or NULL, and out-parameter.
    guard(null_mut(), || unsafe {
        write_out(cntp, 0);
        borrow(partition).map_or(null_mut(), |p| p.replicas.give(cntp))
    })
}

/// Returns the brokers of the cluster, valid until the event is destroyed.
///
/// @param cntp Set to the number of brokers.
///
/// @return The brokers; NULL if the request failed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeCluster_result_nodes(
    result: *const rd_kafka_DescribeCluster_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_Node_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe {
        write_out(cntp, 0);
        of(result, null_mut(), |d| Some(d.nodes.give(cntp)))
    }
}

/// Returns the controller of the cluster, valid until the event is destroyed; NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeCluster_result_controller(
    result: *const rd_kafka_DescribeCluster_result_t,
) -> *const rd_kafka_Node_t {
    // SAFETY: the caller's event.
    unsafe { of(result, null(), |d| d.controller.as_ref().map(from_ref)) }
}

/// Returns the id of the cluster, valid until the event is destroyed; NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeCluster_result_cluster_id(
    result: *const rd_kafka_DescribeCluster_result_t,
) -> *const c_char {
    // SAFETY: the caller's event.
    unsafe { of(result, null(), |d| d.cluster_id.as_ref().map(|id| id.as_ptr())) }
}

/// Returns the operations that the client is authorized to do on the cluster, valid until the event is
/// destroyed.
///
/// @param cntp Set to the number of operations.
///
/// @return The operations; NULL if they were not asked for.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeCluster_result_authorized_operations(
    result: *const rd_kafka_DescribeCluster_result_t,
    cntp: *mut usize,
) -> *const rd_kafka_AclOperation_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe {
        write_out(cntp, 0);
        of(result, null(), |d| Some(d.operations.give(cntp)))
    }
}

/// Returns the id of a broker; -1 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_Node_id(node: *const rd_kafka_Node_t) -> c_int {
    // SAFETY: the caller's broker, or NULL.
    guard(-1, || unsafe { borrow(node) }.map_or(-1, |n| n.id))
}

/// Returns the host name of a broker, valid as long as the event; NULL for NULL, or if the cluster does not
/// say.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_Node_host(node: *const rd_kafka_Node_t) -> *const c_char {
    // SAFETY: the caller's broker, or NULL.
    guard(null(), || unsafe { borrow(node) }.and_then(|n| n.host.as_ref()).map_or(null(), |h| h.as_ptr()))
}

/// Returns the port of a broker; 0 for NULL, or if the cluster does not report it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_Node_port(node: *const rd_kafka_Node_t) -> u16 {
    // SAFETY: the caller's broker, or NULL.
    guard(0, || unsafe { borrow(node) }.map_or(0, |n| n.port))
}

/// Returns the rack of a broker, valid as long as the event; NULL if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_Node_rack(node: *const rd_kafka_Node_t) -> *const c_char {
    // SAFETY: the caller's broker, or NULL.
    guard(null(), || unsafe { borrow(node) }.and_then(|n| n.rack.as_ref()).map_or(null(), |r| r.as_ptr()))
}
