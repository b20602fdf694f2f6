//! Where log lines go: to the application's callback, or into a queue that the application polls.

use crate::base::log::{Level, LogSink, thread_name};
use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use crate::base::unwind;
use crate::capi::abi::types::rd_kafka_t;
use crate::capi::conf::typed_callbacks::LogCb;
use crate::capi::ffi::strings::c_string;
use crate::client::events::{Event, EventQueue, LogLine};
use std::ffi::{c_int, c_void};
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

    pub(crate) fn set_callback(&self, callback: Option<LogCb>) {
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
