//! TLS on OpenSSL.

pub mod error;
pub mod signing;
