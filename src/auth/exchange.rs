//! One authentication on one connection, whatever the mechanism.

use super::credentials::Login;
use super::oauthbearer::Bearer;
use super::oauthbearer::token::Token;
use super::scram::Hash;
use super::step::Step;
use super::{gssapi, oauthbearer, plain, scram};
use crate::base::sync::Arc;

/// What one authentication is done with.
#[derive(Clone, Debug)]
pub enum Proof {
    Plain(Login),
    Scram(Hash, Login),
    Bearer(Arc<Token>),
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
