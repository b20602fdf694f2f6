//! What GSSAPI needs of a Kerberos library.

use crate::base::sync::Arc;

/// Somebody who sets up security contexts.
pub trait Provider: Send + Sync {
    /// # Errors
    /// The text says why this service cannot be named.
    fn context(self: Arc<Self>, service: &str, host: &str) -> Result<Box<dyn Context>, String>;
}

/// The client's side of a security context.
pub trait Context: Send {
    /// Takes the broker's token, an empty one at first. Returns ours, which may be empty, and whether the
    /// context is complete. The first call may ask a ticket server and take as long as that takes; the
    /// others only compute.
    ///
    /// # Errors
    /// The text says why the two sides do not agree.
    fn step(&mut self, token: &[u8]) -> Result<(Vec<u8>, bool), String>;

    /// # Errors
    /// When the message is not what the other side has wrapped.
    fn unwrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String>;

    /// Protects a message against changes; it is not made unreadable.
    ///
    /// # Errors
    /// When that cannot be done.
    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String>;
}
