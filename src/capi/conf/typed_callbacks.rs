//! The application's callbacks, as an instance and a topic use them.
//!
//! A configuration object remembers callbacks by address, so that getting, dumping and copying treat them
//! like any other property. Here they get their types back, once, when an instance or a topic is created.

use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::stats_types::rd_kafka_stats_t;
use crate::capi::abi::types::{
    rd_kafka_event_t, rd_kafka_message_t, rd_kafka_t, rd_kafka_topic_partition_list_t, rd_kafka_topic_t,
};
use crate::conf::{Conf, TopicConf};
use libc::{addrinfo, sockaddr};
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

/// The address of an optional callback, 0 for none.
macro_rules! address {
    ($callback:expr) => {
        $callback.map_or(0, |f| (f as *const c_void).expose_provenance())
    };
}
pub(crate) use address;

/// The callback at an address that [`address`] made of a callback of the same type.
macro_rules! callback {
    ($type:ty, $address:expr) => {
        match $address {
            0 => None,
            // SAFETY: the property's only setter takes a callback of this type, and function pointers are
            // data pointers on every platform with dlsym().
            address => Some(unsafe {
                std::mem::transmute::<*const c_void, $type>(ptr::with_exposed_provenance(address))
            }),
        }
    };
}

pub type DrCb = unsafe extern "C-unwind" fn(
    rk: *mut rd_kafka_t,
    payload: *mut c_void,
    len: usize,
    err: rd_kafka_resp_err_t,
    opaque: *mut c_void,
    msg_opaque: *mut c_void,
);
pub type DrMsgCb = unsafe extern "C-unwind" fn(
    rk: *mut rd_kafka_t,
    rkmessage: *const rd_kafka_message_t,
    opaque: *mut c_void,
);
pub type ConsumeCb = unsafe extern "C-unwind" fn(rkmessage: *mut rd_kafka_message_t, opaque: *mut c_void);
pub type OffsetCommitCb = unsafe extern "C-unwind" fn(
    rk: *mut rd_kafka_t,
    err: rd_kafka_resp_err_t,
    offsets: *mut rd_kafka_topic_partition_list_t,
    opaque: *mut c_void,
);
pub type ErrorCb =
    unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, err: c_int, reason: *const c_char, opaque: *mut c_void);
pub type ThrottleCb = unsafe extern "C-unwind" fn(
    rk: *mut rd_kafka_t,
    broker_name: *const c_char,
    broker_id: i32,
    throttle_time_ms: c_int,
    opaque: *mut c_void,
);
pub type LogCb =
    unsafe extern "C-unwind" fn(rk: *const rd_kafka_t, level: c_int, fac: *const c_char, buf: *const c_char);
pub type StatsCb = unsafe extern "C-unwind" fn(
    rk: *mut rd_kafka_t,
    json: *mut c_char,
    json_len: usize,
    opaque: *mut c_void,
) -> c_int;
pub type StatsCbTyped =
    unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, stats: *const rd_kafka_stats_t, opaque: *mut c_void);
pub type BackgroundEventCb =
    unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, rkev: *mut rd_kafka_event_t, opaque: *mut c_void);
pub type TokenRefreshCb =
    unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, oauthbearer_config: *const c_char, opaque: *mut c_void);
pub type SocketCb =
    unsafe extern "C-unwind" fn(domain: c_int, type_: c_int, protocol: c_int, opaque: *mut c_void) -> c_int;
pub type ConnectCb = unsafe extern "C-unwind" fn(
    sockfd: c_int,
    addr: *const sockaddr,
    addrlen: c_int,
    id: *const c_char,
    opaque: *mut c_void,
) -> c_int;
pub type ClosesocketCb = unsafe extern "C-unwind" fn(sockfd: c_int, opaque: *mut c_void) -> c_int;
pub type ResolveCb = unsafe extern "C-unwind" fn(
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    res: *mut *mut addrinfo,
    opaque: *mut c_void,
) -> c_int;
pub type SslCertVerifyCb = unsafe extern "C-unwind" fn(
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
) -> c_int;
pub type PartitionerCb = unsafe extern "C-unwind" fn(
    rkt: *const rd_kafka_topic_t,
    keydata: *const c_void,
    keylen: usize,
    partition_cnt: i32,
    rkt_opaque: *mut c_void,
    msg_opaque: *mut c_void,
) -> i32;

/// The callbacks of an instance. `None`: not set by the application (and `log_cb`: logs nothing).
#[derive(Clone, Copy, Debug)]
pub struct Callbacks {
    pub dr_cb: Option<DrCb>,
    pub dr_msg_cb: Option<DrMsgCb>,
    pub consume_cb: Option<ConsumeCb>,
    pub offset_commit_cb: Option<OffsetCommitCb>,
    pub error_cb: Option<ErrorCb>,
    pub throttle_cb: Option<ThrottleCb>,
    pub log_cb: Option<LogCb>,
    pub stats_cb: Option<StatsCb>,
    pub stats_cb_typed: Option<StatsCbTyped>,
    pub background_event_cb: Option<BackgroundEventCb>,
    pub oauthbearer_token_refresh_cb: Option<TokenRefreshCb>,
    pub socket_cb: Option<SocketCb>,
    pub connect_cb: Option<ConnectCb>,
    pub closesocket_cb: Option<ClosesocketCb>,
    pub resolve_cb: Option<ResolveCb>,
    pub ssl_cert_verify_cb: Option<SslCertVerifyCb>,
    /// What callbacks receive.
    pub opaque: *mut c_void,
}

// SAFETY: the callbacks are code, and the opaque is only ever handed back to the application, which has been
// told from which threads its callbacks are called.
unsafe impl Send for Callbacks {}
// SAFETY: as above.
unsafe impl Sync for Callbacks {}

impl Callbacks {
    #[must_use]
    pub fn of(conf: &Conf) -> Self {
        // The built-in ones have an address for show only.
        let set = |name| if conf.is_modified(name) { conf.pointer(name) } else { 0 };
        Self {
            dr_cb: callback!(DrCb, conf.pointer("dr_cb")),
            dr_msg_cb: callback!(DrMsgCb, conf.pointer("dr_msg_cb")),
            consume_cb: callback!(ConsumeCb, conf.pointer("consume_cb")),
            offset_commit_cb: callback!(OffsetCommitCb, conf.pointer("offset_commit_cb")),
            error_cb: callback!(ErrorCb, conf.pointer("error_cb")),
            throttle_cb: callback!(ThrottleCb, conf.pointer("throttle_cb")),
            log_cb: callback!(LogCb, conf.pointer("log_cb")),
            stats_cb: callback!(StatsCb, conf.pointer("stats_cb")),
            stats_cb_typed: callback!(StatsCbTyped, conf.pointer("stats_cb_typed")),
            background_event_cb: callback!(BackgroundEventCb, conf.pointer("background_event_cb")),
            oauthbearer_token_refresh_cb: callback!(
                TokenRefreshCb,
                conf.pointer("oauthbearer_token_refresh_cb")
            ),
            socket_cb: callback!(SocketCb, set("socket_cb")),
            connect_cb: callback!(ConnectCb, conf.pointer("connect_cb")),
            closesocket_cb: callback!(ClosesocketCb, conf.pointer("closesocket_cb")),
            resolve_cb: callback!(ResolveCb, conf.pointer("resolve_cb")),
            ssl_cert_verify_cb: callback!(SslCertVerifyCb, conf.pointer("ssl.certificate.verify_cb")),
            opaque: ptr::with_exposed_provenance_mut(conf.pointer("opaque")),
        }
    }
}

/// The callback that rd_kafka_commit_queue() was given, by its address.
pub(crate) fn commit_callback(address: usize) -> Option<OffsetCommitCb> {
    callback!(OffsetCommitCb, address)
}

/// The callbacks of a topic.
#[derive(Clone, Copy, Debug)]
pub struct TopicCallbacks {
    pub partitioner_cb: Option<PartitionerCb>,
    /// What rd_kafka_topic_opaque() returns.
    pub opaque: *mut c_void,
}

// SAFETY: as for `Callbacks`.
unsafe impl Send for TopicCallbacks {}
// SAFETY: as for `Callbacks`.
unsafe impl Sync for TopicCallbacks {}

impl TopicCallbacks {
    pub(crate) const NONE: Self = Self { partitioner_cb: None, opaque: ptr::null_mut() };

    #[must_use]
    pub fn of(conf: &TopicConf) -> Self {
        Self {
            partitioner_cb: callback!(PartitionerCb, conf.pointer("partitioner_cb")),
            opaque: ptr::with_exposed_provenance_mut(conf.pointer("opaque")),
        }
    }
}
