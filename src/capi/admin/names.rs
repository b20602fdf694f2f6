//! Names of the values of enums.

use crate::capi::abi::enum_ints::{
    rd_kafka_AclOperation_t, rd_kafka_AclPermissionType_t, rd_kafka_ConfigSource_t,
    rd_kafka_ResourcePatternType_t, rd_kafka_ResourceType_t, rd_kafka_consumer_group_state_t,
    rd_kafka_consumer_group_type_t,
};
use crate::capi::ffi::strings::bytes;
use std::ffi::{CStr, c_char, c_int};
use std::ptr::null;

const RESOURCE_TYPES: [&CStr; 6] = [c"UNKNOWN", c"ANY", c"TOPIC", c"GROUP", c"BROKER", c"TRANSACTIONAL_ID"];
const PATTERN_TYPES: [&CStr; 5] = [c"UNKNOWN", c"ANY", c"MATCH", c"LITERAL", c"PREFIXED"];
const CONFIG_SOURCES: [&CStr; 9] = [
    c"UNKNOWN_CONFIG",
    c"DYNAMIC_TOPIC_CONFIG",
    c"DYNAMIC_BROKER_CONFIG",
    c"DYNAMIC_DEFAULT_BROKER_CONFIG",
    c"STATIC_BROKER_CONFIG",
    c"DEFAULT_CONFIG",
    c"DYNAMIC_BROKER_LOGGER_CONFIG",
    c"CLIENT_METRICS_CONFIG",
    c"GROUP_CONFIG",
];
const OPERATIONS: [&CStr; 13] = [
    c"UNKNOWN",
    c"ANY",
    c"ALL",
    c"READ",
    c"WRITE",
    c"CREATE",
    c"DELETE",
    c"ALTER",
    c"DESCRIBE",
    c"CLUSTER_ACTION",
    c"DESCRIBE_CONFIGS",
    c"ALTER_CONFIGS",
    c"IDEMPOTENT_WRITE",
];
const PERMISSIONS: [&CStr; 4] = [c"UNKNOWN", c"ANY", c"DENY", c"ALLOW"];
const GROUP_STATES: [&CStr; 6] =
    [c"Unknown", c"PreparingRebalance", c"CompletingRebalance", c"Stable", c"Dead", c"Empty"];
const GROUP_TYPES: [&CStr; 3] = [c"Unknown", c"Consumer", c"Classic"];

fn name(names: &[&'static CStr], value: c_int) -> Option<&'static CStr> {
    names.get(usize::try_from(value).ok()?).copied()
}

fn name_or_unsupported(names: &[&'static CStr], value: c_int) -> *const c_char {
    name(names, value).unwrap_or(c"UNSUPPORTED").as_ptr()
}

/// The number of a name, in any case of letters; 0 for a name that is not known.
///
/// # Safety
/// A non-null `wanted` is a NUL-terminated string.
unsafe fn code(names: &[&CStr], wanted: *const c_char) -> c_int {
    // SAFETY: by this function's own contract.
    let Some(wanted) = (unsafe { bytes(wanted) }) else { return 0 };
    let at = names.iter().position(|n| n.to_bytes().eq_ignore_ascii_case(wanted));
    at.and_then(|i| c_int::try_from(i).ok()).unwrap_or(0)
}

/// Returns the name of a kind of resource, a constant of the library.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_ResourceType_name(restype: rd_kafka_ResourceType_t) -> *const c_char {
    name_or_unsupported(&RESOURCE_TYPES, restype)
}

/// Returns the name of a way to match resource names, a constant of the library.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_ResourcePatternType_name(
    resource_pattern_type: rd_kafka_ResourcePatternType_t,
) -> *const c_char {
    name_or_unsupported(&PATTERN_TYPES, resource_pattern_type)
}

/// Returns the name of a source of configuration values, a constant of the library.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_ConfigSource_name(confsource: rd_kafka_ConfigSource_t) -> *const c_char {
    name_or_unsupported(&CONFIG_SOURCES, confsource)
}

/// Returns the name of an operation that an ACL is about, a constant of the library.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_AclOperation_name(acl_operation: rd_kafka_AclOperation_t) -> *const c_char {
    name_or_unsupported(&OPERATIONS, acl_operation)
}

/// Returns the name of an ACL's permission type, a constant of the library.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_AclPermissionType_name(
    acl_permission_type: rd_kafka_AclPermissionType_t,
) -> *const c_char {
    name_or_unsupported(&PERMISSIONS, acl_permission_type)
}

/// Returns the name of a consumer group's state, a constant of the library; NULL for any other number.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_consumer_group_state_name(
    state: rd_kafka_consumer_group_state_t,
) -> *const c_char {
    name(&GROUP_STATES, state).map_or(null(), CStr::as_ptr)
}

/// Returns the consumer group state of a name, in any case of letters.
///
/// @return RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN for a name that is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_state_code(
    name: *const c_char,
) -> rd_kafka_consumer_group_state_t {
    // SAFETY: the caller's string, or NULL.
    unsafe { code(&GROUP_STATES, name) }
}

/// Returns the name of a consumer group's protocol, a constant of the library; NULL for any other number.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_consumer_group_type_name(
    type_: rd_kafka_consumer_group_type_t,
) -> *const c_char {
    name(&GROUP_TYPES, type_).map_or(null(), CStr::as_ptr)
}

/// Returns the consumer group protocol of a name, in any case of letters.
///
/// @return RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN for a name that is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_type_code(
    name: *const c_char,
) -> rd_kafka_consumer_group_type_t {
    // SAFETY: the caller's string, or NULL.
    unsafe { code(&GROUP_TYPES, name) }
}
