//! What this library is.

use super::consts::RD_KAFKA_VERSION;
use std::ffi::{c_char, c_int};

/// Returns the version of the librdkafka API that this library provides, in the form of RD_KAFKA_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn rd_kafka_version() -> c_int {
    RD_KAFKA_VERSION
}

/// Returns the version of the librdkafka API that this library provides as text.
#[unsafe(no_mangle)]
pub extern "C" fn rd_kafka_version_str() -> *const c_char {
    c"2.15.1".as_ptr()
}

/// Returns the names of the debug contexts that the `debug` property takes, separated by commas.
#[unsafe(no_mangle)]
pub extern "C" fn rd_kafka_get_debug_contexts() -> *const c_char {
    c"all,generic,broker,topic,metadata,feature,queue,msg,protocol,cgrp,security,fetch,interceptor,plugin,consumer,admin,eos,mock,assignor,conf".as_ptr()
}

/// Runs the library's own unit tests, of which a release has none.
///
/// @return 0
#[unsafe(no_mangle)]
pub extern "C" fn rd_kafka_unittest() -> c_int {
    0
}
