//! The server's side of SCRAM (RFC 5802) with SHA-256 and SHA-512, without channel binding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256, Sha512};

/// As few as Kafka allows.
const ITERATIONS: u32 = 4096;
const SALT: &[u8] = b"rdkafka-mock salt";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }

    fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        // A key may have any length, so there is no error to handle.
        match self {
            Self::Sha256 => Hmac::<Sha256>::new_from_slice(key)
                .map(|m| m.chain_update(data).finalize().into_bytes().to_vec())
                .unwrap_or_default(),
            Self::Sha512 => Hmac::<Sha512>::new_from_slice(key)
                .map(|m| m.chain_update(data).finalize().into_bytes().to_vec())
                .unwrap_or_default(),
        }
    }

    fn salted(self, password: &str) -> Vec<u8> {
        match self {
            Self::Sha256 => {
                pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), SALT, ITERATIONS).to_vec()
            }
            Self::Sha512 => {
                pbkdf2::pbkdf2_hmac_array::<Sha512, 64>(password.as_bytes(), SALT, ITERATIONS).to_vec()
            }
        }
    }
}

/// An exchange after the client's first message.
#[derive(Debug)]
pub struct Exchange {
    hash: Hash,
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
        let answer = format!("r={nonce},s={},i={ITERATIONS}", STANDARD.encode(SALT));
        let exchange = Self {
            hash,
            password: password.clone(),
            nonce,
            header: format!("{binding},{authzid},"),
            messages: format!("{bare},{answer}"),
        };
        Some((exchange, answer.into_bytes()))
    }

    /// Takes the client's last message and answers with the server's own proof; `None` when the client's is wrong.
    #[must_use]
    pub fn finish(self, last: &[u8]) -> Option<Vec<u8>> {
        let last = std::str::from_utf8(last).ok()?;
        let (without_proof, proof) = last.rsplit_once(",p=")?;
        let proof = STANDARD.decode(proof).ok()?;
        let header = STANDARD.decode(attribute(without_proof, 'c')?).ok()?;
        if header != self.header.as_bytes() || attribute(without_proof, 'r')? != self.nonce {
            return None;
        }
        let hash = self.hash;
        let message = format!("{},{without_proof}", self.messages);
        let salted = hash.salted(&self.password);
        let stored = hash.digest(&hash.hmac(&salted, b"Client Key"));
        let signature = hash.hmac(&stored, message.as_bytes());
        if proof.len() != signature.len() {
            return None;
        }
        let key: Vec<u8> = proof.iter().zip(&signature).map(|(p, s)| p ^ s).collect();
        if hash.digest(&key) != stored {
            return None;
        }
        let own = hash.hmac(&hash.hmac(&salted, b"Server Key"), message.as_bytes());
        Some(format!("v={}", STANDARD.encode(own)).into_bytes())
    }
}

fn attribute(message: &str, name: char) -> Option<&str> {
    message.split(',').find_map(|a| a.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Vec<(String, String)> {
        vec![("a,b=c".into(), "pencil".into())]
    }

    /// The client's side, following the RFC's own formulas.
    fn log_in(hash: Hash, name: &str, password: &str) -> Option<bool> {
        let bare = format!("n={name},r=abc");
        let (exchange, answer) = Exchange::begin(hash, &users(), format!("n,,{bare}").as_bytes(), 7)?;
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("r=abcmock"));
        let last = format!("c=biws,r={}", attribute(&answer, 'r').unwrap());
        let message = format!("{bare},{answer},{last}");
        let salted = hash.salted(password);
        let client_key = hash.hmac(&salted, b"Client Key");
        let signature = hash.hmac(&hash.digest(&client_key), message.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(k, s)| k ^ s).collect();
        let last = format!("{last},p={}", STANDARD.encode(proof));
        let verdict = String::from_utf8(exchange.finish(last.as_bytes())?).unwrap();
        let own = hash.hmac(&hash.hmac(&salted, b"Server Key"), message.as_bytes());
        Some(verdict == format!("v={}", STANDARD.encode(own)))
    }

    #[test]
    fn both_sides_prove_the_password() {
        for hash in [Hash::Sha256, Hash::Sha512] {
            assert_eq!(log_in(hash, "a=2Cb=3Dc", "pencil"), Some(true));
            assert_eq!(log_in(hash, "a=2Cb=3Dc", "pen"), None);
            assert_eq!(log_in(hash, "nobody", "pencil"), None);
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
        // RFC 4231, test case 2, and RFC 7914, section 11.
        let hex = |b: &[u8]| b.iter().take(8).map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(hex(&Hash::Sha256.hmac(b"Jefe", b"what do ya want for nothing?")), "5bdcc146bf60754e");
        assert_eq!(hex(&Hash::Sha512.hmac(b"Jefe", b"what do ya want for nothing?")), "164b7a7bfcf819e2");
        assert_eq!(hex(&pbkdf2::pbkdf2_hmac_array::<Sha256, 64>(b"passwd", b"salt", 1)), "55ac046e56e3089f");
    }
}
