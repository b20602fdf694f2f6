//! PLAIN (RFC 4616).

use super::credentials::Login;

/// The only token: no authorization identity, user name and password, each after a NUL.
pub(super) fn token(login: &Login) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 + login.user_name.len() + login.password.len());
    out.push(0);
    out.extend_from_slice(login.user_name.as_bytes());
    out.push(0);
    out.extend_from_slice(&login.password);
    out
}
