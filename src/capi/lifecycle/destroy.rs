//! The end of an instance: rd_kafka_destroy() and rd_kafka_wait_destroyed().

use crate::base::clock::{Clock, SystemClock};
use crate::base::error::ErrorCode;
use crate::base::log::Level;
use crate::base::sync::atomic::Ordering;
use crate::base::sync::{Arc, pause};
use crate::base::unwind;
use crate::capi::abi::consts::RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE;
use crate::capi::abi::types::rd_kafka_t;
use crate::capi::consumer::poll::{close, group_consumer};
use crate::capi::ffi::errors::set_last_error;
use crate::capi::ffi::fork::INSTANCES;
use crate::capi::ffi::guard::guard;
use crate::capi::instance::object::{Instance, timeout};
use crate::client::{self};
use std::ffi::c_int;
use std::time::Duration;

/// How often rd_kafka_wait_destroyed() looks.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Destroys a client instance: closes its connections and waits until its threads have ended. That usually
/// takes milliseconds; it takes longer while a name is being resolved or a callback of the application runs.
///
/// Messages that have not been delivered are dropped, and no callback is called for them nor for reports that
/// have not been served: call rd_kafka_flush() before. Queues and events of the instance must have been
/// released before, and nothing of it may be used afterwards, except that topic handles may still be
/// released.
///
/// It may be called inside a callback that the application's own thread runs in rd_kafka_poll() or
/// rd_kafka_flush(), which then serve nothing more. On a thread of the library it would wait for itself: the
/// call is logged and ignored. In a child process of fork(2) it only gives up the handle, since the threads
/// are the parent's.
///
/// @param rk Instance; NULL is allowed. Not thread-safe: no other thread may be using the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_destroy(rk: *mut rd_kafka_t) {
    // SAFETY: as for the function called.
    unsafe { rd_kafka_destroy_flags(rk, 0) };
}

/// Destroys a client instance as rd_kafka_destroy() does.
///
/// @param flags RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE: a consumer is not closed, so that nothing more is
/// committed. 0: it is, as rd_kafka_consumer_close() does it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_destroy_flags(rk: *mut rd_kafka_t, flags: c_int) {
    guard((), || {
        if rk.is_null() {
            return;
        }
        let _deferred = unwind::CancellationDeferred::new();
        // SAFETY: the caller gives up the reference that rd_kafka_new() returned.
        let rk = unsafe { Arc::from_raw(rk.cast_const().cast::<Instance>()) };
        if rk.is_inherited() {
            // Threads that are not here may hold its locks and its memory, for ever.
            std::mem::forget(rk);
            return;
        }
        if client::threads::is_own(rk.client()) {
            // The thread would wait for its own end. It is better to have an instance too many.
            let text = "Application bug: rd_kafka_destroy() called from librdkafka owned thread";
            rk.client().logger().log(Level::Emerg, "BGQUEUE", format_args!("{text}"));
            std::mem::forget(rk);
            return;
        }
        if flags & RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE == 0
            && let Ok(consumer) = group_consumer(&rk)
        {
            let _ = close(&rk, consumer);
        }
        rk.shut_down();
    });
}

/// Waits until all client instances of the process have been destroyed. rd_kafka_destroy() already waits for
/// the threads of its own instance, so this is of use only when several threads destroy instances.
/// Thread-safe.
///
/// @param timeout_ms Longest time to wait in milliseconds; 0 or a negative number: do not wait.
///
/// @return 0 if no instance is left, else -1 with errno ETIMEDOUT.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_wait_destroyed(timeout_ms: c_int) -> c_int {
    guard(-1, || {
        let clock = SystemClock::new();
        let limit = clock.now() + timeout(timeout_ms.max(0)).unwrap_or_default();
        while INSTANCES.load(Ordering::SeqCst) > 0 {
            let left = limit.since(clock.now());
            if left.is_zero() || unwind::is_pending() {
                set_last_error(ErrorCode::_TIMED_OUT, libc::ETIMEDOUT);
                return -1;
            }
            pause(left.min(LOOK_AGAIN));
        }
        0
    })
}
