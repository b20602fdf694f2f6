//! Metadata: what the application asks the cluster.

mod queries;

pub use queries::{AppQuery, PendingMetadata, QueryReply, Scope, Snapshot};
