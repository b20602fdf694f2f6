//! Applies the result of a request to a batch: delivered, put back for another attempt, or failed. Used by both engines.

mod divide;
pub mod outcome;
mod sequenced;

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::conf::Settings;
use crate::producer::batch::{Batch, divide_at};
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::partition::TopicShared;
use crate::producer::partition::report::{OFFSET_INVALID, Persistence, Report};
use crate::producer::partition::{Partition, SendSide};
use crate::producer::store::Run;
use crate::producer::store::runs::Runs;
use divide::{divide_batch, is_divisible};
use outcome::{Outcome, outcome};
use std::time::Duration;

/// Jitter of retry back-off times, in percent either way (KIP-580).
const JITTER_PERCENT: u64 = 20;

/// What a report says of a message that was refused for another one's sake; librdkafka's words.
const NOT_THE_CULPRIT: &str =
    "Failed to append record because it was part of a batch which had one more more invalid records";

/// What the broker, or the lack of one, says about a batch.
#[derive(Clone, Debug)]
pub enum Verdict {
    Stored {
        /// [`OFFSET_INVALID`] if the broker did not say (acks=0).
        base_offset: i64,
        append_time_ms: Option<i64>,
    },
    Failed(Failure),
}

#[derive(Clone, Debug, Default)]
pub struct Failure {
    pub code: ErrorCode,
    /// Whether anything of the request was written to a connection.
    pub sent: bool,
    pub text: Option<String>,
    /// Index in the batch and text for each record that the broker names as culprit (KIP-467).
    pub records: Vec<(usize, Option<String>)>,
    /// The offset that the response gave all the same; -1 if the broker keeps to the protocol.
    pub offset: Option<i64>,
}

impl Failure {
    /// The same with the places of culprits counted from the `n`th message of the batch on: those before it have their reports.
    pub(super) fn behind(mut self, n: usize) -> Self {
        self.records.retain_mut(|(at, _)| {
            let stays = *at >= n;
            *at = at.saturating_sub(n);
            stays
        });
        self
    }
}

/// Who settles, and when.
pub struct Settling<'a> {
    pub settings: &'a Settings,
    pub now: Time,
    pub broker_id: i32,
    pub random: &'a mut fastrand::Rng,
    /// Of an idempotent producer.
    pub producer_ids: Option<&'a ProducerIds>,
    /// An empty list, for its memory: most batches need one for a single report.
    pub spare: Vec<Report>,
}

/// What follows from a settled batch.
#[derive(Default)]
pub struct Effects {
    pub reports: Vec<Report>,
    /// The leader of this topic's partition has to be looked up again, because of this error.
    pub refresh: Option<(Arc<TopicShared>, ErrorCode)>,
    /// The topic is not to be used any more.
    pub topic_error: Option<(Arc<TopicShared>, ErrorCode)>,
    /// Messages were put back.
    pub retried: usize,
    /// The client cannot go on.
    pub fatal: Option<Error>,
    /// The transaction cannot be committed any more.
    pub transaction: Option<Error>,
}

/// Settles a batch. Messages that are to be retried are back in their partition, which was told to look again, when
/// this returns.
pub fn settle(batch: Batch, verdict: Verdict, s: &mut Settling<'_>) -> Effects {
    if let Verdict::Failed(f) = &verdict
        && is_divisible(&batch, f)
        && s.producer_ids.is_none_or(|ids| !ids.is_closed())
    {
        return divide_batch(batch, f);
    }
    if let (Some(stamp), Some(ids)) = (batch.stamp, s.producer_ids) {
        return sequenced::settle(batch, stamp, verdict, ids, s);
    }
    match verdict {
        Verdict::Stored { base_offset, append_time_ms } => stored(batch, base_offset, append_time_ms, s),
        Verdict::Failed(f) => failed(batch, f, s),
    }
}

fn stored(batch: Batch, base_offset: i64, append_time_ms: Option<i64>, s: &mut Settling<'_>) -> Effects {
    finish(&batch.partition);
    let reports = stored_reports(batch, base_offset, append_time_ms, s);
    Effects { reports, ..Effects::default() }
}

/// One report for each segment.
pub(super) fn stored_reports(
    mut batch: Batch,
    base_offset: i64,
    append_time_ms: Option<i64>,
    s: &mut Settling<'_>,
) -> Vec<Report> {
    let runs = std::mem::take(&mut batch.runs);
    let p = &batch.partition;
    let acked = p.topic().settings.required_acks != 0;
    // A negative offset is passed on as the broker said it, as librdkafka does.
    let mut offset = match base_offset {
        _ if !acked => OFFSET_INVALID,
        known @ 0.. => known.saturating_add(i64::try_from(batch.given_up).unwrap_or(i64::MAX)),
        unknown => unknown,
    };
    let mut report = |runs: Runs| {
        let report = Report {
            topic: p.topic().clone(),
            partition: p.id(),
            runs,
            error: ErrorCode::NO_ERROR,
            base_offset: offset,
            append_time_ms,
            broker_id: s.broker_id,
            leader_epoch: -1,
            persistence: Some(if acked { Persistence::Persisted } else { Persistence::PossiblyPersisted }),
            text: None,
        };
        offset = report.offset_at(report.messages());
        report
    };
    let mut reports = std::mem::take(&mut s.spare);
    if batch.segments.is_empty() {
        reports.push(report(runs));
    } else {
        reports.extend(divide_at(runs, &batch.segments).into_iter().map(&mut report));
    }
    reports
}

/// A batch without a sequence is no longer in flight; an idle partition lets go of its memory.
pub fn finish(p: &Arc<Partition>) {
    let (idle, waiting) = {
        let mut send = p.lock_send();
        send.inflight = send.inflight.saturating_sub(1);
        (send.inflight == 0 && send.queue.is_empty(), std::mem::take(&mut send.waits_for_settling))
    };
    if idle {
        p.release_idle();
    }
    if waiting {
        p.wake_owner();
    }
}

fn failed(batch: Batch, f: Failure, s: &mut Settling<'_>) -> Effects {
    let p = batch.partition.clone();
    let f = f.behind(batch.given_up);
    let o = outcome(f.code, f.sent);
    let mut effects = Effects::default();
    if o.refresh {
        effects.refresh = Some((p.topic().clone(), f.code));
    }
    if f.code == ErrorCode::TOPIC_AUTHORIZATION_FAILED {
        effects.topic_error = Some((p.topic().clone(), f.code));
    }
    let mut lost = Vec::new();
    let (mut retried, mut attempts) = (0, 0);
    let waiting;
    {
        let mut send = p.lock_send();
        send.inflight = send.inflight.saturating_sub(1);
        waiting = std::mem::take(&mut send.waits_for_settling);
        for run in batch.runs {
            for (run, retry) in divide(run, &o, s.settings.retry.retries) {
                if retry {
                    attempts = run.get(0).retries().max(attempts);
                    retried += run.len();
                    send.queue.insert(run);
                } else {
                    lost.push(run);
                }
            }
        }
        if retried > 0 {
            back_off(&mut send, s, attempts);
        }
    }
    effects.retried = retried;
    if retried > 0 || waiting {
        p.wake_owner();
    }
    if !lost.is_empty() {
        effects.reports = lost_reports(&p, lost, &f, &o, s.broker_id);
    }
    effects
}

/// Parts of a run that share the decision whether they are tried again, their attempts counted.
fn divide(mut run: Run, o: &Outcome, max_retries: u32) -> Vec<(Run, bool)> {
    let possibly = o.persistence != Persistence::NotPersisted;
    let retry_at = |run: &Run, i: usize| {
        o.retry && u32::from(run.get(i).retries()) + u32::from(o.count_attempt) <= max_retries
    };
    let mut parts = Vec::new();
    while !run.is_empty() {
        let retry = retry_at(&run, 0);
        let n = (0..run.len()).take_while(|i| retry_at(&run, *i) == retry).count();
        let mut part = run.split_front(n);
        for i in 0..part.len() {
            part.note_attempt(i, retry && o.count_attempt, possibly);
        }
        parts.push((part, retry));
    }
    parts
}

/// Has a partition wait before the next attempt.
pub(super) fn back_off(send: &mut SendSide, s: &mut Settling<'_>, attempts: u16) {
    let at = s.now + backoff(s, attempts);
    pause_until(send, at);
}

pub(super) fn pause_until(send: &mut SendSide, at: Time) {
    let at = Deadline::at(at);
    // A longer wait that is already agreed stays.
    send.backoff = match (send.backoff.time(), at.time()) {
        (Some(a), Some(b)) if a > b => send.backoff,
        _ => at,
    };
}

/// `retry.backoff.ms`, doubled for each counted attempt up to `retry.backoff.max.ms`, with jitter (KIP-580).
fn backoff(s: &mut Settling<'_>, attempts: u16) -> Duration {
    let doublings = u32::from(attempts.saturating_sub(1)).min(20);
    let base = s.settings.retry.backoff.saturating_mul(1 << doublings);
    let percent = s.random.u64(100 - JITTER_PERCENT..=100 + JITTER_PERCENT);
    let jittered = Duration::from_micros(
        u64::try_from(base.as_micros()).unwrap_or(u64::MAX).saturating_mul(percent) / 100,
    );
    jittered.min(s.settings.retry.backoff_max)
}

pub(super) fn lost_reports(
    p: &Partition,
    lost: impl Into<Runs>,
    f: &Failure,
    o: &Outcome,
    broker_id: i32,
) -> Vec<Report> {
    // Not persisted this time does not undo "possibly" of an earlier attempt: that stays with the message.
    let persistence = (o.persistence != Persistence::NotPersisted).then_some(o.persistence);
    let mut offset = f.offset.unwrap_or(OFFSET_INVALID);
    let mut report = |runs: Runs, error, text: Option<String>| {
        let report = Report {
            broker_id,
            persistence,
            text,
            base_offset: offset,
            ..Report::failed(p.topic(), p.id(), runs, error)
        };
        offset = report.offset_at(report.messages());
        report
    };
    let lost = lost.into();
    if f.records.is_empty() {
        return vec![report(lost, o.error, f.text.clone())];
    }
    // Of several culprits librdkafka says INVALID_RECORD, and of the others that they are none. With a single one, all messages
    // have the error of the batch.
    let (culprits, others) = match f.records.len() {
        1 => (o.error, o.error),
        _ => (ErrorCode::INVALID_RECORD, ErrorCode::_INVALID_DIFFERENT_RECORD),
    };
    by_record(lost, f)
        .into_iter()
        .map(|(run, culprit)| match culprit {
            Some(text) => report(run.into(), culprits, text.or_else(|| f.text.clone())),
            None => report(run.into(), others, Some(NOT_THE_CULPRIT.into())),
        })
        .collect()
}

/// Divides the runs so that each record that the broker named (by its index in the batch) stands alone, with the
/// broker's text for it.
fn by_record(runs: Runs, f: &Failure) -> Vec<(Run, Option<Option<String>>)> {
    let culprit = |i: usize| f.records.iter().find(|(at, _)| *at == i).map(|(_, text)| text.clone());
    let mut out = Vec::new();
    let mut index = 0;
    for mut run in runs {
        while !run.is_empty() {
            let first = culprit(index);
            let n = match first {
                Some(_) => 1,
                None => (0..run.len()).take_while(|i| culprit(index + i).is_none()).count(),
            };
            out.push((run.split_front(n), first));
            index += n;
        }
    }
    out
}
