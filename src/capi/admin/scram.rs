//! SCRAM credentials to set and delete.

use super::{destroy, destroy_array, owned_cstring};
use crate::capi::abi::enum_ints::rd_kafka_ScramMechanism_t;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::BoxHandle;
use crate::capi::ffi::pointers::array;
use std::ffi::{CString, c_char, c_int, c_uchar};
use std::ptr::null_mut;

/// A SCRAM credential to set or delete.
#[allow(dead_code)] // For the request, which is not built yet.
pub struct rd_kafka_UserScramCredentialAlteration_s {
    user: CString,
    mechanism: c_int,
    /// `None`: delete it.
    upsertion: Option<Upsertion>,
}
/// A SCRAM credential to set or delete.
pub type rd_kafka_UserScramCredentialAlteration_t = rd_kafka_UserScramCredentialAlteration_s;

#[allow(dead_code)] // For the request, which is not built yet.
struct Upsertion {
    iterations: i32,
    password: Vec<u8>,
    /// Empty: the request makes one.
    salt: Vec<u8>,
}

impl BoxHandle for rd_kafka_UserScramCredentialAlteration_s {
    type Handle = Self;
}

/// Describes a SCRAM credential to set. Without a salt, one is made.
///
/// @return A new object, to be released with rd_kafka_UserScramCredentialAlteration_destroy(); NULL without a
/// user.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_UserScramCredentialUpsertion_new(
    username: *const c_char,
    mechanism: rd_kafka_ScramMechanism_t,
    iterations: i32,
    password: *const c_uchar,
    password_size: usize,
    salt: *const c_uchar,
    salt_size: usize,
) -> *mut rd_kafka_UserScramCredentialAlteration_t {
    guard(null_mut(), || {
        // SAFETY: the caller's string and arrays.
        let (user, password, salt) =
            unsafe { (owned_cstring(username), array(password, password_size), array(salt, salt_size)) };
        let Some(user) = user else { return null_mut() };
        let upsertion = Some(Upsertion { iterations, password, salt });
        rd_kafka_UserScramCredentialAlteration_s { user, mechanism, upsertion }.into_handle()
    })
}

/// Describes a SCRAM credential to delete.
///
/// @return A new object, to be released with rd_kafka_UserScramCredentialAlteration_destroy(); NULL without a
/// user.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_UserScramCredentialDeletion_new(
    username: *const c_char,
    mechanism: rd_kafka_ScramMechanism_t,
) -> *mut rd_kafka_UserScramCredentialAlteration_t {
    guard(null_mut(), || {
        // SAFETY: the caller's string.
        let Some(user) = (unsafe { owned_cstring(username) }) else { return null_mut() };
        rd_kafka_UserScramCredentialAlteration_s { user, mechanism, upsertion: None }.into_handle()
    })
}

/// Releases a credential to set or delete. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_UserScramCredentialAlteration_destroy(
    alteration: *mut rd_kafka_UserScramCredentialAlteration_t,
) {
    // SAFETY: the caller gives it up.
    unsafe { destroy(alteration) }
}

/// Releases all objects of an array, but not the array.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_UserScramCredentialAlteration_destroy_array(
    alterations: *mut *mut rd_kafka_UserScramCredentialAlteration_t,
    alteration_cnt: usize,
) {
    // SAFETY: the caller gives them up.
    unsafe { destroy_array(alterations, alteration_cnt) }
}
