//! Configurations and instances: how they come into being, and how instances end.

pub mod configuration;
pub mod create;
pub mod destroy;

#[cfg(test)]
mod tests;
