//! The types of the header: names of the opaque handles, and the structs whose fields applications see.

use crate::capi::abi::enum_ints::{rd_kafka_resp_err_t, rd_kafka_vtype_t};
use libc::ssize_t;
use std::ffi::{c_char, c_int, c_void};

/// A client instance.
pub struct rd_kafka_s {}
/// A topic of a client instance.
pub struct rd_kafka_topic_s {}
/// A configuration.
pub struct rd_kafka_conf_s {}
/// A topic configuration.
pub struct rd_kafka_topic_conf_s {}
/// A queue.
pub struct rd_kafka_queue_s {}
/// An event.
pub struct rd_kafka_op_s {}
/// A list of headers.
pub struct rd_kafka_headers_s {}

/// A client instance: a producer or a consumer. Thread-safe unless a function states otherwise.
pub type rd_kafka_t = rd_kafka_s;
/// A topic of a client instance. Thread-safe and counted: every rd_kafka_topic_new() needs its
/// rd_kafka_topic_destroy().
pub type rd_kafka_topic_t = rd_kafka_topic_s;
/// A list of message headers, in order; names may repeat. Not thread-safe.
pub type rd_kafka_headers_t = rd_kafka_headers_s;
/// A configuration, consumed by rd_kafka_new().
pub type rd_kafka_conf_t = rd_kafka_conf_s;
/// A topic configuration, consumed by rd_kafka_topic_new().
pub type rd_kafka_topic_conf_t = rd_kafka_topic_conf_s;

/// A queue of events and messages.
pub type rd_kafka_queue_t = rd_kafka_queue_s;
/// An event.
pub type rd_kafka_event_t = rd_kafka_op_s;

/// A message: what a consumer receives and what a delivery report shows.
///
/// In a delivery report the struct is part of a larger one from which the rd_kafka_message_..() functions
/// read, so it must not be copied and then passed to them. It is valid until the callback returns or the
/// event is destroyed.
#[repr(C)]
pub struct rd_kafka_message_s {
    /// Error of this message, RD_KAFKA_RESP_ERR_NO_ERROR if there is none.
    pub err: rd_kafka_resp_err_t,
    /// The topic, valid as long as the message: call rd_kafka_topic_new() for a reference to use for longer.
    pub rkt: *mut rd_kafka_topic_t,
    /// The partition.
    pub partition: i32,
    /// The value. In a delivery report the pointer that was given to produce, unless RD_KAFKA_MSG_F_COPY was
    /// set. For a consumer's error messages, a text.
    pub payload: *mut c_void,
    /// Size of the value in bytes.
    pub len: usize,
    /// The key, or NULL.
    pub key: *mut c_void,
    /// Size of the key in bytes.
    pub key_len: usize,
    /// Offset in the partition, or RD_KAFKA_OFFSET_INVALID when it is not known.
    pub offset: i64,
    /// In a delivery report: the message opaque that was given to produce. Otherwise for the library.
    pub _private: *mut c_void,
}
/// A message.
pub type rd_kafka_message_t = rd_kafka_message_s;

/// A topic and partition with an offset and more. Made and released by the list functions.
#[repr(C)]
pub struct rd_kafka_topic_partition_s {
    /// Topic name, from malloc(3).
    pub topic: *mut c_char,
    /// Partition.
    pub partition: i32,
    /// Offset, or one of the logical offsets.
    pub offset: i64,
    /// Metadata to be stored with a committed offset, from malloc(3), or NULL.
    pub metadata: *mut c_void,
    /// Size of the metadata in bytes.
    pub metadata_size: usize,
    /// For the application: the library does not use it.
    pub opaque: *mut c_void,
    /// Outcome of the operation for this element.
    pub err: rd_kafka_resp_err_t,
    /// For the library. NULL in elements that the application makes itself.
    pub _private: *mut c_void,
}
/// A topic and partition.
pub type rd_kafka_topic_partition_t = rd_kafka_topic_partition_s;

/// A growing list of topics and partitions.
#[repr(C)]
pub struct rd_kafka_topic_partition_list_s {
    /// Number of elements.
    pub cnt: c_int,
    /// Number of elements that fit without growing.
    pub size: c_int,
    /// The elements.
    pub elems: *mut rd_kafka_topic_partition_t,
}
/// A list of topics and partitions.
pub type rd_kafka_topic_partition_list_t = rd_kafka_topic_partition_list_s;

/// Memory in a produceva argument.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rd_kafka_vu_mem_s {
    pub ptr: *mut c_void,
    pub size: usize,
}

/// A header in a produceva argument.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rd_kafka_vu_header_s {
    pub name: *const c_char,
    pub val: *const c_void,
    /// Size of the value, or -1 for a NUL-terminated one.
    pub size: ssize_t,
}

/// Value of a produceva argument; the tag tells which member is meant.
#[repr(C)]
#[derive(Clone, Copy)]
pub union rd_kafka_vu_u {
    /// RD_KAFKA_VTYPE_TOPIC
    pub cstr: *const c_char,
    /// RD_KAFKA_VTYPE_RKT
    pub rkt: *mut rd_kafka_topic_t,
    /// RD_KAFKA_VTYPE_MSGFLAGS
    pub i: c_int,
    /// RD_KAFKA_VTYPE_PARTITION
    pub i32: i32,
    /// RD_KAFKA_VTYPE_TIMESTAMP
    pub i64: i64,
    /// RD_KAFKA_VTYPE_VALUE, RD_KAFKA_VTYPE_KEY
    pub mem: rd_kafka_vu_mem_s,
    /// RD_KAFKA_VTYPE_HEADER
    pub header: rd_kafka_vu_header_s,
    /// RD_KAFKA_VTYPE_HEADERS
    pub headers: *mut rd_kafka_headers_t,
    /// RD_KAFKA_VTYPE_OPAQUE
    pub ptr: *mut c_void,
    /// Reserved for members of later versions.
    pub _pad: [c_char; 64],
}

/// An argument of rd_kafka_produceva().
#[repr(C)]
pub struct rd_kafka_vu_s {
    /// What it is.
    pub vtype: rd_kafka_vtype_t,
    /// Its value.
    pub u: rd_kafka_vu_u,
}
/// An argument of rd_kafka_produceva().
pub type rd_kafka_vu_t = rd_kafka_vu_s;

/// An error code with its name and text, for rd_kafka_get_err_descs().
#[repr(C)]
pub struct rd_kafka_err_desc {
    /// The code.
    pub code: rd_kafka_resp_err_t,
    /// Its name without the RD_KAFKA_RESP_ERR_ prefix, or NULL for a number that has no code.
    pub name: *const c_char,
    /// Its text, or NULL.
    pub desc: *const c_char,
}

/// A broker of the cluster.
#[repr(C)]
pub struct rd_kafka_metadata_broker {
    /// Broker id.
    pub id: i32,
    /// Host name to connect to.
    pub host: *mut c_char,
    /// Port to connect to.
    pub port: c_int,
}
/// A broker of the cluster.
pub type rd_kafka_metadata_broker_t = rd_kafka_metadata_broker;

/// A partition of a topic.
#[repr(C)]
pub struct rd_kafka_metadata_partition {
    /// Partition.
    pub id: i32,
    /// Error of this partition as reported by the broker.
    pub err: rd_kafka_resp_err_t,
    /// Broker id of the leader, -1 if there is none.
    pub leader: i32,
    /// Number of replicas.
    pub replica_cnt: c_int,
    /// Broker ids of the replicas.
    pub replicas: *mut i32,
    /// Number of in-sync replicas.
    pub isr_cnt: c_int,
    /// Broker ids of the in-sync replicas.
    pub isrs: *mut i32,
}
/// A partition of a topic.
pub type rd_kafka_metadata_partition_t = rd_kafka_metadata_partition;

/// A topic.
#[repr(C)]
pub struct rd_kafka_metadata_topic {
    /// Topic name.
    pub topic: *mut c_char,
    /// Number of partitions.
    pub partition_cnt: c_int,
    /// The partitions.
    pub partitions: *mut rd_kafka_metadata_partition,
    /// Error of this topic as reported by the broker.
    pub err: rd_kafka_resp_err_t,
}
/// A topic.
pub type rd_kafka_metadata_topic_t = rd_kafka_metadata_topic;

/// What rd_kafka_metadata() returns: brokers and topics.
#[repr(C)]
pub struct rd_kafka_metadata {
    /// Number of brokers.
    pub broker_cnt: c_int,
    /// The brokers.
    pub brokers: *mut rd_kafka_metadata_broker,
    /// Number of topics.
    pub topic_cnt: c_int,
    /// The topics.
    pub topics: *mut rd_kafka_metadata_topic,
    /// Id of the broker that gave this answer.
    pub orig_broker_id: i32,
    /// Name of the broker that gave this answer.
    pub orig_broker_name: *mut c_char,
}
/// Brokers and topics.
pub type rd_kafka_metadata_t = rd_kafka_metadata;

/// A member of a consumer group.
#[repr(C)]
pub struct rd_kafka_group_member_info {
    /// Member id, given by the broker.
    pub member_id: *mut c_char,
    /// The member's `client.id`.
    pub client_id: *mut c_char,
    /// The member's host.
    pub client_host: *mut c_char,
    /// Member metadata in the format of the protocol type.
    pub member_metadata: *mut c_void,
    /// Its size in bytes.
    pub member_metadata_size: c_int,
    /// Member assignment in the format of the protocol type.
    pub member_assignment: *mut c_void,
    /// Its size in bytes.
    pub member_assignment_size: c_int,
}

/// A consumer group.
#[repr(C)]
pub struct rd_kafka_group_info {
    /// The broker that answered.
    pub broker: rd_kafka_metadata_broker,
    /// Group name.
    pub group: *mut c_char,
    /// Error from the broker.
    pub err: rd_kafka_resp_err_t,
    /// State of the group.
    pub state: *mut c_char,
    /// Protocol type.
    pub protocol_type: *mut c_char,
    /// Protocol.
    pub protocol: *mut c_char,
    /// The members.
    pub members: *mut rd_kafka_group_member_info,
    /// Number of members.
    pub member_cnt: c_int,
}

/// A list of consumer groups.
#[repr(C)]
pub struct rd_kafka_group_list {
    /// The groups.
    pub groups: *mut rd_kafka_group_info,
    /// Number of groups.
    pub group_cnt: c_int,
}

/// Type of an event: one of RD_KAFKA_EVENT_..
pub type rd_kafka_event_type_t = c_int;
