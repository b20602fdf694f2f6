//! Whom a client believes: certificates of authorities, and lists of what they have revoked.

use super::error::{OpensslError, refused};
use super::sys::default_paths;
use crate::base::error::Error;
use crate::base::log::{Level, Logger};
use crate::conf::{Peer, Trust};
use openssl::error::ErrorStack;
use openssl::ssl::{SslContextBuilder, SslVerifyMode};
use openssl::x509::X509;
use openssl::x509::verify::X509VerifyFlags;
use std::path::{Path, PathBuf};

/// Where systems keep the certificates of authorities that everybody believes.
const WELL_KNOWN: &[&str] = &[
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-bundle.crt",
    "/etc/pki/tls/certs/ca-bundle.trust.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/cacert.pem",
    "/etc/certs/ca-certificates.crt",
    "/etc/ssl/certs/ca-certificates.crt",
    "/usr/local/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cacert.pem",
    "/usr/local/etc/ssl/certs",
    "/etc/ssl/certs",
    "/var/ssl/certs",
];

const BEGIN: &str = "-----BEGIN";

pub fn apply(trust: &Trust, builder: &mut SslContextBuilder, log: &Logger) -> Result<(), Error> {
    builder.set_verify(if trust.verifies { SslVerifyMode::PEER } else { SslVerifyMode::NONE });
    let is_probing = trust.ca_location.as_deref() == Some("probe");
    if let Some(location) = trust.ca_location.as_deref().filter(|_| !is_probing) {
        let what = format!("{}.ca.location failed", prefix(trust.peer));
        load(builder, location).map_err(|e| refused(&what, &OpensslError::of(&e), log))?;
    }
    if let Some(pem) = &trust.ca_pem {
        add_pem(builder, pem, prefix(trust.peer), log)?;
    }
    if uses_system(trust) || is_probing {
        use_well_known(builder, is_probing || cfg!(feature = "ssl-vendored"), log);
    }
    if let Some(location) = &trust.crl_location {
        builder
            .set_ca_file(location)
            .and_then(|()| builder.verify_param_mut().set_flags(X509VerifyFlags::CRL_CHECK))
            .map_err(|e| refused("ssl.crl.location failed", &OpensslError::of(&e), log))?;
    }
    Ok(())
}

/// How the properties begin that say whom to believe.
fn prefix(peer: Peer) -> &'static str {
    match peer {
        Peer::Broker => "ssl",
        Peer::WebServer => "https",
    }
}

/// Where the system's certificates may be, if they are asked for.
pub fn system_paths(trust: &Trust) -> Vec<PathBuf> {
    let is_probing = trust.ca_location.as_deref() == Some("probe");
    let well_known = WELL_KNOWN.iter().map(PathBuf::from);
    if is_probing || uses_system(trust) && cfg!(feature = "ssl-vendored") {
        well_known.chain(default_paths()).collect()
    } else if uses_system(trust) {
        default_paths()
    } else {
        Vec::new()
    }
}

fn uses_system(trust: &Trust) -> bool {
    trust.ca_location.is_none() && trust.ca_pem.is_none()
}

/// A file, or a folder with files that are named by their hashes.
fn load(builder: &mut SslContextBuilder, location: &str) -> Result<(), ErrorStack> {
    let path = Path::new(location);
    if path.is_dir() {
        builder.load_verify_locations(None, Some(path))
    } else {
        builder.load_verify_locations(Some(path), None)
    }
}

fn add_pem(builder: &mut SslContextBuilder, pem: &str, prefix: &str, log: &Logger) -> Result<(), Error> {
    for (i, part) in certificates(pem).into_iter().enumerate() {
        let certificate = X509::from_pem(part.as_bytes()).map_err(|e| {
            let what = format!("failed to read certificate #{i} from {prefix}.ca.pem: not in PEM format?");
            refused(&what, &OpensslError::of(&e), log)
        })?;
        builder.cert_store_mut().add_cert(certificate).map_err(|e| {
            let what = format!("failed to add {prefix}.ca.pem certificate #{i} to CA cert store");
            refused(&what, &OpensslError::of(&e), log)
        })?;
    }
    Ok(())
}

/// The texts of the certificates in a text of several; one that has none is one.
pub fn certificates(pem: &str) -> Vec<&str> {
    let begins: Vec<usize> = pem.match_indices(BEGIN).map(|(at, _)| at).collect();
    if begins.is_empty() {
        return vec![pem];
    }
    let ends = begins.iter().skip(1).copied().chain([pem.len()]);
    begins.iter().zip(ends).filter_map(|(from, to)| pem.get(*from..to)).collect()
}

/// Those that the system's OpenSSL believes. One that is built into the library, or that finds none, does not
/// know where this system keeps them.
fn use_well_known(builder: &mut SslContextBuilder, is_probing: bool, log: &Logger) {
    if is_probing {
        let found = WELL_KNOWN.iter().find(|path| Path::new(path).exists() && load(builder, path).is_ok());
        let _ = ErrorStack::get();
        if found.is_some() {
            return;
        }
    }
    if builder.set_default_verify_paths().is_err() {
        let why = OpensslError::take().last;
        let text = format!("Failed to find the system's CA certificates ({why}): set ssl.ca.location");
        log.log(Level::Warning, "CERTROOT", format_args!("{text}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_files_matter_only_where_they_are_used() {
        let paths = |location: Option<&str>, pem: Option<&str>| {
            let (ca_location, ca_pem) = (location.map(str::to_owned), pem.map(str::to_owned));
            system_paths(&Trust { ca_location, ca_pem, ..Trust::default() })
        };
        let known: Vec<PathBuf> = WELL_KNOWN.iter().map(PathBuf::from).collect();
        assert!(paths(Some("/ca.pem"), None).is_empty() && paths(None, Some("PEM")).is_empty());
        let default = paths(None, None);
        assert!(default.len() >= 2, "a file and a folder: {default:?}");
        assert_eq!(paths(Some("probe"), None), [known, default_paths()].concat());
        assert!(default.ends_with(&default_paths()), "{default:?}");
    }
}
