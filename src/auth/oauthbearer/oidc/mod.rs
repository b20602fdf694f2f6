//! Tokens from a token endpoint (KIP-768, KIP-1139): what to ask it, and what its answer means. Pure: files,
//! signatures, time and randomness come from a [`World`].

mod answer;
mod assertion;
#[cfg(test)]
mod tests;
mod world;

use crate::auth::credentials::Password;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;
use zeroize::Zeroizing;

pub use answer::{error_of, json_of, token};
pub use assertion::{Assertion, Claims, Key, SignedAssertion};
pub use world::{Algorithm, World};

/// An answer has to come in this time. librdkafka's figure, as the following ones.
pub const TIME_LIMIT: Duration = Duration::from_secs(20);

/// After a failure that may pass the endpoint is asked again, so often.
const RETRIES: u32 = 4;

/// How much longer each pause between two attempts is than the one before.
const PAUSE_STEP: Duration = Duration::from_secs(5);

/// How long to wait before the attempt after the one of this number (from 0); `None`: no more attempts.
#[must_use]
pub fn pause_after(attempt: u32) -> Option<Duration> {
    (attempt < RETRIES).then(|| PAUSE_STEP * (attempt + 1))
}

/// Whether a status says that the same request may have success later.
#[must_use]
pub fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// Where tokens come from and what they are asked for with.
#[derive(Clone, Debug, PartialEq)]
pub struct Oidc {
    pub endpoint_url: String,
    pub grant: Grant,
    pub scope: Option<String>,
    /// For the broker.
    pub extensions: Vec<(String, String)>,
    /// The claim that names whom a token is for.
    pub sub_claim_name: String,
    pub trust: HttpsTrust,
}

/// How the client shows the endpoint that it may have a token.
#[derive(Clone, Debug, PartialEq)]
pub enum Grant {
    ClientCredentials {
        id: String,
        secret: Password,
    },
    JwtBearer(Assertion),
    /// The metadata service of Azure knows the machine that asks. The text is added to the URL's query.
    AzureImds {
        query: Option<String>,
    },
    /// Only a callback of the application's can get tokens.
    AwsIam,
}

/// Whom HTTPS servers have to be certified by: the authorities that the system believes unless one is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpsTrust {
    pub ca_location: Option<String>,
    pub ca_pem: Option<String>,
}

/// One request to the endpoint.
pub struct Call {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, Zeroizing<String>)>,
    pub body: Zeroizing<Vec<u8>>,
}

/// Why there is no token: what the application is told, and what the log says besides.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenError {
    pub told: String,
    /// Facility and text.
    pub logged: Option<(&'static str, String)>,
}

impl From<String> for TokenError {
    fn from(told: String) -> Self {
        Self { told, logged: None }
    }
}

const AWS_IAM_IS_THE_APPLICATIONS: &str = "aws_iam OAUTHBEARER token retrieval is not implemented natively in \
    librdkafka; a token-refresh callback must supply the token. High-level clients wire this automatically when \
    their AWS OAUTHBEARER package/extra is installed and configured. Reaching this code path means method=oidc and \
    metadata.authentication.type=aws_iam were set but no token-refresh callback is registered.";

impl Oidc {
    /// What to ask the endpoint.
    ///
    /// # Errors
    /// What it is asked with cannot be made.
    pub fn call(&self, world: &dyn World) -> Result<Call, TokenError> {
        match &self.grant {
            Grant::ClientCredentials { id, secret } => Ok(self.with_credentials(id, secret)),
            Grant::JwtBearer(assertion) => {
                let assertion = assertion.make(world).map_err(|why| TokenError {
                    told: "Failed to create JWT assertion".to_owned(),
                    logged: Some(("JWT", why)),
                })?;
                Ok(self.with_assertion(&assertion))
            }
            Grant::AzureImds { query } => Ok(self.of_azure(query.as_deref())),
            Grant::AwsIam => Err(AWS_IAM_IS_THE_APPLICATIONS.to_owned().into()),
        }
    }

    fn with_credentials(&self, id: &str, secret: &[u8]) -> Call {
        let mut plain = Zeroizing::new(Vec::with_capacity(id.len() + 1 + secret.len()));
        plain.extend_from_slice(id.as_bytes());
        plain.push(b':');
        plain.extend_from_slice(secret);
        let authorization = Zeroizing::new(format!("Basic {}", &*Zeroizing::new(STANDARD.encode(&*plain))));
        let mut body = b"grant_type=client_credentials".to_vec();
        if let Some(scope) = &self.scope {
            body.extend_from_slice(b"&scope=");
            // Sent as it is, except for what a form cannot hold: it may be encoded already.
            encode(scope, |b| b.is_ascii_graphic(), &mut body);
        }
        self.post(vec![("Authorization", authorization)], Zeroizing::new(body))
    }

    fn with_assertion(&self, assertion: &[u8]) -> Call {
        const FORM: &[u8] = b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=";
        let scope = self.scope.as_deref().unwrap_or_default();
        let mut body = Zeroizing::new(Vec::with_capacity(FORM.len() + assertion.len() + 7 + 3 * scope.len()));
        body.extend_from_slice(FORM);
        body.extend_from_slice(assertion);
        if !scope.is_empty() {
            body.extend_from_slice(b"&scope=");
            encode(scope, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b), &mut body);
        }
        self.post(Vec::new(), body)
    }

    fn post(&self, mut headers: Vec<(&'static str, Zeroizing<String>)>, body: Zeroizing<Vec<u8>>) -> Call {
        headers.push(("Accept", Zeroizing::new("application/json".to_owned())));
        headers.push(("Content-Type", Zeroizing::new("application/x-www-form-urlencoded".to_owned())));
        Call { method: "POST", url: self.endpoint_url.clone(), headers, body }
    }

    fn of_azure(&self, query: Option<&str>) -> Call {
        let mut url = self.endpoint_url.clone();
        if let Some(query) = query {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(query);
        }
        let header = |name, value: &str| (name, Zeroizing::new(value.to_owned()));
        let headers = vec![header("Metadata", "true"), header("Accept", "application/json")];
        Call { method: "GET", url, headers, body: Zeroizing::default() }
    }
}

/// Appends a text to a form; bytes that may not stand there are escaped.
fn encode(text: &str, may_stand: impl Fn(u8) -> bool, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for b in text.bytes() {
        if may_stand(b) {
            out.push(b);
        } else {
            let digit = |n: u8| DIGITS.get(usize::from(n)).copied().unwrap_or_default();
            out.extend([b'%', digit(b >> 4), digit(b & 15)]);
        }
    }
}

/// Reads `name=value` pairs, separated by commas; `None` if one of them is none.
#[must_use]
pub fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=')?;
            (!name.is_empty() && !value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}
