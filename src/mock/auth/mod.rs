//! Authentication of connections: SASL PLAIN and SCRAM.

pub mod sasl;
mod scram;
