//! Options of admin requests.

use super::{destroy, invalid};
use crate::base::clock::milliseconds;
use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::{
    rd_kafka_IsolationLevel_t, rd_kafka_admin_op_t, rd_kafka_consumer_group_state_t,
    rd_kafka_consumer_group_type_t, rd_kafka_resp_err_t,
};
use crate::capi::abi::enums::{
    rd_kafka_admin_op_e as Op, rd_kafka_consumer_group_state_e, rd_kafka_consumer_group_type_e,
};
use crate::capi::abi::types::rd_kafka_t;
use crate::capi::ffi::error_object::rd_kafka_error_t;
use crate::capi::ffi::guard::{barrier, guard};
use crate::capi::ffi::pointers::{BoxHandle, borrow, borrow_mut};
use crate::capi::ffi::strings::write_buf;
use crate::capi::instance::object::with_instance;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;
use std::time::Duration;

/// A number that may be set within its range, for the operations that know it.
struct Number {
    name: &'static str,
    min: c_int,
    max: c_int,
    /// `None`: the operation does not know it.
    value: Option<c_int>,
}

impl Number {
    fn new(name: &'static str, min: c_int, max: c_int, default: c_int, known: bool) -> Self {
        Self { name, min, max, value: known.then_some(default) }
    }

    fn set(&mut self, to: c_int) -> Result<(), String> {
        let Number { name, min, max, .. } = *self;
        let Some(value) = self.value.as_mut() else {
            return Err(format!("\"{name}\" is not supported for this operation"));
        };
        if !(min..=max).contains(&to) {
            return Err(format!(
                "Invalid value type for \"{name}\": expecting integer in range {min}..{max}"
            ));
        }
        *value = to;
        Ok(())
    }
}

/// Options of an admin operation.
pub struct rd_kafka_AdminOptions_s {
    request_timeout: Number,
    operation_timeout: Number,
    validate_only: Number,
    broker: Number,
    require_stable_offsets: Number,
    include_authorized_operations: Number,
    isolation_level: Number,
    /// `None`: the operation does not know it.
    group_states: Option<Vec<c_int>>,
    group_types: Option<Vec<c_int>>,
    opaque: *mut c_void,
}

/// Options of an admin operation. Made with rd_kafka_AdminOptions_new().
pub type rd_kafka_AdminOptions_t = rd_kafka_AdminOptions_s;

impl BoxHandle for rd_kafka_AdminOptions_s {
    type Handle = Self;
}

const HOUR_MS: c_int = 3_600_000;

/// Whether options are for one of these operations.
fn among<const N: usize>(op: c_int, ops: [Op; N]) -> bool {
    op == Op::RD_KAFKA_ADMIN_OP_ANY as c_int || ops.into_iter().any(|o| o as c_int == op)
}

impl rd_kafka_AdminOptions_s {
    fn new(op: c_int, request_timeout: c_int) -> Self {
        let flag = |name, known| Number::new(name, 0, 1, 0, known);
        let slow = among(
            op,
            [
                Op::RD_KAFKA_ADMIN_OP_CREATETOPICS,
                Op::RD_KAFKA_ADMIN_OP_DELETETOPICS,
                Op::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS,
                Op::RD_KAFKA_ADMIN_OP_DELETERECORDS,
                Op::RD_KAFKA_ADMIN_OP_LISTOFFSETS,
                Op::RD_KAFKA_ADMIN_OP_ELECTLEADERS,
            ],
        );
        let checkable = among(
            op,
            [
                Op::RD_KAFKA_ADMIN_OP_CREATETOPICS,
                Op::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS,
                Op::RD_KAFKA_ADMIN_OP_ALTERCONFIGS,
                Op::RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS,
            ],
        );
        let describes = among(
            op,
            [
                Op::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS,
                Op::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER,
                Op::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
            ],
        );
        let lists_groups = among(op, [Op::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS]);
        Self {
            request_timeout: Number::new("request_timeout", 0, HOUR_MS, request_timeout, true),
            operation_timeout: Number::new("operation_timeout", -1, HOUR_MS, request_timeout, slow),
            validate_only: flag("validate_only", checkable),
            broker: Number::new("broker", 0, c_int::MAX, -1, true),
            require_stable_offsets: flag(
                "require_stable_offsets",
                among(op, [Op::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS]),
            ),
            include_authorized_operations: flag("include_authorized_operations", describes),
            isolation_level: flag("isolation_level", among(op, [Op::RD_KAFKA_ADMIN_OP_LISTOFFSETS])),
            group_states: lists_groups.then(Vec::new),
            group_types: lists_groups.then(Vec::new),
            opaque: null_mut(),
        }
    }

    /// What rd_kafka_event_opaque() returns for the result.
    #[allow(dead_code)] // For the requests, which are not built yet.
    pub(crate) fn opaque(&self) -> *mut c_void {
        self.opaque
    }
}

/// What a request is to be done with.
pub(super) struct ResolvedOptions {
    pub(super) request_timeout: Duration,
    pub(super) operation_timeout_ms: c_int,
    pub(super) validate_only: bool,
    pub(super) broker: Option<i32>,
    pub(super) authorized_operations: bool,
    pub(super) isolation_level: i8,
    pub(super) opaque: *mut c_void,
}

impl ResolvedOptions {
    /// The caller's options, or the defaults.
    ///
    /// # Safety
    /// `options` is NULL or live.
    pub(super) unsafe fn of(options: *const rd_kafka_AdminOptions_t, socket_timeout: Duration) -> Self {
        let default = c_int::try_from(socket_timeout.as_millis()).unwrap_or(HOUR_MS);
        // SAFETY: by this function's own contract.
        let resolved = unsafe { borrow(options) };
        let number = |n: Option<&Number>, or: c_int| n.and_then(|n| n.value).unwrap_or(or);
        Self {
            request_timeout: milliseconds(number(resolved.map(|g| &g.request_timeout), default)),
            operation_timeout_ms: number(resolved.map(|g| &g.operation_timeout), default),
            validate_only: number(resolved.map(|g| &g.validate_only), 0) != 0,
            broker: Some(number(resolved.map(|g| &g.broker), -1)).filter(|id| *id >= 0),
            authorized_operations: number(resolved.map(|g| &g.include_authorized_operations), 0) != 0,
            isolation_level: i8::from(number(resolved.map(|g| &g.isolation_level), 0) != 0),
            opaque: resolved.map_or(null_mut(), |g| g.opaque),
        }
    }
}

/// Makes options for an admin operation, or for any with RD_KAFKA_ADMIN_OP_ANY.
///
/// @return New options, to be released with rd_kafka_AdminOptions_destroy(); NULL if there is no such
/// operation.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_new(
    rk: *mut rd_kafka_t,
    for_api: rd_kafka_admin_op_t,
) -> *mut rd_kafka_AdminOptions_t {
    if !(0..Op::RD_KAFKA_ADMIN_OP__CNT as c_int).contains(&for_api) {
        return null_mut();
    }
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, null_mut(), |rk| {
            let timeout = rk.client().settings().network.socket_timeout.as_millis();
            rd_kafka_AdminOptions_s::new(for_api, c_int::try_from(timeout).unwrap_or(HOUR_MS)).into_handle()
        })
    }
}

/// Releases options. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_destroy(options: *mut rd_kafka_AdminOptions_t) {
    // SAFETY: the caller gives them up.
    unsafe { destroy(options) }
}

/// Sets one number of the caller's options.
///
/// # Safety
/// `options` is NULL or live.
unsafe fn set(
    options: *mut rd_kafka_AdminOptions_t,
    which: impl FnOnce(&mut rd_kafka_AdminOptions_s) -> &mut Number,
    to: c_int,
) -> Result<(), String> {
    barrier(Err(String::new()), || {
        // SAFETY: by this function's own contract.
        let options = unsafe { borrow_mut(options) }.ok_or_else(|| "No options".to_owned())?;
        which(options).set(to)
    })
}

/// [`set`] for the functions that return a code and a text.
///
/// # Safety
/// `options` is NULL or live, `errstr` valid for `errstr_size` bytes.
unsafe fn set_or_text(
    options: *mut rd_kafka_AdminOptions_t,
    which: impl FnOnce(&mut rd_kafka_AdminOptions_s) -> &mut Number,
    to: c_int,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: by this function's own contract.
    match unsafe { set(options, which, to) } {
        Ok(()) => 0,
        Err(text) => {
            // SAFETY: by this function's own contract.
            unsafe { write_buf(errstr, errstr_size, &text) };
            ErrorCode::_INVALID_ARG.0
        }
    }
}

fn as_error(result: Result<(), String>) -> *mut rd_kafka_error_t {
    result.map_or_else(|text| invalid(&text), |()| null_mut())
}

/// Sets how long the whole operation may take, in milliseconds from 0 to 3600000. The default is
/// `socket.timeout.ms`.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_request_timeout(
    options: *mut rd_kafka_AdminOptions_t,
    timeout_ms: c_int,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's options and buffer.
    unsafe { set_or_text(options, |o| &mut o.request_timeout, timeout_ms, errstr, errstr_size) }
}

/// Sets how long the brokers may take, in milliseconds up to 3600000. 0 does not wait for the operation to be
/// complete in the whole cluster, -1 waits for as long as the request may take.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_operation_timeout(
    options: *mut rd_kafka_AdminOptions_t,
    timeout_ms: c_int,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's options and buffer.
    unsafe { set_or_text(options, |o| &mut o.operation_timeout, timeout_ms, errstr, errstr_size) }
}

/// Lets the brokers only check the request and change nothing, with 1.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_validate_only(
    options: *mut rd_kafka_AdminOptions_t,
    true_or_false: c_int,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's options and buffer.
    unsafe { set_or_text(options, |o| &mut o.validate_only, true_or_false, errstr, errstr_size) }
}

/// Sends the request to a broker of the caller's choice instead of the controller.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG with the reason in `errstr`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_broker(
    options: *mut rd_kafka_AdminOptions_t,
    broker_id: i32,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's options and buffer.
    unsafe { set_or_text(options, |o| &mut o.broker, broker_id, errstr, errstr_size) }
}

/// Lists only offsets that no open transaction can change, with 1.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_require_stable_offsets(
    options: *mut rd_kafka_AdminOptions_t,
    true_or_false: c_int,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's options.
    as_error(unsafe { set(options, |o| &mut o.require_stable_offsets, true_or_false) })
}

/// Asks for the operations that the client may do, too, with 1.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_include_authorized_operations(
    options: *mut rd_kafka_AdminOptions_t,
    true_or_false: c_int,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's options.
    as_error(unsafe { set(options, |o| &mut o.include_authorized_operations, true_or_false) })
}

/// Sets whether offsets are listed up to messages of open transactions.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_isolation_level(
    options: *mut rd_kafka_AdminOptions_t,
    value: rd_kafka_IsolationLevel_t,
) -> *mut rd_kafka_error_t {
    // SAFETY: the caller's options.
    as_error(unsafe { set(options, |o| &mut o.isolation_level, value) })
}

/// Copies numbers of an enum if each is valid.
///
/// # Safety
/// A non-null `first` points to `cnt` elements.
unsafe fn choice(
    first: *const c_int,
    cnt: usize,
    check: impl Fn(c_int) -> Result<(), &'static str>,
    twice: &'static str,
) -> Result<Vec<c_int>, &'static str> {
    let mut chosen = Vec::new();
    for i in 0..if first.is_null() { 0 } else { cnt } {
        // SAFETY: by this function's own contract.
        let value = unsafe { *first.add(i) };
        check(value)?;
        // Ends the loop after as many elements as the enum has values, however large `cnt` is.
        if chosen.contains(&value) {
            return Err(twice);
        }
        chosen.push(value);
    }
    Ok(chosen)
}

/// Replaces a choice of the caller's options.
///
/// # Safety
/// `options` is NULL or live.
unsafe fn choose(
    options: *mut rd_kafka_AdminOptions_t,
    name: &str,
    which: impl FnOnce(&mut rd_kafka_AdminOptions_s) -> &mut Option<Vec<c_int>>,
    chosen: Result<Vec<c_int>, &'static str>,
) -> *mut rd_kafka_error_t {
    let chosen = match chosen {
        Ok(chosen) => chosen,
        Err(text) => return invalid(text),
    };
    // SAFETY: by this function's own contract.
    match unsafe { borrow_mut(options) }.map(which) {
        Some(Some(old)) => {
            *old = chosen;
            null_mut()
        }
        _ => invalid(&format!("\"{name}\" is not supported for this operation")),
    }
}

/// Lists only groups in the given states.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_match_consumer_group_states(
    options: *mut rd_kafka_AdminOptions_t,
    consumer_group_states: *const rd_kafka_consumer_group_state_t,
    consumer_group_states_cnt: usize,
) -> *mut rd_kafka_error_t {
    let states = 0..rd_kafka_consumer_group_state_e::RD_KAFKA_CONSUMER_GROUP_STATE__CNT as c_int;
    let check = |state| states.contains(&state).then_some(()).ok_or("Invalid group state value");
    guard(null_mut(), || {
        let twice = "Duplicate states not allowed";
        // SAFETY: the caller's array and options.
        unsafe {
            let chosen = choice(consumer_group_states, consumer_group_states_cnt, check, twice);
            choose(options, "match_consumer_group_states", |o| &mut o.group_states, chosen)
        }
    })
}

/// Lists only groups of the given protocols.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_match_consumer_group_types(
    options: *mut rd_kafka_AdminOptions_t,
    consumer_group_types: *const rd_kafka_consumer_group_type_t,
    consumer_group_types_cnt: usize,
) -> *mut rd_kafka_error_t {
    let types = 0..rd_kafka_consumer_group_type_e::RD_KAFKA_CONSUMER_GROUP_TYPE__CNT as c_int;
    let check = |t| match t {
        0 => Err("UNKNOWN type is not allowed"),
        t if types.contains(&t) => Ok(()),
        _ => Err("Only a valid type is allowed"),
    };
    guard(null_mut(), || {
        let twice = "Duplicate types not allowed";
        // SAFETY: the caller's array and options.
        unsafe {
            let chosen = choice(consumer_group_types, consumer_group_types_cnt, check, twice);
            choose(options, "match_consumer_group_types", |o| &mut o.group_types, chosen)
        }
    })
}

/// Sets what rd_kafka_event_opaque() returns for the result.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AdminOptions_set_opaque(
    options: *mut rd_kafka_AdminOptions_t,
    ev_opaque: *mut c_void,
) {
    // SAFETY: the caller's options, or NULL.
    if let Some(options) = unsafe { borrow_mut(options) } {
        options.opaque = ev_opaque;
    }
}
