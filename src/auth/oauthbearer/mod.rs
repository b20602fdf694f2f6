//! OAUTHBEARER (RFC 7628, KIP-255): the client shows a token that somebody else has issued.

pub mod oidc;
#[cfg(test)]
mod tests;
pub mod token;
pub mod unsecured;

use super::Step;
use crate::base::sync::Arc;
use token::Token;

/// Separates the parts of a message.
const SEPARATOR: u8 = 1;

/// The client's first message: the token and its extensions.
pub(super) fn message(token: &Token) -> Vec<u8> {
    let mut out = b"n,,\x01auth=Bearer ".to_vec();
    out.extend_from_slice(token.value().as_bytes());
    out.push(SEPARATOR);
    for (name, value) in token.extensions() {
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        out.extend_from_slice(value.as_bytes());
        out.push(SEPARATOR);
    }
    out.push(SEPARATOR);
    out
}

/// An exchange after the first message.
#[derive(Debug)]
pub struct Bearer {
    token: Arc<Token>,
    /// What the broker has against the token. It wants a last message before it says so officially.
    refusal: Option<String>,
}

impl Bearer {
    pub(super) fn new(token: Arc<Token>) -> Self {
        Self { token, refusal: None }
    }

    pub(super) fn answered(&mut self, message: &[u8]) -> Result<Step, String> {
        if let Some(refusal) = &self.refusal {
            let principal = self.token.principal();
            return Err(format!("SASL OAUTHBEARER authentication failed (principal={principal}): {refusal}"));
        }
        if message.first().is_none_or(|first| *first == 0) {
            return Ok(Step::Done);
        }
        self.refusal = Some(String::from_utf8_lossy(message).into_owned());
        Ok(Step::Send(vec![SEPARATOR]))
    }
}
