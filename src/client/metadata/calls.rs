//! The application's calls for metadata.

use super::query::{AppQuery, MetadataAnswer, MetadataScope, PendingMetadata, QueryOp};
use crate::base::error::Error;
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use std::time::Duration;

/// Asks the cluster without waiting for the answer.
pub fn ask(client: &Client, scope: MetadataScope, timeout: Duration) -> PendingMetadata {
    let may_create = client.settings().metadata.allow_auto_create_topics;
    let query = AppQuery::new(scope, client.now() + timeout, may_create);
    let pending = query.pending();
    client.post(MainOp::Query(QueryOp::Ask(query)));
    pending
}

/// Asks the cluster and waits for the answer.
///
/// # Errors
/// `_TRANSPORT` when no broker can be asked, `_TIMED_OUT` when none answers in time.
pub fn get(client: &Client, scope: MetadataScope, timeout: Duration) -> Result<MetadataAnswer, Error> {
    let start = client.now();
    let left = || timeout.saturating_sub(client.now().since(start));
    ask(client, scope, timeout).wait(left, || client.any_broker_up())
}
