//! Settles the batches of an idempotent producer: what an error says about a batch with a sequence, and what becomes of its
//! partition. The table is in docs/internals/idempotence.md.

use super::outcome::{Outcome, outcome, transactional_outcome};
use super::{Effects, Failure, Settling, Verdict, back_off, lost_reports, pause_until, stored_reports};
use crate::base::error::{Error, ErrorCode};
use crate::producer::batch::Batch;
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::idempotence::stamp::Stamp;
use crate::producer::partition::Partition;
use crate::producer::partition::report::{OFFSET_INVALID, Persistence};
use crate::producer::partition::transaction::CONCURRENT_PAUSE;
use crate::producer::store::Run;
use crate::producer::store::runs::{Runs, split_runs};

/// What becomes of a batch that met an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ruling {
    /// It is in the log, at an offset that nobody has told.
    Stored,
    /// It is sent again as it is. `wait`: after a while.
    Again {
        wait: bool,
    },
    /// It is not in the log and its epoch is over: its messages are sent again under another.
    Renumber {
        reset: bool,
    },
    Lost {
        reset: bool,
    },
}

pub(super) fn settle(
    batch: Batch,
    stamp: Stamp,
    verdict: Verdict,
    ids: &ProducerIds,
    s: &mut Settling<'_>,
) -> Effects {
    match verdict {
        Verdict::Stored { base_offset, append_time_ms } => {
            stored(batch, &stamp, base_offset, append_time_ms, s)
        }
        Verdict::Failed(f) => failed(batch, stamp, &f, ids, s),
    }
}

fn stored(
    batch: Batch,
    stamp: &Stamp,
    base_offset: i64,
    append_time_ms: Option<i64>,
    s: &mut Settling<'_>,
) -> Effects {
    let p = batch.partition.clone();
    let (wake, idle) = {
        let mut send = p.lock_send();
        send.inflight = send.inflight.saturating_sub(1);
        send.sequencer.note_stored(stamp, s.now);
        send.sequencer.settled(stamp);
        (std::mem::take(&mut send.waits_for_settling), send.inflight == 0 && send.oldest().is_none())
    };
    if wake {
        p.wake_owner();
    }
    if idle {
        p.release_idle();
    }
    let mut reports = stored_reports(batch, base_offset, append_time_ms, s);
    // These have been reported, and their room in the queue is free.
    let mut reported = stamp.reported;
    for report in &mut reports {
        let n = reported.min(report.messages());
        let _ = report.drop_served(n);
        reported -= n;
    }
    reports.retain(|r| !r.runs.is_empty());
    Effects { reports, ..Effects::default() }
}

fn failed(
    mut batch: Batch,
    mut stamp: Stamp,
    f: &Failure,
    ids: &ProducerIds,
    s: &mut Settling<'_>,
) -> Effects {
    let p = batch.partition.clone();
    let table = if ids.is_transactional() { transactional_outcome } else { outcome };
    let o = table(f.code, f.sent);
    let attempts = note_attempt(&mut batch.runs, &o);
    let mut effects = Effects::default();
    if o.refresh {
        effects.refresh = Some((p.topic().clone(), f.code));
    }
    if f.code == ErrorCode::TOPIC_AUTHORIZATION_FAILED {
        effects.topic_error = Some((p.topic().clone(), f.code));
    }
    let messages = batch.messages;
    let mut send = p.lock_send();
    let over = match send.retired {
        Some(code) => Some(code),
        None if !ids.is_closed() => None,
        // Nothing is sent any more after a fatal error.
        None if stamp.maybe_stored || f.sent => Some(ErrorCode::_PURGE_INFLIGHT),
        None => Some(ErrorCode::_PURGE_QUEUE),
    };
    let last = over.is_some() || u32::from(attempts) > s.settings.retry.retries;
    send.sequencer.settled(&stamp);
    let head = send.sequencer.is_head(&stamp);
    let ruling = rule(f, &o, last, &mut stamp, head);
    if ruling == Ruling::Stored {
        drop(send);
        let offset = f.offset.unwrap_or(OFFSET_INVALID);
        return Effects { refresh: effects.refresh, ..stored(batch, &stamp, offset, None, s) };
    }
    send.inflight = send.inflight.saturating_sub(1);
    let wake = std::mem::take(&mut send.waits_for_settling);
    let mut lost = Runs::new();
    match ruling {
        Ruling::Lost { reset } => {
            send.sequencer.note_lost(&stamp, messages, reset);
            let _reported = split_runs(&mut batch.runs, stamp.reported);
            lost = batch.runs;
        }
        Ruling::Again { wait } => {
            effects.retried = messages;
            send.sequencer.seal(batch.sealed(stamp));
            if f.code == ErrorCode::CONCURRENT_TRANSACTIONS {
                pause_until(&mut send, s.now + CONCURRENT_PAUSE);
            } else if wait {
                back_off(&mut send, s, attempts);
            }
        }
        Ruling::Renumber { reset } => {
            effects.retried = messages;
            send.sequencer.renumber(reset);
            send.sequencer.seal(batch.sealed(stamp));
            back_off(&mut send, s, attempts);
        }
        Ruling::Stored => {}
    }
    drop(send);
    if wake || effects.retried > 0 {
        p.wake_owner();
    }
    if !lost.is_empty() {
        let what = || request_failed(&p, messages, f, &stamp, s.broker_id);
        if ids.is_transactional() {
            effects.transaction = Some(incomplete(f.code, &what()));
        } else if ids.is_gapless() {
            let text = format!("{}: unable to satisfy gap-less guarantee", what());
            effects.fatal = Some(Error::new(ErrorCode::_GAPLESS_GUARANTEE, text));
        }
        let error = over.filter(|_| o.retry || is_about_sequence(f.code)).unwrap_or(o.error);
        let f = f.clone().behind(stamp.reported);
        effects.reports = lost_reports(&p, lost, &f, &Outcome { error, ..o }, s.broker_id);
    }
    effects
}

/// The table: what an error means for a batch with a sequence. `head`: every batch before it is completed.
fn rule(f: &Failure, o: &Outcome, last: bool, stamp: &mut Stamp, head: bool) -> Ruling {
    use ErrorCode as E;
    stamp.maybe_stored |= f.sent && !refused(f.code);
    match f.code {
        E::DUPLICATE_SEQUENCE_NUMBER => Ruling::Stored,
        _ if last => Ruling::Lost { reset: false },
        // Something in front of it has failed: the broker waits for that, as we do.
        E::OUT_OF_ORDER_SEQUENCE_NUMBER | E::UNKNOWN_PRODUCER_ID if !head => Ruling::Again { wait: false },
        // Had the broker stored it, it would know it: at most five batches are out, and it remembers five. It has to say the
        // same twice, since so much hangs on it.
        E::OUT_OF_ORDER_SEQUENCE_NUMBER | E::UNKNOWN_PRODUCER_ID
            if stamp.maybe_stored && stamp.denials.note(f.code) =>
        {
            Ruling::Again { wait: true }
        }
        E::OUT_OF_ORDER_SEQUENCE_NUMBER => {
            stamp.maybe_stored = false;
            Ruling::Renumber { reset: false }
        }
        // The broker has forgotten the producer, and with it whether it has stored an earlier attempt. For a broker that
        // refuses the very first sequence number, another epoch of this id is no better.
        E::UNKNOWN_PRODUCER_ID if stamp.maybe_stored => Ruling::Lost { reset: true },
        E::UNKNOWN_PRODUCER_ID => Ruling::Renumber { reset: stamp.position == 0 },
        _ if o.retry => Ruling::Again { wait: true },
        E::INVALID_PRODUCER_EPOCH | E::PRODUCER_FENCED | E::INVALID_PRODUCER_ID_MAPPING => {
            Ruling::Lost { reset: true }
        }
        _ => Ruling::Lost { reset: false },
    }
}

/// Errors after which the messages can be sent again under another epoch.
fn is_about_sequence(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER | ErrorCode::UNKNOWN_PRODUCER_ID)
}

/// Whether the broker says with this that it has not stored the batch in this attempt. A moved leader does not say so: the old one may
/// have stored it already when it had to step down, and the new one may have it from there.
fn refused(code: ErrorCode) -> bool {
    use ErrorCode as E;
    matches!(
        code,
        E::OUT_OF_ORDER_SEQUENCE_NUMBER
            | E::UNKNOWN_PRODUCER_ID
            | E::INVALID_PRODUCER_EPOCH
            | E::PRODUCER_FENCED
            | E::INVALID_PRODUCER_ID_MAPPING
            | E::NOT_ENOUGH_REPLICAS
            | E::INVALID_MSG
            | E::INVALID_RECORD
            | E::MSG_SIZE_TOO_LARGE
            | E::RECORD_LIST_TOO_LARGE
            | E::INVALID_REQUIRED_ACKS
            | E::INVALID_TIMESTAMP
            | E::UNSUPPORTED_FOR_MESSAGE_FORMAT
            | E::POLICY_VIOLATION
            | E::TOPIC_AUTHORIZATION_FAILED
            | E::CLUSTER_AUTHORIZATION_FAILED
            | E::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
            | E::INVALID_TXN_STATE
            | E::CONCURRENT_TRANSACTIONS
    )
}

/// Counts the attempt; returns the highest number of attempts.
fn note_attempt(runs: &mut [Run], o: &Outcome) -> u16 {
    let possibly = o.persistence != Persistence::NotPersisted;
    let mut most = 0;
    for run in runs {
        for i in 0..run.len() {
            run.note_attempt(i, o.retry && o.count_attempt, possibly);
            most = most.max(run.get(i).retries());
        }
    }
    most
}

fn request_failed(p: &Partition, messages: usize, f: &Failure, stamp: &Stamp, broker_id: i32) -> String {
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
