//! A message in a delivery report, built on the stack for one callback after another.

use super::head::{CREATE_TIME, Head, Kind, LOG_APPEND_TIME, NO_TIMESTAMP, handle_of};
use crate::base::clock::Clock;
use crate::base::sync::OnceLock;
use crate::base::sync::atomic::Ordering;
use crate::capi::abi::enum_ints::rd_kafka_timestamp_type_t;
use crate::capi::abi::enums::rd_kafka_msg_status_e;
use crate::capi::abi::types::{rd_kafka_headers_t, rd_kafka_message_t};
use crate::capi::data::headers::HeaderList;
use crate::capi::ffi::pointers::BoxHandle;
use crate::capi::ffi::strings::c_string;
use crate::producer::partition::report::{Persistence, Report};
use crate::producer::store::MessageView;
use crate::protocol::record_batch::headers;
use std::cell::Cell;
use std::ffi::{CString, c_char};
use std::ptr::{null, null_mut, with_exposed_provenance_mut};

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
    head: Head,
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
            head: Head::new(
                Kind::Reported,
                rd_kafka_message_t {
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
            ),
            shared,
            view,
            headers: Cell::new(Headers::Wire),
        }
    }

    #[inline]
    pub(crate) fn public(&self) -> &rd_kafka_message_t {
        &self.head.public
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
    pub(super) fn headers(&self) -> *mut rd_kafka_headers_t {
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

    /// The text that the broker gave for the error, or NULL.
    pub(super) fn broker_text(&self) -> *const c_char {
        self.text(self.shared.report.broker_text())
    }

    /// The text that says why the message failed, or NULL if nothing is known but the code.
    pub(super) fn cause(&self) -> *const c_char {
        self.text(self.shared.report.cause())
    }

    /// The report's text for C. It has one at the most.
    fn text(&self, text: Option<&str>) -> *const c_char {
        match text {
            Some(text) if self.head.public.err != 0 => {
                self.shared.text.get_or_init(|| c_string(text)).as_ptr()
            }
            _ => null(),
        }
    }

    /// Microseconds since the message was produced.
    pub(super) fn latency(&self) -> i64 {
        self.shared.clock.now().micros().saturating_sub(self.view.enqueued().micros())
    }

    /// Replaces the list and returns the former one.
    pub(super) fn replace_headers(&self, list: *mut rd_kafka_headers_t) -> *mut rd_kafka_headers_t {
        match self.headers.replace(Headers::List(list)) {
            Headers::List(old) => old,
            Headers::Wire => null_mut(),
        }
    }

    pub(super) fn timestamp(&self) -> (i64, rd_kafka_timestamp_type_t) {
        if self.head.public.err != 0 {
            return (-1, NO_TIMESTAMP);
        }
        match self.shared.report.append_time_ms {
            Some(ms) => (ms, LOG_APPEND_TIME),
            None => (self.view.timestamp_ms(), CREATE_TIME),
        }
    }

    pub(super) fn status(&self) -> rd_kafka_msg_status_e {
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
