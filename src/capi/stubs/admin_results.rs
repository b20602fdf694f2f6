//! Results of admin requests on topics, configurations, records, ACLs and credentials.

use super::not_implemented;
use crate::capi::abi::enum_ints::rd_kafka_ScramMechanism_t;
use crate::capi::abi::opaque::{
    rd_kafka_AlterUserScramCredentials_result_response_t, rd_kafka_AlterUserScramCredentials_result_t,
    rd_kafka_CreateAcls_result_t, rd_kafka_DeleteAcls_result_response_t, rd_kafka_DeleteAcls_result_t,
    rd_kafka_DeleteRecords_result_t, rd_kafka_DescribeAcls_result_t,
    rd_kafka_DescribeUserScramCredentials_result_t, rd_kafka_ElectLeaders_result_t,
    rd_kafka_ScramCredentialInfo_t, rd_kafka_UserScramCredentialsDescription_t, rd_kafka_acl_result_t,
    rd_kafka_topic_partition_result_t,
};
use crate::capi::abi::types::{rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_t};
use crate::capi::admin::acls::rd_kafka_AclBinding_t;
use crate::capi::ffi::error_object::rd_kafka_error_t;
use crate::capi::ffi::pointers::write_out;
use std::ffi::c_char;
use std::ptr::{null, null_mut};

/// Returns the partition of a result. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_result_partition(
    _partition_result: *const rd_kafka_topic_partition_result_t,
) -> *const rd_kafka_topic_partition_t {
    not_implemented!(null())
}

/// Returns the error for a partition. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_topic_partition_result_error(
    _partition_result: *const rd_kafka_topic_partition_result_t,
) -> *const rd_kafka_error_t {
    not_implemented!(null())
}

/// Returns the results of rd_kafka_DeleteRecords(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteRecords_result_offsets(
    _result: *const rd_kafka_DeleteRecords_result_t,
) -> *const rd_kafka_topic_partition_list_t {
    not_implemented!(null())
}

/// Returns the results of rd_kafka_ElectLeaders(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ElectLeaders_result_partitions(
    _result: *const rd_kafka_ElectLeaders_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_topic_partition_result_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the error for an ACL. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_acl_result_error(
    _aclres: *const rd_kafka_acl_result_t,
) -> *const rd_kafka_error_t {
    not_implemented!(null())
}

/// Returns the results of rd_kafka_CreateAcls(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_CreateAcls_result_acls(
    _result: *const rd_kafka_CreateAcls_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_acl_result_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the results of rd_kafka_DescribeAcls(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeAcls_result_acls(
    _result: *const rd_kafka_DescribeAcls_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_AclBinding_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the results of rd_kafka_DeleteAcls(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteAcls_result_responses(
    _result: *const rd_kafka_DeleteAcls_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_DeleteAcls_result_response_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the error for an ACL filter. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteAcls_result_response_error(
    _result_response: *const rd_kafka_DeleteAcls_result_response_t,
) -> *const rd_kafka_error_t {
    not_implemented!(null())
}

/// Returns the ACLs that a filter has deleted. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteAcls_result_response_matching_acls(
    _result_response: *const rd_kafka_DeleteAcls_result_response_t,
    matching_acls_cntp: *mut usize,
) -> *mut *const rd_kafka_AclBinding_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(matching_acls_cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the results of rd_kafka_DescribeUserScramCredentials(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeUserScramCredentials_result_descriptions(
    _result: *const rd_kafka_DescribeUserScramCredentials_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_UserScramCredentialsDescription_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the name of a described user. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_UserScramCredentialsDescription_user(
    _description: *const rd_kafka_UserScramCredentialsDescription_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns the error for a described user. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_UserScramCredentialsDescription_error(
    _description: *const rd_kafka_UserScramCredentialsDescription_t,
) -> *const rd_kafka_error_t {
    not_implemented!(null())
}

/// Returns the number of credentials of a user. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_UserScramCredentialsDescription_scramcredentialinfo_count(
    _description: *const rd_kafka_UserScramCredentialsDescription_t,
) -> usize {
    not_implemented!(0)
}

/// Returns a credential of a user. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_UserScramCredentialsDescription_scramcredentialinfo(
    _description: *const rd_kafka_UserScramCredentialsDescription_t,
    _idx: usize,
) -> *const rd_kafka_ScramCredentialInfo_t {
    not_implemented!(null())
}

/// Returns the mechanism of a credential. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ScramCredentialInfo_mechanism(
    _scram_credential_info: *const rd_kafka_ScramCredentialInfo_t,
) -> rd_kafka_ScramMechanism_t {
    not_implemented!(0)
}

/// Returns the number of iterations of a credential. Admin requests do not return results yet.
///
/// @return 0
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ScramCredentialInfo_iterations(
    _scram_credential_info: *const rd_kafka_ScramCredentialInfo_t,
) -> i32 {
    not_implemented!(0)
}

/// Returns the results of rd_kafka_AlterUserScramCredentials(). Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterUserScramCredentials_result_responses(
    _result: *const rd_kafka_AlterUserScramCredentials_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_AlterUserScramCredentials_result_response_t {
    // SAFETY: valid for writing a number, or NULL.
    unsafe { write_out(cntp, 0) };
    not_implemented!(null_mut())
}

/// Returns the user of a result. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterUserScramCredentials_result_response_user(
    _response: *const rd_kafka_AlterUserScramCredentials_result_response_t,
) -> *const c_char {
    not_implemented!(null())
}

/// Returns the error for a user. Admin requests do not return results yet.
///
/// @return NULL
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterUserScramCredentials_result_response_error(
    _response: *const rd_kafka_AlterUserScramCredentials_result_response_t,
) -> *const rd_kafka_error_t {
    not_implemented!(null())
}
