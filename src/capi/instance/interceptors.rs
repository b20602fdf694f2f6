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
use crate::capi::conf::hooks::ConfHooks;
use crate::capi::conf::object::conf_mut;
use crate::capi::ffi::guard::guard;
use crate::capi::instance::object::with_instance;
use crate::capi::interceptor::calls::InstanceHooks;
use crate::capi::interceptor::chain::Chain;
use std::ffi::{c_char, c_void};

/// # Safety
/// A configuration that is not borrowed or NULL, a terminated name or NULL, and a function of the chain's kind or NULL.
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

/// Adds an interceptor that is told of every property that is set, before the library looks at it.
///
/// It returns RD_KAFKA_CONF_UNKNOWN to let others have the property, or RD_KAFKA_CONF_OK or RD_KAFKA_CONF_INVALID when it is
/// its own. What it takes is given to copies of the configuration again. A property of the library is offered more than once:
/// under the name given, under the name that an alias stands for, and when the value has been found valid. `val` is NULL for
/// an empty value.
///
/// @param conf Configuration.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_conf_set Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name.
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

/// Adds an interceptor that is told of a copy of the configuration, before anything is copied. Interceptors are not
/// copied, except that plug-ins are loaded for the copy again: this is the place to add them to the copy.
///
/// @param conf Configuration.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_conf_dup Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name.
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

/// Adds an interceptor that is told of the end of the configuration: when it is released, or with the instance that took
/// it over. The same one may be added several times.
///
/// @param conf Configuration.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_conf_destroy Function.
/// @param ic_opaque Handed to the function.
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

/// Adds an interceptor that is told of every instance made with the configuration, before it has threads. Here, and only
/// here, interceptors can be added to the instance; nothing else may be done with it.
///
/// @param conf Configuration.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_new Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name.
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

/// Adds an interceptor that is told of the end of the instance, on the thread that destroys it and before anything has ended.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_destroy Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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

/// Adds an interceptor that is told of every message that is produced, on the producing thread and before it is queued. It
/// may change the headers of the message, but nothing else.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_send Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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

/// Adds an interceptor that is told how every message ended that on_send was told of: on a thread of the library, or
/// on the producing thread when the message could not be queued.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_acknowledgement Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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

/// Adds an interceptor that is told of every message a consumer receives. There is no consumer in this library: it is not called.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_consume Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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

/// Adds an interceptor that is told of offset commits. There is no consumer in this library: it is not called.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_commit Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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

/// Adds an interceptor that is told of every request that has been written to a broker connection, on a thread of the library.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_request_sent Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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

/// Adds an interceptor that is told of every response that has arrived, before it is looked into, and of every request
/// that has failed; on a thread of the library.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_response_received Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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

/// Adds an interceptor that is told of every thread of the instance, on that thread when it begins.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_thread_start Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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

/// Adds an interceptor that is told of every thread of the instance, on that thread when it ends.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_thread_exit Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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

/// Adds an interceptor that is told of every broker that comes to be known and of every change of a connection's
/// state; on whatever thread that happens.
///
/// @param rk Instance, during on_new.
/// @param ic_name Name of the interceptor, for the log.
/// @param on_broker_state_change Function.
/// @param ic_opaque Handed to the function.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__CONFLICT if the function is there already under this name, or
/// RD_KAFKA_RESP_ERR__STATE outside of on_new.
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
