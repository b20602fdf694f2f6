//! What is wrong with a broker's certificate, in words.

use crate::base::sync::{Arc, Mutex};
use openssl::nid::Nid;
use openssl::x509::{X509NameRef, X509Ref, X509StoreContextRef};
use std::net::IpAddr;

/// Why the peer's certificate was not believed, if that is so.
pub type Complaint = Arc<Mutex<Option<String>>>;

/// `X509_V_ERR_*`
const NOT_YET_VALID: i32 = 9;
const EXPIRED: i32 = 10;
const SELF_SIGNED: i32 = 18;
const SELF_SIGNED_IN_CHAIN: i32 = 19;
const NO_ISSUER: i32 = 20;
const NO_ISSUER_AT_ALL: i32 = 21;
const REVOKED: i32 = 23;
const HOST_MISMATCH: i32 = 62;
const ADDRESS_MISMATCH: i32 = 64;

/// Why OpenSSL does not believe the certificate that it looks at.
pub fn complaint(context: &X509StoreContextRef, host: &str) -> String {
    let error = context.error();
    let Some(certificate) = context.current_cert() else { return error.error_string().to_owned() };
    let subject = name(certificate.subject_name());
    match error.as_raw() {
        EXPIRED => format!("the certificate of {subject} has expired on {}", certificate.not_after()),
        NOT_YET_VALID => {
            format!("the certificate of {subject} is not valid before {}", certificate.not_before())
        }
        SELF_SIGNED => format!("the certificate of {subject} is signed by itself and not one of the trusted"),
        SELF_SIGNED_IN_CHAIN => format!("the chain ends in {subject}, which is not trusted"),
        NO_ISSUER | NO_ISSUER_AT_ALL => {
            format!(
                "the issuer of the certificate of {subject}, {}, is not trusted",
                name(certificate.issuer_name())
            )
        }
        REVOKED => format!("the certificate of {subject} has been revoked"),
        HOST_MISMATCH | ADDRESS_MISMATCH => {
            format!("the certificate of {subject} names {}, not {host}", names(certificate))
        }
        _ => format!("the certificate of {subject}: {}", error.error_string()),
    }
}

/// `/CN=example.com/O=Example`, as OpenSSL prints names in one line.
pub fn one_line(name: &X509NameRef) -> String {
    entries(name).map(|entry| format!("/{entry}")).collect()
}

/// `CN=example.com, O=Example`
pub fn name(name: &X509NameRef) -> String {
    let parts: Vec<String> = entries(name).collect();
    if parts.is_empty() { "nobody".to_owned() } else { parts.join(", ") }
}

fn entries(name: &X509NameRef) -> impl Iterator<Item = String> {
    name.entries().map(|e| {
        let key = e.object().nid().short_name().unwrap_or("?");
        let value = e.data().to_string().unwrap_or_else(|_| "?".to_owned());
        format!("{key}={}", crate::base::log::visible(&value))
    })
}

/// The hosts that a certificate is for.
fn names(certificate: &X509Ref) -> String {
    let alternatives = certificate.subject_alt_names();
    let mut names: Vec<String> = alternatives
        .iter()
        .flatten()
        .filter_map(|n| n.dnsname().map(str::to_owned).or_else(|| n.ipaddress().and_then(address)))
        .collect();
    if names.is_empty() {
        // Only then the common name counts.
        let common = certificate.subject_name().entries_by_nid(Nid::COMMONNAME);
        names.extend(common.filter_map(|e| e.data().to_string().ok()));
    }
    let names: Vec<_> = names.iter().map(|n| crate::base::log::visible(n).into_owned()).collect();
    if names.is_empty() { "no host".to_owned() } else { names.join(", ") }
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let v6 = <[u8; 16]>::try_from(bytes).map(IpAddr::from);
    v4.or(v6).ok().map(|a| a.to_string())
}
