//! Batches of several segments that the broker has refused for what is in them: each segment is tried alone, so that only what
//! is at fault fails.

use super::{Effects, Failure};
use crate::base::error::ErrorCode;
use crate::producer::batch::Batch;
use crate::producer::idempotence::stamp::Stamp;
use crate::producer::store::Run;

/// Whether it is worth dividing the batch. Not if an attempt may have stored it: then it has to stay what it is.
pub(super) fn is_divisible(batch: &Batch, f: &Failure) -> bool {
    let about_content = is_too_large(f.code) || f.code == ErrorCode::INVALID_RECORD || !f.records.is_empty();
    let untouched = batch.stamp.is_none_or(|s| !s.maybe_stored && s.reported == 0);
    batch.segments.len() > 1 && f.sent && about_content && untouched
}

fn is_too_large(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::MSG_SIZE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE)
}

/// Puts the segments back, each to be sent by itself.
pub(super) fn divide_batch(batch: Batch, f: &Failure) -> Effects {
    let p = batch.partition.clone();
    let messages = batch.messages;
    let stamp = batch.stamp;
    let too_large = is_too_large(f.code).then_some(batch.segments.len());
    let last = batch.runs.iter().map(Run::last_msgid).max().unwrap_or(0);
    {
        let mut send = p.lock_send();
        send.inflight = send.inflight.saturating_sub(1);
        send.waits_for_settling = false;
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
    }
    p.wake_owner();
    Effects { retried: messages, ..Effects::default() }
}
