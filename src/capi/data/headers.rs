//! Message headers: the list object of the C API, and its wire form in which messages carry them.

use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::rd_kafka_headers_t;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, write_out};
use crate::capi::ffi::strings::bytes;
use libc::ssize_t;
use std::ffi::{c_char, c_void};

/// One header. Name and value share one block that does not move when the list grows: pointers that were
/// handed out stay valid until the header is removed.
struct Header {
    /// The name, NUL, the value, NUL.
    block: Box<[u8]>,
    name_len: usize,
    /// `None`: a NULL value.
    value_len: Option<usize>,
}

impl Header {
    fn new(name: &[u8], value: Option<&[u8]>) -> Self {
        let mut block = Vec::with_capacity(name.len() + value.map_or(0, <[u8]>::len) + 2);
        block.extend_from_slice(name);
        block.push(0);
        block.extend_from_slice(value.unwrap_or_default());
        block.push(0);
        Self { block: block.into(), name_len: name.len(), value_len: value.map(<[u8]>::len) }
    }

    fn name(&self) -> &[u8] {
        self.block.get(..self.name_len).unwrap_or_default()
    }

    fn value(&self) -> Option<&[u8]> {
        let start = self.name_len + 1;
        self.value_len.map(|n| self.block.get(start..start + n).unwrap_or_default())
    }
}

/// A list of message headers.
#[derive(Default)]
pub(crate) struct HeaderList {
    list: Vec<Header>,
}

impl BoxHandle for HeaderList {
    type Handle = rd_kafka_headers_t;
}

impl HeaderList {
    pub(crate) fn add(&mut self, name: &[u8], value: Option<&[u8]>) {
        self.list.push(Header::new(name, value));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Name and value of each header.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.list.iter().map(|h| (h.name(), h.value()))
    }

    fn nth_named(&self, name: &[u8], n: usize) -> Option<&Header> {
        self.list.iter().filter(|h| h.name() == name).nth(n)
    }
}

/// The size that C gave for something it points to: negative for a NUL-terminated string.
///
/// # Safety
/// `ptr` is NULL or points to `size` readable bytes, or to a terminated string if `size` is negative.
pub(crate) unsafe fn sized<'a>(ptr: *const c_void, size: ssize_t) -> Option<&'a [u8]> {
    if ptr.is_null() {
        return None;
    }
    match usize::try_from(size) {
        // SAFETY: by this function's own contract.
        Ok(n) => Some(unsafe { std::slice::from_raw_parts(ptr.cast(), n) }),
        // SAFETY: by this function's own contract.
        Err(_) => unsafe { bytes(ptr.cast()) },
    }
}

/// Hands a header's value to C.
///
/// # Safety
/// The out-parameters are NULL or valid for writing.
unsafe fn give_value(header: &Header, valuep: *mut *const c_void, sizep: *mut usize) {
    // SAFETY: by this function's own contract.
    unsafe {
        write_out(valuep, header.value().map_or(std::ptr::null(), |v| v.as_ptr().cast()));
        write_out(sizep, header.value_len.unwrap_or(0));
    }
}

/// Makes an empty list of headers.
///
/// @param initial_count Number of headers to reserve memory for.
///
/// @return A new list, to be released with rd_kafka_headers_destroy() unless another function takes it over.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_headers_new(initial_count: usize) -> *mut rd_kafka_headers_t {
    // A wish, not a demand: a number beyond reason does not reserve memory beyond reason.
    let list = || HeaderList { list: Vec::with_capacity(initial_count.min(1024)) };
    guard(std::ptr::null_mut(), || list().into_handle())
}

/// Releases a list of headers and all pointers got from it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_headers_destroy(hdrs: *mut rd_kafka_headers_t) {
    // SAFETY: the caller gives the list up.
    guard((), || drop(unsafe { HeaderList::take_handle(hdrs) }));
}

/// Copies a list of headers.
///
/// @return A new list, to be released with rd_kafka_headers_destroy() unless another function takes it over.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_headers_copy(
    src: *const rd_kafka_headers_t,
) -> *mut rd_kafka_headers_t {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's list.
        let Some(src) = (unsafe { HeaderList::from_handle(src) }) else { return std::ptr::null_mut() };
        let mut copy = HeaderList::default();
        src.iter().for_each(|(name, value)| copy.add(name, value));
        copy.into_handle()
    })
}

/// Appends a header. Name and value are copied.
///
/// @param name_size Size of the name, or -1 for a NUL-terminated one.
/// @param value Value, or NULL.
/// @param value_size Size of the value, or -1 for a NUL-terminated one.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG without a list or a name.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_header_add(
    hdrs: *mut rd_kafka_headers_t,
    name: *const c_char,
    name_size: ssize_t,
    value: *const c_void,
    value_size: ssize_t,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's list, name and value with their sizes.
        let (hdrs, name, value) = unsafe {
            (HeaderList::from_handle_mut(hdrs), sized(name.cast(), name_size), sized(value, value_size))
        };
        // No name of no length is the empty name.
        let name = name.or((name_size == 0).then_some(&[]));
        let (Some(hdrs), Some(name)) = (hdrs, name) else { return ErrorCode::_INVALID_ARG.0 };
        hdrs.add(name, value);
        ErrorCode::NO_ERROR.0
    })
}

/// Removes all headers of a name. Pointers to their values become invalid.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_header_remove(
    hdrs: *mut rd_kafka_headers_t,
    name: *const c_char,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's list and name.
        let (hdrs, name) = unsafe { (HeaderList::from_handle_mut(hdrs), bytes(name)) };
        let Some(hdrs) = hdrs else { return ErrorCode::_INVALID_ARG.0 };
        let before = hdrs.list.len();
        hdrs.list.retain(|h| Some(h.name()) != name);
        if hdrs.list.len() < before { ErrorCode::NO_ERROR.0 } else { ErrorCode::_NOENT.0 }
    })
}

/// Finds the last header of a name.
///
/// @param valuep Set to the value (NULL for a header without one), which belongs to the list. A NUL follows
/// its last byte.
/// @param sizep Set to the size of the value.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_header_get_last(
    hdrs: *const rd_kafka_headers_t,
    name: *const c_char,
    valuep: *mut *const c_void,
    sizep: *mut usize,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's list and name.
        let (hdrs, name) = unsafe { (HeaderList::from_handle(hdrs), bytes(name)) };
        let (Some(hdrs), Some(name)) = (hdrs, name) else { return ErrorCode::_INVALID_ARG.0 };
        let Some(found) = hdrs.list.iter().rev().find(|h| h.name() == name) else {
            return ErrorCode::_NOENT.0;
        };
        // SAFETY: out-parameters of the caller.
        unsafe { give_value(found, valuep, sizep) };
        ErrorCode::NO_ERROR.0
    })
}

/// Finds the header of a name with the given number among those of that name, counted from 0.
///
/// @param valuep Set to the value (NULL for a header without one), which belongs to the list. A NUL follows
/// its last byte.
/// @param sizep Set to the size of the value.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT if there are not as many.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_header_get(
    hdrs: *const rd_kafka_headers_t,
    idx: usize,
    name: *const c_char,
    valuep: *mut *const c_void,
    sizep: *mut usize,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's list and name.
        let (hdrs, name) = unsafe { (HeaderList::from_handle(hdrs), bytes(name)) };
        let (Some(hdrs), Some(name)) = (hdrs, name) else { return ErrorCode::_INVALID_ARG.0 };
        let Some(found) = hdrs.nth_named(name, idx) else { return ErrorCode::_NOENT.0 };
        // SAFETY: out-parameters of the caller.
        unsafe { give_value(found, valuep, sizep) };
        ErrorCode::NO_ERROR.0
    })
}

/// Returns the header at a position of the list, counted from 0.
///
/// @param namep Set to the name, which belongs to the list.
/// @param valuep Set to the value (NULL for a header without one), which belongs to the list. A NUL follows
/// its last byte.
/// @param sizep Set to the size of the value.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__NOENT beyond the end.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_header_get_all(
    hdrs: *const rd_kafka_headers_t,
    idx: usize,
    namep: *mut *const c_char,
    valuep: *mut *const c_void,
    sizep: *mut usize,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's list.
        let Some(hdrs) = (unsafe { HeaderList::from_handle(hdrs) }) else { return ErrorCode::_INVALID_ARG.0 };
        let Some(found) = hdrs.list.get(idx) else { return ErrorCode::_NOENT.0 };
        // SAFETY: out-parameters of the caller.
        unsafe {
            write_out(namep, found.block.as_ptr().cast());
            give_value(found, valuep, sizep);
        }
        ErrorCode::NO_ERROR.0
    })
}

/// Returns the number of headers in a list; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_header_cnt(hdrs: *const rd_kafka_headers_t) -> usize {
    // SAFETY: the caller's list.
    guard(0, || unsafe { HeaderList::from_handle(hdrs) }.map_or(0, |h| h.list.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::{null, null_mut};

    #[test]
    fn a_list_is_searched_by_name_and_position() {
        let h = rd_kafka_headers_new(2);
        let (mut name, mut value, mut size) = (null(), null(), 0);
        // SAFETY: one live list, terminated strings, valid out-parameters.
        unsafe {
            assert_eq!(rd_kafka_header_add(h, c"a".as_ptr(), -1, c"one".as_ptr().cast(), -1), 0);
            assert_eq!(rd_kafka_header_add(h, c"bcd".as_ptr(), 1, null(), 7), 0);
            assert_eq!(rd_kafka_header_add(h, c"a".as_ptr(), -1, c"".as_ptr().cast(), 0), 0);
            assert_eq!(rd_kafka_header_get_last(h, c"a".as_ptr(), &raw mut value, &raw mut size), 0);
            assert!(!value.is_null() && size == 0);
            assert_eq!(rd_kafka_header_get(h, 0, c"a".as_ptr(), &raw mut value, &raw mut size), 0);
            assert_eq!(sized(value, -1), Some(b"one".as_slice()));
            assert_eq!(rd_kafka_header_get(h, 2, c"a".as_ptr(), &raw mut value, &raw mut size), -156);
            assert_eq!(rd_kafka_header_get_all(h, 1, &raw mut name, &raw mut value, &raw mut size), 0);
            assert_eq!(sized(name.cast(), -1), Some(b"b".as_slice()));
            assert!(value.is_null() && size == 0);
            let copy = rd_kafka_headers_copy(h);
            assert_eq!(rd_kafka_header_remove(h, c"a".as_ptr()), 0);
            assert_eq!(rd_kafka_header_remove(h, c"a".as_ptr()), -156);
            assert_eq!((rd_kafka_header_cnt(h), rd_kafka_header_cnt(copy)), (1, 3));
            rd_kafka_headers_destroy(h);
            rd_kafka_headers_destroy(copy);
            rd_kafka_headers_destroy(null_mut());
        }
    }
}
