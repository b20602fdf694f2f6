//! C strings and caller-supplied text buffers.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char};

/// The bytes of a C string without its terminator; `None` for NULL.
///
/// # Safety
/// A non-null `s` is a NUL-terminated string that lives for `'a`.
#[inline]
pub unsafe fn bytes<'a>(s: *const c_char) -> Option<&'a [u8]> {
    if s.is_null() {
        return None;
    }
    // SAFETY: by this function's own contract.
    Some(unsafe { CStr::from_ptr(s) }.to_bytes())
}

/// A C string as text; `None` for NULL. Bytes that are not UTF-8 are replaced: names in Kafka are ASCII, so
/// this only decides how an invalid name is shown when it is refused.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn text<'a>(s: *const c_char) -> Option<Cow<'a, str>> {
    // SAFETY: by this function's own contract.
    unsafe { bytes(s) }.map(String::from_utf8_lossy)
}

/// Writes `text` into a caller's buffer, cut to fit and always terminated. Does nothing for a NULL or empty
/// buffer.
///
/// # Safety
/// A non-null `dest` is valid for writing `size` bytes.
pub unsafe fn write_buf(dest: *mut c_char, size: usize, text: &str) {
    // SAFETY: by this function's own contract.
    unsafe { write_bytes(dest, size, text.as_bytes()) };
}

/// [`write_buf`] for what need not be UTF-8.
///
/// # Safety
/// As for [`write_buf`].
pub unsafe fn write_bytes(dest: *mut c_char, size: usize, text: &[u8]) {
    if dest.is_null() || size == 0 {
        return;
    }
    let n = text.len().min(size - 1);
    // SAFETY: `n < size`, and the caller's buffer cannot overlap with a Rust string.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr().cast(), dest, n);
        dest.add(n).write(0);
    }
}

/// A C string made of `text`, which ends at an embedded NUL as it would in C.
#[must_use]
pub fn c_string(text: &str) -> CString {
    CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_the_buffer() {
        let mut buf = [0x7f as c_char; 4];
        // SAFETY: the buffer is as long as stated.
        unsafe { write_buf(buf.as_mut_ptr(), 4, "abcdef") };
        assert_eq!(buf, [b'a' as c_char, b'b' as c_char, b'c' as c_char, 0]);
        // SAFETY: nothing is written to an empty or missing buffer.
        unsafe {
            write_buf(buf.as_mut_ptr(), 0, "x");
            write_buf(std::ptr::null_mut(), 9, "x");
        }
        assert_eq!(buf[0], b'a' as c_char);
    }

    #[test]
    fn an_embedded_nul_ends_the_text() {
        assert_eq!(c_string("ab\0c").as_bytes(), b"ab");
    }
}
