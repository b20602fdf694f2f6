//! Admin requests of the application: sent to the controller, or to the broker that was asked for, and
//! answered by an event.

mod call;
mod part;
pub(super) mod request;
pub(super) mod results;

pub use call::AdminCall;
pub(super) use part::Admin;
pub use part::send;
pub use request::AdminRequest;
pub use results::{ResourceResult, TopicResult};
