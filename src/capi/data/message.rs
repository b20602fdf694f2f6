//! A message in a delivery report: the public struct at the head of a larger one, built on the stack for one
//! callback after another, and what can be asked about it.

use crate::base::clock::Clock;
use crate::base::error::ErrorCode;
use crate::base::sync::OnceLock;
use crate::base::sync::atomic::Ordering;
use crate::capi::abi::enum_ints::{rd_kafka_msg_status_t, rd_kafka_resp_err_t, rd_kafka_timestamp_type_t};
use crate::capi::abi::enums::{rd_kafka_msg_status_e, rd_kafka_timestamp_type_e};
use crate::capi::abi::types::rd_kafka_headers_t;
use crate::capi::abi::types::rd_kafka_message_t;
use crate::capi::abi::types::rd_kafka_topic_t;
use crate::capi::data::headers::HeaderList;
use crate::capi::ffi::errors::err2str;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow, write_out};
use crate::capi::ffi::strings::c_string;
use crate::producer::partition::report::{Persistence, Report};
use crate::producer::store::MessageView;
use crate::protocol::record_batch::headers;
use std::cell::Cell;
use std::ffi::{CString, c_char};
use std::ptr::{null, null_mut, with_exposed_provenance_mut};

const NO_TIMESTAMP: rd_kafka_timestamp_type_t =
    rd_kafka_timestamp_type_e::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE as rd_kafka_timestamp_type_t;
const CREATE_TIME: rd_kafka_timestamp_type_t =
    rd_kafka_timestamp_type_e::RD_KAFKA_TIMESTAMP_CREATE_TIME as rd_kafka_timestamp_type_t;
const LOG_APPEND_TIME: rd_kafka_timestamp_type_t =
    rd_kafka_timestamp_type_e::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME as rd_kafka_timestamp_type_t;

/// The handle that a topic's `attachment` stands for.
#[inline]
pub(crate) fn handle_of(attachment: usize) -> *mut rd_kafka_topic_t {
    with_exposed_provenance_mut(attachment)
}

/// What all messages of a report share.
pub(crate) struct Shared<'a> {
    clock: &'a dyn Clock,
    report: &'a Report,
    /// The report's text, made when somebody asks.
    text: OnceLock<CString>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(clock: &'a dyn Clock, report: &'a Report) -> Self {
        Self { clock, report, text: OnceLock::new() }
    }
}

/// The headers of a message while it is served.
#[derive(Clone, Copy)]
enum Headers {
    /// In wire form, if the message has any.
    Wire,
    /// The list object, which the message owns; NULL after it has been detached.
    List(*mut rd_kafka_headers_t),
}

/// A message as an application sees it during a callback.
#[repr(C)]
pub(crate) struct Served<'a> {
    /// First, so that a pointer to it is a pointer to the whole.
    public: rd_kafka_message_t,
    shared: &'a Shared<'a>,
    view: MessageView<'a>,
    headers: Cell<Headers>,
}

impl<'a> Served<'a> {
    /// `index` is the message's position in the report.
    #[inline]
    pub(crate) fn new(shared: &'a Shared<'a>, view: MessageView<'a>, index: usize) -> Self {
        let report = shared.report;
        let key = view.key();
        Self {
            public: rd_kafka_message_t {
                err: report.error.0,
                rkt: handle_of(report.topic.attachment.load(Ordering::Relaxed)),
                partition: report.partition,
                payload: view.value_ptr().cast_mut().cast(),
                len: view.value_len(),
                key: key.map_or(null_mut(), |k| k.as_ptr().cast_mut().cast()),
                key_len: key.map_or(0, <[u8]>::len),
                offset: report.offset_at(index),
                _private: with_exposed_provenance_mut(view.opaque()),
            },
            shared,
            view,
            headers: Cell::new(Headers::Wire),
        }
    }

    #[inline]
    pub(crate) fn public(&self) -> &rd_kafka_message_t {
        &self.public
    }

    pub(crate) fn report(&self) -> &Report {
        self.shared.report
    }

    /// The pointer for C: derived from the whole, since the functions below go back to it.
    #[inline]
    pub(crate) fn as_ptr(&self) -> *const rd_kafka_message_t {
        std::ptr::from_ref(self).cast()
    }

    /// The list of headers, decoded on first use.
    fn headers(&self) -> *mut rd_kafka_headers_t {
        match self.headers.get() {
            Headers::List(list) => list,
            Headers::Wire => {
                let list = self.view.headers().map_or(null_mut(), |blob| {
                    let mut list = HeaderList::default();
                    headers::iter(blob).flatten().for_each(|(name, value)| list.add(name, value));
                    list.into_handle()
                });
                self.headers.set(Headers::List(list));
                list
            }
        }
    }

    /// The list of headers that has been made for somebody who may have changed it; an empty one when there
    /// are none any more.
    pub(crate) fn changed_headers(&self) -> Option<Option<&HeaderList>> {
        match self.headers.get() {
            // SAFETY: the message owns the list.
            Headers::List(list) => Some(unsafe { HeaderList::from_handle(list) }),
            Headers::Wire => None,
        }
    }

    /// Replaces the list and returns the former one.
    fn replace_headers(&self, list: *mut rd_kafka_headers_t) -> *mut rd_kafka_headers_t {
        match self.headers.replace(Headers::List(list)) {
            Headers::List(old) => old,
            Headers::Wire => null_mut(),
        }
    }

    fn timestamp(&self) -> (i64, rd_kafka_timestamp_type_t) {
        if self.public.err != 0 {
            return (-1, NO_TIMESTAMP);
        }
        match self.shared.report.append_time_ms {
            Some(ms) => (ms, LOG_APPEND_TIME),
            None => (self.view.timestamp_ms(), CREATE_TIME),
        }
    }

    fn status(&self) -> rd_kafka_msg_status_e {
        use rd_kafka_msg_status_e::{
            RD_KAFKA_MSG_STATUS_NOT_PERSISTED as NOT, RD_KAFKA_MSG_STATUS_PERSISTED as YES,
            RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED as POSSIBLY,
        };
        match self.shared.report.persistence {
            Some(Persistence::Persisted) => YES,
            Some(Persistence::PossiblyPersisted) => POSSIBLY,
            Some(Persistence::NotPersisted) => NOT,
            None if self.view.possibly_persisted() => POSSIBLY,
            None => NOT,
        }
    }
}

impl Drop for Served<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Headers::List(list) = self.headers.get() {
            // SAFETY: the message owns the list.
            drop(unsafe { HeaderList::take_handle(list) });
        }
    }
}

/// Runs the body of a call on a served message. NULL gives `default`.
///
/// # Safety
/// `message` is NULL or came from [`Served::as_ptr`] and its callback has not returned.
unsafe fn with_served<T>(
    message: *const rd_kafka_message_t,
    default: T,
    body: impl FnOnce(&Served<'_>) -> T,
) -> T
where
    T: Copy,
{
    // SAFETY: by this function's own contract; all fields but the cell are only read.
    guard(default, || unsafe { borrow(message.cast::<Served<'_>>()) }.map_or(default, body))
}

/// Releases a message that a consumer received. Messages of delivery reports are the library's: for them, and
/// for NULL, this does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_destroy(_rkmessage: *mut rd_kafka_message_t) {}

/// Returns the text of a message's error, or NULL if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_errstr(
    rkmessage: *const rd_kafka_message_t,
) -> *const c_char {
    guard(null(), || {
        // SAFETY: the caller's message, of which only public fields are read.
        let Some(message) = (unsafe { borrow(rkmessage) }) else { return null() };
        // librdkafka returns the payload here, which is a text only in a consumer's messages.
        if message.err == 0 { null() } else { err2str(message.err) }
    })
}

/// Returns the text that the broker gave as the reason why a message was refused, or NULL. Valid as long as
/// the message.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_produce_errstr(
    rkmessage: *const rd_kafka_message_t,
) -> *const c_char {
    // SAFETY: a message of a delivery report.
    unsafe {
        with_served(rkmessage, null(), |m| match &m.shared.report.text {
            Some(text) if m.public.err != 0 => m.shared.text.get_or_init(|| c_string(text)).as_ptr(),
            _ => null(),
        })
    }
}

/// Returns the timestamp of a message.
///
/// @param tstype Set to where the timestamp comes from. May be NULL.
///
/// @return Milliseconds since the epoch, UTC, or -1 if there is none, as for every message with an error.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_timestamp(
    rkmessage: *const rd_kafka_message_t,
    tstype: *mut rd_kafka_timestamp_type_t,
) -> i64 {
    // SAFETY: a message of a delivery report, and an out-parameter.
    unsafe {
        let (timestamp, kind) = with_served(rkmessage, (-1, NO_TIMESTAMP), |m| m.timestamp());
        write_out(tstype, kind);
        timestamp
    }
}

/// Returns how long ago a message was produced.
///
/// @return Microseconds from the produce call until now, or -1 if that is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_latency(rkmessage: *const rd_kafka_message_t) -> i64 {
    // SAFETY: a message of a delivery report.
    unsafe {
        with_served(rkmessage, -1, |m| {
            m.shared.clock.now().micros().saturating_sub(m.view.enqueued().micros())
        })
    }
}

/// Returns the id of the broker that a message was sent to, or -1.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_broker_id(rkmessage: *const rd_kafka_message_t) -> i32 {
    // SAFETY: a message of a delivery report.
    unsafe { with_served(rkmessage, -1, |m| m.shared.report.broker_id) }
}

/// Returns the headers of a message.
///
/// @param hdrsp Set to the list, which belongs to the message.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT if the message has no headers.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_headers(
    rkmessage: *const rd_kafka_message_t,
    hdrsp: *mut *mut rd_kafka_headers_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: a message of a delivery report, and an out-parameter.
    unsafe {
        with_served(rkmessage, ErrorCode::_NOENT.0, |m| {
            let list = m.headers();
            if list.is_null() {
                return ErrorCode::_NOENT.0;
            }
            write_out(hdrsp, list);
            ErrorCode::NO_ERROR.0
        })
    }
}

/// Takes the headers away from a message.
///
/// @param hdrsp Set to the list, to be released with rd_kafka_headers_destroy().
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT if the message has no headers.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_detach_headers(
    rkmessage: *mut rd_kafka_message_t,
    hdrsp: *mut *mut rd_kafka_headers_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: a message of a delivery report, and an out-parameter.
    unsafe {
        let err = rd_kafka_message_headers(rkmessage, hdrsp);
        if err == 0 {
            with_served(rkmessage, null_mut(), |m| m.replace_headers(null_mut()));
        }
        err
    }
}

/// Gives a message other headers.
///
/// @param hdrs List, which belongs to the message from now on; NULL for none. The former list is released.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_set_headers(
    rkmessage: *mut rd_kafka_message_t,
    hdrs: *mut rd_kafka_headers_t,
) {
    // SAFETY: a message of a delivery report, and a list that the caller gives up.
    unsafe {
        let old = with_served(rkmessage, null_mut(), |m| m.replace_headers(hdrs));
        if old != hdrs {
            guard((), || drop(HeaderList::take_handle(old)));
        }
    }
}

/// Returns whether a message has been written to its partition, which an error alone may leave open:
/// RD_KAFKA_MSG_STATUS_PERSISTED for an acknowledged message, RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED if it
/// was sent and the answer is not known, RD_KAFKA_MSG_STATUS_NOT_PERSISTED if it was certainly not written,
/// so that producing it again makes no duplicate.
///
/// @param rkmessage Message of a delivery report, in its callback or its event. NULL gives
/// RD_KAFKA_MSG_STATUS_NOT_PERSISTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_status(
    rkmessage: *const rd_kafka_message_t,
) -> rd_kafka_msg_status_t {
    // SAFETY: a message of a delivery report.
    unsafe { with_served(rkmessage, 0, |m| m.status() as rd_kafka_msg_status_t) }
}

/// Returns the leader epoch of a consumed message; -1 for a producer's messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_leader_epoch(_rkmessage: *const rd_kafka_message_t) -> i32 {
    -1
}

/// Returns how often a share consumer's message has been delivered; 0 for a producer's messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_delivery_count(
    _rkmessage: *const rd_kafka_message_t,
) -> i16 {
    0
}
