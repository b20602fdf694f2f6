//! The server's side of SCRAM (RFC 5802) with SHA-256 and SHA-512, without channel binding.

use crate::auth::scram::{Hash, MIN_ITERATIONS, attribute};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const SALT: &[u8] = b"rdkafka-mock salt";

/// An exchange after the client's first message.
#[derive(Debug)]
pub struct Exchange {
    hash: Hash,
    user: String,
    password: String,
    nonce: String,
    /// The client's GS2 header, which it repeats.
    header: String,
    /// The client's first message without the header, and the answer to it.
    messages: String,
}

impl Exchange {
    /// Takes the client's first message; `None` when it is malformed or from nobody known.
    #[must_use]
    pub fn begin(
        hash: Hash,
        users: &[(String, String)],
        first: &[u8],
        nonce: u64,
    ) -> Option<(Self, Vec<u8>)> {
        let first = std::str::from_utf8(first).ok()?;
        let (binding, rest) = first.split_once(',')?;
        let (authzid, bare) = rest.split_once(',')?;
        if !matches!(binding, "n" | "y") {
            return None;
        }
        let user = attribute(bare, 'n')?.replace("=2C", ",").replace("=3D", "=");
        let theirs = attribute(bare, 'r').filter(|r| !r.is_empty())?;
        let (_, password) = users.iter().find(|(name, _)| *name == user)?;
        let nonce = format!("{theirs}mock{nonce:016x}");
        let answer = format!("r={nonce},s={},i={MIN_ITERATIONS}", STANDARD.encode(SALT));
        let exchange = Self {
            hash,
            user,
            password: password.clone(),
            nonce,
            header: format!("{binding},{authzid},"),
            messages: format!("{bare},{answer}"),
        };
        Some((exchange, answer.into_bytes()))
    }

    /// Takes the client's last message and answers with the server's own proof and whose exchange it was;
    /// `None` when the client's is wrong.
    #[must_use]
    pub fn finish(self, last: &[u8]) -> Option<(Vec<u8>, String)> {
        let last = std::str::from_utf8(last).ok()?;
        let (without_proof, proof) = last.rsplit_once(",p=")?;
        let proof = STANDARD.decode(proof).ok()?;
        let header = STANDARD.decode(attribute(without_proof, 'c')?).ok()?;
        if header != self.header.as_bytes() || attribute(without_proof, 'r')? != self.nonce {
            return None;
        }
        let message = format!("{},{without_proof}", self.messages);
        let keys = self.hash.keys(self.password.as_bytes(), SALT, MIN_ITERATIONS);
        if !keys.is_client_proof(message.as_bytes(), &proof) {
            return None;
        }
        let own = keys.server_signature(message.as_bytes());
        Some((format!("v={}", STANDARD.encode(own)).into_bytes(), self.user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::credentials::Login;
    use crate::auth::{self, Proof, Step};

    fn users() -> Vec<(String, String)> {
        vec![("a,b=c".into(), "pencil".into())]
    }

    /// Our own client against our own server. Returns whether both are satisfied.
    fn log_in(hash: Hash, name: &str, password: &str) -> Option<bool> {
        let login = Login::new(name, password.as_bytes());
        let (mut client, first) = auth::Exchange::begin(Proof::Scram(hash, login), "abc".into());
        let (server, answer) = Exchange::begin(hash, &users(), &first, 7)?;
        assert!(answer.starts_with(b"r=abcmock"));
        let Ok(Step::Send(last)) = client.answered(&answer) else { return Some(false) };
        Some(client.answered(&server.finish(&last)?.0) == Ok(Step::Done))
    }

    #[test]
    fn both_sides_prove_the_password() {
        for hash in [Hash::Sha256, Hash::Sha512] {
            assert_eq!(log_in(hash, "a,b=c", "pencil"), Some(true));
            assert_eq!(log_in(hash, "a,b=c", "pen"), None);
            assert_eq!(log_in(hash, "nobody", "pencil"), None);
        }
    }

    /// The last message of a client that shows this nonce and knows the password.
    fn last(nonce: &str, answer: &[u8]) -> Vec<u8> {
        let without_proof = format!("c=biws,r={nonce}");
        let answer = std::str::from_utf8(answer).unwrap();
        let keys = Hash::Sha256.keys(b"pencil", SALT, MIN_ITERATIONS);
        let message = format!("n=a=2Cb=3Dc,r=x,{answer},{without_proof}");
        let proof = STANDARD.encode(keys.client_proof(message.as_bytes()));
        format!("{without_proof},p={proof}").into_bytes()
    }

    /// librdkafka before 2.6.1 repeats its own nonce before it. Kafka 4 refuses that, as the standard wants.
    #[test]
    fn the_nonce_is_that_of_the_answer() {
        let begin = || Exchange::begin(Hash::Sha256, &users(), b"n,,n=a=2Cb=3Dc,r=x", 1).unwrap();
        let (exchange, answer) = begin();
        assert!(exchange.finish(&last("xmock0000000000000001", &answer)).is_some());
        for nonce in ["xxmock0000000000000001", "x", "xmock0000000000000002"] {
            let (exchange, answer) = begin();
            assert!(exchange.finish(&last(nonce, &answer)).is_none(), "{nonce}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let begin = |m: &[u8]| Exchange::begin(Hash::Sha256, &users(), m, 1);
        for m in
            [&b""[..], b"n,,", b"n,,n=a=2Cb=3Dc", b"p=tls,,n=a=2Cb=3Dc,r=x", b"\xff", b"n,,n=a=2Cb=3Dc,r="]
        {
            assert!(begin(m).is_none());
        }
        for m in [&b""[..], b"c=biws,r=x,p=AA==", b"c=biws,p=!", b"\xff"] {
            assert!(begin(b"n,,n=a=2Cb=3Dc,r=x").unwrap().0.finish(m).is_none());
        }
    }

    #[test]
    fn the_primitives_are_the_standard_ones() {
        // RFC 4231, test case 2.
        let hex = |b: &[u8]| b.iter().take(8).map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(hex(&Hash::Sha256.hmac(b"Jefe", b"what do ya want for nothing?")), "5bdcc146bf60754e");
        assert_eq!(hex(&Hash::Sha512.hmac(b"Jefe", b"what do ya want for nothing?")), "164b7a7bfcf819e2");
    }
}
