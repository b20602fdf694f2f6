//! TLS on OpenSSL.
//!
//! [`session::Session`] is one connection's TLS without sockets: bytes in, bytes out. [`transport`] puts it
//! between a client and its transport, the mock cluster between its sockets and itself. [`context`] is what
//! all connections of a client share: own key and certificate (`keys`), whom to believe (`trust`).
//! [`server`] is the other side, for the mock cluster, with certificates made on the spot ([`issue`]).
//! [`signing`] signs what OIDC asserts.

pub mod context;
pub mod error;
pub mod issue;
mod keys;
pub mod server;
pub mod session;
pub mod signing;
mod sys;
pub mod transport;
mod trust;
mod verify;

pub use context::Context;
