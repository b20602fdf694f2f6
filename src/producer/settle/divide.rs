//! Batches of several segments that the broker has refused for their contents: each segment is sent again by
//! itself, so that only the one at fault fails.

use super::context::{BatchFailure, Effects};
use crate::base::error::ErrorCode;
use crate::producer::batch::Batch;
use crate::producer::idempotence::stamp::Stamp;
use crate::producer::store::Run;

/// Whether it is worth dividing the batch. Not if an attempt may have stored it: then it has to stay what it
/// is.
pub(super) fn is_divisible(batch: &Batch, f: &BatchFailure) -> bool {
    let about_content = is_too_large(f.code) || f.code == ErrorCode::INVALID_RECORD || !f.records.is_empty();
    let untouched = batch.stamp.is_none_or(|s| !s.maybe_stored && s.reported == 0);
    batch.segments.len() > 1 && f.sent && about_content && untouched
}

fn is_too_large(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::MSG_SIZE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE)
}

/// Puts the segments back, each to be sent by itself.
pub(super) fn divide_batch(batch: Batch, f: &BatchFailure) -> Effects {
    let p = batch.partition.clone();
    let (messages, stamp) = (batch.messages, batch.stamp);
    let too_large = is_too_large(f.code).then_some(batch.segments.len());
    let last = batch.runs.iter().map(Run::last_msgid).max().unwrap_or(0);
    p.batch_returned(stamp.is_some(), |send| {
        send.engine.batch_divided(last, too_large);
        if let Some(s) = &stamp {
            send.sequencer.settled(s);
        }
        let mut before = 0;
        for runs in batch.into_segments() {
            match stamp {
                Some(s) => {
                    let segment = Batch::new(p.clone(), runs);
                    let n = segment.messages as u64;
                    send.sequencer.seal(segment.sealed(Stamp { position: s.position + before, ..s }));
                    before += n;
                }
                None => runs.into_iter().for_each(|run| send.queue.insert(run)),
            }
        }
        ((), true)
    });
    Effects { retried: messages, ..Effects::default() }
}
