//! SASL.

use super::{NOT_IMPLEMENTED, error, not_implemented};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::rd_kafka_t;
use crate::capi::ffi::error_object::rd_kafka_error_t;
use std::ffi::c_char;

/// Sets the token for SASL/OAUTHBEARER. Not implemented yet.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_oauthbearer_set_token(
    rk: *mut rd_kafka_t,
    _token_value: *const c_char,
    _md_lifetime_ms: i64,
    _md_principal_name: *const c_char,
    _extensions: *mut *const c_char,
    _extension_size: usize,
    _errstr: *mut c_char,
    _errstr_size: usize,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_oauthbearer_set_token, NOT_IMPLEMENTED)
}

/// Reports that there is no token for SASL/OAUTHBEARER. Not implemented yet.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_oauthbearer_set_token_failure(
    rk: *mut rd_kafka_t,
    _errstr: *const c_char,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_oauthbearer_set_token_failure, NOT_IMPLEMENTED)
}

/// Serves the callbacks of SASL on the background thread. Not implemented yet.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_sasl_background_callbacks_enable(
    rk: *mut rd_kafka_t,
) -> *mut rd_kafka_error_t {
    not_implemented!(
        rk,
        rd_kafka_sasl_background_callbacks_enable,
        error("rd_kafka_sasl_background_callbacks_enable")
    )
}

/// Sets user name and password for SASL. Not implemented yet.
///
/// @return An error with code RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_sasl_set_credentials(
    rk: *mut rd_kafka_t,
    _username: *const c_char,
    _password: *const c_char,
) -> *mut rd_kafka_error_t {
    not_implemented!(rk, rd_kafka_sasl_set_credentials, error("rd_kafka_sasl_set_credentials"))
}
