//! Who a client is, and how it begins to authenticate a connection.

use super::credentials::{Credentials, Login};
use super::exchange::{Exchange, Proof};
use super::gssapi::Kerberos;
use super::mechanism::Mechanism;
use super::oauthbearer::token::Tokens;
use crate::base::sync::Arc;

/// Who a client instance is to its brokers. Shared by all of its connections.
pub struct Principal {
    mechanism: Mechanism,
    /// Makes an unpredictable text, another one each time.
    nonce: fn() -> String,
    /// For PLAIN and SCRAM.
    pub credentials: Credentials,
    /// For OAUTHBEARER.
    pub tokens: Tokens,
    /// For GSSAPI.
    kerberos: Option<Arc<Kerberos>>,
}

/// How the authentication of a connection begins.
pub enum Beginning {
    /// With this token.
    Token(Exchange, Vec<u8>),
    /// With a token that takes time to get: this function may block.
    Blocking(Box<dyn FnOnce() -> Begun + Send>),
}

/// An exchange and the first token to send, or why there is none.
pub type Begun = Result<(Exchange, Vec<u8>), String>;

impl Principal {
    #[must_use]
    pub fn new(mechanism: Mechanism, login: Login, nonce: fn() -> String) -> Self {
        Self {
            mechanism,
            nonce,
            credentials: Credentials::new(login),
            tokens: Tokens::default(),
            kerberos: None,
        }
    }

    /// The same, with what GSSAPI needs.
    #[must_use]
    pub fn with_kerberos(self, kerberos: Option<Kerberos>) -> Self {
        Self { kerberos: kerberos.map(Arc::new), ..self }
    }

    #[must_use]
    pub fn kerberos(&self) -> Option<&Kerberos> {
        self.kerberos.as_deref()
    }

    #[must_use]
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Whether there is something to authenticate with.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match self.mechanism {
            Mechanism::Plain | Mechanism::Scram(_) => true,
            Mechanism::OAuthBearer => self.tokens.get().is_some(),
            Mechanism::Gssapi => self.kerberos.as_ref().is_some_and(|k| k.is_ready()),
        }
    }

    /// Begins to authenticate one connection, to a broker on this host. Returns `None` while there is nothing
    /// to authenticate with.
    #[must_use]
    pub fn begin(&self, host: &str) -> Option<Beginning> {
        let proof = match self.mechanism {
            Mechanism::Plain => Proof::Plain(self.credentials.get()),
            Mechanism::Scram(hash) => Proof::Scram(hash, self.credentials.get()),
            Mechanism::OAuthBearer => Proof::Bearer(self.tokens.get()?),
            Mechanism::Gssapi => {
                let (kerberos, host) = (self.kerberos.clone()?, host.to_owned());
                return Some(Beginning::Blocking(Box::new(move || {
                    let (client, token) = kerberos.begin(&host)?;
                    Ok((Exchange::Gssapi(client), token))
                })));
            }
        };
        let (exchange, token) = Exchange::begin(proof, (self.nonce)());
        Some(Beginning::Token(exchange, token))
    }
}
