//! The client's own key and certificate.

use super::error::{OpensslError, invalid, refused};
use super::modules::ClientEngine;
use super::sys::{Passphrase, open_pkcs12, read_key, with_passphrase};
use super::trust::certificates;
use crate::base::error::Error;
use crate::base::log::{Level, Logger};
use crate::conf::OwnIdentity;
use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::ssl::{SslContextBuilder, SslFiletype};
use openssl::x509::X509;

/// Reads what is configured into the context: certificates first, since a key is checked against the
/// certificate that is there. Those of an engine take the place of all others.
pub fn apply(
    own: &OwnIdentity,
    engine: Option<&ClientEngine>,
    builder: &mut SslContextBuilder,
    log: &Logger,
) -> Result<(), Error> {
    given_certificate(own, builder, log)?;
    certificate(own, builder, log)?;
    given_key(own, builder, log)?;
    let passphrase = Passphrase::new(own.key_password.as_ref());
    let read = key(own, builder, &passphrase);
    for _ in 0..passphrase.times_asked_in_vain() {
        let text = "Private key requires password but no password configured (ssl.key.password)";
        log.log(Level::Warning, "SSLPASSWD", format_args!("{text}"));
    }
    read.map_err(|(what, why)| refused(what, &why, log))?;
    if let Some(location) = &own.keystore_location {
        keystore(location, own.keystore_password.as_deref().unwrap_or_default(), builder, log)?;
    }
    if let Some(engine) = engine {
        engine.apply(builder, log)?;
    }
    if own.has_key() {
        let check = builder.check_private_key();
        check.map_err(|e| refused("Private key check failed", &OpensslError::of(&e), log))?;
    }
    Ok(())
}

/// What the application has set from its memory has been checked already: it only has to fit together.
fn given_certificate(own: &OwnIdentity, builder: &mut SslContextBuilder, log: &Logger) -> Result<(), Error> {
    let Some(pem) = &own.given_certificate else { return Ok(()) };
    X509::from_pem(pem.as_bytes())
        .and_then(|certificate| builder.set_certificate(&certificate))
        .map_err(|e| refused("ssl_certificate (in-memory) failed", &OpensslError::of(&e), log))
}

fn given_key(own: &OwnIdentity, builder: &mut SslContextBuilder, log: &Logger) -> Result<(), Error> {
    let Some(pem) = &own.given_key else { return Ok(()) };
    PKey::private_key_from_pem(pem.as_bytes())
        .and_then(|key| builder.set_private_key(&key))
        .map_err(|e| refused("ssl_key (in-memory) failed", &OpensslError::of(&e), log))
}

fn certificate(own: &OwnIdentity, builder: &mut SslContextBuilder, log: &Logger) -> Result<(), Error> {
    if let Some(location) = &own.certificate_location {
        builder
            .set_certificate_chain_file(location)
            .map_err(|e| refused("ssl.certificate.location failed", &OpensslError::of(&e), log))?;
    }
    if let Some(pem) = &own.certificate_pem {
        use_chain(pem, builder).map_err(|e| {
            let what = "ssl.certificate.pem failed: error reading certificate";
            refused(what, &OpensslError::of(&e), log)
        })?;
    }
    Ok(())
}

/// The certificate itself stands first, those of the authorities that lead to it follow.
fn use_chain(pem: &str, builder: &mut SslContextBuilder) -> Result<(), ErrorStack> {
    for (i, part) in certificates(pem).into_iter().enumerate() {
        let certificate = X509::from_pem(part.as_bytes())?;
        if i == 0 {
            builder.set_certificate(&certificate)?;
        } else {
            builder.add_extra_chain_cert(certificate)?;
        }
    }
    Ok(())
}

fn key(
    own: &OwnIdentity,
    builder: &mut SslContextBuilder,
    passphrase: &Passphrase<'_>,
) -> Result<(), (&'static str, OpensslError)> {
    if let Some(location) = &own.key_location {
        with_passphrase(builder, passphrase, |b| b.set_private_key_file(location, SslFiletype::PEM))
            .map_err(|e| ("ssl.key.location failed", OpensslError::of(&e)))?;
    }
    if let Some(pem) = &own.key_pem {
        let key = read_key(pem.as_bytes(), passphrase);
        let key = key.map_err(|e| ("ssl.key.pem failed: not in PEM format?", OpensslError::of(&e)))?;
        builder.set_private_key(&key).map_err(|e| ("ssl.key.pem failed", OpensslError::of(&e)))?;
    }
    Ok(())
}

fn keystore(
    location: &str,
    password: &[u8],
    builder: &mut SslContextBuilder,
    log: &Logger,
) -> Result<(), Error> {
    let bytes = std::fs::read(location).map_err(|e| {
        invalid(format!("Failed to open ssl.keystore.location: {location}: {}", crate::net::io_text(&e)))
    })?;
    let what = format!("Failed to parse ssl.keystore.location PKCS#12 file: {location}");
    let file = Pkcs12::from_der(&bytes).map_err(|e| {
        let what = format!("Error reading ssl.keystore.location PKCS#12 file: {location}");
        refused(&what, &OpensslError::of(&e), log)
    })?;
    let found = open_pkcs12(&file, password).map_err(|e| refused(&what, &OpensslError::of(&e), log))?;
    if let Some(certificate) = &found.certificate {
        builder.set_certificate(certificate).map_err(|e| {
            refused("Failed to use ssl.keystore.location certificate", &OpensslError::of(&e), log)
        })?;
    }
    if let Some(key) = &found.key {
        builder.set_private_key(key).map_err(|e| {
            refused("Failed to use ssl.keystore.location private key", &OpensslError::of(&e), log)
        })?;
    }
    for authority in found.authorities.into_iter().flatten() {
        builder
            .add_extra_chain_cert(authority)
            .map_err(|e| refused("Failed to use ssl.keystore.location chain", &OpensslError::of(&e), log))?;
    }
    Ok(())
}
