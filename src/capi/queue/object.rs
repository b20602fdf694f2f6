//! Queues of events, as handles of the application's: the main queue of an instance, its background queue,
//! and queues of the application's own to which others are forwarded.

use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::base::sync::Arc;
use crate::base::unwind;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_event_t, rd_kafka_event_type_t, rd_kafka_queue_t, rd_kafka_t};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::BoxHandle;
use crate::capi::instance::object::{Instance, SignalsBlocked, guarded, keep, timeout, with_instance};
use crate::capi::queue::event::EventHandle;
use crate::capi::queue::poll::{forget_yield, serve};
use crate::capi::queue::take::take;
use crate::capi::queue::watch::watched_on;
use crate::client::events::{Event, EventQueue, Flow, Results, Wakeup};
use crate::client::threads;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// A queue of events and messages.
pub(crate) struct QueueHandle {
    rk: Arc<Instance>,
    queue: Arc<EventQueue>,
    /// The application made the queue: it ends with this handle.
    own: bool,
}

impl BoxHandle for QueueHandle {
    type Handle = rd_kafka_queue_t;
}

impl QueueHandle {
    pub(crate) fn handle(rk: &Instance, queue: Arc<EventQueue>, own: bool) -> *mut rd_kafka_queue_t {
        Self { rk: keep(rk), queue, own }.into_handle()
    }
}

/// Runs the body of a call on a queue, which a callback may destroy meanwhile. NULL gives `default`.
///
/// # Safety
/// `rkqu` is NULL or a live queue.
pub(crate) unsafe fn with_queue<T: Copy>(
    rkqu: *const rd_kafka_queue_t,
    default: T,
    body: impl FnOnce(&Arc<Instance>, &Arc<EventQueue>) -> T,
) -> T {
    // SAFETY: by this function's own contract.
    let Some(q) = (unsafe { QueueHandle::from_handle(rkqu) }) else { return default };
    let (rk, queue) = (q.rk.clone(), q.queue.clone());
    guarded(&rk, default, || body(&rk, &queue))
}

/// The queue behind a handle; `None` for NULL.
///
/// # Safety
/// `rkqu` is NULL or a live queue.
pub(crate) unsafe fn queue_of(rkqu: *mut rd_kafka_queue_t) -> Option<Arc<EventQueue>> {
    // SAFETY: by this function's own contract.
    unsafe { QueueHandle::from_handle(rkqu) }.map(|q| q.queue.clone())
}

/// Puts the outcome of a request into the queue that the application gave with it. NULL does nothing.
///
/// # Safety
/// `rkqu` is NULL or a live queue.
pub(crate) unsafe fn post_outcome(
    rkqu: *mut rd_kafka_queue_t,
    kind: rd_kafka_event_type_t,
    error: Error,
    opaque: *mut c_void,
) {
    // SAFETY: by this function's own contract.
    if let Some(q) = unsafe { QueueHandle::from_handle(rkqu) } {
        let opaque = opaque.expose_provenance();
        q.queue.push(Event::Outcome { kind, error, opaque, results: Results::None });
    }
}

/// What the background thread does with an event: the application's callback gets it, unless it is none that
/// can be handed over or there is no such callback.
fn serve_in_background(rk: &Arc<Instance>, event: Event) -> Flow {
    forget_yield();
    let Some(callback) = rk.callbacks().background_event_cb else { return serve(rk, event) };
    if let Some(event) = EventHandle::of(rk, event) {
        let event = event.into_handle();
        // SAFETY: the application's callback, to which the event belongs from now on.
        unwind::call(|| unsafe { callback(rk.as_ptr(), event, rk.callbacks().opaque) });
    }
    Flow::Continue
}

/// The background queue of an instance; its thread is started if need be.
pub(crate) fn background_queue(rk: &Instance) -> Result<Arc<EventQueue>, Error> {
    let _blocked = SignalsBlocked::new();
    threads::background(rk.client(), rk.interceptors().thread_hook(), || {
        // Joined before the instance is released, so the thread's reference is never the last one.
        let rk = keep(rk);
        Box::new(move |event| serve_in_background(&rk, event))
    })
}

/// Makes a queue, to which other queues can be forwarded with rd_kafka_queue_forward().
///
/// @return The queue, to be released with rd_kafka_queue_destroy() before the instance is.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_new(rk: *mut rd_kafka_t) -> *mut rd_kafka_queue_t {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, null_mut(), |rk| QueueHandle::handle(rk, Arc::default(), true)) }
}

/// Releases a queue. Events in a queue that rd_kafka_queue_new() made are dropped; queues forwarded to it
/// lose theirs from now on. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_destroy(rkqu: *mut rd_kafka_queue_t) {
    guard((), || {
        // SAFETY: the caller gives the handle up.
        match unsafe { QueueHandle::take_handle(rkqu) } {
            Some(q) if q.rk.is_inherited() => std::mem::forget(q),
            Some(q) if q.own => {
                q.queue.close();
            }
            _ => {}
        }
    });
}

/// Returns the main queue of an instance: the one that rd_kafka_poll() serves.
///
/// @return The queue, to be released with rd_kafka_queue_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_get_main(rk: *mut rd_kafka_t) -> *mut rd_kafka_queue_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, null_mut(), |rk| QueueHandle::handle(rk, rk.client().main_queue().clone(), false))
    }
}

/// Returns the background queue of an instance, which a thread of the library serves with the callback of
/// rd_kafka_conf_set_background_event_cb(). Other queues may be forwarded to it; it must not be polled or
/// forwarded itself.
///
/// @return The queue, to be released with rd_kafka_queue_destroy(), or NULL if its thread could not be
/// started.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_get_background(rk: *mut rd_kafka_t) -> *mut rd_kafka_queue_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, null_mut(), |rk| match background_queue(rk) {
            Ok(queue) => QueueHandle::handle(rk, queue, false),
            Err(e) => {
                rk.client().logger().log(Level::Error, "BACKGROUND", format_args!("{e}"));
                null_mut()
            }
        })
    }
}

/// Sends log lines to a queue, to be polled there. The instance needs `log.queue=true`; without this call its
/// lines are kept and not shown.
///
/// @param rkqu Queue; NULL for the main queue.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOT_CONFIGURED without `log.queue`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_set_log_queue(
    rk: *mut rd_kafka_t,
    rkqu: *mut rd_kafka_queue_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and queue.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let Some(log) = rk.log_target().queue() else { return ErrorCode::_NOT_CONFIGURED.0 };
            let to = QueueHandle::from_handle(rkqu).map_or(rk.client().main_queue(), |q| &q.queue);
            log.forward(Some(to));
            ErrorCode::NO_ERROR.0
        })
    }
}

/// Sends the events of one queue to another, those that wait as well as those to come, so that only the other
/// needs to be polled. A queue cannot be forwarded to itself, nor in a circle: such a call changes nothing.
///
/// @param dst NULL to end the forwarding.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_forward(
    src: *mut rd_kafka_queue_t,
    dst: *mut rd_kafka_queue_t,
) {
    // SAFETY: the caller's queues.
    unsafe {
        with_queue(src, (), |_, queue| queue.forward(QueueHandle::from_handle(dst).map(|to| &to.queue)));
    }
}

/// Returns the number of events in a queue, or in the queue that it is forwarded to. An event may hold the
/// delivery reports of many messages. Thread-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_length(rkqu: *mut rd_kafka_queue_t) -> usize {
    // SAFETY: the caller's queue.
    unsafe { with_queue(rkqu, 0, |_, queue| queue.len()) }
}

/// A file descriptor and what is written to it when an event arrives.
struct IoEvent {
    fd: c_int,
    payload: Box<[u8]>,
}

impl IoEvent {
    fn write(&self) {
        let _deferred = unwind::CancellationDeferred::new();
        // SAFETY: the payload is this object's own. The descriptor is the application's, which promised it to
        // be open until it calls rd_kafka_queue_io_event_enable() again. Nobody could do anything about an
        // error.
        let _ = unsafe { libc::write(self.fd, self.payload.as_ptr().cast(), self.payload.len()) };
    }
}

/// Has bytes written to a file descriptor when an event arrives in the empty queue, so that the application
/// can wait for the queue in poll(2) or epoll(7). It is written once; the next time only after the queue has
/// been polled. Poll the queue until it is empty after each wake-up. This replaces the callback of
/// rd_kafka_queue_cb_event_enable(). Thread-safe.
///
/// The descriptor remains the application's: it closes it, after it has ended this with -1 or destroyed the
/// instance. When it cannot be written to, as when a pipe is full, the bytes are dropped: the bytes that fill
/// the pipe wake its reader already.
///
/// @param rkqu Queue.
/// @param fd Descriptor, which has to be non-blocking; -1 to end this.
/// @param payload Bytes to write; copied.
/// @param size Their number.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_io_event_enable(
    rkqu: *mut rd_kafka_queue_t,
    fd: c_int,
    payload: *const c_void,
    size: usize,
) {
    // SAFETY: the caller's queue, and `size` readable bytes at `payload`.
    unsafe {
        with_queue(rkqu, (), |_, queue| {
            if fd == -1 {
                return queue.set_wakeup(None);
            }
            let payload: &[u8] = if payload.is_null() || size == 0 {
                &[]
            } else {
                std::slice::from_raw_parts(payload.cast(), size)
            };
            let io_event = IoEvent { fd, payload: payload.into() };
            queue.set_wakeup(Some(Wakeup::Write(Arc::new(move || io_event.write()))));
        });
    }
}

/// The opaque of a wake-up callback.
struct Opaque(*mut c_void);

// SAFETY: it is only handed back to the application, which has been io_event that its callback runs on any
// thread.
unsafe impl Send for Opaque {}
// SAFETY: as above.
unsafe impl Sync for Opaque {}

impl Opaque {
    /// A method, so that a closure captures the whole.
    fn get(&self) -> *mut c_void {
        self.0
    }
}

/// Has a callback called when an event arrives in the empty queue, on the thread that the event comes from;
/// once, until the queue has been polled. The callback must not call functions of the library: it should only
/// make a thread of the application poll the queue. This replaces the descriptor of
/// rd_kafka_queue_io_event_enable(). Thread-safe.
///
/// @param rkqu Queue.
/// @param event_cb Callback. NULL to end this; after that call has returned, the former callback is not
/// called any more.
/// @param opaque Passed to the callback.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_cb_event_enable(
    rkqu: *mut rd_kafka_queue_t,
    event_cb: Option<unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, qev_opaque: *mut c_void)>,
    opaque: *mut c_void,
) {
    // SAFETY: the caller's queue.
    unsafe {
        with_queue(rkqu, (), |rk, queue| {
            let Some(callback) = event_cb else { return queue.set_wakeup(None) };
            let (weak, opaque) = (Arc::downgrade(rk), Opaque(opaque));
            queue.set_wakeup(Some(Wakeup::Call(Arc::new(move || {
                if let Some(rk) = weak.upgrade() {
                    // The application's callback, on a live instance.
                    unwind::call(|| callback(rk.as_ptr(), opaque.get()));
                }
            }))));
        });
    }
}

/// Makes a poll of the queue that is waiting on another thread return at once; if none waits, the next poll
/// that finds the queue empty returns without waiting. Thread-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_yield(rkqu: *mut rd_kafka_queue_t) {
    // SAFETY: the caller's queue.
    unsafe { with_queue(rkqu, (), |_, queue| queue.yield_poll()) }
}

/// Takes the next event from a queue. Events that an application cannot take, such as throttling, are served
/// by their callbacks on the way. Thread-safe.
///
/// @param rkqu Queue.
/// @param timeout_ms How long to wait for an event in milliseconds; 0: do not wait, -1: wait for ever.
///
/// @return The event, to be released with rd_kafka_event_destroy(); NULL if there was none in time, or after
/// rd_kafka_queue_yield(). A delivery report event may hold many messages, see rd_kafka_event_message_next().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_poll(
    rkqu: *mut rd_kafka_queue_t,
    timeout_ms: c_int,
) -> *mut rd_kafka_event_t {
    // SAFETY: the caller's queue.
    unsafe {
        with_queue(rkqu, null_mut(), |rk, queue| {
            forget_yield();
            let found = Cell::new(null_mut());
            let give = |message| {
                found.set(EventHandle::of_message(rk, message).into_handle());
                false
            };
            let mut other = |event| match event {
                Event::Closed => Flow::Stop(None),
                event => match EventHandle::of(rk, event) {
                    Some(event) => {
                        found.set(event.into_handle());
                        Flow::Stop(None)
                    }
                    None if unwind::is_pending() => Flow::Stop(None),
                    None => Flow::Continue,
                },
            };
            watched_on(rk, queue, || take(rk, queue, timeout(timeout_ms), &give, &mut other));
            found.get()
        })
    }
}

/// Serves a queue by calling the application's callbacks, as rd_kafka_poll() does for the main queue.
/// Thread-safe.
///
/// @param rkqu Queue.
/// @param timeout_ms How long to wait for the first event in milliseconds; 0: do not wait, -1: wait for ever.
///
/// @return The number of events served; each may hold the delivery reports of many messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_poll_callback(
    rkqu: *mut rd_kafka_queue_t,
    timeout_ms: c_int,
) -> c_int {
    // SAFETY: the caller's queue.
    unsafe {
        with_queue(rkqu, 0, |rk, queue| {
            forget_yield();
            let serve = || rk.client().serve_queue(queue, timeout(timeout_ms), &mut |event| serve(rk, event));
            let served = watched_on(rk, queue, serve);
            c_int::try_from(served).unwrap_or(c_int::MAX)
        })
    }
}
