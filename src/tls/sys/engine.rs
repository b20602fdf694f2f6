//! OpenSSL's engines: libraries that have keys and certificates of their own. A libcrypto may be built
//! without engines, so the functions for them are looked up at run time.

use super::ffi;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::ssl::SslContextBuilder;
use openssl::stack::Stack;
use openssl::x509::store::X509StoreRef;
use openssl::x509::{X509, X509Name};

use foreign_types::{ForeignType, ForeignTypeRef};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null, null_mut};

type Handle = *mut c_void;

/// The functions of libcrypto, by their C types.
#[derive(Clone, Copy)]
struct Functions {
    by_id: unsafe extern "C" fn(*const c_char) -> Handle,
    ctrl_cmd_string: unsafe extern "C" fn(Handle, *const c_char, *const c_char, c_int) -> c_int,
    init: unsafe extern "C" fn(Handle) -> c_int,
    finish: unsafe extern "C" fn(Handle) -> c_int,
    free: unsafe extern "C" fn(Handle) -> c_int,
    load_ssl_client_cert: unsafe extern "C" fn(
        Handle,
        *mut ffi::SSL,
        *mut ffi::stack_st_X509_NAME,
        *mut *mut ffi::X509,
        *mut *mut ffi::EVP_PKEY,
        *mut *mut ffi::stack_st_X509,
        *mut c_void,
        *mut c_void,
    ) -> c_int,
}

/// Has libcrypto know the engine that loads others.
const INIT_ENGINE_DYNAMIC: u64 = 0x400;

unsafe extern "C" {
    fn OPENSSL_init_crypto(options: u64, settings: *const c_void) -> c_int;
}

/// Which of the files in memory an address is in.
fn file_of(address: *const c_void) -> Option<*mut c_void> {
    let mut found = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: it only looks where the address is, and fills the structure.
    let is_known = unsafe { libc::dladdr(address, found.as_mut_ptr()) } != 0;
    // SAFETY: filled, and it consists of pointers.
    is_known.then(|| unsafe { found.assume_init() }.dli_fbase)
}

/// A function of the libcrypto that this library is linked to; another one in the process must not be given
/// our objects.
///
/// # Safety
/// `F` is the function's type.
unsafe fn find<F: Copy>(name: &CStr) -> Option<F> {
    // SAFETY: the name ends with a NUL.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    let is_ours = !address.is_null() && file_of(address) == file_of(OPENSSL_init_crypto as *const c_void);
    // SAFETY: a function pointer is as large as a data pointer, and the caller gives its word that `F` is the
    // type of what was found.
    is_ours.then(|| unsafe { std::mem::transmute_copy::<*mut c_void, F>(&address) })
}

impl Functions {
    fn bind() -> Option<Self> {
        // SAFETY: the types are those that these functions have had in all versions of OpenSSL.
        unsafe {
            Some(Self {
                by_id: find(c"ENGINE_by_id")?,
                ctrl_cmd_string: find(c"ENGINE_ctrl_cmd_string")?,
                init: find(c"ENGINE_init")?,
                finish: find(c"ENGINE_finish")?,
                free: find(c"ENGINE_free")?,
                load_ssl_client_cert: find(c"ENGINE_load_ssl_client_cert")?,
            })
        }
    }
}

/// Why there is no engine.
pub enum NoEngine {
    /// This OpenSSL has none at all.
    NotBuilt,
    /// What was tried, and the errors of OpenSSL.
    Failed(&'static str, ErrorStack),
}

/// One that the list of all engines gave out, or that was loaded.
struct Reference {
    handle: NonNull<c_void>,
    functions: Functions,
}

impl Reference {
    fn by_id(functions: Functions, id: &CStr) -> Option<Self> {
        // SAFETY: the id ends with a NUL.
        let handle = NonNull::new(unsafe { (functions.by_id)(id.as_ptr()) })?;
        Some(Self { handle, functions })
    }

    fn command(&self, name: &CStr, argument: Option<&CStr>) -> bool {
        let argument = argument.map_or(null(), CStr::as_ptr);
        // SAFETY: the engine is alive, and the texts end with a NUL.
        unsafe { (self.functions.ctrl_cmd_string)(self.handle.as_ptr(), name.as_ptr(), argument, 0) != 0 }
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and it is the last use of it.
        unsafe { (self.functions.free)(self.handle.as_ptr()) };
    }
}

/// An engine that is ready for use.
pub struct Engine(Reference);

// SAFETY: OpenSSL locks its engines' references and states itself; what the engine's own functions need is up
// to it, as everywhere where engines are used.
unsafe impl Send for Engine {}
// SAFETY: as above.
unsafe impl Sync for Engine {}

impl Engine {
    /// Loads the library at `path` by the engine that has this id, or by the one that is there for that.
    ///
    /// # Errors
    /// There is no such library, or it has no engine, or that does not want to work.
    pub fn load(path: &CStr, id: &CStr) -> Result<Self, NoEngine> {
        let functions = Functions::bind().ok_or(NoEngine::NotBuilt)?;
        // SAFETY: it may be called at any time and any number of times; there are no settings.
        unsafe { OPENSSL_init_crypto(INIT_ENGINE_DYNAMIC, null()) };
        let failed = |what| NoEngine::Failed(what, ErrorStack::get());
        let engine = Reference::by_id(functions, id).or_else(|| Reference::by_id(functions, c"dynamic"));
        let engine = engine.ok_or_else(|| failed("ENGINE_by_id"))?;
        // It becomes the loaded engine, and stays in memory as long as the process: keys may live that long.
        let steps = [
            ("ENGINE_ctrl_cmd_string SO_PATH", c"SO_PATH", Some(path)),
            ("ENGINE_ctrl_cmd_string LIST_ADD", c"LIST_ADD", Some(c"1")),
            ("ENGINE_ctrl_cmd_string LOAD", c"LOAD", None),
        ];
        for (what, command, argument) in steps {
            if !engine.command(command, argument) {
                return Err(failed(what));
            }
        }
        // SAFETY: the engine is alive.
        if unsafe { (functions.init)(engine.handle.as_ptr()) } == 0 {
            return Err(failed("ENGINE_init"));
        }
        Ok(Self(engine))
    }

    /// The client's certificate and key, for a peer that believes `authorities`. `data` is what the
    /// application wants the engine to have.
    ///
    /// # Errors
    /// What it did not give, in librdkafka's words.
    pub fn client_certificate(
        &self,
        authorities: &Stack<X509Name>,
        data: usize,
    ) -> Result<(X509, PKey<Private>), (&'static str, ErrorStack)> {
        let (mut certificate, mut key) = (null_mut(), null_mut());
        // SAFETY: the engine is ready, the list lives until the end, and the others take what is found. The
        // data is between the application and its engine.
        let result = unsafe {
            (self.0.functions.load_ssl_client_cert)(
                self.0.handle.as_ptr(),
                null_mut(),
                authorities.as_ptr(),
                &raw mut certificate,
                &raw mut key,
                null_mut(),
                null_mut(),
                std::ptr::with_exposed_provenance_mut(data),
            )
        };
        // SAFETY: NULL, or an object that is ours from now on.
        let certificate = (!certificate.is_null()).then(|| unsafe { X509::from_ptr(certificate) });
        // SAFETY: as above.
        let key = (!key.is_null()).then(|| unsafe { PKey::from_ptr(key) });
        let what = match (result, certificate, key) {
            (-1, _, _) => "OpenSSL ENGINE_load_ssl_client_cert failed",
            (_, Some(certificate), Some(key)) => return Ok((certificate, key)),
            (_, None, _) => "OpenSSL engine failed to load certificate",
            (_, _, None) => "OpenSSL engine failed to load private key",
        };
        Err((what, ErrorStack::get()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SAFETY: it was initialised once. Keys that are left have references of their own.
        unsafe { (self.0.functions.finish)(self.0.handle.as_ptr()) };
    }
}

/// The names of the authorities that a context believes, as far as they are in memory.
///
/// # Errors
/// Out of memory.
pub fn authorities(builder: &SslContextBuilder) -> Result<Stack<X509Name>, ErrorStack> {
    let mut names = Stack::new()?;
    // SAFETY: the context lives as long as the builder, and so does its store.
    let store = unsafe { X509StoreRef::from_ptr(ffi::SSL_CTX_get_cert_store(builder.as_ptr())) };
    // Other threads would make this unsound: nobody else has this context yet.
    #[allow(deprecated)]
    for object in store.objects() {
        if let Some(certificate) = object.x509() {
            names.push(certificate.subject_name().to_owned()?)?;
        }
    }
    Ok(names)
}
