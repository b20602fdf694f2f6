//! An error in a consumed message's place: the text is the payload.

use super::consumed::Origin;
use super::head::{Head, Kind};
use crate::base::error::ErrorCode;
use crate::capi::abi::types::rd_kafka_message_t;
use crate::capi::ffi::strings::c_string;
use std::ffi::{CString, c_char};
use std::ptr::null_mut;

#[repr(C)]
pub(crate) struct ErrorMessage {
    head: Head,
    /// The payload points here.
    _text: CString,
    /// `None`: of no topic.
    origin: Option<Origin>,
}

impl ErrorMessage {
    /// Makes the message, to be released with rd_kafka_message_destroy().
    pub(crate) fn make(
        origin: Option<Origin>,
        code: ErrorCode,
        text: &str,
        offset: i64,
    ) -> *mut rd_kafka_message_t {
        let text = c_string(text);
        let head = Head::new(
            Kind::Error,
            rd_kafka_message_t {
                err: code.0,
                rkt: origin.as_ref().map_or(null_mut(), |o| o.rkt),
                partition: origin.as_ref().map_or(-1, |o| o.partition),
                payload: text.as_ptr().cast_mut().cast(),
                len: text.as_bytes().len(),
                key: null_mut(),
                key_len: 0,
                offset,
                _private: null_mut(),
            },
        );
        Box::into_raw(Box::new(Self { head, _text: text, origin })).cast()
    }

    /// An error without a text or a place.
    pub(crate) fn bare(code: ErrorCode) -> *mut rd_kafka_message_t {
        let message = Self::make(None, code, "", 0);
        // SAFETY: made just now, and nobody else's.
        unsafe { ((*message).payload, (*message).partition) = (null_mut(), 0) };
        message
    }

    /// The text, or NULL.
    pub(super) fn text(&self) -> *const c_char {
        self.head.public.payload.cast_const().cast()
    }

    /// As in librdkafka: an error in a message's place is of the epoch 0.
    pub(super) fn leader_epoch(&self) -> i32 {
        if self.head.public.payload.is_null() { -1 } else { 0 }
    }

    pub(super) fn broker_id(&self) -> i32 {
        self.origin.as_ref().map_or(-1, |o| o.broker_id)
    }
}
