//! Producing messages.

use crate::base::error::ErrorCode;
use crate::base::unwind;
use crate::capi::abi::consts::{
    RD_KAFKA_MSG_F_BLOCK, RD_KAFKA_MSG_F_COPY, RD_KAFKA_MSG_F_FREE, RD_KAFKA_MSG_F_PARTITION,
    RD_KAFKA_PARTITION_UA,
};
use crate::capi::abi::types::{rd_kafka_message_t, rd_kafka_topic_t};
use crate::capi::ffi::errors::set_last_error;
use crate::capi::ffi::pointers::borrow_mut;
use crate::capi::instance::object::{TopicHandle, with_handle};
use crate::client::NewMessage;
use crate::producer::partition::topic::{Refused, TopicState};
use crate::producer::store::{ForeignBytes, Value};
use std::cell::Cell;
use std::ffi::{c_int, c_void};

/// The largest value or key: lengths are 32-bit signed numbers on the wire.
const MAX_LEN: usize = i32::MAX as usize;

/// A value and what is to become of its memory.
///
/// # Safety
/// `ptr` is NULL or points to `len` readable bytes. Unless copied, they stay until the message has been
/// reported; with RD_KAFKA_MSG_F_FREE they came from malloc.
#[inline]
pub(crate) unsafe fn value<'a>(ptr: *mut c_void, len: usize, flags: c_int) -> Result<Value<'a>, ErrorCode> {
    if ptr.is_null() {
        return Ok(Value::Null);
    }
    if len > MAX_LEN {
        return Err(ErrorCode::MSG_SIZE_TOO_LARGE);
    }
    // Copying wins over freeing, as it does in librdkafka: the memory stays the caller's.
    if flags & RD_KAFKA_MSG_F_COPY != 0 {
        // SAFETY: by this function's own contract.
        return Ok(Value::Copy(unsafe { std::slice::from_raw_parts(ptr.cast(), len) }));
    }
    // SAFETY: by this function's own contract.
    Ok(Value::Foreign(unsafe { ForeignBytes::new(ptr.cast(), len, flags & RD_KAFKA_MSG_F_FREE != 0) }))
}

/// A key; it is always copied.
///
/// # Safety
/// `ptr` is NULL or points to `len` readable bytes.
#[inline]
pub(crate) unsafe fn key<'a>(ptr: *const c_void, len: usize) -> Result<Option<&'a [u8]>, ErrorCode> {
    if ptr.is_null() {
        return Ok(None);
    }
    if len > MAX_LEN {
        return Err(ErrorCode::MSG_SIZE_TOO_LARGE);
    }
    // SAFETY: by this function's own contract.
    Ok(Some(unsafe { std::slice::from_raw_parts(ptr.cast(), len) }))
}

impl TopicHandle {
    #[inline]
    pub(crate) fn produce(&self, message: &NewMessage<'_>, flags: c_int) -> Result<(), Refused> {
        let (rk, block) = (self.instance(), flags & RD_KAFKA_MSG_F_BLOCK != 0);
        if rk.interceptors().watch_producing() {
            return crate::capi::produce::intercepted::produce(self, message, block);
        }
        rk.client().produce(self.topic(), message, block)
    }

    /// # Safety
    /// As for [`value`] and [`key`].
    #[inline]
    unsafe fn produce_raw(&self, partition: i32, flags: c_int, m: &RawMessage) -> Result<(), Refused> {
        let message = NewMessage {
            partition,
            // SAFETY: by this function's own contract.
            key: unsafe { key(m.key, m.key_len) }?,
            // SAFETY: by this function's own contract.
            value: unsafe { value(m.payload, m.len, flags) }?,
            headers: None,
            timestamp_ms: None,
            opaque: m.opaque.expose_provenance(),
        };
        self.produce(&message, flags)
    }
}

impl TopicHandle {
    /// Why every message for a partition is refused, according to the metadata that is known.
    fn refusal(&self, partition: i32) -> Option<ErrorCode> {
        let table = self.topic().table();
        table.refusal().or_else(|| {
            let known = table.state != TopicState::Exists
                || table.partitions.is_empty()
                || partition == RD_KAFKA_PARTITION_UA
                || usize::try_from(partition).is_ok_and(|p| p < table.partitions.len());
            (!known).then_some(ErrorCode::_UNKNOWN_PARTITION)
        })
    }
}

struct RawMessage {
    payload: *mut c_void,
    len: usize,
    key: *const c_void,
    key_len: usize,
    opaque: *mut c_void,
}

impl RawMessage {
    fn of(m: &rd_kafka_message_t) -> Self {
        Self { payload: m.payload, len: m.len, key: m.key, key_len: m.key_len, opaque: m._private }
    }
}

/// The errno that goes with a failed produce call.
fn errno_of(code: ErrorCode) -> c_int {
    match code {
        ErrorCode::_QUEUE_FULL => libc::ENOBUFS,
        ErrorCode::MSG_SIZE_TOO_LARGE => libc::EMSGSIZE,
        ErrorCode::_UNKNOWN_PARTITION => libc::ESRCH,
        ErrorCode::_UNKNOWN_TOPIC => libc::ENOENT,
        ErrorCode::_FATAL => libc::ECANCELED,
        ErrorCode::_STATE => libc::ENOEXEC,
        _ => libc::EINVAL,
    }
}

/// Produces a message. The call puts it into a queue and returns; it waits only for space in the queue, and
/// only with RD_KAFKA_MSG_F_BLOCK. The result arrives later as a delivery report from rd_kafka_poll() or
/// rd_kafka_flush(). Thread-safe.
///
/// @param rkt Topic.
/// @param partition Partition, or RD_KAFKA_PARTITION_UA to let the topic's partitioner choose.
/// @param msgflags RD_KAFKA_MSG_F_.. flags. Without RD_KAFKA_MSG_F_COPY and RD_KAFKA_MSG_F_FREE, the payload
/// must stay valid and unchanged until the delivery report has been served.
/// @param payload Value, or NULL for a tombstone. If the call fails it remains the caller's, whatever the
/// flags.
/// @param len Size of the value in bytes.
/// @param key Key, or NULL. It is copied.
/// @param keylen Size of the key in bytes.
/// @param msg_opaque Pointer that the delivery report shows as `_private`.
///
/// @return 0, or -1 with rd_kafka_last_error() and errno set: RD_KAFKA_RESP_ERR__QUEUE_FULL (ENOBUFS; call
/// rd_kafka_poll() and try again), RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE (EMSGSIZE),
/// RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION (ESRCH), RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC (ENOENT),
/// RD_KAFKA_RESP_ERR__FATAL (ECANCELED; see rd_kafka_fatal_error()), RD_KAFKA_RESP_ERR__STATE (ENOEXEC; no
/// transaction has begun).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_produce(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    msgflags: c_int,
    payload: *mut c_void,
    len: usize,
    key: *const c_void,
    keylen: usize,
    msg_opaque: *mut c_void,
) -> c_int {
    // SAFETY: the caller's handle and memory, as the flags say.
    unsafe {
        with_handle(rkt, -1, |topic| {
            let m = RawMessage { payload, len, key, key_len: keylen, opaque: msg_opaque };
            match topic.produce_raw(partition, msgflags, &m) {
                Ok(()) => {
                    set_last_error(ErrorCode::NO_ERROR, 0);
                    0
                }
                Err(refused) => {
                    let code = refused.code();
                    set_last_error(code, errno_of(code));
                    -1
                }
            }
        })
    }
}

/// Produces several messages to one topic in one pass.
///
/// Of each message the fields `payload`, `len`, `key`, `key_len` and `_private` (the message opaque) are
/// used, with RD_KAFKA_MSG_F_PARTITION also `partition`. Its `err` is set to the outcome:
/// RD_KAFKA_RESP_ERR_NO_ERROR if it was queued, or why it was not; then its payload remains the caller's.
///
/// @param partition Partition of all messages, or RD_KAFKA_PARTITION_UA to let the topic's partitioner
/// choose.
/// @param msgflags As for rd_kafka_produce(), and RD_KAFKA_MSG_F_PARTITION.
/// @param rkmessages Array of messages.
/// @param message_cnt Number of messages.
///
/// @return The number of messages queued.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_produce_batch(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    msgflags: c_int,
    rkmessages: *mut rd_kafka_message_t,
    message_cnt: c_int,
) -> c_int {
    let count = usize::try_from(message_cnt).unwrap_or(0);
    // How far it came and how many were queued, also when the work ends early.
    let (seen, queued) = (Cell::new(0), Cell::new(0));
    // SAFETY: the caller's handle, array and memory, as the flags say.
    unsafe {
        let whole = with_handle(rkt, false, |topic| {
            let own = msgflags & RD_KAFKA_MSG_F_PARTITION != 0;
            // What fails one message like all the others fails the rest at once.
            let mut all = if own { None } else { topic.refusal(partition) };
            for i in 0..count {
                let Some(message) = borrow_mut(rkmessages.wrapping_add(i)) else { break };
                let to = if own { message.partition } else { partition };
                let result = match all {
                    Some(code) => Err(code.into()),
                    None => topic.produce_raw(to, msgflags, &RawMessage::of(message)),
                };
                if let Err(Refused::Code(code)) = result
                    && matches!(code, ErrorCode::_QUEUE_FULL | ErrorCode::_FATAL | ErrorCode::_STATE)
                {
                    all = Some(code);
                }
                queued.set(queued.get() + c_int::from(result.is_ok()));
                message.err = result.err().map_or(ErrorCode::NO_ERROR, |refused| refused.code()).0;
                seen.set(i + 1);
                if unwind::is_pending() {
                    break;
                }
            }
            true
        });
        // On an instance that cannot be used, the messages stay the caller's, and have to say so.
        for i in seen.get()..if whole || rkt.is_null() { 0 } else { count } {
            if let Some(message) = borrow_mut(rkmessages.wrapping_add(i)) {
                message.err = ErrorCode::_STATE.0;
            }
        }
    }
    queued.get()
}
