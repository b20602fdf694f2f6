//! Statistics as structs, of DataDog's fork.

use super::not_implemented;
use crate::capi::stats_types::rd_kafka_stats_t;
use crate::capi::types::{rd_kafka_conf_t, rd_kafka_event_t, rd_kafka_t};
use std::ffi::c_void;
use std::ptr::null;

/// Sets a callback for statistics as structs. Not implemented yet: it is never called; rd_kafka_conf_set_stats_cb() gives
/// JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_conf_set_stats_cb_typed(
    _conf: *mut rd_kafka_conf_t,
    _stats_cb: Option<
        unsafe extern "C" fn(rk: *mut rd_kafka_t, stats: *const rd_kafka_stats_t, opaque: *mut c_void),
    >,
) {
    not_implemented!(())
}

/// Returns the statistics of an event as structs. Not implemented yet; rd_kafka_event_stats() gives JSON.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_event_stats_typed(_rkev: *mut rd_kafka_event_t) -> *const rd_kafka_stats_t {
    not_implemented!(null())
}
