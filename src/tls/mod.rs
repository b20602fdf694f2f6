//! TLS on OpenSSL.

pub mod error;
