//! The client's side of SASL (RFC 4422): what to send to a broker that wants to know who connects, and what
//! its answers mean. Pure: it knows tokens, not connections, and is given time and randomness.

pub mod credentials;
mod exchange;
pub mod gssapi;
mod mechanism;
pub mod oauthbearer;
mod plain;
mod principal;
pub mod scram;
mod security_protocol;
mod step;
#[cfg(test)]
mod tests;

pub use exchange::{Exchange, Proof};
pub use mechanism::Mechanism;
pub use principal::{Beginning, Begun, Principal};
pub use security_protocol::SecurityProtocol;
pub use step::Step;
