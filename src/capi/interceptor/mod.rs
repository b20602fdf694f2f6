//! Interceptors of an instance: how they are added and when they are called.

pub mod calls;
pub mod chain;
