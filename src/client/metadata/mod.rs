//! Metadata: what the client asks the cluster for itself, and for the application.

pub(super) mod learning;
mod queries;
mod refresh;
mod request;

pub use queries::{AppQuery, PendingMetadata, QueryReply, Scope, Snapshot};
pub(super) use refresh::Refresh;
pub use refresh::RefreshReply;
