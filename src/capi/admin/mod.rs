//! Admin requests: what they are made of (options, topics, configuration resources, ACLs, credentials,
//! groups), the requests, and their results. Requests that are not built are in `stubs/admin.rs`.

pub mod acls;
pub mod config_requests;
pub mod config_results;
pub mod configs;
pub mod describe;
pub mod describe_results;
pub mod groups;
pub mod list_offsets;
pub mod names;
pub mod options;
pub mod requests;
pub mod results;
pub mod scram;
pub mod topics;

use crate::capi::abi::types::rd_kafka_topic_partition_list_t;
use crate::capi::data::partition_list::{
    rd_kafka_topic_partition_list_copy, rd_kafka_topic_partition_list_destroy,
};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow, write_out};
use crate::capi::ffi::strings::{bytes, c_string, write_buf};
use std::ffi::{CString, c_char};
use std::ptr::NonNull;

/// Highest number of partitions that a topic may be created with.
const MAX_PARTITIONS: usize = 100_000;
/// Highest number of replicas of a partition.
const MAX_BROKERS: usize = 10_000;

/// Releases an object. NULL is allowed.
///
/// # Safety
/// As for [`BoxHandle::take_handle`].
unsafe fn destroy<T: BoxHandle<Handle = T>>(object: *mut T) {
    // SAFETY: by this function's own contract.
    guard((), || drop(unsafe { T::take_handle(object) }));
}

/// Releases the objects of an array, which itself remains the caller's.
///
/// # Safety
/// A non-null `objects` points to `cnt` elements, each as for [`destroy`].
unsafe fn destroy_array<T: BoxHandle<Handle = T>>(objects: *mut *mut T, cnt: usize) {
    if objects.is_null() || isize::try_from(cnt.saturating_mul(size_of::<*mut T>())).is_err() {
        return;
    }
    // SAFETY: by this function's own contract.
    let objects = unsafe { std::slice::from_raw_parts(objects, cnt) };
    for &object in objects {
        // SAFETY: by this function's own contract.
        unsafe { destroy(object) };
    }
}

/// A copy of a C string; `None` for NULL.
///
/// # Safety
/// A non-null `s` is a NUL-terminated string.
unsafe fn owned_cstring(s: *const c_char) -> Option<CString> {
    // SAFETY: by this function's own contract.
    unsafe { bytes(s) }.and_then(|b| CString::new(b).ok())
}

/// Gives a new object to C, or the reason why there is none to `errstr`.
///
/// # Safety
/// A non-null `errstr` is valid for writing `errstr_size` bytes.
unsafe fn into_handle_or_errstr<T: BoxHandle<Handle = T>>(
    object: Result<T, String>,
    errstr: *mut c_char,
    errstr_size: usize,
) -> *mut T {
    match object {
        Ok(object) => object.into_handle(),
        Err(reason) => {
            // SAFETY: by this function's own contract.
            unsafe { write_buf(errstr, errstr_size, &reason) };
            std::ptr::null_mut()
        }
    }
}

/// A copy of an array of broker ids.
///
/// # Safety
/// A non-null `first` points to `cnt` elements.
unsafe fn broker_ids(first: *const i32, cnt: usize) -> Result<Vec<i32>, String> {
    if cnt > MAX_BROKERS {
        return Err(format!("Too many brokers specified (RD_KAFKAP_BROKERS_MAX={MAX_BROKERS})"));
    }
    // SAFETY: by this function's own contract.
    Ok(unsafe { crate::capi::ffi::pointers::array(first, cnt) })
}

/// A list of partitions that an object owns.
struct Partitions(NonNull<rd_kafka_topic_partition_list_t>);

impl Partitions {
    /// A copy; `None` for NULL.
    ///
    /// # Safety
    /// A non-null `list` is a list of the library.
    unsafe fn copy(list: *const rd_kafka_topic_partition_list_t) -> Option<Self> {
        // SAFETY: by this function's own contract.
        unsafe { borrow(list)? };
        // SAFETY: as above.
        NonNull::new(unsafe { rd_kafka_topic_partition_list_copy(list) }).map(Self)
    }
}

impl Drop for Partitions {
    fn drop(&mut self) {
        // SAFETY: the list is this object's own.
        unsafe { rd_kafka_topic_partition_list_destroy(self.0.as_ptr()) };
    }
}

/// Objects that C sees as an array of pointers.
struct Listed<T> {
    pointers: Box<[*const T]>,
    /// What the pointers point to. Not moved as long as this object lives.
    _objects: Box<[T]>,
}

impl<T> Listed<T> {
    fn new(objects: impl Iterator<Item = T>) -> Self {
        let objects: Box<[T]> = objects.collect();
        Self { pointers: objects.iter().map(std::ptr::from_ref).collect(), _objects: objects }
    }

    /// The array, as functions of the C API return it: NULL if it is empty.
    ///
    /// # Safety
    /// A non-null `cntp` is valid for writing.
    unsafe fn give(&self, cntp: *mut usize) -> *mut *const T {
        // SAFETY: by this function's own contract.
        unsafe { write_out(cntp, self.pointers.len()) };
        if self.pointers.is_empty() { std::ptr::null_mut() } else { self.pointers.as_ptr().cast_mut() }
    }
}

/// An error object with a text, for C.
fn invalid(text: &str) -> *mut crate::capi::ffi::error_object::rd_kafka_error_t {
    let code = crate::base::error::ErrorCode::_INVALID_ARG;
    crate::capi::ffi::error_object::rd_kafka_error_s::new(code, Some(c_string(text))).into_handle()
}
