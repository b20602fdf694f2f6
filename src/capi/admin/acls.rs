//! ACLs, and patterns that select ACLs.

use super::{destroy, destroy_array, into_handle_or_errstr, owned_cstring};
use crate::capi::abi::enum_ints::{
    rd_kafka_AclOperation_t, rd_kafka_AclPermissionType_t, rd_kafka_ResourcePatternType_t,
    rd_kafka_ResourceType_t,
};
use crate::capi::abi::enums::{
    rd_kafka_AclOperation_e as Operation, rd_kafka_AclPermissionType_e as Permission,
    rd_kafka_ResourcePatternType_e as Pattern, rd_kafka_ResourceType_e as Resource,
};
use crate::capi::ffi::error_object::rd_kafka_error_t;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{null, null_mut};

/// An ACL.
pub struct rd_kafka_AclBinding_s {
    restype: c_int,
    name: Option<CString>,
    pattern: c_int,
    principal: Option<CString>,
    host: Option<CString>,
    operation: c_int,
    permission: c_int,
}
/// An ACL.
pub type rd_kafka_AclBinding_t = rd_kafka_AclBinding_s;
/// A pattern that selects ACLs.
pub type rd_kafka_AclBindingFilter_t = rd_kafka_AclBinding_t;

impl BoxHandle for rd_kafka_AclBinding_s {
    type Handle = Self;
}

impl rd_kafka_AclBinding_s {
    /// Holds the numbers against their enums. Only filters may have the values that match more than one.
    fn check(self, filter: bool) -> Result<Self, String> {
        let within =
            |value, end, wild: &[c_int]| (1..end).contains(&value) && (filter || !wild.contains(&value));
        let any = Pattern::RD_KAFKA_RESOURCE_PATTERN_ANY as c_int;
        let matching = Pattern::RD_KAFKA_RESOURCE_PATTERN_MATCH as c_int;
        let text = if !filter && self.name.is_none() {
            "Invalid resource name"
        } else if !filter && self.principal.is_none() {
            "Invalid principal"
        } else if !filter && self.host.is_none() {
            "Invalid host"
        } else if !within(
            self.restype,
            Resource::RD_KAFKA_RESOURCE__CNT as c_int,
            &[Resource::RD_KAFKA_RESOURCE_ANY as c_int],
        ) {
            "Invalid resource type"
        } else if !within(
            self.pattern,
            Pattern::RD_KAFKA_RESOURCE_PATTERN_TYPE__CNT as c_int,
            &[any, matching],
        ) {
            "Invalid resource pattern type"
        } else if !within(
            self.operation,
            Operation::RD_KAFKA_ACL_OPERATION__CNT as c_int,
            &[Operation::RD_KAFKA_ACL_OPERATION_ANY as c_int],
        ) {
            "Invalid operation"
        } else if !within(
            self.permission,
            Permission::RD_KAFKA_ACL_PERMISSION_TYPE__CNT as c_int,
            &[Permission::RD_KAFKA_ACL_PERMISSION_TYPE_ANY as c_int],
        ) {
            "Invalid permission type"
        } else {
            return Ok(self);
        };
        Err(text.to_owned())
    }
}

/// Describes an ACL.
///
/// @param errstr Receives the reason when the call fails.
///
/// @return A new object, to be released with rd_kafka_AclBinding_destroy(); NULL for a value that an ACL
/// cannot have.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_new(
    restype: rd_kafka_ResourceType_t,
    name: *const c_char,
    resource_pattern_type: rd_kafka_ResourcePatternType_t,
    principal: *const c_char,
    host: *const c_char,
    operation: rd_kafka_AclOperation_t,
    permission_type: rd_kafka_AclPermissionType_t,
    errstr: *mut c_char,
    errstr_size: usize,
) -> *mut rd_kafka_AclBinding_t {
    guard(null_mut(), || {
        // SAFETY: the caller's strings and buffer.
        unsafe {
            let acl = rd_kafka_AclBinding_s {
                restype,
                name: owned_cstring(name),
                pattern: resource_pattern_type,
                principal: owned_cstring(principal),
                host: owned_cstring(host),
                operation,
                permission: permission_type,
            };
            into_handle_or_errstr(acl.check(false), errstr, errstr_size)
        }
    })
}

/// Describes a pattern that selects ACLs; NULL stands for any name, principal or host.
///
/// @param errstr Receives the reason when the call fails.
///
/// @return A new object, to be released with rd_kafka_AclBinding_destroy(); NULL for a value that is not
/// known.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBindingFilter_new(
    restype: rd_kafka_ResourceType_t,
    name: *const c_char,
    resource_pattern_type: rd_kafka_ResourcePatternType_t,
    principal: *const c_char,
    host: *const c_char,
    operation: rd_kafka_AclOperation_t,
    permission_type: rd_kafka_AclPermissionType_t,
    errstr: *mut c_char,
    errstr_size: usize,
) -> *mut rd_kafka_AclBindingFilter_t {
    guard(null_mut(), || {
        // SAFETY: the caller's strings and buffer.
        unsafe {
            let filter = rd_kafka_AclBinding_s {
                restype,
                name: owned_cstring(name),
                pattern: resource_pattern_type,
                principal: owned_cstring(principal),
                host: owned_cstring(host),
                operation,
                permission: permission_type,
            };
            into_handle_or_errstr(filter.check(true), errstr, errstr_size)
        }
    })
}

/// Returns the kind of resource that an ACL is about.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_restype(
    acl: *const rd_kafka_AclBinding_t,
) -> rd_kafka_ResourceType_t {
    // SAFETY: the caller's ACL, or NULL.
    unsafe { borrow(acl) }.map_or(0, |a| a.restype)
}

fn text(s: Option<&CString>) -> *const c_char {
    s.map_or(null(), |s| CStr::as_ptr(s))
}

/// Returns the name of the resource that an ACL is about, valid as long as the object; NULL in a pattern for
/// any name.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_name(acl: *const rd_kafka_AclBinding_t) -> *const c_char {
    // SAFETY: the caller's ACL, or NULL.
    text(unsafe { borrow(acl) }.and_then(|a| a.name.as_ref()))
}

/// Returns the principal that an ACL is about, valid as long as the object; NULL in a pattern for any
/// principal.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_principal(
    acl: *const rd_kafka_AclBinding_t,
) -> *const c_char {
    // SAFETY: the caller's ACL, or NULL.
    text(unsafe { borrow(acl) }.and_then(|a| a.principal.as_ref()))
}

/// Returns the host that an ACL is about, valid as long as the object; NULL in a pattern for any host.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_host(acl: *const rd_kafka_AclBinding_t) -> *const c_char {
    // SAFETY: the caller's ACL, or NULL.
    text(unsafe { borrow(acl) }.and_then(|a| a.host.as_ref()))
}

/// Returns the operation that an ACL is about.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_operation(
    acl: *const rd_kafka_AclBinding_t,
) -> rd_kafka_AclOperation_t {
    // SAFETY: the caller's ACL, or NULL.
    unsafe { borrow(acl) }.map_or(0, |a| a.operation)
}

/// Returns whether an ACL allows or denies.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_permission_type(
    acl: *const rd_kafka_AclBinding_t,
) -> rd_kafka_AclPermissionType_t {
    // SAFETY: the caller's ACL, or NULL.
    unsafe { borrow(acl) }.map_or(0, |a| a.permission)
}

/// Returns how an ACL matches the name of its resource.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_resource_pattern_type(
    acl: *const rd_kafka_AclBinding_t,
) -> rd_kafka_ResourcePatternType_t {
    // SAFETY: the caller's ACL, or NULL.
    unsafe { borrow(acl) }.map_or(0, |a| a.pattern)
}

/// Returns the error for an ACL in the result of a request, valid as long as the object; NULL for success.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_error(
    _acl: *const rd_kafka_AclBinding_t,
) -> *const rd_kafka_error_t {
    null()
}

/// Releases an ACL or a pattern. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_destroy(acl_binding: *mut rd_kafka_AclBinding_t) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(acl_binding) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AclBinding_destroy_array(
    acl_bindings: *mut *mut rd_kafka_AclBinding_t,
    acl_bindings_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(acl_bindings, acl_bindings_cnt) }
}
