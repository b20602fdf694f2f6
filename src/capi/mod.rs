//! The C ABI: converts, checks, guards against panics, and calls into `client`. The only place that knows C.
//!
//! Conventions of this layer:
//! * A C enum arrives as an `int` ([`abi::enum_ints`]): a Rust enum holding a value that it does not name is
//!   undefined behaviour, and C may pass anything. The header declares the real enums ([`abi::enums`]).
//! * Opaque types carry the struct tags of librdkafka (`struct rd_kafka_s`), since C++ programs name them.
//! * What the application releases itself comes from C `malloc` ([`ffi::memory`]); handles are Boxes or Arcs
//!   ([`ffi::pointers`]).
//! * No lock and no `&mut` is held while an application callback runs: callbacks re-enter the API.
#![allow(unsafe_code)] // A C ABI is made of raw pointers; every use states what it relies on.
#![allow(non_camel_case_types, non_upper_case_globals, non_snake_case)] // The names are C's.
#![allow(clippy::missing_safety_doc)] // The C documentation states what callers owe; there are no Rust callers.

pub mod abi;
pub mod admin;
pub mod conf;
pub mod consumer;
pub mod data;
pub mod ffi;
pub mod instance;
pub mod interceptor;
pub mod lifecycle;
pub mod mock;
pub mod produce;
pub mod queue;
pub mod stubs;
