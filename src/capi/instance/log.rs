//! Where log lines go: the application's callback, which is rd_kafka_log_print() unless it sets another one.

use crate::base::clock::{Clock, SystemClock};
use crate::base::log::{Level, LogSink, thread_name};
use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use crate::base::unwind;
use crate::capi::abi::types::rd_kafka_t;
use crate::capi::conf::typed_callbacks::LogCb;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::strings::{c_string, text};
use crate::capi::instance::object::Instance;
use crate::client::events::{Event, EventQueue, LogLine};
use std::ffi::{c_char, c_int, c_void};
use std::io::Write;
use std::ptr::null_mut;

/// The log of one instance on its C side.
pub(crate) struct LogTarget {
    /// The instance, for the callback; NULL before and after its life.
    rk: AtomicPtr<rd_kafka_t>,
    callback: AtomicPtr<c_void>,
    thread_names: AtomicBool,
    /// Where lines wait to be polled, with `log.queue`.
    queue: Option<Arc<EventQueue>>,
}

impl LogTarget {
    pub(crate) fn new(callback: Option<LogCb>, thread_names: bool, queued: bool) -> Self {
        Self {
            queue: queued.then(Arc::default),
            rk: AtomicPtr::new(null_mut()),
            callback: AtomicPtr::new(address(callback)),
            thread_names: AtomicBool::new(thread_names),
        }
    }

    pub(crate) fn set_instance(&self, rk: *mut rd_kafka_t) {
        self.rk.store(rk, Ordering::Release);
    }

    fn set_callback(&self, callback: Option<LogCb>) {
        self.callback.store(address(callback), Ordering::Release);
    }

    pub(crate) fn queue(&self) -> Option<&Arc<EventQueue>> {
        self.queue.as_ref()
    }

    /// Hands a line to the callback as it is.
    pub(crate) fn emit(&self, level: c_int, facility: &str, line: &str) {
        let callback = self.callback.load(Ordering::Acquire);
        if callback.is_null() {
            return;
        }
        // SAFETY: only `address` stores here.
        let callback = unsafe { std::mem::transmute::<*mut c_void, LogCb>(callback) };
        let (facility, line) = (c_string(facility), c_string(line));
        // SAFETY: the application's callback; the strings live until it returns.
        unwind::call(|| unsafe {
            callback(self.rk.load(Ordering::Acquire), level, facility.as_ptr(), line.as_ptr());
        });
    }
}

fn address(callback: Option<LogCb>) -> *mut c_void {
    callback.map_or(null_mut(), |f| f as *mut c_void)
}

/// The library's side of a [`LogTarget`].
pub(crate) struct Sink(pub(crate) Arc<LogTarget>);

impl Sink {
    fn write(&self, level: Level, context: u32, facility: &str, text: &str) {
        let target = &self.0;
        let named;
        let text = if target.thread_names.load(Ordering::Relaxed) {
            named = format!("[thrd:{}]: {text}", thread_name());
            &named
        } else {
            text
        };
        match &target.queue {
            Some(queue) => queue.push(Event::Log(LogLine {
                level: level as u8,
                context,
                facility: facility.to_owned(),
                text: text.to_owned(),
            })),
            None => target.emit(c_int::from(level as u8), facility, text),
        }
    }
}

impl LogSink for Sink {
    fn log(&self, level: Level, facility: &str, text: &str) {
        self.write(level, 0, facility, text);
    }

    fn debug(&self, context: u32, facility: &str, text: &str) {
        self.write(Level::Debug, context, facility, text);
    }
}

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
