//! Telling what commits and look-ups came to.

use super::fetch::{FetchTo, FetchedOffsets};
use super::job::{CloseTo, CommitTo};
use super::outcome::Commits;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::client::consumer::Consumer;
use crate::client::consumer::op::{Committed, ConsumerOp};
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::client::queue::events::{Event, Results};
use crate::consumer::offset_to_commit::OffsetOutcome;
use std::fmt::Write;

/// Type of the event in the C API.
const OFFSET_COMMIT: i32 = 0x20;

/// Tells everybody what a commit came to.
pub(super) fn committed(
    client: &Client,
    to: CommitTo,
    reason: &str,
    (error, offsets): (ErrorCode, Vec<OffsetOutcome>),
) {
    let own_callback = matches!(to, CommitTo::Queue { callback, .. } if callback != 0);
    if client.wants_commits() && !own_callback {
        let commits = Commits { offsets: offsets.clone(), callback: 0, of_call: false };
        client.tell(event(error, 0, commits));
    } else if matches!(to, CommitTo::Nobody) {
        log_failure(client, reason, error, &offsets);
    }
    answer(to, error, offsets);
}

/// Tells who asked for a commit what it came to, and nobody else.
pub(super) fn answer(to: CommitTo, error: ErrorCode, offsets: Vec<OffsetOutcome>) {
    match to {
        CommitTo::Nobody => {}
        CommitTo::Caller(reply) => reply.answer(error),
        CommitTo::Queue { queue, callback, opaque } => {
            queue.push(event(error, opaque, Commits { offsets, callback, of_call: true }));
        }
    }
}

/// Tells that the consumer is closed.
pub(super) fn closed(consumer: &Consumer, to: CloseTo) {
    match to {
        CloseTo::Caller(reply) => reply.answer(()),
        CloseTo::Queue(queue) => {
            consumer.queue().forward(None);
            queue.push(Event::Closed);
        }
    }
}

fn event(error: ErrorCode, opaque: usize, commits: Commits) -> Event {
    let error = Error::new(error, "");
    Event::Outcome { kind: OFFSET_COMMIT, error, opaque, results: Results::Commits(commits) }
}

fn log_failure(client: &Client, reason: &str, error: ErrorCode, offsets: &[OffsetOutcome]) {
    if matches!(error, ErrorCode::NO_ERROR | ErrorCode::_NO_OFFSET | ErrorCode::_DESTROY) {
        return;
    }
    let failed: Vec<_> = offsets.iter().filter(|o| !o.error.is_ok()).collect();
    let mut shown = String::new();
    for OffsetOutcome { offset: o, error } in &failed {
        let comma = if shown.is_empty() { "" } else { ", " };
        let _ = write!(shown, "{comma}{}[{}]@{}({})", o.topic, o.partition, o.offset, error.describe());
    }
    let (count, all, code) = (failed.len(), offsets.len(), error.describe());
    client.logger().log(
        Level::Warning,
        "COMMITFAIL",
        format_args!(
            "Offset commit ({reason}) failed for {count}/{all} partition(s) in join-state init: {code}: {shown}"
        ),
    );
}

/// Tells who asked what the group has committed.
pub(super) fn found(client: &Client, to: FetchTo, found: FetchedOffsets) {
    match to {
        FetchTo::Caller { reply, .. } => reply.answer(found),
        FetchTo::Partitions(asked) => {
            let op = ConsumerOp::Committed(Committed { asked, found });
            client.post(MainOp::Consumer(op));
        }
    }
}
