//! Share consumers.

use super::{NOT_IMPLEMENTED, error, not_implemented};
use crate::capi::abi::enum_ints::{rd_kafka_resp_err_t, rd_kafka_share_AcknowledgeType_t};
use crate::capi::abi::opaque::{
    rd_kafka_messages_t, rd_kafka_share_partition_offsets_list_t, rd_kafka_share_partition_offsets_t,
    rd_kafka_share_t,
};
use crate::capi::abi::types::{
    rd_kafka_conf_t, rd_kafka_message_t, rd_kafka_queue_t, rd_kafka_topic_partition_list_t,
    rd_kafka_topic_partition_t,
};
use crate::capi::ffi::error_object::rd_kafka_error_t;
use crate::capi::ffi::strings::write_buf;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

/// Makes a share consumer. There is none in this library; `errstr` says so. `conf` remains the caller's.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_consumer_new(
    _conf: *mut rd_kafka_conf_t,
    errstr: *mut c_char,
    errstr_size: usize,
) -> *mut rd_kafka_share_t {
    // SAFETY: the caller's buffer.
    unsafe { write_buf(errstr, errstr_size, "share consumers are not implemented by this library") };
    not_implemented!(null_mut())
}

/// Closes and releases a share consumer. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_destroy(
    _rkshare: *mut rd_kafka_share_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_destroy"))
}

/// Releases a share consumer in the way that the flags say. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_destroy_flags(
    _rkshare: *mut rd_kafka_share_t,
    _flags: c_int,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_destroy_flags"))
}

/// Closes a share consumer. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_consumer_close(
    _rkshare: *mut rd_kafka_share_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_consumer_close"))
}

/// Closes a share consumer whose last events go to a queue. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_consumer_close_queue(
    _rkshare: *mut rd_kafka_share_t,
    _rkqu: *mut rd_kafka_queue_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_consumer_close_queue"))
}

/// Returns whether a share consumer has been closed. There is no share consumer in this library.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_consumer_closed(_rkshare: *mut rd_kafka_share_t) -> c_int {
    not_implemented!(0)
}

/// Subscribes a share consumer to topics. There is no share consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_subscribe(
    _rkshare: *mut rd_kafka_share_t,
    _topics: *const rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(NOT_IMPLEMENTED)
}

/// Ends a share consumer's subscription. There is no share consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_unsubscribe(
    _rkshare: *mut rd_kafka_share_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(NOT_IMPLEMENTED)
}

/// Returns what a share consumer is subscribed to. There is no share consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_subscription(
    _rkshare: *mut rd_kafka_share_t,
    _topics: *mut *mut rd_kafka_topic_partition_list_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(NOT_IMPLEMENTED)
}

/// Returns a share consumer's next messages. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_poll(
    _rkshare: *mut rd_kafka_share_t,
    _timeout_ms: c_int,
    _rkmessages: *mut *mut rd_kafka_messages_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_poll"))
}

/// Acknowledges a message. There is no share consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_acknowledge(
    _rkshare: *mut rd_kafka_share_t,
    _rkmessage: *const rd_kafka_message_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(NOT_IMPLEMENTED)
}

/// Accepts, releases or rejects a message. There is no share consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_acknowledge_type(
    _rkshare: *mut rd_kafka_share_t,
    _rkmessage: *const rd_kafka_message_t,
    _type: rd_kafka_share_AcknowledgeType_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(NOT_IMPLEMENTED)
}

/// Accepts, releases or rejects the message at an offset. There is no share consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_acknowledge_offset(
    _rkshare: *mut rd_kafka_share_t,
    _topic: *const c_char,
    _partition: i32,
    _offset: i64,
    _type: rd_kafka_share_AcknowledgeType_t,
) -> rd_kafka_resp_err_t {
    not_implemented!(NOT_IMPLEMENTED)
}

/// Sends acknowledgements off. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_commit_async(
    _rkshare: *mut rd_kafka_share_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_commit_async"))
}

/// Sends acknowledgements off and waits for the outcome. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_commit_sync(
    _rkshare: *mut rd_kafka_share_t,
    _timeout_ms: c_int,
    _partitions: *mut *mut rd_kafka_topic_partition_list_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_commit_sync"))
}

/// Sets the callback for the outcome of acknowledgements. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_set_acknowledgement_commit_cb(
    _rkshare: *mut rd_kafka_share_t,
    _share_acknowledgement_commit_cb: Option<
        unsafe extern "C-unwind" fn(
            rkshare: *mut rd_kafka_share_t,
            partitions: *mut rd_kafka_share_partition_offsets_list_t,
            err: rd_kafka_resp_err_t,
            opaque: *mut c_void,
        ),
    >,
    _opaque: *mut c_void,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_set_acknowledgement_commit_cb"))
}

/// Sends a share consumer's log to a queue. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_set_log_queue(
    _rkshare: *mut rd_kafka_share_t,
    _rkqu: *mut rd_kafka_queue_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_set_log_queue"))
}

/// Returns the queue of a share consumer's SASL callbacks. There is no share consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_queue_get_sasl(
    _rkshare: *mut rd_kafka_share_t,
) -> *mut rd_kafka_queue_t {
    not_implemented!(null_mut())
}

/// Serves a share consumer's SASL callbacks on the background thread. There is no share consumer in this
/// library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_sasl_background_callbacks_enable(
    _rkshare: *mut rd_kafka_share_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_sasl_background_callbacks_enable"))
}

/// Sets a share consumer's user name and password for SASL. There is no share consumer in this library.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, to be released with
/// rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_sasl_set_credentials(
    _rkshare: *mut rd_kafka_share_t,
    _username: *const c_char,
    _password: *const c_char,
) -> *mut rd_kafka_error_t {
    not_implemented!(error("rd_kafka_share_sasl_set_credentials"))
}

/// Sets a share consumer's token for SASL/OAUTHBEARER. There is no share consumer in this library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_oauthbearer_set_token(
    _rkshare: *mut rd_kafka_share_t,
    _token_value: *const c_char,
    _md_lifetime_ms: i64,
    _md_principal_name: *const c_char,
    _extensions: *mut *const c_char,
    _extension_size: usize,
    _errstr: *mut c_char,
    _errstr_size: usize,
) -> rd_kafka_resp_err_t {
    not_implemented!(NOT_IMPLEMENTED)
}

/// Reports that there is no token for a share consumer's SASL/OAUTHBEARER. There is no share consumer in this
/// library.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_oauthbearer_set_token_failure(
    _rkshare: *mut rd_kafka_share_t,
    _errstr: *const c_char,
) -> rd_kafka_resp_err_t {
    not_implemented!(NOT_IMPLEMENTED)
}

/// Returns the number of messages in a batch. There is no share consumer in this library.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_messages_count(_messages: *const rd_kafka_messages_t) -> usize {
    not_implemented!(0)
}

/// Returns a message of a batch. There is no share consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_messages_get(
    _messages: *const rd_kafka_messages_t,
    _index: usize,
) -> *mut rd_kafka_message_t {
    not_implemented!(null_mut())
}

/// Releases a batch of messages. There is no share consumer in this library.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_messages_destroy(_messages: *mut rd_kafka_messages_t) {
    not_implemented!(())
}

/// Returns the number of partitions in a list of acknowledged offsets. There is no share consumer in this
/// library.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_partition_offsets_list_count(
    _list: *const rd_kafka_share_partition_offsets_list_t,
) -> usize {
    not_implemented!(0)
}

/// Returns the offsets of one partition in a list of acknowledged offsets. There is no share consumer in this
/// library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_partition_offsets_list_get(
    _list: *const rd_kafka_share_partition_offsets_list_t,
    _index: usize,
) -> *const rd_kafka_share_partition_offsets_t {
    not_implemented!(null())
}

/// Releases a list of acknowledged offsets. There is no share consumer in this library.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_partition_offsets_list_destroy(
    _list: *mut rd_kafka_share_partition_offsets_list_t,
) {
    not_implemented!(())
}

/// Returns the partition of acknowledged offsets. There is no share consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_partition_offsets_partition(
    _partition_offsets: *const rd_kafka_share_partition_offsets_t,
) -> *const rd_kafka_topic_partition_t {
    not_implemented!(null())
}

/// Returns acknowledged offsets of a partition. There is no share consumer in this library.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_partition_offsets_offsets(
    _partition_offsets: *const rd_kafka_share_partition_offsets_t,
) -> *const i64 {
    not_implemented!(null())
}

/// Returns the number of acknowledged offsets of a partition. There is no share consumer in this library.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_share_partition_offsets_offsets_cnt(
    _partition_offsets: *const rd_kafka_share_partition_offsets_t,
) -> usize {
    not_implemented!(0)
}
