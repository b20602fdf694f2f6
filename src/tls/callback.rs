//! The application's say in whether a broker's certificate is believed (`ssl.certificate.verify_cb`).

use super::sys::set_error;
use super::verify::{Complaint, name, one_line};
use crate::base::log::{Level, Logger};
use crate::base::sync::Arc;
use openssl::x509::X509StoreContextRef;

/// Whom a connection is to.
#[derive(Clone, Debug, Default)]
pub struct Callee {
    /// As log lines name it.
    pub name: Arc<str>,
    /// `host:port`
    pub address: String,
    pub id: i32,
}

/// A certificate of a broker's chain, as the application sees it.
#[derive(Debug)]
pub struct Presented<'a> {
    pub callee: &'a Callee,
    /// 0: the broker's own.
    pub depth: u32,
    /// `X509_V_*`: what OpenSSL says of it.
    pub error: i32,
    pub der: &'a [u8],
}

/// What the application says.
#[derive(Debug)]
pub struct Verdict {
    pub accepted: bool,
    /// The error that is to stand, 0 for none.
    pub error: i32,
    /// Why it was not accepted.
    pub reason: String,
}

/// Asks the application about one certificate.
pub type Verifier = Arc<dyn Fn(&Presented<'_>) -> Verdict + Send + Sync>;

/// The questions of one connection.
pub struct Questions {
    pub verifier: Verifier,
    pub callee: Callee,
    pub complaint: Complaint,
    pub log: Logger,
}

impl Questions {
    /// Whether the verification may go on. An error that an accepted certificate has remains, and ends the
    /// connection after the handshake, unless the application takes it away.
    pub fn ask(&self, context: &mut X509StoreContextRef) -> bool {
        let error = context.error().as_raw();
        let depth = context.error_depth();
        let Some(der) = context.current_cert().and_then(|certificate| certificate.to_der().ok()) else {
            return false;
        };
        let verdict = (self.verifier)(&Presented { callee: &self.callee, depth, error, der: &der });
        if !verdict.accepted {
            self.report_refusal(context, &verdict.reason);
            set_error(context, verdict.error);
        } else if error != 0 && verdict.error == 0 {
            set_error(context, 0);
        }
        verdict.accepted
    }

    fn report_refusal(&self, context: &X509StoreContextRef, reason: &str) {
        let Some(certificate) = context.current_cert() else { return };
        let (subject, issuer) = (certificate.subject_name(), certificate.issuer_name());
        self.log.log(
            Level::Error,
            "SSLCERTVRFY",
            format_args!(
                "{}: Certificate (subject={}, issuer={}) verification callback failed: {reason}",
                self.callee.name,
                one_line(subject),
                one_line(issuer)
            ),
        );
        let text =
            format!("the application's callback refuses the certificate of {}: {reason}", name(subject));
        self.complaint.lock().get_or_insert(text);
    }
}
