//! Resources whose configuration is read or changed, and the entries of their configuration.

use super::{copied, destroy, destroy_array, invalid};
use crate::base::error::ErrorCode;
use crate::capi::enum_ints::{
    rd_kafka_AlterConfigOpType_t, rd_kafka_ConfigSource_t, rd_kafka_ResourceType_t, rd_kafka_resp_err_t,
};
use crate::capi::enums::rd_kafka_AlterConfigOpType_e as OpType;
use crate::capi::error_object::rd_kafka_error_t;
use crate::capi::guard::guard;
use crate::capi::handles::{BoxHandle, borrow, borrow_mut, write_out};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{null, null_mut};

/// An entry of a configuration resource.
pub struct rd_kafka_ConfigEntry_s {
    name: CString,
    value: Option<CString>,
    /// What to do with it, for incremental changes.
    #[allow(dead_code)] // For the request, which is not built yet.
    op: c_int,
}
/// An entry of a configuration resource.
pub type rd_kafka_ConfigEntry_t = rd_kafka_ConfigEntry_s;

/// A resource whose configuration is read or changed.
pub struct rd_kafka_ConfigResource_s {
    restype: c_int,
    name: CString,
    /// Pointers, because C sees them as an array of pointers.
    entries: Vec<*mut rd_kafka_ConfigEntry_t>,
}
/// A resource whose configuration is read or changed.
pub type rd_kafka_ConfigResource_t = rd_kafka_ConfigResource_s;

impl BoxHandle for rd_kafka_ConfigEntry_s {}
impl BoxHandle for rd_kafka_ConfigResource_s {}

impl Drop for rd_kafka_ConfigResource_s {
    fn drop(&mut self) {
        for &entry in &self.entries {
            // SAFETY: each entry is this resource's own.
            drop(unsafe { rd_kafka_ConfigEntry_s::take_handle(entry) });
        }
    }
}

impl rd_kafka_ConfigResource_s {
    fn add(&mut self, name: CString, value: Option<CString>, op: c_int) {
        self.entries.push(rd_kafka_ConfigEntry_s { name, value, op }.into_handle());
    }
}

/// Names a resource, such as a topic or a broker.
///
/// @return A new object, to be released with rd_kafka_ConfigResource_destroy(); NULL without a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigResource_new(
    restype: rd_kafka_ResourceType_t,
    resname: *const c_char,
) -> *mut rd_kafka_ConfigResource_t {
    guard(null_mut(), || {
        // SAFETY: the caller's string.
        match unsafe { copied(resname) } {
            Some(name) if !name.is_empty() && restype >= 0 => {
                rd_kafka_ConfigResource_s { restype, name, entries: Vec::new() }.into_handle()
            }
            _ => null_mut(),
        }
    })
}

/// Releases a resource with its entries. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigResource_destroy(config: *mut rd_kafka_ConfigResource_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(config) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigResource_destroy_array(
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
pub unsafe extern "C" fn rd_kafka_ConfigResource_set_config(
    config: *mut rd_kafka_ConfigResource_t,
    name: *const c_char,
    value: *const c_char,
) -> rd_kafka_resp_err_t {
    guard(ErrorCode::_FAIL.0, || {
        // SAFETY: the caller's resource and strings.
        match unsafe { (borrow_mut(config), copied(name), copied(value)) } {
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
/// @return NULL, or an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigResource_add_incremental_config(
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
        match unsafe { (borrow_mut(config), copied(name), copied(value)) } {
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

/// Returns the entries of a resource, valid as long as it.
///
/// @param cntp Receives the number of entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigResource_configs(
    config: *const rd_kafka_ConfigResource_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConfigEntry_t {
    // SAFETY: the caller's resource and variable.
    unsafe {
        let entries = borrow(config).map_or(&[][..], |c| &c.entries);
        write_out(cntp, entries.len());
        if entries.is_empty() { null_mut() } else { entries.as_ptr().cast_mut().cast() }
    }
}

/// Returns the kind of a resource.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigResource_type(
    config: *const rd_kafka_ConfigResource_t,
) -> rd_kafka_ResourceType_t {
    // SAFETY: the caller's resource, or NULL.
    unsafe { borrow(config) }.map_or(0, |c| c.restype)
}

/// Returns the name of a resource.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigResource_name(
    config: *const rd_kafka_ConfigResource_t,
) -> *const c_char {
    // SAFETY: the caller's resource, or NULL.
    unsafe { borrow(config) }.map_or(null(), |c| c.name.as_ptr())
}

/// Returns the outcome for a resource in the result of a request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigResource_error(
    _config: *const rd_kafka_ConfigResource_t,
) -> rd_kafka_resp_err_t {
    0
}

/// Returns the text of the outcome for a resource, NULL if there was no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigResource_error_string(
    _config: *const rd_kafka_ConfigResource_t,
) -> *const c_char {
    null()
}

/// Returns the name of an entry.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigEntry_name(entry: *const rd_kafka_ConfigEntry_t) -> *const c_char {
    // SAFETY: the caller's entry, or NULL.
    unsafe { borrow(entry) }.map_or(null(), |e| e.name.as_ptr())
}

/// Returns the value of an entry, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigEntry_value(entry: *const rd_kafka_ConfigEntry_t) -> *const c_char {
    // SAFETY: the caller's entry, or NULL.
    unsafe { borrow(entry) }.and_then(|e| e.value.as_deref()).map_or(null(), CStr::as_ptr)
}

/// Returns where the value of an entry comes from. Entries that the application has set come from nowhere.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigEntry_source(
    _entry: *const rd_kafka_ConfigEntry_t,
) -> rd_kafka_ConfigSource_t {
    0
}

/// Returns 1 if an entry cannot be changed, 0 if it can, -1 if that is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigEntry_is_read_only(_entry: *const rd_kafka_ConfigEntry_t) -> c_int {
    0
}

/// Returns 1 if an entry has its default, 0 if not, -1 if that is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigEntry_is_default(_entry: *const rd_kafka_ConfigEntry_t) -> c_int {
    0
}

/// Returns 1 if the value of an entry is secret, 0 if not, -1 if that is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigEntry_is_sensitive(_entry: *const rd_kafka_ConfigEntry_t) -> c_int {
    0
}

/// Returns 1 if an entry is a synonym of another, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigEntry_is_synonym(_entry: *const rd_kafka_ConfigEntry_t) -> c_int {
    0
}

/// Returns the synonyms of an entry. Entries that the application has set have none.
///
/// @param cntp Receives the number of synonyms.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_ConfigEntry_synonyms(
    _entry: *const rd_kafka_ConfigEntry_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConfigEntry_t {
    // SAFETY: the caller's variable.
    unsafe { write_out(cntp, 0) };
    null_mut()
}
