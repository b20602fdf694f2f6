//! The two hash functions of SCRAM and the keys that are made with them.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha512,
}

/// What password, salt and iteration count come to. RFC 5802, section 3, has the names. Wiped when dropped.
pub struct Keys {
    hash: Hash,
    client_key: Zeroizing<Vec<u8>>,
    stored_key: Zeroizing<Vec<u8>>,
    server_key: Zeroizing<Vec<u8>>,
}

impl Hash {
    #[must_use]
    pub fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }

    #[must_use]
    pub fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
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

    /// PBKDF2, which RFC 5802 calls Hi(). Its cost is proportional to `iterations`.
    fn salted_password(self, password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(vec![0; self.digest(&[]).len()]);
        match self {
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut out),
            Self::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, &mut out),
        }
        out
    }

    #[must_use]
    pub fn keys(self, password: &[u8], salt: &[u8], iterations: u32) -> Keys {
        let salted = self.salted_password(password, salt, iterations);
        let client_key = Zeroizing::new(self.hmac(&salted, b"Client Key"));
        Keys {
            hash: self,
            stored_key: Zeroizing::new(self.digest(&client_key)),
            client_key,
            server_key: Zeroizing::new(self.hmac(&salted, b"Server Key")),
        }
    }
}

impl Keys {
    /// What the client shows that it knows the password with.
    #[must_use]
    pub fn client_proof(&self, auth_message: &[u8]) -> Vec<u8> {
        let signature = self.hash.hmac(&self.stored_key, auth_message);
        self.client_key.iter().zip(&signature).map(|(key, signature)| key ^ signature).collect()
    }

    /// Whether a client that sends this proof knows the password.
    #[must_use]
    pub fn is_client_proof(&self, auth_message: &[u8], proof: &[u8]) -> bool {
        let signature = self.hash.hmac(&self.stored_key, auth_message);
        let key: Vec<u8> = proof.iter().zip(&signature).map(|(proof, signature)| proof ^ signature).collect();
        proof.len() == signature.len() && is_same(&self.hash.digest(&key), &self.stored_key)
    }

    /// What the server shows that it knows the password with.
    #[must_use]
    pub fn server_signature(&self, auth_message: &[u8]) -> Vec<u8> {
        self.hash.hmac(&self.server_key, auth_message)
    }
}

/// Compares in a time that does not tell where the difference is.
pub(super) fn is_same(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    a.ct_eq(b).into()
}
