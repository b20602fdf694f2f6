//! What applications ask of a group's offsets.

use super::fetch::{FetchJob, FetchTo, FetchedOffsets};
use super::job::{CloseTo, CommitJob, CommitTo};
use super::op::GroupOp;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::client::consumer::Consumer;
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::client::queue::events::EventQueue;
use crate::client::reply::Reply;
use crate::consumer::offset_to_commit::OffsetToCommit;
use std::time::Duration;

fn commit_to(client: &Client, offsets: Option<Vec<OffsetToCommit>>, to: CommitTo) {
    client.post(MainOp::Group(GroupOp::Commit(CommitJob { offsets, to, reason: "manual" })));
}

/// Commits offsets, or what the application has stored, without waiting for the outcome.
pub fn commit_in_background(client: &Client, offsets: Option<Vec<OffsetToCommit>>) {
    commit_to(client, offsets, CommitTo::Nobody);
}

/// The outcome of the commit is an event of this queue, with this opaque.
pub fn commit_by_event(
    client: &Client,
    offsets: Option<Vec<OffsetToCommit>>,
    queue: Arc<EventQueue>,
    (callback, opaque): (usize, usize),
) {
    commit_to(client, offsets, CommitTo::Queue { queue, callback, opaque });
}

/// Commits and waits for the outcome.
///
/// # Errors
/// What the commit came to.
pub fn commit(client: &Client, offsets: Option<Vec<OffsetToCommit>>) -> Result<(), ErrorCode> {
    let reply = Arc::new(Reply::new());
    commit_to(client, offsets, CommitTo::Caller(reply.clone()));
    match reply.wait(|| None).unwrap_or(ErrorCode::_INTR) {
        ErrorCode::NO_ERROR => Ok(()),
        code => Err(code),
    }
}

/// Looks up what the group has committed.
///
/// # Errors
/// `_DESTROY` when the consumer is closed, `_TIMED_OUT`, or the coordinator's error.
pub fn committed(client: &Client, partitions: Vec<(String, i32)>, timeout: Duration) -> FetchedOffsets {
    if client.consumer().is_some_and(Consumer::is_closed) {
        return Err(ErrorCode::_DESTROY);
    }
    let (reply, start) = (Arc::new(Reply::new()), client.now());
    let to = FetchTo::Caller { reply: reply.clone(), deadline: start + timeout };
    client.post(MainOp::Group(GroupOp::Fetch(FetchJob { partitions, to })));
    let left = || Some(timeout.saturating_sub(client.now().since(start)));
    reply.wait(left).unwrap_or(Err(ErrorCode::_TIMED_OUT))
}

/// Waits until everything is committed and the consumer is closed.
pub fn finish_closing(client: &Client) {
    let reply = Arc::new(Reply::new());
    client.post(MainOp::Group(GroupOp::Close(CloseTo::Caller(reply.clone()))));
    let _ = reply.wait(|| None);
}

/// Has the consumer be closed once everything is committed. The queue gets what the consumer's own would
/// have, and a wake-up at the end.
pub fn begin_closing(client: &Client, queue: Arc<EventQueue>) {
    if let Some(consumer) = client.consumer() {
        consumer.queue().forward(Some(&queue));
    }
    client.post(MainOp::Group(GroupOp::Close(CloseTo::Queue(queue))));
}
