//! Interceptors of a configuration: what they are told when it is changed, copied and destroyed, and the
//! plug-ins that bring them along.
//!
//! Interceptors work on the configuration that they are told about, so nothing of it is borrowed while one
//! runs.

use crate::base::error::ErrorCode;
use crate::base::unwind;
use crate::capi::abi::enum_ints::{rd_kafka_conf_res_t, rd_kafka_resp_err_t};
use crate::capi::abi::interceptor_types::call::{OnConfDup, OnConfSet};
use crate::capi::abi::types::rd_kafka_conf_t;
use crate::capi::conf::object::{ConfHooks, ConfObject, conf_mut};
use crate::capi::conf::plugin::{ErrorText, Plugin};
use crate::capi::conf::results::{INVALID, OK, UNKNOWN};
use crate::capi::ffi::strings::c_string;
use crate::capi::interceptor::chain::{Chain, Method, call_method};
use crate::conf::{Conf, ConfError, ConfErrorKind, CopyStep, REFERENCE_VERSION};
use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};

const PLUGINS: &str = "plugin.library.paths";
const SOFTWARE_VERSION: &str = "client.software.version";

/// The interceptors of one kind, to be called without a borrow.
///
/// # Safety
/// `conf` is a configuration or NULL, and not borrowed.
unsafe fn methods(conf: *mut rd_kafka_conf_t, chain: impl Fn(&ConfHooks) -> &Chain) -> Vec<Method> {
    // SAFETY: by this function's own contract.
    let conf = unsafe { conf_mut(conf) };
    conf.map(|c| chain(&c.hooks).iter().cloned().collect()).unwrap_or_default()
}

/// Offers a property to the interceptors. UNKNOWN if none wants it.
///
/// # Safety
/// `conf` is a configuration that is not borrowed, and the buffer is as large as stated.
unsafe fn offer(
    conf: *mut rd_kafka_conf_t,
    name: &CStr,
    value: Option<&CStr>,
    errstr: ErrorText,
) -> rd_kafka_conf_res_t {
    // SAFETY: by this function's own contract.
    for method in unsafe { methods(conf, |h| &h.on_conf_set) } {
        let val = value.map_or(null(), CStr::as_ptr);
        let res = call_method!(&method, OnConfSet, (conf, name.as_ptr(), val, errstr.at, errstr.size));
        if res == UNKNOWN {
            continue;
        }
        if res == OK {
            // SAFETY: by this function's own contract.
            if let Some(c) = unsafe { conf_mut(conf) } {
                c.hooks.take(name, value);
            }
        }
        return res;
    }
    UNKNOWN
}

/// Whether setting `name` may concern interceptors or plug-ins.
pub(crate) fn concerns(conf: &ConfObject, name: &CStr) -> bool {
    !conf.hooks.on_conf_set.is_empty() || name.to_bytes() == PLUGINS.as_bytes()
}

/// Sets `client.software.version` to the library's own version, unless the application has set it: librdkafka
/// does so when an instance is created, and interceptors are told. Without interceptors the default has the
/// same effect.
///
/// # Safety
/// `conf` is NULL or a configuration that is not borrowed.
pub(crate) unsafe fn set_own_version(conf: *mut rd_kafka_conf_t) {
    // SAFETY: by this function's own contract.
    let told = unsafe { conf_mut(conf) }
        .is_some_and(|c| !c.hooks.on_conf_set.is_empty() && !c.is_modified(SOFTWARE_VERSION));
    if told {
        let (name, version) = (c_string(SOFTWARE_VERSION), c_string(REFERENCE_VERSION));
        // An interceptor that refuses it leaves the default, which is the same.
        // SAFETY: by this function's own contract; there is no buffer for a text.
        let _ = unsafe { set(conf, &name, Some(&version), ErrorText { at: null_mut(), size: 0 }) };
    }
}

/// Sets a property with interceptors looking on. They are asked as librdkafka asks them: for the name as
/// given, for the name that an alias stands for, and again when the value has been found valid, for a list of
/// flags once for each of them.
///
/// # Safety
/// `conf` is a configuration that is not borrowed, and the buffer is as large as stated.
pub(crate) unsafe fn set(
    conf: *mut rd_kafka_conf_t,
    name: &CStr,
    value: Option<&CStr>,
    errstr: ErrorText,
) -> rd_kafka_conf_res_t {
    let value = value.filter(|v| !v.is_empty());
    // SAFETY: by this function's own contract.
    let res = unsafe { offer(conf, name, value, errstr) };
    if res != UNKNOWN {
        return res;
    }
    let text = name.to_string_lossy();
    if let Some(target) = Conf::alias_target(&text) {
        // SAFETY: by this function's own contract.
        return unsafe { set(conf, &c_string(target), value, errstr) };
    }
    let given = value.map(CStr::to_bytes);
    // SAFETY: by this function's own contract.
    if let Err(res) = unsafe { offer_checked(conf, name, value, errstr) } {
        return res;
    }
    // SAFETY: by this function's own contract; the borrow ends with the statement.
    match unsafe { conf_mut(conf) }.map(|c| c.set_bytes(&text, given)) {
        Some(Ok(())) => OK,
        // SAFETY: by this function's own contract.
        Some(Err(e)) => unsafe { refuse(&e, errstr) },
        None => INVALID,
    }
}

/// Offers a value that the library has found valid to the interceptors again, a list of flags once for each
/// of them. `Err` is the result of the whole call: an interceptor has taken the property, or the value is not
/// valid.
///
/// # Safety
/// As for [`set`].
unsafe fn offer_checked(
    conf: *mut rd_kafka_conf_t,
    name: &CStr,
    value: Option<&CStr>,
    errstr: ErrorText,
) -> Result<(), rd_kafka_conf_res_t> {
    let (text, given) = (name.to_string_lossy(), value.map(CStr::to_bytes));
    // SAFETY: by this function's own contract; the borrow ends with the statement.
    let check = unsafe { conf_mut(conf) }.and_then(|c| c.check(&text, given));
    let Some(check) = check else { return Ok(()) };
    let several = check.steps.len() > 1 || check.verdict.is_err();
    for step in &check.steps {
        // SAFETY: by this function's own contract.
        let res = unsafe { offer(conf, name, value, errstr) };
        if res != UNKNOWN {
            return Err(res);
        }
        // SAFETY: by this function's own contract; the borrow ends with the statement.
        if several && let Some(c) = unsafe { conf_mut(conf) } {
            // The step is valid; an error of the whole value is reported below.
            let _ = c.set(&text, step.as_deref());
        }
    }
    if let Err(e) = check.verdict {
        // SAFETY: by this function's own contract.
        return Err(unsafe { refuse(&e, errstr) });
    }
    let paths = value.unwrap_or_default().to_string_lossy();
    // SAFETY: by this function's own contract.
    if text == PLUGINS && !unsafe { load_plugins(conf, paths.trim_start(), errstr) } {
        return Err(INVALID);
    }
    Ok(())
}

/// Loads the libraries in a list and lets them set up the configuration. Returns whether that went well for
/// all.
///
/// What is loaded stays loaded as long as the configuration: its interceptors may be in use. librdkafka
/// unloads what an earlier value of the property had loaded and leaves the interceptors dangling.
///
/// # Safety
/// `conf` is a configuration to which nobody else has access and which is not borrowed; the buffer is as
/// large as stated.
unsafe fn load_plugins(conf: *mut rd_kafka_conf_t, paths: &str, errstr: ErrorText) -> bool {
    // SAFETY: by this function's own contract.
    if let Some(c) = unsafe { conf_mut(conf) } {
        c.hooks.forget_plugin_names();
    }
    if paths.is_empty() {
        return true;
    }
    // Nothing behind the last separator is nothing.
    for path in paths.strip_suffix(';').unwrap_or(paths).split(';') {
        // SAFETY: by this function's own contract.
        if !unsafe { load_plugin(conf, path, errstr) } {
            // SAFETY: by this function's own contract.
            unsafe { errstr.append(&format!(" (plugin {path})")) };
            return false;
        }
    }
    true
}

/// # Safety
/// As for [`load_plugins`].
unsafe fn load_plugin(conf: *mut rd_kafka_conf_t, path: &str, errstr: ErrorText) -> bool {
    // SAFETY: by this function's own contract.
    if unsafe { conf_mut(conf) }.is_some_and(|c| c.hooks.has_plugin(path)) {
        // SAFETY: by this function's own contract.
        unsafe { errstr.set(&format!("Ignoring duplicate plugin {path}")) };
        return true;
    }
    let (plugin, conf_init) = match Plugin::open(path) {
        Ok(opened) => opened,
        Err(why) => {
            // SAFETY: by this function's own contract.
            unsafe { errstr.set(&why) };
            return false;
        }
    };
    let mut opaque = null_mut();
    let opaque = &raw mut opaque;
    // SAFETY: the function of an open library; nothing of ours is borrowed during the call.
    let err = unwind::call(|| unsafe { conf_init(conf, opaque, errstr.at, errstr.size) });
    let err: rd_kafka_resp_err_t = err.unwrap_or(ErrorCode::_FAIL.0);
    // A plug-in that failed may have left interceptors behind, so it is kept as well.
    // SAFETY: by this function's own contract.
    if let Some(c) = unsafe { conf_mut(conf) } {
        c.hooks.keep_plugin(plugin, err == 0);
    }
    err == 0
}

/// # Safety
/// The buffer is as large as stated.
unsafe fn refuse(e: &ConfError, errstr: ErrorText) -> rd_kafka_conf_res_t {
    // SAFETY: by this function's own contract.
    unsafe { errstr.set(&e.text) };
    match e.kind {
        ConfErrorKind::Unknown => UNKNOWN,
        ConfErrorKind::Invalid => INVALID,
    }
}

/// Copies a configuration that has interceptors or plug-ins into a new one. False if it has none and nothing
/// was done.
///
/// # Safety
/// Two configurations that are not borrowed; `filter` has `filter_cnt` strings.
pub(crate) unsafe fn copy(
    from: *mut rd_kafka_conf_t,
    to: *mut rd_kafka_conf_t,
    filter_cnt: usize,
    filter: *mut *const c_char,
    filters: &[&str],
) -> bool {
    // SAFETY: by this function's own contract.
    if unsafe { conf_mut(from) }.is_none_or(|c| c.hooks.is_empty()) {
        return false;
    }
    // SAFETY: by this function's own contract.
    for method in unsafe { methods(from, |h| &h.on_conf_dup) } {
        // As in librdkafka, a failure has no consequences.
        let _ = call_method!(&method, OnConfDup, (to, from.cast_const(), filter_cnt, filter));
    }
    // SAFETY: by this function's own contract.
    let steps = unsafe { conf_mut(from) }.map(|c| c.copy_steps(filters)).unwrap_or_default();
    for step in steps {
        // SAFETY: by this function's own contract.
        unsafe { take_step(from, to, &step, filters) };
    }
    true
}

/// # Safety
/// Two configurations that are not borrowed.
unsafe fn take_step(from: *mut rd_kafka_conf_t, to: *mut rd_kafka_conf_t, step: &CopyStep, filters: &[&str]) {
    let mut spare = 0;
    let none = error_text(null_mut(), 0, &mut spare);
    match step {
        CopyStep::Interceptors => {
            // SAFETY: by this function's own contract.
            let taken = unsafe { conf_mut(from) }.map(|c| c.hooks.taken()).unwrap_or_default();
            for (name, value) in taken {
                let shown = name.to_string_lossy();
                if !filters.iter().any(|f| shown.starts_with(f)) {
                    // SAFETY: by this function's own contract.
                    let _ = unsafe { set(to, &name, value.as_deref(), none) };
                }
            }
        }
        CopyStep::Value { name, text } => {
            let (c_name, c_value) = (c_string(name), text.as_deref().map(c_string));
            // SAFETY: by this function's own contract.
            let taken = unsafe { offer(to, &c_name, c_value.as_deref(), NO_TEXT) } != UNKNOWN;
            let paths = text.as_deref().unwrap_or_default();
            // SAFETY: by this function's own contract.
            if taken || (*name == PLUGINS && !unsafe { load_plugins(to, paths, none) }) {
                return;
            }
            // SAFETY: two different objects, which nobody else uses meanwhile.
            if let (Some(from), Some(to)) = unsafe { (conf_mut(from), conf_mut(to)) } {
                to.copy_property(from, name);
            }
        }
        CopyStep::Pointer { name } => {
            // SAFETY: as above.
            if let (Some(from), Some(to)) = unsafe { (conf_mut(from), conf_mut(to)) } {
                to.copy_property(from, name);
            }
        }
    }
}

/// Interceptors that look on at copying get no buffer.
const NO_TEXT: ErrorText = ErrorText { at: null_mut(), size: 0 };

/// The caller's buffer, or one of no size in place of NULL: interceptors may rely on there being one.
pub(crate) fn error_text(errstr: *mut c_char, errstr_size: usize, spare: &mut c_char) -> ErrorText {
    if errstr.is_null() {
        ErrorText { at: spare, size: 0 }
    } else {
        ErrorText { at: errstr, size: errstr_size }
    }
}
