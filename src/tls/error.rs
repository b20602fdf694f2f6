//! OpenSSL's errors as texts, in the form that librdkafka gives them.

use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, Logger};
use openssl::error::{Error as SslError, ErrorStack};

/// What is said when OpenSSL reports a failure and no reason for it.
const NO_REASON: &str = "kafka: No further error information available";

/// What went wrong in a call of OpenSSL: the last error is the one to report, the others led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpensslError {
    /// The errors that were put on the queue before the last one.
    pub earlier: Vec<String>,
    pub last: String,
}

impl OpensslError {
    /// Empties this thread's queue of errors.
    #[must_use]
    pub fn take() -> Self {
        Self::of(&ErrorStack::get())
    }

    #[must_use]
    pub fn of(stack: &ErrorStack) -> Self {
        let mut texts: Vec<String> = stack.errors().iter().map(text).collect();
        let last = texts.pop().unwrap_or_else(|| NO_REASON.to_owned());
        Self { earlier: texts, last }
    }
}

/// What a function that has no log says of a failure: the last error with its place in OpenSSL's source, or
/// nothing if there is none.
#[must_use]
pub fn text_with_place(stack: &ErrorStack) -> String {
    let Some(e) = stack.errors().last() else { return String::new() };
    let library = e.library().unwrap_or_default();
    let function = e.function().unwrap_or_default();
    let data = e.data().filter(|data| !data.is_empty()).map_or_else(|| reason(e), str::to_owned);
    format!("{}:{library}:{function}:{}:{}: {data}", e.code(), e.file(), e.line())
}

/// `error:0480006C:PEM routines::no start line: Expecting: CERTIFICATE`
#[must_use]
pub fn text(e: &SslError) -> String {
    let library = e.library().map_or_else(|| format!("lib({})", e.library_code()), str::to_owned);
    let mut text = format!("error:{:08X}:{library}::{}", e.code(), reason(e));
    if let Some(data) = e.data().filter(|data| !data.is_empty()) {
        text.push_str(": ");
        text.push_str(data);
    }
    text
}

fn reason(e: &SslError) -> String {
    // OpenSSL has no texts for errors of the system, whose codes have the highest of 32 bits set.
    if e.code() & 0x8000_0000 != 0 {
        return crate::net::errno_text(i32::try_from(e.code() & 0x7FFF_FFFF).unwrap_or_default());
    }
    // The upper bits of a reason are flags.
    e.reason().map_or_else(|| format!("reason({})", e.reason_code() & 0x3_FFFF), str::to_owned)
}

pub fn invalid(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::_INVALID_ARG, text)
}

/// The error for a configuration that OpenSSL does not take; what led to it is logged.
pub fn refused(what: &str, why: &OpensslError, log: &Logger) -> Error {
    for text in &why.earlier {
        log.log(Level::Error, "SSL", format_args!("kafka: {text}"));
    }
    invalid(format!("{what}: {}", why.last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::pkey::PKey;
    use openssl::ssl::{SslContextBuilder, SslMethod};
    use openssl::x509::X509;

    #[test]
    fn the_last_error_is_reported_and_the_earlier_ones_are_kept() {
        let mut context = SslContextBuilder::new(SslMethod::tls_client()).unwrap();
        let failure = OpensslError::of(&context.set_ca_file("/nonexistent.pem").unwrap_err());
        let missing =
            "error:80000002:system library::No such file or directory: calling fopen(/nonexistent.pem, r)";
        assert_eq!(failure.earlier.first().map(String::as_str), Some(missing));
        // Which of its parts failed is told in other words by each version of OpenSSL.
        assert!(failure.last.starts_with("error:0588"), "{}", failure.last);
        assert!(failure.last.contains(":x509 certificate routines::"), "{}", failure.last);
    }

    #[test]
    fn what_an_error_is_about_follows_it() {
        let failure = OpensslError::of(&X509::from_pem(b"garbage").unwrap_err());
        assert_eq!(
            failure,
            OpensslError {
                earlier: Vec::new(),
                last: "error:0480006C:PEM routines::no start line: Expecting: CERTIFICATE".into()
            }
        );
        let failure = OpensslError::of(&PKey::private_key_from_pem(b"garbage").unwrap_err());
        assert_eq!(
            failure.last,
            "error:1E08010C:DECODER routines::unsupported: No supported data to decode. Input type: PEM"
        );
    }

    #[test]
    fn a_failure_without_a_reason_says_so_and_the_queue_is_empty_afterwards() {
        ErrorStack::get();
        assert_eq!(OpensslError::take(), OpensslError { earlier: Vec::new(), last: NO_REASON.into() });
    }
}
