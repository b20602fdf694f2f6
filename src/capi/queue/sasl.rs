//! SASL at run time: tokens and credentials that the application supplies.

use crate::base::error::{Error, ErrorCode};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_queue_t, rd_kafka_t};
use crate::capi::ffi::error_object::{rd_kafka_error_s, rd_kafka_error_t};
use crate::capi::ffi::pointers::BoxHandle;
use crate::capi::ffi::strings::{bytes, c_string, text, write_buf};
use crate::capi::instance::object::{Instance, with_instance, with_instance_or_error};
use crate::capi::queue::object::{QueueHandle, background_queue};
use crate::client::tokens;
use std::ffi::{CString, c_char};
use std::ptr::null_mut;

/// Returns the queue of rd_kafka_conf_enable_sasl_queue(), in which the application finds that a token has to
/// be refreshed. Polling it calls the token refresh callback, or gives an event
/// RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH.
///
/// @return The queue, to be released with rd_kafka_queue_destroy(), or NULL if the instance has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_queue_get_sasl(rk: *mut rd_kafka_t) -> *mut rd_kafka_queue_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, null_mut(), |rk| match tokens::own_queue(rk.client()) {
            Some(queue) => QueueHandle::handle(rk, queue.clone(), false),
            None => null_mut(),
        })
    }
}

/// Has the background thread of the library call the token refresh callback, so that the application need not
/// poll for it. The instance needs rd_kafka_conf_enable_sasl_queue().
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy(): RD_KAFKA_RESP_ERR__NOT_CONFIGURED
/// if the instance has no SASL queue, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE if the thread cannot be started.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_sasl_background_callbacks_enable(
    rk: *mut rd_kafka_t,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance_or_error(rk, |rk| {
            let Some(queue) = tokens::own_queue(rk.client()) else {
                let why = c"No SASL mechanism using callbacks is configured";
                return error(ErrorCode::_NOT_CONFIGURED, why.to_owned());
            };
            match background_queue(rk) {
                Ok(background) => {
                    queue.forward(Some(&background));
                    null_mut()
                }
                Err(e) => error(e.code, c_string(&e.text)),
            }
        })
    }
}

/// Sets user name and password for PLAIN and SCRAM. They are used from the next authentication on;
/// connections that are authenticated stay as they are. May be called from any thread.
///
/// @param username User name, copied.
/// @param password Password, copied.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy() if one of them is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_sasl_set_credentials(
    rk: *mut rd_kafka_t,
    username: *const c_char,
    password: *const c_char,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's texts.
    let (Some(user), Some(password)) = (unsafe { text(username) }, unsafe { bytes(password) }) else {
        return error(ErrorCode::_INVALID_ARG, c"Username and password are required".to_owned());
    };
    // SAFETY: the caller's instance.
    unsafe {
        with_instance_or_error(rk, |rk| {
            tokens::set_login(rk.client(), &user, password);
            null_mut()
        })
    }
}

/// Gives the instance a token for SASL/OAUTHBEARER. To be called from the token refresh callback, or at any
/// time before the present token expires; connections that are authenticated stay as they are. May be called
/// from any thread.
///
/// @param token_value The token, copied.
/// @param md_lifetime_ms When it expires, in milliseconds since 1970 UTC.
/// @param md_principal_name Name of the principal that it is for, copied; shown in log lines.
/// @param extensions Names and values of SASL extensions in turn, copied: `extensions[0]` is a name,
/// `extensions[1]` its value.
/// @param extension_size Number of texts in `extensions`, twice the number of extensions.
/// @param errstr Set to the reason of a failure.
/// @param errstr_size Size of `errstr` in bytes.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR; RD_KAFKA_RESP_ERR__INVALID_ARG if one of the values is not valid;
/// RD_KAFKA_RESP_ERR__STATE if SASL/OAUTHBEARER is not the mechanism of the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_oauthbearer_set_token(
    rk: *mut rd_kafka_t,
    token_value: *const c_char,
    md_lifetime_ms: i64,
    md_principal_name: *const c_char,
    extensions: *mut *const c_char,
    extension_size: usize,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and texts.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let given = (token_value, md_principal_name, md_lifetime_ms);
            match set_token(rk, given, extensions, extension_size) {
                Ok(()) => ErrorCode::NO_ERROR.0,
                Err(e) => {
                    write_buf(errstr, errstr_size, &e.text);
                    e.code.0
                }
            }
        })
    }
}

/// # Safety
/// The texts are NULL or the caller's, and so are the first `size` of `extensions`.
unsafe fn set_token(
    rk: &Instance,
    (value, principal, expires_at_ms): (*const c_char, *const c_char, i64),
    extensions: *mut *const c_char,
    size: usize,
) -> Result<(), Error> {
    tokens::require(rk.client())?;
    let invalid = |why: String| Error::new(ErrorCode::_INVALID_ARG, why);
    if !size.is_multiple_of(2) {
        let why = format!("Incorrect extension size (must be a non-negative multiple of 2): {size}");
        return Err(invalid(why));
    }
    // SAFETY: by this function's own contract.
    let (Some(value), Some(principal)) = (unsafe { text(value) }, unsafe { text(principal) }) else {
        return Err(invalid("Token and principal are required".to_owned()));
    };
    let mut pairs = Vec::new();
    for at in (0..size).step_by(2).filter(|_| !extensions.is_null()) {
        // SAFETY: by this function's own contract; the size is even.
        let (name, value) = unsafe { (text(*extensions.add(at)), text(*extensions.add(at + 1))) };
        let (Some(name), Some(value)) = (name, value) else {
            return Err(invalid("Extensions must not be NULL".to_owned()));
        };
        pairs.push((name.into_owned(), value.into_owned()));
    }
    tokens::set(rk.client(), &value, expires_at_ms, &principal, pairs)
}

/// Tells the instance that there is no token for SASL/OAUTHBEARER. The application gets an error
/// (RD_KAFKA_RESP_ERR__AUTHENTICATION), and is asked for a token again after 10 seconds. May be called from
/// any thread.
///
/// @param errstr Why there is none, copied; neither NULL nor empty.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR; RD_KAFKA_RESP_ERR__INVALID_ARG without a reason;
/// RD_KAFKA_RESP_ERR__STATE if SASL/OAUTHBEARER is not the mechanism of the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_oauthbearer_set_token_failure(
    rk: *mut rd_kafka_t,
    errstr: *const c_char,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and text.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let why = text(errstr).unwrap_or_default();
            tokens::fail(rk.client(), &why).map_or_else(|e| e.code.0, |()| ErrorCode::NO_ERROR.0)
        })
    }
}

fn error(code: ErrorCode, text: CString) -> *mut rd_kafka_error_t {
    rd_kafka_error_s::new(code, Some(text)).into_handle()
}
