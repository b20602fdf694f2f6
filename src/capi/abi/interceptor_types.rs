//! The types of interceptors. Functions take them as pointers to function types, which is how the header
//! declares them (see the trailer in `cbindgen.toml`; this file is not part of what cbindgen reads). Rust has
//! no function types, so the pointers are opaque until they are called as the types of `call`.

use std::ffi::c_void;

macro_rules! opaque_function_types {
    ($($name:ident)*) => { $(pub type $name = c_void;)* };
}

opaque_function_types! {
    rd_kafka_interceptor_f_on_conf_set_t
    rd_kafka_interceptor_f_on_conf_dup_t
    rd_kafka_interceptor_f_on_conf_destroy_t
    rd_kafka_interceptor_f_on_new_t
    rd_kafka_interceptor_f_on_destroy_t
    rd_kafka_interceptor_f_on_send_t
    rd_kafka_interceptor_f_on_acknowledgement_t
    rd_kafka_interceptor_f_on_consume_t
    rd_kafka_interceptor_f_on_commit_t
    rd_kafka_interceptor_f_on_request_sent_t
    rd_kafka_interceptor_f_on_response_received_t
    rd_kafka_interceptor_f_on_thread_start_t
    rd_kafka_interceptor_f_on_thread_exit_t
    rd_kafka_interceptor_f_on_broker_state_change_t
}

/// What the pointers point to.
pub(crate) mod call {
    use crate::capi::abi::enum_ints::{rd_kafka_conf_res_t, rd_kafka_resp_err_t, rd_kafka_thread_type_t};
    use crate::capi::abi::types::{
        rd_kafka_conf_t, rd_kafka_message_t, rd_kafka_t, rd_kafka_topic_partition_list_t,
    };
    use std::ffi::{c_char, c_int, c_void};

    pub type ConfInit = unsafe extern "C-unwind" fn(
        conf: *mut rd_kafka_conf_t,
        plug_opaquep: *mut *mut c_void,
        errstr: *mut c_char,
        errstr_size: usize,
    ) -> rd_kafka_resp_err_t;
    pub type OnConfSet = unsafe extern "C-unwind" fn(
        conf: *mut rd_kafka_conf_t,
        name: *const c_char,
        val: *const c_char,
        errstr: *mut c_char,
        errstr_size: usize,
        ic_opaque: *mut c_void,
    ) -> rd_kafka_conf_res_t;
    pub type OnConfDup = unsafe extern "C-unwind" fn(
        new_conf: *mut rd_kafka_conf_t,
        old_conf: *const rd_kafka_conf_t,
        filter_cnt: usize,
        filter: *mut *const c_char,
        ic_opaque: *mut c_void,
    ) -> rd_kafka_resp_err_t;
    pub type OnConfDestroy = unsafe extern "C-unwind" fn(ic_opaque: *mut c_void) -> rd_kafka_resp_err_t;
    pub type OnNew = unsafe extern "C-unwind" fn(
        rk: *mut rd_kafka_t,
        conf: *const rd_kafka_conf_t,
        ic_opaque: *mut c_void,
        errstr: *mut c_char,
        errstr_size: usize,
    ) -> rd_kafka_resp_err_t;
    pub type OnDestroy =
        unsafe extern "C-unwind" fn(rk: *mut rd_kafka_t, ic_opaque: *mut c_void) -> rd_kafka_resp_err_t;
    /// on_send and on_acknowledgement.
    pub type OnMessage = unsafe extern "C-unwind" fn(
        rk: *mut rd_kafka_t,
        rkmessage: *mut rd_kafka_message_t,
        ic_opaque: *mut c_void,
    ) -> rd_kafka_resp_err_t;
    pub type OnCommit = unsafe extern "C-unwind" fn(
        rk: *mut rd_kafka_t,
        offsets: *const rd_kafka_topic_partition_list_t,
        err: rd_kafka_resp_err_t,
        ic_opaque: *mut c_void,
    ) -> rd_kafka_resp_err_t;
    pub type OnRequestSent = unsafe extern "C-unwind" fn(
        rk: *mut rd_kafka_t,
        sockfd: c_int,
        brokername: *const c_char,
        brokerid: i32,
        api_key: i16,
        api_version: i16,
        corr_id: i32,
        size: usize,
        ic_opaque: *mut c_void,
    ) -> rd_kafka_resp_err_t;
    pub type OnResponseReceived = unsafe extern "C-unwind" fn(
        rk: *mut rd_kafka_t,
        sockfd: c_int,
        brokername: *const c_char,
        brokerid: i32,
        api_key: i16,
        api_version: i16,
        corr_id: i32,
        size: usize,
        rtt: i64,
        err: rd_kafka_resp_err_t,
        ic_opaque: *mut c_void,
    ) -> rd_kafka_resp_err_t;
    /// on_thread_start and on_thread_exit.
    pub type OnThread = unsafe extern "C-unwind" fn(
        rk: *mut rd_kafka_t,
        thread_type: rd_kafka_thread_type_t,
        thread_name: *const c_char,
        ic_opaque: *mut c_void,
    ) -> rd_kafka_resp_err_t;
    pub type OnBrokerStateChange = unsafe extern "C-unwind" fn(
        rk: *mut rd_kafka_t,
        broker_id: i32,
        secproto: *const c_char,
        name: *const c_char,
        port: c_int,
        state: *const c_char,
        ic_opaque: *mut c_void,
    ) -> rd_kafka_resp_err_t;
}
