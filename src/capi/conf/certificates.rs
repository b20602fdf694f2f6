//! `rd_kafka_conf_set_ssl_cert()`.

use crate::capi::abi::enum_ints::{rd_kafka_cert_enc_t, rd_kafka_cert_type_t, rd_kafka_conf_res_t};
use crate::capi::abi::types::rd_kafka_conf_t;
use crate::capi::conf::object::conf_mut;
use crate::capi::conf::results::{INVALID, OK};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::strings;
use crate::conf::Conf;
#[cfg(feature = "ssl")]
use crate::tls::memory::{Encoding, Use, read};
use std::ffi::{c_char, c_void};
use std::slice;

/// Sets a certificate or key from memory, in place of one set before. A configuration that has both this and
/// a property for the same purpose uses the property's; authorities from memory and `ssl.ca.location` or
/// `ssl.ca.pem` exclude each other.
///
/// Keys that are encrypted and PKCS#12 need `ssl.key.password` to be set before.
///
/// @param conf Configuration.
/// @param cert_type What it is for.
/// @param cert_enc Its encoding. PEM may hold several authorities; PKCS#12 gives the certificate, the key or
/// the authorities of the file, whichever `cert_type` asks for.
/// @param buffer The certificate or key, which is copied. NULL forgets what was set before.
/// @param size Its size.
/// @param errstr Where to write the reason of a failure, or NULL.
/// @param errstr_size Size of `errstr` in bytes.
///
/// @return RD_KAFKA_CONF_OK; RD_KAFKA_CONF_INVALID if it cannot be read: what was set before is still there.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_ssl_cert(
    conf: *mut rd_kafka_conf_t,
    cert_type: rd_kafka_cert_type_t,
    cert_enc: rd_kafka_cert_enc_t,
    buffer: *const c_void,
    size: usize,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_conf_res_t {
    guard(INVALID, || {
        // SAFETY: an object of the application's.
        let Some(conf) = (unsafe { conf_mut(conf) }) else { return INVALID };
        let done = Purpose::of(cert_type, cert_enc, buffer.is_null()).and_then(|purpose| {
            if buffer.is_null() {
                return purpose.keep(conf, None);
            }
            if isize::try_from(size).is_err() {
                return Err(format!("Invalid certificate size {size}"));
            }
            // SAFETY: the application's buffer, which has that size.
            purpose.keep(conf, Some(unsafe { slice::from_raw_parts(buffer.cast::<u8>(), size) }))
        });
        match done {
            Ok(()) => OK,
            Err(text) => {
                // SAFETY: the caller's buffer.
                unsafe { strings::write_buf(errstr, errstr_size, &text) };
                INVALID
            }
        }
    })
}

/// What is set, and how it is encoded.
#[cfg(feature = "ssl")]
struct Purpose(&'static str, Use, Encoding);

#[cfg(feature = "ssl")]
impl Purpose {
    /// Without a buffer it does not matter how it would be encoded.
    fn of(
        cert_type: rd_kafka_cert_type_t,
        cert_enc: rd_kafka_cert_enc_t,
        is_empty: bool,
    ) -> Result<Self, String> {
        let (name, what) = match cert_type {
            0 => ("ssl_certificate", Use::Certificate),
            1 => ("ssl_key", Use::Key),
            2 => ("ssl_ca", Use::Authorities),
            other => return Err(format!("Invalid certificate type {other}")),
        };
        let encoding = match cert_enc {
            0 => Encoding::Pkcs12,
            1 => Encoding::Der,
            _ if cert_enc == 2 || is_empty => Encoding::Pem,
            other => return Err(format!("Invalid certificate encoding {other}")),
        };
        Ok(Self(name, what, encoding))
    }

    fn keep(&self, conf: &mut Conf, bytes: Option<&[u8]>) -> Result<(), String> {
        let Self(name, what, encoding) = *self;
        let password = conf.password("ssl.key.password");
        let pem = bytes.map(|bytes| read(what, encoding, bytes, &password)).transpose()?;
        conf.set_internal(name, pem);
        Ok(())
    }
}

#[cfg(not(feature = "ssl"))]
struct Purpose;

#[cfg(not(feature = "ssl"))]
impl Purpose {
    fn of(_: rd_kafka_cert_type_t, _: rd_kafka_cert_enc_t, _: bool) -> Result<Self, String> {
        Err("TLS not available at build time".to_owned())
    }

    fn keep(&self, _: &mut Conf, _: Option<&[u8]>) -> Result<(), String> {
        Ok(())
    }
}
