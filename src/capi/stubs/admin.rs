//! Admin requests.

use super::{NOT_IMPLEMENTED, not_implemented};
use crate::base::error::{Error, ErrorCode};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_event_type_t, rd_kafka_group_list, rd_kafka_queue_t, rd_kafka_t};
use crate::capi::admin::acls::{rd_kafka_AclBinding_t, rd_kafka_AclBindingFilter_t};
use crate::capi::admin::groups::{
    rd_kafka_AlterConsumerGroupOffsets_t, rd_kafka_DeleteConsumerGroupOffsets_t, rd_kafka_DeleteGroup_t,
    rd_kafka_ListConsumerGroupOffsets_t,
};
use crate::capi::admin::options::rd_kafka_AdminOptions_t;
use crate::capi::admin::scram::rd_kafka_UserScramCredentialAlteration_t;
use crate::capi::admin::topics::{rd_kafka_DeleteRecords_t, rd_kafka_ElectLeaders_t};
use crate::capi::ffi::pointers::borrow;
use crate::capi::queue::object::post_outcome;
use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

/// The body of an admin request.
macro_rules! request {
    ($rk:expr, $options:expr, $rkqu:expr, $function:ident, $event:ident) => {{
        not_implemented!($rk, $function, ());
        // SAFETY: the caller's options and queue.
        unsafe { refuse($rkqu, stringify!($function), $crate::capi::abi::consts::$event, $options) }
    }};
}

/// The application waits for an event: it gets one that says no.
///
/// # Safety
/// `rkqu` is NULL or a live queue, `options` NULL or a live object.
unsafe fn refuse(
    rkqu: *mut rd_kafka_queue_t,
    function: &str,
    kind: rd_kafka_event_type_t,
    options: *const rd_kafka_AdminOptions_t,
) {
    crate::capi::ffi::guard::guard((), || {
        let text = format!("{function}() is not implemented by this library");
        // SAFETY: by this function's own contract.
        unsafe {
            let opaque = borrow(options).map_or(null_mut(), |o| o.opaque());
            post_outcome(rkqu, kind, Error::new(ErrorCode::_NOT_IMPLEMENTED, text), opaque);
        }
    });
}

/// Lists consumer groups. Not implemented yet.
///
/// @return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_list_groups(
    rk: *mut rd_kafka_t,
    _group: *const c_char,
    _grplistp: *mut *const rd_kafka_group_list,
    _timeout_ms: c_int,
) -> rd_kafka_resp_err_t {
    not_implemented!(rk, rd_kafka_list_groups, NOT_IMPLEMENTED)
}

/// Releases a list of consumer groups. There are none yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_group_list_destroy(_grplist: *const rd_kafka_group_list) {
    not_implemented!(())
}

/// Deletes the records before given offsets. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteRecords(
    rk: *mut rd_kafka_t,
    _del_records: *mut *mut rd_kafka_DeleteRecords_t,
    _del_record_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(rk, options, rkqu, rd_kafka_DeleteRecords, RD_KAFKA_EVENT_DELETERECORDS_RESULT)
}

/// Lists consumer groups. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListConsumerGroups(
    rk: *mut rd_kafka_t,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(rk, options, rkqu, rd_kafka_ListConsumerGroups, RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT)
}

/// Describes consumer groups. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeConsumerGroups(
    rk: *mut rd_kafka_t,
    _groups: *mut *const c_char,
    _groups_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(rk, options, rkqu, rd_kafka_DescribeConsumerGroups, RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT)
}

/// Deletes consumer groups. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteGroups(
    rk: *mut rd_kafka_t,
    _del_groups: *mut *mut rd_kafka_DeleteGroup_t,
    _del_group_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(rk, options, rkqu, rd_kafka_DeleteGroups, RD_KAFKA_EVENT_DELETEGROUPS_RESULT)
}

/// Lists the committed offsets of a consumer group. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ListConsumerGroupOffsets(
    rk: *mut rd_kafka_t,
    _list_grpoffsets: *mut *mut rd_kafka_ListConsumerGroupOffsets_t,
    _list_grpoffsets_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(
        rk,
        options,
        rkqu,
        rd_kafka_ListConsumerGroupOffsets,
        RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT
    )
}

/// Sets the committed offsets of a consumer group. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterConsumerGroupOffsets(
    rk: *mut rd_kafka_t,
    _alter_grpoffsets: *mut *mut rd_kafka_AlterConsumerGroupOffsets_t,
    _alter_grpoffsets_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(
        rk,
        options,
        rkqu,
        rd_kafka_AlterConsumerGroupOffsets,
        RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT
    )
}

/// Deletes committed offsets of a consumer group. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteConsumerGroupOffsets(
    rk: *mut rd_kafka_t,
    _del_grpoffsets: *mut *mut rd_kafka_DeleteConsumerGroupOffsets_t,
    _del_grpoffsets_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(
        rk,
        options,
        rkqu,
        rd_kafka_DeleteConsumerGroupOffsets,
        RD_KAFKA_EVENT_DELETECONSUMERGROUPOFFSETS_RESULT
    )
}

/// Describes the SCRAM credentials of users. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeUserScramCredentials(
    rk: *mut rd_kafka_t,
    _users: *mut *const c_char,
    _user_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(
        rk,
        options,
        rkqu,
        rd_kafka_DescribeUserScramCredentials,
        RD_KAFKA_EVENT_DESCRIBEUSERSCRAMCREDENTIALS_RESULT
    )
}

/// Sets and deletes SCRAM credentials of users. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterUserScramCredentials(
    rk: *mut rd_kafka_t,
    _alterations: *mut *mut rd_kafka_UserScramCredentialAlteration_t,
    _alteration_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(
        rk,
        options,
        rkqu,
        rd_kafka_AlterUserScramCredentials,
        RD_KAFKA_EVENT_ALTERUSERSCRAMCREDENTIALS_RESULT
    )
}

/// Creates ACLs. Not implemented yet: the event on `rkqu` has the error RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_CreateAcls(
    rk: *mut rd_kafka_t,
    _new_acls: *mut *mut rd_kafka_AclBinding_t,
    _new_acls_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(rk, options, rkqu, rd_kafka_CreateAcls, RD_KAFKA_EVENT_CREATEACLS_RESULT)
}

/// Describes ACLs. Not implemented yet: the event on `rkqu` has the error RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeAcls(
    rk: *mut rd_kafka_t,
    _acl_filter: *mut rd_kafka_AclBindingFilter_t,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(rk, options, rkqu, rd_kafka_DescribeAcls, RD_KAFKA_EVENT_DESCRIBEACLS_RESULT)
}

/// Deletes ACLs. Not implemented yet: the event on `rkqu` has the error RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DeleteAcls(
    rk: *mut rd_kafka_t,
    _del_acls: *mut *mut rd_kafka_AclBindingFilter_t,
    _del_acls_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(rk, options, rkqu, rd_kafka_DeleteAcls, RD_KAFKA_EVENT_DELETEACLS_RESULT)
}

/// Elects leaders of partitions. Not implemented yet: the event on `rkqu` has the error
/// RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_ElectLeaders(
    rk: *mut rd_kafka_t,
    _elect_leaders: *mut rd_kafka_ElectLeaders_t,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    request!(rk, options, rkqu, rd_kafka_ElectLeaders, RD_KAFKA_EVENT_ELECTLEADERS_RESULT)
}
