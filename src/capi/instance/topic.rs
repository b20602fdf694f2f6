//! Topic handles. There is one per topic name and instance, however often it is asked for; it lives until the
//! instance and the last reference of the application are gone.

use crate::base::error::ErrorCode;
use crate::base::log::Level;
use crate::base::sync::Arc;
use crate::base::sync::atomic::Ordering;
use crate::base::unwind;
use crate::capi::abi::types::{rd_kafka_t, rd_kafka_topic_conf_t, rd_kafka_topic_t};
use crate::capi::conf::topic::{into_handle as topic_conf_into_handle, take_topic_conf};
use crate::capi::conf::typed_callbacks::{PartitionerCb, TopicCallbacks};
use crate::capi::data::message::handle_of;
use crate::capi::ffi::errors::set_last_error;
use crate::capi::ffi::guard::{barrier, guard};
use crate::capi::ffi::strings::bytes;
use crate::capi::instance::object::{Instance, ResolvedTopic, TopicHandle, with_handle, with_instance};
use crate::capi::instance::partitioners::builtin;
use crate::conf::{Conf, TopicConf};
use crate::producer::partition::topic::CustomPartitioner;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

/// The longest topic name that a broker takes is shorter still (249); this is what librdkafka lets through.
pub(crate) const MAX_NAME: usize = 512;

/// Calls `f` with the handle of the topic, which is created with the default configuration if it is new.
#[inline]
pub(crate) fn with_topic<R>(rk: &Instance, name: &[u8], f: impl FnOnce(&TopicHandle) -> R) -> Option<R> {
    let candidates = rk.topics().look_up(name);
    if let Some(t) = candidates.find() {
        return Some(f(t));
    }
    drop(candidates);
    create(rk, name, None).map(|t| f(&t))
}

/// The handle of a topic, which is created with the default configuration if it is new. `None`: the name is
/// none, or the configuration does not fit.
pub(crate) fn find_or_create(rk: &Instance, name: &[u8]) -> Option<Arc<TopicHandle>> {
    create(rk, name, None)
}

/// Finds or creates a topic. `conf` counts only in the second case. An error has been logged.
fn create(rk: &Instance, name: &[u8], conf: Option<Box<TopicConf>>) -> Option<Arc<TopicHandle>> {
    let text = std::str::from_utf8(name).ok().filter(|n| n.len() <= MAX_NAME)?;
    if let Some(t) = rk.topics().look_up(name).find() {
        return Some(t.clone());
    }
    let (settings, callbacks) = match settings_of(rk, conf) {
        Ok(found) => found,
        Err(why) => {
            rk.client().logger().log(
                Level::Error,
                "TOPICCONF",
                format_args!("Incompatible configuration settings for topic \"{text}\": {why}"),
            );
            return None;
        }
    };
    // No callback of the application's may run from here on: they may create topics, too.
    let _creating = rk.topics().lock();
    if let Some(t) = rk.topics().look_up(name).find() {
        return Some(t.clone());
    }
    let topic = rk.client().topic(text, settings, custom_partitioner(callbacks));
    let handle = TopicHandle::new(rk, topic, callbacks);
    rk.topics().insert(name, handle.clone());
    Some(handle)
}

/// The settings and callbacks of a topic: those of `conf`, or else of the instance's default topic
/// configuration, which does not change any more once the instance has it.
fn settings_of(rk: &Instance, conf: Option<Box<TopicConf>>) -> ResolvedTopic {
    let client = rk.conf();
    match (conf, client) {
        (Some(conf), _) => resolve(*conf, client),
        (None, Some(c)) => {
            let of_default = |t: &TopicConf| resolve(t.duplicate(), client);
            rk.topic_defaults(|| c.default_topic().map_or(Ok((None, TopicCallbacks::NONE)), of_default))
                .clone()
        }
        (None, None) => Ok((None, TopicCallbacks::NONE)),
    }
}

fn resolve(mut conf: TopicConf, client: Option<&Conf>) -> ResolvedTopic {
    let mut settings = match client {
        Some(c) => Some(conf.finalize(c).map_err(|e| e.text)?),
        None => None,
    };
    let mut callbacks = TopicCallbacks::of(&conf);
    // One of the library's own partitioners, set as a callback, need not be called through C.
    if let (Some(own), Some(s)) = (callbacks.partitioner_cb.and_then(builtin), settings.as_mut()) {
        s.partitioner = own;
        callbacks.partitioner_cb = None;
    }
    Ok((settings, callbacks))
}

fn custom_partitioner(callbacks: TopicCallbacks) -> Option<CustomPartitioner> {
    let callback: PartitionerCb = callbacks.partitioner_cb?;
    Some(Box::new(move |topic, key, partitions, msg_opaque| {
        let rkt = handle_of(topic.shared().attachment.load(Ordering::Acquire));
        let (ptr, len) = key.map_or((null(), 0), |k| (k.as_ptr().cast(), k.len()));
        // The whole of the callbacks is captured: a field alone would lose their promise to be Send.
        let opaque = { &callbacks }.opaque;
        // SAFETY: the application's callback; the handle outlives the instance's messages.
        let partition = unwind::call(|| unsafe {
            callback(rkt, ptr, len, partitions, opaque, std::ptr::with_exposed_provenance_mut(msg_opaque))
        });
        // Without an answer the message is refused, as for a partition that does not exist.
        partition.unwrap_or(i32::MIN)
    }))
}

/// Returns a handle for a topic. There is one handle per name and instance: for a name that has been used
/// before, the same handle is returned with one more reference, and `conf` is released without effect. The
/// topic is not created on the brokers by this call. Thread-safe.
///
/// @param rk Instance.
/// @param topic Topic name, at most 512 bytes (brokers accept 249).
/// @param conf Topic configuration, which belongs to the library from now on, also on failure; NULL for the
/// default topic configuration of the instance.
///
/// @return The handle, to be released with rd_kafka_topic_destroy(), or NULL, with rd_kafka_last_error() and
/// errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_new(
    rk: *mut rd_kafka_t,
    topic: *const c_char,
    conf: *mut rd_kafka_topic_conf_t,
) -> *mut rd_kafka_topic_t {
    // SAFETY: the caller's instance, a terminated string, and a configuration that the caller gives up.
    unsafe {
        let conf = barrier(None, || take_topic_conf(conf));
        with_instance(rk, null_mut(), |rk| match bytes(topic).and_then(|name| create(rk, name, conf)) {
            Some(handle) => Arc::into_raw(handle).cast_mut().cast(),
            None => {
                set_last_error(ErrorCode::_INVALID_ARG, libc::EINVAL);
                null_mut()
            }
        })
    }
}

/// Releases a reference to a topic handle. Messages that have been produced to the topic are not affected;
/// the handle remains valid inside delivery reports. Thread-safe; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_destroy(rkt: *mut rd_kafka_topic_t) {
    guard((), || {
        if !rkt.is_null() {
            // SAFETY: the caller gives up a reference that rd_kafka_topic_new() returned.
            let topic = unsafe { Arc::from_raw(rkt.cast_const().cast::<TopicHandle>()) };
            if topic.instance().is_inherited() {
                std::mem::forget(topic);
            }
        }
    });
}

/// Returns the name of a topic, valid as long as the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_name(rkt: *const rd_kafka_topic_t) -> *const c_char {
    // SAFETY: the caller's handle.
    unsafe { with_handle(rkt, null(), |t| t.name().as_ptr()) }
}

/// Returns the opaque of a topic as set with rd_kafka_topic_conf_set_opaque().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_opaque(rkt: *const rd_kafka_topic_t) -> *mut c_void {
    // SAFETY: the caller's handle.
    unsafe { with_handle(rkt, null_mut(), |t| t.callbacks().opaque) }
}

/// Returns 1 if a partition has a leader that can be reached, else 0. For use in partitioners.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_available(
    rkt: *const rd_kafka_topic_t,
    partition: i32,
) -> c_int {
    // SAFETY: the caller's handle.
    unsafe { with_handle(rkt, 0, |t| c_int::from(t.topic().is_available(partition))) }
}

/// Copies the configuration of an instance's topics that are created without one.
///
/// @return The copy, or the defaults if the instance has none. Release it with rd_kafka_topic_conf_destroy(),
/// or give it to rd_kafka_topic_new(). NULL if `rk` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_default_topic_conf_dup(
    rk: *mut rd_kafka_t,
) -> *mut rd_kafka_topic_conf_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, null_mut(), |rk| {
            let default = rk.conf().and_then(Conf::default_topic);
            topic_conf_into_handle(default.map_or_else(TopicConf::new, TopicConf::duplicate))
        })
    }
}
