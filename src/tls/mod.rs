//! TLS on OpenSSL.
//!
//! [`session::Session`] is one connection's TLS without sockets: bytes in, bytes out. [`transport`] puts it
//! between a client and its transport, the mock cluster between its sockets and itself. [`context`] is what
//! all connections of a client share: own key and certificate (`keys`), whom to believe (`trust`), and the
//! application's say in that (`callback`). Key and certificate may come from an OpenSSL engine (`modules`).
//! [`Contexts`] makes a new one when its files have changed. [`server`] is the other side, for the mock
//! cluster, with certificates made on the spot ([`issue`]). [`memory`] reads certificates and keys that an
//! application hands over. [`signing`] signs what OIDC asserts.

mod callback;
pub mod context;
pub mod error;
pub mod issue;
mod keys;
pub mod memory;
mod modules;
mod rotation;
pub mod server;
pub mod session;
pub mod signing;
mod sys;
pub mod transport;
mod trust;
mod verify;

pub use callback::{Callee, Presented, Verdict, Verifier};
pub use context::Context;
pub use rotation::Contexts;
