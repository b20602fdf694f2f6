//! What the main thread is told of metrics.

use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::client::reply::Reply;
use crate::protocol::get_telemetry_subscriptions::Response;

pub enum TelemetryOp {
    /// What a broker wants to be pushed, or why it does not say.
    Subscribed(Result<Response, ErrorCode>),
    /// What came of a push.
    Pushed(Result<(), ErrorCode>),
    /// The client ends: push once more if something is wanted, and say when that is over.
    Terminate(Arc<Reply<()>>),
}
