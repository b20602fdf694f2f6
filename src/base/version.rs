//! The version number, once. `RD_KAFKA_VERSION` of the headers is the same as a number; a test compares them.

use std::ffi::CStr;

/// The librdkafka version whose interface and behaviour this library has, as C reads it.
pub const REFERENCE_VERSION_C: &CStr = c"2.16.0";

/// The librdkafka version whose interface and behaviour this library has.
pub const REFERENCE_VERSION: &str = match REFERENCE_VERSION_C.to_str() {
    Ok(text) => text,
    Err(_) => "",
};
