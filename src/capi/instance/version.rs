//! What this library is.

use crate::base::version::REFERENCE_VERSION_C;
use crate::capi::abi::consts::RD_KAFKA_VERSION;
use crate::capi::ffi::guard::guard;
use crate::capi::instance::self_test;
use std::ffi::{c_char, c_int};

/// Returns the version of the librdkafka API that this library provides, in the form of RD_KAFKA_VERSION.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_version() -> c_int {
    RD_KAFKA_VERSION
}

/// Returns the version of the librdkafka API that this library provides as text, a constant of the library.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_version_str() -> *const c_char {
    REFERENCE_VERSION_C.as_ptr()
}

/// Returns the names of the debug contexts that the `debug` property takes, separated by commas: a constant
/// of the library.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_get_debug_contexts() -> *const c_char {
    c"all,generic,broker,topic,metadata,feature,queue,msg,protocol,cgrp,security,fetch,interceptor,plugin,consumer,admin,eos,mock,assignor,conf".as_ptr()
}

/// Tests the installed library on this machine: checksums, partitioners, codecs and the encoding of records.
/// Says on standard error how each test went. The environment variable RD_UT_TEST selects tests by a part of
/// their names.
///
/// @return The number of tests that failed.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_unittest() -> c_int {
    guard(1, || {
        let filter = std::env::var("RD_UT_TEST").unwrap_or_default();
        c_int::try_from(self_test::run(&filter)).unwrap_or(c_int::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::version::REFERENCE_VERSION;

    #[test]
    fn the_number_is_the_text() {
        let number = REFERENCE_VERSION.split('.').map(|part| part.parse::<c_int>().unwrap());
        // Its last byte, 0xff, says that this is a release.
        assert_eq!(number.chain([0xff]).fold(0, |number, part| number << 8 | part), RD_KAFKA_VERSION);
    }
}
