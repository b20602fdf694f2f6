//! What can be asked of a running instance, and told to it.

use crate::base::error::{Error, ErrorCode};
use crate::base::sync::pause;
use crate::base::unwind;
use crate::capi::abi::enum_ints::{rd_kafka_resp_err_t, rd_kafka_type_t};
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_t};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::memory::{malloc_bytes, malloc_str};
use crate::capi::ffi::pointers::write_out;
use crate::capi::ffi::strings::{c_string, text, write_buf};
use crate::capi::instance::object::{Instance, PRODUCER, keep, timeout, with_instance};
use crate::capi::instance::sockets::parse_brokers;
use crate::client;
use libc::FILE;
use std::ffi::{c_char, c_int, c_void};
use std::fmt::Write as _;
use std::ptr::{null, null_mut};
use std::time::Duration;

/// Returns the name of an instance, `client.id#type-number`, valid as long as the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_name(rk: *const rd_kafka_t) -> *const c_char {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, null(), |rk| rk.name().as_ptr()) }
}

/// Returns the type of an instance.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_type(rk: *const rd_kafka_t) -> rd_kafka_type_t {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, PRODUCER, Instance::kind) }
}

/// Returns the configuration of an instance. It belongs to the instance and must not be changed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf(rk: *mut rd_kafka_t) -> *const rd_kafka_conf_t {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, null(), |rk| rk.conf_handle()) }
}

/// Returns the opaque of an instance as set with rd_kafka_conf_set_opaque().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_opaque(rk: *const rd_kafka_t) -> *mut c_void {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, null_mut(), |rk| rk.callbacks().opaque) }
}

/// Waits in small steps until `get` has something, the cluster has described itself without it, the instance
/// ends on another thread, or the time is up.
fn wait_for<T>(rk: &Instance, timeout_ms: c_int, get: impl Fn() -> Option<T>) -> Option<T> {
    const STEP: Duration = Duration::from_millis(10);
    let rk = keep(rk);
    let start = rk.client().now();
    loop {
        // Asked first: what the description brought is there for `get`.
        let told = rk.client().cluster().is_known();
        let got = get();
        if got.is_some()
            || told
            || rk.client().is_terminating()
            || unwind::is_pending()
            || timeout(timeout_ms).is_some_and(|t| rk.client().now().since(start) >= t)
        {
            return got;
        }
        pause(STEP);
    }
}

/// Returns the id of the cluster as brokers report it. Thread-safe.
///
/// @param rk Instance.
/// @param timeout_ms How long to wait in milliseconds if the id is not known yet; 0: do not wait, -1: wait
/// for ever.
///
/// @return The id, to be released with rd_kafka_mem_free(), or NULL if it is not known, without waiting if
/// the brokers are too old to report one.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_clusterid(rk: *mut rd_kafka_t, timeout_ms: c_int) -> *mut c_char {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, null_mut(), |rk| {
            let id = wait_for(rk, timeout_ms, || rk.client().cluster().id());
            id.map_or(null_mut(), |id| malloc_str(&id))
        })
    }
}

/// Returns the broker id of the cluster's controller as brokers report it. Thread-safe.
///
/// @param rk Instance.
/// @param timeout_ms How long to wait in milliseconds if it is not known yet; 0: do not wait, -1: wait for
/// ever.
///
/// @return The id, or -1 if it is not known, without waiting if the brokers have reported none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_controllerid(rk: *mut rd_kafka_t, timeout_ms: c_int) -> i32 {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, -1, |rk| {
            let get = || Some(rk.client().cluster().controller_id()).filter(|id| *id != -1);
            wait_for(rk, timeout_ms, get).unwrap_or(-1)
        })
    }
}

/// Adds bootstrap brokers to an instance.
///
/// @param brokerlist `host[:port],..` as for the `bootstrap.servers` property.
///
/// @return The number of brokers added.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_brokers_add(
    rk: *mut rd_kafka_t,
    brokerlist: *const c_char,
) -> c_int {
    // SAFETY: the caller's instance and a terminated string.
    unsafe {
        with_instance(rk, 0, |rk| {
            let _deferred = unwind::CancellationDeferred::new();
            let list = text(brokerlist).unwrap_or_default();
            let brokers = parse_brokers(rk, &list);
            let count = c_int::try_from(brokers.len()).unwrap_or(c_int::MAX);
            rk.client().add_brokers(brokers);
            count
        })
    }
}

/// Returns the number of messages whose delivery reports have not been served, plus the events in the main
/// and the background queue. With delivery reports as events, messages are included until their event is
/// destroyed. Thread-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_outq_len(rk: *mut rd_kafka_t) -> c_int {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, 0, |rk| c_int::try_from(rk.client().outq_len()).unwrap_or(c_int::MAX)) }
}

/// Fails messages that have not been delivered, without waiting for `message.timeout.ms`. Each gets its
/// delivery report as usual, with RD_KAFKA_RESP_ERR__PURGE_QUEUE or RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: call
/// rd_kafka_poll() or rd_kafka_flush() afterwards to have the reports served. Thread-safe, also inside
/// callbacks.
///
/// @param rk Instance.
/// @param purge_flags RD_KAFKA_PURGE_F_QUEUE, RD_KAFKA_PURGE_F_INFLIGHT or both; without either nothing is
/// purged. The call waits until the brokers' threads have failed the messages, which takes milliseconds,
/// unless RD_KAFKA_PURGE_F_NON_BLOCKING is given.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG for an unknown flag.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_purge(
    rk: *mut rd_kafka_t,
    purge_flags: c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| match u32::try_from(purge_flags) {
            Ok(flags) => rk.client().purge(flags).map_or_else(|code| code.0, |()| ErrorCode::NO_ERROR.0),
            Err(_) => ErrorCode::_INVALID_ARG.0,
        })
    }
}

/// Returns the first fatal error of an instance: the error after which it accepts no more messages.
/// Thread-safe.
///
/// @param rk Instance.
/// @param errstr Set to the text of the error, if there is one; may be NULL.
/// @param errstr_size Size of `errstr` in bytes.
///
/// @return The error code, or RD_KAFKA_RESP_ERR_NO_ERROR if there has been no fatal error.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_fatal_error(
    rk: *mut rd_kafka_t,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and buffer.
    unsafe {
        with_instance(rk, ErrorCode::NO_ERROR.0, |rk| match rk.client().fatal_error() {
            Some(error) => {
                write_buf(errstr, errstr_size, &error.text);
                error.code.0
            }
            None => ErrorCode::NO_ERROR.0,
        })
    }
}

/// Raises a fatal error as if the library had met it, for tests of how an application handles it. Afterwards
/// produce calls fail with RD_KAFKA_RESP_ERR__FATAL.
///
/// @param rk Instance.
/// @param err Code that rd_kafka_fatal_error() is to return.
/// @param reason Text; the library puts `test_fatal_error: ` before it.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS if there has been a fatal error
/// before.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_test_fatal_error(
    rk: *mut rd_kafka_t,
    err: rd_kafka_resp_err_t,
    reason: *const c_char,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and a terminated string.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let reason = text(reason).unwrap_or("(null)".into());
            let error = Error::new(ErrorCode(err), format!("test_fatal_error: {reason}"));
            let refuse = rk.client().settings().idempotence.enabled;
            if rk.client().raise_fatal(error, refuse) {
                ErrorCode::NO_ERROR.0
            } else {
                ErrorCode::_PREV_IN_PROGRESS.0
            }
        })
    }
}

/// Returns the number of threads that the library runs in this process.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_thread_cnt() -> c_int {
    guard(0, || c_int::try_from(client::threads::count()).unwrap_or(c_int::MAX))
}

/// Returns the ids of the brokers that are in the cluster's metadata. Thread-safe.
///
/// @param rk Instance.
/// @param cntp Set to the number of ids.
///
/// @return An array of ids, to be released with rd_kafka_mem_free(), or NULL when memory is exhausted.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_brokers_learned_ids(
    rk: *mut rd_kafka_t,
    cntp: *mut usize,
) -> *mut i32 {
    // SAFETY: the caller's instance and out-parameter.
    unsafe {
        with_instance(rk, null_mut(), |rk| {
            let mut ids = rk.client().learned_broker_ids();
            ids.sort_unstable();
            let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_ne_bytes()).collect();
            let block = malloc_bytes(&bytes);
            write_out(cntp, if block.is_null() { 0 } else { ids.len() });
            block.cast()
        })
    }
}

/// What rd_kafka_dump() prints.
fn describe(rk: &Instance) -> String {
    let client = rk.client();
    let mut out = format!(
        "rd_kafka_t {:p}: {}\n {} messages, {} bytes in queue or transit, {} events\n brokers:\n",
        rk.as_ptr(),
        client.name(),
        client.queued_messages(),
        client.budget().bytes(),
        client.main_queue().len(),
    );
    for b in client.brokers().iter().filter(|b| !b.is_dismissed()) {
        let _ = writeln!(out, "  {} (id {})", b.name(), b.node_id());
    }
    out.push_str(" topics:\n");
    for topic in client.topics() {
        let table = topic.table();
        let _ = writeln!(out, "  {}: {:?}, {} partitions", topic.name(), table.state, table.partitions.len());
        for p in &table.partitions {
            let _ = writeln!(out, "   [{}] leader {}, {} messages queued", p.id(), p.leader(), p.queued());
        }
    }
    out
}

/// Prints the state of an instance for people: its brokers, topics and queues. The format may change at any
/// time.
///
/// @param fp Where to print, or NULL for standard output.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_dump(fp: *mut FILE, rk: *mut rd_kafka_t) {
    // SAFETY: the caller's instance and stream; puts takes any terminated string.
    unsafe {
        with_instance(rk, (), |rk| {
            let text = c_string(&describe(rk));
            let _deferred = unwind::CancellationDeferred::new();
            if fp.is_null() {
                libc::puts(text.as_ptr());
            } else {
                libc::fputs(text.as_ptr(), fp);
            }
        });
    }
}
