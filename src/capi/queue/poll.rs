//! Serving the application: delivery reports and everything else it has callbacks for.

use crate::base::error::ErrorCode;
use crate::base::log::Level;
use crate::base::unwind;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_message_t, rd_kafka_t};
use crate::capi::data::message::{Served, Shared, rd_kafka_message_destroy};
use crate::capi::ffi::strings::c_string;
use crate::capi::instance::commits::call_back;
use crate::capi::instance::object::{Instance, keep, timeout, with_instance};
use crate::capi::instance::stats::serve_stats;
use crate::capi::queue::take::{current, give_all, show};
use crate::capi::queue::watch::watched_on;
use crate::client::events::{Delivery, Event, Flow, Results, Serving};
use crate::consumer::error::ConsumerError;
use crate::consumer::records::Fetched;
use crate::producer::partition::report::Report;
use std::cell::Cell;
use std::ffi::{CString, c_int};
use std::ptr::null;

thread_local! {
    /// Set by rd_kafka_yield() inside a callback.
    static YIELD: Cell<bool> = const { Cell::new(false) };
}

/// Whether no further callback is to be called: one has called rd_kafka_yield(), or is unwinding the stack.
#[inline]
pub(crate) fn stops() -> bool {
    YIELD.get() || unwind::is_pending()
}

/// To be called before callbacks are served.
pub(crate) fn forget_yield() {
    YIELD.set(false);
}

/// So many messages are served before their memory in the store is given back: the cost of giving back is
/// spread thin.
const SERVE_AT_ONCE: usize = 500;

/// Serves an event by its callback.
#[inline(never)] // Called once an event, and bench/instructions.py counts what it takes.
pub(crate) fn serve(rk: &Instance, event: Event) -> Flow {
    match event {
        Event::Delivery(delivery) => return serve_delivery(rk, delivery),
        Event::Error(error) => serve_error(rk, error.code, &error.text),
        Event::Throttle { broker_name, broker_id, throttle_ms } => {
            if let Some(callback) = rk.callbacks().throttle_cb {
                let name = c_string(&broker_name);
                // SAFETY: the application's callback; the name lives until it returns.
                unwind::call(|| unsafe {
                    callback(rk.as_ptr(), name.as_ptr(), broker_id, throttle_ms, rk.callbacks().opaque);
                });
            }
        }
        Event::Log(line) => {
            // The level may have been lowered since.
            if rk.client().logger().wants(line.level) {
                rk.log_target().emit(c_int::from(line.level), &line.facility, &line.text);
            }
        }
        Event::Stats(snapshot) => serve_stats(rk, &snapshot),
        Event::TokenRefresh => {
            if let Some(callback) = rk.callbacks().oauthbearer_token_refresh_cb {
                let config = token_config(rk);
                let config = config.as_ref().map_or(null(), |c| c.as_ptr());
                // SAFETY: the application's callback; the text lives until it returns.
                unwind::call(|| unsafe { callback(rk.as_ptr(), config, rk.callbacks().opaque) });
            }
        }
        Event::Fetched(fetched) => return serve_fetched(rk, fetched),
        Event::ConsumerError(error) => {
            if let Some(Event::ConsumerError(error)) = current(rk, Event::ConsumerError(error)) {
                serve_error(rk, error.code, &error.text);
            }
        }
        Event::Outcome { error, opaque, results: Results::Commits(commits), .. } => {
            call_back(rk, error.code, opaque, &commits);
        }
        // There is no callback for these.
        Event::Outcome { .. } | Event::Closed => {}
    }
    if stops() { Flow::Stop(None) } else { Flow::Continue }
}

/// `sasl.oauthbearer.config`, if it is set.
pub(crate) fn token_config(rk: &Instance) -> Option<CString> {
    let config = &rk.client().settings().security.oauthbearer_config;
    (!config.is_empty()).then(|| c_string(config))
}

fn serve_error(rk: &Instance, code: ErrorCode, text: &str) {
    match rk.callbacks().error_cb {
        Some(callback) => {
            let reason = c_string(text);
            // SAFETY: the application's callback; the text lives until it returns.
            unwind::call(|| unsafe {
                callback(rk.as_ptr(), code.0, reason.as_ptr(), rk.callbacks().opaque);
            });
        }
        None => {
            let name = rk.client().name();
            rk.client().logger().log(Level::Error, "ERROR", format_args!("{name}: {text}"));
        }
    }
}

/// Messages that are served by their callback. Without one they are lost, where librdkafka ends the process.
fn serve_fetched(rk: &Instance, fetched: Box<Fetched>) -> Flow {
    let Some(callback) = rk.callbacks().consume_cb else { return Flow::Continue };
    let mut give = |message: *mut rd_kafka_message_t| {
        // SAFETY: it was given just now.
        unsafe { show(rk, message) };
        // SAFETY: the application's callback; the message lives until it returns.
        unwind::call(|| unsafe { callback(message, rk.callbacks().opaque) });
        // SAFETY: the message is this function's own.
        unsafe { rd_kafka_message_destroy(message) };
        !stops()
    };
    let mut fault = |error: &ConsumerError| {
        serve_error(rk, error.code, &error.text);
        !stops()
    };
    let rest = give_all(rk, fetched, &mut give, &mut fault);
    if stops() { Flow::Stop(rest) } else { Flow::Continue }
}

/// Each message returns its space in the queue, and frees the value that it owns, when its callback has
/// returned: callbacks that produce find space.
fn serve_delivery(rk: &Instance, mut delivery: Delivery) -> Flow {
    let mut left = delivery.report().messages();
    // A single message returns its space with its report.
    let serving = (left > 1).then(|| rk.client().begin_serving());
    loop {
        let served = serve_messages(rk, delivery.report_mut(), serving.as_ref());
        left = left.saturating_sub(served);
        if serving.is_some() {
            delivery.drop_served(served);
        }
        match (left, stops()) {
            (0, false) => return Flow::Continue,
            (0, true) => return Flow::Stop(None),
            (_, true) => return Flow::Stop(Some(Event::Delivery(delivery))),
            (_, false) => {}
        }
    }
}

/// The application takes reports as events, but polls for callbacks.
#[cold]
fn log_dropped(rk: &Instance, m: &rd_kafka_message_t, topic: &str) {
    let error = ErrorCode(m.err).label();
    rk.client().logger().log(
        Level::Warning,
        "DRDROP",
        format_args!(
            "Dropped delivery report for message to {topic} [{}] ({error}) with opaque {:p}: flush() or poll() should \
             not be called when EVENT_DR is enabled",
            m.partition, m._private
        ),
    );
}

/// Calls the delivery callback for the first messages of a report, at most [`SERVE_AT_ONCE`], fewer if it
/// yields. A message whose callback unwinds the stack has been reported. Returns for how many.
fn serve_messages(rk: &Instance, report: &mut Report, serving: Option<&Serving<'_>>) -> usize {
    // Apart from the report for a while: it is read while their values are freed.
    let mut runs = std::mem::take(&mut report.runs);
    let shared = Shared::new(&*rk.client().context().clock, report);
    let mut served = 0;
    'runs: for run in &mut *runs {
        for i in 0..run.len() {
            let message = Served::new(&shared, run.get(i), served);
            serve_message(rk, &message);
            if let Some(serving) = serving {
                serving.served(message.public().len as u64);
            }
            drop(message);
            run.free_value(i);
            served += 1;
            if served == SERVE_AT_ONCE || stops() {
                break 'runs;
            }
        }
    }
    report.runs = runs;
    served
}

#[inline]
fn serve_message(rk: &Instance, message: &Served<'_>) {
    let callbacks = rk.callbacks();
    let m = message.public();
    if let Some(callback) = callbacks.dr_msg_cb {
        // SAFETY: the application's callback; the message lives until it returns.
        unwind::call(|| unsafe { callback(rk.as_ptr(), message.as_ptr(), callbacks.opaque) });
    } else if let Some(callback) = callbacks.dr_cb {
        // SAFETY: as above.
        unwind::call(|| unsafe {
            callback(rk.as_ptr(), m.payload, m.len, m.err, callbacks.opaque, m._private);
        });
    } else {
        log_dropped(rk, m, &message.report().topic.name);
    }
}

/// Serves the main queue of an instance: calls the application's callbacks for delivery reports, errors,
/// statistics and throttling on the calling thread. Call it at least every second or so, also while nothing
/// is produced: messages keep their space in the queue until their reports have been served. Thread-safe;
/// several threads may poll, and the callbacks then run on each of them.
///
/// An application that takes delivery reports as events (RD_KAFKA_EVENT_DR without a callback) calls
/// rd_kafka_queue_poll() on the queue of rd_kafka_queue_get_main() instead: here its reports would be dropped
/// with a warning.
///
/// @param timeout_ms How long to wait for the first event in milliseconds; 0: do not wait, -1: wait for ever.
/// Events that are there already are all served before the call returns.
///
/// @return The number of events served. One event may hold the delivery reports of many messages, so this is
/// not the number of messages.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_poll(rk: *mut rd_kafka_t, timeout_ms: c_int) -> c_int {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, 0, |rk| {
            // A callback may destroy the instance.
            let rk = keep(rk);
            forget_yield();
            let serve = || rk.client().serve(timeout(timeout_ms), &mut |event| serve(&rk, event));
            let served = watched_on(&rk, rk.client().main_queue(), serve);
            c_int::try_from(served).unwrap_or(c_int::MAX)
        })
    }
}

/// Called inside a callback: makes the rd_kafka_poll(), rd_kafka_flush() or rd_kafka_queue_poll_callback()
/// that runs it return after this callback. What remains is served by the next call. Concerns the calling
/// thread only.
///
/// @param rk Instance.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_yield(_rk: *mut rd_kafka_t) {
    YIELD.set(true);
}

/// Waits until every message has been delivered or has failed and its report has been served; serves the main
/// queue meanwhile, as rd_kafka_poll() does. While it waits, messages are sent without waiting for
/// `linger.ms`. Messages that another thread produces meanwhile are waited for as well. Thread-safe.
///
/// If delivery reports are events (RD_KAFKA_EVENT_DR without a callback), this serves nothing: it waits until
/// another thread has taken and destroyed them. After a fatal error messages that have not been sent fail at
/// once: this call serves their reports and returns RD_KAFKA_RESP_ERR_NO_ERROR.
///
/// @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever. 0: serve the reports that are
/// there already and tell whether messages are left.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__TIMED_OUT if messages are left; then call again,
/// or rd_kafka_purge().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_flush(
    rk: *mut rd_kafka_t,
    timeout_ms: c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let rk = keep(rk);
            forget_yield();
            let done = rk.client().flush(timeout(timeout_ms), &mut |event| serve(&rk, event));
            done.map_or_else(|code| code.0, |()| ErrorCode::NO_ERROR.0)
        })
    }
}
