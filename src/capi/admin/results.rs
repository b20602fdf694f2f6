//! Outcomes of admin requests on topics.

use super::Listed;
use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::opaque::{
    rd_kafka_CreatePartitions_result_t, rd_kafka_CreateTopics_result_t, rd_kafka_DeleteTopics_result_t,
};
use crate::capi::abi::types::rd_kafka_event_t;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow, write_out};
use crate::capi::ffi::strings::c_string;
use crate::capi::queue::event::with_event;
use crate::client::admin::TopicResult;
use crate::client::events::Results;
use std::ffi::{CString, c_char};
use std::ptr::{null, null_mut};

/// Result of an admin operation for a topic.
pub struct rd_kafka_topic_result_s {
    name: CString,
    code: ErrorCode,
    /// `None` for success.
    text: Option<CString>,
}
/// Result of an admin operation for a topic.
pub type rd_kafka_topic_result_t = rd_kafka_topic_result_s;

impl BoxHandle for rd_kafka_topic_result_s {
    type Handle = Self;
}

/// The outcomes that an event holds.
pub(crate) struct TopicResults(Listed<rd_kafka_topic_result_t>);

impl TopicResults {
    fn of(results: &Results) -> Option<Self> {
        match results {
            Results::Topics(found) => Some(Self::new(found)),
            _ => None,
        }
    }

    fn new(topics: &[TopicResult]) -> Self {
        let result = |t: &TopicResult| rd_kafka_topic_result_s {
            name: c_string(&t.name),
            code: t.error.code,
            text: (t.error.code != ErrorCode::NO_ERROR).then(|| c_string(&t.error.text)),
        };
        Self(Listed::new(topics.iter().map(result)))
    }
}

/// The array of outcomes for the application.
///
/// # Safety
/// `result` is NULL or a live event, `cntp` NULL or valid for writing.
unsafe fn topics(result: *const rd_kafka_event_t, cntp: *mut usize) -> *mut *const rd_kafka_topic_result_t {
    // SAFETY: by this function's own contract.
    unsafe {
        write_out(cntp, 0);
        with_event(result, null_mut(), |ev| {
            ev.results(TopicResults::of).map_or(null_mut(), |all| all.0.give(cntp))
        })
    }
}

/// Returns the error for a topic.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_result_error(
    topicres: *const rd_kafka_topic_result_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's result, or NULL.
    guard(ErrorCode::_FAIL.0, || unsafe { borrow(topicres) }.map_or(ErrorCode::_INVALID_ARG.0, |t| t.code.0))
}

/// Returns the text of the error for a topic, valid as long as the event; NULL for success.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_result_error_string(
    topicres: *const rd_kafka_topic_result_t,
) -> *const c_char {
    guard(null(), || {
        // SAFETY: the caller's result, or NULL.
        unsafe { borrow(topicres) }.and_then(|t| t.text.as_ref()).map_or(null(), |t| t.as_ptr())
    })
}

/// Returns the name of the topic of a result, valid as long as the event; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_result_name(
    topicres: *const rd_kafka_topic_result_t,
) -> *const c_char {
    // SAFETY: the caller's result, or NULL.
    guard(null(), || unsafe { borrow(topicres) }.map_or(null(), |t| t.name.as_ptr()))
}

/// Returns the results of rd_kafka_CreateTopics(), one for each topic, valid until the event is destroyed.
///
/// @param cntp Set to the number of results.
///
/// @return The results; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_CreateTopics_result_topics(
    result: *const rd_kafka_CreateTopics_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_topic_result_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe { topics(result, cntp) }
}

/// Returns the results of rd_kafka_DeleteTopics(), one for each topic, valid until the event is destroyed.
///
/// @param cntp Set to the number of results.
///
/// @return The results; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteTopics_result_topics(
    result: *const rd_kafka_DeleteTopics_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_topic_result_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe { topics(result, cntp) }
}

/// Returns the results of rd_kafka_CreatePartitions(), one for each topic, valid until the event is
/// destroyed.
///
/// @param cntp Set to the number of results.
///
/// @return The results; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_CreatePartitions_result_topics(
    result: *const rd_kafka_CreatePartitions_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_topic_result_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe { topics(result, cntp) }
}
