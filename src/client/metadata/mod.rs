//! Metadata: what the client asks the cluster for itself, and for the application.

mod calls;
pub(super) mod learning;
mod queries;
pub(super) mod query;
mod refresh;
mod request;

pub use calls::{ask, get};
pub(super) use queries::Queries;
pub use query::{MetadataAnswer, MetadataScope, PendingMetadata};
pub(super) use refresh::Refresh;
