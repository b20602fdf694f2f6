//! Consumers that read partitions of their choice, one by one.

use crate::base::error::ErrorCode;
use crate::base::unwind;
use crate::capi::abi::types::{rd_kafka_message_t, rd_kafka_queue_t, rd_kafka_topic_t};
use crate::capi::data::message::rd_kafka_message_destroy;
use crate::capi::ffi::errors::set_last_error;
use crate::capi::instance::object::{Instance, keep, timeout};
use crate::capi::instance::object::{TopicHandle, with_handle};
use crate::capi::queue::object::{queue_of, with_queue};
use crate::capi::queue::poll::{forget_yield, serve, stops};
use crate::capi::queue::take::{End, error_message, show, take, take_ready};
use crate::capi::queue::watch::watched;
use crate::client::consumer::{Consumer, Start};
use crate::client::events::{Event, EventQueue, Flow};
use libc::ssize_t;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::time::Duration;

type ConsumeCb = unsafe extern "C-unwind" fn(rkmessage: *mut rd_kafka_message_t, commit_opaque: *mut c_void);

/// Sets the thread's last error, with the errno that goes with it.
pub(super) fn failed(code: ErrorCode) {
    let errno = match code {
        ErrorCode::NO_ERROR => 0,
        ErrorCode::_TIMED_OUT => libc::ETIMEDOUT,
        ErrorCode::_UNKNOWN_PARTITION | ErrorCode::_UNKNOWN_TOPIC => libc::ESRCH,
        ErrorCode::_INTR => libc::EINTR,
        _ => libc::EINVAL,
    };
    set_last_error(code, errno);
}

/// Runs a call on a partition of a consumer's topic: 0, or -1 with the thread's last error set.
///
/// # Safety
/// `rkt` is NULL or a live handle.
unsafe fn with_consumer(
    rkt: *mut rd_kafka_topic_t,
    body: impl FnOnce(&TopicHandle, &Consumer) -> Result<(), ErrorCode>,
) -> c_int {
    let body = |topic: &TopicHandle| {
        let consumer = topic.instance().client().consumer().ok_or(ErrorCode::_INVALID_ARG);
        let done = consumer.and_then(|consumer| body(topic, consumer));
        failed(done.err().unwrap_or(ErrorCode::NO_ERROR));
        if done.is_ok() { 0 } else { -1 }
    };
    // SAFETY: by this function's own contract.
    unsafe { with_handle(rkt, -1, body) }
}

/// Starts to consume a partition into its own queue, which rd_kafka_consume() and its like serve.
///
/// @param offset First offset to be read, or RD_KAFKA_OFFSET_BEGINNING, RD_KAFKA_OFFSET_END,
/// RD_KAFKA_OFFSET_STORED or RD_KAFKA_OFFSET_TAIL().
///
/// @return 0, or -1 with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_start(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    offset: i64,
) -> c_int {
    // SAFETY: as for the function called.
    unsafe { rd_kafka_consume_start_queue(rkt, partition, offset, null_mut()) }
}

/// Starts to consume a partition into a queue of the application's, which may take several partitions.
///
/// @param offset As for rd_kafka_consume_start().
/// @param rkqu Queue; NULL for the partition's own.
///
/// @return 0, or -1 with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_start_queue(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    offset: i64,
    rkqu: *mut rd_kafka_queue_t,
) -> c_int {
    // SAFETY: the caller's topic and queue.
    unsafe {
        let queue = queue_of(rkqu);
        with_consumer(rkt, |topic, consumer| {
            let client = topic.instance().client();
            let topic = topic.topic();
            let (settings, to) = (&topic.shared().settings, queue.as_ref());
            consumer.start(client, &Start { topic: topic.name(), partition, offset, settings, to })
        })
    }
}

/// Stops consuming a partition. What was fetched and not consumed is dropped; the offset that was stored is
/// committed to where `offset.store.method` says.
///
/// @return 0, or -1 with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_stop(rkt: *mut rd_kafka_topic_t, partition: i32) -> c_int {
    // SAFETY: the caller's topic.
    unsafe {
        with_consumer(rkt, |topic, consumer| {
            consumer.stop(topic.instance().client(), topic.topic().name(), partition)
        })
    }
}

/// The next message of a queue, or an error in its place; NULL if there is none in time. Other events are
/// served by their callbacks on the way.
fn take_one(rk: &Instance, queue: &EventQueue, timeout: Option<Duration>) -> (*mut rd_kafka_message_t, End) {
    let found = Cell::new(null_mut());
    let give = |message| {
        found.set(message);
        false
    };
    let mut other = |event| match event {
        Event::ConsumerError(error) => {
            found.set(error_message(rk, &error));
            Flow::Stop(None)
        }
        Event::Closed => Flow::Stop(None),
        event => serve(rk, event),
    };
    let end = take(rk, queue, timeout, &give, &mut other);
    (found.get(), end)
}

/// The next message of a queue, with the thread's last error set; NULL if there is none in time.
pub(super) fn next_message(
    rk: &Instance,
    queue: &EventQueue,
    timeout: Option<Duration>,
) -> *mut rd_kafka_message_t {
    watched(rk, || take_message(rk, queue, timeout))
}

#[inline]
fn take_message(rk: &Instance, queue: &EventQueue, timeout: Option<Duration>) -> *mut rd_kafka_message_t {
    if let Some(found) = take_ready(queue) {
        // SAFETY: it was given just now.
        unsafe { show(rk, found) };
        failed(ErrorCode::NO_ERROR);
        return found;
    }
    forget_yield();
    // Callbacks may destroy the instance.
    let rk = &*keep(rk);
    let (found, end) = take_one(rk, queue, timeout);
    if !found.is_null() {
        // SAFETY: it was given just now.
        unsafe { show(rk, found) };
    }
    failed(match end {
        _ if !found.is_null() => ErrorCode::NO_ERROR,
        End::Enough => ErrorCode::NO_ERROR,
        End::TimedOut => ErrorCode::_TIMED_OUT,
        End::Interrupted => ErrorCode::_INTR,
    });
    found
}

/// Gives messages of a queue, and errors in their places, until `give` returns false or the time is up.
fn take_many(
    rk: &Instance,
    queue: &EventQueue,
    timeout: Option<Duration>,
    give: &impl Fn(*mut rd_kafka_message_t) -> bool,
) {
    let mut other = |event| match event {
        Event::ConsumerError(error) if give(error_message(rk, &error)) => Flow::Continue,
        Event::ConsumerError(_) | Event::Closed => Flow::Stop(None),
        event => serve(rk, event),
    };
    take(rk, queue, timeout, give, &mut other);
}

/// Fills an array with messages of a queue until it is full or the time is up, and returns how many there
/// were.
///
/// # Safety
/// `messages` has space for `size` pointers.
pub(super) unsafe fn next_messages(
    rk: &Instance,
    queue: &EventQueue,
    timeout: Option<Duration>,
    messages: *mut *mut rd_kafka_message_t,
    size: usize,
) -> ssize_t {
    forget_yield();
    let count = Cell::new(0);
    let give = |message| {
        let at = count.get();
        // SAFETY: by this function's own contract: fewer than `size` have been written.
        unsafe { messages.add(at).write(message) };
        count.set(at + 1);
        at + 1 < size
    };
    if size > 0 && !messages.is_null() {
        watched(rk, || take_many(rk, queue, timeout, &give));
        for at in 0..count.get() {
            // SAFETY: it was written above.
            unsafe { show(rk, messages.add(at).read()) };
        }
    }
    ssize_t::try_from(count.get()).unwrap_or(ssize_t::MAX)
}

/// Calls back for each message of a queue: waits for the first, and goes on while there are others, up to
/// `most`. Returns for how many.
fn call_back(
    rk: &Instance,
    queue: &EventQueue,
    timeout: Option<Duration>,
    most: Option<usize>,
    callback: ConsumeCb,
    opaque: *mut c_void,
) -> c_int {
    forget_yield();
    let mut time = timeout;
    let mut count = 0;
    while most.is_none_or(|most| count < most) {
        let (found, _) = take_one(rk, queue, time);
        if found.is_null() {
            break;
        }
        // SAFETY: it was given just now.
        unsafe { show(rk, found) };
        // SAFETY: the application's callback; the message lives until it returns.
        unwind::call(|| unsafe { callback(found, opaque) });
        // SAFETY: the message is this function's own.
        unsafe { rd_kafka_message_destroy(found) };
        count += 1;
        time = Some(Duration::ZERO);
        if stops() {
            break;
        }
    }
    c_int::try_from(count).unwrap_or(c_int::MAX)
}

/// Runs a call on the queue of a partition; `default`, with the last error set, if it is not consumed.
///
/// # Safety
/// `rkt` is NULL or a live handle.
unsafe fn with_partition<T: Copy>(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    default: T,
    body: impl FnOnce(&TopicHandle, &EventQueue) -> T,
) -> T {
    let body = |topic: &TopicHandle| {
        let consumer = topic.instance().client().consumer();
        let name = topic.topic().name();
        match consumer.and_then(|c| c.partition(name, partition).map(|_| c.partition_queue(name, partition)))
        {
            Some(queue) => body(topic, &queue),
            None => {
                failed(ErrorCode::_UNKNOWN_PARTITION);
                default
            }
        }
    };
    // SAFETY: by this function's own contract.
    unsafe { with_handle(rkt, default, body) }
}

/// Returns the next message of a partition that is being consumed.
///
/// @param timeout_ms How long to wait for it in milliseconds; 0: do not wait, -1: wait for ever.
///
/// @return The message, or an error in its place, to be released with rd_kafka_message_destroy(). NULL, with
/// rd_kafka_last_error() and errno set, if there is none in time.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    timeout_ms: c_int,
) -> *mut rd_kafka_message_t {
    // SAFETY: the caller's topic.
    unsafe {
        with_partition(rkt, partition, null_mut(), |topic, queue| {
            next_message(topic.instance(), queue, timeout(timeout_ms))
        })
    }
}

/// Fills an array with the next messages of a partition that is being consumed. Waits until it is full or the
/// time is up.
///
/// @param rkmessages Receives up to `rkmessages_size` messages and errors, each to be released with
/// rd_kafka_message_destroy().
/// @param timeout_ms Longest time to wait in milliseconds; 0: do not wait, -1: wait for ever.
///
/// @return How many there were, or -1 with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_batch(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    timeout_ms: c_int,
    rkmessages: *mut *mut rd_kafka_message_t,
    rkmessages_size: usize,
) -> ssize_t {
    // SAFETY: the caller's topic and array.
    unsafe {
        with_partition(rkt, partition, -1, |topic, queue| {
            next_messages(topic.instance(), queue, timeout(timeout_ms), rkmessages, rkmessages_size)
        })
    }
}

/// Calls back for the messages of a partition that is being consumed: waits for the first one, and goes on
/// while there are others, up to `consume.callback.max.messages`, or until the callback calls
/// rd_kafka_yield(). The messages are the library's.
///
/// @param timeout_ms Milliseconds to wait for the first message; 0: do not wait, -1: wait for ever.
///
/// @return For how many, or -1 with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_callback(
    rkt: *mut rd_kafka_topic_t,
    partition: i32,
    timeout_ms: c_int,
    consume_cb: Option<
        unsafe extern "C-unwind" fn(rkmessage: *mut rd_kafka_message_t, commit_opaque: *mut c_void),
    >,
    commit_opaque: *mut c_void,
) -> c_int {
    // SAFETY: the caller's topic.
    unsafe {
        with_partition(rkt, partition, -1, |topic, queue| {
            let Some(callback) = consume_cb else { return -1 };
            let most = topic.topic().shared().settings.consumer.callback_max_messages;
            let rk = topic.instance();
            watched(rk, || call_back(rk, queue, timeout(timeout_ms), most, callback, commit_opaque))
        })
    }
}

/// Returns the next message of a queue, as rd_kafka_consume() does for a partition.
///
/// @return The message, to be released with rd_kafka_message_destroy(), or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_queue(
    rkqu: *mut rd_kafka_queue_t,
    timeout_ms: c_int,
) -> *mut rd_kafka_message_t {
    // SAFETY: the caller's queue.
    unsafe { with_queue(rkqu, null_mut(), |rk, queue| next_message(rk, queue, timeout(timeout_ms))) }
}

/// Fills an array with the next messages of a queue, as rd_kafka_consume_batch() does for a partition. Waits
/// until it is full or the time is up.
///
/// @return How many there were.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_batch_queue(
    rkqu: *mut rd_kafka_queue_t,
    timeout_ms: c_int,
    rkmessages: *mut *mut rd_kafka_message_t,
    rkmessages_size: usize,
) -> ssize_t {
    // SAFETY: the caller's queue and array.
    unsafe {
        with_queue(rkqu, -1, |rk, queue| {
            next_messages(rk, queue, timeout(timeout_ms), rkmessages, rkmessages_size)
        })
    }
}

/// Calls back for the messages of a queue, as rd_kafka_consume_callback() does for a partition.
///
/// @return For how many.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consume_callback_queue(
    rkqu: *mut rd_kafka_queue_t,
    timeout_ms: c_int,
    consume_cb: Option<
        unsafe extern "C-unwind" fn(rkmessage: *mut rd_kafka_message_t, commit_opaque: *mut c_void),
    >,
    commit_opaque: *mut c_void,
) -> c_int {
    // SAFETY: the caller's queue.
    unsafe {
        with_queue(rkqu, -1, |rk, queue| {
            let Some(callback) = consume_cb else { return 0 };
            watched(rk, || call_back(rk, queue, timeout(timeout_ms), None, callback, commit_opaque))
        })
    }
}
