//! What all TLS connections of a client share.

use super::callback::{Callee, Questions, Verifier};
use super::error::{OpensslError, refused};
use super::modules::Modules;
use super::verify::Complaint;
use super::{keys, sys, trust, verify};
use crate::base::error::Error;
use crate::base::log::{Level, Logger};
use crate::base::sync::{Arc, Mutex, OnceLock, Rank};
use crate::conf::{Peer, TlsSettings};
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions, SslRef, SslSession,
    SslSessionCacheMode, SslVerifyMode, SslVersion,
};
use openssl::x509::{X509NameRef, X509Ref, X509VerifyResult};
use std::cmp::Ordering;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The newest session of a connection, to be resumed by the next one.
pub type SavedSession = Arc<Mutex<Option<SslSession>>>;

pub fn saved_session() -> SavedSession {
    Arc::new(Mutex::new(Rank::Leaf, None))
}

/// Where a connection keeps the session to resume.
fn saved_session_index() -> Result<Index<Ssl, SavedSession>, ErrorStack> {
    static INDEX: OnceLock<Index<Ssl, SavedSession>> = OnceLock::new();
    if let Some(index) = INDEX.get() {
        return Ok(*index);
    }
    let index = Ssl::new_ex_index()?;
    Ok(*INDEX.get_or_init(|| index))
}

pub struct Context {
    context: SslContext,
    verifies: bool,
    identifies: bool,
    peer: Peer,
    verifier: Option<Verifier>,
    log: Logger,
    /// Loaded for as long as the context is used.
    _modules: Arc<Modules>,
}

impl Context {
    /// A context for connections that write to `log`. What led to an error is written to `report`.
    ///
    /// # Errors
    /// `_INVALID_ARG` with what is wrong with the settings, or with the files that they name.
    pub fn new(
        settings: &TlsSettings,
        modules: &Arc<Modules>,
        verifier: Option<Verifier>,
        log: &Logger,
        report: &Logger,
    ) -> Result<Self, Error> {
        let _ = ErrorStack::get();
        let mut builder = SslContextBuilder::new(SslMethod::tls_client())
            .map_err(|e| refused("SSL_CTX_new() failed", &OpensslError::of(&e), report))?;
        prepare(&mut builder, log)
            .map_err(|e| refused("SSL_CTX_new() failed", &OpensslError::of(&e), report))?;
        choose_algorithms(settings, &mut builder, report)?;
        trust::apply(&settings.trust, &mut builder, report)?;
        keys::apply(&settings.own, modules.engine(), &mut builder, report)?;
        Ok(Self {
            context: builder.build(),
            verifies: settings.trust.verifies,
            identifies: settings.trust.identifies,
            peer: settings.trust.peer,
            verifier,
            log: log.clone(),
            _modules: modules.clone(),
        })
    }

    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// A connection to `host`, which is `callee`'s.
    ///
    /// # Errors
    /// OpenSSL does not take the host's name, or there is no memory.
    pub fn connection(
        &self,
        host: &str,
        callee: &Callee,
        saved: &SavedSession,
        complaint: &Complaint,
    ) -> Result<Ssl, ErrorStack> {
        let mut ssl = Ssl::new(&self.context)?;
        let address = host.parse::<IpAddr>().ok();
        if address.is_none() {
            // Names only: addresses are no server names (RFC 6066).
            ssl.set_hostname(host)?;
        }
        if (self.verifies || self.verifier.is_some()) && self.identifies {
            match address {
                Some(address) => ssl.param_mut().set_ip(address)?,
                None => ssl.param_mut().set_host(host)?,
            }
        }
        self.set_verification(&mut ssl, host, callee, complaint);
        if self.verifier.is_none() {
            // The application is asked about each connection; one that is resumed shows no certificates.
            ssl.set_ex_data(saved_session_index()?, saved.clone());
            if let Some(session) = saved.lock().take() {
                sys::resume(&mut ssl, &session);
            }
        }
        ssl.set_connect_state();
        Ok(ssl)
    }

    fn set_verification(&self, ssl: &mut SslRef, host: &str, callee: &Callee, complaint: &Complaint) {
        let complaint = complaint.clone();
        if let Some(verifier) = self.verifier.clone() {
            let questions = Questions { verifier, callee: callee.clone(), complaint, log: self.log.clone() };
            // What it answers counts for nothing where nothing is verified, but it is asked.
            let mode = if self.verifies { SslVerifyMode::PEER } else { SslVerifyMode::NONE };
            ssl.set_verify_callback(mode, move |_, context| {
                // A panic must not leave through OpenSSL's frames.
                catch_unwind(AssertUnwindSafe(|| questions.ask(context))).unwrap_or(false)
            });
        } else if self.verifies {
            let host = host.to_owned();
            ssl.set_verify_callback(SslVerifyMode::PEER, move |believed, context| {
                if !believed {
                    complaint.lock().get_or_insert_with(|| verify::complaint(context, &host));
                }
                believed
            });
        }
    }

    /// What is left to be said against a peer after the handshake: an error that the application's callback
    /// has accepted without taking it away.
    pub fn objection(&self, ssl: &SslRef) -> Option<&'static str> {
        let result = ssl.verify_result();
        (self.verifies && result != X509VerifyResult::OK).then(|| result.error_string())
    }
}

fn prepare(builder: &mut SslContextBuilder, log: &Logger) -> Result<(), ErrorStack> {
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_options(SslOptions::NO_RENEGOTIATION);
    builder.set_mode(SslMode::ENABLE_PARTIAL_WRITE | SslMode::ACCEPT_MOVING_WRITE_BUFFER);
    builder.set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL);
    let log = log.clone();
    sys::on_certificate_request(
        builder,
        Box::new(move |ssl, wanted| may_show_certificate(ssl, wanted, &log)),
    )?;
    let index = saved_session_index()?;
    builder.set_new_session_callback(move |ssl, session| {
        if let Some(saved) = ssl.ex_data(index) {
            *saved.lock() = Some(session);
        }
    });
    Ok(())
}

/// Whether a broker that says whose certificates it believes may be shown ours. One that would refuse it, and
/// may do without one, is shown none.
fn may_show_certificate(ssl: &SslRef, wanted: &[&X509NameRef], log: &Logger) -> bool {
    let own = ssl.certificate();
    let chain = own.into_iter().chain(sys::chain(ssl));
    let mut issuers = chain.map(X509Ref::issuer_name);
    let is_wanted =
        |issuer: &X509NameRef| wanted.iter().any(|name| name.try_cmp(issuer).is_ok_and(Ordering::is_eq));
    if own.is_none() || wanted.is_empty() || issuers.any(is_wanted) {
        return true;
    }
    let text = "No matching issuer found in server trusted certificate authorities, not sending any client certificates";
    log.log(Level::Warning, "SSL", format_args!("{text}"));
    false
}

fn choose_algorithms(
    settings: &TlsSettings,
    builder: &mut SslContextBuilder,
    log: &Logger,
) -> Result<(), Error> {
    if let Some(suites) = &settings.cipher_suites {
        builder
            .set_cipher_list(suites)
            .map_err(|e| refused("ssl.cipher.suites failed", &OpensslError::of(&e), log))?;
    }
    if let Some(curves) = &settings.curves {
        builder
            .set_groups_list(curves)
            .map_err(|e| refused("ssl.curves.list failed", &OpensslError::of(&e), log))?;
    }
    if let Some(algorithms) = &settings.signature_algorithms {
        builder
            .set_sigalgs_list(algorithms)
            .map_err(|e| refused("ssl.sigalgs.list failed", &OpensslError::of(&e), log))?;
    }
    Ok(())
}
