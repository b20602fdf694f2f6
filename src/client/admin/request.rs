//! An admin request on its way.

use super::call::AdminCall;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::client::queue::events::{Event, EventQueue, Results};

pub struct AdminRequest {
    pub call: AdminCall,
    /// Type of the event that tells the outcome.
    pub kind: i32,
    /// The application's own.
    pub opaque: usize,
    pub queue: Arc<EventQueue>,
    pub deadline: Time,
    /// A broker that is still at it when the request ends has done what is asked for.
    pub hide_slow: bool,
    /// The broker to ask in place of the controller.
    pub broker: Option<i32>,
}

/// What a broker answered.
pub struct AdminReply {
    pub(super) number: u64,
    pub(super) result: Result<Results, Error>,
}

/// What the main thread is told of admin requests.
pub enum AdminOp {
    Send(AdminRequest),
    Answered(AdminReply),
}

impl AdminRequest {
    pub(super) fn finish(self, error: Error, mut results: Results) {
        if let Results::Topics(topics) = &mut results
            && self.hide_slow
        {
            for t in topics.iter_mut().filter(|t| t.error.code == ErrorCode::REQUEST_TIMED_OUT) {
                t.error = Error::new(ErrorCode::NO_ERROR, "");
            }
        }
        self.queue.push(Event::Outcome { kind: self.kind, error, opaque: self.opaque, results });
    }

    /// Its time is over.
    pub(super) fn finish_late(self, sent: bool) {
        let what = match self.broker {
            _ if sent => "response from broker",
            Some(_) => "broker",
            None => "controller",
        };
        let text = format!("Failed while waiting for {what}: Local: Timed out");
        self.finish(Error::new(ErrorCode::_TIMED_OUT, text), Results::None);
    }
}
