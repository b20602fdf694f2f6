//! Functions that applications link against but that do nothing here yet: those of consumers, and what comes
//! later for producers. Each fails as it would for another reason, and the instance logs once that it was
//! called. `include/exports.txt` lists every function of these files as `stub`.

pub mod admin;
pub mod admin_results;
pub mod consumer;
pub mod describe_results;
pub mod mock;
pub mod share;

use crate::base::error::ErrorCode;
use crate::base::log::Level;
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::ffi::error_object::{rd_kafka_error_s, rd_kafka_error_t};
use crate::capi::ffi::pointers::BoxHandle;
use crate::capi::ffi::strings::c_string;
use crate::capi::instance::object::Instance;
use std::ptr::null_mut;

/// Logs once per function that it was called.
pub(crate) fn note(rk: &Instance, function: &str, noted: &AtomicBool) {
    if !noted.swap(true, Ordering::Relaxed) {
        let log = rk.client().logger();
        log.log(Level::Warning, "NOTIMPL", format_args!("{function}() is not implemented by this library"));
    }
}

/// The body of a stub: note the call and return `$default`. The instance is the one that was passed, or that
/// of a topic or a mock cluster; the functions of objects that cannot exist have none.
macro_rules! not_implemented {
    (topic $rkt:expr, $function:ident, $default:expr) => {{
        use $crate::base::sync::atomic::AtomicBool;
        static NOTED: AtomicBool = AtomicBool::new(false);
        $crate::capi::stubs::failed();
        // SAFETY: the caller's handle.
        unsafe {
            $crate::capi::instance::object::with_handle($rkt, (), |t| {
                $crate::capi::stubs::note(t.instance(), stringify!($function), &NOTED)
            })
        };
        $default
    }};
    (cluster $mcluster:expr, $function:ident, $default:expr) => {{
        // SAFETY: the caller's cluster.
        let rk = unsafe { $crate::capi::mock::cluster::rd_kafka_mock_cluster_handle($mcluster) };
        not_implemented!(rk, $function, $default)
    }};
    ($rk:expr, $function:ident, $default:expr) => {{
        use $crate::base::sync::atomic::AtomicBool;
        static NOTED: AtomicBool = AtomicBool::new(false);
        $crate::capi::stubs::failed();
        // SAFETY: the caller's instance.
        unsafe {
            $crate::capi::instance::object::with_instance($rk, (), |rk| {
                $crate::capi::stubs::note(rk, stringify!($function), &NOTED)
            })
        };
        $default
    }};
    ($default:expr) => {{
        $crate::capi::stubs::failed();
        $default
    }};
}
pub(crate) use not_implemented;

/// Sets the calling thread's last error.
pub(crate) fn failed() {
    crate::capi::ffi::errors::set_last_error(ErrorCode::_NOT_IMPLEMENTED, libc::ENOSYS);
}

pub(crate) const NOT_IMPLEMENTED: rd_kafka_resp_err_t = ErrorCode::_NOT_IMPLEMENTED.0;

fn error(function: &str) -> *mut rd_kafka_error_t {
    crate::capi::ffi::guard::guard(null_mut(), || {
        let text = c_string(&format!("{function}() is not implemented by this library"));
        rd_kafka_error_s::new(ErrorCode::_NOT_IMPLEMENTED, Some(text)).into_handle()
    })
}
