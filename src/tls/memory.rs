//! Certificates and keys that an application hands over from its memory (`rd_kafka_conf_set_ssl_cert()`).

use super::error::text_with_place;
use super::sys::{Keystore, Passphrase, open_pkcs12, read_key};
use super::trust::certificates;
use crate::auth::credentials::Password;
use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use zeroize::Zeroizing;

/// What a certificate or key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Certificate,
    Key,
    Authorities,
}

impl Use {
    const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "public-key",
            Self::Key => "private-key",
            Self::Authorities => "CA",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Pkcs12,
    Der,
    Pem,
}

impl Encoding {
    const fn name(self) -> &'static str {
        match self {
            Self::Pkcs12 => "PKCS#12",
            Self::Der => "DER",
            Self::Pem => "PEM",
        }
    }
}

/// What could not be done, and the errors of OpenSSL that led to it.
type Trouble = (&'static str, ErrorStack);

/// Reads a certificate, a key or authorities. Returns them as PEM, a key without encryption. The password is
/// that of the key or of the PKCS#12 file.
///
/// # Errors
/// What is wrong with the bytes or the password.
pub fn read(
    what: Use,
    encoding: Encoding,
    bytes: &[u8],
    password: &Password,
) -> Result<Zeroizing<String>, String> {
    let _ = ErrorStack::get();
    let pem = match what {
        Use::Certificate => certificate(encoding, bytes, password).and_then(|c| pem(&[c])),
        Use::Key => key(encoding, bytes, password)
            .and_then(|key| key.private_key_to_pem_pkcs8().map_err(|e| ("Failed to keep private key", e))),
        Use::Authorities => authorities(encoding, bytes, password).and_then(|list| pem(&list)),
    };
    let pem = pem.map(Zeroizing::new).map_err(|(trouble, why)| {
        let why = text_with_place(&why);
        format!("{trouble} {} (encoding {}): {why}", what.name(), encoding.name())
    })?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&pem).into_owned()))
}

fn pem(list: &[X509]) -> Result<Vec<u8>, Trouble> {
    let texts: Result<Vec<_>, _> = list.iter().map(|certificate| certificate.to_pem()).collect();
    Ok(texts.map_err(|e| ("Failed to keep certificate", e))?.concat())
}

fn keystore(bytes: &[u8], password: &Password) -> Result<Keystore, Trouble> {
    let file = Pkcs12::from_der(bytes).map_err(|e| ("Failed to read PKCS#12", e))?;
    open_pkcs12(&file, password).map_err(|e| ("Failed to parse PKCS#12", e))
}

fn certificate(encoding: Encoding, bytes: &[u8], password: &Password) -> Result<X509, Trouble> {
    match encoding {
        Encoding::Pkcs12 => {
            let found = keystore(bytes, password)?.certificate;
            found.ok_or_else(|| ("Failed to retrieve public key", ErrorStack::get()))
        }
        Encoding::Der => X509::from_der(bytes).map_err(|e| ("Failed to read DER / X.509 ASN.1", e)),
        Encoding::Pem => X509::from_pem(bytes).map_err(|e| ("Failed to read PEM", e)),
    }
}

fn key(encoding: Encoding, bytes: &[u8], password: &Password) -> Result<PKey<Private>, Trouble> {
    match encoding {
        Encoding::Pkcs12 => {
            let found = keystore(bytes, password)?.key;
            found.ok_or_else(|| ("Failed to retrieve private key", ErrorStack::get()))
        }
        Encoding::Der => PKey::private_key_from_der(bytes)
            .map_err(|e| ("Failed to read DER / X.509 ASN.1 and convert to EVP_PKEY", e)),
        Encoding::Pem => {
            let password = Some(password).filter(|p| !p.is_empty());
            read_key(bytes, &Passphrase::new(password)).map_err(|e| ("Failed to read PEM", e))
        }
    }
}

fn authorities(encoding: Encoding, bytes: &[u8], password: &Password) -> Result<Vec<X509>, Trouble> {
    match encoding {
        Encoding::Pkcs12 => {
            let found: Vec<X509> = keystore(bytes, password)?.authorities.into_iter().flatten().collect();
            let none = || ("Failed to retrieve at least one CA cert from PKCS#12", ErrorStack::get());
            if found.is_empty() { Err(none()) } else { Ok(found) }
        }
        Encoding::Der => {
            let certificate = X509::from_der(bytes).map_err(|e| ("Failed to read DER / X.509 ASN.1", e))?;
            Ok(vec![certificate])
        }
        Encoding::Pem => {
            // What stands between them, such as keys, is of no interest.
            let text = String::from_utf8_lossy(bytes);
            let parts = certificates(&text).into_iter();
            let found: Vec<X509> = parts.filter_map(|part| X509::from_pem(part.as_bytes()).ok()).collect();
            if !found.is_empty() {
                return Ok(found);
            }
            let why = X509::from_pem(bytes).err().unwrap_or_else(ErrorStack::get);
            Err(("Failed to retrieve at least one CA cert from PEM", why))
        }
    }
}

#[cfg(test)]
mod tests;
