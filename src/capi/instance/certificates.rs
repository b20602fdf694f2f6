//! The application's callback that verifies brokers' certificates, as TLS connections use it.

use crate::base::sync::Arc;
use crate::base::unwind;
use crate::capi::abi::types::rd_kafka_t;
use crate::capi::ffi::strings::c_string;
use crate::capi::instance::object::Instance;
use crate::tls::{Presented, Verdict, Verifier};
use std::ffi::{CStr, c_char, c_int};

/// The size of the buffer for the callback's reason, as in librdkafka.
const REASON_SIZE: usize = 512;

/// Who asks the application, if it wants to be asked.
pub(crate) fn certificate_verifier(rk: &Instance) -> Option<Verifier> {
    let callbacks = *rk.callbacks();
    let callback = callbacks.ssl_cert_verify_cb?;
    // The instance outlives its connections.
    let rk = rk.as_ptr().expose_provenance();
    Some(Arc::new(move |presented: &Presented<'_>| {
        // The whole struct, which may go to other threads, and not just the pointer, which may not.
        let opaque = { callbacks }.opaque;
        let name = c_string(&presented.callee.address);
        let mut error: c_int = presented.error;
        let mut reason = [0_u8; REASON_SIZE];
        let (error_at, reason_at) = (&raw mut error, reason.as_mut_ptr().cast::<c_char>());
        let rk: *mut rd_kafka_t = std::ptr::with_exposed_provenance_mut(rk);
        // SAFETY: the application's callback; name, certificate and buffer live until it returns.
        let answer = unwind::call(|| unsafe {
            callback(
                rk,
                name.as_ptr(),
                presented.callee.id,
                error_at,
                c_int::try_from(presented.depth).unwrap_or(c_int::MAX),
                presented.der.as_ptr().cast::<c_char>(),
                presented.der.len(),
                reason_at,
                REASON_SIZE,
                opaque,
            )
        });
        let reason = CStr::from_bytes_until_nul(&reason).map(CStr::to_string_lossy).unwrap_or_default();
        // A thread that ends in its callback has not accepted anything.
        Verdict { accepted: answer.is_some_and(|a| a != 0), error, reason: reason.into_owned() }
    }))
}
