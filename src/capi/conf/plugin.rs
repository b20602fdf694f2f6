//! Plug-ins: shared objects named by `plugin.library.paths`, which set up interceptors on a configuration.

use crate::capi::abi::interceptor_types::call::ConfInit;
use crate::capi::ffi::strings::{c_string, write_buf};
use std::ffi::{CStr, c_char, c_void};

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
    pub(crate) unsafe fn append(self, text: &str) {
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

impl Plugin {
    /// Loads a library and finds the function that sets up the configuration.
    pub(crate) fn open(path: &str) -> Result<(Self, ConfInit), String> {
        let handle = open(path)?;
        let plugin = Self { path: path.to_owned(), handle: handle.expose_provenance() };
        // SAFETY: an open library and a terminated name.
        let conf_init = unsafe { libc::dlsym(handle, c"conf_init".as_ptr()) };
        if conf_init.is_null() {
            return Err(format!("Failed to load symbol \"conf_init\": {}", last_error()));
        }
        // SAFETY: a library with that symbol promises that it is this function.
        let conf_init = unsafe { std::mem::transmute::<*mut c_void, ConfInit>(conf_init) };
        Ok((plugin, conf_init))
    }

    pub(crate) fn is(&self, path: &str) -> bool {
        self.path == path
    }
}
