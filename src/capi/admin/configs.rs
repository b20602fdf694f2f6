//! Resources whose configuration is read or changed, and the entries of their configuration.

use super::{destroy, destroy_array, invalid, owned_cstring};
use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::{
    rd_kafka_AlterConfigOpType_t, rd_kafka_ConfigSource_t, rd_kafka_ResourceType_t, rd_kafka_resp_err_t,
};
use crate::capi::abi::enums::rd_kafka_AlterConfigOpType_e as OpType;
use crate::capi::ffi::error_object::rd_kafka_error_t;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow, borrow_mut, write_out};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{null, null_mut};

/// An entry of a configuration resource.
pub struct rd_kafka_ConfigEntry_s {
    pub(super) name: CString,
    pub(super) value: Option<CString>,
    /// What to do with it, for incremental changes.
    pub(super) op: c_int,
    pub(super) details: EntryDetails,
    /// Pointers, because C sees them as an array of pointers.
    pub(super) synonyms: Vec<*mut rd_kafka_ConfigEntry_t>,
}
/// An entry of a configuration resource.
pub type rd_kafka_ConfigEntry_t = rd_kafka_ConfigEntry_s;

/// What a broker reports about an entry besides its value.
#[derive(Clone, Copy, Default)]
pub(super) struct EntryDetails {
    pub(super) source: c_int,
    pub(super) read_only: bool,
    pub(super) default: bool,
    pub(super) sensitive: bool,
    pub(super) synonym: bool,
}

/// A resource whose configuration is read or changed.
pub struct rd_kafka_ConfigResource_s {
    pub(super) restype: c_int,
    pub(super) name: CString,
    /// Pointers, because C sees them as an array of pointers.
    pub(super) entries: Vec<*mut rd_kafka_ConfigEntry_t>,
    pub(super) code: ErrorCode,
    /// `None` for success.
    pub(super) text: Option<CString>,
}
/// A resource whose configuration is read or changed.
pub type rd_kafka_ConfigResource_t = rd_kafka_ConfigResource_s;

impl BoxHandle for rd_kafka_ConfigEntry_s {
    type Handle = Self;
}
impl BoxHandle for rd_kafka_ConfigResource_s {
    type Handle = Self;
}

fn release(entries: &[*mut rd_kafka_ConfigEntry_t]) {
    for &entry in entries {
        // SAFETY: each entry belongs to the one object that calls this, once, as it goes.
        drop(unsafe { rd_kafka_ConfigEntry_s::take_handle(entry) });
    }
}

impl Drop for rd_kafka_ConfigEntry_s {
    fn drop(&mut self) {
        release(&self.synonyms);
    }
}

impl Drop for rd_kafka_ConfigResource_s {
    fn drop(&mut self) {
        release(&self.entries);
    }
}

impl rd_kafka_ConfigResource_s {
    pub(super) fn new(restype: c_int, name: CString) -> Self {
        Self { restype, name, entries: Vec::new(), code: ErrorCode::NO_ERROR, text: None }
    }

    fn add(&mut self, name: CString, value: Option<CString>, op: c_int) {
        let entry = rd_kafka_ConfigEntry_s {
            name,
            value,
            op,
            details: EntryDetails::default(),
            synonyms: Vec::new(),
        };
        self.entries.push(entry.into_handle());
    }

    /// The entries that the application has added.
    pub(super) fn entries(&self) -> impl Iterator<Item = &rd_kafka_ConfigEntry_t> {
        // SAFETY: each entry is this resource's own and lives as long.
        self.entries.iter().filter_map(|e| unsafe { borrow(*e) })
    }
}

/// Names a resource, such as a topic or a broker.
///
/// @return A new object, to be released with rd_kafka_ConfigResource_destroy(); NULL without a name.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_new(
    restype: rd_kafka_ResourceType_t,
    resname: *const c_char,
) -> *mut rd_kafka_ConfigResource_t {
    guard(null_mut(), || {
        // SAFETY: the caller's string.
        match unsafe { owned_cstring(resname) } {
            Some(name) if !name.is_empty() && restype >= 0 => {
                rd_kafka_ConfigResource_s::new(restype, name).into_handle()
            }
            _ => null_mut(),
        }
    })
}

/// Releases a resource with its entries. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_destroy(config: *mut rd_kafka_ConfigResource_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(config) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_destroy_array(
    config: *mut *mut rd_kafka_ConfigResource_t,
    config_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(config, config_cnt) }
}

/// Sets a property of a resource. The broker checks name and value.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG without a name or a value.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_set_config(
    config: *mut rd_kafka_ConfigResource_t,
    name: *const c_char,
    value: *const c_char,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's resource and strings.
        match unsafe { (borrow_mut(config), owned_cstring(name), owned_cstring(value)) } {
            (Some(config), Some(name), Some(value)) if !name.is_empty() => {
                config.add(name, Some(value), OpType::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET as c_int);
                0
            }
            _ => ErrorCode::_INVALID_ARG.0,
        }
    })
}

/// Adds an incremental change of a property of a resource. Only a deletion has no value.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_add_incremental_config(
    config: *mut rd_kafka_ConfigResource_t,
    name: *const c_char,
    op_type: rd_kafka_AlterConfigOpType_t,
    value: *const c_char,
) -> *mut rd_kafka_error_t {
    guard(null_mut(), || {
        if !(0..OpType::RD_KAFKA_ALTER_CONFIG_OP_TYPE__CNT as c_int).contains(&op_type) {
            return invalid("Invalid alter config operation type");
        }
        let needs_value = op_type != OpType::RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE as c_int;
        // SAFETY: the caller's resource and strings.
        match unsafe { (borrow_mut(config), owned_cstring(name), owned_cstring(value)) } {
            (_, None, _) => invalid("Config name is required"),
            (_, Some(name), _) if name.is_empty() => invalid("Config name mustn't be empty"),
            (_, _, None) if needs_value => invalid("Config value is required"),
            (None, ..) => invalid("No resource"),
            (Some(config), Some(name), value) => {
                config.add(name, value, op_type);
                null_mut()
            }
        }
    })
}

/// Returns the entries of a resource, valid as long as the resource.
///
/// @param cntp Receives the number of entries.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_configs(
    config: *const rd_kafka_ConfigResource_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConfigEntry_t {
    // SAFETY: the caller's resource and variable.
    unsafe { shown(borrow(config).map_or(&[][..], |c| &c.entries), cntp) }
}

/// Returns the kind of a resource.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_type(
    config: *const rd_kafka_ConfigResource_t,
) -> rd_kafka_ResourceType_t {
    // SAFETY: the caller's resource, or NULL.
    unsafe { borrow(config) }.map_or(0, |c| c.restype)
}

/// Returns the name of a resource, valid as long as the resource.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_name(
    config: *const rd_kafka_ConfigResource_t,
) -> *const c_char {
    // SAFETY: the caller's resource, or NULL.
    unsafe { borrow(config) }.map_or(null(), |c| c.name.as_ptr())
}

/// Returns the error for a resource in the result of a request.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_error(
    config: *const rd_kafka_ConfigResource_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's resource, or NULL.
    unsafe { borrow(config) }.map_or(0, |c| c.code.0)
}

/// Returns the text of the error for a resource, valid as long as the resource; NULL if there was no error.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigResource_error_string(
    config: *const rd_kafka_ConfigResource_t,
) -> *const c_char {
    // SAFETY: the caller's resource, or NULL.
    unsafe { borrow(config) }.and_then(|c| c.text.as_deref()).map_or(null(), CStr::as_ptr)
}

/// Returns the name of an entry, valid as long as the entry.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigEntry_name(
    entry: *const rd_kafka_ConfigEntry_t,
) -> *const c_char {
    // SAFETY: the caller's entry, or NULL.
    unsafe { borrow(entry) }.map_or(null(), |e| e.name.as_ptr())
}

/// Returns the value of an entry, valid as long as the entry; NULL if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigEntry_value(
    entry: *const rd_kafka_ConfigEntry_t,
) -> *const c_char {
    // SAFETY: the caller's entry, or NULL.
    unsafe { borrow(entry) }.and_then(|e| e.value.as_deref()).map_or(null(), CStr::as_ptr)
}

/// What a broker reported about an entry.
///
/// # Safety
/// `entry` is NULL or live.
unsafe fn details(entry: *const rd_kafka_ConfigEntry_t) -> EntryDetails {
    // SAFETY: by this function's own contract.
    unsafe { borrow(entry) }.map_or_else(EntryDetails::default, |e| e.details)
}

/// Returns the source of the value of an entry; RD_KAFKA_CONFIG_SOURCE_UNKNOWN_CONFIG for entries that the
/// application has made.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigEntry_source(
    entry: *const rd_kafka_ConfigEntry_t,
) -> rd_kafka_ConfigSource_t {
    // SAFETY: the caller's entry, or NULL.
    unsafe { details(entry) }.source
}

/// Returns 1 if an entry cannot be changed, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigEntry_is_read_only(
    entry: *const rd_kafka_ConfigEntry_t,
) -> c_int {
    // SAFETY: the caller's entry, or NULL.
    unsafe { details(entry) }.read_only.into()
}

/// Returns 1 if an entry has its default, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigEntry_is_default(
    entry: *const rd_kafka_ConfigEntry_t,
) -> c_int {
    // SAFETY: the caller's entry, or NULL.
    unsafe { details(entry) }.default.into()
}

/// Returns 1 if the value of an entry is sensitive and therefore not shown, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigEntry_is_sensitive(
    entry: *const rd_kafka_ConfigEntry_t,
) -> c_int {
    // SAFETY: the caller's entry, or NULL.
    unsafe { details(entry) }.sensitive.into()
}

/// Returns 1 if an entry is a synonym of another, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigEntry_is_synonym(
    entry: *const rd_kafka_ConfigEntry_t,
) -> c_int {
    // SAFETY: the caller's entry, or NULL.
    unsafe { details(entry) }.synonym.into()
}

/// Returns the synonyms of an entry, valid as long as the entry. Entries that the application has made have
/// none.
///
/// @param cntp Receives the number of synonyms.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ConfigEntry_synonyms(
    entry: *const rd_kafka_ConfigEntry_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConfigEntry_t {
    // SAFETY: the caller's entry and variable.
    unsafe { shown(borrow(entry).map_or(&[][..], |e| &e.synonyms), cntp) }
}

/// An array of pointers for the application.
///
/// # Safety
/// `cntp` is NULL or valid for writing.
pub(super) unsafe fn shown<T>(pointers: &[*mut T], cntp: *mut usize) -> *mut *const T {
    // SAFETY: by this function's own contract.
    unsafe { write_out(cntp, pointers.len()) };
    if pointers.is_empty() { null_mut() } else { pointers.as_ptr().cast_mut().cast() }
}
