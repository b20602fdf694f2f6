//! The answer to a request for a producer id.

use crate::base::error::Error;
use crate::base::sync::Arc;
use crate::broker::BrokerHandle;
use crate::protocol::init_producer_id::Response;

/// What a broker says to the request for an id.
pub struct ProducerIdReply {
    pub(in crate::client) broker: Arc<BrokerHandle>,
    pub(in crate::client) result: Result<Response, Error>,
}
