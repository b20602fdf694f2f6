//! Settles batches without a sequence number.

use super::context::{BatchFailure, Effects, SettleContext, Verdict};
use super::error_actions::{FailedAttempt, for_produce};
use super::reports::{lost_reports, stored_reports};
use super::retry::back_off;
use crate::base::sync::Arc;
use crate::producer::batch::Batch;
use crate::producer::partition::Partition;
use crate::producer::store::Run;

pub(super) fn settle(batch: Batch, verdict: Verdict, s: &mut SettleContext<'_>) -> Effects {
    match verdict {
        Verdict::Stored { base_offset, append_time_ms } => {
            finish(&batch.partition);
            Effects { reports: stored_reports(batch, base_offset, append_time_ms, s), ..Effects::default() }
        }
        Verdict::Failed(f) => failed(batch, f, s),
    }
}

/// A batch without a sequence number is in flight no longer, and leaves nothing to be sent.
#[inline]
pub fn finish(p: &Arc<Partition>) {
    p.batch_returned(false, |_| ((), false));
}

fn failed(batch: Batch, f: BatchFailure, s: &mut SettleContext<'_>) -> Effects {
    let Batch { partition: p, runs, given_up, .. } = batch;
    let f = f.behind(given_up);
    let attempt = FailedAttempt::new(f.code, f.sent, for_produce(f.code));
    let remembered = f.to_remember(&runs, s);
    let mut effects = Effects::of_error(&p, f.code, attempt.action.refresh);
    let mut lost = Vec::new();
    effects.retried = p.batch_returned(false, |send| {
        let (mut retried, mut attempts) = (0, 0);
        for run in runs {
            for (run, retry) in divide_by_retries(run, &attempt, s.settings.retry.retries) {
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
            send.attempt_failed(remembered);
            back_off(send, s, attempts);
        }
        (retried, retried > 0)
    });
    if !lost.is_empty() {
        effects.reports = lost_reports(&p, lost, &f, &attempt, s.broker_id);
    }
    effects
}

/// Parts of a run that share the decision whether they are tried again, their attempts counted.
fn divide_by_retries(mut run: Run, a: &FailedAttempt, max_retries: u32) -> Vec<(Run, bool)> {
    let retry_at = |run: &Run, i: usize| {
        a.action.retries() && u32::from(run.get(i).retries()) + u32::from(a.counts) <= max_retries
    };
    let mut parts = Vec::new();
    while !run.is_empty() {
        let retry = retry_at(&run, 0);
        let n = (0..run.len()).take_while(|i| retry_at(&run, *i) == retry).count();
        let mut part = run.split_front(n);
        for i in 0..part.len() {
            part.count_attempt(i, retry && a.counts, a.possibly_persisted());
        }
        parts.push((part, retry));
    }
    parts
}
