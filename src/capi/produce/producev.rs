//! Producing a message that is described by a list of tagged arguments.

use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::capi::abi::consts::RD_KAFKA_PARTITION_UA;
use crate::capi::abi::enum_ints::{rd_kafka_resp_err_t, rd_kafka_vtype_t};
use crate::capi::abi::enums::rd_kafka_vtype_e;
use crate::capi::abi::types::rd_kafka_headers_t;
use crate::capi::abi::types::{rd_kafka_t, rd_kafka_topic_t, rd_kafka_vu_t};
use crate::capi::data::headers::{HeaderList, sized};
use crate::capi::ffi::error_object::{rd_kafka_error_s, rd_kafka_error_t};
use crate::capi::ffi::pointers::BoxHandle;
use crate::capi::ffi::strings::{bytes, c_string};
use crate::capi::instance::object::{Instance, TopicHandle, with_instance, with_instance_or_error};
use crate::capi::instance::topic::{MAX_NAME, with_topic};
use crate::capi::produce::positional::{key, value};
use crate::client::NewMessage;
use crate::client::txn::TxnState;
use crate::producer::partition::share::Share;
use crate::producer::partition::topic::Refused;
use crate::protocol::record_batch::headers::Encoder;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::{null, null_mut};

/// The enum's values as they arrive from C.
mod tag {
    use super::{rd_kafka_vtype_e as e, rd_kafka_vtype_t as t};
    pub(crate) const TOPIC: t = e::RD_KAFKA_VTYPE_TOPIC as t;
    pub(crate) const RKT: t = e::RD_KAFKA_VTYPE_RKT as t;
    pub(crate) const PARTITION: t = e::RD_KAFKA_VTYPE_PARTITION as t;
    pub(crate) const VALUE: t = e::RD_KAFKA_VTYPE_VALUE as t;
    pub(crate) const KEY: t = e::RD_KAFKA_VTYPE_KEY as t;
    pub(crate) const OPAQUE: t = e::RD_KAFKA_VTYPE_OPAQUE as t;
    pub(crate) const MSGFLAGS: t = e::RD_KAFKA_VTYPE_MSGFLAGS as t;
    pub(crate) const TIMESTAMP: t = e::RD_KAFKA_VTYPE_TIMESTAMP as t;
    pub(crate) const HEADER: t = e::RD_KAFKA_VTYPE_HEADER as t;
    pub(crate) const HEADERS: t = e::RD_KAFKA_VTYPE_HEADERS as t;
}

thread_local! {
    /// Memory for the wire form of headers: one message after another uses it.
    static ENCODER: Cell<Option<Encoder>> = const { Cell::new(None) };
}

/// More than this is not kept between messages.
const KEEP_ENCODER: usize = 64 * 1024;

/// The encoder of one call: this thread's, taken on first use and given back at the end.
#[derive(Default)]
struct Scratch(Option<Encoder>);

impl Scratch {
    fn push(&mut self, name: &[u8], value: Option<&[u8]>) {
        let encoder = self.0.get_or_insert_with(|| {
            let mut encoder = ENCODER.take().unwrap_or_default();
            encoder.clear();
            encoder
        });
        encoder.push(name, value);
    }

    fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The headers in wire form; `None` for none.
    fn blob(&mut self) -> Option<&[u8]> {
        self.0.as_mut().map(Encoder::blob)
    }
}

impl Drop for Scratch {
    #[inline]
    fn drop(&mut self) {
        if let Some(encoder) = self.0.take().filter(|e| e.capacity() <= KEEP_ENCODER) {
            ENCODER.set(Some(encoder));
        }
    }
}

/// Why a message was not produced: where it failed decides on the text of the error object.
enum Refusal {
    Unsupported(rd_kafka_vtype_t),
    NoTopic,
    /// Single headers and a list; and whether a topic had been named by then.
    Conflict(&'static str, bool),
    BadHeader,
    Fatal(ErrorCode),
    /// Outside of a transaction.
    State,
    Message(ErrorCode),
    /// A broker's share of the queue is full.
    Share(Arc<Share>),
}

impl Refusal {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Unsupported(_) | Self::NoTopic | Self::BadHeader => ErrorCode::_INVALID_ARG,
            Self::Conflict(..) => ErrorCode::_CONFLICT,
            Self::Fatal(_) => ErrorCode::_FATAL,
            Self::State => ErrorCode::_STATE,
            Self::Message(code) => *code,
            Self::Share(_) => ErrorCode::_QUEUE_FULL,
        }
    }

    /// For rd_kafka_producev(), which minds a missing topic most.
    fn plain_code(&self) -> ErrorCode {
        match self {
            Self::Conflict(_, false) => ErrorCode::_INVALID_ARG,
            other => other.code(),
        }
    }

    fn into_error(self, rk: &Instance) -> rd_kafka_error_s {
        let text = match &self {
            Self::Unsupported(tag) => format!("Unsupported VTYPE {tag}"),
            Self::NoTopic => "Topic name or object required".into(),
            Self::Conflict(what, _) => format!("{what} are mutually exclusive"),
            Self::BadHeader => format!("Failed to add header: {}", ErrorCode::_INVALID_ARG.describe()),
            Self::Fatal(code) => {
                let why = rk.client().fatal_error().map(|e| e.text).unwrap_or_default();
                let text = format!("Producing not allowed since a previous fatal error was raised: {why}");
                return rd_kafka_error_s::fatal(*code, c_string(&text));
            }
            Self::State => {
                let state = rk.client().transaction_state().map_or("", TxnState::name);
                format!("Producing not allowed in transactional state {state}")
            }
            Self::Message(code @ (ErrorCode::_QUEUE_FULL | ErrorCode::MSG_SIZE_TOO_LARGE)) => {
                format!("Failed to produce message: {}", code.describe())
            }
            Self::Share(share) => {
                let (full, (who, _)) = (ErrorCode::_QUEUE_FULL.describe(), rk.client().whose(share));
                format!("Failed to produce message: {full}: {who} has its part of it")
            }
            Self::Message(code) => format!("Failed to enqueue message: {}", code.describe()),
        };
        rd_kafka_error_s::new(self.code(), Some(c_string(&text)))
    }
}

/// The arguments of one call.
struct Arguments<'a> {
    topic: Option<&'a [u8]>,
    rkt: *const rd_kafka_topic_t,
    partition: i32,
    flags: c_int,
    timestamp_ms: i64,
    payload: *mut c_void,
    len: usize,
    key: *const c_void,
    key_len: usize,
    opaque: *mut c_void,
    /// The application's list; taken over when the message has been accepted.
    headers: *mut rd_kafka_headers_t,
}

impl Arguments<'_> {
    const NONE: Self = Self {
        topic: None,
        rkt: null(),
        partition: RD_KAFKA_PARTITION_UA,
        flags: 0,
        timestamp_ms: 0,
        payload: null_mut(),
        len: 0,
        key: null(),
        key_len: 0,
        opaque: null_mut(),
        headers: null_mut(),
    };

    /// Reads the list; single headers go to `scratch` at once. A later argument of a kind replaces an earlier
    /// one.
    ///
    /// # Safety
    /// Each tag says truly which member of its union is set.
    unsafe fn read(vus: &[rd_kafka_vu_t], scratch: &mut Scratch) -> Result<Self, Refusal> {
        let mut a = Self::NONE;
        for vu in vus {
            // SAFETY: by this function's own contract.
            unsafe {
                match vu.vtype {
                    tag::TOPIC => (a.topic, a.rkt) = (bytes(vu.u.cstr), null()),
                    tag::RKT => a.rkt = vu.u.rkt,
                    tag::PARTITION => a.partition = vu.u.i32,
                    tag::VALUE => (a.payload, a.len) = (vu.u.mem.ptr, vu.u.mem.size),
                    tag::KEY => (a.key, a.key_len) = (vu.u.mem.ptr, vu.u.mem.size),
                    tag::OPAQUE => a.opaque = vu.u.ptr,
                    tag::MSGFLAGS => a.flags = vu.u.i,
                    tag::TIMESTAMP => a.timestamp_ms = vu.u.i64,
                    tag::HEADER if !a.headers.is_null() => {
                        return Err(Refusal::Conflict("VTYPE_HEADER and VTYPE_HEADERS", a.names_topic()));
                    }
                    tag::HEADER => {
                        let h = vu.u.header;
                        let name = bytes(h.name).ok_or(Refusal::BadHeader)?;
                        scratch.push(name, sized(h.val, h.size));
                    }
                    tag::HEADERS if !scratch.is_empty() => {
                        return Err(Refusal::Conflict("VTYPE_HEADERS and VTYPE_HEADER", a.names_topic()));
                    }
                    tag::HEADERS => a.headers = vu.u.headers,
                    other => return Err(Refusal::Unsupported(other)),
                }
            }
        }
        Ok(a)
    }

    fn names_topic(&self) -> bool {
        self.topic.is_some_and(|name| name.len() <= MAX_NAME) || !self.rkt.is_null()
    }

    /// # Safety
    /// The pointers are what their tags promised.
    unsafe fn message<'a>(&self, headers: Option<&'a [u8]>) -> Result<NewMessage<'a>, ErrorCode> {
        Ok(NewMessage {
            partition: self.partition,
            // SAFETY: by this function's own contract.
            key: unsafe { key(self.key, self.key_len) }?,
            // SAFETY: by this function's own contract.
            value: unsafe { value(self.payload, self.len, self.flags) }?,
            headers,
            timestamp_ms: Some(self.timestamp_ms).filter(|t| *t != 0),
            opaque: self.opaque.expose_provenance(),
        })
    }

    /// # Safety
    /// As for [`Arguments::message`].
    unsafe fn produce(&self, rk: &Instance, scratch: &mut Scratch) -> Result<(), Refusal> {
        // SAFETY: the application's list.
        if let Some(list) = unsafe { HeaderList::from_handle(self.headers) } {
            list.iter().for_each(|(name, value)| scratch.push(name, value));
        }
        // SAFETY: by this function's own contract.
        let message = unsafe { self.message(scratch.blob()) }.map_err(Refusal::Message)?;
        let send = |t: &TopicHandle| t.produce(&message, self.flags);
        // SAFETY: the application's handle.
        let sent = match unsafe { TopicHandle::from_handle(self.rkt) } {
            Some(topic) => Some(send(topic)),
            None => self.topic.and_then(|name| with_topic(rk, name, send)),
        };
        sent.ok_or(Refusal::NoTopic)?.map_err(|refused| match refused {
            Refused::Share(share) => Refusal::Share(share),
            Refused::Code(ErrorCode::_FATAL) => Refusal::Fatal(fatal_code(rk)),
            Refused::Code(ErrorCode::_STATE) => Refusal::State,
            Refused::Code(code) => Refusal::Message(code),
        })
    }
}

fn fatal_code(rk: &Instance) -> ErrorCode {
    rk.client().fatal_error().map_or(ErrorCode::_FATAL, |e| e.code)
}

/// # Safety
/// An array of `cnt` arguments whose tags are true.
unsafe fn produce(rk: &Instance, vus: *const rd_kafka_vu_t, cnt: usize) -> Result<(), Refusal> {
    if rk.client().refuses_messages() {
        return Err(Refusal::Fatal(fatal_code(rk)));
    }
    if rk.client().is_outside_transaction() {
        return Err(Refusal::State);
    }
    // SAFETY: by this function's own contract.
    let vus = if vus.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(vus, cnt) } };
    let mut scratch = Scratch::default();
    // SAFETY: by this function's own contract.
    let result = unsafe {
        Arguments::read(vus, &mut scratch).and_then(|a| a.produce(rk, &mut scratch).map(|()| a.headers))
    };
    // SAFETY: the message has been accepted, and with it the list; its wire form is what was stored.
    result.map(|headers| drop(unsafe { HeaderList::take_handle(headers) }))
}

/// Produces a message as rd_kafka_producev() does, with the arguments in an array.
///
/// @param vus Arguments.
/// @param cnt Number of arguments.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy(). Its codes are those of
/// rd_kafka_producev(), except that after a fatal error it has that error's code and is marked as fatal.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_produceva(
    rk: *mut rd_kafka_t,
    vus: *const rd_kafka_vu_t,
    cnt: usize,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance and arguments.
    unsafe {
        with_instance_or_error(rk, |rk| match produce(rk, vus, cnt) {
            Ok(()) => null_mut(),
            Err(refusal) => refusal.into_error(rk).into_handle(),
        })
    }
}

/// Called by the C side of rd_kafka_producev().
///
/// cbindgen:ignore
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn rdk_rs_producev(
    rk: *mut rd_kafka_t,
    vus: *const rd_kafka_vu_t,
    cnt: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance; the C side has filled the array by the tags.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            produce(rk, vus, cnt).map_or_else(|refusal| refusal.plain_code().0, |()| ErrorCode::NO_ERROR.0)
        })
    }
}
