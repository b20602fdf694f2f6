//! Transactions: the calls of the application, and the conversation with coordinators on the main thread.
//!
//! Application threads change the [`Core`] themselves and wait for what the main thread does with it, so a
//! call that needs no broker needs no other thread either. A call whose time is up leaves its work going on;
//! the same call takes it up again.

mod calls;
mod coordinators;
mod core;
mod ending;
mod error;
mod error_actions;
pub(super) mod failing;
mod group_offsets;
mod identity;
mod joining;
mod manager;
mod offsets;
pub(super) mod reply;
mod requests;
pub(super) mod shared;
pub(super) mod state;
mod step;

pub use calls::{Calls, Served};
pub use core::Core;
pub use error::{ErrorClass, TxnError};
pub use group_offsets::GroupMember;
pub(super) use manager::TxnManager;
pub use state::TxnState;
