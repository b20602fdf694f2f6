//! Topics, producing, messages and transactions.

pub mod intercepted;
pub mod positional;
pub mod producev;
pub mod transactions;
