//! Admin requests of the application.

mod call;
mod part;

pub(super) use part::Waiting;
pub use part::{AdminCall, AdminReply, AdminRequest, ResourceResult, TopicResult};
