//! Statistics: what is counted while a client works, and the picture of it that applications get.
//!
//! Three parts. **Counters and windows** live where things happen: [`broker::BrokerStats`] with a broker's
//! handle, [`topic::TopicStats`] with a topic, [`topic::PartitionStats`] with a partition. Whoever owns the
//! place writes them, once per request or batch; messages are looked at one by one only for `int_latency`,
//! and only while statistics are on (`statistics.interval.ms`). Nothing here reads a clock. A
//! **[`snapshot::Snapshot`]** is plain data: the main thread makes one per interval, and windows start anew
//! with that. **Writers** turn a snapshot into what the application wants, on the application's thread and
//! only if it asks: [`json`] here, the typed structs in `capi`.
//!
//! # How an engine adds to it
//!
//! An engine that has something to say of its own finds [`engine::EngineStats`] in the
//! [`broker::BrokerStats`] of the broker that it works for (`ServeContext::stats`). To add a figure:
//!
//! 1. a window or counter in `EngineWindows`, with a method on [`engine::EngineStats`] that records it;
//! 2. its value in [`snapshot::Engine`], filled by [`engine::EngineStats::take`];
//! 3. its key in [`json`] and, if the typed struct has a field for it, its assignment in `capi::stats_typed`.
//!
//! What can be seen from outside of an engine (partitions, messages and bytes of each ProduceRequest) is
//! recorded by the broker for all engines. The JSON document has an engine's keys only if the engine has
//! called [`engine::EngineStats::enable`], so that the document of the `legacy` engine is librdkafka's.

pub mod broker;
pub mod counter;
pub mod engine;
mod histogram;
pub mod json;
pub mod snapshot;
pub mod tally;
pub mod topic;
pub mod trigger;
pub mod window;
