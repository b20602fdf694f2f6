//! Statistics for the application: as JSON and as structs, each made when it is asked for.

use crate::base::unwind;
use crate::capi::abi::stats_types::rd_kafka_stats_t;
use crate::capi::ffi::memory::malloc_bytes;
use crate::capi::instance::object::Instance;
use crate::capi::instance::typed_stats::TypedStats;
use crate::stats::json::document;
use crate::stats::snapshot::Snapshot;
use std::cell::OnceCell;
use std::ffi::{CString, c_char};

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

    pub(crate) fn json(&self) -> *const c_char {
        // The document escapes control characters, so there is no NUL in it.
        self.json.get_or_init(|| CString::new(document(&self.snapshot)).unwrap_or_default()).as_ptr()
    }

    pub(crate) fn typed(&self) -> *const rd_kafka_stats_t {
        self.typed.get_or_init(|| TypedStats::new(&self.snapshot)).as_ptr()
    }
}

/// Calls the callbacks that want statistics, structs first.
pub(crate) fn serve_stats(rk: &Instance, snapshot: &Snapshot) {
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
