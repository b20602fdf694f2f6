//! Topics, producing, messages and transactions.

pub mod message;
pub mod partitioners;
pub mod positional;
pub mod producev;
pub mod topic;
pub mod transactions;
