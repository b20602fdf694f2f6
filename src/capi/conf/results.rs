//! What the functions of configurations give back to C: results, values, lists of them.

use crate::capi::abi::enum_ints::rd_kafka_conf_res_t;
use crate::capi::ffi::pointers::{borrow, write_out};
use crate::capi::ffi::{memory, strings};
use crate::conf::{ConfError, ConfErrorKind};
use std::ffi::c_char;
use zeroize::Zeroizing;

pub(crate) const UNKNOWN: rd_kafka_conf_res_t = -2;
pub(crate) const INVALID: rd_kafka_conf_res_t = -1;
pub(crate) const OK: rd_kafka_conf_res_t = 0;

/// Sets a property given as C strings, and reports the result as the C functions do.
///
/// # Safety
/// `name` and `value` are NULL or NUL-terminated strings; a non-null `errstr` is valid for `errstr_size`
/// bytes.
pub(crate) unsafe fn set_property(
    name: *const c_char,
    value: *const c_char,
    errstr: *mut c_char,
    errstr_size: usize,
    set: impl FnOnce(&str, Option<&[u8]>) -> Result<(), ConfError>,
) -> rd_kafka_conf_res_t {
    // SAFETY: strings of the caller.
    let (name, value) = unsafe { (strings::text(name), strings::bytes(value)) };
    let name = name.unwrap_or("(null)".into());
    let (result, text) = match set(&name, value) {
        Ok(()) => return OK,
        Err(ConfError { kind: ConfErrorKind::Unknown, text }) => (UNKNOWN, text),
        Err(ConfError { kind: ConfErrorKind::Invalid, text }) => (INVALID, text),
    };
    // SAFETY: the caller's buffer.
    unsafe { strings::write_buf(errstr, errstr_size, &text) };
    result
}

/// Gives a property's value to a C caller: into `dest` if there is one, and its size in any case.
///
/// # Safety
/// A non-null `dest_size` is valid for reading and writing, and says how many bytes of a non-null `dest` may
/// be written.
pub(crate) unsafe fn give_value(
    value: Option<Zeroizing<Vec<u8>>>,
    dest: *mut c_char,
    dest_size: *mut usize,
) -> rd_kafka_conf_res_t {
    let Some(value) = value else { return UNKNOWN };
    // SAFETY: the caller's buffer and its size; without a size nothing is written.
    unsafe {
        let capacity = borrow(dest_size).copied().unwrap_or(0);
        strings::write_bytes(dest, capacity, &value);
        write_out(dest_size, value.len() + 1);
    }
    OK
}

/// Gives names and values to a C caller as an array of strings, all from malloc(3).
///
/// # Safety
/// A non-null `cntp` is valid for writing.
pub(crate) unsafe fn give_dump(dump: &[(&'static str, String)], cntp: *mut usize) -> *mut *const c_char {
    let strings = dump.iter().flat_map(|(name, value)| [name, value.as_str()]);
    // SAFETY: calloc has no conditions; the array has space for two strings per entry and at least one, so
    // that it is not NULL when it is empty.
    unsafe {
        let array: *mut *const c_char =
            libc::calloc(dump.len().max(1) * 2, size_of::<*const c_char>()).cast();
        write_out(cntp, if array.is_null() { 0 } else { dump.len() * 2 });
        if !array.is_null() {
            for (i, string) in strings.enumerate() {
                array.add(i).write(memory::malloc_str(string));
            }
        }
        array
    }
}
