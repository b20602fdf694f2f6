//! Brokers: connection, requests in flight, and the engine that decides what is sent.
//!
//! [`machine::Broker`] is a state machine without a thread: `serve(now, transport)` does what is to be done
//! and says when to come again. [`BrokerHandle`] is what everybody else holds of a broker.

mod connection;
mod consume;
mod context;
mod control;
mod handle;
pub mod machine;
mod observe;
mod op;
mod outage;
mod send;
mod session;

pub use context::{BrokerContext, BrokerEvent, BrokerListener, LeaderHint};
pub use handle::{BOOTSTRAP, BrokerHandle};
pub use observe::hooks;
pub use op::{ControlRequest, ControlResult, Done, Encode, Op, Reply};
pub use session::state::ConnectionState;
