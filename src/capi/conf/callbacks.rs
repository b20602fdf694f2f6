//! The setters of callbacks in a configuration. See [`crate::capi::conf::typed_callbacks`] for the way back.

use crate::capi::abi::enum_ints::{rd_kafka_conf_res_t, rd_kafka_resp_err_t};
use crate::capi::abi::stats_types::rd_kafka_stats_t;
use crate::capi::abi::types::{
    rd_kafka_conf_t, rd_kafka_event_t, rd_kafka_message_t, rd_kafka_t, rd_kafka_topic_partition_list_t,
};
use crate::capi::conf::object::{INVALID, conf_mut};
use crate::capi::conf::typed_callbacks::address;
use crate::capi::ffi::guard::guard;
use libc::{addrinfo, mode_t, sockaddr};
use std::ffi::{c_char, c_int, c_void};

pub(crate) fn set(conf: *mut rd_kafka_conf_t, name: &str, address: usize) {
    guard((), || {
        // SAFETY: an object of the application's.
        if let Some(conf) = unsafe { conf_mut(conf) } {
            conf.set_pointer(name, address);
        }
    });
}

/// Sets the delivery report callback in its oldest form; rd_kafka_conf_set_dr_msg_cb() tells more.
///
/// It is called once for each message, from rd_kafka_poll() and rd_kafka_flush().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_dr_cb(
    conf: *mut rd_kafka_conf_t,
    dr_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            payload: *mut c_void,
            len: usize,
            err: rd_kafka_resp_err_t,
            opaque: *mut c_void,
            msg_opaque: *mut c_void,
        ),
    >,
) {
    set(conf, "dr_cb", address!(dr_cb));
}

/// Sets the delivery report callback.
///
/// It is called once for each message that produce has accepted, from rd_kafka_poll() and rd_kafka_flush(), with
/// `rkmessage->err` telling whether the message was delivered. The message is the library's and valid until the
/// callback returns.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_dr_msg_cb(
    conf: *mut rd_kafka_conf_t,
    dr_msg_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            rkmessage: *const rd_kafka_message_t,
            opaque: *mut c_void,
        ),
    >,
) {
    set(conf, "dr_msg_cb", address!(dr_msg_cb));
}

/// Sets the consume callback. There is no consumer in this library yet: it is accepted and not called.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_consume_cb(
    conf: *mut rd_kafka_conf_t,
    consume_cb: Option<unsafe extern "C-unwind" fn(rkmessage: *mut rd_kafka_message_t, opaque: *mut c_void)>,
) {
    set(conf, "consume_cb", address!(consume_cb));
}

/// Sets the rebalance callback. There is no consumer in this library yet: it is accepted and not called.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_rebalance_cb(
    conf: *mut rd_kafka_conf_t,
    rebalance_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            err: rd_kafka_resp_err_t,
            partitions: *mut rd_kafka_topic_partition_list_t,
            opaque: *mut c_void,
        ),
    >,
) {
    set(conf, "rebalance_cb", address!(rebalance_cb));
}

/// Sets the offset commit callback. There is no consumer in this library yet: it is accepted and not called.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_offset_commit_cb(
    conf: *mut rd_kafka_conf_t,
    offset_commit_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            err: rd_kafka_resp_err_t,
            offsets: *mut rd_kafka_topic_partition_list_t,
            opaque: *mut c_void,
        ),
    >,
) {
    set(conf, "offset_commit_cb", address!(offset_commit_cb));
}

/// Sets the error callback.
///
/// It is called from rd_kafka_poll() for errors of the instance as a whole, most of which the library recovers from by
/// itself. On RD_KAFKA_RESP_ERR__FATAL, rd_kafka_fatal_error() tells the cause. Without a callback errors are logged.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_error_cb(
    conf: *mut rd_kafka_conf_t,
    error_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            err: c_int,
            reason: *const c_char,
            opaque: *mut c_void,
        ),
    >,
) {
    set(conf, "error_cb", address!(error_cb));
}

/// Sets the throttle callback, called from rd_kafka_poll() when a broker has throttled a request and when it stops.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_throttle_cb(
    conf: *mut rd_kafka_conf_t,
    throttle_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            broker_name: *const c_char,
            broker_id: i32,
            throttle_time_ms: c_int,
            opaque: *mut c_void,
        ),
    >,
) {
    set(conf, "throttle_cb", address!(throttle_cb));
}

/// Sets the log callback; NULL for silence. The default prints to stderr, as rd_kafka_log_print() does.
///
/// It is called from any thread of the library or the application and must not call functions of the library, except
/// for rd_kafka_name() and the like. With `log.queue` it is called from the polled queue instead.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_log_cb(
    conf: *mut rd_kafka_conf_t,
    log_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *const rd_kafka_t,
            level: c_int,
            fac: *const c_char,
            buf: *const c_char,
        ),
    >,
) {
    set(conf, "log_cb", address!(log_cb));
}

/// Sets the statistics callback, called from rd_kafka_poll() every `statistics.interval.ms`.
///
/// When it returns 0 the library releases the text, otherwise the application does, with rd_kafka_mem_free().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_stats_cb(
    conf: *mut rd_kafka_conf_t,
    stats_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            json: *mut c_char,
            json_len: usize,
            opaque: *mut c_void,
        ) -> c_int,
    >,
) {
    set(conf, "stats_cb", address!(stats_cb));
}

/// Sets the callback that fetches a new OAUTHBEARER token. SASL is not in this build: it is accepted and not called.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_oauthbearer_token_refresh_cb(
    conf: *mut rd_kafka_conf_t,
    oauthbearer_token_refresh_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            oauthbearer_config: *const c_char,
            opaque: *mut c_void,
        ),
    >,
) {
    set(conf, "oauthbearer_token_refresh_cb", address!(oauthbearer_token_refresh_cb));
}

/// Sets the callback that serves the events of the background queue, on a thread of the library's. The callback releases
/// each event with rd_kafka_event_destroy(), and must not destroy the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_background_event_cb(
    conf: *mut rd_kafka_conf_t,
    event_cb: Option<
        unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, rkev: *mut rd_kafka_event_t, opaque: *mut c_void),
    >,
) {
    set(conf, "background_event_cb", address!(event_cb));
}

/// Sets the callback that creates sockets, like socket(2). It is called from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_socket_cb(
    conf: *mut rd_kafka_conf_t,
    socket_cb: Option<
        unsafe extern "C-unwind" fn(
            domain: c_int,
            type_: c_int,
            protocol: c_int,
            opaque: *mut c_void,
        ) -> c_int,
    >,
) {
    set(conf, "socket_cb", address!(socket_cb));
}

/// Sets the callback that connects sockets, which are non-blocking. It is called from any thread and returns 0 or an errno
/// (EINPROGRESS is fine). `id` names the broker.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_connect_cb(
    conf: *mut rd_kafka_conf_t,
    connect_cb: Option<
        unsafe extern "C-unwind" fn(
            sockfd: c_int,
            addr: *const sockaddr,
            addrlen: c_int,
            id: *const c_char,
            opaque: *mut c_void,
        ) -> c_int,
    >,
) {
    set(conf, "connect_cb", address!(connect_cb));
}

/// Sets the callback that closes sockets. It is called from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_closesocket_cb(
    conf: *mut rd_kafka_conf_t,
    closesocket_cb: Option<unsafe extern "C-unwind" fn(sockfd: c_int, opaque: *mut c_void) -> c_int>,
) {
    set(conf, "closesocket_cb", address!(closesocket_cb));
}

/// Sets the callback that opens files with stored offsets, like open(2). Producers have none: it is not called for them.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_open_cb(
    conf: *mut rd_kafka_conf_t,
    open_cb: Option<
        unsafe extern "C-unwind" fn(
            pathname: *const c_char,
            flags: c_int,
            mode: mode_t,
            opaque: *mut c_void,
        ) -> c_int,
    >,
) {
    set(conf, "open_cb", address!(open_cb));
}

/// Sets the callback that resolves host names, like getaddrinfo(3). With `node` and `service` NULL it releases `*res`, like
/// freeaddrinfo(3). It is called from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_resolve_cb(
    conf: *mut rd_kafka_conf_t,
    resolve_cb: Option<
        unsafe extern "C-unwind" fn(
            node: *const c_char,
            service: *const c_char,
            hints: *const addrinfo,
            res: *mut *mut addrinfo,
            opaque: *mut c_void,
        ) -> c_int,
    >,
) {
    set(conf, "resolve_cb", address!(resolve_cb));
}

/// Sets the callback that verifies broker certificates. TLS is not in this build.
///
/// @return RD_KAFKA_CONF_INVALID
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_ssl_cert_verify_cb(
    _conf: *mut rd_kafka_conf_t,
    _ssl_cert_verify_cb: Option<
        unsafe extern "C-unwind" fn(
            rk: *mut rd_kafka_t,
            broker_name: *const c_char,
            broker_id: i32,
            x509_set_error: *mut c_int,
            depth: c_int,
            buf: *const c_char,
            size: usize,
            errstr: *mut c_char,
            errstr_size: usize,
            opaque: *mut c_void,
        ) -> c_int,
    >,
) -> rd_kafka_conf_res_t {
    INVALID
}

/// Sets the pointer that callbacks receive and rd_kafka_opaque() returns.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_opaque(conf: *mut rd_kafka_conf_t, opaque: *mut c_void) {
    set(conf, "opaque", opaque.expose_provenance());
}

/// Sets the data that an OpenSSL engine receives. TLS is not in this build: it is accepted and not used.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_engine_callback_data(
    conf: *mut rd_kafka_conf_t,
    callback_data: *mut c_void,
) {
    set(conf, "ssl_engine_callback_data", callback_data.expose_provenance());
}

/// Sets a callback for statistics as structs, called from rd_kafka_poll() every `statistics.interval.ms`. The structs are valid
/// until the callback returns.
///
/// No JSON is made for it. With rd_kafka_conf_set_stats_cb() as well, this callback is called first.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_stats_cb_typed(
    conf: *mut rd_kafka_conf_t,
    stats_cb: Option<
        unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, stats: *const rd_kafka_stats_t, opaque: *mut c_void),
    >,
) {
    set(conf, "stats_cb_typed", address!(stats_cb));
}
