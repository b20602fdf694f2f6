//! Error codes: their names and texts, and the per-thread last error.

use crate::base::error::ErrorCode;
use crate::base::error_table::ERROR_TABLE;
use crate::base::sync::OnceLock;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::rd_kafka_err_desc;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::write_out;
use std::cell::Cell;
use std::ffi::{CString, c_char, c_int};
use std::thread::LocalKey;

/// Names and texts as C strings, in the order of the codes, with a zeroed element for every number that has
/// no code.
struct Table {
    descs: Vec<rd_kafka_err_desc>,
    _strings: Vec<CString>,
}

// SAFETY: the pointers lead into `_strings`, which is never changed after the table has been built.
unsafe impl Send for Table {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for Table {}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(build_table)
}

fn build_table() -> Table {
    let mut descs = Vec::new();
    let mut strings = Vec::new();
    let mut next = ErrorCode::_BEGIN.0;
    for &(code, name, text) in ERROR_TABLE {
        while next < code {
            descs.push(rd_kafka_err_desc { code: 0, name: std::ptr::null(), desc: std::ptr::null() });
            next += 1;
        }
        // A CString does not move its bytes when it is moved itself. The marks of the ends of a range have no
        // text.
        let (name, text) =
            (crate::capi::ffi::strings::c_string(name), crate::capi::ffi::strings::c_string(text));
        let text_ptr = if text.is_empty() { std::ptr::null() } else { text.as_ptr() };
        let name_ptr = name.as_ptr();
        strings.extend([name, text]);
        descs.push(rd_kafka_err_desc { code, name: name_ptr, desc: text_ptr });
        next = code + 1;
    }
    Table { descs, _strings: strings }
}

fn lookup(err: c_int) -> Option<&'static rd_kafka_err_desc> {
    let index = usize::try_from(err.checked_sub(ErrorCode::_BEGIN.0)?).ok()?;
    table().descs.get(index).filter(|d| !d.desc.is_null())
}

/// Space for the longest text of an unknown code, `Err--2147483648?` with its end.
const UNKNOWN_LEN: usize = 24;

thread_local! {
    /// Text of the last unknown code that this thread asked about. Names and texts have one place each, so
    /// that both may appear in one printf, and a place never moves: what an earlier call returned is
    /// overwritten, not freed.
    static UNKNOWN_TEXT: Cell<[u8; UNKNOWN_LEN]> = const { Cell::new([0; UNKNOWN_LEN]) };
    static UNKNOWN_NAME: Cell<[u8; UNKNOWN_LEN]> = const { Cell::new([0; UNKNOWN_LEN]) };
    static LAST_ERROR: Cell<c_int> = const { Cell::new(0) };
}

fn unknown(place: &'static LocalKey<Cell<[u8; UNKNOWN_LEN]>>, text: &str) -> *const c_char {
    let mut bytes = [0; UNKNOWN_LEN];
    for (to, from) in bytes.iter_mut().zip(text.bytes().take(UNKNOWN_LEN - 1)) {
        *to = from;
    }
    place
        .try_with(|cell| {
            cell.set(bytes);
            cell.as_ptr().cast::<c_char>().cast_const()
        })
        .unwrap_or(c"?".as_ptr())
}

/// The text of an error code, never NULL.
pub(crate) fn err2str(err: c_int) -> *const c_char {
    lookup(err).map_or_else(|| unknown(&UNKNOWN_TEXT, &ErrorCode(err).describe()), |d| d.desc)
}

/// The name of an error code, never NULL.
pub(crate) fn err2name(err: c_int) -> *const c_char {
    lookup(err).map_or_else(|| unknown(&UNKNOWN_NAME, &ErrorCode(err).label()), |d| d.name)
}

/// Sets what rd_kafka_last_error() and `errno` tell this thread.
pub(crate) fn set_last_error(code: ErrorCode, errno: c_int) {
    LAST_ERROR.set(code.0);
    // SAFETY: the C library's own location for this thread's errno.
    unsafe { *libc::__errno_location() = errno };
}

/// Returns all error codes with their names and texts. The array has an element for every number in its
/// range; those without a code are zeroed. It belongs to the library and lives for ever.
///
/// @param errdescs Set to the array.
/// @param cntp Set to its number of elements.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_get_err_descs(
    errdescs: *mut *const rd_kafka_err_desc,
    cntp: *mut usize,
) {
    guard((), || {
        let descs = &table().descs;
        // SAFETY: out-parameters of the caller.
        unsafe {
            write_out(errdescs, descs.as_ptr());
            write_out(cntp, descs.len());
        }
    });
}

/// Returns the text of an error code for people. Never NULL; for an unknown code the text is this thread's,
/// and is overwritten when it asks about another one.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_err2str(err: rd_kafka_resp_err_t) -> *const c_char {
    guard(c"".as_ptr(), || err2str(err))
}

/// Returns the name of an error code without its RD_KAFKA_RESP_ERR_ prefix. Never NULL; for an unknown code
/// the name is this thread's, and is overwritten when it asks about another one.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_err2name(err: rd_kafka_resp_err_t) -> *const c_char {
    guard(c"".as_ptr(), || err2name(err))
}

/// Returns the error code of the calling thread's last failed call of a function that reports failure by -1
/// or NULL: rd_kafka_new(), rd_kafka_topic_new(), rd_kafka_produce(), rd_kafka_wait_destroyed() and functions
/// that are not implemented. Call it right after the failure: later calls change it.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_last_error() -> rd_kafka_resp_err_t {
    LAST_ERROR.get()
}

/// Translates the errno of a failed call into an error code.
///
/// Use rd_kafka_last_error() instead.
#[unsafe(no_mangle)]
#[deprecated]
pub extern "C-unwind" fn rd_kafka_errno2err(errnox: c_int) -> rd_kafka_resp_err_t {
    match errnox {
        libc::EINVAL => ErrorCode::_INVALID_ARG,
        libc::EBUSY => ErrorCode::_CONFLICT,
        libc::ENOENT => ErrorCode::_UNKNOWN_TOPIC,
        libc::ESRCH => ErrorCode::_UNKNOWN_PARTITION,
        libc::ETIMEDOUT => ErrorCode::_TIMED_OUT,
        libc::EMSGSIZE => ErrorCode::MSG_SIZE_TOO_LARGE,
        libc::ENOBUFS => ErrorCode::_QUEUE_FULL,
        libc::ECANCELED => ErrorCode::_FATAL,
        _ => ErrorCode::_FAIL,
    }
    .0
}

/// Returns the calling thread's errno.
///
/// Use rd_kafka_last_error() instead.
#[unsafe(no_mangle)]
#[deprecated]
pub extern "C-unwind" fn rd_kafka_errno() -> c_int {
    // SAFETY: the C library's own location for this thread's errno.
    unsafe { *libc::__errno_location() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    fn show(p: *const c_char) -> String {
        // SAFETY: the functions under test return terminated strings.
        unsafe { CStr::from_ptr(p) }.to_str().unwrap().to_owned()
    }

    #[test]
    fn what_was_returned_for_an_unknown_code_stays_readable() {
        let (name, text) = (rd_kafka_err2name(5000), rd_kafka_err2str(5000));
        let next = rd_kafka_err2name(5001);
        assert_eq!((show(name), show(text)), ("ERR_5001?".to_owned(), "Err-5000?".to_owned()));
        assert_eq!(name, next);
    }

    #[test]
    fn known_and_unknown_codes() {
        assert_eq!(show(rd_kafka_err2str(-192)), "Local: Message timed out");
        assert_eq!(show(rd_kafka_err2name(-192)), "_MSG_TIMED_OUT");
        assert_eq!(show(rd_kafka_err2name(0)), "NO_ERROR");
        for code in [-300, -200, -100, 1000, c_int::MIN, c_int::MAX] {
            assert_eq!(show(rd_kafka_err2str(code)), format!("Err-{code}?"));
            assert_eq!(show(rd_kafka_err2name(code)), format!("ERR_{code}?"));
        }
    }

    #[test]
    fn the_array_is_indexed_by_code() {
        let (mut descs, mut n) = (std::ptr::null(), 0);
        // SAFETY: both are out-parameters.
        unsafe { rd_kafka_get_err_descs(&raw mut descs, &raw mut n) };
        // SAFETY: the function under test says so.
        let all = unsafe { std::slice::from_raw_parts(descs, n) };
        for (i, d) in all.iter().enumerate() {
            assert!(d.name.is_null() && d.code == 0 || d.code == ErrorCode::_BEGIN.0 + i as c_int);
        }
        assert_eq!(show(all[200 + 3].name), "UNKNOWN_TOPIC_OR_PART");
    }
}
