//! Adding interceptors to configurations and instances.

use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::interceptor_types::{
    rd_kafka_interceptor_f_on_acknowledgement_t, rd_kafka_interceptor_f_on_broker_state_change_t,
    rd_kafka_interceptor_f_on_commit_t, rd_kafka_interceptor_f_on_conf_destroy_t,
    rd_kafka_interceptor_f_on_conf_dup_t, rd_kafka_interceptor_f_on_conf_set_t,
    rd_kafka_interceptor_f_on_consume_t, rd_kafka_interceptor_f_on_destroy_t,
    rd_kafka_interceptor_f_on_new_t, rd_kafka_interceptor_f_on_request_sent_t,
    rd_kafka_interceptor_f_on_response_received_t, rd_kafka_interceptor_f_on_send_t,
    rd_kafka_interceptor_f_on_thread_exit_t, rd_kafka_interceptor_f_on_thread_start_t,
};
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_t};
use crate::capi::conf::object::ConfHooks;
use crate::capi::conf::object::conf_mut;
use crate::capi::ffi::guard::guard;
use crate::capi::instance::object::with_instance;
use crate::capi::interceptor::calls::InstanceHooks;
use crate::capi::interceptor::chain::Chain;
use std::ffi::{c_char, c_void};

/// # Safety
/// A configuration that is not borrowed or NULL, a terminated name or NULL, and a function of the chain's
/// kind or NULL.
unsafe fn add_to_conf(
    conf: *mut rd_kafka_conf_t,
    name: *const c_char,
    function: *mut c_void,
    opaque: *mut c_void,
    unique: bool,
    chain: fn(&mut ConfHooks) -> &mut Chain,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: by this function's own contract.
        let Some(conf) = (unsafe { conf_mut(conf) }) else { return ErrorCode::_INVALID_ARG.0 };
        // SAFETY: by this function's own contract.
        unsafe { chain(&mut conf.hooks).add(name, function, opaque, unique).0 }
    })
}

/// # Safety
/// An instance or NULL, a terminated name or NULL, and a function of the chain's kind or NULL.
unsafe fn add_to_instance(
    rk: *mut rd_kafka_t,
    name: *const c_char,
    function: *mut c_void,
    opaque: *mut c_void,
    chain: fn(&mut InstanceHooks) -> &mut Chain,
) -> rd_kafka_resp_err_t {
    // SAFETY: by this function's own contract.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let add = |hooks: &mut InstanceHooks| chain(hooks).add(name, function, opaque, true);
            rk.interceptors().change(add).unwrap_or(ErrorCode::_STATE).0
        })
    }
}

/// Adds an interceptor that is called for every property that is set, before the library handles it. It
/// returns RD_KAFKA_CONF_UNKNOWN to leave the property to the next interceptor and the library, or, if the
/// property is its own, RD_KAFKA_CONF_OK or RD_KAFKA_CONF_INVALID. Properties that interceptors have accepted
/// are set again on copies of the configuration.
///
/// For a property of the library it is called more than once: with the name as given, with the name that an
/// alias stands for, and after the value has been found valid. `val` is NULL for an empty value.
///
/// @param conf Configuration.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_conf_set Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under
/// this name before.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_interceptor_add_on_conf_set(
    conf: *mut rd_kafka_conf_t,
    ic_name: *const c_char,
    on_conf_set: *mut rd_kafka_interceptor_f_on_conf_set_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an object, a string and a function of the application's.
    unsafe { add_to_conf(conf, ic_name, on_conf_set, ic_opaque, true, |h| &mut h.on_conf_set) }
}

/// Adds an interceptor that is called when the configuration is copied, before anything has been copied.
/// Interceptors are not part of the copy, except that plug-ins are loaded for it again: add them to
/// `new_conf` here.
///
/// @param conf Configuration.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_conf_dup Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under
/// this name before.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_interceptor_add_on_conf_dup(
    conf: *mut rd_kafka_conf_t,
    ic_name: *const c_char,
    on_conf_dup: *mut rd_kafka_interceptor_f_on_conf_dup_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an object, a string and a function of the application's.
    unsafe { add_to_conf(conf, ic_name, on_conf_dup, ic_opaque, true, |h| &mut h.on_conf_dup) }
}

/// Adds an interceptor that is called when the configuration ends: when it is released, or with the instance
/// that it belongs to. The same one may be added several times.
///
/// @param conf Configuration.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_conf_destroy Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_interceptor_add_on_conf_destroy(
    conf: *mut rd_kafka_conf_t,
    ic_name: *const c_char,
    on_conf_destroy: *mut rd_kafka_interceptor_f_on_conf_destroy_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an object, a string and a function of the application's.
    unsafe { add_to_conf(conf, ic_name, on_conf_destroy, ic_opaque, false, |h| &mut h.on_conf_destroy) }
}

/// Adds an interceptor that is called for every instance created with the configuration, before its threads
/// start. Interceptors of the instance have to be added here; nothing else may be done with the instance yet.
///
/// @param conf Configuration.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_new Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under
/// this name before.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_interceptor_add_on_new(
    conf: *mut rd_kafka_conf_t,
    ic_name: *const c_char,
    on_new: *mut rd_kafka_interceptor_f_on_new_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an object, a string and a function of the application's.
    unsafe { add_to_conf(conf, ic_name, on_new, ic_opaque, true, |h| &mut h.on_new) }
}

/// Adds an interceptor that is called when the instance is destroyed, on the thread that destroys it and
/// before its threads end.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_destroy Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_destroy(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_destroy: *mut rd_kafka_interceptor_f_on_destroy_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe { add_to_instance(rk, ic_name, on_destroy, ic_opaque, |h| &mut h.on_destroy) }
}

/// Adds an interceptor that is called for every message that is produced, on the producing thread and before
/// the message is queued. It may change the headers of the message and nothing else.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_send Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_send(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_send: *mut rd_kafka_interceptor_f_on_send_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe { add_to_instance(rk, ic_name, on_send, ic_opaque, |h| &mut h.on_send) }
}

/// Adds an interceptor that is called when a message has been delivered or has failed: on a thread of the
/// library before the delivery report is queued, or on the producing thread if the message could not be
/// queued.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_acknowledgement Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_acknowledgement(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_acknowledgement: *mut rd_kafka_interceptor_f_on_acknowledgement_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe { add_to_instance(rk, ic_name, on_acknowledgement, ic_opaque, |h| &mut h.on_acknowledgement) }
}

/// Adds an interceptor that is called for every message that a consumer returns to the application.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_consume Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_consume(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_consume: *mut rd_kafka_interceptor_f_on_consume_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe { add_to_instance(rk, ic_name, on_consume, ic_opaque, |h| &mut h.on_consume) }
}

/// Adds an interceptor that is called with the outcome of each commit of offsets, on a thread of the
/// library.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_commit Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_commit(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_commit: *mut rd_kafka_interceptor_f_on_commit_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe { add_to_instance(rk, ic_name, on_commit, ic_opaque, |h| &mut h.on_commit) }
}

/// Adds an interceptor that is called for every request that has been written to a broker connection, on a
/// thread of the library.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_request_sent Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_request_sent(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_request_sent: *mut rd_kafka_interceptor_f_on_request_sent_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe { add_to_instance(rk, ic_name, on_request_sent, ic_opaque, |h| &mut h.on_request_sent) }
}

/// Adds an interceptor that is called for every response that has arrived, before it is parsed, and for every
/// request that has failed; on a thread of the library.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_response_received Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_response_received(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_response_received: *mut rd_kafka_interceptor_f_on_response_received_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe { add_to_instance(rk, ic_name, on_response_received, ic_opaque, |h| &mut h.on_response_received) }
}

/// Adds an interceptor that is called on every thread of the instance when the thread starts.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_thread_start Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_thread_start(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_thread_start: *mut rd_kafka_interceptor_f_on_thread_start_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe { add_to_instance(rk, ic_name, on_thread_start, ic_opaque, |h| &mut h.on_thread_start) }
}

/// Adds an interceptor that is called on every thread of the instance when the thread ends.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_thread_exit Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_thread_exit(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_thread_exit: *mut rd_kafka_interceptor_f_on_thread_exit_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe { add_to_instance(rk, ic_name, on_thread_exit, ic_opaque, |h| &mut h.on_thread_exit) }
}

/// Adds an interceptor that is called for every new broker and for every change of a connection's state, on
/// the thread on which that happens.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for log lines; copied.
/// @param on_broker_state_change Function.
/// @param ic_opaque Passed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function has been added under this
/// name before, or RD_KAFKA_RESP_ERR__STATE outside of on_new.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_interceptor_add_on_broker_state_change(
    rk: *mut rd_kafka_t,
    ic_name: *const c_char,
    on_broker_state_change: *mut rd_kafka_interceptor_f_on_broker_state_change_t,
    ic_opaque: *mut c_void,
) -> rd_kafka_resp_err_t {
    // SAFETY: an instance, a string and a function of the application's.
    unsafe {
        add_to_instance(rk, ic_name, on_broker_state_change, ic_opaque, |h| &mut h.on_broker_state_change)
    }
}
