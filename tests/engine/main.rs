//! One broker with an engine, its partitions, and a wire that the test holds the other end of: in virtual
//! time, step by step. What is to hold for every engine runs on each setting; see [`rig::Setting`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test crate: failing is its purpose.

mod causes;
mod combined;
mod compression;
mod copies;
mod failures;
mod incident;
mod matrix;
mod pausing;
mod rig;
mod segments;
mod sequences;
mod setup;
mod slack;
mod timeouts;
mod v2;
mod wire;
