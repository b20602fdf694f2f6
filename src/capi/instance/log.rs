//! Functions for the log. Lines go to a callback of the application's, which is rd_kafka_log_print() unless
//! it sets another one.

use crate::base::clock::{Clock, SystemClock};
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::base::unwind;
use crate::capi::abi::types::rd_kafka_t;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::strings::{c_string, text};
use crate::capi::instance::object::Instance;
use std::ffi::{c_char, c_int};
use std::io::Write;

/// Sets the log callback of a running instance.
///
/// Use rd_kafka_conf_set_log_cb() instead.
///
/// @param func Callback as for rd_kafka_conf_set_log_cb(), or NULL to log nothing.
#[unsafe(no_mangle)]
#[deprecated]
pub unsafe extern "C-unwind" fn rd_kafka_set_logger(
    rk: *mut rd_kafka_t,
    func: Option<
        unsafe extern "C-unwind" fn(
            rk: *const rd_kafka_t,
            level: c_int,
            fac: *const c_char,
            buf: *const c_char,
        ),
    >,
) {
    guard((), || {
        // SAFETY: the caller's instance.
        if let Some(rk) = unsafe { Instance::from_handle(rk) } {
            rk.log_target().set_callback(func);
        }
    });
}

/// Sets the highest severity number that is logged.
///
/// @param level As in syslog(3), from 0 for emergencies to 7 for debug lines. Debug lines need a debug
/// context as well (the `debug` property).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_set_log_level(rk: *mut rd_kafka_t, level: c_int) {
    guard((), || {
        // SAFETY: the caller's instance.
        if let Some(rk) = unsafe { Instance::from_handle(rk) } {
            rk.client().logger().set_level(u8::try_from(level.clamp(0, 255)).unwrap_or(0));
        }
    });
}

/// Writes a log line to standard error: the default log callback.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_log_print(
    rk: *const rd_kafka_t,
    level: c_int,
    fac: *const c_char,
    buf: *const c_char,
) {
    guard((), || {
        let _deferred = unwind::CancellationDeferred::new();
        // SAFETY: an instance of the caller's or NULL, and terminated strings.
        let (rk, fac, buf) = unsafe { (Instance::from_handle(rk), text(fac), text(buf)) };
        let name = rk.map_or("", |rk| rk.client().name());
        let ms = SystemClock::new().wall_ms();
        let (fac, buf) = (fac.unwrap_or_default(), buf.unwrap_or_default());
        let line = format!("%{level}|{}.{:03}|{fac}|{name}| {buf}\n", ms / 1000, ms % 1000);
        // There is nowhere to report a closed standard error to.
        let _ = std::io::stderr().write_all(line.as_bytes());
    });
}

/// Writes a log line to syslog(3): a log callback to be set with rd_kafka_conf_set_log_cb().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_log_syslog(
    rk: *const rd_kafka_t,
    level: c_int,
    fac: *const c_char,
    buf: *const c_char,
) {
    static OPENED: AtomicBool = AtomicBool::new(false);
    guard((), || {
        let _deferred = unwind::CancellationDeferred::new();
        // SAFETY: an instance of the caller's or NULL; the strings are terminated, and openlog keeps a static
        // one.
        unsafe {
            if !OPENED.swap(true, Ordering::Relaxed) {
                libc::openlog(c"rdkafka".as_ptr(), libc::LOG_PID | libc::LOG_CONS, libc::LOG_USER);
            }
            let name = c_string(Instance::from_handle(rk).map_or("", |rk| rk.client().name()));
            libc::syslog(level, c"%s: %s: %s".as_ptr(), fac, name.as_ptr(), buf);
        }
    });
}
