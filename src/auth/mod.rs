//! The client's side of SASL (RFC 4422): what to send to a broker that wants to know who connects, and what
//! its answers mean. Pure: it knows tokens, not connections, and is given time and randomness.

pub mod credentials;
pub mod oauthbearer;
mod plain;
pub mod scram;
mod security_protocol;
#[cfg(test)]
mod tests;

use crate::base::sync::Arc;
use credentials::{Credentials, Login};
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
}

impl Mechanism {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 4] =
        [Self::Plain, Self::Scram(Hash::Sha256), Self::Scram(Hash::Sha512), Self::OAuthBearer];

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
        }
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
}

impl Principal {
    #[must_use]
    pub fn new(mechanism: Mechanism, login: Login, nonce: fn() -> String) -> Self {
        Self { mechanism, nonce, credentials: Credentials::new(login), tokens: Tokens::default() }
    }

    #[must_use]
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Whether there is something to authenticate with.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.mechanism != Mechanism::OAuthBearer || self.tokens.get().is_some()
    }

    /// Begins to authenticate one connection. Returns the exchange and the first token to send; `None` while
    /// there is nothing to authenticate with.
    #[must_use]
    pub fn begin(&self) -> Option<(Exchange, Vec<u8>)> {
        let proof = match self.mechanism {
            Mechanism::Plain => Proof::Plain(self.credentials.get()),
            Mechanism::Scram(hash) => Proof::Scram(hash, self.credentials.get()),
            Mechanism::OAuthBearer => Proof::Bearer(self.tokens.get()?),
        };
        Some(Exchange::begin(proof, (self.nonce)()))
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
        }
    }
}
