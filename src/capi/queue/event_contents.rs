//! What events hold that are no delivery reports: log lines, partitions, statistics.

use crate::base::error::ErrorCode;
use crate::base::log::debug;
use crate::capi::abi::stats_types::rd_kafka_stats_t;
use crate::capi::abi::types::{
    rd_kafka_event_t, rd_kafka_message_t, rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_t,
};
use crate::capi::data::offset_list::OutcomeList;
use crate::capi::data::partition_list::new_topic_partition;
use crate::capi::ffi::pointers::write_out;
use crate::capi::ffi::strings::write_buf;
use crate::capi::instance::object::TopicHandle;
use crate::capi::instance::stats::EventStats;
use crate::capi::queue::event::{Content, EventHandle, with_event};
use crate::client::events::Results;
use std::ffi::{c_char, c_int};
use std::ptr::{null, null_mut};

/// Returns the parts of a log event. Each out-parameter may be NULL; texts are valid until the event is
/// destroyed.
///
/// @param fac Set to the facility.
/// @param str Set to the text.
/// @param level Set to the level, as in syslog(3).
///
/// @return 0, or -1 if the event is no log line.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_log(
    rkev: *mut rd_kafka_event_t,
    fac: *mut *const c_char,
    str: *mut *const c_char,
    level: *mut c_int,
) -> c_int {
    // SAFETY: the caller's event and out-parameters.
    unsafe {
        with_event(rkev, -1, |ev| match ev.content() {
            Content::Log { level: l, facility, text, .. } => {
                write_out(fac, facility.as_ptr());
                write_out(str, text.as_ptr());
                write_out(level, *l);
                0
            }
            _ => -1,
        })
    }
}

/// The debug contexts that a log event names.
const CONTEXTS: [(u32, &str); 17] = [
    (debug::GENERIC, "generic"),
    (debug::BROKER, "broker"),
    (debug::TOPIC, "topic"),
    (debug::METADATA, "metadata"),
    (debug::FEATURE, "feature"),
    (debug::QUEUE, "queue"),
    (debug::MSG, "msg"),
    (debug::PROTOCOL, "protocol"),
    (debug::CGRP, "cgrp"),
    (debug::SECURITY, "security"),
    (debug::FETCH, "fetch"),
    (debug::INTERCEPTOR, "interceptor"),
    (debug::PLUGIN, "plugin"),
    (debug::CONSUMER, "consumer"),
    (debug::ADMIN, "admin"),
    (debug::EOS, "eos"),
    (debug::MOCK, "mock"),
];

/// Writes the names of the debug contexts of a log event, separated by commas.
///
/// @param dst Buffer for the names, cut to fit.
/// @param dstsize Its size in bytes.
///
/// @return 0, or -1 if the event is no log line.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_debug_contexts(
    rkev: *mut rd_kafka_event_t,
    dst: *mut c_char,
    dstsize: usize,
) -> c_int {
    // SAFETY: the caller's event and buffer.
    unsafe {
        with_event(rkev, -1, |ev| match ev.content() {
            Content::Log { context, .. } => {
                let names: Vec<_> =
                    CONTEXTS.iter().filter(|(bit, _)| context & bit != 0).map(|(_, name)| *name).collect();
                write_buf(dst, dstsize, &names.join(","));
                0
            }
            _ => -1,
        })
    }
}

/// Returns the offsets of an event of type RD_KAFKA_EVENT_OFFSET_COMMIT.
///
/// @return The list, valid until the event is destroyed; NULL for other events.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_topic_partition_list(
    rkev: *mut rd_kafka_event_t,
) -> *mut rd_kafka_topic_partition_list_t {
    let make = |results: &Results| match results {
        Results::Commits(commits) => Some(OutcomeList::new(&commits.offsets)),
        _ => None,
    };
    // SAFETY: the caller's event.
    unsafe { with_event(rkev, null_mut(), |ev| ev.results(make).map_or(null_mut(), OutcomeList::as_ptr)) }
}

/// The name of the topic that a consumed message is of.
///
/// # Safety
/// The message is alive.
unsafe fn topic_name<'a>(message: *const rd_kafka_message_t) -> Option<&'a [u8]> {
    // SAFETY: by this function's own contract.
    unsafe { TopicHandle::from_handle((*message).rkt) }.map(|topic| topic.topic().name().as_bytes())
}

/// Returns the partition that a message or an error of a consumer is about.
///
/// @return The partition, to be released with rd_kafka_topic_partition_destroy(); NULL for all other events.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_topic_partition(
    rkev: *mut rd_kafka_event_t,
) -> *mut rd_kafka_topic_partition_t {
    // SAFETY: the caller's event.
    unsafe {
        with_event(rkev, null_mut(), |ev| match ev.content() {
            Content::ConsumerError { error, .. } => match &error.partition {
                Some(p) => new_topic_partition(p.topic().as_bytes(), p.number(), error.offset, error.code),
                None => null_mut(),
            },
            // A message's topic is as alive as the message.
            Content::Message(message) => match (message.message().as_ref(), topic_name(message.message())) {
                // As in librdkafka, without its offset.
                (Some(m), Some(topic)) => new_topic_partition(topic, m.partition, 0, ErrorCode::NO_ERROR),
                _ => null_mut(),
            },
            _ => null_mut(),
        })
    }
}

fn stats(ev: &EventHandle) -> Option<&EventStats> {
    match ev.content() {
        Content::Stats(stats) => Some(stats),
        _ => None,
    }
}

/// Returns the statistics of an event as JSON, valid until the event is destroyed; NULL if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_stats(rkev: *mut rd_kafka_event_t) -> *const c_char {
    // SAFETY: the caller's event.
    unsafe { with_event(rkev, null(), |ev| stats(ev).map_or(null(), EventStats::json)) }
}

/// Returns the statistics of an event as structs, valid until the event is destroyed; NULL if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_stats_typed(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_stats_t {
    // SAFETY: the caller's event.
    unsafe { with_event(rkev, null(), |ev| stats(ev).map_or(null(), EventStats::typed)) }
}
