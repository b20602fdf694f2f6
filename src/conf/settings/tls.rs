//! What TLS connections are made with.

use crate::auth::credentials::{Password, Secret};

/// The `ssl.*` properties. Texts are `None` unless they have been set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TlsSettings {
    pub cipher_suites: Option<String>,
    pub curves: Option<String>,
    pub signature_algorithms: Option<String>,
    pub own: OwnIdentity,
    pub trust: Trust,
    /// `ssl.providers`
    pub providers: Option<String>,
    pub engine: Option<OpensslEngine>,
}

/// An OpenSSL engine that has the client's key and certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpensslEngine {
    /// `ssl.engine.location`
    pub location: String,
    /// `ssl.engine.id`
    pub id: String,
    /// The address that the application wants it to get.
    pub callback_data: usize,
}

/// Key and certificate of the client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnIdentity {
    /// PEM, from the application's memory. What is named below goes before it.
    pub given_certificate: Option<String>,
    /// As above.
    pub given_key: Option<Secret>,
    pub key_location: Option<String>,
    pub key_pem: Option<Secret>,
    pub key_password: Option<Password>,
    pub certificate_location: Option<String>,
    pub certificate_pem: Option<String>,
    pub keystore_location: Option<String>,
    pub keystore_password: Option<Password>,
}

impl OwnIdentity {
    /// Whether a private key has been set in some way.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.given_key.is_some()
            || self.key_location.is_some()
            || self.key_pem.is_some()
            || self.keystore_location.is_some()
    }
}

/// Who is at the other end: that decides which properties a failure names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Peer {
    #[default]
    Broker,
    /// One that is asked over HTTPS.
    WebServer,
}

/// Whom the client believes to be a broker, or a web server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trust {
    pub peer: Peer,
    pub ca_location: Option<String>,
    pub ca_pem: Option<String>,
    pub crl_location: Option<String>,
    /// `enable.ssl.certificate.verification`
    pub verifies: bool,
    /// `ssl.endpoint.identification.algorithm=https`
    pub identifies: bool,
}
