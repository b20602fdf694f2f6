//! The application's calls for offsets.

use super::query::{OffsetsOp, OffsetsQuery, OffsetsWait, ReplyTo};
use super::results::{OffsetLookup, Offsets};
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::client::queue::events::EventQueue;
use std::time::Duration;

/// Asks the leaders and waits for the answer.
pub fn list(client: &Client, asked: Vec<OffsetLookup>, isolation_level: i8, timeout: Duration) -> Offsets {
    let wait = OffsetsWait::new();
    let start = client.now();
    let open = vec![ErrorCode::_IN_PROGRESS; asked.len()];
    let sink = ReplyTo::Caller(wait.clone());
    let query = OffsetsQuery { asked, isolation_level, deadline: start + timeout, sink };
    client.post(MainOp::Offsets(OffsetsOp::Ask(query)));
    let late = |error, leaders| Offsets { error, leaders, found: Vec::new() };
    match wait.wait(|| timeout.saturating_sub(client.now().since(start))) {
        Ok(answer) => answer,
        Err(true) => late(ErrorCode::_TIMED_OUT, Vec::new()),
        Err(false) if client.any_broker_up() => late(ErrorCode::_TIMED_OUT, open),
        Err(false) => late(ErrorCode::_ALL_BROKERS_DOWN, open),
    }
}

/// Asks the leaders. The outcome is an event of this kind in the queue.
pub fn list_by_event(
    client: &Client,
    asked: Vec<OffsetLookup>,
    isolation_level: i8,
    timeout: Duration,
    (kind, opaque, queue): (i32, usize, Arc<EventQueue>),
) {
    let sink = ReplyTo::Event { kind, opaque, queue };
    let deadline = client.now() + timeout;
    let query = OffsetsQuery { asked, isolation_level, deadline, sink };
    client.post(MainOp::Offsets(OffsetsOp::Ask(query)));
}
