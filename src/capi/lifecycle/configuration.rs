//! New configurations and copies. They are made here, above the other parts, because their default callbacks
//! are functions of the API themselves.

use crate::capi::abi::types::rd_kafka_conf_t;
use crate::capi::conf::hooks;
use crate::capi::conf::object::{ConfObject, conf_mut, into_handle};
use crate::capi::conf::typed_callbacks::address;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::strings;
use crate::capi::instance::log::rd_kafka_log_print;
use crate::conf::Conf;
use libc::mode_t;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

/// A configuration with its defaults, as rd_kafka_conf_new() makes it.
pub(crate) fn new_conf() -> ConfObject {
    ConfObject::new(with_default_callbacks(Conf::new()))
}

/// Dumps show the built-in callbacks as set.
fn with_default_callbacks(mut conf: Conf) -> Conf {
    for (name, address) in builtin() {
        if !conf.is_modified(name) {
            conf.set_default_pointer(name, address);
        }
    }
    conf
}

/// Creates a configuration with all properties at their defaults.
///
/// @return The configuration. rd_kafka_new() takes it over if it succeeds; otherwise release it with
/// rd_kafka_conf_destroy().
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_conf_new() -> *mut rd_kafka_conf_t {
    guard(ptr::null_mut(), || into_handle(new_conf()))
}

/// Copies everything that was set in a configuration.
///
/// @return The copy, to be released with rd_kafka_conf_destroy(), or NULL if `conf` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_dup(conf: *const rd_kafka_conf_t) -> *mut rd_kafka_conf_t {
    // SAFETY: no filters.
    unsafe { rd_kafka_conf_dup_filter(conf, 0, ptr::null_mut()) }
}

/// Copies what was set in a configuration, except for the properties whose names begin with one of the
/// filters.
///
/// @param conf Configuration to copy.
/// @param filter_cnt Number of filters.
/// @param filter Beginnings of property names to leave out.
///
/// @return The copy, to be released with rd_kafka_conf_destroy(), or NULL if `conf` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_dup_filter(
    conf: *const rd_kafka_conf_t,
    filter_cnt: usize,
    filter: *mut *const c_char,
) -> *mut rd_kafka_conf_t {
    guard(ptr::null_mut(), || {
        if conf.is_null() {
            return ptr::null_mut();
        }
        let count = if filter.is_null() { 0 } else { filter_cnt };
        // SAFETY: the caller's array has `filter_cnt` strings.
        let filters: Vec<_> = (0..count).filter_map(|i| unsafe { strings::text(*filter.add(i)) }).collect();
        let filters: Vec<&str> = filters.iter().map(AsRef::as_ref).collect();
        let copy = into_handle(new_conf());
        // SAFETY: an object of the application's, which it does not use meanwhile, and one of our own.
        unsafe {
            if !hooks::copy(conf.cast_mut(), copy, count, filter, &filters)
                && let (Some(from), Some(to)) = (conf_mut(conf.cast_mut()), conf_mut(copy))
            {
                **to = with_default_callbacks(from.duplicate(&filters));
            }
        }
        copy
    })
}

/// The callbacks that a configuration has before the application sets any, by property.
fn builtin() -> [(&'static str, usize); 3] {
    [
        ("log_cb", address!(Some(rd_kafka_log_print))),
        ("socket_cb", address!(Some(open_socket))),
        ("open_cb", address!(Some(open_file))),
    ]
}

unsafe extern "C-unwind" fn open_socket(
    domain: c_int,
    type_: c_int,
    protocol: c_int,
    _opaque: *mut c_void,
) -> c_int {
    // SAFETY: socket has no conditions.
    unsafe { libc::socket(domain, type_ | libc::SOCK_CLOEXEC, protocol) }
}

unsafe extern "C-unwind" fn open_file(
    pathname: *const c_char,
    flags: c_int,
    mode: mode_t,
    _opaque: *mut c_void,
) -> c_int {
    // SAFETY: the caller gives a NUL-terminated path.
    unsafe { libc::open(pathname, flags | libc::O_CLOEXEC, mode) }
}
