//! Settles the batches of an idempotent producer: what an error says about a batch with a sequence, and what
//! becomes of its partition. The rules are explained in docs/internals/idempotence.md.

use super::context::{BatchFailure, Effects, SettleContext, Verdict};
use super::error_actions::{FailedAttempt, for_produce, for_transactional_produce};
use super::reports::{lost_reports, stored_reports};
use super::retry::{back_off, pause_until};
use crate::base::error::{Error, ErrorCode};
use crate::producer::batch::Batch;
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::idempotence::stamp::Stamp;
use crate::producer::partition::report::{OFFSET_INVALID, Report};
use crate::producer::partition::transaction::CONCURRENT_PAUSE;
use crate::producer::partition::{Partition, SendSide};
use crate::producer::store::Run;
use crate::producer::store::runs::split_runs;
use crate::protocol::error_action::NextStep;

/// What becomes of a batch: its error's row in the table, and what is known of the batch itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is in the log, at an offset that the broker does not tell.
    Stored,
    /// It is sent again as it is, as soon as its turn comes.
    SendAgain,
    /// Likewise, after `retry.backoff.ms`.
    SendAgainLater,
    /// It is not in the log and its epoch is over: its messages are sent again under another.
    Renumber { reset: bool },
    /// Its messages fail.
    Lost { reset: bool },
}

pub(super) fn settle(
    batch: Batch,
    stamp: Stamp,
    verdict: Verdict,
    ids: &ProducerIds,
    s: &mut SettleContext<'_>,
) -> Effects {
    match verdict {
        Verdict::Stored { base_offset, append_time_ms } => {
            batch.partition.batch_returned(true, |send| {
                send.sequencer.stored(&stamp, s.now);
                send.sequencer.settled(&stamp);
                ((), false)
            });
            let reports = unreported(stored_reports(batch, base_offset, append_time_ms, s), &stamp);
            Effects { reports, ..Effects::default() }
        }
        Verdict::Failed(f) => failed(batch, stamp, &f, ids, s),
    }
}

/// The reports without the messages that have been reported already, whose space in the queue is free.
fn unreported(mut reports: Vec<Report>, stamp: &Stamp) -> Vec<Report> {
    let mut reported = stamp.reported;
    for report in &mut reports {
        let n = reported.min(report.messages());
        let _ = report.drop_served(n);
        reported -= n;
    }
    reports.retain(|r| !r.runs.is_empty());
    reports
}

fn failed(
    mut batch: Batch,
    mut stamp: Stamp,
    f: &BatchFailure,
    ids: &ProducerIds,
    s: &mut SettleContext<'_>,
) -> Effects {
    let p = batch.partition.clone();
    let table = if ids.is_transactional() { for_transactional_produce } else { for_produce };
    let attempt = FailedAttempt::new(f.code, f.sent, table(f.code));
    let attempts = count_attempts(&mut batch.runs, &attempt);
    let (mut effects, messages) = (Effects::of_error(&p, f.code, attempt.action.refresh), batch.messages);
    let (fate, ended, batch) = p.batch_returned(true, |send| {
        let ended = why_ended(send, ids, stamp.maybe_stored || f.sent);
        send.sequencer.settled(&stamp);
        let last = ended.is_some() || u32::from(attempts) > s.settings.retry.retries;
        let head = send.sequencer.is_head(&stamp);
        let fate = decide(f, &attempt, last, &mut stamp, head);
        match fate {
            Fate::Stored => send.sequencer.stored(&stamp, s.now),
            Fate::Lost { reset } => send.sequencer.lost(&stamp, messages, reset),
            Fate::SendAgain | Fate::SendAgainLater | Fate::Renumber { .. } => {
                send.attempt_failed(f.to_remember(&batch.runs, s));
                send_again(batch, stamp, fate, send);
                pause(fate, &attempt, attempts, send, s);
                return ((fate, ended, None), true);
            }
        }
        ((fate, ended, Some(batch)), false)
    });
    let Some(mut batch) = batch else {
        effects.retried = messages;
        return effects;
    };
    if fate == Fate::Stored {
        let offset = f.offset.unwrap_or(OFFSET_INVALID);
        effects.reports = unreported(stored_reports(batch, offset, None, s), &stamp);
        return effects;
    }
    let _reported = split_runs(&mut batch.runs, stamp.reported);
    if batch.runs.is_empty() {
        return effects;
    }
    tell_of_loss(&mut effects, ids, f.code, &|| request_failed(&p, messages, f, &stamp, s.broker_id));
    let could_go_on = attempt.action.retries() || is_about_sequence(f.code);
    let error = ended.filter(|_| could_go_on).unwrap_or(attempt.error);
    let f = f.clone().behind(stamp.reported);
    effects.reports = lost_reports(&p, batch.runs, &f, &FailedAttempt { error, ..attempt }, s.broker_id);
    effects
}

/// What lost messages mean for the transaction, or under `enable.gapless.guarantee`.
fn tell_of_loss(effects: &mut Effects, ids: &ProducerIds, code: ErrorCode, what: &dyn Fn() -> String) {
    if ids.is_transactional() {
        effects.transaction = Some(incomplete(code, &what()));
    } else if ids.is_gapless() {
        let text = format!("{}: unable to satisfy gap-less guarantee", what());
        effects.fatal = Some(Error::new(ErrorCode::_GAPLESS_GUARANTEE, text));
    }
}

/// The error with which messages fail because nothing is sent any more: the partition is gone, or after a
/// fatal error.
fn why_ended(send: &SendSide, ids: &ProducerIds, maybe_stored: bool) -> Option<ErrorCode> {
    match send.retired {
        Some(code) => Some(code),
        None if !ids.is_closed() => None,
        None if maybe_stored => Some(ErrorCode::_PURGE_INFLIGHT),
        None => Some(ErrorCode::_PURGE_QUEUE),
    }
}

fn send_again(batch: Batch, stamp: Stamp, fate: Fate, send: &mut SendSide) {
    if let Fate::Renumber { reset } = fate {
        send.sequencer.renumber(reset);
    }
    send.sequencer.seal(batch.sealed(stamp));
}

fn pause(fate: Fate, a: &FailedAttempt, attempts: u16, send: &mut SendSide, s: &mut SettleContext<'_>) {
    if a.action.next == NextStep::RetrySoon {
        pause_until(send, s.now + CONCURRENT_PAUSE);
    } else if fate != Fate::SendAgain {
        back_off(send, s, attempts);
    }
}

/// What an error means for a batch with a sequence. `head`: every batch before it is completed.
fn decide(f: &BatchFailure, a: &FailedAttempt, last: bool, stamp: &mut Stamp, head: bool) -> Fate {
    use ErrorCode as E;
    stamp.maybe_stored |= f.sent && !a.action.proves_nothing_stored;
    match f.code {
        E::DUPLICATE_SEQUENCE_NUMBER => Fate::Stored,
        _ if last => Fate::Lost { reset: false },
        // A batch in front of it has failed and is sent again first: the broker waits for that one.
        E::OUT_OF_ORDER_SEQUENCE_NUMBER | E::UNKNOWN_PRODUCER_ID if !head => Fate::SendAgain,
        // Had the broker stored it, it would know it: at most five batches are in flight, and it remembers
        // five. So much hangs on it that the broker has to say the same twice.
        E::OUT_OF_ORDER_SEQUENCE_NUMBER | E::UNKNOWN_PRODUCER_ID
            if stamp.maybe_stored && stamp.denials.note(f.code) =>
        {
            Fate::SendAgainLater
        }
        E::OUT_OF_ORDER_SEQUENCE_NUMBER => {
            stamp.maybe_stored = false;
            Fate::Renumber { reset: false }
        }
        // The broker has forgotten the producer, and with it whether it has stored an earlier attempt. For a
        // broker that refuses the very first sequence number, another epoch of this id is no better.
        E::UNKNOWN_PRODUCER_ID if stamp.maybe_stored => Fate::Lost { reset: true },
        E::UNKNOWN_PRODUCER_ID => Fate::Renumber { reset: stamp.position == 0 },
        _ if a.action.retries() => Fate::SendAgainLater,
        E::INVALID_PRODUCER_EPOCH | E::PRODUCER_FENCED | E::INVALID_PRODUCER_ID_MAPPING => {
            Fate::Lost { reset: true }
        }
        _ => Fate::Lost { reset: false },
    }
}

/// Errors after which the messages can be sent again under another epoch.
fn is_about_sequence(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER | ErrorCode::UNKNOWN_PRODUCER_ID)
}

/// Counts the attempt; returns the highest number of attempts.
fn count_attempts(runs: &mut [Run], a: &FailedAttempt) -> u16 {
    let mut most = 0;
    for run in runs {
        for i in 0..run.len() {
            run.count_attempt(i, a.action.retries() && a.counts, a.possibly_persisted());
            most = most.max(run.get(i).retries());
        }
    }
    most
}

fn request_failed(p: &Partition, messages: usize, f: &BatchFailure, stamp: &Stamp, broker_id: i32) -> String {
    format!(
        "ProduceRequest for {} [{}] with {messages} message(s) failed: {} (broker {broker_id} {}, base seq {})",
        p.topic().name,
        p.id(),
        f.code.describe(),
        stamp.pid,
        stamp.base_sequence(),
    )
}

/// What a lost batch means for its transaction.
fn incomplete(code: ErrorCode, what: &str) -> Error {
    if code == ErrorCode::INVALID_PRODUCER_EPOCH {
        let text = format!("{what}: transactional producer fenced by newer producer instance");
        Error::new(ErrorCode::_FENCED, text)
    } else {
        Error::new(code, format!("{what}: current transaction must be aborted"))
    }
}
