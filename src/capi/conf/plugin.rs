//! Plug-ins: shared objects named by `plugin.library.paths`, which set up interceptors on a configuration.

use crate::base::error::ErrorCode;
use crate::base::unwind;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::interceptor_types::call::ConfInit;
use crate::capi::abi::types::rd_kafka_conf_t;
use crate::capi::conf::object::conf_mut;
use crate::capi::ffi::strings::{c_string, write_buf};
use std::ffi::{CStr, c_char, c_void};
use std::ptr::null_mut;

/// What shared objects are called here.
const EXTENSION: &str = ".so";

/// A loaded plug-in. The system counts how often a library is loaded.
#[derive(Debug)]
pub(crate) struct Plugin {
    path: String,
    handle: usize,
}

impl Drop for Plugin {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and whoever drops the plug-in has no more use for its functions.
        unsafe { libc::dlclose(std::ptr::with_exposed_provenance_mut(self.handle)) };
    }
}

fn last_error() -> String {
    // SAFETY: the text belongs to this thread and is copied at once.
    unsafe {
        let text = libc::dlerror();
        if text.is_null() {
            return "No error returned from dlerror()".into();
        }
        CStr::from_ptr(text).to_string_lossy().replace('\n', ".")
    }
}

fn open_as_is(path: &str) -> Result<*mut c_void, String> {
    let path = c_string(path);
    // SAFETY: a terminated string; constructors of the library run, as the application has asked for.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    if handle.is_null() { Err(format!("dlopen() failed: {}", last_error())) } else { Ok(handle) }
}

/// Loads a library; a path without an extension is tried with the usual one as well.
fn open(path: &str) -> Result<*mut c_void, String> {
    open_as_is(path).or_else(|why| {
        let file = path.rfind('/').and_then(|at| path.get(at..)).unwrap_or(path);
        let has_extension = file.rfind('.').is_some_and(|dot| dot + EXTENSION.len() >= file.len());
        if has_extension { Err(why) } else { open_as_is(&format!("{path}{EXTENSION}")) }
    })
}

/// Where a failed plug-in leaves its reason.
#[derive(Clone, Copy)]
pub(crate) struct ErrorText {
    pub at: *mut c_char,
    pub size: usize,
}

impl ErrorText {
    /// # Safety
    /// The buffer is NULL or as large as stated.
    pub(crate) unsafe fn set(self, text: &str) {
        // SAFETY: by this function's own contract.
        unsafe { write_buf(self.at, self.size, text) };
    }

    /// Appends to the text that is there, as far as it fits.
    ///
    /// # Safety
    /// The buffer is NULL or as large as stated, and holds a text.
    unsafe fn append(self, text: &str) {
        if self.at.is_null() || self.size == 0 {
            return;
        }
        // SAFETY: by this function's own contract; `len` is within the buffer.
        unsafe {
            let len = libc::strnlen(self.at, self.size);
            if len + text.len() < self.size {
                write_buf(self.at.add(len), self.size - len, text);
            }
        }
    }
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
pub(crate) unsafe fn load_all(conf: *mut rd_kafka_conf_t, paths: &str, errstr: ErrorText) -> bool {
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
        if !unsafe { load(conf, path, errstr) } {
            // SAFETY: by this function's own contract.
            unsafe { errstr.append(&format!(" (plugin {path})")) };
            return false;
        }
    }
    true
}

/// # Safety
/// As for [`load_all`].
unsafe fn load(conf: *mut rd_kafka_conf_t, path: &str, errstr: ErrorText) -> bool {
    // SAFETY: by this function's own contract.
    if unsafe { conf_mut(conf) }.is_some_and(|c| c.hooks.has_plugin(path)) {
        // SAFETY: by this function's own contract.
        unsafe { errstr.set(&format!("Ignoring duplicate plugin {path}")) };
        return true;
    }
    let handle = match open(path) {
        Ok(handle) => handle,
        Err(why) => {
            // SAFETY: by this function's own contract.
            unsafe { errstr.set(&why) };
            return false;
        }
    };
    let plugin = Plugin { path: path.to_owned(), handle: handle.expose_provenance() };
    // SAFETY: an open library and a terminated name.
    let conf_init = unsafe { libc::dlsym(handle, c"conf_init".as_ptr()) };
    if conf_init.is_null() {
        // SAFETY: by this function's own contract.
        unsafe { errstr.set(&format!("Failed to load symbol \"conf_init\": {}", last_error())) };
        return false;
    }
    let mut opaque = null_mut();
    // SAFETY: a library with that symbol promises that it is this function; nothing of ours is borrowed
    // during the call.
    let conf_init = unsafe { std::mem::transmute::<*mut c_void, ConfInit>(conf_init) };
    let opaque = &raw mut opaque;
    // SAFETY: as above.
    let err = unwind::call(|| unsafe { conf_init(conf, opaque, errstr.at, errstr.size) });
    let err: rd_kafka_resp_err_t = err.unwrap_or(ErrorCode::_FAIL.0);
    // A plug-in that failed may have left interceptors behind, so it is kept as well.
    // SAFETY: by this function's own contract.
    if let Some(c) = unsafe { conf_mut(conf) } {
        c.hooks.keep_plugin(plugin, err == 0);
    }
    err == 0
}

impl Plugin {
    pub(crate) fn is(&self, path: &str) -> bool {
        self.path == path
    }
}
