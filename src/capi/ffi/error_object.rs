//! Error objects: a code, a text and what to do about it.

use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::ffi::errors::{err2name, err2str};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow};
use crate::client::txn::{ErrorClass, TxnError};
use std::ffi::{CString, c_char, c_int};

/// An error with its text and attributes.
pub struct rd_kafka_error_s {
    code: ErrorCode,
    /// `None`: the text of the code.
    text: Option<CString>,
    fatal: bool,
    retriable: bool,
    txn_requires_abort: bool,
}

/// An error with its text and attributes, or NULL for success. Released with rd_kafka_error_destroy() by whom
/// a function returned it to.
pub type rd_kafka_error_t = rd_kafka_error_s;

impl BoxHandle for rd_kafka_error_s {
    type Handle = Self;
}

impl rd_kafka_error_s {
    pub(crate) fn new(code: ErrorCode, text: Option<CString>) -> Self {
        Self { code, text, fatal: false, retriable: false, txn_requires_abort: false }
    }

    pub(crate) fn of_transaction(f: TxnError) -> Self {
        Self {
            fatal: f.class == ErrorClass::Fatal,
            retriable: f.class == ErrorClass::Retriable,
            txn_requires_abort: f.class == ErrorClass::Abortable,
            ..Self::new(f.code, Some(crate::capi::ffi::strings::c_string(&f.text)))
        }
    }

    pub(crate) fn fatal(code: ErrorCode, text: CString) -> Self {
        Self { fatal: true, ..Self::new(code, Some(text)) }
    }
}

/// Returns the code of an error; RD_KAFKA_RESP_ERR_NO_ERROR for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_error_code(error: *const rd_kafka_error_t) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's error object, or NULL.
    guard(ErrorCode::_FAIL.0, || unsafe { borrow(error) }.map_or(0, |e| e.code.0))
}

/// Returns the name of the code of an error as rd_kafka_err2name() does, and valid as long; an empty string
/// for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_error_name(error: *const rd_kafka_error_t) -> *const c_char {
    // SAFETY: the caller's error object, or NULL.
    guard(c"".as_ptr(), || unsafe { borrow(error) }.map_or(c"".as_ptr(), |e| err2name(e.code.0)))
}

/// Returns the text of an error, valid as long as the object; an empty string for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_error_string(error: *const rd_kafka_error_t) -> *const c_char {
    guard(c"".as_ptr(), || {
        // SAFETY: the caller's error object, or NULL.
        let Some(e) = (unsafe { borrow(error) }) else { return c"".as_ptr() };
        e.text.as_ref().map_or_else(|| err2str(e.code.0), |t| t.as_ptr())
    })
}

/// Returns 1 if the client instance cannot go on after this error, else 0. NULL gives 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_error_is_fatal(error: *const rd_kafka_error_t) -> c_int {
    // SAFETY: the caller's error object, or NULL.
    guard(0, || unsafe { borrow(error) }.map_or(0, |e| c_int::from(e.fatal)))
}

/// Returns 1 if the operation that failed may be tried again, else 0. NULL gives 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_error_is_retriable(error: *const rd_kafka_error_t) -> c_int {
    // SAFETY: the caller's error object, or NULL.
    guard(0, || unsafe { borrow(error) }.map_or(0, |e| c_int::from(e.retriable)))
}

/// Returns 1 if the current transaction has to be aborted with rd_kafka_abort_transaction(), after which a
/// new one may be begun, else 0. NULL gives 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_error_txn_requires_abort(error: *const rd_kafka_error_t) -> c_int {
    // SAFETY: the caller's error object, or NULL.
    guard(0, || unsafe { borrow(error) }.map_or(0, |e| c_int::from(e.txn_requires_abort)))
}

/// Releases an error object. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_error_destroy(error: *mut rd_kafka_error_t) {
    // SAFETY: the caller gives the object up.
    guard((), || drop(unsafe { rd_kafka_error_s::take_handle(error) }));
}

/// Called by the C side of rd_kafka_error_new() with the formatted text, or NULL for none.
///
/// cbindgen:ignore
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn rdk_rs_error_new(
    code: rd_kafka_resp_err_t,
    text: *const c_char,
) -> *mut rd_kafka_error_t {
    guard(std::ptr::null_mut(), || {
        // SAFETY: a terminated string from the C side, or NULL.
        let text = unsafe { crate::capi::ffi::strings::bytes(text) }.and_then(|t| CString::new(t).ok());
        rd_kafka_error_s::new(ErrorCode(code), text).into_handle()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[test]
    fn null_is_success_and_the_text_falls_back_to_the_code() {
        // SAFETY: NULL is allowed everywhere.
        unsafe {
            assert_eq!(rd_kafka_error_code(std::ptr::null()), 0);
            assert_eq!(CStr::from_ptr(rd_kafka_error_string(std::ptr::null())), c"");
            rd_kafka_error_destroy(std::ptr::null_mut());
        }
        let e = rd_kafka_error_s::new(ErrorCode::_TIMED_OUT, None).into_handle();
        // SAFETY: `e` is live until the last line.
        unsafe {
            assert_eq!(CStr::from_ptr(rd_kafka_error_string(e)), c"Local: Timed out");
            assert_eq!(CStr::from_ptr(rd_kafka_error_name(e)), c"_TIMED_OUT");
            assert_eq!(rd_kafka_error_is_fatal(e), 0);
            rd_kafka_error_destroy(e);
        }
    }
}
