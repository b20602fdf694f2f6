//! The broker's side of TLS, for the mock cluster.

use super::error::OpensslError;
use super::session::Session;
use crate::base::sync::{Mutex, Rank};
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslVerifyMode, SslVersion};
use openssl::x509::X509;

/// What all connections of a server share.
pub struct Server(Mutex<SslContext>);

/// What a server is made of; everything is PEM.
pub struct Options<'a> {
    /// Begins with the server's own certificate.
    pub chain: &'a [u8],
    pub key: &'a [u8],
    /// Clients have to show a certificate of one of these.
    pub client_authorities: Option<&'a [u8]>,
    /// No TLS 1.3.
    pub only_tls_1_2: bool,
}

impl Server {
    /// # Errors
    /// What OpenSSL does not take.
    pub fn new(options: &Options<'_>) -> Result<Self, String> {
        Ok(Self(Mutex::new(Rank::Leaf, build(options)?)))
    }

    /// Connections from now on are made with something else. Sessions are not resumed across that.
    ///
    /// # Errors
    /// As [`Self::new`]; it stays as it was.
    pub fn replace(&self, options: &Options<'_>) -> Result<(), String> {
        let context = build(options)?;
        *self.0.lock() = context;
        Ok(())
    }

    /// A connection that has come in.
    ///
    /// # Errors
    /// Out of memory.
    pub fn accept(&self) -> Result<Session, OpensslError> {
        let mut ssl = Ssl::new(&self.0.lock()).map_err(|e| OpensslError::of(&e))?;
        ssl.set_accept_state();
        Session::new(ssl)
    }
}

fn build(options: &Options<'_>) -> Result<SslContext, String> {
    let build = || -> Result<SslContext, ErrorStack> {
        let mut builder = SslContextBuilder::new(SslMethod::tls_server())?;
        builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
        if options.only_tls_1_2 {
            builder.set_max_proto_version(Some(SslVersion::TLS1_2))?;
        }
        builder.set_options(SslOptions::NO_RENEGOTIATION);
        builder.set_session_id_context(b"rdkafka-mock")?;
        builder.set_certificate(&*X509::from_pem(options.chain)?)?;
        for authority in X509::stack_from_pem(options.chain)?.into_iter().skip(1) {
            builder.add_extra_chain_cert(authority)?;
        }
        builder.set_private_key(&*PKey::private_key_from_pem(options.key)?)?;
        builder.check_private_key()?;
        if let Some(pem) = options.client_authorities {
            for authority in X509::stack_from_pem(pem)? {
                builder.add_client_ca(&authority)?;
                builder.cert_store_mut().add_cert(authority)?;
            }
            builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        }
        Ok(builder.build())
    };
    build().map_err(|e| OpensslError::of(&e).last)
}
