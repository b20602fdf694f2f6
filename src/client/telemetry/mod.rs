//! Metrics of the client, pushed to a broker that asks for them (KIP-714, `enable.metrics.push`).
//!
//! `machine` says when which request is due, `catalogue` which metrics there are, `figures` what they
//! are made of, `payload` how they are written; `part` is the main thread's part, which holds these
//! together. Before a broker is up that takes metrics, nothing of all that exists.

mod calls;
mod catalogue;
mod figures;
mod machine;
pub(super) mod op;
mod part;
mod payload;
mod requests;
mod subscription;

pub use calls::end;
pub(super) use part::Telemetry;
