//! A string that may be no UTF-8 and is to come back as it was.

/// Bytes that stand in a message as a string does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawString(Vec<u8>);

impl RawString {
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for RawString {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&str> for RawString {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}
