//! The ground everything stands on: time, locks, logging, wake-ups.
//!
//! This is the only layer that touches `std::sync`, `parking_lot`, `Instant` or `SystemTime`; everything
//! above receives time and locks from here, which is what lets the simulation run it in virtual time.

pub mod blocking;
pub mod by_name;
pub mod clock;
pub mod deadline;
pub mod error;
pub mod error_table;
pub mod eventfd;
pub mod latch;
pub mod line;
pub mod log;
pub mod moment;
pub mod poller;
pub mod queue;
pub mod rand;
pub mod request_span;
pub mod signal;
pub mod sync;
mod trace_event;
pub mod unwind;
pub mod version;
