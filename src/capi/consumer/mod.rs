//! The consumer's functions.

pub mod assignment;
pub mod commits;
pub mod legacy;
pub mod poll;
pub mod positions;
