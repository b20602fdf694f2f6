//! Versions of messages.

/// The version a message is encoded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub number: i16,
    /// Compact lengths and tagged fields.
    pub flexible: bool,
}
