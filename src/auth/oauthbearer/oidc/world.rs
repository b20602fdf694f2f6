//! What is lent to this module: files, signatures, time and randomness.

use zeroize::Zeroizing;

/// How assertions are signed (RFC 7518).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es256,
}

impl Algorithm {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// What this module needs to be lent.
pub trait World {
    /// # Errors
    /// The text says why the file cannot be read.
    fn read(&self, path: &str) -> Result<Zeroizing<Vec<u8>>, String>;

    /// Signs with a private key (PEM).
    ///
    /// # Errors
    /// The text says why not.
    fn sign(
        &self,
        algorithm: Algorithm,
        pem: &[u8],
        passphrase: &[u8],
        data: &[u8],
    ) -> Result<Vec<u8>, String>;

    /// Milliseconds since 1970 UTC.
    fn now_ms(&self) -> i64;

    /// An identifier that nobody else uses.
    fn unique_id(&self) -> String;
}
