//! Statistics for the application: as JSON and as structs, each made when it is asked for.

use crate::base::unwind;
use crate::capi::abi::stats_types::rd_kafka_stats_t;
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_event_t, rd_kafka_t};
use crate::capi::conf::callbacks::set;
use crate::capi::conf::typed_callbacks::address;
use crate::capi::ffi::memory::malloc_bytes;
use crate::capi::instance::lifecycle::rd_kafka_s;
use crate::capi::instance::typed_stats::TypedStats;
use crate::capi::queue::event::with_event;
use crate::stats::json::document;
use crate::stats::snapshot::Snapshot;
use std::cell::OnceCell;
use std::ffi::{CString, c_char, c_void};
use std::ptr::null;

/// The statistics of an event.
pub(crate) struct EventStats {
    snapshot: Box<Snapshot>,
    json: OnceCell<CString>,
    typed: OnceCell<TypedStats>,
}

impl EventStats {
    pub(crate) fn new(snapshot: Box<Snapshot>) -> Self {
        Self { snapshot, json: OnceCell::new(), typed: OnceCell::new() }
    }

    fn json(&self) -> *const c_char {
        // The document escapes control characters, so there is no NUL in it.
        self.json.get_or_init(|| CString::new(document(&self.snapshot)).unwrap_or_default()).as_ptr()
    }

    fn typed(&self) -> *const rd_kafka_stats_t {
        self.typed.get_or_init(|| TypedStats::new(&self.snapshot)).as_ptr()
    }
}

/// Calls the callbacks that want statistics, structs first.
pub(crate) fn serve_stats(rk: &rd_kafka_s, snapshot: &Snapshot) {
    let callbacks = rk.callbacks();
    if let Some(callback) = callbacks.stats_cb_typed {
        let typed = TypedStats::new(snapshot);
        // SAFETY: the application's callback; the structs live until it returns.
        unwind::call(|| unsafe { callback(rk.as_ptr(), typed.as_ptr(), callbacks.opaque) });
    }
    let Some(callback) = callbacks.stats_cb else { return };
    let json = document(snapshot);
    let copy = malloc_bytes(&json);
    if copy.is_null() {
        return;
    }
    // SAFETY: the application's callback.
    let result = unwind::call(|| unsafe { callback(rk.as_ptr(), copy.cast(), json.len(), callbacks.opaque) });
    if result != Some(1) {
        // SAFETY: by returning 1 the callback takes the text over, to be released as malloc's; it has not.
        unsafe { libc::free(copy) };
    }
}

/// Sets a callback for statistics as structs, called from rd_kafka_poll() every `statistics.interval.ms`. The structs are valid
/// until the callback returns.
///
/// No JSON is made for it. With rd_kafka_conf_set_stats_cb() as well, this callback is called first.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_stats_cb_typed(
    conf: *mut rd_kafka_conf_t,
    stats_cb: Option<
        unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, stats: *const rd_kafka_stats_t, opaque: *mut c_void),
    >,
) {
    set(conf, "stats_cb_typed", address!(stats_cb));
}

/// Returns the statistics of an event as JSON, valid until the event is destroyed; NULL if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_stats(rkev: *mut rd_kafka_event_t) -> *const c_char {
    // SAFETY: the caller's event.
    unsafe { with_event(rkev, null(), |ev| ev.stats().map_or(null(), EventStats::json)) }
}

/// Returns the statistics of an event as structs, valid until the event is destroyed; NULL if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_stats_typed(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_stats_t {
    // SAFETY: the caller's event.
    unsafe { with_event(rkev, null(), |ev| ev.stats().map_or(null(), EventStats::typed)) }
}
