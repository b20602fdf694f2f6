//! What the main thread is told of transactions.

use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::client::coordinator::lookup::FoundCoordinator;
use crate::client::producer_id::reply::ProducerIdReply;
use crate::protocol::{add_offsets_to_txn, add_partitions_to_txn, end_txn, txn_offset_commit};

pub enum TxnOp {
    /// The application has changed the state of its transaction.
    Changed,
    CoordinatorFound(FoundCoordinator),
    ProducerId(ProducerIdReply),
    PartitionsAdded(Answered<add_partitions_to_txn::Response>),
    OffsetsAdded(Answered<add_offsets_to_txn::Response>),
    OffsetsCommitted(Answered<txn_offset_commit::Response>),
    Ended(Answered<end_txn::Response>),
}

/// The answer to a request that was sent at a time.
pub struct Answered<T> {
    pub(super) broker: Arc<str>,
    pub(super) sent: Time,
    pub(super) result: Result<T, Error>,
}

impl<T> Answered<T> {
    /// The code of a request that failed as a whole.
    pub(super) fn failure(&self) -> ErrorCode {
        self.result.as_ref().err().map_or(ErrorCode::NO_ERROR, |e| e.code)
    }

    /// The code of the answer, or of the request that failed as a whole.
    pub(super) fn code(&self, of_response: impl FnOnce(&T) -> i16) -> ErrorCode {
        match &self.result {
            Ok(r) => ErrorCode(i32::from(of_response(r))),
            Err(e) => e.code,
        }
    }

    /// How long the answer took.
    pub(super) fn took_ms(&self, now: Time) -> u128 {
        now.since(self.sent).as_millis()
    }
}
