//! The client's side of an exchange.

use super::hash::is_same;
use super::{Hash, MAX_ITERATIONS, MIN_ITERATIONS, attribute};
use crate::auth::Step;
use crate::auth::credentials::{Login, Password};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// GS2 header: no channel binding, no authorization identity.
const HEADER: &str = "n,,";

/// What the broker is expected to send next.
enum Awaiting {
    /// Salt and iteration count.
    ServerFirst { nonce: String, client_first_bare: String, password: Password },
    /// Its own proof that it knows the password.
    ServerFinal { signature: Vec<u8> },
    /// The exchange has ended, well or not.
    Nothing,
}

pub struct Client {
    hash: Hash,
    awaiting: Awaiting,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("hash", &self.hash).finish_non_exhaustive()
    }
}

impl Client {
    /// Begins an exchange. Returns it and its first message.
    ///
    /// User name and password are sent as they are given, without SASLprep, as librdkafka does.
    pub(in crate::auth) fn begin(hash: Hash, login: &Login, nonce: String) -> (Self, Vec<u8>) {
        let user_name = login.user_name.replace('=', "=3D").replace(',', "=2C");
        let client_first_bare = format!("n={user_name},r={nonce}");
        let message = format!("{HEADER}{client_first_bare}").into_bytes();
        let password = login.password.clone();
        let awaiting = Awaiting::ServerFirst { nonce, client_first_bare, password };
        (Self { hash, awaiting }, message)
    }

    pub(in crate::auth) fn answered(&mut self, message: &[u8]) -> Result<Step, String> {
        // Attributes are ASCII; what is not is no attribute that is looked for.
        let message = String::from_utf8_lossy(message);
        match std::mem::replace(&mut self.awaiting, Awaiting::Nothing) {
            Awaiting::ServerFirst { nonce, client_first_bare, password } => {
                self.server_first(&message, &nonce, &client_first_bare, &password)
            }
            Awaiting::ServerFinal { signature } => server_final(&message, &signature),
            Awaiting::Nothing => Err("SASL SCRAM exchange is over".to_owned()),
        }
    }

    fn server_first(
        &mut self,
        message: &str,
        client_nonce: &str,
        client_first_bare: &str,
        password: &[u8],
    ) -> Result<Step, String> {
        if message.starts_with("m=") {
            return Err("Unsupported mandatory SCRAM extension".to_owned());
        }
        let nonce = find(message, 'r', "Server nonce")?;
        // The server continues the client's nonce with its own.
        if nonce.len() <= client_nonce.len() || !nonce.starts_with(client_nonce) {
            return Err("Server/client nonce mismatch in server-first-message".to_owned());
        }
        let salt = find(message, 's', "Salt")?;
        let salt =
            STANDARD.decode(salt).map_err(|_| "Invalid Base64 Salt in server-first-message".to_owned())?;
        let iterations = iterations(find(message, 'i', "Iteration count")?)?;

        let without_proof = format!("c={},r={nonce}", STANDARD.encode(HEADER));
        let auth_message = format!("{client_first_bare},{message},{without_proof}");
        let keys = self.hash.keys(password, &salt, iterations);
        let proof = STANDARD.encode(keys.client_proof(auth_message.as_bytes()));
        let signature = keys.server_signature(auth_message.as_bytes());
        self.awaiting = Awaiting::ServerFinal { signature };
        Ok(Step::Send(format!("{without_proof},p={proof}").into_bytes()))
    }
}

fn find<'a>(message: &'a str, name: char, what: &str) -> Result<&'a str, String> {
    attribute(message, name)
        .ok_or_else(|| format!("{what} in server-first-message: could not find attribute ({name})"))
}

fn iterations(text: &str) -> Result<u32, String> {
    let Some(count) = text.parse::<u32>().ok().filter(|n| *n <= MAX_ITERATIONS) else {
        let what = "Iteration count in server-first-message";
        return Err(format!("Invalid value (not integer or too large) for {what}"));
    };
    if count < MIN_ITERATIONS {
        return Err(format!(
            "Iteration count {count} in server-first-message is too small: at least {MIN_ITERATIONS} are required"
        ));
    }
    Ok(count)
}

fn server_final(message: &str, expected: &[u8]) -> Result<Step, String> {
    const FAILED: &str = "SASL SCRAM authentication failed";
    if let Some(error) = attribute(message, 'e') {
        return Err(format!("{FAILED}: broker responded with {error}"));
    }
    let Some(signature) = attribute(message, 'v') else {
        return Err(format!("{FAILED}: no verifier or server-error returned from broker"));
    };
    match STANDARD.decode(signature) {
        Ok(signature) if is_same(&signature, expected) => Ok(Step::Done),
        _ => Err(format!("{FAILED}: ServerSignature mismatch: the broker does not know the password")),
    }
}
