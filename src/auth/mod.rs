//! The client's side of SASL (RFC 4422): what to send to a broker that wants to know who connects, and what
//! its answers mean. Pure: it knows tokens, not connections, and is given time and randomness.

pub mod credentials;
pub mod gssapi;
pub mod oauthbearer;
mod plain;
pub mod scram;
mod security_protocol;
#[cfg(test)]
mod tests;

use crate::base::sync::Arc;
use credentials::{Credentials, Login};
use gssapi::Kerberos;
use oauthbearer::Bearer;
use oauthbearer::token::{Token, Tokens};
use scram::Hash;

pub use security_protocol::SecurityProtocol;

/// A SASL mechanism that the library speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616: user name and password as they are.
    Plain,
    /// RFC 5802 and RFC 7677: both sides prove that they know the password without telling it.
    Scram(Hash),
    /// RFC 7628: a token that somebody else has issued.
    OAuthBearer,
    /// RFC 4752: Kerberos.
    Gssapi,
}

impl Mechanism {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] =
        [Self::Gssapi, Self::Plain, Self::Scram(Hash::Sha256), Self::Scram(Hash::Sha512), Self::OAuthBearer];

    /// By its registered name, as the property `sasl.mechanism` takes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == name)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Scram(Hash::Sha256) => "SCRAM-SHA-256",
            Self::Scram(Hash::Sha512) => "SCRAM-SHA-512",
            Self::OAuthBearer => "OAUTHBEARER",
            Self::Gssapi => "GSSAPI",
        }
    }

    /// Whether a user name and a password are needed for it.
    #[must_use]
    pub fn needs_login(self) -> bool {
        matches!(self, Self::Plain | Self::Scram(_))
    }
}

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

/// What one authentication is done with.
#[derive(Clone, Debug)]
pub enum Proof {
    Plain(Login),
    Scram(Hash, Login),
    Bearer(Arc<Token>),
}

/// What an answer of the broker leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this token and wait for the answer.
    Send(Vec<u8>),
    /// Both sides are satisfied.
    Done,
}

/// One authentication on one connection.
#[derive(Debug)]
pub enum Exchange {
    /// The broker's consent is all there is to wait for.
    Plain,
    Scram(Box<scram::Client>),
    Bearer(Bearer),
    Gssapi(gssapi::Client),
}

impl Exchange {
    /// Begins an exchange. Returns it and the first token to send. `nonce` has to be unpredictable and new
    /// each time.
    #[must_use]
    pub fn begin(proof: Proof, nonce: String) -> (Self, Vec<u8>) {
        match proof {
            Proof::Plain(login) => (Self::Plain, plain::token(&login)),
            Proof::Scram(hash, login) => {
                let (client, token) = scram::Client::begin(hash, &login, nonce);
                (Self::Scram(Box::new(client)), token)
            }
            Proof::Bearer(token) => {
                let message = oauthbearer::message(&token);
                (Self::Bearer(Bearer::new(token)), message)
            }
        }
    }

    /// Takes the token that a broker has answered with.
    ///
    /// # Errors
    /// The text says why the exchange has failed. The connection is of no use any more.
    pub fn answered(&mut self, token: &[u8]) -> Result<Step, String> {
        match self {
            // A broker has nothing to say in PLAIN; librdkafka does not mind if it does.
            Self::Plain => Ok(Step::Done),
            Self::Scram(client) => client.answered(token),
            Self::Bearer(bearer) => bearer.answered(token),
            Self::Gssapi(client) => client.answered(token),
        }
    }
}
