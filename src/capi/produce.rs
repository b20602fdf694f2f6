//! Producing messages.

use super::enum_ints::rd_kafka_resp_err_t;
use super::guard::guard;
use super::types::{rd_kafka_t, rd_kafka_vu_t};
use crate::base::error::ErrorCode;

/// Called by the C side of rd_kafka_producev().
///
/// cbindgen:ignore
#[unsafe(no_mangle)]
unsafe extern "C" fn rdk_rs_producev(
    _rk: *mut rd_kafka_t,
    _vus: *const rd_kafka_vu_t,
    _cnt: usize,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || ErrorCode::_NOT_IMPLEMENTED.0)
}
