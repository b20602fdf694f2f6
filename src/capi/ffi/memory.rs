//! Memory that the application releases: C `malloc`, so that `free()` works as well as rd_kafka_mem_free().

use crate::capi::abi::types::rd_kafka_t;
use std::ffi::{c_char, c_void};

/// Copies bytes into memory from malloc(3), with a terminator behind them. NULL when memory is exhausted.
pub(crate) fn malloc_bytes(bytes: &[u8]) -> *mut c_void {
    // SAFETY: malloc has no conditions; the new block has space for the bytes and the terminator.
    unsafe {
        let block = libc::malloc(bytes.len() + 1);
        if !block.is_null() {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), block.cast(), bytes.len());
            block.cast::<u8>().add(bytes.len()).write(0);
        }
        block
    }
}

/// Copies a text into memory from malloc(3). NULL when memory is exhausted.
pub(crate) fn malloc_str(text: &str) -> *mut c_char {
    malloc_bytes(text.as_bytes()).cast()
}

/// Allocates `num` times `size` zeroed bytes with the library's allocator.
///
/// @param rk Client instance, or NULL.
///
/// @return Memory to be released with rd_kafka_mem_free(), or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mem_calloc(
    _rk: *mut rd_kafka_t,
    num: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: calloc has no conditions.
    unsafe { libc::calloc(num, size) }
}

/// Allocates `size` bytes with the library's allocator.
///
/// @param rk Client instance, or NULL.
///
/// @return Memory to be released with rd_kafka_mem_free(), or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mem_malloc(_rk: *mut rd_kafka_t, size: usize) -> *mut c_void {
    // SAFETY: malloc has no conditions.
    unsafe { libc::malloc(size) }
}

/// Releases memory that the library has allocated for the application.
///
/// @param rk Client instance, or NULL.
/// @param ptr The memory; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mem_free(_rk: *mut rd_kafka_t, ptr: *mut c_void) {
    // SAFETY: what the application releases comes from malloc, and it gives it up.
    unsafe { libc::free(ptr) }
}
