//! What stands at the front of every message that an application is given: the public struct, and what kind
//! of message it is.

use crate::capi::abi::enum_ints::rd_kafka_timestamp_type_t;
use crate::capi::abi::enums::rd_kafka_timestamp_type_e;
use crate::capi::abi::types::{rd_kafka_message_t, rd_kafka_topic_t};
use std::ptr::with_exposed_provenance_mut;

pub(super) const NO_TIMESTAMP: rd_kafka_timestamp_type_t =
    rd_kafka_timestamp_type_e::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE as rd_kafka_timestamp_type_t;
pub(super) const CREATE_TIME: rd_kafka_timestamp_type_t =
    rd_kafka_timestamp_type_e::RD_KAFKA_TIMESTAMP_CREATE_TIME as rd_kafka_timestamp_type_t;
pub(super) const LOG_APPEND_TIME: rd_kafka_timestamp_type_t =
    rd_kafka_timestamp_type_e::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME as rd_kafka_timestamp_type_t;

/// The handle that a topic's `attachment` stands for.
#[inline]
pub(crate) fn handle_of(attachment: usize) -> *mut rd_kafka_topic_t {
    with_exposed_provenance_mut(attachment)
}

/// What a message is the head of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// [`Served`](super::Served): a message of a delivery report.
    Reported,
    /// [`Consumed`](super::consumed::Consumed).
    Consumed,
    /// [`ErrorMessage`](super::error::ErrorMessage): an error in a consumed message's place.
    Error,
}

#[repr(C)]
pub(super) struct Head {
    /// First, so that a pointer to it is a pointer to the whole.
    pub(super) public: rd_kafka_message_t,
    pub(super) kind: Kind,
}

impl Head {
    #[inline]
    pub(super) fn new(kind: Kind, public: rd_kafka_message_t) -> Self {
        Self { public, kind }
    }
}
