//! What a broker can be asked to do.

use crate::base::error::Error;
use crate::base::sync::{Arc, OnceLock};
use crate::consumer::partition::Partition as ConsumedPartition;
use crate::net::Endpoint;
use crate::producer::partition::Partition;
use crate::protocol::ApiKey;
use std::ops::RangeInclusive;

/// Something for a broker to do.
pub enum Op {
    Request(ControlRequest),
    /// Be connected, though there is nothing to send yet.
    Connect,
    /// End a silent connection, and have another one.
    Reconnect,
    /// The broker is found at this address now.
    Identify {
        endpoint: Endpoint,
    },
    /// A partition went to another broker: what is queued for it here goes back to it.
    Leave(Arc<Partition>),
    /// Perhaps there is something to be fetched of this partition.
    Fetch(Arc<ConsumedPartition>),
    Purge {
        queue: bool,
        inflight: bool,
        done: Done,
    },
    /// Let go of memory that is kept for reuse.
    Trim,
    /// The broker has left the cluster: it ends when what is under way is done.
    Dismiss,
    /// The broker is of no use any more: what is under way goes back to where it came from.
    Decommission,
    Terminate,
}

/// Appends a request's body in the version that was agreed on.
pub type Encode = Box<dyn Fn(i16, &mut Vec<u8>) + Send>;

/// Version and body of a response, or why there is none.
pub type ControlResult<'a> = Result<(i16, &'a [u8]), Error>;

/// Takes the response, once, on the broker's thread.
pub type Reply = Box<dyn FnOnce(ControlResult<'_>) + Send>;

/// A request other than Produce.
pub struct ControlRequest {
    pub api: ApiKey,
    /// The versions that `encode` and `reply` can deal with.
    pub versions: RangeInclusive<i16>,
    pub encode: Encode,
    pub reply: Reply,
}

/// Lets somebody wait until an operation is done, or will never be done.
pub struct Done(Arc<OnceLock<()>>);

impl Done {
    /// The guard that goes with the operation, and what the waiter waits for.
    #[must_use]
    pub fn new() -> (Self, Arc<OnceLock<()>>) {
        let cell = Arc::new(OnceLock::new());
        (Self(cell.clone()), cell)
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        let _ = self.0.set(());
    }
}
