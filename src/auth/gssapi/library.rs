//! The system's Kerberos library (MIT), loaded at run time: nobody who does not use it needs it, neither to
//! build nor to run.
//!
//! Everything C stands in this file. Types and constants are those of RFC 2744, which is the library's
//! interface on Linux.
#![allow(unsafe_code)] // Calls into C; the safe functions here are the whole surface.

use super::{Context, Provider};
use crate::base::sync::{Arc, OnceLock};
use std::ffi::{CStr, c_int, c_void};
use std::ptr::{null, null_mut};

const NAME: &CStr = c"libgssapi_krb5.so.2";

/// A buffer: the caller's where the library reads, the library's own where it writes.
#[repr(C)]
struct Buffer {
    length: usize,
    value: *const c_void,
}

/// An object identifier.
#[repr(C)]
struct Oid {
    length: u32,
    elements: *const c_void,
}

// SAFETY: the two of them below are never written, and what they point at is static.
unsafe impl Sync for Oid {}

/// 1.2.840.113554.1.2.2, the Kerberos mechanism.
static KERBEROS: Oid = Oid { length: 9, elements: b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02".as_ptr().cast() };
/// 1.2.840.113554.1.2.1.4, a name of the form `service@host`.
static HOST_BASED: Oid =
    Oid { length: 10, elements: b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04".as_ptr().cast() };

const COMPLETE: u32 = 0;
const CONTINUE_NEEDED: u32 = 1;
/// The bits of a status that are errors.
const ERRORS: u32 = 0xffff_0000;
/// The broker has to show who it is, too.
const MUTUAL: u32 = 2;
const SEQUENCE: u32 = 8;
/// A status of GSSAPI, and one of the mechanism.
const GSS_CODE: c_int = 1;
const MECH_CODE: c_int = 2;
/// A status has a few texts at the most; the library ends the list itself.
const MAX_TEXTS: usize = 8;

type Handle = *mut c_void;

/// The functions of the library, by their C types.
struct Functions {
    import_name: unsafe extern "C" fn(*mut u32, *const Buffer, *const Oid, *mut Handle) -> u32,
    release_name: unsafe extern "C" fn(*mut u32, *mut Handle) -> u32,
    init_sec_context: unsafe extern "C" fn(
        *mut u32,
        Handle,
        *mut Handle,
        Handle,
        *const Oid,
        u32,
        u32,
        *const c_void,
        *const Buffer,
        *mut *const Oid,
        *mut Buffer,
        *mut u32,
        *mut u32,
    ) -> u32,
    delete_sec_context: unsafe extern "C" fn(*mut u32, *mut Handle, *mut Buffer) -> u32,
    release_buffer: unsafe extern "C" fn(*mut u32, *mut Buffer) -> u32,
    wrap: unsafe extern "C" fn(*mut u32, Handle, c_int, u32, *const Buffer, *mut c_int, *mut Buffer) -> u32,
    unwrap: unsafe extern "C" fn(*mut u32, Handle, *const Buffer, *mut Buffer, *mut c_int, *mut u32) -> u32,
    display_status: unsafe extern "C" fn(*mut u32, u32, c_int, *const Oid, *mut u32, *mut Buffer) -> u32,
}

/// The loaded library.
pub(super) struct Library(Functions);

/// Loads the library once; it stays loaded, as its own threads and exit handlers may need it.
pub(super) fn load() -> Option<Arc<Library>> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    if let Some(library) = LIBRARY.get() {
        return Some(library.clone());
    }
    // Not there now may be there at the next call: the application can have it installed meanwhile.
    let library = Arc::new(Library(Functions::bind()?));
    Some(LIBRARY.get_or_init(|| library).clone())
}

/// The symbol of this name as a function.
///
/// # Safety
/// `F` is the function's C type, as a pointer; `library` is one that dlopen() has returned.
unsafe fn symbol<F: Copy>(library: *mut c_void, name: &CStr) -> Option<F> {
    // SAFETY: the caller's word for `library`; the name ends with a NUL.
    let address = unsafe { libc::dlsym(library, name.as_ptr()) };
    // SAFETY: a function pointer is as large as a data pointer, and the caller gives its word that `F` is the
    // type of what was found.
    (!address.is_null()).then(|| unsafe { std::mem::transmute_copy::<*mut c_void, F>(&address) })
}

impl Functions {
    fn bind() -> Option<Self> {
        // SAFETY: the name ends with a NUL. The library's constructors are those of the system's Kerberos,
        // and may run on any thread.
        let library = unsafe { libc::dlopen(NAME.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if library.is_null() {
            return None;
        }
        // SAFETY: `library` is open, and the types are those of RFC 2744, appendix A, which this library
        // implements under this name and version.
        unsafe {
            Some(Self {
                import_name: symbol(library, c"gss_import_name")?,
                release_name: symbol(library, c"gss_release_name")?,
                init_sec_context: symbol(library, c"gss_init_sec_context")?,
                delete_sec_context: symbol(library, c"gss_delete_sec_context")?,
                release_buffer: symbol(library, c"gss_release_buffer")?,
                wrap: symbol(library, c"gss_wrap")?,
                unwrap: symbol(library, c"gss_unwrap")?,
                display_status: symbol(library, c"gss_display_status")?,
            })
        }
    }
}

impl Library {
    /// A buffer for the library to write.
    fn output(&self) -> Output<'_> {
        Output { library: self, buffer: Buffer { length: 0, value: null() } }
    }

    /// What a status means, in the words and the form of librdkafka's SASL library.
    fn error(&self, major: u32, minor: u32) -> String {
        let (major, minor) = (self.texts(major, GSS_CODE), self.texts(minor, MECH_CODE));
        format!("GSSAPI Error: {major} ({minor})")
    }

    fn texts(&self, status: u32, kind: c_int) -> String {
        let (mut texts, mut minor, mut more) = (Vec::new(), 0, 0);
        for _ in 0..MAX_TEXTS {
            let mut text = self.output();
            // SAFETY: all pointers are to live variables of the types that the function takes; `text` is
            // empty.
            let result = unsafe {
                (self.0.display_status)(
                    &raw mut minor,
                    status,
                    kind,
                    &KERBEROS,
                    &raw mut more,
                    &raw mut text.buffer,
                )
            };
            if result & ERRORS != 0 {
                break;
            }
            texts.push(String::from_utf8_lossy(text.bytes()).into_owned());
            if more == 0 {
                break;
            }
        }
        texts.join(", ")
    }
}

impl Provider for Library {
    fn context(self: Arc<Self>, service: &str, host: &str) -> Result<Box<dyn Context>, String> {
        let (text, mut minor) = (format!("{service}@{host}"), 0);
        let mut context = SystemContext { library: self.clone(), name: null_mut(), handle: null_mut() };
        // SAFETY: the buffer is read during the call only; `name` is empty and takes what the function makes.
        let major = unsafe {
            (self.0.import_name)(&raw mut minor, &input(text.as_bytes()), &HOST_BASED, &raw mut context.name)
        };
        if major & ERRORS != 0 {
            return Err(self.error(major, minor));
        }
        Ok(Box::new(context))
    }
}

/// A buffer for the library to read.
fn input(bytes: &[u8]) -> Buffer {
    Buffer { length: bytes.len(), value: bytes.as_ptr().cast() }
}

/// What the library has written, given back to it when it is dropped.
struct Output<'a> {
    library: &'a Library,
    buffer: Buffer,
}

impl Output<'_> {
    fn bytes(&self) -> &[u8] {
        if self.buffer.value.is_null() {
            return &[];
        }
        // SAFETY: the library has written `length` bytes there, and they stay until the buffer is released.
        unsafe { std::slice::from_raw_parts(self.buffer.value.cast(), self.buffer.length) }
    }
}

impl Drop for Output<'_> {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: the buffer is empty or one that the library has allocated; nobody looks at it any more.
        unsafe { (self.library.0.release_buffer)(&raw mut minor, &raw mut self.buffer) };
    }
}

/// A security context of the library's.
struct SystemContext {
    library: Arc<Library>,
    /// The broker's name.
    name: Handle,
    /// NULL until there is one.
    handle: Handle,
}

// SAFETY: the library allows a context and a name to be used by one thread after the other, and there is no
// way to use this one from two at a time: everything takes `&mut self`.
unsafe impl Send for SystemContext {}

impl Context for SystemContext {
    fn step(&mut self, token: &[u8]) -> Result<(Vec<u8>, bool), String> {
        let mut output = self.library.output();
        let (mut minor, mut flags) = (0, 0);
        // SAFETY: the handles are the library's own or NULL (the caller's default credentials; a context that
        // is to be made), the buffers live during the call, and NULL means that a result is not wanted.
        let major = unsafe {
            (self.library.0.init_sec_context)(
                &raw mut minor,
                null_mut(),
                &raw mut self.handle,
                self.name,
                &KERBEROS,
                MUTUAL | SEQUENCE,
                0,
                null(),
                &input(token),
                null_mut(),
                &raw mut output.buffer,
                &raw mut flags,
                null_mut(),
            )
        };
        match major {
            CONTINUE_NEEDED => Ok((output.bytes().to_vec(), false)),
            COMPLETE if flags & MUTUAL == 0 => Err("GSSAPI Error: the broker has not shown who it is".into()),
            COMPLETE => Ok((output.bytes().to_vec(), true)),
            _ => Err(self.library.error(major, minor)),
        }
    }

    fn unwrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String> {
        let mut output = self.library.output();
        let mut minor = 0;
        // SAFETY: the context is complete (step() said so), and the buffers live during the call; NULL means
        // that a result is not wanted.
        let major = unsafe {
            (self.library.0.unwrap)(
                &raw mut minor,
                self.handle,
                &input(message),
                &raw mut output.buffer,
                null_mut(),
                null_mut(),
            )
        };
        if major == COMPLETE { Ok(output.bytes().to_vec()) } else { Err(self.library.error(major, minor)) }
    }

    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String> {
        let mut output = self.library.output();
        let mut minor = 0;
        // SAFETY: as for unwrap().
        let major = unsafe {
            (self.library.0.wrap)(
                &raw mut minor,
                self.handle,
                0,
                0,
                &input(message),
                null_mut(),
                &raw mut output.buffer,
            )
        };
        if major == COMPLETE { Ok(output.bytes().to_vec()) } else { Err(self.library.error(major, minor)) }
    }
}

impl Drop for SystemContext {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: both are the library's own or NULL, which these functions take, and nobody has them any
        // more.
        unsafe {
            (self.library.0.delete_sec_context)(&raw mut minor, &raw mut self.handle, null_mut());
            (self.library.0.release_name)(&raw mut minor, &raw mut self.name);
        }
    }
}
