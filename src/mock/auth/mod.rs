//! Authentication of connections: SASL PLAIN, SCRAM and OAUTHBEARER.

mod bearer;
pub mod sasl;
mod scram;
