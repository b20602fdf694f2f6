//! What the safe interface to OpenSSL leaves out: passphrases that are not asked for at the terminal, PKCS#12
//! files whose password is not UTF-8, what a broker says about client certificates, and sessions to resume.
#![allow(unsafe_code)] // The interface of a C library.

pub mod engine;

use crate::auth::credentials::Password;
use crate::base::sync::OnceLock;
use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::pkcs12::Pkcs12Ref;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslContext, SslContextBuilder, SslRef, SslSession, SslStream};
use openssl::stack::{Stack, StackRef};
use openssl::x509::{X509, X509Name, X509NameRef, X509Ref, X509StoreContextRef, X509VerifyResult};
use openssl_sys as ffi;
use std::cell::Cell;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::ptr::null_mut;
use zeroize::Zeroizing;

unsafe extern "C" {
    fn SSL_CTX_set_default_passwd_cb(context: *mut ffi::SSL_CTX, callback: ffi::pem_password_cb);
    fn SSL_CTX_set_default_passwd_cb_userdata(context: *mut ffi::SSL_CTX, data: *mut c_void);
    fn SSL_CTX_set_cert_cb(
        context: *mut ffi::SSL_CTX,
        callback: unsafe extern "C" fn(*mut ffi::SSL, *mut c_void) -> c_int,
        data: *mut c_void,
    );
    fn SSL_get_client_CA_list(ssl: *const ffi::SSL) -> *mut ffi::stack_st_X509_NAME;
    fn SSL_certs_clear(ssl: *mut ffi::SSL);
}

/// What OpenSSL is told when a key turns out to be encrypted. Without one it would ask at the terminal.
pub struct Passphrase<'a> {
    secret: Option<&'a Password>,
    asked_in_vain: Cell<u32>,
}

impl<'a> Passphrase<'a> {
    pub fn new(secret: Option<&'a Password>) -> Self {
        Self { secret, asked_in_vain: Cell::new(0) }
    }

    /// How often there was none to be told.
    pub fn times_asked_in_vain(&self) -> u32 {
        self.asked_in_vain.get()
    }

    /// Writes the passphrase, cut to the space there is. Returns its length, or `None` when there is none.
    pub fn write(&self, space: &mut [u8]) -> Option<usize> {
        let Some(secret) = self.secret else {
            self.asked_in_vain.set(self.asked_in_vain.get() + 1);
            return None;
        };
        let n = secret.len().min(space.len());
        space.get_mut(..n)?.copy_from_slice(secret.get(..n)?);
        Some(n)
    }
}

/// What is in a PKCS#12 file.
pub struct Keystore {
    pub key: Option<PKey<Private>>,
    pub certificate: Option<X509>,
    pub authorities: Option<Stack<X509>>,
}

/// Reads a PKCS#12 file whose password need not be UTF-8, which the safe function insists on.
///
/// # Errors
/// The password is another one, or the file is damaged.
pub fn open_pkcs12(file: &Pkcs12Ref, password: &[u8]) -> Result<Keystore, ErrorStack> {
    // Up to a NUL, as everywhere in C.
    let password = password.split(|byte| *byte == 0).next().unwrap_or_default();
    let mut text = Zeroizing::new(Vec::with_capacity(password.len() + 1));
    text.extend_from_slice(password);
    text.push(0);
    let (mut key, mut certificate, mut list) = (null_mut(), null_mut(), null_mut());
    // SAFETY: the file is alive, the password ends with a NUL, and the others take what is found.
    let found = unsafe {
        ffi::PKCS12_parse(
            file.as_ptr(),
            text.as_ptr().cast(),
            &raw mut key,
            &raw mut certificate,
            &raw mut list,
        )
    };
    // SAFETY: each is NULL or an object that is ours from now on, also where the function has failed.
    let keystore = unsafe {
        Keystore {
            key: (!key.is_null()).then(|| PKey::from_ptr(key)),
            certificate: (!certificate.is_null()).then(|| X509::from_ptr(certificate)),
            authorities: (!list.is_null()).then(|| Stack::from_ptr(list)),
        }
    };
    if found <= 0 { Err(ErrorStack::get()) } else { Ok(keystore) }
}

/// The certificates that go along with a connection's own. OpenSSL has no list where there are none, which
/// the safe function takes for impossible.
pub fn chain(ssl: &SslRef) -> impl Iterator<Item = &X509Ref> {
    let mut list = null_mut();
    // SAFETY: the context lives as long as the connection, and `list` takes the address of its list.
    unsafe { ffi::SSL_CTX_get_extra_chain_certs(ssl.ssl_context().as_ptr(), &raw mut list) };
    // SAFETY: NULL, or a list that lives as long as the context, of which nobody takes anything away.
    let list = (!list.is_null()).then(|| unsafe { StackRef::<X509>::from_ptr(list) });
    list.into_iter().flatten()
}

/// Reads a private key (PEM). One that is encrypted and has no passphrase is refused; the safe function would
/// try the empty one.
///
/// # Errors
/// It is no key, or the passphrase is another one.
pub fn read_key(pem: &[u8], passphrase: &Passphrase<'_>) -> Result<PKey<Private>, ErrorStack> {
    let Ok(len) = c_int::try_from(pem.len()) else { return Err(ErrorStack::get()) };
    let data = std::ptr::from_ref(passphrase).cast_mut().cast::<c_void>();
    // SAFETY: the bytes live until the end of this function, and so does what reads them.
    let source = unsafe { ffi::BIO_new_mem_buf(pem.as_ptr().cast(), len) };
    if source.is_null() {
        return Err(ErrorStack::get());
    }
    // SAFETY: both are alive; the callback's data is a passphrase, as it expects.
    let key = unsafe { ffi::PEM_read_bio_PrivateKey(source, null_mut(), Some(tell), data) };
    // SAFETY: it is ours, and nobody else has it.
    unsafe { ffi::BIO_free_all(source) };
    if key.is_null() {
        return Err(ErrorStack::get());
    }
    // SAFETY: a key that is ours from now on.
    Ok(unsafe { PKey::from_ptr(key) })
}

/// Has the context use this passphrase for what `work` makes it read.
pub fn with_passphrase<R>(
    builder: &mut SslContextBuilder,
    passphrase: &Passphrase<'_>,
    work: impl FnOnce(&mut SslContextBuilder) -> R,
) -> R {
    let context = builder.as_ptr();
    let data = std::ptr::from_ref(passphrase).cast_mut().cast::<c_void>();
    // SAFETY: the context is alive, and so is the passphrase until the callback is taken back below: `work`
    // cannot leave by a panic without the process's ending or the builder's being dropped unused.
    unsafe {
        SSL_CTX_set_default_passwd_cb_userdata(context, data);
        SSL_CTX_set_default_passwd_cb(context, Some(tell));
    }
    let result = work(builder);
    // SAFETY: as above. OpenSSL's own callback, which asks at the terminal, is not put back: this one,
    // without
    // data, has nothing to tell.
    unsafe { SSL_CTX_set_default_passwd_cb_userdata(context, null_mut()) };
    result
}

unsafe extern "C" fn tell(space: *mut c_char, size: c_int, _writing: c_int, data: *mut c_void) -> c_int {
    let Ok(size) = usize::try_from(size) else { return -1 };
    if space.is_null() || data.is_null() {
        return -1;
    }
    // SAFETY: the data is the passphrase that `with_passphrase` has set and that lives until it is unset.
    let passphrase = unsafe { &*data.cast::<Passphrase<'_>>() };
    // SAFETY: OpenSSL's buffer has that size. Its bytes are only written here; it zeroes them itself.
    let space = unsafe { std::slice::from_raw_parts_mut(space.cast::<u8>(), size) };
    passphrase.write(space).and_then(|n| c_int::try_from(n).ok()).unwrap_or(-1)
}

/// Says whether a peer that believes these authorities, all of them if there are none, may be shown the
/// certificate that we have.
pub type Discretion = Box<dyn Fn(&SslRef, &[&X509NameRef]) -> bool + Send + Sync>;

fn discretion_index() -> Result<Index<SslContext, Discretion>, ErrorStack> {
    static INDEX: OnceLock<Index<SslContext, Discretion>> = OnceLock::new();
    if let Some(index) = INDEX.get() {
        return Ok(*index);
    }
    let index = SslContext::new_ex_index()?;
    Ok(*INDEX.get_or_init(|| index))
}

/// Has `discretion` decide whether a certificate is shown when the peer asks for one.
///
/// # Errors
/// Out of memory.
pub fn on_certificate_request(
    builder: &mut SslContextBuilder,
    discretion: Discretion,
) -> Result<(), ErrorStack> {
    // The context owns it: it lives as long as there are connections that may ask it.
    builder.set_ex_data(discretion_index()?, discretion);
    // SAFETY: the context is alive, and the callback needs no data.
    unsafe { SSL_CTX_set_cert_cb(builder.as_ptr(), certificate_requested, null_mut()) };
    Ok(())
}

unsafe extern "C" fn certificate_requested(ssl: *mut ffi::SSL, _data: *mut c_void) -> c_int {
    const GO_ON: c_int = 1;
    if ssl.is_null() {
        return GO_ON;
    }
    // SAFETY: OpenSSL calls this with the connection that the handshake is for, which it does not free
    // meanwhile.
    let connection = unsafe { SslRef::from_ptr(ssl) };
    // SAFETY: as above; the list is the connection's.
    let list = unsafe { SSL_get_client_CA_list(ssl) };
    let wanted: Vec<&X509NameRef> = if list.is_null() {
        Vec::new()
    } else {
        // SAFETY: a list that stays as it is during the callback.
        unsafe { StackRef::<X509Name>::from_ptr(list) }.iter().collect()
    };
    let index = discretion_index().ok();
    let discretion = index.and_then(|i| connection.ssl_context().ex_data(i));
    let decide = || discretion.is_none_or(|may_show| may_show(connection, &wanted));
    // A panic must not leave through OpenSSL's frames.
    if !std::panic::catch_unwind(std::panic::AssertUnwindSafe(decide)).unwrap_or(true) {
        // SAFETY: as above. What the connection is to show is its own; the context keeps what it has.
        unsafe { SSL_certs_clear(ssl) };
    }
    GO_ON
}

/// The file and the folders from which OpenSSL takes certificates that everybody believes. The environment
/// may name others than those that it was built with.
pub fn default_paths() -> Vec<PathBuf> {
    let text = |constant: *const c_char| {
        // SAFETY: texts that are part of libcrypto, and end with a NUL.
        OsStr::from_bytes(unsafe { CStr::from_ptr(constant) }.to_bytes())
    };
    // SAFETY: these return constants.
    let (file_name, file, folder_name, folder) = unsafe {
        (
            text(ffi::X509_get_default_cert_file_env()),
            text(ffi::X509_get_default_cert_file()),
            text(ffi::X509_get_default_cert_dir_env()),
            text(ffi::X509_get_default_cert_dir()),
        )
    };
    let named = |name, otherwise: &OsStr| std::env::var_os(name).unwrap_or_else(|| otherwise.to_owned());
    let folders = named(folder_name, folder);
    std::iter::once(named(file_name, file).into()).chain(std::env::split_paths(&folders)).collect()
}

/// Sets what is wrong with the certificate that is being verified; 0 for nothing.
pub fn set_error(context: &mut X509StoreContextRef, error: i32) {
    // SAFETY: the number is only kept, and looked up with a default for those that are not known.
    context.set_error(unsafe { X509VerifyResult::from_raw(error) });
}

/// Has the next handshake resume a session.
pub fn resume(ssl: &mut SslRef, session: &SslSession) {
    // SAFETY: the caller keeps a session only for the context that it came from.
    let _ = unsafe { ssl.set_session(session) };
}

/// Appends at most `max` decrypted bytes to `buf`.
pub fn read_append<S: Read + Write>(
    stream: &mut SslStream<S>,
    buf: &mut Vec<u8>,
    max: usize,
) -> Result<usize, openssl::ssl::Error> {
    buf.reserve(max);
    let len = buf.len();
    let space = buf.spare_capacity_mut().get_mut(..max).unwrap_or_default();
    let n = stream.ssl_read_uninit(space)?;
    // SAFETY: OpenSSL has written the first `n <= max` bytes of the spare capacity.
    unsafe { buf.set_len(len + n) };
    Ok(n)
}

/// Has a server ask its client to negotiate anew (TLS 1.2), which ours never does.
#[cfg(test)]
pub fn ask_to_renegotiate(ssl: &SslRef) {
    unsafe extern "C" {
        fn SSL_clear_options(ssl: *mut ffi::SSL, options: u64) -> u64;
        fn SSL_renegotiate(ssl: *mut ffi::SSL) -> c_int;
    }
    // SAFETY: the connection is alive, and used by this thread alone.
    let asked = unsafe {
        SSL_clear_options(ssl.as_ptr(), openssl::ssl::SslOptions::NO_RENEGOTIATION.bits());
        SSL_renegotiate(ssl.as_ptr())
    };
    assert_eq!(asked, 1);
}
