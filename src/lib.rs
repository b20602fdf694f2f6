//! A `librdkafka.so.1` written in Rust: the C ABI of librdkafka's producer over a producer core of its own.
//!
//! Layers, each using only what stands to its right (a test holds them to it): `capi -> client -> broker ->
//! {producer, consumer, cluster} -> {protocol, net, conf, stats} -> {auth, compress, base}`; `mock` uses
//! `protocol`, `auth`, `compress`, `net` and `base`. See `docs/internals/design.md`.

pub mod auth;
pub mod base;
pub mod broker;
pub mod capi;
pub mod client;
pub mod cluster;
pub mod compress;
pub mod conf;
pub mod consumer;
pub mod mock;
pub mod net;
pub mod producer;
pub mod protocol;
pub mod stats;
#[cfg(feature = "ssl")]
pub mod tls;
