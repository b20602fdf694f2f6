//! When a partition may send again after an error.

use super::context::SettleContext;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::producer::partition::SendSide;
use std::time::Duration;

/// Jitter of retry back-off times, in percent either way (KIP-580).
const JITTER_PERCENT: u64 = 20;

/// Has a partition wait before the next attempt.
pub(super) fn back_off(send: &mut SendSide, s: &mut SettleContext<'_>, attempts: u16) {
    let at = s.now + backoff(s, attempts);
    pause_until(send, at);
}

/// A longer wait that is already agreed stays.
pub(super) fn pause_until(send: &mut SendSide, at: Time) {
    let until = send.backoff.time().map_or(at, |agreed| agreed.max(at));
    send.backoff = Deadline::at(until);
}

/// `retry.backoff.ms`, doubled for each counted attempt up to `retry.backoff.max.ms`, with jitter (KIP-580).
fn backoff(s: &mut SettleContext<'_>, attempts: u16) -> Duration {
    let doublings = u32::from(attempts.saturating_sub(1)).min(20);
    let base = s.settings.retry.backoff.saturating_mul(1 << doublings);
    let percent = s.random.u64(100 - JITTER_PERCENT..=100 + JITTER_PERCENT);
    let jittered = Duration::from_micros(
        u64::try_from(base.as_micros()).unwrap_or(u64::MAX).saturating_mul(percent) / 100,
    );
    jittered.min(s.settings.retry.backoff_max)
}
