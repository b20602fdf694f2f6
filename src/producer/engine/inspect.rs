//! How an engine inspects a partition and takes a batch from it: the same for every engine.

use super::context::{Output, ServeContext};
use super::waiting::judge;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::conf::Settings;
use crate::producer::batch::Batch;
use crate::producer::idempotence::sequence::Turn;
use crate::producer::idempotence::wake::Wake;
use crate::producer::partition::queue::BatchLimits;
use crate::producer::partition::{Appended, Partition, SendSide};
use crate::producer::store::runs::Runs;

/// What waits in a partition, on both of its sides.
pub(super) struct PartitionView {
    pub(super) messages: usize,
    /// Estimated size of the records.
    pub(super) wire_bytes: usize,
    /// Of keys, values and headers.
    pub(super) bytes: usize,
    /// Enqueue time of the oldest message; `None`: nothing waits.
    pub(super) oldest: Option<Time>,
    /// A batch waits to be sent again: linger times do not count.
    pub(super) again: bool,
    /// When the oldest message times out.
    pub(super) timeout: Deadline,
    /// Nothing leaves before this time, which is not in the past: after an error, or because the application
    /// has paused the partition (then it is [`Deadline::NEVER`]).
    pub(super) held_until: Option<Deadline>,
}

impl PartitionView {
    /// Whether a batch would gain nothing by waiting for more messages.
    pub(super) fn fills_a_batch(&self, s: &Settings) -> bool {
        self.again || self.messages >= s.batching.num_messages || self.bytes >= s.batching.size
    }
}

/// Looks at a partition, after failing what has waited too long. `None` if it belongs to another broker by
/// now: then the engine's notes about it must not be touched.
pub(super) fn inspect(
    p: &Arc<Partition>,
    send: &mut SendSide,
    ctx: &ServeContext<'_>,
    out: &mut Output,
) -> Option<PartitionView> {
    let mut waiting = p.appended_for(ctx.ready)?;
    if let Some(code) = send.retired {
        p.move_appended(send);
        let mut gone = send.sequencer.take_all();
        gone.extend(send.queue.take_all());
        out.reports.extend(p.report_of(gone, code));
        waiting = Appended::default();
    }
    if message_deadline(p, send, &waiting).is_due(ctx.now) {
        expire(p, send, ctx, out);
        waiting = Appended::default();
    }
    let backing_off = !send.backoff.is_never() && !send.backoff.is_due(ctx.now);
    let held_until =
        if send.is_paused() { Some(Deadline::NEVER) } else { backing_off.then_some(send.backoff) };
    Some(PartitionView {
        messages: send.queue.len() + send.sequencer.sealed_messages() + waiting.messages,
        wire_bytes: send.queue.wire_bytes() + waiting.wire_bytes(),
        bytes: usize::try_from(send.queue.bytes()).unwrap_or(usize::MAX).saturating_add(waiting.bytes),
        again: send.sequencer.has_sealed(),
        oldest: send.oldest().or(waiting.oldest),
        timeout: message_deadline(p, send, &waiting),
        held_until,
    })
}

/// When the partition's oldest message times out.
fn message_deadline(p: &Partition, send: &SendSide, waiting: &Appended) -> Deadline {
    match (send.oldest().or(waiting.oldest), p.topic().settings.message_timeout) {
        (Some(t), Some(timeout)) => Deadline::at(t + timeout),
        _ => Deadline::NEVER,
    }
}

/// Fails the messages whose `message.timeout.ms` has passed; nothing is left on the append side.
fn expire(p: &Arc<Partition>, send: &mut SendSide, ctx: &ServeContext<'_>, out: &mut Output) {
    p.move_appended(send);
    let timeout = p.topic().settings.message_timeout;
    let mut gone = send.sequencer.take_expired(ctx.now, timeout);
    gone.extend(send.queue.take_expired(ctx.now, timeout));
    let report = p.report_of(gone, ErrorCode::_MSG_TIMED_OUT);
    out.timed_out.extend(report.map(|report| judge(p, send, report, ctx)));
}

/// Whether another batch has to be out of the way first. One request at a time means in order, also across a
/// change of leaders, so a batch in flight to the former leader counts; whoever settles it wakes the
/// owner. An idempotent partition may have to wait for its failed batches to be sent again, or for another
/// producer id; it is woken likewise.
pub(super) fn waits_its_turn(p: &Arc<Partition>, send: &mut SendSide, ctx: &ServeContext<'_>) -> bool {
    if send.inflight() > 0 && ctx.settings.network.max_in_flight == 1 {
        send.await_settling();
        return true;
    }
    let Some(ids) = ctx.producer_ids else { return false };
    if ctx.transaction.is_some_and(|gate| !gate.admits(p, &mut send.membership)) {
        return true;
    }
    let current = ids.current();
    let id = match send.sequencer.turn(current, ctx.now, ctx.connection) {
        Turn::Sealed => return false,
        Turn::Settling => {
            send.await_settling();
            return true;
        }
        Turn::Fresh if send.sequencer.pid() == current => return false,
        Turn::Fresh => current,
        Turn::NewId { used, reset } => ids.newer_than(used, reset, &(p.clone() as Arc<dyn Wake>), ctx.now),
    };
    match id {
        Some(id) => {
            for run in send.sequencer.start_epoch(id) {
                send.queue.insert(run);
            }
            false
        }
        None => true,
    }
}

/// What one batch may take when it is alone in its request.
pub(super) fn batch_limits(p: &Partition, ctx: &ServeContext<'_>) -> BatchLimits {
    let s = ctx.settings;
    BatchLimits {
        messages: s.batching.num_messages,
        bytes: s.batching.message_max_bytes.min(s.batching.size),
        base: ctx.format.request_overhead(&s.client.id, None, &p.topic().name),
        magic: ctx.format.magic,
    }
}

/// Takes the next batch of a partition with messages: one that has to be sent again comes first, and is what
/// it was, whatever the limits. Also returns when the oldest of what is left times out: what is left may have
/// to wait longer than it lives. (What is appended from now on announces itself.)
pub(super) fn take_batch(p: &Arc<Partition>, send: &mut SendSide, limits: BatchLimits) -> (Batch, Deadline) {
    send.backoff = Deadline::NEVER;
    let batch = match send.sequencer.unseal() {
        Some(sealed) => {
            p.move_appended(send);
            Batch::unsealed(p.clone(), sealed)
        }
        None => {
            let runs = p.take_whole(send, &limits).map(Runs::from).unwrap_or_else(|| {
                p.move_appended(send);
                send.queue.take_batch(limits).into()
            });
            let batch = Batch::new(p.clone(), runs);
            Batch { stamp: send.sequencer.stamp(batch.messages), ..batch }
        }
    };
    send.batch_taken();
    (batch, message_deadline(p, send, &Appended::default()))
}

/// Takes another segment within `limits` for a batch that has just been taken and has not left, if
/// there is one that fits.
pub(super) fn take_segment(batch: &mut Batch, send: &mut SendSide, limits: BatchLimits) -> bool {
    let fits =
        send.queue.first_len(limits.magic).is_some_and(|n| limits.base.saturating_add(n) <= limits.bytes);
    // A batch that is sent again is what it was, and nothing gets between it and those that wait behind it.
    if !fits || send.sequencer.has_sealed() {
        return false;
    }
    let runs = send.queue.take_batch(limits);
    let before = batch.messages;
    batch.extend(runs);
    send.sequencer.extend(batch.messages - before);
    true
}

/// Puts a segment back that was taken by [`take_segment`].
pub(super) fn put_segment_back(batch: &mut Batch, send: &mut SendSide) {
    let before = batch.messages;
    batch.pop_segment().into_iter().for_each(|run| send.queue.insert(run));
    send.sequencer.shorten(before - batch.messages);
}

/// Puts a batch back that was taken by [`take_batch`] and is not to leave now.
pub(super) fn put_back(send: &mut SendSide, batch: Batch) {
    send.batch_put_back();
    let runs = match batch.stamp {
        None => Some(batch.runs),
        Some(stamp) => send.sequencer.put_back(batch.sealed(stamp)).map(|sealed| sealed.runs),
    };
    runs.into_iter().flatten().for_each(|run| send.queue.insert(run));
}
