//! Cluster metadata for applications.

use super::types::rd_kafka_metadata;
use std::ffi::c_void;

/// Releases what rd_kafka_metadata() returned. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_metadata_destroy(metadata: *const rd_kafka_metadata) {
    // SAFETY: it is one block of memory from malloc, which the caller gives up.
    unsafe { libc::free(metadata.cast_mut().cast::<c_void>()) }
}
