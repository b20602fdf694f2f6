//! Messages that an application is given: those of delivery reports, those that a consumer receives, and
//! errors among these. All have the public struct at their head, and behind it what can be asked about them.

pub(crate) mod consumed;
pub(crate) mod error;
mod head;
mod reported;

pub(crate) use head::handle_of;
pub(crate) use reported::{Served, Shared};

use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::{rd_kafka_msg_status_t, rd_kafka_resp_err_t, rd_kafka_timestamp_type_t};
use crate::capi::abi::enums::rd_kafka_msg_status_e;
use crate::capi::abi::types::{rd_kafka_headers_t, rd_kafka_message_t};
use crate::capi::data::headers::HeaderList;
use crate::capi::ffi::errors::err2str;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow, write_out};
use consumed::Consumed;
use error::ErrorMessage;
use head::{Head, Kind, NO_TIMESTAMP};
use std::ffi::c_char;
use std::ptr::{NonNull, null, null_mut};

/// A message by its kind.
enum Message<'a> {
    Reported(&'a Served<'a>),
    Consumed(&'a Consumed),
    Error(&'a ErrorMessage),
}

/// Runs the body of a call on a message. NULL gives `default`.
///
/// # Safety
/// `message` is NULL, or of one of the three kinds and alive: not released, its callback not returned.
#[inline]
unsafe fn with_message<T: Copy>(
    message: *const rd_kafka_message_t,
    default: T,
    body: impl FnOnce(Message<'_>) -> T,
) -> T {
    guard(default, || {
        // SAFETY: by this function's own contract, the pointer is one to the whole of its kind, of which all
        // fields but the cells are only read.
        let message = unsafe {
            match borrow(message.cast::<Head>()).map(|head| head.kind) {
                None => return default,
                Some(Kind::Reported) => Message::Reported(&*message.cast()),
                Some(Kind::Consumed) => Message::Consumed(&*message.cast()),
                Some(Kind::Error) => Message::Error(&*message.cast()),
            }
        };
        body(message)
    })
}

/// Releases a message that a consumer received, on any thread; the instance may be gone by then. Messages of
/// delivery reports are the library's: for them, and for NULL, this does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_destroy(rkmessage: *mut rd_kafka_message_t) {
    guard((), || {
        let Some(message) = NonNull::new(rkmessage) else { return };
        // SAFETY: the caller's message, of one of the three kinds, which it gives up.
        unsafe {
            match message.cast::<Head>().as_ref().kind {
                Kind::Reported => {}
                Kind::Consumed => Consumed::destroy(message.cast()),
                Kind::Error => drop(Box::from_raw(message.cast::<ErrorMessage>().as_ptr())),
            }
        }
    });
}

/// Returns the text of a message's error, or NULL if it has none. Valid as long as the message.
///
/// For a message that was not delivered in time (RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) the text says what it
/// waited for, behind the words of rd_kafka_err2str(): a leader, a broker that is down and its last error, an
/// answer. It is for people: its words may change.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_errstr(
    rkmessage: *const rd_kafka_message_t,
) -> *const c_char {
    // SAFETY: the caller's message.
    let text = unsafe {
        with_message(rkmessage, null(), |m| match m {
            Message::Reported(m) => m.cause(),
            Message::Consumed(_) => null(),
            Message::Error(m) => m.text(),
        })
    };
    guard(null(), || {
        // SAFETY: the caller's message.
        match unsafe { borrow(rkmessage) }.map_or(0, |m| m.err) {
            0 => null(),
            err if text.is_null() => err2str(err),
            _ => text,
        }
    })
}

/// Returns the text that the broker gave as the reason why a message was refused, or NULL. Valid as long as
/// the message.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_produce_errstr(
    rkmessage: *const rd_kafka_message_t,
) -> *const c_char {
    // SAFETY: the caller's message.
    unsafe {
        with_message(rkmessage, null(), |m| match m {
            Message::Reported(m) => m.broker_text(),
            Message::Consumed(_) | Message::Error(_) => null(),
        })
    }
}

/// Returns the timestamp of a message.
///
/// @param tstype Set to where the timestamp comes from. May be NULL.
///
/// @return Milliseconds since the epoch, UTC; if there is none, 0 for a consumed message and -1 for every
/// message with an error.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_timestamp(
    rkmessage: *const rd_kafka_message_t,
    tstype: *mut rd_kafka_timestamp_type_t,
) -> i64 {
    // SAFETY: the caller's message, and an out-parameter.
    unsafe {
        let (timestamp, kind) = with_message(rkmessage, (-1, NO_TIMESTAMP), |m| match m {
            Message::Reported(m) => m.timestamp(),
            Message::Consumed(m) => m.timestamp(),
            Message::Error(_) => (-1, NO_TIMESTAMP),
        });
        write_out(tstype, kind);
        timestamp
    }
}

/// Returns how long ago a message was produced.
///
/// @return Microseconds from the produce call until now, or -1 if that is not known, as for a consumer's
/// messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_latency(rkmessage: *const rd_kafka_message_t) -> i64 {
    // SAFETY: the caller's message.
    unsafe {
        with_message(rkmessage, -1, |m| match m {
            Message::Reported(m) => m.latency(),
            Message::Consumed(_) | Message::Error(_) => -1,
        })
    }
}

/// Returns the id of the broker that a message was sent to or comes from, or -1.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_broker_id(rkmessage: *const rd_kafka_message_t) -> i32 {
    // SAFETY: the caller's message.
    unsafe {
        with_message(rkmessage, -1, |m| match m {
            Message::Reported(m) => m.report().broker_id,
            Message::Consumed(m) => m.broker_id(),
            Message::Error(m) => m.broker_id(),
        })
    }
}

/// Returns the headers of a message.
///
/// @param hdrsp Set to the list, which belongs to the message.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__NOENT if the message has no headers, or
/// RD_KAFKA_RESP_ERR__BAD_MSG if those of a consumer's message cannot be read.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_headers(
    rkmessage: *const rd_kafka_message_t,
    hdrsp: *mut *mut rd_kafka_headers_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's message, and an out-parameter.
    unsafe {
        let list = with_message(rkmessage, Ok(null_mut()), |m| match m {
            Message::Reported(m) => Ok(m.headers()),
            Message::Consumed(m) => m.headers(),
            Message::Error(_) => Ok(null_mut()),
        });
        match list {
            Ok(list) if list.is_null() => ErrorCode::_NOENT.0,
            Ok(list) => {
                write_out(hdrsp, list);
                ErrorCode::NO_ERROR.0
            }
            Err(()) => ErrorCode::_BAD_MSG.0,
        }
    }
}

/// Gives a message another list of headers and returns the one that it had. An error has none, and keeps
/// none: what it is given is returned at once.
///
/// # Safety
/// As for [`with_message`]; the list is the caller's, or NULL.
unsafe fn replace_headers(
    message: *const rd_kafka_message_t,
    list: *mut rd_kafka_headers_t,
) -> *mut rd_kafka_headers_t {
    // SAFETY: by this function's own contract.
    unsafe {
        with_message(message, null_mut(), |m| match m {
            Message::Reported(m) => m.replace_headers(list),
            Message::Consumed(m) => m.replace_headers(list),
            Message::Error(_) => list,
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
    // SAFETY: the caller's message, and an out-parameter.
    unsafe {
        let err = rd_kafka_message_headers(rkmessage, hdrsp);
        if err == 0 {
            with_message(rkmessage, (), |m| match m {
                Message::Reported(m) => {
                    m.replace_headers(null_mut());
                }
                Message::Consumed(m) => m.detach_headers(),
                Message::Error(_) => {}
            });
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
    // SAFETY: the caller's message, and a list that the caller gives up.
    unsafe {
        let old = replace_headers(rkmessage, hdrs);
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
    // SAFETY: the caller's message.
    unsafe {
        with_message(rkmessage, 0, |m| match m {
            Message::Reported(m) => m.status() as rd_kafka_msg_status_t,
            Message::Consumed(_) => {
                rd_kafka_msg_status_e::RD_KAFKA_MSG_STATUS_PERSISTED as rd_kafka_msg_status_t
            }
            Message::Error(_) => 0,
        })
    }
}

/// Returns the leader epoch of a consumed message, -1 if the broker told none; 0 for an error in a message's
/// place, -1 for a producer's messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_leader_epoch(rkmessage: *const rd_kafka_message_t) -> i32 {
    // SAFETY: the caller's message.
    unsafe {
        with_message(rkmessage, -1, |m| match m {
            Message::Reported(_) => -1,
            Message::Consumed(m) => m.leader_epoch(),
            Message::Error(m) => m.leader_epoch(),
        })
    }
}

/// Returns how often a share consumer's message has been delivered; 0 for a producer's messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_message_delivery_count(
    _rkmessage: *const rd_kafka_message_t,
) -> i16 {
    0
}
