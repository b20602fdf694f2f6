//! `rd_kafka_topic_conf_*`: the topic configuration object.

use crate::capi::abi::enum_ints::rd_kafka_conf_res_t;
use crate::capi::abi::types::{rd_kafka_message_t, rd_kafka_topic_conf_t, rd_kafka_topic_t};
use crate::capi::conf::results::{INVALID, UNKNOWN, give_dump, give_value, set_property};
use crate::capi::conf::typed_callbacks::address;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow, borrow_mut};
use crate::capi::ffi::strings;
use crate::conf::TopicConf;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

impl BoxHandle for TopicConf {
    type Handle = Self;
}

/// Takes a topic configuration over from C; `None` for NULL.
///
/// # Safety
/// As for [`BoxHandle::take_handle`], for the `TopicConf` that the handle stands for.
pub(crate) unsafe fn take_topic_conf(conf: *mut rd_kafka_topic_conf_t) -> Option<Box<TopicConf>> {
    // SAFETY: by this function's own contract.
    unsafe { TopicConf::take_handle(conf.cast()) }
}

/// Borrows a topic configuration from C.
///
/// # Safety
/// As for [`borrow_mut`], for the `TopicConf` that the handle stands for.
unsafe fn topic_conf_mut<'a>(conf: *mut rd_kafka_topic_conf_t) -> Option<&'a mut TopicConf> {
    // SAFETY: by this function's own contract.
    unsafe { borrow_mut(conf.cast::<TopicConf>()) }
}

/// Gives a topic configuration to C.
pub(crate) fn into_handle(conf: TopicConf) -> *mut rd_kafka_topic_conf_t {
    conf.into_handle().cast()
}

/// Creates a topic configuration with all properties at their defaults.
///
/// @return The configuration. rd_kafka_topic_new() takes it over; otherwise release it with
/// rd_kafka_topic_conf_destroy().
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_topic_conf_new() -> *mut rd_kafka_topic_conf_t {
    guard(ptr::null_mut(), || into_handle(TopicConf::new()))
}

/// Copies everything that was set in a topic configuration.
///
/// @return The copy, to be released with rd_kafka_topic_conf_destroy(), or NULL if `conf` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_conf_dup(
    conf: *const rd_kafka_topic_conf_t,
) -> *mut rd_kafka_topic_conf_t {
    guard(ptr::null_mut(), || {
        // SAFETY: an object of the application's.
        let conf = unsafe { borrow(conf.cast::<TopicConf>()) };
        conf.map_or(ptr::null_mut(), |c| into_handle(c.duplicate()))
    })
}

/// Releases a topic configuration. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_conf_destroy(topic_conf: *mut rd_kafka_topic_conf_t) {
    // SAFETY: the application gives the object up.
    guard((), || drop(unsafe { take_topic_conf(topic_conf) }));
}

/// Sets a topic property. See rd_kafka_conf_set().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_conf_set(
    conf: *mut rd_kafka_topic_conf_t,
    name: *const c_char,
    value: *const c_char,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_conf_res_t {
    guard(INVALID, || {
        // SAFETY: an object of the application's.
        let Some(conf) = (unsafe { topic_conf_mut(conf) }) else { return INVALID };
        // SAFETY: strings and a buffer of the caller.
        unsafe { set_property(name, value, errstr, errstr_size, |name, value| conf.set_bytes(name, value)) }
    })
}

/// Gets the value of a topic property. See rd_kafka_conf_get().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_conf_get(
    conf: *const rd_kafka_topic_conf_t,
    name: *const c_char,
    dest: *mut c_char,
    dest_size: *mut usize,
) -> rd_kafka_conf_res_t {
    guard(UNKNOWN, || {
        // SAFETY: an object, a string and a buffer of the application's.
        unsafe {
            let Some((conf, name)) = borrow(conf.cast::<TopicConf>()).zip(strings::text(name)) else {
                return UNKNOWN;
            };
            give_value(conf.get_bytes(&name), dest, dest_size)
        }
    })
}

/// Lists the topic properties that have a value, as rd_kafka_conf_dump() does.
///
/// @return The array, to be released with rd_kafka_conf_dump_free().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_conf_dump(
    conf: *mut rd_kafka_topic_conf_t,
    cntp: *mut usize,
) -> *mut *const c_char {
    guard(ptr::null_mut(), || {
        // SAFETY: an object and an out-parameter of the application's.
        unsafe {
            let dump = topic_conf_mut(conf).map(|c| c.dump()).unwrap_or_default();
            give_dump(&dump, cntp)
        }
    })
}

/// Sets the pointer that rd_kafka_topic_opaque() returns and partitioners receive.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_conf_set_opaque(
    topic_conf: *mut rd_kafka_topic_conf_t,
    opaque: *mut c_void,
) {
    guard((), || {
        // SAFETY: an object of the application's.
        if let Some(conf) = unsafe { topic_conf_mut(topic_conf) } {
            conf.set_pointer("opaque", opaque.expose_provenance());
        }
    });
}

/// Sets a partitioner of the application's.
///
/// It is called from any thread that produces and must neither block nor call functions of the library other
/// than rd_kafka_topic_partition_available() and the built-in partitioners. It returns a partition from 0 to
/// `partition_cnt` - 1, or RD_KAFKA_PARTITION_UA if it cannot decide: then the message waits. Messages
/// without a key go to the sticky partition instead, unless `sticky.partitioning.linger.ms` is 0.
///
/// @param topic_conf Topic configuration.
/// @param partitioner Receives the topic, the key, the number of partitions, the topic's and the message's
/// opaque.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_conf_set_partitioner_cb(
    topic_conf: *mut rd_kafka_topic_conf_t,
    partitioner: Option<
        unsafe extern "C-unwind" fn(
            rkt: *const rd_kafka_topic_t,
            keydata: *const c_void,
            keylen: usize,
            partition_cnt: i32,
            rkt_opaque: *mut c_void,
            msg_opaque: *mut c_void,
        ) -> i32,
    >,
) {
    guard((), || {
        // SAFETY: an object of the application's.
        if let Some(conf) = unsafe { topic_conf_mut(topic_conf) } {
            conf.set_pointer("partitioner_cb", address!(partitioner));
        }
    });
}

/// Sets a comparator for the order of queued messages. As in every version of librdkafka, the order that
/// `queuing.strategy` names takes its place as soon as the topic is used: it is never called.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_conf_set_msg_order_cmp(
    topic_conf: *mut rd_kafka_topic_conf_t,
    msg_order_cmp: Option<
        unsafe extern "C-unwind" fn(a: *const rd_kafka_message_t, b: *const rd_kafka_message_t) -> c_int,
    >,
) {
    guard((), || {
        // SAFETY: an object of the application's.
        if let Some(conf) = unsafe { topic_conf_mut(topic_conf) } {
            conf.set_pointer("msg_order_cmp", address!(msg_order_cmp));
        }
    });
}
