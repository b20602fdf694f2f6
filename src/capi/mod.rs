//! The C ABI: converts, checks, guards against panics, and calls into `client`. The only place that knows C.
//!
//! Conventions of this layer:
//! * A C enum arrives as an `int` ([`enum_ints`]): a Rust enum holding a value that it does not name is undefined
//!   behaviour, and C may pass anything. The header declares the real enums ([`enums`]).
//! * Opaque types carry the struct tags of librdkafka (`struct rd_kafka_s`), since C++ programs name them.
//! * What the application releases itself comes from C `malloc` ([`mem`]); handles are Boxes or Arcs (`handles`).
//! * No lock and no `&mut` is held while an application callback runs: callbacks re-enter the API.
#![allow(unsafe_code)] // A C ABI is made of raw pointers; every use states what it relies on.
#![allow(non_camel_case_types, non_upper_case_globals, non_snake_case)] // The names are C's.
#![allow(clippy::missing_safety_doc)] // The C documentation states what callers owe; there are no Rust callers.

#[cfg(any(test, feature = "own-allocator"))]
mod alloc;
mod fork;
mod guard;
mod handles;
pub mod stats_types;
pub mod strings;

pub mod admin;
pub mod callbacks;
pub mod conf;
pub mod conf_callbacks;
mod conf_hooks;
pub mod consts;
pub mod enum_ints;
pub mod enums;
pub mod error_object;
pub mod errors;
pub mod event;
pub mod event_results;
pub mod group_metadata;
pub mod handle;
pub mod headers;
pub mod instance;
pub mod interceptor;
mod interceptor_calls;
mod interceptor_chain;
pub mod interceptor_types;
pub mod log;
pub mod mem;
pub mod message;
pub mod metadata;
pub mod mock;
pub mod mock_cluster;
pub mod mock_groups;
pub mod mock_requests;
pub mod mock_stubs;

pub mod offsets;
pub mod opaque;
pub mod partition_list;
pub mod partitioners;
mod plugin;
pub mod poll;
pub mod produce;
pub mod producev;
pub mod queue;
mod self_test;
pub mod sockets;
pub mod stats;
mod stats_typed;
pub mod stubs;
pub mod topic;
pub mod topic_conf;
pub mod txn;
pub mod types;
pub mod uuid;
pub mod variadic;
pub mod version;
