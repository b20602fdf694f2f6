//! The setters of callbacks in a configuration. See [`crate::capi::conf::typed_callbacks`] for the way back.

use crate::capi::abi::enum_ints::{rd_kafka_conf_res_t, rd_kafka_resp_err_t};
use crate::capi::abi::stats_types::rd_kafka_stats_t;
use crate::capi::abi::types::{
    rd_kafka_conf_t, rd_kafka_event_t, rd_kafka_message_t, rd_kafka_t, rd_kafka_topic_partition_list_t,
};
use crate::capi::conf::object::conf_mut;
use crate::capi::conf::results::{INVALID, OK};
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

/// Sets the delivery report callback in its oldest form. rd_kafka_conf_set_dr_msg_cb() shows more of the
/// message; if both are set, only that one is called.
///
/// The callback is called once for each message that a produce function has accepted. From where it is called
/// and what it may do is described there.
///
/// @param dr_cb Callback: the payload and its size in bytes, the message's error code, the opaque of the
/// configuration and the opaque of the message. The payload is valid until the callback returns, longer only
/// if it is the application's own memory. NULL to remove it.
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

/// Sets the delivery report callback. It is called exactly once for each message that a produce function has
/// accepted, unless the instance is destroyed first. `rkmessage->err` is RD_KAFKA_RESP_ERR_NO_ERROR if the
/// message was delivered; otherwise rd_kafka_message_status() tells whether the broker may have written it.
///
/// It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
/// rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
/// thread of the library unless the main queue is forwarded to the background queue. Inside the callback
/// every function of the library may be called, rd_kafka_destroy() among them. rd_kafka_yield() ends the
/// serving call after this callback; the remaining reports are served by the next one.
///
/// `rkmessage` and what it points to belong to the library and are valid until the callback returns; do not
/// copy the struct and pass the copy to a function of the library. Afterwards the space of the message in the
/// queue is free again, and a payload given with RD_KAFKA_MSG_F_FREE has been released.
///
/// @param dr_msg_cb Callback; `opaque` is the one of rd_kafka_conf_set_opaque(). NULL to remove it.
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

/// Sets the consume callback, called for the messages of a consumer by rd_kafka_poll(), once
/// rd_kafka_poll_set_consumer() has been called, and by rd_kafka_queue_poll_callback(). The message is the
/// library's. rd_kafka_consumer_poll() and the like return messages whatever is set here. Errors in messages'
/// places go to the error callback.
///
/// @param consume_cb Callback. NULL to remove it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_consume_cb(
    conf: *mut rd_kafka_conf_t,
    consume_cb: Option<unsafe extern "C-unwind" fn(rkmessage: *mut rd_kafka_message_t, opaque: *mut c_void)>,
) {
    set(conf, "consume_cb", address!(consume_cb));
}

/// Sets the rebalance callback. Consumers do not join groups yet: it is accepted and not called.
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

/// Sets the offset commit callback, called with the outcome of each commit of offsets, whether the
/// application has asked for it or not, but for those of rd_kafka_commit_queue() with a callback of their
/// own. It is called on the thread that serves the main queue.
///
/// @param offset_commit_cb Callback: the error, and the offsets with an error each. NULL to remove it.
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

/// Sets the error callback, called for errors that concern the instance as a whole, such as
/// RD_KAFKA_RESP_ERR__TRANSPORT and RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN. Most are for information: the
/// library goes on trying. On RD_KAFKA_RESP_ERR__FATAL the instance accepts no more messages;
/// rd_kafka_fatal_error() returns the cause.
///
/// It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
/// rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
/// thread of the library unless the main queue is forwarded to the background queue. Inside the callback
/// every function of the library may be called. Without a callback errors are logged.
///
/// @param error_cb Callback: `err` is an RD_KAFKA_RESP_ERR_.. code, `reason` a text for people that is valid
/// until the callback returns. NULL to remove it.
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

/// Sets the throttle callback, called when a broker has throttled a request because of a quota, and once more
/// when it stops.
///
/// It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
/// rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
/// thread of the library unless the main queue is forwarded to the background queue. Inside the callback
/// every function of the library may be called.
///
/// @param throttle_cb Callback: the broker's name (valid until the callback returns) and id, and the throttle
/// time in milliseconds, 0 when throttling has ended. NULL to remove it.
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

/// Sets the log callback. The default, rd_kafka_log_print(), writes to standard error.
///
/// It is called on whatever thread has something to log, of the library or of the application, several of
/// them at once: it has to be thread-safe and quick, and must not call functions of the library other than
/// rd_kafka_name() and rd_kafka_log_print(). With `log.queue=true` lines are events instead, and the callback
/// is called by the thread that serves their queue, see rd_kafka_set_log_queue().
///
/// @param log_cb Callback: `level` as in syslog(3), 0 to 7; the facility `fac` is a short word such as
/// `FAIL`; `buf` is the line without a line break. Both texts are valid until the callback returns. `rk` is
/// NULL for lines from before the instance exists. NULL logs nothing.
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

/// Sets the statistics callback, called every `statistics.interval.ms`, which is 0 (never) by default.
///
/// It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
/// rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
/// thread of the library unless the main queue is forwarded to the background queue. Inside the callback
/// every function of the library may be called.
///
/// @param stats_cb Callback: `json` is a NUL-terminated JSON document of `json_len` bytes without the
/// terminator. If the callback returns 0 the library releases it, if it returns 1 the application does, with
/// rd_kafka_mem_free(). NULL to remove it.
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

/// Sets the callback that fetches a new token for SASL/OAUTHBEARER: when the instance has none yet, and at 80
/// % of the life of the one it has. It is called with `sasl.oauthbearer.config` (NULL if that is not set) and
/// calls rd_kafka_oauthbearer_set_token() or rd_kafka_oauthbearer_set_token_failure(), at once or later.
///
/// It is called from rd_kafka_poll() and rd_kafka_flush(), or from polling the queue of
/// rd_kafka_conf_enable_sasl_queue(), or on the background thread after
/// rd_kafka_sasl_background_callbacks_enable(). Until there is a token the instance does not connect.
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

/// Sets the callback that serves the events of the background queue. A thread of the library polls that queue
/// and calls it with each event; see rd_kafka_queue_get_background().
///
/// The callback owns each event and releases it with rd_kafka_event_destroy(). It may call functions of the
/// library, but must not call rd_kafka_destroy(): the thread would wait for itself, so the call is logged and
/// ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_background_event_cb(
    conf: *mut rd_kafka_conf_t,
    event_cb: Option<
        unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, rkev: *mut rd_kafka_event_t, opaque: *mut c_void),
    >,
) {
    set(conf, "background_event_cb", address!(event_cb));
}

/// Sets the callback that opens sockets, with arguments and result as those of socket(2). It is called on any
/// thread of the library, several of them at once, and must not call functions of the library.
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

/// Sets the callback that connects sockets, which are non-blocking. `id` is the name of the broker, valid
/// until the callback returns. It returns 0 or an errno; EINPROGRESS is a success. It is called on any thread
/// of the library, several of them at once, and must not call functions of the library.
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

/// Sets the callback that closes sockets, with the result of close(2). It is called on any thread, several of
/// them at once, and must not call functions of the library.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_closesocket_cb(
    conf: *mut rd_kafka_conf_t,
    closesocket_cb: Option<unsafe extern "C-unwind" fn(sockfd: c_int, opaque: *mut c_void) -> c_int>,
) {
    set(conf, "closesocket_cb", address!(closesocket_cb));
}

/// Sets the callback that opens the files in which consumers store offsets. Producers have no such files: it
/// is not called.
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

/// Sets the callback that resolves host names, with arguments and result as those of getaddrinfo(3). Called
/// with `node` and `service` NULL, it releases `*res`, as freeaddrinfo(3) does. It is called on any thread,
/// several of them at once, and must not call functions of the library.
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

/// Sets a callback that accepts or refuses the certificates of brokers. It is called in each
/// handshake, for each certificate of the chain from the root to the broker's own, and again for each error
/// that OpenSSL finds. It is called on the broker's thread, so it must not wait, and must be thread-safe if
/// the instance has several brokers. It must not throw.
///
/// @param conf Configuration.
/// @param ssl_cert_verify_cb Callback. It returns other than 0 to accept the certificate; 0 to refuse it,
/// with the reason in `errstr`, which is logged. `broker_name` is the broker's `host:port`, `broker_id` its
/// id, or -1 as long as it is not known. `*x509_set_error` is what OpenSSL says of the certificate
/// (X509_V_..); a certificate that is accepted in spite of an error needs it set to 0, otherwise the
/// connection is closed after the handshake. `depth` is 0 for the broker's own certificate. `buf` and
/// `size` are the certificate in DER. With `enable.ssl.certificate.verification=false` the callback is
/// called, but its answer has no effect. NULL to remove it.
///
/// @return RD_KAFKA_CONF_OK; RD_KAFKA_CONF_INVALID in a build without OpenSSL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_ssl_cert_verify_cb(
    conf: *mut rd_kafka_conf_t,
    ssl_cert_verify_cb: Option<
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
    if cfg!(not(feature = "ssl")) {
        return INVALID;
    }
    set(conf, "ssl.certificate.verify_cb", address!(ssl_cert_verify_cb));
    OK
}

/// Sets the pointer that callbacks receive as `opaque` and that rd_kafka_opaque() returns. The library does
/// not use what it points to.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_opaque(conf: *mut rd_kafka_conf_t, opaque: *mut c_void) {
    set(conf, "opaque", opaque.expose_provenance());
}

/// Sets the data that the OpenSSL engine of `ssl.engine.location` receives when it is asked for the client's
/// certificate and key. The library does not use what it points to; it has to stay as long as the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_engine_callback_data(
    conf: *mut rd_kafka_conf_t,
    callback_data: *mut c_void,
) {
    set(conf, "ssl_engine_callback_data", callback_data.expose_provenance());
}

/// Sets a callback for statistics as structs, called every `statistics.interval.ms`, which is 0 (never) by
/// default. No JSON document is made for it. If there is a callback for JSON as well, this one is called
/// first.
///
/// It is called on the thread that serves the main queue: inside rd_kafka_poll(), rd_kafka_flush(),
/// rd_kafka_commit_transaction(), rd_kafka_abort_transaction() or rd_kafka_queue_poll_callback(), never on a
/// thread of the library unless the main queue is forwarded to the background queue. Inside the callback
/// every function of the library may be called.
///
/// @param stats_cb Callback. The structs are valid until it returns. NULL to remove it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_stats_cb_typed(
    conf: *mut rd_kafka_conf_t,
    stats_cb: Option<
        unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, stats: *const rd_kafka_stats_t, opaque: *mut c_void),
    >,
) {
    set(conf, "stats_cb_typed", address!(stats_cb));
}
